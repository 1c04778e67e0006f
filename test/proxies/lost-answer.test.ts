import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy, type Program } from './each.ts';
import { stubProvider, type Reply } from './stub-provider.ts';
import { FOLDER, startProxy } from './support.ts';

const page = readFileSync(path.join(FOLDER, 'README.md'), 'utf8');
const statements = new Map(
  [...page.matchAll(/^```sql (\w+)\n(.*?)^```$/gms)].map(([, name = '', sql = '']) => [name, sql]),
);
const keyOf = (number: number) => `3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b${number}`;

/** A proxy whose provider drops each refund of a payment that begins with `lost`. */
async function withLosses(t: TestContext, program: Program, provider: 'uqpay' | 'upayments') {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-lost-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = path.join(folder, 'ledger.db');
  const isUqpay = provider === 'uqpay';
  const listed: string[] = [];
  let isRefunded = false;
  const row = { payment_intent_id: 'lost', amount: '5.000', currency: 'KWD', refund_status: 'SUCCEEDED' };
  const stub = await stubProvider(
    t,
    () => ({ currency: 'KWD', captured: '30.000' }),
    ({ method, url, body }): Reply => {
      if (url.startsWith('/check-refund-status/')) return { status: true, data: { is_refunded: isRefunded } };
      if (method === 'GET' && !isUqpay)
        return { status: true, data: { refund: url.includes('lost') ? listed.map((id) => ({ order_id: id })) : [] } };
      const data = url.includes('start_time') ? [] : listed.map((id) => ({ payment_refund_id: id, ...row }));
      if (method === 'GET') return { total_pages: 1, data };
      if (url === '/delete-refund' || body.includes('lost')) return 'drop';
      return { status: true, data: { orderId: 'RFother', refundOrderId: 'a', refundArn: 'b' } };
    },
  );
  const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url, ledger });
  const send = async (below: string, key: number, body: object) => {
    const headers = {
      ...SESSION,
      'content-type': 'application/json',
      'x-refund-form': '1',
      'idempotency-key': keyOf(key),
    };
    const answer = await fetch(endpoint + below, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, json: (await answer.json()) as Problem };
  };
  return {
    list: (id: string) => listed.push(id),
    carryOut: () => (isRefunded = true),
    cancel: (id: string, key: number) => send('/delete-refund', key, { orderId: id, refundOrderId: 'a' }),
    refund: (payment: string, key: number) =>
      isUqpay
        ? send('/v2/payment/refunds', key, { payment_intent_id: payment, amount: '5.000', reason: 'Return good' })
        : send('/create-refund', key, { orderId: payment, totalPrice: 5 }),
    summary: async (payment: string) => {
      const answer = await fetch(`${endpoint}/payments/${payment}`, { headers: SESSION });
      const { refunded, pending, refunds = [] } = (await answer.json()) as PaymentSummary;
      const rows = refunds.map(({ refund_id: id, idempotency_key: key, standing, ended }) => [
        id,
        key,
        standing,
        ended,
      ]);
      return { refunded, pending, rows };
    },
    /** Runs a block of the page. */
    run: (name: string, key: number, refund = '') => {
      const db = new DatabaseSync(ledger, { timeout: 20_000 });
      const sql = statements.get(name) ?? assert.fail(`the page has no block "${name}"`);
      db.exec(sql.replaceAll("'KEY'", `'${keyOf(key)}'`).replaceAll("'REFUND'", `'${refund}'`));
      db.close();
    },
    open: () => {
      const db = new DatabaseSync(ledger, { timeout: 20_000 });
      const rows = db.prepare(statements.get('open') ?? '').all();
      db.close();
      return rows.map((found) => ({ ...found }));
    },
  };
}

eachProxy('a lost answer of UPayments is settled as the page says, at the proxy in', async (t, program) => {
  const { list, carryOut, cancel, refund, summary, run, open } = await withLosses(t, program, 'upayments');
  assert.equal((await refund('lost-nothing', 10)).json.code, 'outcome_unknown');
  assert.deepEqual(open(), [
    { key: keyOf(10), payment: 'lost-nothing', minor_units: 5000, currency: 'KWD', held: 5000, state: 'unknown' },
  ]);
  run('nothing', 10);
  assert.deepEqual((await summary('lost-nothing')).rows, [[undefined, keyOf(10), 'failed', 'nothing']]);
  assert.equal((await refund('lost', 11)).json.code, 'outcome_unknown');
  list('RF1');
  run('made', 11, 'RF1');
  const made = { refunded: '0.000', pending: '5.000', rows: [['RF1', keyOf(11), 'pending', undefined]] };
  assert.deepEqual(await summary('lost'), made);
  const again = await refund('lost', 11);
  assert.deepEqual([again.status, again.json.code, again.json.effect], [504, 'outcome_unknown', 'unknown']);
  run('nothing', 11);
  assert.deepEqual(await summary('lost'), made, 'what is settled stays as it is');
  assert.equal((await refund('lost', 12)).json.code, 'outcome_unknown', 'the payment is free for another refund');
  run('made', 12, 'RF1');
  assert.equal(open().length, 1, 'the refund of another key is not taken');
  run('nothing', 12);
  assert.deepEqual(
    new Set((await summary('lost')).rows),
    new Set([
      [undefined, keyOf(12), 'failed', 'nothing'],
      ['RF1', keyOf(11), 'pending', undefined],
    ]),
  );
  const ended = await refund('lost', 12);
  assert.deepEqual([ended.status, ended.json.code, ended.json.effect], [410, 'settled_nothing', 'nothing']);

  const foreign = await cancel('RF1', 13);
  assert.deepEqual([foreign.status, foreign.json.code], [404, 'payment_not_found'], 'a person knows one id alone');
  assert.equal((await refund('other', 15)).status, 200);
  assert.equal((await cancel('RFother', 13)).json.code, 'outcome_unknown');
  run('made', 13, 'RFother');
  assert.equal((await summary('other')).pending, '5.000', 'a cancel makes no refund');
  run('cancelled', 13, 'RFother');
  assert.equal((await summary('other')).pending, '0.000');
  const cancelled = await cancel('RFother', 13);
  assert.deepEqual([cancelled.status, cancelled.json.code, cancelled.json.effect], [504, 'outcome_unknown', 'unknown']);

  assert.equal((await refund('lost', 14)).json.code, 'outcome_unknown');
  list('RF2');
  run('made', 14, 'RF2');
  carryOut();
  const { refunded, rows } = await summary('lost');
  assert.equal(refunded, '10.000');
  assert.ok(rows.some(([id, , standing]) => id === 'RF2' && standing === 'succeeded'));
});

eachProxy('a lost answer of UQPAY is settled as the page says, at the proxy in', async (t, program) => {
  const { list, refund, summary, run } = await withLosses(t, program, 'uqpay');
  assert.equal((await refund('lost', 10)).json.code, 'outcome_unknown');
  list('RF1');
  const before = await summary('lost');
  assert.deepEqual([before.refunded, before.pending], ['5.000', '5.000'], 'it counts twice until somebody says');
  run('made', 10, 'RF1');
  const rows = [['RF1', keyOf(10), 'succeeded', undefined]];
  assert.deepEqual(await summary('lost'), { refunded: '5.000', pending: '0.000', rows });
});
