import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { startReceiver } from './receiver.ts';
import { CARD, INTENT, KNET, PAGE_VENDORS, START, startWorld, statusOf } from './world.ts';

interface Outputs {
  readonly answers: readonly string[];
  readonly webhooks: readonly string[];
}

/** Runs a day of a shop, with everything that uses an id, a time or a random value. */
async function oneDay(seed: number): Promise<Outputs> {
  await using receiver = await startReceiver();
  await using world = await startWorld({ seed, webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }] } });
  await world.control.addWebhookEndpoint({ provider: 'upayments', url: receiver.url });
  receiver.answers.push(500, 200, 404);
  const answers: string[] = [];
  const record = ({ status, text }: { status: number; text: string }) => {
    answers.push(`${status} ${text.replaceAll(world.sandbox.url, '')}`);
  };
  for (const scenario of ['', 'fail', 'reversal', 'webhook_reorder', 'webhook_duplicate', 'latency; ms=0; max=4']) {
    const metadata = scenario === '' ? {} : { sandbox_scenario: scenario };
    record(await world.refund({ amount: '1.01', metadata }));
    await world.control.flushWebhooks();
    await world.control.advance('PT30S');
  }
  record(await world.refund({ amount: '9999.00' }));
  record(await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1.25 }));
  record(await world.upayments('/create-refund', { orderId: CARD, totalPrice: 2 }));
  record(await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 2 }));
  await world.control.advance('P3D');
  await world.control.flushWebhooks();
  record(await world.uqpay('/v2/payment/refunds?page_size=100&page_number=1'));
  record(await world.upayments(`/check-refund/${KNET}`));
  record(await world.fetch('/_sandbox/db'));
  const log = await world.control.webhooks();
  return {
    answers: [...answers, JSON.stringify(log).replaceAll(receiver.url, '')],
    webhooks: receiver.webhooks.map(({ raw }) => raw),
  };
}

describe('the same calls after the same seed', () => {
  it('give the same bytes: answers, rows, webhooks and their log', async () => {
    const first = await oneDay(42);
    const second = await oneDay(42);
    assert.deepEqual(second, first);
    assert.ok(first.webhooks.length > 10);
  });

  it('give different ids after a different seed', async () => {
    const first = await oneDay(42);
    const second = await oneDay(43);
    assert.notDeepEqual(second.webhooks, first.webhooks);
    assert.equal(second.webhooks.length, first.webhooks.length);
  });
});

describe('a random latency', () => {
  const delays = (seed: number) => {
    const namespaces = new Namespaces(stateOptions({ seed, dev: true, now: () => START, clock: 'frozen' }));
    return Array.from({ length: 50 }, () => {
      const answer = namespaces.handle({
        method: 'GET',
        path: `/upayments/api/v1/check-refund/${KNET}`,
        query: '',
        headers: { 'x-sandbox-scenario': 'latency; ms=100; max=900' },
        body: '',
        origin: 'http://sandbox.test',
      });
      return answer.delay ?? 0;
    });
  };

  it('depends on the seed and stays within its bounds', () => {
    const first = delays(1);
    assert.deepEqual(delays(1), first);
    assert.notDeepEqual(delays(2), first);
    assert.ok(first.every((ms) => ms >= 100 && ms <= 900));
    assert.ok(new Set(first).size > 25);
  });
});

describe('the clock', () => {
  it('moves refunds, webhooks, their retries, tokens and stored answers together', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }] } });
    receiver.answers.push(500);
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    const refund = await world.refund({}, headers);
    await world.control.flushWebhooks();
    const due = (await world.control.clock()).due;
    assert.ok(due >= 2, 'the next status and the next attempt');

    await world.control.advance('PT29M59S');
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 3);
    assert.equal((await world.refund({}, headers)).text, refund.text);

    await world.control.advance('PT1S');
    const refusal = await world.refund({}, headers);
    assert.equal(refusal.status, 401);
    assert.match(String(refusal.json['error']), /expired/);
    assert.equal(await statusOf(world, refund), 'SUCCEEDED');

    await world.control.advance('P1D');
    const second = await world.refund({}, { ...headers, ...(await world.signIn()) });
    assert.notEqual(second.json['payment_refund_id'], refund.json['payment_refund_id']);
  });

  it('can be set back without any event happening twice', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }] } });
    const refund = await world.refund();
    await world.control.advance('PT1H');
    await world.control.flushWebhooks();
    await world.control.setClock({ set: '2026-11-02T09:00:00+08:00' });
    await world.control.advance('PT1H');
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 2);
    assert.equal(await statusOf(world, refund), 'SUCCEEDED');
  });

  it('stops the time of a payment while it is frozen', async () => {
    let outside = 0;
    await using world = await startWorld({ now: () => 1_793_581_200_000 + outside });
    const refund = await world.refund({ payment_intent_id: INTENT });
    outside = 86_400_000;
    assert.equal(await statusOf(world, refund), 'INITIATED');
    await world.control.setClock({ mode: 'running' });
    assert.equal(await statusOf(world, refund), 'INITIATED');
    outside += 20_000;
    assert.equal(await statusOf(world, refund), 'SUCCEEDED');
  });
});
