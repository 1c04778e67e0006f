import { Command, InvalidArgumentError, Option } from 'commander';

import { addWebhookFlags, webhookLine, webhooksOf, type WebhookFlags } from './cli-webhooks.ts';
import { DEFAULT_CREDENTIALS } from './core/state.ts';
import type { ClockMode } from './core/clock.ts';
import { createSandbox, PortTakenError, WebhookEndpointError, type CallLine, type Sandbox } from './index.ts';

interface Flags extends WebhookFlags {
  readonly port: number;
  readonly host: string;
  readonly clock: ClockMode;
  readonly seed: number;
  readonly quiet: boolean;
  readonly dev: boolean;
}

function whole(limit: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number <= limit) return number;
    throw new InvalidArgumentError(`Expected a whole number from 0 to ${limit}.`);
  };
}

const program = new Command('sandbox')
  .description('Both payment providers on one local server: refunds that settle on a clock you control.')
  .addOption(new Option('-p, --port <number>', 'port; 0 takes any free one').argParser(whole(65_535)).default(4010))
  .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
  .addOption(new Option('--clock <mode>', 'virtual clock').choices(['running', 'frozen']).default('running'))
  .addOption(
    new Option('--seed <number>', 'ids are drawn from it').argParser(whole(Number.MAX_SAFE_INTEGER)).default(1),
  )
  .option('-q, --quiet', 'no banner and no line a call', false)
  .option('--dev', 'accept calls without credentials; never where anyone else can connect', false);

addWebhookFlags(program);

const COLOURS = { good: '\u001B[32m', refused: '\u001B[33m', broken: '\u001B[31m', none: '\u001B[0m' };

function printLine({ method, path, status, wire, ms }: CallLine): void {
  const colour = wire !== undefined || status >= 500 ? 'broken' : status >= 400 ? 'refused' : 'good';
  const shown = process.stdout.isTTY ? `${COLOURS[colour]}${status}${COLOURS.none}` : String(status);
  const lost = wire === undefined ? '' : ` (${wire})`;
  console.log(`${shown} ${method.padEnd(6)} ${path}${lost} ${ms.toFixed(1)} ms`);
}

function banner(sandbox: Sandbox, flags: Flags): string {
  const { clock, dev } = flags;
  const { uqpayClientId, uqpayApiKey, upaymentsToken } = DEFAULT_CREDENTIALS;
  return `
  Refund sandbox on ${sandbox.url}   (clock ${clock}${dev ? ', dev mode: no credentials needed' : ''})

  UQPAY       ${sandbox.uqpayUrl}
              x-client-id: ${uqpayClientId}   x-api-key: ${uqpayApiKey}
  UPayments   ${sandbox.upaymentsUrl}
              Authorization: Bearer ${upaymentsToken}
  Control     ${sandbox.url}/_sandbox
  Data        ${sandbox.url}/_sandbox/db${webhookLine(webhooksOf(flags))}

  Settle a four-hour KNET refund now:
    curl -X POST ${sandbox.url}/_sandbox/clock -H 'content-type: application/json' -d '{"advance":"PT4H"}'

  Ctrl-C stops it.
`;
}

async function main(): Promise<void> {
  const flags = program.parse().opts<Flags>();
  const { port, host, clock, seed, dev, quiet } = flags;
  const sandbox = await createSandbox({
    port,
    host,
    clock,
    seed,
    dev,
    webhooks: webhooksOf(flags),
    ...(!quiet && { onCall: printLine }),
  });
  if (!quiet) console.log(banner(sandbox, flags));
  const stop = () => void sandbox.close().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PortTakenError || error instanceof WebhookEndpointError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
