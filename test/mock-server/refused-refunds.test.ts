import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NEW_INTENT } from '../payment-bodies.ts';
import { KNET, startWorld, type SandboxWorld } from './world.ts';

const write = (world: SandboxWorld, path: string, body: object = {}) =>
  world.uqpay(`/v2/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() },
    body: JSON.stringify(body),
  });

describe('a refund that is refused', () => {
  it('is refused for the status of its payment, also where the payment has no attempt', async () => {
    await using world = await startWorld();
    const intent = await write(world, 'payment_intents/create', NEW_INTENT);
    const id = String(intent.json['payment_intent_id']);
    const refund = () => world.refund({ payment_intent_id: id, amount: '1.00' });
    const { status, json } = await refund();
    assert.deepEqual([status, json['type'], json['code']], [400, 'refund_error', 'payment_not_refundable']);
    assert.match(String(json['message']), /it is REQUIRES_PAYMENT_METHOD, and only SUCCEEDED can be refunded/);
    await write(world, `payment_intents/${id}/cancel`);
    assert.match(String((await refund()).json['message']), /it is CANCELLED, and only SUCCEEDED/);
  });

  it('uses no scenario of the control API up, and repeats its refusal for its key', async () => {
    await using world = await startWorld();
    await world.control.scenario('fast_fail', { provider: 'uqpay' });
    const key = { 'x-idempotency-key': world.newKey() };
    const refused = await world.refund({ amount: '99999.00' }, key);
    assert.equal(refused.json['code'], 'amount_exceeds_refundable');
    assert.equal((await world.refund({ amount: '99999.00' }, key)).text, refused.text);
    const ofUncaptured = await world.refund({ payment_intent_id: 'PI2000000000000000007', amount: '1.00' });
    assert.equal(ofUncaptured.json['code'], 'payment_not_refundable');
    assert.equal((await world.control.journal({ scenario: 'fast_fail' })).length, 0);
    assert.equal((await world.refund({ amount: '1.00' })).json['refund_status'], 'FAILED');
    assert.equal((await world.control.journal({ scenario: 'fast_fail' })).length, 1);
  });

  it('leaves a scenario of a step of a payment, or of a deletion, to a call that can take the step', async () => {
    await using world = await startWorld();
    const intent = await write(world, 'payment_intents/create', NEW_INTENT);
    await world.control.scenario('cancel_fails');
    const cancel = (id: unknown) => write(world, `payment_intents/${String(id)}/cancel`);
    assert.equal((await cancel('PI2000000000000000001')).json['code'], 'payment_intent_status_invalid');
    const failed = await cancel(intent.json['payment_intent_id']);
    assert.deepEqual([failed.status, failed.json['intent_status']], [200, 'REQUIRES_PAYMENT_METHOD']);

    const create = async () =>
      (await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 })).json['data'] as object;
    const [first, second] = [await create(), await create()];
    assert.equal((await world.upayments('/delete-refund', first)).status, 201);
    await world.control.scenario('delete_too_late');
    assert.match((await world.upayments('/delete-refund', first)).text, /is deleted already/);
    assert.match((await world.upayments('/delete-refund', second)).text, /is refunded already/);
  });

  it('is limited by what its attempt has captured, where the payment has several', async () => {
    await using world = await startWorld();
    const attempt = { payment_intent: 'PI1', amount: '10.00' };
    await world.control.seed({
      uqpay_intents: [{ id: 'PI1', amount: '10.00', currency: 'USD', latest_attempt: 'PA9' }],
      uqpay_attempts: [
        { ...attempt, id: 'PA8', captured_amount: '0.00', attempt_status: 'FAILED' },
        { ...attempt, id: 'PA9' },
      ],
    });
    const refund = (payment_attempt_id: string, amount: string) =>
      world.refund({ payment_intent_id: 'PI1', payment_attempt_id, amount });
    const refused = await refund('PA8', '7.00');
    assert.equal(refused.json['code'], 'amount_exceeds_refundable', refused.text);
    assert.match(refused.text, /7\.00 USD is above the 0\.00 USD that can still be refunded/);
    assert.equal((await refund('PA9', '7.00')).status, 200);
    assert.equal((await refund('PA9', '3.01')).json['code'], 'amount_exceeds_refundable');
    assert.equal((await refund('PA9', '3.00')).status, 200);
  });
});
