import assert from 'node:assert/strict';

import { toDecimal } from '../../../contract/index.ts';
import { DASHBOARD, minor } from '../support/invariants.ts';
import { NOTHING_ELSEWHERE } from '../support/merchant.ts';
import type { Shop } from './shop.ts';
import { sum, truthOf, type Row } from './truth.ts';
import type { World } from './world.ts';

/** Makes a refund at the provider, without any proxy. */
export async function refundElsewhere({ shop }: World, order: number, units: number): Promise<void> {
  const { payment_id, currency, captured } = shop.orders[order]!;
  const rows = (await truthOf(shop)).filter((row) => row.order === payment_id && row.counts);
  const amount = minor(`${units}`, currency);
  const reservations = shop.ledger ? await shop.ledger.reservationsOfPayment(shop.scope, payment_id) : [];
  const open = sum(reservations.filter(({ released, refundId }) => !released && refundId === undefined));
  if (amount > minor(captured, currency) - sum(rows) - open) return;
  const answer =
    shop.provider === 'uqpay' ? await askUqpay(shop, order, amount) : await askUpayments(shop, order, units);
  assert.ok(answer.ok, await answer.text());
}

async function askUqpay({ eyes: { testbed }, orders }: Shop, order: number, amount: bigint): Promise<Response> {
  const { payment_id, currency } = orders[order]!;
  const base = testbed.sandbox.uqpayUrl;
  const id = { 'x-client-id': 'sandbox-client' };
  const signIn = await fetch(`${base}/v1/connect/token`, {
    method: 'POST',
    headers: { ...id, 'x-api-key': 'sandbox-key' },
  });
  const { auth_token: token } = (await signIn.json()) as { auth_token: string };
  return fetch(`${base}/v2/payment/refunds`, {
    method: 'POST',
    headers: {
      ...id,
      'x-auth-token': `Bearer ${token}`,
      'content-type': 'application/json',
      'x-idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({
      payment_intent_id: payment_id,
      amount: toDecimal(amount, currency),
      reason: 'Elsewhere',
      metadata: { reference: DASHBOARD },
    }),
  });
}

function askUpayments({ eyes: { testbed }, orders }: Shop, order: number, units: number): Promise<Response> {
  return fetch(`${testbed.sandbox.upaymentsUrl}/create-refund`, {
    method: 'POST',
    headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
    body: JSON.stringify({ orderId: orders[order]!.payment_id, totalPrice: units, reference: DASHBOARD }),
  });
}

/** The merchant records what the dashboard shows, because UPayments' list contains no amounts. */
export async function recordElsewhere({ shop }: World): Promise<void> {
  const rows = await truthOf(shop);
  for (const [order, { payment_id }] of shop.orders.entries()) {
    const orderRows = elsewhereRows(rows, payment_id);
    shop.elsewhere.set(order, { amount: sum(orderRows), count: orderRows.length });
  }
}

/** How many refunds of an order nobody has reported to the proxy. */
export function unrecorded(shop: Shop, order: number, rows: readonly Row[]): number {
  if (shop.provider === 'uqpay') return 0;
  const { count } = shop.elsewhere.get(order) ?? NOTHING_ELSEWHERE;
  return elsewhereRows(rows, shop.orders[order]!.payment_id).length - count;
}

function elsewhereRows(rows: readonly Row[], payment: string): Row[] {
  return rows.filter(({ order, isElsewhere, counts }) => isElsewhere && counts && order === payment);
}
