import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';

import { formatLine, formatReport, type Report } from './report.ts';
import { SetupError } from './sandbox.ts';
import { CHECK_IDS, ordersOf, PROFILES, verifyProxy } from './verify.ts';

export interface StartedSandbox {
  readonly url: string;
  close(): Promise<void>;
}

export interface CommandOptions {
  /** Starts a sandbox on any free port, when `--sandbox` names none. */
  readonly startSandbox?: () => Promise<StartedSandbox>;
  /** Prints one text on standard output. */
  readonly print: (text: string) => void;
  /** Prints one text on standard error. */
  readonly complain: (text: string) => void;
}

/** Exit codes of the command. */
const EXIT = { holds: 0, fails: 1, notJudged: 2, noLedger: 3 } as const;

interface Flags {
  readonly provider?: string;
  readonly sandbox?: string;
  readonly port: number;
  readonly host: string;
  readonly header: Readonly<Record<string, string>>;
  readonly otherHeader: Readonly<Record<string, string>>;
  readonly payment: readonly string[];
  readonly only: readonly string[];
  readonly proxyTimeout: number;
  readonly restart?: string;
  readonly run?: number;
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly list?: boolean;
  readonly printOrders?: boolean;
}

const HELP = `
Your proxy has to call verify, which stands in the provider's place and passes everything on to a sandbox:
  UQPAY       http://127.0.0.1:4010/uqpay/api          client id sandbox-client, api key sandbox-key
  UPayments   http://127.0.0.1:4010/upayments/api/v1   token jtest123
A proxy that looks its orders up asks http://127.0.0.1:4010/orders/{id}, or is given those of --print-orders.

Examples:
  $ refund-form verify http://127.0.0.1:8080/refunds/uqpay --provider uqpay
  $ refund-form verify https://staging.example/refunds/upayments --header 'Cookie: session=…' --json > report.json
  $ refund-form verify http://127.0.0.1:4020/refunds/uqpay --run 7 --print-orders --provider uqpay > orders.json

Our own proxy, to see it pass:
  $ REFUND_PROXY_DEMO=1 REFUND_ALLOW_ANONYMOUS=1 REFUND_RATE_LIMIT=0 \\
    REFUND_ORDERS_URL=http://127.0.0.1:4010/orders/{id} refund-form proxy

Exit code: 0 every required check holds (with --strict: every check), 1 one does not, 2 nothing, or not all, could be judged,
3 the proxy keeps neither keys nor the sum and does not say that it does: the report tells on what terms it can be used.`;

/**
 * Runs `refund-form verify` and returns its exit code. Never ends the process.
 * @param args without the names of node, script and command
 */
export async function runVerify(args: readonly string[], options: CommandOptions): Promise<number> {
  let code: number = EXIT.notJudged;
  const program = verifyCommand(options, async (endpoint, flags) => {
    code = await verify(endpoint, flags, options);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.holds : EXIT.notJudged;
    if (!(error instanceof SetupError)) throw error;
    options.complain(error.message);
  }
  return code;
}

function verifyCommand(
  { print, complain }: CommandOptions,
  action: (endpoint: string | undefined, flags: Flags) => Promise<void>,
): Command {
  return new Command('refund-form verify')
    .exitOverride()
    .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: (text) => complain(text.trimEnd()) })
    .description("Checks any merchant's proxy, in any language, against the sandbox of both providers.")
    .argument('[endpoint]', 'address at which your proxy serves one provider, as a page gives it to <refund-form>')
    .addOption(new Option('--provider <name>', 'whose; asked of the proxy without it').choices(Object.keys(PROFILES)))
    .option('--sandbox <url>', 'a sandbox that runs already; one is started without it')
    .addOption(
      new Option('--port <number>', "where verify listens in the provider's place").argParser(whole).default(4010),
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--header <line>', 'sent with every request and never shown, may be repeated')
        .argParser(readHeader)
        .default({}, 'none'),
    )
    .addOption(
      new Option(
        '--other-header <line>',
        'the same of a user who may neither refund nor read: whether that is so is checked',
      )
        .argParser(readHeader)
        .default({}, 'none'),
    )
    .addOption(
      new Option('--payment <id>', 'a payment that your proxy knows, captured in full; may be repeated')
        .argParser((id: string, before: readonly string[]) => [...before, text(id)])
        .default([], "verify's own"),
    )
    .addOption(
      new Option('--only <ids>', 'run these checks, by comma; --list names all')
        .argParser((text) => text.split(',').map((id) => id.trim()))
        .default([], 'all'),
    )
    .addOption(
      new Option('--proxy-timeout <ms>', 'how long your proxy waits for a provider')
        .argParser(positive)
        .default(20_000),
    )
    .addOption(
      new Option(
        '--restart <command>',
        'restarts your proxy and ends: whether it then knows its keys is checked with it',
      ).argParser(text),
    )
    .addOption(new Option('--run <number>', 'payments and keys are made of it; the time without it').argParser(whole))
    .option('--json', 'the whole report as JSON on standard output')
    .option('--strict', 'recommended checks count too')
    .option('--list', 'name the checks and end')
    .option('--print-orders', 'the orders of this --run as JSON, for a proxy that must know them before')
    .addHelpText('after', HELP)
    .action(action);
}

async function verify(endpoint: string | undefined, flags: Flags, options: CommandOptions): Promise<number> {
  const { print, complain } = options;
  const { provider, json } = flags;
  const run = flags.run ?? Date.now();
  if (flags.list) {
    for (const id of CHECK_IDS) print(id);
    return EXIT.holds;
  }
  if (flags.printOrders) {
    if (provider === undefined || flags.run === undefined)
      throw new SetupError('--print-orders needs --provider and --run');
    print(JSON.stringify(ordersOf(provider, run), undefined, 2));
    return EXIT.holds;
  }
  if (endpoint === undefined) throw new SetupError('endpoint: is missing, such as http://127.0.0.1:4020/refunds/uqpay');
  const started = flags.sandbox === undefined ? await startSandbox(options) : undefined;
  try {
    const report = await verifyProxy({
      endpoint,
      provider,
      sandbox: started?.url ?? flags.sandbox ?? '',
      listen: { host: flags.host, port: flags.port },
      headers: flags.header,
      otherHeaders: flags.otherHeader,
      payments: flags.payment,
      ...(flags.only.length > 0 && { only: flags.only }),
      proxyTimeoutMs: flags.proxyTimeout,
      run,
      ...(flags.restart !== undefined && { restart: () => runShell(flags.restart ?? '') }),
      clock: { now: () => performance.now(), wall: () => Date.now(), pause: (ms) => pause(ms) },
      // With --json standard output holds nothing but the report.
      onListening: (url) => (json ? complain : print)(`Listening on ${url} in the provider's place, run ${run}`),
      onResult: (result) => (json ? complain : print)(formatLine(result)),
    });
    print(json ? JSON.stringify(report, undefined, 2) : formatReport(report));
    return exitCode(report, flags.strict === true);
  } finally {
    await started?.close();
  }
}

function exitCode({ verdict, recommended }: Report, isStrict: boolean): number {
  if (verdict === 'passes') return EXIT.holds;
  if (verdict === 'passes_required')
    return isStrict ? (recommended.failed > 0 ? EXIT.fails : EXIT.notJudged) : EXIT.holds;
  if (verdict === 'no_ledger') return isStrict ? EXIT.fails : EXIT.noLedger;
  return verdict === 'fails' ? EXIT.fails : EXIT.notJudged;
}

/** @throws SetupError when the command fails: then the proxy may not have been restarted */
async function runShell(command: string): Promise<void> {
  const [code] = (await once(spawn(command, { shell: true, stdio: 'ignore' }), 'exit')) as [number | null];
  if (code !== 0) throw new SetupError(`--restart: the command ended with ${code ?? 'a signal'}: ${command}`);
}

function startSandbox({ startSandbox: start }: CommandOptions): Promise<StartedSandbox> {
  if (start) return start();
  throw new SetupError('--sandbox: is missing; start one with refund-form sandbox --port 4009 and give its address');
}

/** A variable of a shell that is not set leaves nothing. */
function text(given: string): string {
  if (given.trim() !== '') return given;
  throw new InvalidArgumentError('Expected a text that is not empty.');
}

function whole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

/** A proxy that waits for nothing could not refund at all. */
function positive(text: string): number {
  if (whole(text) > 0) return Number(text);
  throw new InvalidArgumentError('Expected a whole number above zero.');
}

function readHeader(line: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([\w-]+):\s*(.+)$/.exec(line) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Expected a line such as 'Cookie: session=1'.");
  return { ...before, [name]: value };
}
