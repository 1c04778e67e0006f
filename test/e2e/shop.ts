import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createSandbox, createSandboxClient, type SandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, nodeHandler, SqliteLedger, uqpay } from '../../proxy/index.ts';
import { ownPort } from '../runner/ports.ts';

/** A second name of this machine. The page there uses plain HTTP on an untrusted host, so it has no locks. */
export const PLAIN = 'shop.test';

const FORM = 'dist/demo/refund-form.js';
const HOST = '127.0.0.1';

export interface Shop {
  readonly port: number;
  readonly payments: readonly string[];
  readonly sandbox: SandboxClient;
  /** Open status streams at the proxy, and the largest number at the same time. */
  readonly streams: { open: number; maximum: number };
  /** The provider carries out every refund, and the proxy reads the result. */
  settleAll(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A shop with one origin over HTTP/1.1 in front of a sandbox. It has pages with one form for each payment in their
 * address (`/?payment=...`), a page request (`/own`), and the proxy. Each payment has 100.00 US dollars to refund.
 */
export async function openShop(count: number): Promise<Shop> {
  if (!existsSync(FORM)) throw new Error('The form is not built: run `npm run build:demo` first');
  const port = await ownPort();
  const form = await readFile(FORM);
  const payments = Array.from({ length: count }, (_, index) => `PI${String(index + 1).padStart(19, '0')}`);
  const sandbox = await createSandbox({ port: 0, host: HOST });
  const client = createSandboxClient(sandbox.url);
  await client.seed({ uqpay_intents: payments.map((id) => ({ id, amount: '100.00', currency: 'USD' })) });
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-form-shop-'));
  const ledger = new SqliteLedger({ file: path.join(folder, 'ledger.sqlite') });
  let clockOffset = 0;
  const streams = { open: 0, maximum: 0 };
  const proxy = createRefundProxy({
    provider: uqpay({ baseUrl: sandbox.uqpayUrl, clientId: 'sandbox-client', apiKey: 'sandbox-key' }),
    basePath: '/refunds',
    ledger,
    orders: async (id) => (payments.includes(id) ? { payment_id: id, currency: 'USD', captured: '100.00' } : undefined),
    // A page on plain HTTP sends no Sec-Fetch-Site, so the proxy must know its origin.
    allowedOrigins: [`http://${PLAIN}:${port}`],
    now: () => Date.now() + clockOffset,
    authorize: async () => ({ user: 'admin' }),
    metrics: {
      answered: () => undefined,
      sent: () => undefined,
      webhook: () => undefined,
      streams(_provider, open) {
        streams.open = open;
        streams.maximum = Math.max(streams.maximum, open);
      },
    },
  });
  const refunds = nodeHandler(proxy);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, `http://${HOST}`);
    const answer = (type: string, body: string | Buffer) => response.setHeader('content-type', type).end(body);
    if (pathname.startsWith('/refunds/')) refunds(request, response);
    else if (pathname === '/refund-form.js') answer('text/javascript', form);
    else if (pathname === '/own') answer('application/json', '{}');
    else answer('text/html', pageOf(searchParams.getAll('payment')));
  });
  await new Promise<void>((resolve) => {
    server.listen(port, HOST, resolve);
  });
  return {
    port,
    payments,
    sandbox: client,
    streams,
    async settleAll() {
      await client.advance('P2D');
      clockOffset += 2 * 86_400_000;
      await proxy.reconcile();
    },
    async close() {
      await proxy.close();
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
      await ledger.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function pageOf(payments: readonly string[]): string {
  const forms = payments.map(
    (id) => `<refund-form provider="uqpay" endpoint="refunds" payment-id="${id}"></refund-form>`,
  );
  return `<!doctype html><html lang="en"><title>Orders</title>
<link rel="icon" href="data:,"><script type="module" src="/refund-form.js"></script>${forms.join('')}</html>`;
}
