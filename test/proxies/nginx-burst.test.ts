import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { SESSION } from '../verify/session.ts';
import { PROXIES } from './list.ts';
import { stubProvider, type Reply } from './stub-provider.ts';
import { keyOf } from './stubbed.ts';
import { startProxy } from './support.ts';

const nginx = PROXIES.find(({ language }) => language === 'nginx with njs')!;

/** The proxy before a provider that answers refunds as soon as `go` is called. */
async function withWaiting(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-burst-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  let go = () => {};
  const going = new Promise<void>((resolve) => (go = resolve));
  const stub = await stubProvider(
    t,
    () => ({ currency: 'KWD', captured: '100.000' }),
    async ({ method, body }): Promise<Reply> => {
      if (method === 'GET') return { status: true, data: { refund: [] } };
      await going;
      const { orderId } = JSON.parse(body) as { orderId: string };
      return { status: true, message: 'ok', data: { orderId: `R-${orderId}`, refundOrderId: 'a', refundArn: 'b' } };
    },
  );
  const env = { REFUND_TIMEOUT: '20' };
  const ledger = path.join(folder, 'ledger.db');
  const endpoint = await startProxy(t, { ...nginx, provider: 'upayments', recorder: stub.url, ledger, env });
  const refund = async (at: number) => {
    const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(at) };
    const body = JSON.stringify({ orderId: `order-${at}`, totalPrice: 5 });
    const { status } = await fetch(`${endpoint}/create-refund`, {
      method: 'POST',
      headers: { ...SESSION, ...form },
      body,
    });
    return status;
  };
  const summary = async (payment: string) =>
    (await fetch(`${endpoint}/payments/${payment}`, { headers: SESSION })).status;
  const areSent = async (count: number) => {
    while (stub.calls.filter(({ method }) => method === 'POST').length < count) await wait(20);
  };
  return { folder, go, refund, summary, areSent };
}

test('what became of each refund is known although many payments are read, at the proxy in nginx', nginx, async (t) => {
  const { go, refund, summary, areSent } = await withWaiting(t);
  const refunds = Array.from({ length: 40 }, (_, at) => refund(at));
  await areSent(40);
  const summaries = Array.from({ length: 400 }, (_, at) => summary(`other-${at}`));
  go();
  assert.deepEqual(new Set(await Promise.all(refunds)), new Set([200]));
  assert.deepEqual(new Set(await Promise.all(summaries)), new Set([200]));
});

test(
  'the outcome of a refund is told again to a helper that was not reached, by the proxy in nginx',
  nginx,
  async (t) => {
    const { folder, go, refund, areSent } = await withWaiting(t);
    const answer = refund(1);
    await areSent(1);
    const of = readdirSync(folder).find((name) => name.startsWith('refund-nginx-')) ?? assert.fail('it has no folder');
    const socket = path.join(folder, of, 'helper.sock');
    renameSync(socket, `${socket}.away`);
    go();
    await wait(700);
    renameSync(`${socket}.away`, socket);
    assert.equal(await answer, 200);
  },
);
