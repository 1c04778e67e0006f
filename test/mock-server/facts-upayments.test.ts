import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import { banner, makePaint } from '../../mock-server/cli/print.ts';
import { makeProgram, type Flags } from '../../mock-server/cli/flags.ts';
import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { CHARGE } from '../payment-bodies.ts';
import { startReceiver } from './receiver.ts';
import { KNET, PAGE_VENDORS, startWorld, type SandboxWorld } from './world.ts';

/** Facts from the provider's clients and shop plugins: `docs/providers/upayments.md`. */

const PAYMENT = '20261101090000000001';

const transactionOf = ({ json }: { json: Record<string, unknown> }) =>
  (json['data'] as { transaction: Record<string, unknown> }).transaction;

/** Sends these request lines and returns the whole answer as text. */
function onTheWire({ sandbox }: SandboxWorld, ...lines: string[]): Promise<string> {
  const socket = connect(sandbox.port, '127.0.0.1');
  socket.write(`${[...lines, 'connection: close'].join('\r\n')}\r\n\r\n`);
  return text(socket);
}

describe('reads of UPayments', () => {
  it('answer 201 as the OpenAPI document says, 200 by a setting, and check-refund always 200 (K P)', async () => {
    await using world = await startWorld();
    const creation = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
    const { orderId } = creation.json['data'] as { orderId: string };
    const statuses = async () =>
      [
        await world.upayments(`/get-payment-status/${PAYMENT}`),
        await world.upayments(`/check-refund-status/${orderId}`),
        await world.upayments('/check-payment-button-status'),
        await world.upayments(`/check-refund/${KNET}`),
      ].map(({ status }) => status);
    assert.deepEqual(await statuses(), [201, 201, 201, 200]);
    await world.control.setSettings({ upayments_get_status: 200 });
    assert.deepEqual(await statuses(), [200, 200, 200, 200]);
    await world.control.reset();
    assert.equal((await world.control.settings()).upayments_get_status, 201);
  });

  it('find a payment also by its session or its invoice (D)', async () => {
    await using world = await startWorld();
    const { session_id, invoice_id, track_id } = transactionOf(await world.upayments(`/get-payment-status/${PAYMENT}`));
    for (const query of [`session_id=${String(session_id)}`, `invoice_id=${String(invoice_id)}`]) {
      assert.equal(transactionOf(await world.upayments(`/get-payment-status?${query}`))['track_id'], track_id, query);
    }
    assert.equal((await world.upayments('/get-payment-status?session_id=nobody')).status, 404);
    assert.equal((await world.upayments('/get-payment-status')).status, 422);
    const both = `/get-payment-status?session_id=${String(session_id)}&invoice_id=${String(invoice_id)}`;
    assert.equal((await world.upayments(both)).status, 422);
  });

  it('refuse an unknown filter and name it', async () => {
    await using world = await startWorld();
    for (const path of [
      `/check-refund/${KNET}`,
      '/check-refund-status/any',
      `/get-payment-status/${PAYMENT}`,
      '/get-payment-status',
      '/check-payment-button-status',
    ]) {
      const { status, json } = await world.upayments(`${path}?status=done`);
      assert.equal(status, 422, path);
      assert.match(String((json['errors'] as Record<string, string[]>)['status']), /status: is not a filter/, path);
    }
  });

  it('say whether the account is a white label, because a shop plugin reads that (K)', async () => {
    await using world = await startWorld();
    const { json } = await world.upayments('/check-payment-button-status');
    assert.equal((json['data'] as Record<string, unknown>)['isWhiteLabel'], false);
  });
});

describe('ids of UPayments (K P)', () => {
  it('differ, so that a refund by order_id instead of refund_order_id fails', async () => {
    await using world = await startWorld();
    const seededOrders = await world.control.db('upayments_orders');
    assert.ok(seededOrders.every((row) => row['id'] !== row['order_id']));
    const charge = await world.upayments('/charge', { ...CHARGE, notificationUrl: 'https://shop.example/notify' });
    await world.control.advance('PT1M');
    const { trackId } = charge.json['data'] as { trackId: string };
    const { order_id, refund_order_id } = transactionOf(await world.upayments(`/get-payment-status/${trackId}`));
    assert.notEqual(order_id, refund_order_id);
    const wrong = await world.upayments('/create-refund', { orderId: order_id, totalPrice: 1 });
    assert.equal(wrong.status, 422);
    assert.match(String(wrong.json['message']), /it is the order_id of get-payment-status, send its refund_order_id/);
    assert.equal((await world.upayments('/create-refund', { orderId: refund_order_id, totalPrice: 1 })).status, 201);
  });
});

describe('the second step of a multivendor refund (K P)', () => {
  it('accepts a decimal string as amount, as the iOS sample sends it, and no other string', async () => {
    await using world = await startWorld();
    const step = async (amountToRefund: unknown) => {
      const stepOne = await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 1 });
      const [row] = (stepOne.json['data'] as { refundPayload: object[] }).refundPayload;
      const refundPayload = [{ ...row, amountToRefund }];
      return world.upayments('/create-multivendor-refund', { orderId: PAGE_VENDORS, refundPayload });
    };
    const answer = await step('5.500');
    const { responseData } = answer.json['data'] as { responseData: { generated: { amount: unknown }[] } };
    assert.deepEqual(
      responseData.generated.map(({ amount }) => amount),
      [5.5],
    );
    for (const odd of ['', 'five', '-1', '1e1', ' 5', '0x10', '1,5']) assert.equal((await step(odd)).status, 422, odd);
    assert.equal((await world.control.db('upayments_refunds')).length, 3);
  });
});

describe('a charge (D, second hand)', () => {
  it('needs a notificationUrl, and calls it after the payment', async () => {
    await using world = await startWorld();
    await using receiver = await startReceiver();
    for (const notificationUrl of [undefined, null, '']) {
      const { status, json } = await world.upayments('/charge', { ...CHARGE, notificationUrl });
      assert.equal(status, 422);
      assert.ok('notificationUrl' in (json['errors'] as object));
    }
    const charge = await world.upayments('/charge', { ...CHARGE, notificationUrl: receiver.url });
    const { trackId } = charge.json['data'] as { trackId: string };
    await world.control.flushWebhooks();
    assert.equal(receiver.webhooks.length, 0);
    await world.control.advance('PT1M');
    await world.control.flushWebhooks();
    assert.deepEqual(
      receiver.webhooks.map(({ body }) => [body['track_id'], body['result']]),
      [[trackId, 'CAPTURED']],
    );
  });
});

describe('a callback after a refund (P)', () => {
  it('can be switched off, because a review of the official pages says that there is none', async () => {
    await using receiver = await startReceiver();
    await using world = await startWorld({ refundCallbacks: false });
    const refund = async () => {
      await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1, notifyUrl: receiver.url });
      await world.control.advance('PT4H');
      await world.control.flushWebhooks();
      return receiver.webhooks.length;
    };
    assert.equal(await refund(), 0);
    await world.control.setSettings({ refund_callbacks: true });
    assert.equal(await refund(), 1);
  });
});

describe('requests of known clients (K)', () => {
  it('reach both providers also at the root of the server and of a namespace', async () => {
    await using world = await startWorld();
    const headers = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
    for (const base of ['', '/ns/one']) {
      const { status, json } = await world.fetch(`${base}/api/v1/connect/token`, { method: 'POST', headers });
      assert.equal(status, 200);
      const auth = { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${String(json['auth_token'])}` };
      assert.equal((await world.fetch(`${base}/api/v2/payment/balances/USD`, { headers: auth })).status, 200);
      const bearer = { authorization: 'Bearer jtest123' };
      assert.equal((await world.fetch(`${base}/api/v1/check-refund/${KNET}`, { headers: bearer })).status, 200);
      assert.equal((await world.fetch(`${base}/api/v1/nothing`, { headers: bearer })).json['status'], false);
      assert.equal((await world.fetch(`${base}/api/v2/nothing`, { headers: auth })).json['type'], 'not_found');
    }
    const flags = makeProgram().parse([], { from: 'user' }).opts<Flags>();
    const { main } = new Namespaces(stateOptions({}));
    assert.match(
      banner(world.sandbox, { flags, main, seed: 1, paint: makePaint({}, false) }),
      /At the root \S+\/api\/v1 and \/api\/v2/,
    );
  });

  it('may use HEAD, or a target in absolute form', async () => {
    await using world = await startWorld();
    const below = `/upayments/api/v1/get-payment-status/${PAYMENT}`;
    const headers = ['host: localhost', 'authorization: Bearer jtest123'];
    const get = await onTheWire(world, `GET ${below} HTTP/1.1`, ...headers);
    const head = await onTheWire(world, `HEAD ${below} HTTP/1.1`, ...headers);
    const [top, body] = get.split('\r\n\r\n');
    const plain = (lines = '') => lines.replace(/\r\ndate: [^\r]+/i, '');
    assert.equal(plain(head.split('\r\n\r\n')[0]), plain(top));
    assert.deepEqual([head.split('\r\n\r\n')[1], (body ?? '').length > 0], ['', true]);
    const absolute = await onTheWire(world, `GET http://shop.test${below} HTTP/1.1`, ...headers);
    assert.match(absolute, /^HTTP\/1\.1 201 /);
  });
});
