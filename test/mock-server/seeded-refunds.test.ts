import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { INTENT, startWorld, type SandboxWorld } from './world.ts';

const SHOP = {
  uqpay_intents: [{ id: 'PI3000000000000000001', amount: '20.00', currency: 'USD' }],
  uqpay_refunds: [
    { id: 'RF1', payment_intent: 'PI3000000000000000001', amount: '1.00', refund_status: 'INITIATED' },
    {
      id: 'RF2',
      payment_intent: 'PI3000000000000000001',
      amount: '2.00',
      refund_status: 'PROCESSING',
      lifecycle: 'fail',
    },
    {
      id: 'RF3',
      payment_intent: 'PI3000000000000000001',
      amount: '3.00',
      refund_status: 'PROCESSING',
      lifecycle: 'stay_processing',
    },
    { id: 'RF4', payment_intent: 'PI3000000000000000001', amount: '4.00' },
  ],
  upayments_orders: [{ id: 'shop-1', total_price: '12.500', payment_type: 'cc' }],
  upayments_refunds: [{ id: 'shop-1-refund', order: 'shop-1', amount: '2.500', refund_status: 'initiated' }],
};

describe('a refund of the seed', () => {
  it('continues from its status, again after each reset', async () => {
    await using world = await startWorld();
    await world.control.seed(SHOP);
    const statuses = async () => (await world.control.db('uqpay_refunds')).map((row) => row['refund_status']);
    const orderRefund = async () => (await world.control.db('upayments_refunds'))[0]?.['refund_status'];
    for (let run = 0; run < 2; run += 1) {
      assert.deepEqual(await statuses(), ['INITIATED', 'PROCESSING', 'PROCESSING', 'SUCCEEDED']);
      await world.control.advance('PT5S');
      assert.deepEqual(await statuses(), ['PROCESSING', 'PROCESSING', 'PROCESSING', 'SUCCEEDED']);
      await world.control.advance('PT15S');
      assert.deepEqual(await statuses(), ['SUCCEEDED', 'FAILED', 'PROCESSING', 'SUCCEEDED']);
      assert.equal(await orderRefund(), 'initiated');
      await world.control.advance('PT48H');
      assert.equal(await orderRefund(), 'refunded');
      await world.control.reset();
    }
  });

  it('continues also when it was added through json-server', async () => {
    await using world = await startWorld();
    const created = (await world.control.clock()).now;
    const answer = await world.fetch('/_sandbox/db/uqpay_refunds', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'RF77',
        payment_intent: INTENT,
        payment_attempt: INTENT.replace('PI', 'PA'),
        amount: '1.00',
        currency: 'USD',
        refund_status: 'INITIATED',
        lifecycle: 'default',
        reason: 'by hand',
        metadata: null,
        create_time: created,
        update_time: created,
        complete_time: null,
      }),
    });
    assert.equal(answer.status, 201, answer.text);
    await world.control.advance('PT20S');
    assert.equal((await world.uqpay('/v2/payment/refunds/RF77')).json['refund_status'], 'SUCCEEDED');
  });
});

describe('an order of UPayments in another currency than dinars', () => {
  const USD = { id: 'o1', total_price: '12.50', currency: 'USD' };
  const KWD = { id: 'o2', total_price: '12.500' };
  const refundOf = (world: SandboxWorld, orderId: string) =>
    world.upayments('/create-refund', { orderId, totalPrice: 5 });
  const balances = async (world: SandboxWorld) =>
    (await world.control.db('upayments_accounts')).map(({ id, balance, currency }) => [id, balance, currency]);

  it('is refunded from a merchant account in its currency, which the seed need not have', async () => {
    await using world = await startWorld();
    await world.control.seed({
      upayments_orders: [USD, KWD],
      upayments_refunds: [{ id: 'r1', order: 'o1', amount: '1' }],
    });
    for (const order of ['o1', 'o2']) assert.equal((await refundOf(world, order)).status, 201);
    assert.deepEqual(await balances(world), [
      ['merchant', '999995.000', 'KWD'],
      ['merchant-USD', '999995.00', 'USD'],
    ]);
    assert.equal((await world.control.db('upayments_refunds'))[0]?.['account'], 'merchant-USD');
  });

  it('is refunded from the merchant account that the seed has, in either currency', async () => {
    await using world = await startWorld();
    const given = { id: 'merchant', currency: 'USD', balance: '6.00' };
    await world.control.seed({ upayments_accounts: [given], upayments_orders: [USD, KWD] });
    for (const order of ['o1', 'o2']) assert.equal((await refundOf(world, order)).status, 201);
    assert.deepEqual(await balances(world), [
      ['merchant', '1.00', 'USD'],
      ['merchant-KWD', '999995.000', 'KWD'],
    ]);
    assert.equal((await refundOf(world, 'o1')).status, 422, 'the balance that was given is too low');
  });

  it('is refunded from the account whose id names its currency, and none that is in another one is taken', async () => {
    await using world = await startWorld();
    await world.control.seed({ upayments_orders: [USD], upayments_accounts: [{ id: 'merchant-USD', balance: '100' }] });
    assert.equal((await refundOf(world, 'o1')).status, 201);
    assert.deepEqual((await balances(world))[0], ['merchant-USD', '95.00', 'USD']);
    await world.control.restore(await world.control.snapshot());
    const odd = { id: 'merchant-EUR', balance: '1.000', currency: 'KWD' };
    const added = await world.fetch('/_sandbox/db/upayments_accounts', { method: 'POST', body: JSON.stringify(odd) });
    assert.equal(added.status, 422);
    assert.match(added.text, /merchant-EUR.*is in KWD: its id names another currency/);
  });

  it('has vendors, who are paid and refunded in its currency', async () => {
    await using world = await startWorld();
    const vendor = { id: 'v1', order: 'o1', iban_number: 'KW1', total_paid: '5.00' };
    await world.control.seed({ upayments_orders: [USD], upayments_vendors: [vendor] });
    const offer = await refundOf(world, 'o1');
    const { refundPayload: rows } = offer.json['data'] as { refundPayload: object[] };
    const sent = { orderId: 'o1', refundPayload: [{ ...rows[0], amountToRefund: 5 }] };
    assert.match((await world.upayments('/create-multivendor-refund', sent)).text, /"generated":\[\{/);
    assert.deepEqual(
      (await balances(world)).find(([id]) => id === 'vendor-v1'),
      ['vendor-v1', '999995.00', 'USD'],
    );
  });
});

describe('a seed with a typo is refused at the place of the typo, and nowhere else', () => {
  const intents = [{ id: 'PI3', amount: '20.00', currency: 'USD' }];
  const refund = { id: 'RF3', payment_intent: 'PI3', amount: '5.00', refund_status: 'INITIATED' };
  const time = (path: string, received: string) =>
    `${path}_time: expected a time such as "2026-11-01T09:00:00+08:00", received ${received}`;
  const impossible = [
    '2026-11-01T25:00:00+08:00',
    '2026-02-30T01:00:00+08:00',
    '2026-13-45T01:00:00+08:00',
    '2026-11-01T09:61:99+08:00',
    '2026-11-01T24:00:00+08:00',
    '0000-00-00T00:00:00+08:00',
    '1969-12-31T00:00:00Z',
    'yesterday',
  ];
  const cases: readonly [seed: object, error: string][] = [
    ...impossible.map((create_time): [object, string] => [
      { uqpay_intents: intents, uqpay_refunds: [{ ...refund, create_time }] },
      time('uqpay_refunds.0.create', `the string "${create_time}"`),
    ]),
    [{ uqpay_intents: [{ ...intents[0], complete_time: 7 }] }, time('uqpay_intents.0.complete', 'the number 7')],
    [
      { uqpay_intents: intents, uqpay_refunds: [{ ...refund, payment_intent: 'PI33' }] },
      'uqpay_refunds.0.payment_intent: expected the id of a row of uqpay_intents, such as "PI3", received the string "PI33"',
    ],
    [
      { uqpay_refunds: [{ id: 'RF3', amount: '5.00' }] },
      'uqpay_refunds.0.payment_intent: expected the id of a row of uqpay_intents, of which there is none, received nothing',
    ],
    [
      { uqpay_intents: intents, uqpay_disputes: [{ id: 'd1', payment_intent: 'PI0' }] },
      'uqpay_disputes.0.payment_intent: expected the id of a row of uqpay_intents, such as "PI3", received the string "PI0"',
    ],
    [
      { upayments_refunds: [{ id: 'r1', order: 'o1', amount: '1.000' }] },
      'upayments_refunds.0.order: expected the id of a row of upayments_orders, of which there is none, received the string "o1"',
    ],
  ];
  for (const [seed, error] of cases) {
    it(error, async () => {
      await using world = await startWorld();
      const { status, json } = await world.fetch('/_sandbox/seed', { method: 'POST', body: JSON.stringify(seed) });
      assert.deepEqual([status, json], [422, { error }]);
    });
  }

  it('also in a row that is edited', async () => {
    await using world = await startWorld();
    const body = JSON.stringify({ create_time: '2026-02-30T01:00:00+08:00' });
    const headers = { 'content-type': 'application/json' };
    const edit = await world.fetch(`/_sandbox/db/uqpay_intents/${INTENT}`, { method: 'PATCH', headers, body });
    assert.equal(edit.status, 422);
    assert.match(String(edit.json['error']), /create_time: expected a time such as/);
  });

  it('and a time in another offset, or with fractions of a second, is none', async () => {
    await using world = await startWorld();
    const times = ['2026-11-01T01:00:00Z', '2026-11-01T01:00:00.123456+00:00', '2026-11-01T09:00:00.123+08:00'];
    const uqpay_intents = times.map((create_time, index) => ({ ...intents[0], id: `PI${index}`, create_time }));
    await world.control.seed({ uqpay_intents });
    const rows = await world.control.db('uqpay_intents');
    for (const row of rows) assert.equal(row['create_time'], '2026-11-01T09:00:00+08:00');
    assert.equal((await world.control.db('uqpay_attempts'))[0]?.['create_time'], '2026-11-01T09:00:00+08:00');
  });
});

describe('a body of the control API', () => {
  const post = async (path: string, body: string) => {
    await using world = await startWorld();
    return await world.fetch(`/_sandbox${path}`, { method: 'POST', body });
  };

  it('is refused when an object in it has a member twice', async () => {
    const cases: readonly [path: string, body: string, error: string][] = [
      ['/seed', '{"uqpay_intents":[],"uqpay_intents":[]}', 'uqpay_intents: is there twice: expected it once'],
      [
        '/journal/verify',
        '{"filter":{"request":{"a":[{"b":1},{"b":"}\\"","c":2,"\\u0062":3}]}},"never":true}',
        'filter.request.a.1.b: is there twice: expected it once',
      ],
    ];
    for (const [path, body, error] of cases) {
      const { status, json } = await post(path, body);
      assert.deepEqual([status, json], [400, { error }]);
    }
    assert.equal((await post('/clock', '{"mode":"frozen"}')).status, 200);
  });

  it('may begin with a byte order mark', async () => {
    assert.equal((await post('/seed', '\uFEFF{"uqpay_intents":[]}')).status, 200);
  });
});

describe('the clock', () => {
  it('refuses a time outside its range, and stays unchanged', async () => {
    await using world = await startWorld();
    const before = await world.control.clock();
    for (const change of [
      { set: '9999-12-31T23:59:59Z' },
      { set: '1969-12-31T00:00:00Z' },
      { advance: 'PT90000000H' },
    ]) {
      const answer = await world.fetch('/_sandbox/clock', { method: 'POST', body: JSON.stringify(change) });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, /the clock goes from 1970-01-01T08:00:00\+08:00 to 9999-01-01T08:00:00\+08:00/);
    }
    assert.deepEqual(await world.control.clock(), before);
  });
});
