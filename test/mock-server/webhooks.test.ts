import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as z from 'zod/mini';

import { uqpayRefundEvent, uqpayWebhook } from '../../contract/webhooks.ts';
import {
  createSandboxClient,
  SandboxControlError,
  type CreateSandboxOptions,
  type WebhookQuery,
} from '../../mock-server/index.ts';
import { SECRET, startReceiver, verify, type ReceivedWebhook, type Receiver } from './receiver.ts';
import { CARD, INTENT, KNET, PAGE_VENDORS, send, startWorld, START, type SandboxWorld } from './world.ts';

/** The real time that the sandbox signs: 25 hours after its virtual clock. */
const REAL = START + 90_000_000;

interface Hooked extends AsyncDisposable {
  readonly world: SandboxWorld;
  readonly receiver: Receiver;
}

/** Starts a sandbox with a frozen clock, and a receiver of UQPAY's webhooks. */
async function startHooked(options: CreateSandboxOptions = {}): Promise<Hooked> {
  const receiver = await startReceiver();
  const world = await startWorld({
    ...options,
    webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }], signedAt: () => REAL, ...options.webhooks },
  });
  return {
    world,
    receiver,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const types = (webhooks: readonly ReceivedWebhook[]) =>
  webhooks.map(({ body }) => String(body['event_type']).replace('acquiring.refund.', ''));
const dataOf = (webhook: ReceivedWebhook | undefined) => (webhook?.body['data'] ?? {}) as Record<string, unknown>;

describe('the webhooks of UQPAY', () => {
  it('report a created and a succeeded refund in the documented shape', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    const refund = await world.refund({ metadata: { order_id: 'order_6789' } });
    await world.control.flushWebhooks();
    await world.control.advance('PT20S');
    await world.control.flushWebhooks();
    assert.deepEqual(types(receiver.webhooks), ['created', 'succeeded']);
    const [created, succeeded] = receiver.webhooks;
    assert.deepEqual(Object.keys(created!.body), [
      'version',
      'event_name',
      'event_type',
      'event_id',
      'source_id',
      'data',
    ]);
    assert.deepEqual(
      [created!.body['version'], created!.body['event_name'], created!.body['source_id']],
      ['V1.6.0', 'ACQUIRING', refund.json['payment_refund_id']],
    );
    assert.match(
      String(created!.body['event_id']),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.notEqual(created!.body['event_id'], succeeded!.body['event_id']);
    assert.deepEqual(dataOf(created), {
      payment_refund_id: refund.json['payment_refund_id'],
      payment_intent_id: INTENT,
      payment_attempt_id: 'PA1234567890123456789',
      amount: '10.01',
      currency: 'USD',
      refund_status: 'INITIATED',
      reason: 'Return good',
      metadata: { order_id: 'order_6789' },
      create_time: '2026-11-02T09:00:00+08:00',
      complete_time: null,
    });
    assert.deepEqual(
      [dataOf(succeeded)['refund_status'], dataOf(succeeded)['complete_time']],
      ['SUCCEEDED', '2026-11-02T09:00:20+08:00'],
    );
  });

  it('fit the contract for every outcome of the refund', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    for (const scenario of ['fail', 'fast_fail', 'fast_success', 'reversal']) {
      await world.refund({ amount: '1.00', metadata: { sandbox_scenario: scenario } });
    }
    await world.control.advance('P1D');
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 8);
    for (const { body } of receiver.webhooks) {
      const { data } = z.parse(uqpayWebhook, body);
      const refund = z.parse(uqpayRefundEvent, data);
      assert.equal(refund.complete_time !== null, /SUCCEEDED|FAILED/.test(refund.refund_status));
    }
  });

  it('report a failed refund, and no status without an event', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await world.refund({ metadata: { sandbox_scenario: 'fail' } });
    await world.refund({ metadata: { sandbox_scenario: 'reversal_from_initiated' } });
    await world.control.advance('PT2M');
    await world.control.flushWebhooks();
    assert.deepEqual(types(receiver.webhooks), ['created', 'created', 'failed']);
  });

  it('carry a signature over body and timestamp, in real time even while the clock is frozen', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await world.refund();
    await world.control.flushWebhooks();
    const [webhook] = receiver.webhooks;
    assert.equal(webhook?.headers['x-wk-timestamp'], String(REAL));
    assert.match(String(webhook?.headers['x-wk-signature']), /^[0-9a-f]{128}$/);
    assert.match(String(webhook?.headers['content-type']), /^application\/json/);
    assert.equal(verify(webhook, SECRET, REAL / 1_000), 'valid');
    assert.equal(verify(webhook, 'another', REAL / 1_000), 'forged');
    assert.equal(verify(webhook, SECRET, REAL / 1_000 + 301), 'expired');
  });

  it('use the system time by default', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }] } });
    const now = performance.timeOrigin + performance.now();
    await world.refund();
    await world.control.flushWebhooks();
    assert.equal(verify(receiver.webhooks[0]!, SECRET, now / 1_000), 'valid');
  });

  it('use the timestamp unit and the secret of their endpoint', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld({ webhooks: { signedAt: () => REAL } });
    const endpoint = await world.control.addWebhookEndpoint({
      provider: 'uqpay',
      url: receiver.url,
      secret: 'whsec-of-mine',
      timestamp: 'seconds',
    });
    assert.deepEqual(endpoint, {
      id: 'we_1',
      provider: 'uqpay',
      url: receiver.url,
      signed: true,
      timestamp: 'seconds',
    });
    await world.refund();
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks[0]?.headers['x-wk-timestamp'], String(REAL / 1_000));
    assert.equal(verify(receiver.webhooks[0], 'whsec-of-mine', REAL / 1_000), 'valid');
  });

  it('are sent even when the answer of the refund was lost', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await assert.rejects(world.refund({}, { 'x-sandbox-scenario': 'drop_after_commit' }));
    await receiver.untilHandled(1);
    assert.deepEqual(types(receiver.webhooks), ['created']);
  });

  it('are not sent for a refused or replayed call', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    await world.refund({}, headers);
    await world.refund({}, headers);
    await world.refund({ amount: '1000000.00' });
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 1);
  });
});

describe('the callback of UPayments', () => {
  it('goes to the notifyUrl unsigned when the refund settles', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld();
    const { json } = await world.upayments('/create-refund', {
      orderId: KNET,
      totalPrice: 1.25,
      reference: 'R-7',
      notifyUrl: receiver.url,
    });
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 0);
    await world.control.advance('PT4H');
    const [delivery] = await world.control.flushWebhooks();
    const { orderId, refundOrderId, refundArn } = json['data'] as Record<string, string>;
    assert.deepEqual(receiver.webhooks[0]?.body, {
      orderId,
      refundOrderId,
      refundArn,
      reference: 'R-7',
      totalPrice: 1.25,
      status: 'refunded',
    });
    assert.equal(receiver.webhooks[0]?.headers['x-wk-signature'], undefined);
    assert.deepEqual([delivery?.status, delivery?.signed, delivery?.event_id], ['delivered', false, null]);
    assert.ok(delivery?.policies.some(({ id }) => id === 'upayments.callback'));
  });

  it('is sent to a common endpoint for every vendor refund of a request', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld();
    await world.control.addWebhookEndpoint({ provider: 'upayments', url: receiver.url });
    const { json } = await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 2 });
    const rows = (json['data'] as { refundPayload: object[] }).refundPayload;
    await world.upayments('/create-multivendor-refund', {
      orderId: PAGE_VENDORS,
      refundPayload: rows.map((row) => Object.assign(row, { amountToRefund: 1 })),
    });
    await world.control.advance('PT4H');
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 2);
  });

  it('is not sent for a deleted refund', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld();
    const { json } = await world.upayments('/create-refund', {
      orderId: KNET,
      totalPrice: 1,
      notifyUrl: receiver.url,
    });
    await world.upayments('/delete-refund', json['data'] as object);
    await world.control.advance('P3D');
    assert.deepEqual(await world.control.flushWebhooks(), []);
  });
});

describe('the delivery of a webhook', () => {
  it('is repeated on the virtual clock until a 200 acknowledges it', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    receiver.answers.push(500, 201, 302, 200);
    await world.refund({ metadata: { sandbox_scenario: 'stay_initiated' } });
    const [first] = await world.control.flushWebhooks();
    assert.deepEqual(
      [first?.status, first?.response_code, first?.next_retry],
      ['waiting', 500, '2026-11-02T09:00:15+08:00'],
    );
    await world.control.advance('PT14S');
    assert.equal((await world.control.flushWebhooks())[0]?.attempts.length, 1);
    await world.control.advance('PT1S');
    const [second] = await world.control.flushWebhooks();
    assert.deepEqual([second?.response_code, second?.next_retry], [201, '2026-11-02T09:01:15+08:00']);
    await world.control.advance('PT1H');
    const [last] = await world.control.flushWebhooks();
    assert.equal(last?.status, 'delivered');
    assert.deepEqual(
      last?.attempts.map(({ number, time, response_code }) => [number, time.slice(11, 19), response_code]),
      [
        [1, '09:00:00', 500],
        [2, '09:00:15', 201],
        [3, '09:01:15', 302],
        [4, '09:06:15', 200],
      ],
    );
    assert.equal(last?.next_retry, null);
    assert.ok(receiver.webhooks.every(({ raw, path }) => raw === receiver.webhooks[0]?.raw && path === '/hooks'));
  });

  it('stops after a day, and records each attempt', async () => {
    await using receiver = await startReceiver();
    const { url } = receiver;
    await receiver[Symbol.asyncDispose]();
    await using world = await startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url }] } });
    await world.refund({ metadata: { sandbox_scenario: 'stay_initiated' } });
    await world.control.advance('P2D');
    const [delivery] = await world.control.flushWebhooks();
    assert.deepEqual([delivery?.status, delivery?.attempts.length, delivery?.next_retry], ['failed', 8, null]);
    assert.deepEqual(delivery?.attempts.at(-1), {
      number: 8,
      time: '2026-11-03T05:36:15+08:00',
      response_code: null,
      error: 'ECONNREFUSED',
    });
  });

  it('delays no answer and no shutdown when the receiver never answers', async () => {
    await using receiver = await startReceiver();
    receiver.answers.push(null);
    const world = await startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }] } });
    assert.equal((await world.refund()).status, 200);
    await receiver.untilHandled(1);
    assert.equal((await world.control.webhooks())[0]?.status, 'sending');
    assert.equal((await world.refund({ amount: '1.00' })).status, 200);
    await world.sandbox.close();
  });

  it('fails when the receiver takes too long', async () => {
    await using hooked = await startHooked({ webhooks: { timeout: 20 } });
    const { world, receiver } = hooked;
    await world.control.addWebhookEndpoint({ provider: 'uqpay', url: receiver.url });
    receiver.answers.push(null);
    await world.refund();
    const [delivery] = await world.control.flushWebhooks();
    assert.equal(delivery?.attempts[0]?.error, 'no answer within 20 ms');
  });

  it('happens by itself while the clock runs', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld({ clock: 'running', now: () => START + performance.now() });
    await world.control.addWebhookEndpoint({ provider: 'uqpay', url: receiver.url });
    await world.refund({ metadata: { sandbox_scenario: 'webhook_delay; seconds=1' } });
    assert.equal(receiver.webhooks.length, 0);
    await receiver.untilHandled(1);
    assert.equal((await world.control.flushWebhooks())[0]?.status, 'delivered');
  });

  it('can be repeated by hand with the same event', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await world.refund({ metadata: { sandbox_scenario: 'webhook_drop' } });
    const [dropped] = await world.control.flushWebhooks();
    assert.deepEqual([dropped?.status, dropped?.attempts, receiver.webhooks.length], ['dropped', [], 0]);
    await world.control.resendWebhook('wd_1');
    await world.control.flushWebhooks();
    await world.control.resendWebhook('wd_1');
    const [resent] = await world.control.flushWebhooks();
    assert.deepEqual([resent?.status, resent?.attempts.length], ['delivered', 2]);
    assert.equal(receiver.webhooks[0]?.body['event_id'], receiver.webhooks[1]?.body['event_id']);
    await assert.rejects(world.control.resendWebhook('wd_99'), /no webhook "wd_99"/);
  });

  it('can be repeated by hand while it runs, and ends when either attempt is acknowledged', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    receiver.answers.push(500, 200);
    receiver.onArrival = async () => {
      receiver.onArrival = () => undefined;
      await world.control.resendWebhook('wd_1');
    };
    await world.refund();
    await receiver.untilHandled(2);
    const [resent] = await world.control.flushWebhooks();
    assert.deepEqual(
      resent?.attempts.map(({ response_code }) => response_code),
      [500, 200],
    );
    assert.equal(resent?.status, 'delivered');
    await world.control.advance('PT15S');
    await world.control.flushWebhooks();
    assert.equal(
      receiver.webhooks.filter(({ body }) => body['event_id'] === receiver.webhooks[0]?.body['event_id']).length,
      2,
    );
  });

  it('is logged without secrets, personal data and the query of its address', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await world.control.addWebhookEndpoint({
      provider: 'uqpay',
      url: `${receiver.url}?token=hidden`,
      secret: 'covert',
    });
    await world.refund({ metadata: { contact: 'huda@example.com' } });
    const log = JSON.stringify([await world.control.flushWebhooks(), await world.control.webhookEndpoints()]);
    for (const secret of ['hidden', 'covert', 'huda@', SECRET]) assert.ok(!log.includes(secret), secret);
    assert.ok(receiver.webhooks.some(({ raw }) => raw.includes('huda@example.com')));
    assert.ok(receiver.webhooks.some(({ path }) => path === '/hooks?token=hidden'));
  });

  it('can be found in the log by filters', async () => {
    await using hooked = await startHooked();
    const { world } = hooked;
    const refund = await world.refund();
    await world.refund({ payment_intent_id: 'PI2000000000000000001' });
    await world.control.flushWebhooks();
    const webhooks = (query: WebhookQuery) => world.control.webhooks(query);
    assert.equal((await webhooks({ payment_id: INTENT })).length, 1);
    assert.equal((await webhooks({ refund_id: String(refund.json['payment_refund_id']) })).length, 1);
    assert.equal((await webhooks({ status: 'failed' })).length, 0);
    assert.equal((await webhooks({ provider: 'upayments' })).length, 0);
    assert.equal((await webhooks({ event_type: 'acquiring.refund.created', limit: 1 }))[0]?.id, 'wd_2');
    assert.deepEqual(await webhooks({ limit: 0 }), []);
    for (const [query, message] of [
      ['colour=red', /colour: is not a filter of this call/],
      ['status=lost', /status: expected one of waiting, held/],
      ['limit=many', /limit: expected a whole number/],
    ] as const) {
      const { status, json } = await world.fetch(`/_sandbox/webhooks?${query}`);
      assert.equal(status, 400);
      assert.match(String(json['error']), message);
    }
  });

  it('leaves a full log only when it is finished', async () => {
    await using hooked = await startHooked({ journalCapacity: 2 });
    const { world, receiver } = hooked;
    receiver.answers.push(500);
    for (let index = 0; index < 4; index += 1) {
      await world.refund({ metadata: { sandbox_scenario: 'stay_initiated' } });
      await world.control.flushWebhooks();
    }
    assert.deepEqual(
      (await world.control.webhooks()).map(({ id }) => id),
      ['wd_1', 'wd_3', 'wd_4'],
    );
  });
});

describe('a webhook scenario', () => {
  const scenario = async ({ world }: Hooked, name: string) => {
    const refund = await world.refund({ metadata: { sandbox_scenario: name } });
    await world.control.flushWebhooks();
    return refund;
  };

  it('sends the same event several times', async () => {
    await using hooked = await startHooked();
    await scenario(hooked, 'webhook_duplicate; copies=3');
    assert.deepEqual(types(hooked.receiver.webhooks), ['created', 'created', 'created']);
    assert.equal(new Set(hooked.receiver.webhooks.map(({ body }) => body['event_id'])).size, 1);
  });

  it('sends a webhook late', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await scenario(hooked, 'webhook_delay; seconds=90');
    await world.control.advance('PT89S');
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 0);
    await world.control.advance('PT21S');
    await world.control.flushWebhooks();
    assert.deepEqual(types(receiver.webhooks), ['created', 'succeeded']);
  });

  it('sends webhooks out of order', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await scenario(hooked, 'webhook_reorder');
    assert.deepEqual((await world.control.webhooks())[0]?.status, 'held');
    await world.control.advance('PT20S');
    await world.control.flushWebhooks();
    assert.deepEqual(types(receiver.webhooks), ['succeeded', 'created']);
  });

  it('sends a held webhook in the end, although no other one overtakes it', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await scenario(hooked, 'stay_processing, webhook_reorder');
    await world.control.advance('PT1H');
    await world.control.flushWebhooks();
    assert.deepEqual(types(receiver.webhooks), ['created']);
  });

  it('sends a webhook before the call that made the refund is answered', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    const order: string[] = [];
    receiver.onArrival = async () => {
      const { data } = (await world.uqpay('/v2/payment/refunds?page_size=1&page_number=1')).json;
      order.push(`webhook, ${(data as unknown[]).length} refund`);
    };
    await world.refund({ metadata: { sandbox_scenario: 'webhook_before_answer' } });
    order.push('answer');
    assert.deepEqual(order, ['webhook, 1 refund', 'answer']);
  });

  it('sends a webhook while the idempotency key is still running', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    const body = { metadata: { sandbox_scenario: 'webhook_before_answer' } };
    let meanwhile: unknown;
    receiver.onArrival = async () => {
      meanwhile = (await world.refund(body, headers)).json['message'];
    };
    assert.equal((await world.refund(body, headers)).status, 200);
    assert.match(String(meanwhile), /request is processing/);
    assert.equal((await world.refund(body, headers)).status, 200);
    assert.equal(receiver.webhooks.length, 1);
  });

  it('sends a webhook with a forged or an expired signature', async () => {
    await using hooked = await startHooked();
    await scenario(hooked, 'webhook_forged');
    await scenario(hooked, 'webhook_stale');
    assert.deepEqual(
      hooked.receiver.webhooks.map((webhook) => verify(webhook, SECRET, REAL / 1_000)),
      ['forged', 'expired'],
    );
  });

  it('can be set on the control API for the next refund of one payment', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await world.control.scenario('webhook_drop', { payment_id: INTENT });
    await world.refund({ payment_intent_id: 'PI2000000000000000001' });
    await world.refund();
    await world.refund();
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 2);
    const [, dropped] = await world.control.webhooks();
    assert.deepEqual([dropped?.payment_id, dropped?.scenario], [INTENT, 'webhook_drop']);
    assert.equal((await world.control.journal({ payment_id: INTENT }))[0]?.scenario, 'webhook_drop');
  });
});

describe('webhooks', () => {
  it('go only to this machine and to allowed hosts', async () => {
    await using world = await startWorld({ webhooks: { allowHosts: ['hooks.example', 'other.example:8443'] } });
    const add = (url: string) => world.control.addWebhookEndpoint({ provider: 'uqpay', url });
    for (const url of [
      'http://localhost:3000/a',
      'http://127.9.9.9/',
      'http://[::1]:80/',
      'https://hooks.example/a',
      'https://other.example:8443/',
      'http://2130706433/',
    ]) {
      await add(url);
    }
    for (const [url, reason] of [
      ['http://example.com/', /example\.com is not this machine: webhooks go to localhost.*--allow-webhook-host/],
      ['http://169.254.169.254/latest', /is not this machine/],
      ['http://10.0.0.1/', /is not this machine/],
      ['http://0.0.0.0/', /is not this machine/],
      ['http://localhost.example.com/', /is not this machine/],
      ['http://127.0.0.1.example.com/', /is not this machine/],
      ['http://[::ffff:10.0.0.1]/', /is not this machine/],
      ['https://other.example/', /is not this machine/],
      ['ftp://127.0.0.1/', /ftp: is not http: or https:/],
      ['file:///etc/passwd', /file: is not http: or https:/],
      ['http://me:secret@127.0.0.1/', /user name or password/],
      ['here', /not a URL/],
    ] as const) {
      await assert.rejects(add(url), (error) => {
        assert.ok(error instanceof SandboxControlError);
        assert.equal(error.status, 400);
        assert.match(error.message, reason, url);
        return true;
      });
    }
  });

  it('do not go to a foreign notifyUrl, although the refund is made, and the log says why', async () => {
    await using world = await startWorld();
    const { status } = await world.upayments('/create-refund', {
      orderId: CARD,
      totalPrice: 1,
      notifyUrl: 'https://upayments.com/en',
    });
    assert.equal(status, 201);
    await world.control.advance('P2D');
    const [delivery] = await world.control.flushWebhooks();
    assert.deepEqual([delivery?.status, delivery?.attempts], ['refused', []]);
    assert.match(String(delivery?.reason), /upayments\.com is not this machine/);
    await assert.rejects(world.control.resendWebhook('wd_1'), /is not sent: upayments\.com is not this machine/);
  });

  it('keep the sandbox from starting when an endpoint of the options is not allowed', async () => {
    await assert.rejects(
      startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url: 'https://example.com/' }] } }),
      /webhook endpoint https:\/\/example\.com\/: example\.com is not this machine/,
    );
  });

  it('need a valid endpoint, and an invalid one is refused with the reason', async () => {
    await using world = await startWorld();
    const add = (body: object) =>
      world.fetch('/_sandbox/webhooks/endpoints', { method: 'POST', body: JSON.stringify(body) });
    const url = 'http://127.0.0.1:1/';
    for (const [body, reason] of [
      [{ url }, /provider: expected one of uqpay, upayments/],
      [{ provider: 'uqpay' }, /url: is required/],
      [{ provider: 'uqpay', url, timestamp: 'minutes' }, /timestamp: expected one of milliseconds, seconds/],
      [{ provider: 'uqpay', url, secret: '' }, /secret: must not be empty/],
      [{ provider: 'uqpay', url, colour: 'red' }, /does not take "colour"/],
      [{ provider: 'upayments', url, secret: 's' }, /upayments documents no signature/],
    ] as const) {
      const { status, json } = await add(body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(String(json['error']), reason);
    }
    for (let index = 0; index < 32; index += 1) await world.control.addWebhookEndpoint({ provider: 'uqpay', url });
    await assert.rejects(world.control.addWebhookEndpoint({ provider: 'uqpay', url }), /32 endpoints already/);
    await world.control.removeWebhookEndpoint('we_1');
    assert.equal((await world.control.webhookEndpoints()).length, 31);
    await assert.rejects(world.control.removeWebhookEndpoint('we_1'), /no webhook endpoint/);
  });

  it('go to the endpoints of their namespace, and after a reset to those of the options', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await using other = await startReceiver();
    const one = createSandboxClient(`${world.sandbox.url}/ns/one`);
    await one.addWebhookEndpoint({ provider: 'upayments', url: other.url });
    const create = (prefix: string) =>
      send(`${world.sandbox.url}${prefix}/upayments/api/v1/create-refund`, {
        method: 'POST',
        headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
        body: JSON.stringify({ orderId: KNET, totalPrice: 1, reference: 'sandbox:fast_success' }),
      });
    await create('');
    await create('/ns/one');
    await one.flushWebhooks();
    assert.deepEqual([receiver.webhooks.length, other.webhooks.length], [0, 1]);
    assert.deepEqual(await world.control.webhooks(), []);
    await one.reset();
    assert.deepEqual(
      (await one.webhookEndpoints()).map(({ url }) => url),
      [receiver.url],
    );
  });

  it('are not sent after their namespace was deleted or reset', async () => {
    await using world = await startWorld();
    await using receiver = await startReceiver();
    const one = createSandboxClient(`${world.sandbox.url}/ns/one`);
    const create = () =>
      send(`${world.sandbox.url}/ns/one/upayments/api/v1/create-refund`, {
        method: 'POST',
        headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
        body: JSON.stringify({ orderId: KNET, totalPrice: 1, reference: 'sandbox:fast_success' }),
      });
    for (const end of [() => one.reset(), () => send(`${world.sandbox.url}/ns/one`, { method: 'DELETE' })]) {
      await one.addWebhookEndpoint({ provider: 'upayments', url: receiver.url });
      const before = receiver.webhooks.length;
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      receiver.onArrival = () => released;
      const arrival = receiver.untilArrived(before + 1);
      await create();
      await create();
      await arrival;
      await end();
      release();
      receiver.onArrival = () => undefined;
      assert.deepEqual(await one.flushWebhooks(), []);
      assert.equal(receiver.webhooks.length, before + 1);
    }
  });

  it('are sent again after a snapshot from the time of their delivery is restored', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    let snapshot = '';
    receiver.onArrival = async () => {
      snapshot ||= (await world.fetch('/_sandbox/snapshot')).text;
    };
    await world.refund();
    await world.control.flushWebhooks();
    const { status } = await world.fetch('/_sandbox/restore', { method: 'POST', body: snapshot });
    assert.equal(status, 200);
    const [delivery] = await world.control.flushWebhooks();
    assert.deepEqual([delivery?.status, delivery?.attempts.length], ['delivered', 1]);
    assert.equal(receiver.webhooks.length, 2);
    assert.equal(receiver.webhooks[0]?.raw, receiver.webhooks[1]?.raw);
  });

  it('still work after a reset during a delivery', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    receiver.onArrival = () => world.control.reset();
    await world.refund();
    await receiver.untilHandled(1);
    assert.deepEqual(await world.control.flushWebhooks(), []);
    receiver.onArrival = () => undefined;
    await world.refund();
    assert.equal((await world.control.flushWebhooks())[0]?.status, 'delivered');
    assert.equal(receiver.webhooks[0]?.raw, receiver.webhooks[1]?.raw);
  });
});
