import { Command, CommanderError, Option } from 'commander';
import { pino } from 'pino';

import { intentResolution } from '../../contract/intents.ts';
import { addBackup } from './cli-backup.ts';
import type { Comparing, Statement } from './cli-context.ts';
import { addElsewhere } from './cli-elsewhere.ts';
import { addExport } from './cli-export.ts';
import { addIntents } from './cli-intents.ts';
import { addRestored } from './cli-restored.ts';
import { addRetention } from './cli-retention.ts';
import { addRollback } from './cli-rollback.ts';
import { describeIntent } from '../refunds/intents.ts';
import type { Checked } from '../refunds/correct-word.ts';
import type { ResolutionBody } from '../refunds/word-parts.ts';
import { checkUnasked, checkWord, resolve } from '../refunds/word.ts';
import type { Intent, Scope } from '../ledger/entities.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isNewFile, openLedger } from '../ledger/open.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { nearest } from '../hooks/nearest.ts';
import { MissingPackageError } from '../optional-package.ts';
import { allowlistLog, errorFields } from '../telemetry/log.ts';
import { serveProxies } from './node.ts';
import { ProblemError } from '../http/problem.ts';
import { fieldErrors } from '../providers/fields.ts';
import { prometheusMetrics } from '../telemetry/prometheus.ts';
import { createRefundProxy } from '../proxy.ts';
import { basePathOf, readConfig } from './stand-alone/config.ts';
import { ConfigError, ledgerAddress, UsageError } from './stand-alone/environment.ts';
import { loadOpenTelemetry } from './stand-alone/open-telemetry.ts';
import { PROVIDERS } from './stand-alone/providers.ts';
import { variablesHelp } from './stand-alone/variables.ts';

const NAMES = PROVIDERS.map(({ name }) => name);

const program = new Command('refund-form proxy')
  .exitOverride()
  .description("The thin proxy between refund forms and the providers: adds the merchant's credentials, refunds once.")
  .addHelpText('after', `\nEnvironment, with its defaults:\n${variablesHelp()}`);

program
  .command('serve', { isDefault: true })
  .description(`serve ${NAMES.map(basePathOf).join(' and ')}, and GET /health`)
  .action(serve);

const print = (line: string) => console.log(line);
const complain = (line: string) => console.error(line);

addIntents(program, NAMES, { withLedger, print, complain });

program
  .command('resolve')
  .description('settle an unknown refund by a person’s word, for good')
  .argument('<id>', 'id of the intent')
  .addOption(
    new Option('--outcome <outcome>', 'what became of it')
      .choices(['refunded', 'initiated', 'cancelled', 'nothing'])
      .makeOptionMandatory(),
  )
  .requiredOption('--reason <text>', 'how you know, kept in the audit trail')
  .requiredOption('--user <id>', 'who you are, kept in the audit trail')
  .option('--refund-id <id>', "the provider's id of the refund")
  .option('--vendor <row>', 'only the part of this vendor row')
  .option('--amount <amount>', 'what it really came to, where the provider has said two amounts')
  .option('--confirm', 'all the same, although the provider shows something else, or cannot be asked')
  .option('--take-back', 'take back what only an earlier word has settled')
  .action(resolveIntent);

addBackup(program, { print });
addRestored(program, NAMES, { withLedger, print });
addRetention(program, { withLedger, print });
addExport(program, { withLedger, output: process.stdout });
addRollback(program, { print });
addElsewhere(program, NAMES, { withLedger, print, compare });

async function serve(): Promise<void> {
  const config = await readConfig(process.env);
  for (const warning of config.warnings) console.error(`Warning: ${warning}`);
  const logger = pino({ level: config.logLevel, base: null });
  const log = allowlistLog(logger);
  config.secrets.tell(log);
  const isNew = isNewFile(config.ledger) && process.env['REFUND_PROXY_DEMO'] !== '1';
  const ledger = await openLedger(config.ledger);
  if (isNew) {
    console.error(
      `Warning: REFUND_PROXY_DB: made a new, empty ledger ${config.ledger.db}. If this proxy has refunded before, stop it: ` +
        'this is not its ledger',
    );
  }
  const {
    timeoutMs,
    orders,
    authorize,
    authenticate,
    publicOrigin,
    allowedOrigins,
    writesPerMinute,
    approvalMs,
    webhookPath,
    onChange,
  } = config;
  const metrics = config.metrics ? prometheusMetrics() : undefined;
  const openTelemetry = await loadOpenTelemetry();
  const proxies = config.providers.map((provider) =>
    createRefundProxy({
      provider,
      basePath: basePathOf(provider.name),
      ledger,
      orders,
      authorize,
      authenticate,
      allowedOrigins,
      approvalMs,
      webhookPath,
      timeoutMs,
      logger,
      now: Date.now,
      newId: () => crypto.randomUUID(),
      ...(publicOrigin !== undefined && { publicOrigin }),
      ...(metrics && { metrics }),
      ...(onChange && { onChange }),
      ...(openTelemetry && { openTelemetry }),
      ...(writesPerMinute > 0 && { rateLimit: { writes: writesPerMinute, perMs: 60_000 } }),
    }),
  );
  const served = await serveProxies({
    proxies,
    port: config.port,
    host: config.host,
    reconcileEveryMs: config.reconcileEveryMs,
    ...(metrics && { metrics }),
    onError: (error) => log.warn('a round of reconciling failed', errorFields(error)),
  });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    served
      .close()
      .then(() => ledger.close())
      .catch(fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A test or a script that reads this line may send SIGTERM at once.
  console.log(`Refund proxy on ${served.url}: ${proxies.map(({ basePath }) => basePath).join(', ')}`);
}

interface ResolveFlags extends Statement {
  readonly outcome: string;
  readonly refundId?: string;
  readonly vendor?: string;
  readonly amount?: string;
  readonly confirm?: boolean;
  readonly takeBack?: boolean;
}

async function resolveIntent(
  id: string,
  { outcome, reason, user, refundId, vendor, amount, confirm, takeBack }: ResolveFlags,
): Promise<void> {
  const said = intentResolution.safeParse({
    outcome,
    reason,
    ...(refundId !== undefined && { refund_id: refundId }),
    ...(vendor !== undefined && { vendor }),
    ...(amount !== undefined && { amount }),
    ...(confirm && { confirm }),
    ...(takeBack && { take_back: takeBack }),
  });
  const wrong = said.error ? fieldErrors(said.error) : [];
  const faults = wrong.map(({ pointer, detail }) => inFlags(`${pointer.slice(1)}: ${detail}`));
  if (user.trim() === '' || user.length > 255) faults.push('--user: expected 1 to 255 characters');
  if (!said.success || faults.length > 0) throw new UsageError(faults);
  await withLedger(async (ledger) => {
    const intent = await ledger.intent(id);
    if (!intent) throw new ConfigError([`No intent ${id} in the ledger`]);
    if (process.env['REFUND_NOTIFY_URL']) ledger.keepChanges(intent);
    const { saw, ...checked } = await lookAtProvider(ledger, intent, said.data).catch((error: unknown) => {
      throw error instanceof ProblemError ? new ConfigError([inFlags(error.message)]) : error;
    });
    if (saw !== undefined) console.error(saw);
    const context = { ledger, now: Date.now, newId: () => crypto.randomUUID(), log: allowlistLog(undefined) };
    const settled = await resolve(context, intent, said.data, { who: user, ...checked });
    console.log(JSON.stringify(await describeIntent({ ledger }, settled)));
  });
}

/** Compares the word with what the provider shows, or says why it was not asked. */
async function lookAtProvider(ledger: Ledger, intent: Intent, said: ResolutionBody): Promise<Checked> {
  const found = await compare(ledger, intent);
  if (typeof found !== 'string') {
    return checkWord(found, intent, said);
  }
  return checkUnasked({ ledger }, intent, said, found);
}

/** The API's words about members of a request, as the flags of this command. */
function inFlags(words: string): string {
  return words
    .replace(/^(?:refund_id|take_back|outcome|reason|vendor|amount)(?=: )/, (member) => `--${member.replace('_', '-')}`)
    .replace('with confirm: true', 'with --confirm')
    .replace('with take_back: true', 'with --take-back')
    .replace('with refund_id', 'with --refund-id');
}

async function compare(ledger: Ledger, { merchant, provider: name }: Scope): Promise<Comparing | string> {
  const config = await readConfig(process.env).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.replaceAll('\n', '; ');
  });
  const unasked = 'The provider was not asked, because the environment of the proxy is not complete here';
  if (typeof config === 'string') return `${unasked} (${config})`;
  const provider = config.providers.find((each) => each.name === name);
  if (!provider) return `${unasked} (it has no credentials of ${name})`;
  const { timeoutMs, orders } = config;
  const session = provider.connect({
    fetch,
    now: Date.now,
    timeoutMs,
    replaceShared: (secret, replace) => ledger.replaceShared(secret, replace),
  });
  const scope = { merchant, provider: name };
  return { ledger, provider, session, scope, orders, now: Date.now, hookMs: timeoutMs, log: allowlistLog(undefined) };
}

async function withLedger(work: (ledger: Ledger) => Promise<void>, merchant = 'default'): Promise<void> {
  const ledger = await openLedger(ledgerAddress(process.env), { mustExist: true });
  // The running proxy delivers the changes that a person makes here.
  const isTold = Boolean(process.env['REFUND_NOTIFY_URL']);
  for (const provider of isTold ? NAMES : []) ledger.keepChanges({ merchant, provider });
  try {
    await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** Why listening on the port failed. */
const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'REFUND_PROXY_PORT: the port is taken; stop what listens there or choose another',
  EACCES: 'REFUND_PROXY_PORT: this user may not listen on that port; choose one above 1023',
  EADDRNOTAVAIL: 'REFUND_PROXY_HOST: is no address of this machine',
  ENOTFOUND: 'REFUND_PROXY_HOST: is no address, and no name that leads to one',
  EAI_AGAIN: 'REFUND_PROXY_HOST: is no address, and its name could not be looked up',
};

/** The sentence with the value that came. A port is named by the variable, a host by what Node tried. */
function withReceived(sentence: string, error: object): string {
  const received = sentence.startsWith('REFUND_PROXY_PORT')
    ? Reflect.get(error, 'port')
    : (Reflect.get(error, 'hostname') ?? Reflect.get(error, 'address'));
  return typeof received === 'string' || typeof received === 'number' ? `${sentence}; received ${received}` : sentence;
}

/** Of a command line that cannot be read, as of the other commands. */
const USAGE_CODE = 2;

/** Errors whose sentence needs no stack. */
const EXPLAINED = [ConfigError, ProblemError, LedgerUnavailableError, MissingPackageError] as const;

function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // It has said why. Asking for help is no mistake.
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_CODE;
    return;
  }
  process.exitCode = error instanceof UsageError ? USAGE_CODE : 1;
  if (EXPLAINED.some((kind) => error instanceof kind)) {
    console.error((error as Error).message);
    return;
  }
  const cause =
    error instanceof Error && 'syscall' in error && 'code' in error ? LISTEN_FAULTS[String(error.code)] : undefined;
  if (cause !== undefined) {
    console.error(withReceived(cause, error as Error));
    process.exit(1);
  }
  throw error;
}

/** Without this, commander takes a misspelt command for an argument of `serve`. */
function refuseUnknownCommand([first]: readonly string[]): void {
  const names = ['help', ...program.commands.map((command) => command.name())];
  if (first === undefined || first.startsWith('-') || names.includes(first)) return;
  const meant = nearest(first, names);
  const hint = meant === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${meant}?`;
  program.error(`error: unknown command '${first}': ${hint}`);
}

async function main(): Promise<void> {
  refuseUnknownCommand(process.argv.slice(2));
  await program.parseAsync();
}

await main().catch(fail);
