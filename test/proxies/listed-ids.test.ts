import assert from 'node:assert/strict';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy, type Program } from './each.ts';
import { stubProvider, type Reply } from './stub-provider.ts';
import { keyOf } from './stubbed.ts';
import { startProxy } from './support.ts';
import type { TestContext } from 'node:test';

// UPayments does not say which of a refund's ids its list shows.

/** A proxy before a stub that lists what the test says. Each payment has 100.000. */
async function withLists(t: TestContext, program: Program) {
  const lists = new Map<string, string[]>();
  let count = 0;
  const stub = await stubProvider(
    t,
    () => ({ currency: 'KWD', captured: '100.000' }),
    ({ method, url, body }): Reply => {
      const payment = url.split('/').at(-1) ?? '';
      if (url.startsWith('/check-refund-status/')) return { status: true, data: { is_refunded: false } };
      if (method === 'GET')
        return { status: true, data: { refund: (lists.get(payment) ?? []).map((id) => ({ order_id: id })) } };
      const sent = JSON.parse(body) as { orderId: string; totalPrice?: number; refundPayload?: object[] };
      const { orderId, refundPayload } = sent;
      const ids = (id: string) => ({ orderId: id, refundOrderId: `RO-${id}`, refundArn: `ARN-${id}` });
      // A member that is null says nothing.
      const plain = { ...ids(`${sent.totalPrice}-of-${orderId}`), responseData: null };
      if (!refundPayload) return { status: true, message: 'ok', data: plain };
      const generated = refundPayload.map((_, at) => ({ ...ids(`${at}-of-${orderId}`), amount: 5 }));
      const responseData = { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] };
      return { status: true, message: 'ok', data: { responseData } };
    },
  );
  const endpoint = await startProxy(t, { ...program, provider: 'upayments', recorder: stub.url });
  const send = async (path: string, body: object) => {
    const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf((count += 1)) };
    const init = { method: 'POST', headers: { ...SESSION, ...form }, body: JSON.stringify(body) };
    const answer = await fetch(endpoint + path, init);
    const { code } = (await answer.json()) as Problem;
    return code ?? answer.status;
  };
  const isElsewhere = async (payment: string) => {
    const answer = await fetch(`${endpoint}/payments/${payment}`, { headers: SESSION });
    return ((await answer.json()) as PaymentSummary).unaccounted_refunds ?? undefined;
  };
  const refund = (payment: string, amount = 50) => send('/create-refund', { orderId: payment, totalPrice: amount });
  const list = (payment: string, ...ids: string[]) => lists.set(payment, ids);
  return { list, send, refund, isElsewhere };
}

eachProxy(
  'once a list has shown an id of ours, any other is a refund made elsewhere to the proxy in',
  async (t, program) => {
    const { list, send, refund, isElsewhere } = await withLists(t, program);
    for (const payment of ['first', 'second', 'other']) assert.equal(await refund(payment), 200);
    const refundPayload = ['0', '1'].map((refundRequestId) => ({ refundRequestId, amountToRefund: 5 }));
    assert.equal(await send('/create-multivendor-refund', { orderId: 'vendors', refundPayload }), 200);
    // It may show other ids of our refunds.
    list('first', 'strange');
    assert.equal(await isElsewhere('first'), undefined);
    assert.equal(await refund('first', 1), 200);

    list('second', '50-of-second');
    assert.equal(await isElsewhere('second'), undefined);
    list('second', 'strange');
    assert.deepEqual(await isElsewhere('second'), { listed: 1, known: 0, unknown: 0 });
    assert.equal(await refund('second'), 'refunded_elsewhere', 'ours was deleted, or is not listed yet');
    // The provider lists the refunds of every payment by the same id.
    list('other', 'strange');
    assert.equal(await refund('other'), 'refunded_elsewhere');
    list('other', 'RO-50-of-other');
    assert.equal(await isElsewhere('other'), undefined, 'any of the ids that its answer gave it');
    // How it lists those over several vendors, no such list tells.
    list('vendors', 'strange', 'stranger');
    assert.equal(await isElsewhere('vendors'), undefined);
    list('vendors', '0-of-vendors');
    assert.equal(await isElsewhere('vendors'), undefined);
    list('vendors', 'strange');
    assert.deepEqual(await isElsewhere('vendors'), { listed: 1, known: 0, unknown: 0 });
  },
);
