import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as z from 'zod/mini';

import {
  upaymentsChargeAnswer,
  upaymentsPaymentStatus,
  upaymentsPayButtons,
} from '../../contract/upayments/payment.ts';
import { CHARGE as BODY } from '../payment-bodies.ts';
import { KNET, startWorld, type SandboxWorld } from './world.ts';

const CHARGE = {
  ...BODY,
  returnUrl: 'https://shop.example/return?from=pay',
  notificationUrl: 'https://shop.example/notify',
  customer: { uniqueId: 'c1', name: 'Huda', email: 'huda@example.com', mobile: '+96512345678' },
};

async function charge(world: SandboxWorld, body: object = {}) {
  const reply = await world.upayments('/charge', { ...CHARGE, ...body });
  assert.equal(reply.status, 201, reply.text);
  const { link, trackId } = z.parse(upaymentsChargeAnswer, reply.json).data;
  return { link, trackId: String(trackId) };
}

async function paymentOf(world: SandboxWorld, trackId: string) {
  const reply = await world.upayments(`/get-payment-status/${trackId}`);
  assert.equal(reply.status, 201, reply.text);
  return z.parse(upaymentsPaymentStatus, reply.json).data.transaction;
}

describe('UPayments charge', () => {
  it('makes an order that is paid after a time and can then be refunded', async () => {
    await using world = await startWorld();
    const { trackId } = await charge(world);
    const before = await paymentOf(world, trackId);
    assert.deepEqual([before.result, before.status], ['PENDING', 'pending']);
    const early = await world.upayments('/create-refund', { orderId: before.refund_order_id, totalPrice: 1 });
    assert.equal(early.status, 422);
    await world.control.advance('PT30S');
    const paid = await paymentOf(world, trackId);
    assert.deepEqual(
      [paid.result, paid.status, paid.total_price, paid.currency_type, paid.payment_type, paid.track_id],
      ['CAPTURED', 'done', '20.500', 'KWD', 'knet', trackId],
    );
    assert.notEqual(paid.order_id, paid.refund_order_id);
    assert.equal(paid.refund_order_id.length, 64);
    assert.equal(paid['merchant_requested_order_id'], 'KW-7001');
    assert.equal(paid['transaction_date'], '2026-11-02 04:00:30');
    const refund = await world.upayments('/create-refund', { orderId: paid.refund_order_id, totalPrice: 20.5 });
    assert.equal(refund.status, 201, refund.text);
  });

  it('links a page where the customer pays, fails or cancels and returns to the shop', async () => {
    await using world = await startWorld();
    for (const [result, word, back] of [
      ['paid', 'CAPTURED', 'https://shop.example/return?from=pay&'],
      ['failed', 'NOT CAPTURED', 'https://shop.example/cancel?'],
      ['cancelled', 'CANCELED', 'https://shop.example/cancel?'],
    ] as const) {
      const { link, trackId } = await charge(world);
      assert.match(await (await fetch(link)).text(), /KWD 20\.500/);
      const answer = await fetch(link, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `result=${result}`,
      });
      assert.equal(answer.status, 303);
      const location = answer.headers.get('location') ?? '';
      assert.ok(location.startsWith(back), location);
      assert.equal(new URL(location).searchParams.get('result'), word);
      await world.control.advance('PT1H');
      assert.equal((await paymentOf(world, trackId)).result, word);
    }
  });

  it('never redirects to an address that is not http or https', async () => {
    await using world = await startWorld();
    for (const returnUrl of ['javascript:alert(1)', 'shop', 'https://shop.example/\r\nx: y', '']) {
      const { trackId } = await charge(world, { returnUrl });
      const { return_url: url } = await world.control.pay('upayments', trackId);
      assert.ok(url === null || /^https:\/\/shop\.example\/[^\s]*$/.test(url), String(url));
    }
  });

  it('takes its outcome from the reference or from the control API', async () => {
    await using world = await startWorld();
    const result = async (body: object) => (await paymentOf(world, (await charge(world, body)).trackId)).result;
    const by = (scenario: string) => ({ order: { ...CHARGE.order, reference: `sandbox:${scenario}` } });
    assert.equal(await result(by('payment_declined')), 'NOT CAPTURED');
    assert.equal(await result(by('fast_success')), 'CAPTURED');
    const { trackId } = await charge(world, by('stay_processing'));
    await world.control.advance('P1D');
    assert.equal((await paymentOf(world, trackId)).result, 'PENDING');
    await world.control.scenario('payment_declined', { provider: 'upayments' });
    assert.equal(await result({}), 'NOT CAPTURED');
    assert.equal(await result({}), 'PENDING');
  });

  it('with extraMerchantData makes a multivendor order with one account for each vendor', async () => {
    await using world = await startWorld();
    const extraMerchantData = [
      { amount: 12.5, knetCharge: 0.25, knetChargeType: 'fixed', ibanNumber: 'KW91KFHO0000000000051010173254' },
      { amount: 8, knetCharge: 1, knetChargeType: 'percentage', ibanNumber: 'KW31NBOK0000000000002010177457' },
    ];
    const { trackId } = await charge(world, { extraMerchantData });
    await world.control.pay('upayments', trackId);
    const { refund_order_id: orderId } = await paymentOf(world, trackId);
    const stepOne = await world.upayments('/create-refund', { orderId, totalPrice: 5 });
    const rows = (stepOne.json['data'] as { refundPayload: Record<string, unknown>[] }).refundPayload;
    assert.deepEqual(
      rows.map((row) => [row['ibanNumber'], row['totalPaid'], row['remainingLimit']]),
      [
        [extraMerchantData[0]?.ibanNumber, '12.500', 12.5],
        [extraMerchantData[1]?.ibanNumber, '8.000', 8],
      ],
    );
    for (const { refundRequestId } of rows) assert.match(String(refundRequestId), /^[A-Za-z0-9+/]{14}==$/);
    const refundPayload = rows.map((row, index) => ({ ...row, amountToRefund: index === 0 ? 12.5 : 8 }));
    const refunded = await world.upayments('/create-multivendor-refund', { orderId, refundPayload });
    const { responseData } = refunded.json['data'] as { responseData: Record<string, unknown[]> };
    assert.equal(responseData['generated']?.length, 2, refunded.text);
    const accounts = await world.control.db('upayments_accounts');
    assert.deepEqual(
      accounts.slice(-2).map(({ balance }) => balance),
      ['0.000', '0.000'],
    );
  });

  it('uses an account of its own for each currency', async () => {
    await using world = await startWorld();
    const { trackId } = await charge(world, { order: { ...CHARGE.order, amount: '10.01', currency: 'USD' } });
    await world.control.pay('upayments', trackId);
    const { refund_order_id: orderId, total_price: total } = await paymentOf(world, trackId);
    assert.equal(total, '10.01');
    assert.equal((await world.upayments('/create-refund', { orderId, totalPrice: 10.011 })).status, 422);
    assert.equal((await world.upayments('/create-refund', { orderId, totalPrice: 10.01 })).status, 201);
    const account = (await world.control.db('upayments_accounts')).find(({ id }) => id === 'merchant-USD');
    assert.equal(account?.['balance'], '0.00');
  });

  it('refuses invalid members with 422 and the name of the field', async () => {
    await using world = await startWorld();
    const order = CHARGE.order;
    const cases: readonly [body: object, field: string][] = [
      [{ order: undefined }, 'order'],
      [{ order: { ...order, amount: 0 } }, 'order.amount'],
      [{ order: { ...order, amount: -1 } }, 'order.amount'],
      [{ order: { ...order, amount: 1.0005 } }, 'order.amount'],
      [{ order: { ...order, amount: 'ten' } }, 'order.amount'],
      [{ order: { ...order, currency: 'kd' } }, 'order.currency'],
      [{ returnUrl: 'x'.repeat(256) }, 'returnUrl'],
      [{ notificationUrl: undefined }, 'notificationUrl'],
      [{ extraMerchantData: [{ amount: 1 }] }, 'extraMerchantData.0.ibanNumber'],
      [{ extraMerchantData: [{ amount: 0, ibanNumber: 'KW1' }] }, 'extraMerchantData.0.amount'],
      [{ extraMerchantData: [{ amount: 20.501, ibanNumber: 'KW1' }] }, 'extraMerchantData'],
    ];
    for (const [body, field] of cases) {
      const { status, json, text } = await world.upayments('/charge', { ...CHARGE, ...body });
      assert.deepEqual([status, json['status'], Object.keys(json['errors'] ?? {})], [422, false, [field]], text);
    }
    assert.equal((await world.control.db('upayments_orders')).length, 8);
  });
});

describe('UPayments get-payment-status', () => {
  it('finds the payments of the seed and no others', async () => {
    await using world = await startWorld();
    const [first, second] = await world.control.db('upayments_payments');
    const paid = await paymentOf(world, String(second?.['id']));
    assert.deepEqual([paid.result, paid.refund_order_id], ['CAPTURED', KNET]);
    assert.ok(first);
    assert.equal((await world.upayments('/get-payment-status/404')).status, 404);
  });

  it('answers 30 calls in a minute of the virtual clock, and 429 to more', async () => {
    await using world = await startWorld();
    const call = () => world.upayments('/get-payment-status/404');
    for (let n = 0; n < 15; n += 1) assert.equal((await call()).status, 404);
    await world.control.advance('PT40S');
    for (let n = 0; n < 15; n += 1) assert.equal((await call()).status, 404);
    const beyond = await call();
    assert.deepEqual([beyond.status, beyond.json['status'], beyond.headers.get('retry-after')], [429, false, '20']);
    await world.control.advance('PT20S');
    for (let n = 0; n < 15; n += 1) assert.equal((await call()).status, 404);
    assert.equal((await call()).status, 429);
    assert.equal((await world.upayments('/check-payment-button-status')).status, 201);
    await world.control.reset();
    assert.equal((await call()).status, 404);
  });
});

describe('UPayments check-payment-button-status', () => {
  it('says with booleans which buttons are on', async () => {
    await using world = await startWorld();
    const { status, json } = await world.upayments('/check-payment-button-status');
    assert.equal(status, 201);
    const { isWhiteLabel, payButtons } = z.parse(upaymentsPayButtons, json).data;
    assert.deepEqual([isWhiteLabel, payButtons['knet']], [false, true]);
  });
});
