import * as z from 'zod/mini';

import type { LedgerAddress } from '../../ledger/open.ts';
import { isTypo, nearest } from '../../hooks/nearest.ts';
import { PROVIDERS } from './providers.ts';
import type { Secrets } from './secrets.ts';
import { FILE_NAMES, fileTwin, NAMES, SECRET_NAMES, variable, OWN_VARIABLES, type Values } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The faults of the environment or an argument, one on each line. */
export class ConfigError extends Error {
  override name = 'ConfigError' as const;

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** The faults of the flags and arguments of a command, before anything is read. */
export class UsageError extends ConfigError {}

/** The configuration or its faults, and warnings. */
export interface Findings {
  readonly faults: string[];
  readonly warnings: string[];
}

/**
 * `; received "..."` for a value that may be shown, and nothing for any other. An address may hold a password before its
 * `@`, and a token in its query.
 */
function received(name: string, value: string | undefined): string {
  const isShown = value && variable(name).isSecret !== true && value.length <= MAX_SHOWN && !/[@?]/.test(value);
  return isShown ? `; received ${JSON.stringify(value)}` : '';
}

const MAX_SHOWN = 100;

/** @throws ConfigError that names every wrong variable, and never shows a secret. */
export function readValues(environment: Environment, { warnings }: Findings, secrets: Secrets): Values {
  const isDemo = environment['REFUND_PROXY_DEMO'] === '1';
  const faults = unknownVariables(environment, warnings).map(({ fault }) => fault);
  const values = new Map<string, unknown>();
  const inFiles = new Set<string>();
  for (const name of SECRET_NAMES) {
    const file = environment[fileTwin(name)];
    if (!file) continue;
    inFiles.add(name);
    if (environment[name]) {
      faults.push(`${name} and ${fileTwin(name)}: both are set, so it is not clear which one holds; leave one out`);
      continue;
    }
    const read = secrets.open(name, file);
    faults.push(...read.faults);
    warnings.push(...read.warnings);
    values.set(name, read.value);
  }
  for (const name of NAMES.filter((each) => !inFiles.has(each))) {
    const { default: usual, demo, schema } = variable(name);
    // An empty variable counts as missing: compose files and shells leave one out like this.
    const parsed = z.safeParse(schema, environment[name] || (isDemo ? demo : undefined) || usual);
    if (parsed.success) values.set(name, parsed.data);
    else
      faults.push(
        ...parsed.error.issues.map(({ message }) => `${name}: ${message}${received(name, environment[name])}`),
      );
  }
  if (faults.length > 0) throw new ConfigError([...new Set(faults)]);
  // Each value has passed its own schema.
  return Object.fromEntries(values) as unknown as Values;
}

/**
 * Reads only where the ledger is, for commands that call no provider.
 * @throws ConfigError
 */
export function ledgerAddress(environment: Environment): LedgerAddress {
  const misspelt = unknownVariables(environment, []).filter(({ meant }) => meant.startsWith('REFUND_PROXY_DB'));
  if (misspelt.length > 0) throw new ConfigError(misspelt.map(({ fault }) => fault));
  return {
    db: environment['REFUND_PROXY_DB'] || OWN_VARIABLES.REFUND_PROXY_DB.default,
    schema: environment['REFUND_PROXY_DB_SCHEMA'] || undefined,
  };
}

interface Misspelt {
  readonly fault: string;
  readonly meant: string;
}

const ALL_NAMES: readonly string[] = [...NAMES, ...FILE_NAMES];

const OURS = new RegExp(`^(?:REFUND|${PROVIDERS.map(({ name }) => name).join('|')})_`, 'i');

/**
 * A `REFUND_*` variable outside the table has no effect. If it looks like a misspelt variable that is not set, as also a name
 * with another beginning may, it is
 * refused: it may be the limit above which a second person has to agree. Any other one causes a warning only: the
 * platform may have set it for its own purpose, as Kubernetes sets REFUND_PROXY_SERVICE_HOST for a service called
 * refund-proxy.
 */
function unknownVariables(environment: Environment, warnings: string[]): readonly Misspelt[] {
  const misspelt: Misspelt[] = [];
  const strange: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!value || ALL_NAMES.includes(name)) continue;
    const isOurs = OURS.test(name);
    const meant = isOurs ? nearest(name, ALL_NAMES) : ALL_NAMES.find((one) => isTypo(name, one));
    if (meant !== undefined && !environment[meant]) {
      misspelt.push({ fault: `${name}: there is no such variable; is ${meant} meant?`, meant });
    } else if (isOurs) strange.push(name);
  }
  if (strange.length > 0) warnings.push(`${strange.join(', ')}: not a variable of the proxy, so it does nothing`);
  return misspelt;
}
