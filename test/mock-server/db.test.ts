import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { readRows } from '../../mock-server/bindings/db-read.ts';
import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { INTENT, START, startWorld, type SandboxWorld } from './world.ts';

const edit = (world: SandboxWorld, method: string, path: string, body?: object | string) =>
  world.fetch(`/_sandbox/db${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

const NEW_REFUND = {
  id: 'RF9',
  payment_intent: INTENT,
  payment_attempt: 'PA1234567890123456789',
  amount: '200.00',
  currency: 'USD',
  refund_status: 'SUCCEEDED',
  lifecycle: 'default',
  reason: 'By hand',
  metadata: null,
  create_time: '2026-11-01T12:00:00+08:00',
  update_time: '2026-11-01T12:00:00+08:00',
  complete_time: null,
};

describe('the rows', () => {
  it('can be read whole, filtered and in pages', async () => {
    await using world = await startWorld();
    const all = await world.fetch('/_sandbox/db');
    assert.deepEqual(Object.keys(all.json).sort(), [
      'upayments_accounts',
      'upayments_orders',
      'upayments_payments',
      'upayments_refunds',
      'upayments_vendors',
      'uqpay_accounts',
      'uqpay_attempts',
      'uqpay_balances',
      'uqpay_disputes',
      'uqpay_intents',
      'uqpay_refunds',
    ]);
    const jpy = await world.fetch('/_sandbox/db/uqpay_intents?currency=JPY');
    assert.equal((jpy.json as unknown as unknown[]).length, 1);
    const page = await world.fetch('/_sandbox/db/uqpay_intents?_page=1&_limit=2');
    assert.equal(page.headers.get('x-total-count'), '11');
    assert.equal((await world.fetch(`/_sandbox/db/uqpay_intents/${INTENT}`)).json['currency'], 'USD');
    assert.equal((await world.fetch('/_sandbox/db/uqpay_intents/none')).status, 404);
    assert.equal((await world.fetch('/_sandbox/db/nothing')).status, 404);
  });

  it('show what the API made, and the API uses what was edited', async () => {
    await using world = await startWorld();
    const creation = await world.refund();
    const id = String(creation.json['payment_refund_id']);
    assert.equal((await world.fetch(`/_sandbox/db/uqpay_refunds/${id}`)).json['amount'], '10.01');
    assert.equal((await edit(world, 'PATCH', `/uqpay_refunds/${id}`, { refund_status: 'FAILED' })).status, 200);
    assert.equal((await world.uqpay(`/v2/payment/refunds/${id}`)).json['refund_status'], 'FAILED');
    assert.equal((await world.refund({ amount: '250.00' })).status, 200);
    await world.control.advance('P1D');
    assert.equal((await world.uqpay(`/v2/payment/refunds/${id}`)).json['refund_status'], 'FAILED');
  });

  it('accept a new row, count its amount, and delete it again', async () => {
    await using world = await startWorld();
    const creation = await edit(world, 'POST', '/uqpay_refunds', NEW_REFUND);
    assert.equal(creation.status, 201, creation.text);
    assert.equal((await world.refund({ amount: '50.01' })).status, 400);
    const attempt = await world.uqpay('/v2/payment/payment_attempts/PA1234567890123456789');
    assert.equal(attempt.json['refunded_amount'], '200.00');
    assert.equal((await edit(world, 'DELETE', '/uqpay_refunds/RF9')).status, 200);
    assert.equal((await world.refund({ amount: '50.01' })).status, 200);
  });

  it('refuse an edit that breaks a rule, give the reason, and stay unchanged', async () => {
    await using world = await startWorld();
    const before = (await world.fetch('/_sandbox/db')).text;
    const cases: readonly [
      method: string,
      path: string,
      body: object | string | undefined,
      status: number,
      why: RegExp,
    ][] = [
      ['POST', '/uqpay_refunds', { ...NEW_REFUND, amount: '250.01' }, 422, /more than was captured/],
      ['POST', '/uqpay_refunds', { ...NEW_REFUND, amount: 200 }, 422, /amount: expected a string/],
      ['POST', '/uqpay_refunds', { ...NEW_REFUND, currency: 'EUR' }, 422, /another currency/],
      ['POST', '/uqpay_refunds', { ...NEW_REFUND, payment_intent: 'PI0' }, 422, /which is not there/],
      ['POST', '/uqpay_refunds', { ...NEW_REFUND, id: 'RF2000000000000000005' }, 422, /there twice/],
      ['POST', '/uqpay_refunds', { id: 'RF9' }, 422, /payment_intent: is required/],
      ['POST', '/uqpay_refunds', '{"id":"RF9","__proto__":{"amount":"1.00"}}', 400, /__proto__: is no member/],
      ['POST', '/uqpay_refunds', '{"id"', 400, /not valid JSON/],
      ['PATCH', `/uqpay_intents/${INTENT}`, { captured_amount: '1000.00' }, 422, /captured more than its amount/],
      ['PATCH', `/uqpay_intents/${INTENT}`, { id: 'PI0' }, 422, /cannot be changed/],
      ['PATCH', `/uqpay_intents/${INTENT}`, { intent_status: 'PAID' }, 422, /expected one of REQUIRES_PAYMENT_METHOD/],
      ['PUT', '/uqpay_intents/PI2000000000000000005', {}, 422, /is required/],
      ['PATCH', '/uqpay_intents/PI2000000000000000005', { captured_amount: '10.00' }, 422, /more than was captured/],
      ['DELETE', '/uqpay_intents/PI2000000000000000005', undefined, 422, /which is not there/],
      ['DELETE', '/uqpay_intents/none', undefined, 404, /no row/],
      [
        'POST',
        '/uqpay_refunds',
        JSON.stringify(NEW_REFUND).replace('{', '{"__proto__":{"a":1},'),
        400,
        /__proto__: is no member/,
      ],
      ['POST', `/uqpay_intents/${INTENT}/uqpay_refunds`, NEW_REFUND, 404, /not through another row/],
      ['PATCH', '/uqpay_balances/USD', { currency: 'JPY' }, 422, /not an amount|expected the id JPY/],
      [
        'PATCH',
        '/uqpay_balances/SGD',
        { available_balance: '-1' },
        422,
        /available_balance: expected a decimal string/,
      ],
      ['PATCH', '/upayments_accounts/vendor-dmVuZG9yQTAwMQ==', { currency: 'BHD' }, 422, /in another currency/],
      [
        'DELETE',
        '/upayments_orders/mv1GZnrG2l20221010125525514466916867376022022026038648992c2755f2',
        undefined,
        422,
        /upayments_payments .* which is not there/,
      ],
      ['POST', '/nothing', {}, 404, /no collection "nothing"/],
      ['POST', '', NEW_REFUND, 405, /a row is added with POST \/collection/],
      ['POST', `/uqpay_intents/${INTENT}`, NEW_REFUND, 405, /edited with PUT, PATCH or DELETE \/collection\/id/],
      ['PATCH', '/uqpay_intents', { description: 'all' }, 405, /a row is added with POST \/collection/],
      ['PATCH', `/uqpay_intents/${INTENT}?id=PI0`, { description: 'a' }, 400, /an edit takes no query/],
      ['PATCH', `/uqpay_intents/${INTENT}`, [], 400, /body: expected an object, received an array of 0/],
    ];
    for (const [method, path, body, status, why] of cases) {
      const answer = await edit(world, method, path, body);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      assert.match(String(answer.json['error']), why);
    }
    assert.equal((await world.fetch('/_sandbox/db')).text, before);
  });

  it('survive an odd query and an overridden method', async () => {
    await using world = await startWorld();
    const query = await world.fetch('/_sandbox/db/uqpay_intents?id_like=(');
    assert.deepEqual([query.status, query.text], [200, '[]']);
    const overridden = await world.fetch(`/_sandbox/db/uqpay_intents/${INTENT}`, {
      method: 'POST',
      headers: { 'x-http-method-override': 'DELETE', 'content-type': 'application/json' },
      body: '{}',
    });
    assert.equal(overridden.status, 400);
    assert.equal((await world.fetch('/_sandbox/db/uqpay_intents/%E0%A4%A')).status, 400);
  });

  it('are neither sorted nor compared by an amount, which is a text', async () => {
    await using world = await startWorld();
    for (const query of ['amount_gte=100', 'captured_amount_lte=100', '_sort=id,amount&_order=desc']) {
      const { status, json } = await world.fetch(`/_sandbox/db/uqpay_intents?${query}`);
      assert.equal(status, 400, query);
      assert.match(String(json['error']), /amounts are decimal texts in the currency of their row/);
    }
    const sorted = await world.fetch('/_sandbox/db/uqpay_intents?_sort=create_time&amount_ne=89.90&amount_like=0.0');
    assert.equal(sorted.status, 200);
    const some = await world.fetch('/_sandbox/db/uqpay_intents?create_time_gte=2026-11-01T10:20');
    assert.equal((some.json as unknown as unknown[]).length, 2);
  });

  it('are filtered by any value that a row can have', async () => {
    await using world = await startWorld();
    const count = async (below: string) => {
      const { status, text } = await world.fetch(`/_sandbox/db/${below}`);
      assert.equal(status, 200, text);
      return (JSON.parse(text) as unknown[]).length;
    };
    assert.equal(await count('uqpay_refunds?refund_status=FAILED'), 0);
    assert.equal(await count('uqpay_intents?currency=EUR'), 0);
    assert.equal(await count('uqpay_intents?merchant_order_id=mine'), 0);
    assert.equal(await count('upayments_orders?captured=false'), 1);
    assert.equal(await count(`uqpay_refunds?payment_intent=${INTENT}`), 0);
    assert.equal(await count('uqpay_refunds?refund_status=SUCCEEDED&refund_status=PROCESSING'), 3);
    assert.equal(await count('uqpay_intents?create_time=2026-11-01T09:00:00%2B08:00'), 1);
  });

  it('belong to one namespace and are reset with it', async () => {
    await using world = await startWorld();
    const inside = await world.fetch('/ns/one/_sandbox/db/uqpay_refunds', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(NEW_REFUND),
    });
    assert.equal(inside.status, 201);
    assert.equal((await world.fetch('/_sandbox/db/uqpay_refunds/RF9')).status, 404);
    await world.fetch('/ns/one/_sandbox/reset', { method: 'POST' });
    assert.equal((await world.fetch('/ns/one/_sandbox/db/uqpay_refunds/RF9')).status, 404);
    assert.equal((await world.fetch('/ns/one/_sandbox/db/uqpay_refunds')).text.includes('RF2000000000000000005'), true);
  });
});

describe('the rows without json-server', () => {
  it('are read as with json-server: whole, one, by equal members, by text and in a window', async () => {
    await using world = await startWorld();
    const { main } = new Namespaces(stateOptions({ clock: 'frozen', now: () => START }));
    const reads = [
      '/db',
      '/uqpay_intents',
      '/uqpay_intents/',
      `/uqpay_intents/${INTENT}`,
      '/uqpay_intents/none',
      '/uqpay_intents?currency=JPY',
      '/uqpay_intents?currency=JPY&currency=USD',
      '/uqpay_intents?currency=JPY&intent_status=REQUIRES_CAPTURE',
      '/upayments_orders?q=KWD',
      '/upayments_orders?q=kwd&_start=1&_end=3',
      '/upayments_orders?_start=0&_end=50',
      '/nothing',
      '/uqpay_intents?curency=JPY',
      '/uqpay_intents?_start=one&_end=2',
      `/uqpay_intents/${INTENT}?currency=USD`,
      '/uqpay_intents/%E0%A4%A',
    ];
    for (const read of reads) {
      const [path = '', query = ''] = read.split('?');
      const answer = await world.fetch(`/_sandbox/db${read === '/db' ? '' : read}`);
      const { status, body, total } = readRows(main, path, new URLSearchParams(query)) ?? assert.fail(read);
      assert.deepEqual([status, body], [answer.status, JSON.parse(answer.text)], read);
      assert.equal(total === undefined ? null : String(total), answer.headers.get('x-total-count'), read);
    }
  });

  it('are neither sorted nor compared', () => {
    const { main } = new Namespaces(stateOptions({ clock: 'frozen', now: () => START }));
    for (const query of ['_sort=id', 'create_time_gte=1', 'amount_like=1', '_page=2', '_limit=2', '_start=2'])
      assert.equal(readRows(main, '/uqpay_intents', new URLSearchParams(query)), undefined, query);
    assert.equal(readRows(main, `/uqpay_intents/${INTENT}/uqpay_refunds`, new URLSearchParams()), undefined);
  });
});
