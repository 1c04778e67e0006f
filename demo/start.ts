import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import getPort, { portNumbers } from 'get-port';
import { build, preview, type Plugin } from 'vite';

import { createSandbox } from '../mock-server/index.ts';
import { createRefundProxy, serveProxies, SqliteLedger, upayments, uqpay, type Ledger } from '../proxy/index.ts';
import { WEBHOOKS } from './api.ts';
import { PROVIDER_TIMEOUT_MS } from './faults.ts';
import { authorizeBy } from './people.ts';
import { ORDERS, PROVIDERS } from './orders.ts';
import { RECORD_PATH, recordOf } from './record.ts';

const CONFIG = fileURLToPath(new URL('../vite.config.ts', import.meta.url));
const HOST = '127.0.0.1';

export interface DemoOptions {
  /**
   * Preferred ports: when one is in use, the next free one is used. 0 means any free port, except for the console,
   * whose address the others must know.
   */
  readonly ports: { readonly console: number; readonly proxy: number; readonly sandbox: number };
  /** How long the proxy waits for the provider, in milliseconds; `PROVIDER_TIMEOUT_MS`. */
  readonly providerTimeoutMs?: number;
  /**
   * Milliseconds between two rounds in which the proxy reads refunds that are not final. 5000 by default; 0 for never.
   */
  readonly reconcileEveryMs?: number;
  /** Whether the providers' webhooks arrive from the start, `true` by default. The console has a switch for it. */
  readonly webhooks?: boolean;
  /** Epoch milliseconds of the proxy and of the sandbox, whose clock then stands still. The system's by default. */
  readonly now?: () => number;
  /** Called for each port that was in use, with a message that names the port used instead. */
  readonly onTakenPort?: (message: string) => void;
}

export interface Demo {
  /** The one address to open. */
  readonly url: string;
  readonly proxyUrl: string;
  readonly sandboxUrl: string;
  readonly uqpayUrl: string;
  readonly upaymentsUrl: string;
  close(): Promise<void>;
}

/** Builds the widget and its languages, then the console that embeds them, into `dist`. */
export async function buildDemo(): Promise<void> {
  await build({ configFile: CONFIG, mode: 'widget', logLevel: 'warn' });
  execFileSync(process.execPath, [fileURLToPath(new URL('../bin/locales.ts', import.meta.url))], { stdio: 'inherit' });
  await build({ configFile: CONFIG, mode: 'demo', logLevel: 'warn' });
}

/**
 * Serves the ledger's record of a payment, so that the console can show it beside the form. Only the demo does: a
 * merchant's ledger is read with the proxy's own commands.
 */
const serveRecords = (ledger: Ledger): Plugin => ({
  name: 'serve-records',
  configurePreviewServer({ middlewares }) {
    middlewares.use(`/${RECORD_PATH}`, (request, response, next) => {
      const [, provider = '', paymentId = ''] = (request.url ?? '').split('/');
      if (request.method !== 'GET' || !(provider in PROVIDERS)) {
        next();
        return;
      }
      recordOf(ledger, provider, decodeURIComponent(paymentId)).then(
        (record) => response.setHeader('content-type', 'application/json').end(JSON.stringify(record)),
        next,
      );
    });
  },
});

/** Starts the sandbox, the proxy and the console. Call `buildDemo()` once before. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const ports = options.ports;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).toReversed()) await step();
  };
  const free = (name: string, port: number) => freePort(name, port, options.onTakenPort);
  try {
    const consolePort = await free('console', ports.console);
    const url = `http://${HOST}:${consolePort}`;
    const webhooks = (options.webhooks ?? true) ? WEBHOOKS : [];
    const sandbox = await createSandbox({
      port: await free('sandbox', ports.sandbox),
      host: HOST,
      // Its reset leaves the ledger, which knows the refunds made before.
      freshIds: true,
      ...(options.now && { clock: 'frozen' as const, startAt: options.now() }),
      webhooks: { endpoints: webhooks.map(({ provider, path: below }) => ({ provider, url: `${url}/${below}` })) },
    });
    stops.push(() => sandbox.close());

    const folder = await mkdtemp(path.join(tmpdir(), 'refund-form-demo-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    const ledger = new SqliteLedger({ file: path.join(folder, 'ledger.sqlite') });
    stops.push(() => ledger.close());

    const shared = {
      ledger,
      orders: async (paymentId: string) => ORDERS.find(({ payment_id }) => payment_id === paymentId),
      authorize: authorizeBy((request) => request.headers.get('cookie') ?? ''),
      allowedOrigins: [url, `http://localhost:${consolePort}`],
      timeoutMs: options.providerTimeoutMs ?? PROVIDER_TIMEOUT_MS,
      ...(options.now && { now: options.now }),
    };
    const proxies = [
      createRefundProxy({
        ...shared,
        basePath: '/refunds/uqpay',
        provider: uqpay({
          baseUrl: sandbox.uqpayUrl,
          clientId: 'sandbox-client',
          apiKey: 'sandbox-key',
          webhookSecret: 'sandbox-webhook-secret',
        }),
      }),
      createRefundProxy({
        ...shared,
        basePath: '/refunds/upayments',
        provider: upayments({ baseUrl: sandbox.upaymentsUrl, token: 'jtest123' }),
      }),
    ];
    const proxy = await serveProxies({
      proxies,
      port: await free('proxy', ports.proxy),
      host: HOST,
      reconcileEveryMs: options.reconcileEveryMs ?? 5_000,
    });
    stops.push(() => proxy.close());

    const pages = await preview({
      configFile: CONFIG,
      mode: 'demo',
      logLevel: 'silent',
      plugins: [serveRecords(ledger)],
      preview: {
        host: HOST,
        port: consolePort,
        strictPort: true,
        proxy: {
          '/refunds': {
            target: proxy.url,
            xfwd: false,
            // The form tells when it sent a refund by the server's clock, which is here the one of these options.
            configure: (forward) =>
              forward.on('proxyRes', (answer) => {
                if (options.now) answer.headers.date = new Date(options.now()).toUTCString();
              }),
          },
          '/_sandbox': { target: sandbox.url },
        },
      },
    });
    stops.push(() => pages.close());
    return {
      url: `${url}/`,
      proxyUrl: proxy.url,
      sandboxUrl: sandbox.url,
      uqpayUrl: sandbox.uqpayUrl,
      upaymentsUrl: sandbox.upaymentsUrl,
      close: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The wanted port, one of the next 49, or any free one. */
async function freePort(name: string, wanted: number, onTaken?: (message: string) => void): Promise<number> {
  if (wanted === 0) return 0;
  const port = await getPort({ port: portNumbers(wanted, wanted + 49), host: HOST });
  if (port !== wanted) onTaken?.(`Port ${wanted} is taken: the ${name} uses ${port} instead.`);
  return port;
}

async function main(): Promise<void> {
  console.log('Building the console …');
  await buildDemo();
  const demo = await startDemo({
    ports: { console: 4000, proxy: 4020, sandbox: 4010 },
    onTakenPort: (message) => console.log(message),
  });
  console.log(`
  Open       ${demo.url}

  Proxy      ${demo.proxyUrl}
  UQPAY      ${demo.uqpayUrl}      (sandbox; client id sandbox-client, api key sandbox-key)
  UPayments  ${demo.upaymentsUrl}  (sandbox; token jtest123)

  Ctrl-C stops all three.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void demo.close().then(() => process.exit(0));
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
