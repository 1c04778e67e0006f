import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { SESSION } from './session.ts';
import { bench, failures, PROXY_TIMEOUT_MS, type ProviderName } from './support.ts';

/** Only what the README asks of a merchant: the paths, the credentials and the key. No ledger, no description. */
const NAIVE = {
  uqpay: { prefix: '/uqpay/api', routes: /^(?:POST \/v2\/payment\/refunds|GET \/v2\/payment\/refunds\/\w+)$/ },
  upayments: {
    prefix: '/upayments/api/v1',
    routes:
      /^(?:POST \/(?:create-refund|create-multivendor-refund|delete-refund)|GET \/check-refund(?:-status)?\/\w+)$/,
  },
} as const;

const VERDICTS = { uqpay: 'no_ledger', upayments: 'fails' } as const;

/** Checks of one refund for one key, which a proxy without keys passes only where the provider takes them. */
const ONCE = ['same-key-once', 'same-key-concurrent', 'browser-gone'];

describe('a naive proxy', { concurrency: 2 }, () => {
  for (const provider of ['uqpay', 'upayments'] as const) {
    // A browser itself may send a POST twice. UQPAY carries out each key once, and UPayments takes no keys.
    it(`for ${provider} gets the verdict ${VERDICTS[provider]}`, async (t) => {
      const { verify, recorder } = await bench(t);
      const endpoint = await naiveProxy(t, provider, recorder);
      const report = await verify(endpoint, { provider });
      const isUqpay = provider === 'uqpay';
      assert.equal(report.verdict, VERDICTS[provider], formatReport(report));
      if (isUqpay) assert.match(formatReport(report), /sets the property payment[^]*is another refund/);
      assert.equal(report.deduplicates, false);
      assert.ok(failures(report).includes('description'));
      for (const id of ONCE) {
        assert.equal(failures(report).includes(id), !isUqpay, formatReport(report));
        assert.equal(report.results.find((result) => result.id === id)?.level, 'required');
      }
      const required = report.results.filter(({ level, outcome }) => level === 'required' && outcome === 'failed');
      assert.deepEqual(
        required.map(({ id }) => id),
        isUqpay ? [] : ONCE,
      );
      const unsent = report.results.find(({ id }) => id === 'over-refund-unsent');
      assert.deepEqual([unsent?.level, unsent?.outcome], ['ledger', 'failed']);
    });
  }
});

async function naiveProxy(t: TestContext, provider: ProviderName, upstream: string): Promise<string> {
  const { prefix, routes } = NAIVE[provider];
  const isUqpay = provider === 'uqpay';
  let token: string | undefined;

  async function forward(
    incoming: IncomingMessage,
    path: string,
  ): Promise<{ status: number; type: string; body: string }> {
    const { method = '', headers } = incoming;
    const requestBody = await text(incoming);
    if (headers['x-session'] !== SESSION['X-Session']) return { status: 401, type: 'text/plain', body: 'sign in' };
    if (!routes.test(`${method} ${path}`)) return { status: 404, type: 'text/plain', body: 'no such path' };
    if (method === 'POST' && headers['x-refund-form'] !== '1') return { status: 400, type: 'text/plain', body: 'no' };
    if (isUqpay && token === undefined) {
      const credentials = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
      const response = await fetch(`${upstream}${prefix}/v1/connect/token`, { method: 'POST', headers: credentials });
      token = ((await response.json()) as { auth_token: string }).auth_token;
    }
    const response = await fetch(`${upstream}${prefix}${path}`, {
      method,
      headers: {
        ...(isUqpay
          ? { 'x-auth-token': `Bearer ${token}`, 'x-client-id': 'sandbox-client' }
          : { authorization: 'Bearer jtest123' }),
        ...(method === 'POST' && { 'content-type': 'application/json' }),
        ...(isUqpay && { 'x-idempotency-key': String(headers['idempotency-key'] ?? '') }),
      },
      signal: AbortSignal.timeout(PROXY_TIMEOUT_MS),
      ...(method === 'POST' && { body: pickFormMembers(requestBody) }),
    });
    const type = response.headers.get('content-type') ?? 'text/plain';
    return { status: response.status, type, body: await response.text() };
  }

  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '').replace(/^\/pay/, '');
    forward(incoming, path)
      .catch(() => ({ status: 504, type: 'text/plain', body: 'no answer' }))
      .then(({ status, type, body }) => outgoing.writeHead(status, { 'content-type': type }).end(body))
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay`;
}

/** Keeps the members that the form sends, without `notifyUrl`, which a browser may not choose. */
function pickFormMembers(requestBody: string): string {
  const known = Object.entries(JSON.parse(requestBody) as object).filter(
    ([name]) => /^[a-z]/.test(name) && name !== 'notifyUrl' && !/behalf/i.test(name),
  );
  return JSON.stringify(Object.fromEntries(known));
}
