import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { createSandbox } from '../../mock-server/index.ts';
import { createRefundProxy, serveProxies, SqliteLedger, upayments, uqpay } from '../../proxy/index.ts';
import { verifyProxy, type Report, type Result, type VerifyOptions } from '../../verify/index.ts';
import { ownPort } from '../runner/ports.ts';
import { OTHER_SESSION, SESSION } from './session.ts';

export type ProviderName = 'uqpay' | 'upayments';
export const PROXY_TIMEOUT_MS = 1000;

export interface Bench {
  readonly sandbox: string;
  /** Where verify will listen. */
  readonly port: number;
  /** The address that the proxy must call instead of the provider's. */
  readonly recorder: string;
  readonly verify: (endpoint: string, options?: Partial<VerifyOptions>) => Promise<Report>;
}

let run = 0;

/** @param dev whether the sandbox accepts calls without credentials */
export async function bench(t: TestContext, { dev = false } = {}): Promise<Bench> {
  const sandbox = await createSandbox({ dev });
  t.after(() => sandbox.close());
  const port = await ownPort();
  return {
    sandbox: sandbox.url,
    port,
    recorder: `http://127.0.0.1:${port}`,
    verify(endpoint, options = {}) {
      run += 1;
      return verifyProxy({
        endpoint,
        sandbox: sandbox.url,
        listen: { host: '127.0.0.1', port },
        headers: SESSION,
        otherHeaders: OTHER_SESSION,
        proxyTimeoutMs: PROXY_TIMEOUT_MS,
        run,
        clock: { now: () => performance.now(), wall: () => Date.now(), pause: (ms) => pause(ms) },
        ...options,
      });
    },
  };
}

/** Starts our own proxy, configured for a check as a merchant would do it: orders over HTTP, a short timeout. */
export async function ourProxy(t: TestContext, recorder: string): Promise<Record<ProviderName, string>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-verify-'));
  const ledger = new SqliteLedger({ file: path.join(folder, 'ledger.sqlite') });
  const shared = {
    ledger,
    orders: async (id: string) => {
      const response = await fetch(`${recorder}/orders/${encodeURIComponent(id)}`);
      return response.ok ? ((await response.json()) as unknown) : undefined;
    },
    authorize: async (request: Request) => {
      const session = request.headers.get('x-session');
      if (session === SESSION['X-Session']) return { user: 'admin' };
      return { refuse: session === OTHER_SESSION['X-Session'] ? ('forbidden' as const) : ('unauthenticated' as const) };
    },
    timeoutMs: PROXY_TIMEOUT_MS,
  };
  const server = await serveProxies({
    proxies: [
      createRefundProxy({
        ...shared,
        basePath: '/uqpay',
        provider: uqpay({
          baseUrl: `${recorder}/uqpay/api`,
          clientId: 'sandbox-client',
          apiKey: 'sandbox-key',
          webhookSecret: 'sandbox-webhook-secret',
        }),
      }),
      createRefundProxy({
        ...shared,
        basePath: '/upayments',
        provider: upayments({ baseUrl: `${recorder}/upayments/api/v1`, token: 'jtest123' }),
      }),
    ],
    port: 0,
    host: '127.0.0.1',
  });
  t.after(async () => {
    await server.close();
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { uqpay: `${server.url}/uqpay`, upayments: `${server.url}/upayments` };
}

export function failures(report: Report): string[] {
  return idsOf(report, 'failed', 'not_judged');
}

/** The checks with one of these outcomes, in the order in which they ran. */
export function idsOf({ results }: Report, ...outcomes: readonly Result['outcome'][]): string[] {
  return results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ id }) => id);
}
