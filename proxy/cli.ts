import { Command, Option } from 'commander';
import { pino } from 'pino';

import { ConfigError, ledgerFile, readConfig, VARIABLES } from './cli-config.ts';
import { describeIntent, resolution, resolve } from './intents.ts';
import { INTENT_MOVES, isIntentState } from './ledger/states.ts';
import { SqliteLedger } from './ledger/sqlite.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
import { allowlistLog, errorFields } from './log.ts';
import { serveProxies } from './node.ts';
import { ProblemError } from './problem.ts';
import { createRefundProxy } from './proxy.ts';

const variables = Object.entries(VARIABLES)
  .map(([name, about]) => `  ${name.padEnd(26)} ${about}`)
  .join('\n');

const program = new Command('proxy')
  .description("The thin proxy between refund forms and the providers: adds the merchant's credentials, refunds once.")
  .addHelpText('after', `\nEnvironment:\n${variables}`);

program.command('serve', { isDefault: true }).description('serve /uqpay and /upayments, and GET /health').action(serve);

program
  .command('intents')
  .description('list refunds by what is known of them, as one JSON object a line')
  .addOption(new Option('--state <state>', 'what is known').choices(Object.keys(INTENT_MOVES)).default('unknown'))
  .addOption(providerOption())
  .action(listIntents);

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
  .action(resolveIntent);

function providerOption(): Option {
  return new Option('--provider <name>', 'whose').choices(['uqpay', 'upayments']).makeOptionMandatory();
}

async function serve(): Promise<void> {
  const config = await readConfig(process.env);
  const logger = pino({ level: config.logLevel, base: null });
  const log = allowlistLog(logger);
  const ledger = new SqliteLedger({ file: config.file });
  const { timeoutMs, orders, authorize, allowedOrigins, writesPerMinute } = config;
  const proxies = config.providers.map((provider) =>
    createRefundProxy({
      provider,
      basePath: `/${provider.name}`,
      ledger,
      orders,
      authorize,
      allowedOrigins,
      timeoutMs,
      logger,
      now: Date.now,
      newId: () => crypto.randomUUID(),
      ...(writesPerMinute > 0 && { rateLimit: { writes: writesPerMinute, perMs: 60_000 } }),
    }),
  );
  const served = await serveProxies({
    proxies,
    port: config.port,
    host: config.host,
    reconcileEveryMs: config.reconcileEveryMs,
    onError: (error) => log.warn('a round of reconciling failed', errorFields(error)),
  });
  console.log(`Refund proxy on ${served.url}: ${proxies.map(({ basePath }) => basePath).join(', ')}`);
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
}

async function listIntents({ state, provider }: { state: string; provider: string }): Promise<void> {
  if (!isIntentState(state)) throw new TypeError('commander checks the choices');
  await withLedger(async (ledger) => {
    const scope = { merchant: 'default', provider };
    const query = { states: [state], withUnknownParts: state === 'unknown', limit: 1_000 };
    for (const intent of await ledger.intents(scope, query)) {
      console.log(JSON.stringify(await describeIntent({ ledger }, intent)));
    }
  });
}

interface ResolveFlags {
  readonly outcome: string;
  readonly reason: string;
  readonly user: string;
  readonly refundId?: string;
  readonly vendor?: string;
}

async function resolveIntent(id: string, { outcome, reason, user, refundId, vendor }: ResolveFlags): Promise<void> {
  const said = resolution.parse({
    outcome,
    reason,
    ...(refundId !== undefined && { refund_id: refundId }),
    ...(vendor !== undefined && { vendor }),
  });
  await withLedger(async (ledger) => {
    const intent = await ledger.intent(id);
    if (!intent) throw new ConfigError([`No intent ${id} in ${ledgerFile(process.env)}`]);
    const settled = await resolve({ ledger, now: Date.now, log: allowlistLog(undefined) }, intent, said, user);
    console.log(JSON.stringify(await describeIntent({ ledger }, settled)));
  });
}

async function withLedger(work: (ledger: SqliteLedger) => Promise<void>): Promise<void> {
  const ledger = new SqliteLedger({ file: ledgerFile(process.env) });
  try {
    await work(ledger);
  } finally {
    await ledger.close();
  }
}

function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof ConfigError || error instanceof ProblemError || error instanceof LedgerUnavailableError) {
    console.error(error.message);
    return;
  }
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    console.error('REFUND_PROXY_PORT: the port is taken; stop what listens there or choose another');
    process.exit(1);
  }
  throw error;
}

await program.parseAsync().catch(fail);
