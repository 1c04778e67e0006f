import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from '../../mock-server/index.ts';
import {
  assertDropped,
  INTENT,
  KNET,
  PAGE_VENDORS,
  readPieces,
  startWorld,
  statusOf,
  type Reply,
  type SandboxWorld,
} from './world.ts';

const refunds = async (world: SandboxWorld) => (await world.control.db('uqpay_refunds')).length - 3;

describe('faults of the connection', () => {
  it('drop the connection before the refund is made', async () => {
    await using world = await startWorld();
    await world.control.scenario('drop_before_commit');
    await assertDropped(world.refund());
    assert.equal(await refunds(world), 0);
    assert.equal((await world.refund()).status, 200);
  });

  it('drop the connection after the refund was made, and the same key returns that refund', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    await world.control.scenario('drop_after_commit');
    await assertDropped(world.refund({}, headers));
    assert.equal(await refunds(world), 1);
    const again = await world.refund({}, headers);
    assert.equal(again.status, 200);
    assert.equal(await refunds(world), 1);
    const [lost, replay] = await world.control.journal({ route: 'create_refund' });
    assert.deepEqual([lost?.wire, lost?.scenario, lost?.replayed], ['drop', 'drop_after_commit', false]);
    assert.deepEqual([replay?.wire, replay?.replayed], [null, true]);
  });

  it('drop the connection within the answer', async () => {
    await using world = await startWorld();
    await world.control.scenario('drop_at_byte', { params: { byte: 30 } });
    await assertDropped(world.refund());
    assert.equal(await refunds(world), 1);
  });

  it('drop the connection within an answer that is shorter than that', async () => {
    await using world = await startWorld();
    await world.control.scenario('drop_at_byte', { params: { byte: 99_999 } });
    await assertDropped(world.refund());
  });

  it('send the whole answer in pieces', async () => {
    await using world = await startWorld();
    await world.control.scenario('slow_body', { params: { ms: 10 } });
    const answer = await fetch(`${world.sandbox.url}/upayments/api/v1/create-refund`, {
      method: 'POST',
      headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: KNET, totalPrice: 1 }),
    });
    const { pieces, text } = await readPieces(answer);
    assert.ok(pieces > 1, 'the body came at once');
    assert.equal((JSON.parse(text) as { status: unknown }).status, true);
  });

  it('delay the answer by a time within the range', async () => {
    await using world = await startWorld();
    await world.control.scenario('latency', { params: { ms: 5, max: 9 } });
    const start = performance.now();
    assert.equal((await world.refund()).status, 200);
    assert.ok(performance.now() - start >= 4);
  });

  it('do not keep the server from closing when an answer is delayed', async () => {
    const world = await startWorld();
    const headers = await world.signIn();
    await world.control.scenario('latency', { params: { ms: 600_000 } });
    const lost = assertDropped(world.refund({}, headers));
    while ((await world.control.count({ route: 'create_refund' })) === 0);
    await world.sandbox.close();
    await lost;
  });
});

describe('faults of the answer', () => {
  it('answer 429 and Retry-After for the given number of calls', async () => {
    await using world = await startWorld();
    await world.control.scenario('rate_limited', { times: 2, params: { retry_after: 7 } });
    const answer = await world.refund();
    assert.deepEqual([answer.status, answer.json['code']], [429, 'velocity_limit_exceeded']);
    assert.equal(answer.headers.get('retry-after'), '7');
    const other = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
    assert.deepEqual([other.status, other.json['status']], [429, false]);
    assert.equal((await world.refund()).status, 200);
  });

  it('answer a 5xx before or after the refund is made', async () => {
    await using world = await startWorld();
    const headers = { 'x-idempotency-key': world.newKey() };
    await world.control.scenario('server_error', { params: { status: 503 } });
    assert.equal((await world.refund({}, headers)).status, 503);
    assert.equal(await refunds(world), 0);
    await world.control.scenario('server_error', { params: { after_commit: 1 } });
    assert.equal((await world.refund({}, headers)).status, 500);
    assert.equal(await refunds(world), 1);
    assert.equal((await world.refund({}, headers)).status, 200);
    assert.equal(await refunds(world), 1);
  });

  it('have the shape of the provider, whether the call was carried out or not', async () => {
    await using world = await startWorld();
    for (const after_commit of [0, 1]) {
      await world.control.scenario('server_error', { provider: 'uqpay', params: { after_commit } });
      assert.deepEqual(Object.keys((await world.refund()).json), ['type', 'code', 'message']);
      await world.control.scenario('server_error', { provider: 'upayments', params: { after_commit } });
      const { json } = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
      assert.deepEqual(Object.keys(json), ['status', 'message', 'data']);
    }
  });

  it('make the body of a successful answer unreadable', async () => {
    await using world = await startWorld();
    for (const name of ['malformed_json', 'truncated_json', 'wrong_content_type'] as const) {
      await world.control.scenario(name);
      const answer = await world.refund({ amount: '1.00' });
      assert.equal(answer.status, 200);
      assert.throws(() => JSON.parse(answer.text) as unknown, SyntaxError, name);
      assert.equal(answer.headers.get('content-type')?.includes('html'), name === 'wrong_content_type');
    }
    assert.equal(await refunds(world), 3);
  });

  it('answer 403 on UPayments only', async () => {
    await using world = await startWorld();
    await world.control.scenario('forbidden');
    assert.equal((await world.refund()).status, 200);
    assert.equal((await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 })).status, 403);
  });
});

describe('a scenario', () => {
  it('can be set by a header for one call of any route', async () => {
    await using world = await startWorld();
    const answer = await world.uqpay(`/v2/payment_intents/${INTENT}`, {
      headers: { 'x-sandbox-scenario': 'server_error; status=502' },
    });
    assert.equal(answer.status, 502);
    assert.equal((await world.uqpay(`/v2/payment_intents/${INTENT}`)).status, 200);
  });

  it('can be set by metadata, by reason and by reference', async () => {
    await using world = await startWorld();
    const byMetadata = await world.refund({ amount: '1.00', metadata: { sandbox_scenario: 'fast_success' } });
    assert.equal(byMetadata.json['refund_status'], 'SUCCEEDED');
    const byReason = await world.refund({ amount: '1.00', reason: 'sandbox:fail' });
    await world.control.advance('PT20S');
    assert.equal(await statusOf(world, byReason), 'FAILED');
    const byReference = await world.upayments('/create-refund', {
      orderId: KNET,
      totalPrice: 1,
      reference: 'sandbox:fast_success',
    });
    const { orderId } = byReference.json['data'] as { orderId: string };
    const status = (await world.upayments(`/check-refund-status/${orderId}`)).json['data'];
    assert.equal((status as { is_refunded: boolean }).is_refunded, true);
  });

  it('applies to the next calls that move money, not to sign-ins and reads', async () => {
    await using world = await startWorld();
    await world.control.scenario('server_error');
    assert.equal((await world.uqpay('/v2/payment_intents?page_size=1&page_number=1')).status, 200);
    assert.equal((await world.refund()).status, 500);
    assert.equal((await world.refund()).status, 200);
  });

  it('can be set for one route, one payment, one provider or every call', async () => {
    await using world = await startWorld();
    await world.control.scenario('server_error', { route: 'connect_token' });
    await assert.rejects(world.signIn());
    await world.control.scenario('server_error', { payment_id: 'PI2000000000000000001' });
    assert.equal((await world.refund()).status, 200);
    assert.equal((await world.refund({ payment_intent_id: 'PI2000000000000000001' })).status, 500);
    await world.control.scenario('server_error', { provider: 'upayments' });
    assert.equal((await world.refund()).status, 200);
    assert.equal((await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 })).status, 500);
    await world.control.scenario('server_error', { route: '*' });
    assert.equal((await world.upayments(`/check-refund/${KNET}`)).status, 500);
  });

  it('can be set for a payment whose refund, attempt or charge a call names', async () => {
    await using world = await startWorld();
    const id = 'PI2000000000000000005';
    const reads: readonly [route: string, payment_id: string, read: () => Promise<Reply>][] = [
      ['retrieve_refund', id, () => world.uqpay('/v2/payment/refunds/RF2000000000000000005')],
      ['retrieve_attempt', id, () => world.uqpay('/v2/payment/payment_attempts/PA2000000000000000005')],
      ['list_refunds', id, () => world.uqpay(`/v2/payment/refunds?page_size=1&page_number=1&payment_intent_id=${id}`)],
      ['get_payment_status', KNET, () => world.upayments('/get-payment-status/20261101090000000002')],
      ['find_payment_status', KNET, () => world.upayments('/get-payment-status?session_id=seedSession2')],
    ];
    for (const [route, payment_id, read] of reads) {
      await world.control.scenario('server_error', { route, payment_id });
      assert.equal((await read()).status, 500, route);
      assert.ok((await read()).status < 300, route);
    }
  });

  it('is for the calls that can carry it out, if none of them moves money', async () => {
    await using world = await startWorld();
    await world.control.scenario('cancel_fails');
    const cancel = () =>
      world.uqpay('/v2/payment_intents/PI2000000000000000007/cancel', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() },
        body: '{}',
      });
    assert.equal((await cancel()).json['intent_status'], 'REQUIRES_CAPTURE');
    assert.equal((await cancel()).json['intent_status'], 'CANCELLED');
  });

  it('with an outcome waits for a create that succeeds', async () => {
    await using world = await startWorld();
    await world.control.scenario('fail');
    assert.equal((await world.refund({ amount: '0' })).status, 400);
    const refund = await world.refund();
    await world.control.advance('PT20S');
    assert.equal(await statusOf(world, refund), 'FAILED');
  });

  it('applies in the order of setting, and can be listed and cleared', async () => {
    await using world = await startWorld();
    await world.control.scenario('not_refundable');
    await world.control.scenario('insufficient_balance', { times: 2 });
    assert.equal((await world.refund()).json['code'], 'payment_not_refundable');
    assert.equal((await world.refund()).json['code'], 'insufficient_balance');
    const { json } = await world.fetch('/_sandbox/scenarios');
    assert.deepEqual(
      (json['active'] as Record<string, unknown>[]).map(({ scenario, times }) => [scenario, times]),
      [['insufficient_balance', 1]],
    );
    await world.control.clearScenarios();
    assert.equal((await world.refund()).status, 200);
  });

  it('is refused with the valid values when it is unknown or invalid', async () => {
    await using world = await startWorld();
    const set = (body: object) => world.fetch('/_sandbox/scenarios', { method: 'POST', body: JSON.stringify(body) });
    const cases: readonly [body: object, message: RegExp][] = [
      [{ scenario: 'explode' }, /unknown scenario "explode": expected one of fail/],
      [{ scenario: 'latency', params: { ms: -1 } }, /ms of scenario latency must be a whole number/],
      [
        { scenario: 'latency', params: { ms: 300, max: 100 } },
        /^max of scenario latency must be at least ms, which is 300 \(when above ms/,
      ],
      [{ scenario: 'latency; max=100' }, /^max of scenario latency must be at least ms, which is 1000 /],
      [{ scenario: 'payment_declined', payment_id: INTENT }, /payment_id: confirm_intent is never carried out for "PI/],
      [{ scenario: 'cancel_fails', payment_id: INTENT }, /payment_id: cancel_intent is never carried out for "PI/],
      [{ scenario: 'latency', params: { s: 1 } }, /no parameter "s": expected ms, max/],
      [{ scenario: 'fail', times: 0 }, /times/],
      [{ scenario: 'fail', route: 'nowhere' }, /route: expected \* or one of connect_token/],
      [{ scenario: 'fail', provider: 'paypal' }, /provider: expected one of uqpay, upayments/],
      [{ name: 'fail' }, /scenario: is required/],
      [{ scenario: 'fail', provider: 'upayments' }, /provider: scenario fail is for uqpay only/],
      [{ scenario: 'fail', route: 'list_refunds' }, /route: scenario fail is for create_refund of uqpay only/],
      [{ scenario: 'vendor_short', route: 'create_refund' }, /is for create_multivendor_refund of upayments only/],
      [{ scenario: 'over_refund', route: 'charge' }, /is for create_refund of uqpay and upayments only/],
      [{ scenario: 'forbidden', route: 'list_refunds' }, /scenario forbidden is for calls of upayments only/],
      [
        { scenario: 'latency', route: 'list_balances', payment_id: INTENT },
        /payment_id: a call of list_balances is about no payment/,
      ],
      [
        { scenario: 'fast_success', route: 'charge', payment_id: KNET },
        /payment_id: a call of charge is about no payment/,
      ],
      [{ scenario: 'latency', route: 'check_refund', payment_id: INTENT }, /no payment "PI.*" of upayments/],
      [{ scenario: 'payment_declined', payment_id: KNET }, /no payment "up.* of uqpay/],
      [
        { scenario: 'vendor_short', payment_id: KNET },
        /payment_id: create_multivendor_refund is never carried out for "up/,
      ],
      [{ scenario: 'over_refund', payment_id: PAGE_VENDORS }, /payment_id: create_refund is never carried out for "x9/],
    ];
    for (const [body, message] of cases) {
      const answer = await set(body);
      assert.equal(answer.status, 400);
      assert.match(String(answer.json['error']), message);
    }
    const byHeader = await world.refund({}, { 'x-sandbox-scenario': 'explode' });
    assert.deepEqual([byHeader.status, byHeader.json['code']], [400, 'unknown_sandbox_scenario']);
    const otherProvider = await world.upayments('/create-refund', {
      orderId: KNET,
      totalPrice: 1,
      reference: 'sandbox:fail',
    });
    assert.equal(otherProvider.status, 422);
    assert.match(String(otherProvider.json['message']), /not one of upayments/);
  });
});

describe('every scenario', () => {
  it('has a description for the docs, and can be set with its defaults', async () => {
    await using world = await startWorld();
    for (const name of SCENARIO_NAMES) {
      assert.ok(SCENARIOS[name].about.length > 10, name);
      assert.equal((await world.control.scenario(name)).scenario, name);
    }
    const { json } = await world.fetch('/_sandbox/scenarios');
    assert.deepEqual(
      (json['known'] as { name: ScenarioName }[]).map(({ name }) => name),
      SCENARIO_NAMES,
    );
    assert.equal((json['magic_amounts'] as Record<string, string>)['6.33'], 'drop_after_commit');
  });
});

describe('one call', () => {
  it('can have an outcome, a fault and a webhook scenario together', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    const metadata = { sandbox_scenario: 'fail, drop_after_commit, webhook_drop' };
    await assertDropped(world.refund({ metadata }, headers));
    const refund = await world.refund({ metadata }, headers);
    await world.control.advance('PT20S');
    assert.equal(await statusOf(world, refund), 'FAILED');
    const [call] = await world.control.journal({ route: 'create_refund' });
    assert.equal(call?.scenario, 'fail, webhook_drop, drop_after_commit');
  });

  it('cannot have two scenarios of one kind', async () => {
    await using world = await startWorld();
    const { status, json } = await world.refund({ metadata: { sandbox_scenario: 'fail, reversal' } });
    assert.equal(status, 400);
    assert.match(
      String(json['message']),
      /fail and reversal are both of the kind outcome and do not go together: choose one/,
    );
  });
});

describe('each outcome', () => {
  const LAST: Partial<Record<ScenarioName, string>> = {
    fail: 'FAILED',
    fast_fail: 'FAILED',
    stay_initiated: 'INITIATED',
    stay_processing: 'PROCESSING',
    fast_success: 'SUCCEEDED',
    reversal: 'REVERSAL_SUCCEEDED',
    reversal_from_initiated: 'REVERSAL_SUCCEEDED',
    reversal_stays_initiated: 'REVERSAL_INITIATED',
    reversal_stays_processing: 'REVERSAL_PROCESSING',
  };

  it('leads a UQPAY refund to its own last status, and all seven statuses are reached', async () => {
    await using world = await startWorld();
    const plain = await world.refund({ amount: '1.00' });
    const statuses = new Set<unknown>();
    for (const [name, last] of Object.entries(LAST)) {
      const refund = await world.refund({ amount: '1.00', reason: `sandbox:${name}` });
      await world.control.advance('P1D');
      const status = await statusOf(world, refund);
      assert.equal(status, last, name);
      statuses.add(status);
    }
    statuses.add(await statusOf(world, plain));
    assert.equal(statuses.size, 7);
  });

  it('that refuses answers with an error of the provider and makes no refund', async () => {
    await using world = await startWorld();
    for (const [name, code] of [
      ['over_refund', 'amount_exceeds_refundable'],
      ['not_refundable', 'payment_not_refundable'],
      ['insufficient_balance', 'insufficient_balance'],
    ] as const) {
      const { status, json } = await world.refund({ metadata: { sandbox_scenario: name } });
      assert.deepEqual([status, json['type'], json['code']], [400, 'refund_error', code]);
      const reference = `sandbox:${name}`;
      const other = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1, reference });
      assert.deepEqual([other.status, other.json['status']], [422, false], name);
    }
    assert.equal(await refunds(world), 0);
    assert.equal((await world.control.db('upayments_refunds')).length, 2);
  });

  it('waits for the call that it is for, a deletion or the second step of vendors', async () => {
    await using world = await startWorld();
    await world.control.scenario('delete_too_late', { route: 'delete_refund' });
    await world.control.scenario('vendor_tampered');
    const creation = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
    const late = await world.upayments('/delete-refund', creation.json['data'] as object);
    assert.match(String(late.json['message']), /refunded already/);
    const step = await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 2 });
    const rows = (step.json['data'] as { refundPayload: object[] }).refundPayload;
    const answer = await world.upayments('/create-multivendor-refund', {
      orderId: PAGE_VENDORS,
      refundPayload: rows.map((row) => Object.assign(row, { amountToRefund: 1 })),
    });
    const { responseData } = answer.json['data'] as { responseData: Record<string, object[]> };
    assert.deepEqual([responseData['dataTempered']?.length, responseData['generated']?.length], [1, 1]);
  });

  it('is ignored by a call that cannot carry it out', async () => {
    await using world = await startWorld();
    const read = await world.uqpay(`/v2/payment_intents/${INTENT}`, { headers: { 'x-sandbox-scenario': 'fail' } });
    assert.equal(read.status, 200);
  });
});
