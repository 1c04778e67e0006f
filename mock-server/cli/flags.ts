import { Command, InvalidArgumentError, Option } from 'commander';

import { addRecordFlags, type RecordFlags } from './record.ts';
import { hostNames } from './host-names.ts';
import { addWebhookFlags, someText, type WebhookFlags } from './webhooks.ts';
import type { ClockMode } from '../core/engine/clock.ts';
import type { Setting } from '../core/engine/settings.ts';
import { parseInstant } from '../core/engine/time.ts';
import { BUILT_IN, type ProviderSettings } from '../core/providers/index.ts';

interface ClockFlag {
  readonly mode: ClockMode;
  /** Start in epoch milliseconds; now by default. */
  readonly at: number | undefined;
}

interface SeedFlag {
  readonly number: number | undefined;
  readonly file: string | undefined;
}

interface LatencyFlag {
  readonly ms: number;
  readonly max?: number;
}

export interface Flags extends RecordFlags, WebhookFlags, Partial<ProviderSettings> {
  readonly port: number;
  readonly host: string;
  readonly clock: ClockFlag;
  readonly seed: SeedFlag;
  readonly db?: string;
  readonly latency?: LatencyFlag;
  readonly controlGuard: boolean;
  readonly allowControlHost?: readonly string[];
  readonly quiet: boolean;
  readonly dev: boolean;
}

/** Exit codes of the process. */
export const EXIT = { stopped: 0, cannotServe: 1, usage: 2, stateFile: 3 } as const;

const HELP = `
Examples:
  refund-form sandbox                               both providers on http://127.0.0.1:4010
  refund-form sandbox --port 0 --quiet              any free port, nothing printed
  refund-form sandbox --clock 2026-11-02T09:00:00+08:00 --seed 7
                                                    the same calls give the same bytes at each start
  refund-form sandbox --seed shop.yaml              your own orders; docs/sandbox/data.md shows the file
  refund-form sandbox --db sandbox.db               everything is still there after a restart
  refund-form sandbox --record shop.yaml            what you do here becomes a seed
  refund-form sandbox --record real.yaml --upstream ${BUILT_IN.names[0]}=https://api.example/api
                                                    passes calls on as they are; answers become a seed
  refund-form sandbox --latency 200-800             every provider call takes that long
  refund-form sandbox --amounts trimmed             "10" where "10.00" was sent, to catch === on amounts

Exit codes:
  ${EXIT.stopped}  stopped by Ctrl-C or SIGTERM
  ${EXIT.cannotServe}  cannot listen: the port is taken, or the address is not this machine's
  ${EXIT.usage}  a flag, or the file that --seed names, makes no sense
  ${EXIT.stateFile}  the file of --db is in use or damaged, that of --record is there already, or one cannot be made or written

Colours follow the terminal; NO_COLOR=1 switches them off, FORCE_COLOR=1 on.
`;

export function makeProgram(): Command {
  const program = new Command('refund-form sandbox')
    .description('Both payment providers on one local server: refunds that settle on a clock you control.')
    .addOption(new Option('-p, --port <number>', 'port; 0 takes any free one').argParser(whole(65_535)).default(4010))
    .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      new Option(
        '--clock <mode>',
        '"running", "frozen" at the time of the start, or a time such as 2026-11-01T09:00:00+08:00 to freeze it at',
      )
        .argParser(parseClock)
        .default({ mode: 'running', at: undefined }, 'running'),
    )
    .addOption(
      new Option(
        '--seed <number|file>',
        'a number that ids are drawn from, a JSON or YAML file of rows; or one of each',
      )
        .argParser(parseSeed)
        .default({ number: undefined, file: undefined }, 'one of this start, and the example shop'),
    )
    .addOption(
      new Option('--db <file>', 'keep everything in this file, so that it is still there after a restart').argParser(
        someText,
      ),
    )
    .addOption(
      new Option('--latency <ms>', 'how long every provider call takes: 300, or 100-500').argParser(parseLatency),
    );
  return addGuardFlags(addSettingFlags(addWebhookFlags(addRecordFlags(program))))
    .option('-q, --quiet', 'no banner and no line a call', false)
    .option('--dev', 'accept calls without credentials; never where anyone else can connect', false)
    .addHelpText('after', HELP)
    .exitOverride();
}

/** One flag for each setting; `POST /_sandbox/settings` changes them later. */
function addSettingFlags(command: Command): Command {
  for (const [name, setting] of Object.entries(BUILT_IN.settings)) command.addOption(settingOption(name, setting));
  return command;
}

/** A setting that is true or false has a `--no-` flag. */
function settingOption(name: string, { flag, values }: Setting): Option {
  const option = new Option(flag.flags, flag.about);
  if (option.attributeName() !== name) throw new Error(`${flag.flags}: expected the flag of the setting ${name}`);
  if (option.negate) return option;
  return option.argParser((text: string) => {
    const value = values.find((known) => String(known) === text);
    if (value !== undefined) return value;
    throw new InvalidArgumentError(`Expected ${values.toReversed().map(String).join(' or ')}.`);
  });
}

function addGuardFlags(command: Command): Command {
  const hosts = '--allow-control-host <host...>';
  return command
    .addOption(
      new Option(hosts, 'names besides this machine by which the control API may be called').argParser(
        hostNames('sandbox', /^[\w.-]+$/),
      ),
    )
    .option('--no-control-guard', 'let any page and any host name use the control API; never beside a browser you use');
}

function whole(limit: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number <= limit) return number;
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${limit}.`);
  };
}

function parseClock(text: string): ClockFlag {
  if (text === 'running' || text === 'frozen') return { mode: text, at: undefined };
  const at = parseInstant(text);
  if (at !== undefined) return { mode: 'frozen', at };
  throw new InvalidArgumentError('Expected running, frozen, or a time such as 2026-11-01T09:00:00+08:00.');
}

const wholeSeed = whole(Number.MAX_SAFE_INTEGER);

/** Digits are a number; everything else is a file. The flag can be given once for each. */
function parseSeed(text: string, before: SeedFlag): SeedFlag {
  if (/^-?\d/.test(text) && !text.includes('.')) return { ...before, number: wholeSeed(text) };
  return { ...before, file: text };
}

const MAX_LATENCY = 600_000;
const milliseconds = whole(MAX_LATENCY);

function parseLatency(text: string): LatencyFlag {
  if (!/^\d+(?:-\d+)?$/.test(text)) {
    throw new InvalidArgumentError(`Expected milliseconds from 0 to ${MAX_LATENCY}: 300, or 100-500.`);
  }
  const [from = '', to] = text.split('-');
  const ms = milliseconds(from);
  if (to === undefined) return { ms };
  const max = milliseconds(to);
  if (max < ms) throw new InvalidArgumentError('Expected the shorter time first, such as 100-500.');
  return { ms, max };
}
