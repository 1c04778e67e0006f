import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { TOKEN_EXPIRED } from '../contract-suite/token-expired.ts';
import { INTENT, REFUND, startWorld, statusOf } from './world.ts';

describe('UQPAY tokens', () => {
  it('contain the claims that the client libraries decode', async () => {
    await using world = await startWorld();
    const { 'x-auth-token': header } = await world.signIn();
    const [, payload = ''] = String(header).replace('Bearer ', '').split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    for (const name of ['entity_id', 'short_entity_id', 'parent_entity_id', 'client_id', 'api_version', 'bus_type']) {
      assert.equal(typeof claims[name], 'string', name);
    }
    assert.equal(claims['client_id'], 'sandbox-client');
  });

  it('identify their client without x-client-id, and the journal names this policy', async () => {
    await using world = await startWorld();
    const { 'x-auth-token': token } = await world.signIn();
    const answer = await world.refund({}, { 'x-auth-token': String(token) });
    assert.equal(answer.status, 200);
    const [entry] = await world.control.journal({ route: 'create_refund' });
    assert.ok(entry?.policies.some(({ id }) => id === 'uqpay.client-id-optional'));
  });

  it('are expired when they were replaced or come from another run', async () => {
    await using world = await startWorld();
    const first = await world.signIn();
    await world.control.advance('PT1S');
    await world.signIn();
    const earlier = { ...first, 'x-auth-token': `Bearer eyJhbGciOiJIUzI1NiJ9.eyJjbGllbnRfaWQiOiJ4In0.c2ln` };
    for (const headers of [first, earlier]) {
      const { status, json } = await world.refund({}, headers);
      assert.equal(status, 401);
      assert.ok(TOKEN_EXPIRED.test(String(json['error'])), String(json['error']));
    }
    const [entry] = await world.control.journal({ route: 'create_refund' });
    assert.ok(entry?.policies.some(({ id }) => id === 'uqpay.token-stale'));
  });

  it('are refused without a hint to sign in again when they are invalid or of another client', async () => {
    await using world = await startWorld();
    const headers = await world.signIn();
    for (const wrong of [{ 'x-auth-token': 'Bearer a.b.c' }, { 'x-client-id': 'someone' }]) {
      const { status, json } = await world.refund({}, { ...headers, ...wrong });
      assert.equal(status, 401);
      assert.ok(!TOKEN_EXPIRED.test(String(json['error'])), String(json['error']));
    }
  });

  it('stay valid after a reset', async () => {
    await using world = await startWorld();
    const headers = await world.signIn();
    await world.control.reset();
    assert.equal((await world.refund({}, headers)).status, 200);
  });
});

describe('UQPAY development mode', () => {
  it('accepts calls without credentials, which the normal mode refuses', async () => {
    const anonymous = { 'x-auth-token': '', 'idempotency-key': '00000000-0000-4000-8000-0000000000aa' };
    for (const [dev, expected] of [
      [true, 200],
      [false, 401],
    ] as const) {
      await using world = await startWorld({ dev });
      const { status } = await world.fetch('/uqpay/api/v2/payment/refunds', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': anonymous['idempotency-key'] },
        body: JSON.stringify(REFUND),
      });
      assert.equal(status, expected);
      assert.equal((await world.refund({}, { 'x-auth-token': 'Bearer wrong' })).status, 401);
    }
  });
});

describe('UQPAY create', () => {
  it('refuses an invalid member and names it, its value and the expected value', async () => {
    await using world = await startWorld();
    const cases: readonly [body: object, message: RegExp][] = [
      [{ amount: 10.01 }, /amount: expected a string, received the number 10.01/],
      [{ amount: undefined }, /amount: is required/],
      [{ amount: '' }, /amount: must not be empty/],
      [
        { amount: '1.005' },
        /amount: expected a decimal string above 0 in USD, with at most 2 decimals and 18 digits, such as "10.01", received the string "1.005"/,
      ],
      [{ amount: '1e3' }, /amount/],
      [{ amount: '-1' }, /amount/],
      [{ amount: '0.00' }, /above 0/],
      [{ amount: '9'.repeat(40) }, /above 0 in USD, with at most 2 decimals and 18 digits, such as/],
      [
        { payment_intent_id: 'PI2000000000000000003', amount: '1.5' },
        /above 0 in JPY, without decimals and with at most 18 digits, such as "1001"/,
      ],
      [{ amount: '١٠' }, /amount/],
      [{ reason: 'r'.repeat(101) }, /reason: must have at most 100 characters, received 101/],
      [{ reason: '💸'.repeat(101) }, /reason: must have at most 100 characters, received 101/],
      [{ payment_intent_id: 'P'.repeat(37) }, /payment_intent_id: must have at most 36/],
      [{ metadata: { a: 1 } }, /metadata.a: expected a string/],
      [{ metadata: 'text' }, /metadata/],
    ];
    for (const [body, message] of cases) {
      const { status, json } = await world.refund(body);
      assert.deepEqual([status, json['type'], json['code']], [400, 'invalid_request_error', 'invalid_parameter']);
      assert.match(String(json['message']), message);
    }
    assert.equal((await world.control.db('uqpay_refunds')).length, 3);
  });

  it('accepts amounts with no and with three decimals, and returns them as they were sent', async () => {
    await using world = await startWorld();
    const yen = await world.refund({ payment_intent_id: 'PI2000000000000000003', amount: '800' });
    assert.deepEqual([yen.status, yen.json['amount'], yen.json['currency']], [200, '800', 'JPY']);
    const dinar = await world.refund({ payment_intent_id: 'PI2000000000000000004', amount: '1.5' });
    assert.deepEqual([dinar.status, dinar.json['amount'], dinar.json['currency']], [200, '1.5', 'KWD']);
    const cents = await world.refund({ payment_intent_id: 'PI2000000000000000003', amount: '1.5' });
    assert.equal(cents.status, 400);
  });

  it('never refunds more than was captured: pending refunds count, failed ones do not', async () => {
    await using world = await startWorld();
    const half = await world.refund({ amount: '150.00' });
    assert.equal(half.status, 200);
    const over = await world.refund({ amount: '100.01' });
    assert.deepEqual([over.status, over.json['code']], [400, 'amount_exceeds_refundable']);
    assert.match(String(over.json['message']), /100.01 USD is above the 100.00 USD/);
    assert.equal((await world.refund({ amount: '100.00', metadata: { sandbox_scenario: 'fail' } })).status, 200);
    assert.equal((await world.refund({ amount: '0.01' })).status, 400);
    await world.control.advance('PT20S');
    assert.equal((await world.refund({ amount: '100.00' })).status, 200);
  });

  it('refuses a payment that is not captured, and the attempt of another payment', async () => {
    await using world = await startWorld();
    const uncaptured = await world.refund({ payment_intent_id: 'PI2000000000000000007', amount: '1.00' });
    assert.deepEqual([uncaptured.status, uncaptured.json['type']], [400, 'refund_error']);
    assert.match(String(uncaptured.json['message']), /REQUIRES_CAPTURE/);
    const foreign = await world.refund({ payment_attempt_id: 'PA2000000000000000001' });
    assert.deepEqual([foreign.status, foreign.json['type']], [400, 'not_found']);
  });

  it('adds a refund to the attempt when it has succeeded', async () => {
    await using world = await startWorld();
    await world.refund({ amount: '10.00' });
    const attempt = async () => {
      const { json } = await world.uqpay(`/v2/payment_intents/${INTENT}`);
      return (json['latest_payment_attempt'] as Record<string, unknown>)['refunded_amount'];
    };
    assert.equal(await attempt(), '0.00');
    await world.control.advance('PT20S');
    assert.equal(await attempt(), '10.00');
  });

  it('refuses an account that is not a UUID', async () => {
    await using world = await startWorld();
    assert.equal((await world.refund({}, { 'x-on-behalf-of': 'me' })).status, 400);
    assert.equal((await world.refund({}, { 'x-on-behalf-of': '' })).status, 200);
  });
});

describe('UQPAY lifecycles', () => {
  const LIFECYCLES: Readonly<Record<string, readonly [seconds: number, status: string][]>> = {
    default: [
      [0, 'INITIATED'],
      [5, 'PROCESSING'],
      [20, 'SUCCEEDED'],
      [500, 'SUCCEEDED'],
    ],
    fail: [
      [0, 'INITIATED'],
      [5, 'PROCESSING'],
      [20, 'FAILED'],
    ],
    stay_processing: [
      [0, 'INITIATED'],
      [5, 'PROCESSING'],
      [86_400, 'PROCESSING'],
    ],
    fast_success: [[0, 'SUCCEEDED']],
    reversal: [
      [20, 'SUCCEEDED'],
      [60, 'REVERSAL_INITIATED'],
      [65, 'REVERSAL_PROCESSING'],
      [80, 'REVERSAL_SUCCEEDED'],
    ],
    reversal_from_initiated: [
      [0, 'INITIATED'],
      [5, 'REVERSAL_INITIATED'],
      [10, 'REVERSAL_PROCESSING'],
      [25, 'REVERSAL_SUCCEEDED'],
    ],
  };

  for (const [name, steps] of Object.entries(LIFECYCLES)) {
    it(`are ${steps.map(([, status]) => status).join(', ')} for ${name}`, async () => {
      await using world = await startWorld();
      if (name !== 'default') await world.control.scenario(name as 'fail');
      const refund = await world.refund();
      let elapsed = 0;
      for (const [seconds, status] of steps) {
        await world.control.advance(`PT${seconds - elapsed}S`);
        elapsed = seconds;
        assert.equal(await statusOf(world, refund), status, `after ${seconds} seconds`);
      }
    });
  }

  it('date every change with the time when it was due, not when it is read', async () => {
    await using world = await startWorld();
    const refund = await world.refund();
    await world.control.advance('P1D');
    const { json } = await world.uqpay(`/v2/payment/refunds/${String(refund.json['payment_refund_id'])}`);
    assert.deepEqual(
      [json['create_time'], json['update_time']],
      ['2026-11-02T09:00:00+08:00', '2026-11-02T09:00:20+08:00'],
    );
  });

  it('still count a reversed refund against the refundable amount', async () => {
    await using world = await startWorld();
    await world.control.scenario('reversal');
    await world.refund({ amount: '250.00' });
    await world.control.advance('PT80S');
    assert.equal((await world.refund({ amount: '0.01' })).status, 400);
  });
});

describe('UQPAY lists', () => {
  it('refuse an invalid page', async () => {
    await using world = await startWorld();
    for (const query of [
      '',
      '?page_size=10',
      '?page_size=0&page_number=1',
      '?page_size=101&page_number=1',
      '?page_size=10&page_number=0',
      '?page_size=ten&page_number=1',
    ]) {
      const { status, json } = await world.uqpay(`/v2/payment/refunds${query}`);
      assert.deepEqual([status, json['code']], [400, 'invalid_parameter'], query);
    }
  });

  it('are in pages, newest first, with the total of all matches', async () => {
    await using world = await startWorld();
    for (const amount of ['1.00', '2.00', '3.00']) {
      await world.refund({ amount });
      await world.control.advance('PT1S');
    }
    const page = async (number: number) =>
      (await world.uqpay(`/v2/payment/refunds?page_size=2&page_number=${number}&payment_intent_id=${INTENT}`)).json;
    const first = await page(1);
    assert.deepEqual([first['total_pages'], first['total_items']], [2, 3]);
    const amounts = (rows: unknown) => (rows as { amount: string }[]).map(({ amount }) => amount);
    assert.deepEqual(amounts(first['data']), ['3.00', '2.00']);
    assert.deepEqual(amounts((await page(2))['data']), ['1.00']);
    assert.deepEqual(amounts((await page(3))['data']), []);
  });

  it('reach one month back by default and three months at most', async () => {
    await using world = await startWorld();
    const total = async (query: string) =>
      (await world.uqpay(`/v2/payment/refunds?page_size=9&page_number=1&${query}`)).json;
    assert.equal((await total(''))['total_items'], 3);
    assert.equal((await total('merchant_order_id=SG-1043'))['total_items'], 1);
    await world.control.advance('P40D');
    assert.equal((await total(''))['total_items'], 0);
    assert.equal((await total('payment_intent_id=PI2000000000000000005'))['total_items'], 1);
    const exact = encodeURIComponent('2026-11-01T11:30:00+08:00');
    assert.equal((await total(`start_time=${exact}&end_time=${exact}`))['total_items'], 3);
    assert.equal((await total('start_time=2026-01-01T00:00:00Z'))['code'], 'invalid_parameter');
    assert.equal((await total('start_time=tomorrow'))['code'], 'invalid_parameter');
    assert.match(String((await total('start_time=2027-01-01T00:00:00Z'))['message']), /not be later/);
  });

  it('can be filtered by status', async () => {
    await using world = await startWorld();
    const list = async (path: string) => (await world.uqpay(path)).json;
    const capture = await list('/v2/payment_intents?page_size=50&page_number=1&intent_status=REQUIRES_CAPTURE');
    assert.equal(capture['total_items'], 1);
    const attempts = await list(`/v2/payment/payment_attempts?page_size=5&page_number=1&payment_intent_id=${INTENT}`);
    assert.equal(attempts['total_items'], 1);
    assert.equal(
      (await list('/v2/payment_intents?page_size=5&page_number=1&intent_status=GONE'))['code'],
      'invalid_parameter',
    );
    assert.equal((await list('/v2/payment/payment_attempts/PA1234567890123456789'))['attempt_status'], 'SUCCEEDED');
  });
});

describe('UQPAY idempotency', () => {
  it('answers with the legacy error while a key is running, and replays the answer afterwards', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    await world.control.scenario('latency', { params: { ms: 300 } });
    const slow = world.refund({}, headers);
    const recorded = async () => {
      while ((await world.control.count({ route: 'create_refund' })) === 0);
    };
    await recorded();
    const running = await world.refund({}, headers);
    assert.equal(running.status, 400);
    assert.equal(typeof running.json['code'], 'number');
    assert.match(String(running.json['message']), /request is processing/);
    const first = await slow;
    assert.equal(first.status, 200);
    assert.equal((await world.refund({}, headers)).text, first.text);
    assert.equal((await world.control.db('uqpay_refunds')).length, 4);
  });

  it('keeps a key running for the latency of its call, even when the client has gone', async () => {
    await using world = await startWorld({ latency: { ms: 250 } });
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    const wrong = await world.refund({ amount: '0' }, headers);
    assert.equal(wrong.json['code'], 'invalid_parameter');
    const aborted = world.fetch('/uqpay/api/v2/payment/refunds', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(REFUND),
      signal: AbortSignal.timeout(50),
    });
    await assert.rejects(aborted, { name: 'TimeoutError' });
    const running = await world.refund({}, headers);
    assert.match(String(running.json['message']), /request is processing/);
    const done = await world.refund({}, headers);
    assert.equal(done.status, 200);
    assert.equal((await world.control.db('uqpay_refunds')).length, 4);
  });

  it('refuses another body while the first call is still running', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    const slow = world.refund({}, { ...headers, 'x-sandbox-scenario': 'latency; ms=100' });
    while ((await world.control.count({ route: 'create_refund' })) === 0);
    assert.equal((await world.refund({ amount: '1.00' }, headers)).json['code'], 'idempotency_key_reused');
    assert.equal((await slow).status, 200);
  });

  it('replays the first answer unchanged, and marks the replay in the journal', async () => {
    await using world = await startWorld();
    const headers = { 'x-idempotency-key': world.newKey() };
    const first = await world.refund({}, headers);
    await world.control.advance('PT1H');
    assert.equal((await world.refund({}, headers)).text, first.text);
    const [, replay] = await world.control.journal({ route: 'create_refund' });
    assert.equal(replay?.replayed, true);
  });

  it('stores a refusal of the execution, and no refusal of the validation', async () => {
    await using world = await startWorld();
    const headers = { 'x-idempotency-key': world.newKey() };
    assert.equal((await world.refund({ amount: '0' }, headers)).status, 400);
    const over = await world.refund({ amount: '250.01' }, headers);
    assert.equal(over.json['code'], 'amount_exceeds_refundable');
    assert.equal((await world.refund({ amount: '1.00' }, headers)).json['type'], 'idempotency_error');
    assert.equal((await world.refund({ amount: '250.01' }, headers)).text, over.text);
  });

  it('makes one refund of many simultaneous posts with one key', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.refund({}, headers)));
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.equal((await world.control.db('uqpay_refunds')).length, 4);
  });

  it('separates the keys of two accounts', async () => {
    await using world = await startWorld();
    const key = { 'x-idempotency-key': world.newKey() };
    const one = await world.refund({}, { ...key, 'x-on-behalf-of': world.newKey() });
    const other = await world.refund({}, { ...key, 'x-on-behalf-of': world.newKey() });
    assert.notEqual(one.text, other.text);
  });
});
