import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import {
  IDEMPOTENT_REPLAYED,
  judgeAnswer,
  judgeUpayments,
  judgeUqpay,
  type ProblemCode,
} from '../../contract/index.ts';
import type { Act } from './support/provider.ts';
import { ORDER, PAYMENT, startTestProxy, UQPAY_POST, uuid, type Answer, type TestProxy } from './support/test-proxy.ts';

/** An event that makes the proxy refuse a refund before it arrives, and the refused amount. */
interface Circumstance {
  readonly code: ProblemCode;
  readonly name: 'uqpay' | 'upayments';
  readonly amount: string;
  readonly change: (shop: Shop) => void | Promise<unknown>;
  readonly headers?: Record<string, string>;
}

interface Shop extends TestProxy {
  readonly order: Record<string, string>;
}

const CREATE = 'POST /create-refund';
const LIST = `GET /check-refund/${ORDER}`;

const CIRCUMSTANCES: readonly Circumstance[] = [
  {
    code: 'not_refundable',
    name: 'uqpay',
    amount: '10.00',
    change: ({ order }) => void (order['not_refundable'] = 'A chargeback is open'),
  },
  {
    code: 'refunded_elsewhere',
    name: 'upayments',
    amount: '10',
    change: ({ provider }) => provider.on(LIST, listOf('made-there', 'made-there-too')),
  },
  {
    code: 'refundable_changed',
    name: 'uqpay',
    amount: '10.00',
    change: ({ order }) => void (order['refunded_elsewhere'] = '1.00'),
    headers: { 'x-expected-refundable': '100.00' },
  },
  {
    code: 'amount_above_refundable',
    name: 'uqpay',
    amount: '10.00',
    change: ({ order }) => void (order['refunded_elsewhere'] = '95.00'),
  },
];

for (const { code, name, amount, change, headers = {} } of CIRCUMSTANCES) {
  test(`${code} means the same for a repeated request whose first send never reached the proxy`, async (t) => {
    const shop = await shopOf(t, name);
    await change(shop);
    const answer = await shop.refund(amount, { key: uuid(1), headers });
    assert.deepEqual([answer.problem.code, answer.problem.effect], [code, 'nothing']);
    // UPayments lists a refund that nobody knows: a ledger that was lost may have made it by this key.
    assert.equal(effectOfRepeat(name, answer), code === 'refunded_elsewhere' ? 'unknown' : 'nothing');
    assert.equal(sendCount(shop, name), 0);
  });

  test(`${code} does not settle a request whose first send may have moved money`, async (t) => {
    const shop = await shopOf(t, name);
    shop.provider.on(name === 'uqpay' ? UQPAY_POST : CREATE, 'drop');
    assert.equal((await shop.refund(amount, { key: uuid(1), headers })).problem.code, 'outcome_unknown');
    await change(shop);
    assert.notEqual(effectOfRepeat(name, await shop.refund(amount, { key: uuid(1), headers })), 'nothing');
  });
}

/** How the form judges this answer to a request that it has sent before. */
function effectOfRepeat(name: 'uqpay' | 'upayments', { status, json, headers }: Answer) {
  const replayed = headers.get(IDEMPOTENT_REPLAYED) === 'true';
  const judge = name === 'uqpay' ? judgeUqpay : judgeUpayments;
  return judgeAnswer(judge, { status, body: json, resent: true, replayed, deduplicates: true }).effect;
}

function sendCount({ provider }: TestProxy, name: 'uqpay' | 'upayments'): number {
  return provider.callsOf(name === 'uqpay' ? UQPAY_POST : CREATE).length;
}

/** A payment of 100 without a refund in the provider's list. */
async function shopOf(t: TestContext, name: 'uqpay' | 'upayments'): Promise<Shop> {
  const order: Record<string, string> =
    name === 'uqpay'
      ? { payment_id: PAYMENT, currency: 'USD', captured: '100.00' }
      : { payment_id: ORDER, currency: 'KWD', captured: '100.000' };
  const testProxy = await startTestProxy(t, { name, orders: async () => order });
  testProxy.provider.on(LIST, listOf());
  return { ...testProxy, order };
}

function listOf(...ids: readonly string[]): Act {
  const refund = ids.map((order_id) => ({ order_id, is_refunded: false, refunded_date: null }));
  return { status: 200, json: { status: true, message: 'ok', data: { refund } } };
}
