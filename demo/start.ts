import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import getPort, { portNumbers } from 'get-port';
import { build, preview } from 'vite';

import { createSandbox, createSandboxClient } from '../mock-server/index.ts';
import { WEBHOOKS } from './api.ts';
import { PROVIDER_TIMEOUT_MS } from './faults.ts';
import { serveRecords, serveStartOver } from './served-paths.ts';
import { serveProxy } from './served-proxy.ts';
import { SharedClock } from './shared-clock.ts';

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
  /** Epoch milliseconds that the clock of the sandbox and of the proxy starts from; the system's by default. */
  readonly startAt?: number;
  /** Whether that clock stands still. It runs by default. */
  readonly clock?: 'running' | 'frozen';
  /** Of the sandbox's ids; `1` by default. */
  readonly seed?: number;
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
    const { startAt } = options;
    let clock = new SharedClock(() => startAt ?? Date.now());
    const now = () => clock.now();
    const sandbox = await createSandbox({
      port: await free('sandbox', ports.sandbox),
      host: HOST,
      // Whoever resets it in its own window leaves the ledger, which knows the refunds made before.
      freshIds: true,
      ...(options.seed !== undefined && { seed: options.seed }),
      ...(options.clock && { clock: options.clock }),
      ...(startAt !== undefined && { startAt }),
      // A clock that was moved ahead, used and set back has to be seen while it was ahead.
      onCall: () => void now(),
      webhooks: {
        endpoints: webhooks.map(({ provider, path: below }) => ({ provider, url: `${url}/${below}` })),
        signedAt: now,
      },
    });
    stops.push(() => sandbox.close());
    clock.follow(sandbox.now);

    const open = (port: number) =>
      serveProxy({
        sandbox,
        host: HOST,
        port,
        allowedOrigins: [url, `http://localhost:${consolePort}`],
        timeoutMs: options.providerTimeoutMs ?? PROVIDER_TIMEOUT_MS,
        reconcileEveryMs: options.reconcileEveryMs ?? 5_000,
        now,
      });
    let proxy = await open(await free('proxy', ports.proxy));
    stops.push(() => proxy.close());
    const beginAgain = async (): Promise<void> => {
      await proxy.close();
      await createSandboxClient(sandbox.url).reset();
      // A new ledger holds no time that the clock could go back from.
      clock = new SharedClock(sandbox.now);
      proxy = await open(proxy.port);
    };
    let beginning = Promise.resolve();
    stops.push(() => beginning.catch(() => undefined));

    const pages = await preview({
      configFile: CONFIG,
      mode: 'demo',
      logLevel: 'silent',
      plugins: [
        serveRecords(() => proxy.ledger),
        // One after the other, so that two tabs do not close one proxy twice.
        serveStartOver(() => (beginning = beginning.then(beginAgain, beginAgain))),
      ],
      preview: {
        host: HOST,
        port: consolePort,
        strictPort: true,
        proxy: {
          '/refunds': {
            target: proxy.url,
            xfwd: false,
            // The form tells when it sent a refund by the server's clock, which is here the sandbox's.
            configure: (forward) =>
              forward.on('proxyRes', (answer) => {
                answer.headers.date = new Date(now()).toUTCString();
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
    // The browser still knows the refunds of the start before, and no id of theirs may be that of another refund.
    seed: Date.now(),
    onTakenPort: (message) => console.log(message),
  });
  console.log(`
  Open       ${demo.url}

  Proxy      ${demo.proxyUrl}
  UQPAY      ${demo.uqpayUrl}      (sandbox; client id sandbox-client, api key sandbox-key)
  UPayments  ${demo.upaymentsUrl}  (sandbox; token jtest123)

  Ctrl-C stops all three.`);
  let closing: Promise<void> | undefined;
  // npm passes a signal on that the terminal has sent here, too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void (closing ??= demo.close().then(() => process.exit(0))));
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
