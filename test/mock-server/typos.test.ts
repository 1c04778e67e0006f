import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { BUILT_IN } from '../../mock-server/core/providers/index.ts';
import { NEW_INTENT } from '../payment-bodies.ts';
import { assertDropped, INTENT, KNET, startWorld } from './world.ts';

/** A typo in a test must be refused. If it had no effect, the test would pass for the wrong reason. */

describe('an expectation with a typo is refused with the valid values', () => {
  const cases: readonly [filter: object, why: RegExp][] = [
    [{ route: 'creat_refund' }, /filter\.route: expected one of connect_token, create_refund/],
    [{ route: 'charge', provider: 'uqpay' }, /filter\.route: expected one of/],
    [{ provider: 'uqpayy' }, /filter\.provider: expected one of uqpay, upayments/],
    [{ rout: 'create_refund' }, /filter: does not take "rout": expected .*route/],
    [{ method: 'post' }, /filter\.method: expected one of GET/],
    [{ path: '/v2/payment/refunds' }, /filter\.path: .* is no path of a provider/],
    [{ status: 20 }, /filter\.status: expected an HTTP status/],
    [{ wire: 'dropp' }, /filter\.wire: expected one of drop/],
    [{ scenario: 'fial' }, /filter\.scenario: expected one of fail/],
    [{ payment_id: 'PI0' }, /filter\.payment_id: "PI0" is not there .* expected one such as "PI/],
    [{ refund_id: 'RF0' }, /filter\.refund_id: "RF0" is not there/],
    [{ after: 99 }, /filter\.after: the journal has come to 0/],
    [{ request: 'amount' }, /filter\.request: expected an object, received the string "amount"/],
    [{ request: { amout: '1.00' } }, /filter\.request\.amout: is no member of these calls/],
    [{ response: { refund_statuss: 'FAILED' } }, /filter\.response\.refund_statuss: is no member/],
  ];
  for (const [filter, why] of cases) {
    it(JSON.stringify(filter), async () => {
      await using world = await startWorld();
      const body = JSON.stringify({ filter, never: true });
      const { status, json } = await world.fetch('/_sandbox/journal/verify', { method: 'POST', body });
      assert.equal(status, 400);
      assert.match(String(json['error']), why);
    });
  }
});

describe('a control call with a typo is refused with the valid values', () => {
  const cases: readonly [method: string, path: string, body: object | undefined, status: number, why: RegExp][] = [
    ['POST', '/rest', undefined, 404, /expected one of \/_sandbox, .*\/_sandbox\/reset/],
    ['POST', '/reset', { x: 1 }, 400, /takes no body/],
    ['POST', '/reset?ns=one', undefined, 400, /ns: is not a filter of this call/],
    ['POST', '/clock', { advanc: 'PT1H' }, 400, /does not take "advanc": expected mode, set, advance/],
    ['POST', '/settings', { amount: 'trimmed' }, 400, /does not take "amount": expected .*amounts/],
    ['POST', '/settings', { amounts: 'trim' }, 400, /amounts: expected one of as-sent, trimmed/],
    ['POST', '/scenarios', { scenario: 'fial' }, 400, /unknown scenario "fial": expected one of fail/],
    [
      'POST',
      '/scenarios',
      { scenario: 'fail', payment: INTENT },
      400,
      /does not take "payment": expected .*payment_id/,
    ],
    ['POST', '/scenarios', { scenario: 'fail', payment_id: 'PI0' }, 400, /no payment "PI0" of uqpay: expected one of/],
    ['POST', '/scenarios', { scenario: 'fail', payment_id: KNET }, 400, /no payment .* of uqpay/],
    ['POST', '/scenarios', { scenario: 'fail', route: 'creat_refund' }, 400, /route: expected \* or one of/],
    ['POST', '/scenarios', { scenario: 'latency; mss=3' }, 400, /has no parameter "mss": expected ms, max/],
    ['GET', '/journal?rout=create_refund', undefined, 400, /rout: is not a filter of this call: expected one of/],
    ['GET', '/journal/count?route=creat_refund', undefined, 400, /route: expected one of/],
    ['DELETE', '/journal?provider=uqpay', undefined, 400, /provider: is not a filter of this call/],
    ['GET', '/webhooks?event_type=acquiring.refund.suceeded', undefined, 400, /event_type: expected one of/],
    ['GET', '/webhooks?payment_id=PI0', undefined, 400, /payment_id: "PI0" is not there/],
    ['POST', '/webhooks/flush?refund_id=RF0', undefined, 400, /refund_id: "RF0" is not there/],
    ['POST', '/webhooks/endpoints', { provider: 'uqpay', url: 'http://127.0.0.1:9/', secrt: 'x' }, 400, /"secrt"/],
    ['POST', '/seed', { uqpay_intent: [] }, 422, /uqpay_intent: no such collection, expected uqpay_intents/],
    ['GET', '/db/uqpay_intent', undefined, 404, /no collection "uqpay_intent": expected one of uqpay_intents/],
    ['GET', '/db/uqpay_intents?curency=USD', undefined, 400, /curency: is no member of uqpay_intents/],
    ['POST', `/pay/uqpay/${INTENT}`, { outcome: 'paid' }, 400, /does not take "outcome"/],
  ];
  for (const [method, below, body, expected, why] of cases) {
    it(`${method} ${below} ${body ? JSON.stringify(body) : ''}`, async () => {
      await using world = await startWorld();
      const { status, json } = await world.fetch(`/_sandbox${below}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      assert.equal(status, expected, JSON.stringify(json));
      assert.match(String(json['error']), why);
    });
  }
});

describe('a scenario in the members of a request', () => {
  it('is refused when that call cannot carry it out', async () => {
    await using world = await startWorld();
    const refund = await world.refund({ metadata: { sandbox_scenario: 'payment_declined' } });
    assert.equal(refund.status, 400);
    assert.match(
      String(refund.json['message']),
      /payment_declined is not for create_refund: expected it in create_intent, confirm_intent, charge/,
    );
    const intent = await world.uqpay('/v2/payment_intents/create', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() },
      body: JSON.stringify({ ...NEW_INTENT, metadata: { sandbox_scenario: 'fail' } }),
    });
    assert.match(String(intent.json['message']), /fail is not for create_intent: expected it in create_refund/);
    const request = { orderId: KNET, totalPrice: 1, reference: 'sandbox:vendor_short' };
    assert.equal((await world.upayments('/create-refund', request)).status, 201, 'the second step carries it out');
    const [call] = await world.control.journal({ route: 'create_refund', provider: 'uqpay' });
    assert.equal(call?.status, 400);
  });
});

describe('the journal', () => {
  it('keeps the idempotency key of a call that a fault answered, so that its repeats can be verified', async () => {
    await using world = await startWorld();
    const headers = await world.signIn();
    for (const scenario of ['server_error', 'rate_limited', 'drop_before_commit'] as const) {
      const key = world.newKey();
      await world.control.scenario(scenario, { times: 2 });
      const attempt = () => world.refund({ amount: '1.00' }, { ...headers, 'x-idempotency-key': key });
      if (scenario === 'drop_before_commit') {
        await assertDropped(attempt());
        await assertDropped(attempt());
      } else {
        assert.ok((await attempt()).status >= 429);
        assert.ok((await attempt()).status >= 429);
      }
      assert.equal((await attempt()).status, 200);
      const filter = { route: 'create_refund', idempotency_key: key };
      const all = await world.control.verify(filter, { exactly: 3 });
      assert.ok(all.ok, all.explanation);
      const lost = await world.control.verify({ ...filter, scenario }, { exactly: 2 });
      assert.ok(lost.ok, lost.explanation);
    }
  });
});

describe('GET /_sandbox/policies', () => {
  it('lists every policy of the sandbox with what would change it', async () => {
    await using world = await startWorld();
    const policies = await world.control.policies();
    assert.deepEqual(policies.map(({ id }) => id).toSorted(), Object.keys(BUILT_IN.policies).toSorted());
    for (const { id, text, changed_by } of policies) {
      assert.match(text, /\.$/, id);
      assert.match(changed_by, /\.$/, id);
    }
  });

  it('lists no policy that the code does not use', () => {
    const core = path.resolve(import.meta.dirname, '../../mock-server/core');
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const sources = files
      .filter((file) => !file.endsWith('policies.ts'))
      .map((file) => readFileSync(path.join(core, file), 'utf8'));
    const unused = Object.keys(BUILT_IN.policies).filter((id) => !sources.some((source) => source.includes(`'${id}'`)));
    assert.deepEqual(unused, []);
  });
});
