import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Sandbox } from '../mock-server/index.ts';
import { createRefundProxy, serveProxies, SqliteLedger, upayments, uqpay, type Ledger } from '../proxy/index.ts';
import { ORDERS } from './orders.ts';
import { authorizeBy } from './people.ts';

interface ServedProxyOptions {
  readonly sandbox: Pick<Sandbox, 'uqpayUrl' | 'upaymentsUrl'>;
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins: readonly string[];
  readonly timeoutMs: number;
  readonly reconcileEveryMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface ServedProxy {
  readonly url: string;
  readonly port: number;
  readonly ledger: Ledger;
  /** Throws the ledger away. */
  close(): Promise<void>;
}

/** Serves the proxy of the demo, with a new ledger. */
export async function serveProxy(options: ServedProxyOptions): Promise<ServedProxy> {
  const { sandbox, host, port, reconcileEveryMs, ...given } = options;
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-form-demo-'));
  const ledger = new SqliteLedger({ file: path.join(folder, 'ledger.sqlite') });
  const end = async (): Promise<void> => {
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  };
  const shared = {
    ...given,
    ledger,
    orders: async (paymentId: string) => ORDERS.find(({ payment_id }) => payment_id === paymentId),
    authorize: authorizeBy((request) => request.headers.get('cookie') ?? ''),
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
  const served = await serveProxies({ proxies, port, host, reconcileEveryMs }).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    url: served.url,
    port: served.port,
    ledger,
    async close() {
      await served.close();
      await end();
    },
  };
}
