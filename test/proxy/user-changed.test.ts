import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { PAYMENT, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';

const AMAL = 'أمل@shop.example';

/** A proxy whose session holds the user, and a page that believes that it is `expected`. */
async function setUp(t: TestContext) {
  const session = { user: AMAL };
  const testProxy = await startTestProxy(t, {
    authorize: async (_request, { action, amount }) =>
      action === 'refund' && amount! > 5_000n ? { refuse: 'approval_required', user: session.user } : session,
  });
  const believing = (expected: string) => ({ headers: { 'x-expected-user': encodeURIComponent(expected) } });
  return { ...testProxy, session, believing };
}

test('what one person has reviewed is not sent in the name of another who has signed in since', async (t) => {
  const { refund, session, believing, provider, get } = await setUp(t);
  session.user = 'bob';
  const { status, problem } = await refund('10.00', believing(AMAL));
  assert.deepEqual([status, problem.code, problem.effect], [412, 'user_changed', 'nothing']);
  assert.match(String(problem.detail), /^Read the payment again/);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  assert.deepEqual(((await get(`/payments/${PAYMENT}`)).json as { refunds: unknown[] }).refunds, []);
  // A request above the limit is not kept for another person either.
  assert.equal((await refund('60.00', believing(AMAL))).problem.code, 'user_changed');
  assert.equal((await refund('10.00', believing('bob'))).status, 200);
});

test('a name in any script is compared, and a page that names nobody is asked nothing', async (t) => {
  const { refund, believing } = await setUp(t);
  assert.equal((await refund('10.00', believing(AMAL))).status, 200);
  assert.equal((await refund('10.00')).status, 200);
  assert.equal((await refund('10.00', { headers: { 'x-expected-user': AMAL.slice(3) } })).problem.code, 'user_changed');
});

test('a refusal of the second send says nothing about the first', async (t) => {
  const { refund, session, believing, provider } = await setUp(t);
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1), ...believing(AMAL) })).status, 504);
  session.user = 'bob';
  const { problem } = await refund('10.00', { key: uuid(1), ...believing(AMAL) });
  assert.deepEqual([problem.code, problem.effect], ['user_changed', 'unknown']);
});

test('a decision of another person is not taken for that of the one who has read the request', async (t) => {
  const { refund, post, session, believing, provider } = await setUp(t);
  const waiting = await refund('60.00', believing(AMAL));
  assert.equal(waiting.problem.code, 'approval_required');
  const path = String(waiting.problem['instance']).replace('/refunds', '');
  session.user = 'bob';
  for (const [action, body] of [
    ['approve', {}],
    ['decline', { reason: 'Not ours' }],
    ['resolve', { outcome: 'nothing', reason: 'Not ours' }],
  ] as const) {
    assert.equal((await post(`${path}/${action}`, { body, ...believing('cat') })).problem.code, 'user_changed', action);
  }
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  assert.equal((await post(`${path}/approve`, { body: {}, ...believing('bob') })).status, 200);
});
