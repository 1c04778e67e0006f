import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';
import { eachProxy, type Program } from './each.ts';
import { stubProvider, type Call, type Reply } from './stub-provider.ts';
import { keyOf, REFUNDS } from './stubbed.ts';
import { startProxy } from './support.ts';

const USD = { currency: 'USD', captured: '100.00' };
const KWD = { currency: 'KWD', captured: '100.000' };
const JPY = { currency: 'JPY', captured: '1000' };

/** A proxy whose order a person corrects in between. */
async function withOrder(
  t: TestContext,
  program: Program,
  provider: ProviderName,
  answer: (call: Call) => Reply,
  older?: string,
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-currency-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = path.join(folder, 'ledger.db');
  if (older !== undefined) {
    const db = new DatabaseSync(ledger);
    db.exec(older);
    db.close();
  }
  let order: object = USD;
  const isUqpay = provider === 'uqpay';
  const list = isUqpay ? { total_pages: 0, data: [] } : { status: true, data: { refund: [] } };
  const stub = await stubProvider(
    t,
    () => order,
    (call) => (call.method === 'GET' && !/refund-status|refunds\//.test(call.url) ? list : answer(call)),
  );
  const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url, ledger });
  const send = async (below: string, body: object, key: number) => {
    const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(key) };
    const init = { method: 'POST', headers: { ...SESSION, ...form }, body: JSON.stringify(body) };
    const got = await fetch(endpoint + below, init);
    const json = (await got.json()) as Problem;
    return [got.status, json.code, json.effect];
  };
  const refund = (amount: string, key: number) =>
    isUqpay
      ? send(REFUNDS, { payment_intent_id: 'P', amount, reason: 'Return good' }, key)
      : send('/create-refund', { orderId: 'P', totalPrice: Number(amount) }, key);
  const summary = async () => {
    const got = await fetch(`${endpoint}/payments/P`, { headers: SESSION });
    const { refundable, pending, not_refundable: why, refunds = [] } = (await got.json()) as PaymentSummary;
    return {
      refundable,
      pending,
      isForeign: /a refund that is not in/.test(why ?? ''),
      refunds: refunds.map(({ amount, currency, standing }) => [amount, currency, standing]),
    };
  };
  const writes = () => stub.calls.filter(({ method }) => method === 'POST').length;
  return { correct: (now: object) => (order = now), send, refund, summary, writes };
}

const row = { payment_refund_id: 'RF1', amount: '10.50', currency: 'USD', refund_status: 'INITIATED' };
const made = (id: string) => ({
  status: true,
  message: 'ok',
  data: { orderId: id, refundOrderId: 'a', refundArn: 'b' },
});

eachProxy('a refund in another currency than the order holds its payment at the proxy in', async (t, program) => {
  let answer: Reply = made('R1');
  const { correct, refund, summary, writes } = await withOrder(t, program, 'upayments', () => answer);
  assert.deepEqual(await refund('10.5', 1), [200, undefined, undefined]);
  correct(KWD);
  const ours = [['10.50', 'USD', 'pending']];
  const held = { refundable: '0.000', pending: '100.000', isForeign: true, refunds: ours };
  assert.deepEqual(await summary(), held);
  assert.deepEqual(await refund('1', 2), [422, 'not_refundable', 'nothing']);
  assert.equal(writes(), 1);
  // Only a person can say how much of the payment it takes.
  correct({ ...KWD, refunded_elsewhere: '4.000', refunded_elsewhere_count: 1 });
  assert.deepEqual(await summary(), { refundable: '96.000', pending: '0.000', isForeign: false, refunds: ours });
  answer = 'drop';
  assert.deepEqual(await refund('90', 3), [504, 'outcome_unknown', 'unknown']);
  correct(USD);
  assert.deepEqual((await summary()).refundable, '0.00', 'nor does a request whose outcome nobody knows');
});

eachProxy('what was asked for first is what a repeat is compared with at the proxy in', async (t, program) => {
  let answer: Reply = 'drop';
  const { correct, refund, summary, writes } = await withOrder(t, program, 'uqpay', () => answer);
  assert.deepEqual(await refund('10.50', 1), [504, 'outcome_unknown', 'unknown']);
  correct(JPY);
  const unread = [400, 'invalid_request'];
  assert.deepEqual(await refund('10.50', 1), [...unread, 'unknown'], 'the first may have been carried out');
  assert.deepEqual(await refund('10.50', 2), [...unread, 'nothing']);
  assert.deepEqual((await summary()).refunds, [['10.50', 'USD', 'unknown']]);
  correct(KWD);
  answer = row;
  assert.deepEqual(await refund('10.50', 1), [200, undefined, undefined]);
  assert.equal(writes(), 2);
  const refunds = [['10.50', 'USD', 'pending']];
  assert.deepEqual(await summary(), { refundable: '0.000', pending: '100.000', isForeign: true, refunds });
  correct(USD);
  assert.equal((await summary()).refundable, '89.50');
});

const OLDER = `CREATE TABLE requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
  state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at REAL);
CREATE TABLE refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT, status TEXT);
INSERT INTO requests VALUES ('a', '', 'P', 0, 1050, 'done', 200, 'application/json',
  CAST('${JSON.stringify(made('R1'))}' AS BLOB), 0);
INSERT INTO requests VALUES ('b', '', 'P', 2000, 2000, 'unknown', 0, '', x'', 0);
INSERT INTO refunds VALUES ('R1', 'a', 'P', 1050, 'pending', '');`;

eachProxy('a ledger of an earlier version is in the currency of the order at the proxy in', async (t, program) => {
  const none = { status: true, message: 'ok', data: null };
  const { correct, send, summary } = await withOrder(t, program, 'upayments', () => none, OLDER);
  assert.deepEqual(await summary(), {
    refundable: '69.50',
    pending: '30.50',
    isForeign: false,
    refunds: (await summary()).refunds,
  });
  correct(KWD);
  const { refundable, refunds } = await summary();
  assert.equal(refundable, '0.000');
  assert.deepEqual(new Set(refunds.map(String)), new Set(['10.50,USD,pending', '20.00,USD,unknown']));
  assert.deepEqual(await send('/delete-refund', { orderId: 'R1', refundOrderId: 'a' }, 3), [
    409,
    'payment_busy',
    'nothing',
  ]);
});
