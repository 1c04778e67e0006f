import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';
import { eachProxy, type Program } from './each.ts';
import { stubProvider, type Call, type Reply } from './stub-provider.ts';
import { startProxy } from './support.ts';

const keyOf = (number: number) => `3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b${number}`;

/** A proxy before a stub, with the requests of a form. */
async function formOf(
  t: TestContext,
  program: Program,
  provider: ProviderName,
  stub: Awaited<ReturnType<typeof stubProvider>>,
) {
  const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url });
  const summary = async (payment: string) => {
    const answer = await fetch(`${endpoint}/payments/${payment}`, { headers: SESSION });
    return { status: answer.status, json: (await answer.json()) as PaymentSummary & Problem };
  };
  const refund = async (payment: string, amount: string, key: number) => {
    const isUqpay = provider === 'uqpay';
    const body = isUqpay
      ? { payment_intent_id: payment, amount, reason: 'Return good' }
      : { orderId: payment, totalPrice: Number(amount) };
    const answer = await fetch(endpoint + (isUqpay ? '/v2/payment/refunds' : '/create-refund'), {
      method: 'POST',
      headers: { ...SESSION, 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(key) },
      body: JSON.stringify(body),
    });
    return { status: answer.status, json: (await answer.json()) as Problem };
  };
  const writes = () => stub.calls.filter(({ method }) => method === 'POST').length;
  return { summary, refund, writes };
}

const figures = ({ refunded, pending, refundable }: PaymentSummary) => ({ refunded, pending, refundable });

eachProxy('a refund made elsewhere with UPayments counts at the proxy in', async (t, program) => {
  const listed: Record<string, number> = { told: 1, more: 2, none: 0, unread: 0 };
  const made = new Map<string, number>();
  const orders = (id: string): Reply => ({
    payment_id: id,
    currency: 'KWD',
    captured: '30.000',
    ...((id === 'told' || id === 'more') && { refunded_elsewhere: '20.000', refunded_elsewhere_count: 1 }),
  });
  const provider = ({ method, url, body }: Call): Reply => {
    const payment = url.split('/').at(-1) ?? '';
    if (method === 'GET') {
      if (payment === 'unread') return 500;
      const strange = Array.from({ length: listed[payment] ?? 0 }, (_, index) => ({ order_id: `strange-${index}` }));
      const own = Array.from({ length: made.get(payment) ?? 0 }, (_, index) => ({ order_id: `${payment}-${index}` }));
      return { status: true, data: { refund: [...strange, ...own] } };
    }
    const { orderId } = JSON.parse(body) as { orderId: string };
    const count = made.get(orderId) ?? 0;
    made.set(orderId, count + 1);
    return { status: true, data: { orderId: `${orderId}-${count}`, refundOrderId: 'a', refundArn: 'b' } };
  };
  const stub = await stubProvider(t, orders, provider);
  const { summary, refund, writes } = await formOf(t, program, 'upayments', stub);

  const told = await summary('told');
  assert.deepEqual(figures(told.json), { refunded: '20.000', pending: '0.000', refundable: '10.000' });
  const above = await refund('told', '25', 10);
  assert.deepEqual([above.status, above.json.code, writes()], [422, 'amount_above_refundable', 0]);
  assert.equal((await refund('told', '4', 11)).status, 200);
  assert.equal((await refund('told', '5', 12)).status, 200, 'the refund before is listed, and it is ours');
  assert.deepEqual(figures((await summary('told')).json), {
    refunded: '20.000',
    pending: '9.000',
    refundable: '1.000',
  });

  const more = await refund('more', '1', 13);
  const { status, json } = more;
  assert.deepEqual(
    [status, json.code, json.effect, json['listed'], json['known']],
    [409, 'refunded_elsewhere', 'nothing', 2, 1],
  );
  const shown = await summary('more');
  assert.deepEqual(shown.json.unaccounted_refunds, { listed: 2, known: 1, unknown: 0 });
  assert.match(shown.json.not_refundable ?? '', /refunded_elsewhere_count/);

  const unread = await refund('unread', '1', 14);
  assert.deepEqual([unread.status, unread.json.code, unread.json.effect], [502, 'provider_unreachable', 'nothing']);
  assert.equal(writes(), 2);
});

eachProxy('a refund made elsewhere with UQPAY counts at the proxy in', async (t, program) => {
  const rows: Record<string, object[]> = {};
  const list = (payment: string, id: string, amount: string, more: object = {}) => {
    const row = {
      payment_refund_id: id,
      payment_intent_id: payment,
      amount,
      currency: 'USD',
      refund_status: 'SUCCEEDED',
    };
    (rows[payment] ??= []).push({ ...row, ...more });
  };
  list('PIlisted', 'RFdashboard', '200.00');
  list('PIlisted', 'RFfailed', '40.00', { refund_status: 'FAILED' });
  list('PIboth', 'RFrecent', '80.00');
  list('PIforeign', 'RFforeign', '80.00', { currency: 'EUR' });
  const orders = (id: string): Reply => ({
    payment_id: id,
    currency: 'USD',
    captured: '250.00',
    ...(id === 'PIboth' && { refunded_elsewhere: '100.00' }),
  });
  const byKey = new Map<string, Reply>();
  const provider = ({ method, url, headers, body }: Call): Reply => {
    const query = new URL(url, 'http://stub').searchParams;
    const payment = query.get('payment_intent_id') ?? '';
    if (method === 'GET') {
      if (payment === 'PIunread') return 500;
      const data = query.has('start_time') ? [] : (rows[payment] ?? []);
      return {
        total_pages: payment === 'PImany' ? 2 : 1,
        total_items: data.length + (payment === 'PIcut' ? 1 : 0),
        data,
      };
    }
    const key = String(headers['x-idempotency-key']);
    const known = byKey.get(key);
    if (known) return known;
    const { payment_intent_id: id, amount } = JSON.parse(body) as { payment_intent_id: string; amount: string };
    const answer = { payment_refund_id: `RF${byKey.size}`, amount, currency: 'USD', refund_status: 'INITIATED' };
    list(id, answer.payment_refund_id, amount, { refund_status: 'INITIATED' });
    byKey.set(key, answer);
    return id === 'PIlost' ? 'drop' : answer;
  };
  const stub = await stubProvider(t, orders, provider);
  const { summary, refund, writes } = await formOf(t, program, 'uqpay', stub);

  const above = await refund('PIlisted', '60.00', 10);
  assert.deepEqual([above.status, above.json.code, writes()], [422, 'amount_above_refundable', 0]);
  assert.equal((await refund('PIlisted', '10.00', 11)).status, 200);
  const { json } = await summary('PIlisted');
  assert.deepEqual(figures(json), { refunded: '200.00', pending: '10.00', refundable: '40.00' });
  const shown = (json.refunds ?? []).map(({ refund_id: id, idempotency_key: key, standing }) => [
    id,
    { key, standing },
  ]);
  assert.deepEqual(Object.fromEntries(shown), {
    RF0: { key: keyOf(11), standing: 'pending' },
    RFdashboard: { key: null, standing: 'succeeded' },
    RFfailed: { key: null, standing: 'failed' },
  });

  // The sum of the order includes what is listed.
  assert.deepEqual(figures((await summary('PIboth')).json), {
    refunded: '100.00',
    pending: '0.00',
    refundable: '150.00',
  });

  const sent = writes();
  for (const payment of ['PIunread', 'PImany', 'PIcut']) {
    const unread = await refund(payment, '1.00', 12);
    assert.deepEqual([unread.status, unread.json.code, unread.json.effect], [502, 'provider_unreachable', 'nothing']);
    assert.ok(unread.json.detail, 'it says what cannot be read');
    assert.equal((await summary(payment)).status, 502);
  }
  // How much of the payment a refund in another currency takes, only a person can say.
  const other = await refund('PIforeign', '1.00', 12);
  assert.deepEqual([other.status, other.json.code, other.json.effect], [422, 'not_refundable', 'nothing']);
  const { status: shownForeign, json: foreign } = await summary('PIforeign');
  assert.equal(shownForeign, 200);
  assert.deepEqual(figures(foreign), { refunded: '0.00', pending: '250.00', refundable: '0.00' });
  assert.deepEqual(
    foreign.refunds?.map(({ refund_id: id, amount, currency }) => [id, amount, currency]),
    [['RFforeign', '80.00', 'EUR']],
  );
  assert.match(foreign.not_refundable ?? '', /a refund that is not in USD/);
  assert.equal(writes(), sent);

  const lost = await refund('PIlost', '30.00', 13);
  assert.deepEqual([lost.status, lost.json.code], [504, 'outcome_unknown']);
  // Nobody can tell whether the listed refund is the lost one: until then both count.
  assert.equal((await summary('PIlost')).json.refundable, '190.00');
  const again = stub.calls.length;
  await refund('PIlost', '30.00', 13);
  assert.equal(stub.calls.slice(again).filter(({ method }) => method === 'GET').length, 0, 'a known key needs no list');
  assert.deepEqual(figures((await summary('PIlost')).json), {
    refunded: '0.00',
    pending: '30.00',
    refundable: '220.00',
  });

  assert.equal((await refund('PIturns', '200.00', 14)).status, 200);
  const [turning] = rows['PIturns'] ?? [];
  for (const [word, refundable] of [
    ['FAILED', '250.00'],
    ['SUCCEEDED', '50.00'],
    ['FAILED', '50.00'],
  ]) {
    Object.assign(turning ?? {}, { refund_status: word });
    assert.equal(
      (await summary('PIturns')).json.refundable,
      refundable,
      'a refund that succeeded after all counts again',
    );
  }

  assert.equal((await refund('PIdisputed', '90.00', 15)).status, 200);
  const [disputed] = rows['PIdisputed'] ?? [];
  for (const [amount, refundable] of [
    ['5.00', '160.00'],
    ['240.00', '10.00'],
    ['90.00', '10.00'],
  ]) {
    Object.assign(disputed ?? {}, { refund_status: 'FAILED', amount });
    const { json: found } = await summary('PIdisputed');
    assert.equal(found.refundable, refundable, 'the larger amount is held until a person has settled it');
    assert.deepEqual(
      found.refunds?.map(({ standing, status }) => [standing, status]),
      [['unknown', 'contradiction']],
    );
  }

  for (const { method, headers, body } of stub.calls) {
    if (method === 'GET') assert.deepEqual([headers['x-idempotency-key'], body], [undefined, '']);
  }
});
