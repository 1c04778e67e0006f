import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { intentList } from '../../contract/intents.ts';
import { prometheusMetrics } from '../../proxy/telemetry/prometheus.ts';
import { SCOPE } from './support/begin-request.ts';
import type { Act } from './support/provider.ts';
import {
  listOf,
  makeRefund,
  PAYMENT,
  REFUND,
  scriptUqpay,
  START,
  startTestProxy,
  UQPAY_POST,
  uuid,
  type TestProxyOptions,
} from './support/test-proxy.ts';
import { SECRET, requestOf, webhook, type EventParts } from './support/webhook.ts';

/** The answers to a request that is recorded as having come to nothing, although the provider carries it out later. */
const NOTHING: Readonly<Record<string, { readonly act: Act; readonly isSettled?: boolean; readonly state: string }>> = {
  'that a person settled as nothing': { act: 'drop', isSettled: true, state: 'failed' },
  'that the provider refused': {
    act: { status: 400, json: { type: 'refund_error', code: 'refund_refused', message: 'No' } },
    state: 'failed',
  },
};

const PUT_OFF: Act = { status: 429, json: { type: 'rate_limit_error', code: 'too_many_requests', message: 'Later' } };

/** A proxy whose provider answers a refund of 10.00 with `act`, and shows it with `show`: the record may be changed. */
async function setUp(t: TestContext, act: Act, options: TestProxyOptions = {}) {
  const metrics = prometheusMetrics();
  const testProxy = await startTestProxy(t, { metrics, webhookSecret: SECRET, ...options });
  const { provider, refund, get, post, ledger, proxy, logged } = testProxy;
  const refunds = scriptUqpay(provider);
  let listed: object[] = [];
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return act;
  });
  provider.on(`GET ${REFUND}`, () => listOf(listed));
  const intent = async () => (await ledger.intentByKey(SCOPE, uuid(1)))!;
  return {
    ...testProxy,
    intent,
    send: () => refund('10.00', { key: uuid(1) }),
    show: (change: object = {}) => {
      listed = Array.from(refunds.values(), (record) => ({ ...record, ...change }));
    },
    deliver: async (parts: Partial<EventParts> & Pick<EventParts, 'status'>) =>
      (await proxy.fetch(requestOf(webhook({ refund: 'RF1', ...parts })))).json(),
    read: async () => (await get(`/payments/${PAYMENT}`)).json as PaymentSummary,
    settle: async (body: object) =>
      post(`/intents/${(await intent()).id}/resolve`, { body: { reason: 'Seen in the dashboard', ...body } }),
    sendCount: () => provider.callsOf(UQPAY_POST).length,
    warnings: () => logged.filter((line) => line.includes('a provider contradicts what is known')).length,
    contradictionCount: async () =>
      Number(/refund_proxy_contradictions_total\{[^}]*\} (\d+)/.exec(await metrics.text({}))?.[1] ?? 0),
  };
}

const figuresOf = ({ refunded, pending, refundable }: PaymentSummary) => [refunded, pending, refundable];
const HELD = ['0.00', '10.00', '90.00'];
const FREE = ['0.00', '0.00', '100.00'];

for (const [what, { act, isSettled = false, state }] of Object.entries(NOTHING)) {
  test(`a refund ${what} is held under its key as soon as the provider shows it, until a person settles it`, async (t) => {
    const shop = await setUp(t, act);
    const { read, settle, show, intent, contradictionCount } = shop;
    await shop.send();
    if (isSettled) assert.equal((await settle({ outcome: 'nothing' })).status, 200);
    assert.deepEqual([(await intent()).state, figuresOf(await read())], [state, FREE]);

    show();
    for (let reads = 0; reads < 3; reads += 1) {
      const summary = await read();
      assert.deepEqual(figuresOf(summary), HELD);
      const [refund, ...others] = summary.refunds!;
      assert.deepEqual(others, [], 'it is not listed a second time, as made elsewhere');
      assert.deepEqual(
        [refund?.idempotency_key, refund?.refund_id, refund?.standing, refund?.state, refund?.ended],
        [uuid(1), 'RF1', 'unknown', 'unknown', undefined],
      );
      assert.deepEqual([refund?.contradiction?.from, refund?.contradiction?.to], ['failed', 'pending']);
      assert.equal(refund?.evidence, undefined, 'the list does name it');
    }
    assert.deepEqual([await contradictionCount(), shop.warnings()], [1, 1]);
    const { intents, elsewhere } = intentList.parse((await shop.get('/intents')).json);
    assert.deepEqual([intents.map(({ id }) => id), elsewhere], [[(await intent()).id], undefined]);
    assert.equal((await shop.ledger.figures(SCOPE, { follows: true })).contradicted, 1);

    const sends = shop.sendCount();
    const again = await shop.send();
    assert.deepEqual([again.status, again.problem.code, again.problem.effect], [504, 'outcome_unknown', 'unknown']);
    assert.equal(shop.sendCount(), sends, 'what was carried out late is not sent again');
    assert.equal((await shop.refund('90.01')).problem.code, 'amount_above_refundable');
    show({ refund_status: 'SUCCEEDED' });
    await shop.proxy.reconcile();
    assert.deepEqual(figuresOf(await read()), HELD, 'nothing that the provider says later settles it');

    assert.equal((await settle({ outcome: 'refunded', refund_id: 'RF1' })).status, 200);
    const settled = await read();
    assert.deepEqual(figuresOf(settled), ['10.00', '0.00', '90.00']);
    assert.deepEqual([settled.refunds?.length, settled.refunds?.[0]?.standing], [1, 'succeeded']);
    assert.deepEqual([(await intent()).state, await contradictionCount()], ['succeeded', 1]);
    assert.equal((await shop.send()).problem.effect, 'unknown', 'the key never tells that no money moved');
  });
}

test('a refund that the provider put off, and carried out as it was asked for, answers its key as soon as it is shown', async (t) => {
  const { send, read, show, intent, contradictionCount, sendCount } = await setUp(t, PUT_OFF);
  await send();
  assert.deepEqual([(await intent()).state, figuresOf(await read())], ['void', FREE]);
  show();
  const { refunds, ...figures } = await read();
  assert.deepEqual(figuresOf(figures as PaymentSummary), HELD);
  assert.deepEqual(
    refunds?.map(({ refund_id, idempotency_key, standing, state }) => [refund_id, idempotency_key, standing, state]),
    [['RF1', uuid(1), 'pending', 'succeeded']],
  );
  assert.equal(await contradictionCount(), 0);
  const again = await send();
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed'), sendCount()], [200, 'true', 1]);
});

test('a refund that the provider put off, and shows with another amount, is held until a person settles it', async (t) => {
  const { send, read, show, contradictionCount } = await setUp(t, PUT_OFF);
  await send();
  show({ amount: '12.00' });
  const summary = await read();
  assert.deepEqual([figuresOf(summary), await contradictionCount()], [['0.00', '12.00', '88.00'], 1]);
});

test('a person may say again that nothing was refunded, and is not asked about the same statement once more', async (t) => {
  const { send, settle, show, read, contradictionCount, deliver, intent } = await setUp(t, 'drop');
  await send();
  await settle({ outcome: 'nothing' });
  show();
  await read();
  const asked = await settle({ outcome: 'nothing' });
  assert.deepEqual([asked.status, asked.problem.code], [400, 'confirmation_required']);
  const sure = await settle({ outcome: 'nothing', confirm: true });
  assert.match((sure.json as { saw: string }).saw, /contradicts/);
  await deliver({ status: 'PROCESSING', intent: (await intent()).id });
  const summary = await read();
  assert.deepEqual([figuresOf(summary), summary.refunds?.length], [FREE, 1]);
  assert.deepEqual([(await intent()).state, await contradictionCount()], ['failed', 1]);
  assert.equal((await send()).problem.code, 'settled_nothing');
});

test('a webhook of such a refund says the same, whatever its status', async (t) => {
  for (const [status, standing] of [
    ['PROCESSING', 'pending'],
    ['SUCCEEDED', 'succeeded'],
    ['REVERSAL_INITIATED', 'reversing'],
    ['NEVER_SEEN', 'unrecognised'],
  ] as const) {
    const { send, settle, deliver, intent, ledger, contradictionCount } = await setUp(t, 'drop');
    await send();
    await settle({ outcome: 'nothing' });
    const { id } = await intent();
    assert.deepEqual(await deliver({ status, intent: id }), { received: 'changed' });
    const rows = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
    assert.deepEqual(
      rows.map((row) => [row.intentId, row.refundId, row.standing, row.status, row.released]),
      [[id, 'RF1', 'unknown', 'contradiction', false]],
      status,
    );
    assert.equal((await ledger.audit(id)).at(-1)?.to, standing);
    assert.equal(await contradictionCount(), 1);
  }
});

test('a failed refund agrees that nothing was refunded, and a success after that contradicts it', async (t) => {
  const { send, settle, show, read, contradictionCount, intent } = await setUp(t, 'drop');
  await send();
  await settle({ outcome: 'nothing' });
  show({ refund_status: 'FAILED' });
  const failed = await read();
  assert.deepEqual([figuresOf(failed), failed.refunds?.length], [FREE, 1]);
  assert.deepEqual([failed.refunds?.[0]?.refund_id, failed.refunds?.[0]?.status], ['RF1', 'FAILED']);
  assert.deepEqual([(await intent()).state, await contradictionCount()], ['failed', 0]);
  show({ refund_status: 'SUCCEEDED' });
  assert.deepEqual([figuresOf(await read()), await contradictionCount()], [HELD, 1]);
  assert.equal((await send()).problem.code, 'outcome_unknown');
});

test('such a refund with a larger amount holds the larger amount, and a person says which one is real', async (t) => {
  const { send, settle, show, read } = await setUp(t, 'drop');
  await send();
  await settle({ outcome: 'nothing' });
  show({ amount: '95.00' });
  const { refundable, refunds } = await read();
  assert.deepEqual([refundable, refunds?.length], ['5.00', 1]);
  assert.match(refunds?.[0]?.contradiction?.text ?? '', /1000 minor units are known, 9500 are said/);
  // A slip of the decimal point would free the rest for good, or hold more than anybody stated.
  for (const amount of ['0', '950.00']) {
    const slip = await settle({ outcome: 'initiated', amount, confirm: true });
    assert.deepEqual([slip.status, slip.problem.errors?.[0]?.pointer], [400, '/amount'], amount);
  }
  const less = { outcome: 'initiated', amount: '10.00' } as const;
  assert.equal((await settle(less)).problem.code, 'confirmation_required');
  assert.equal((await settle({ ...less, confirm: true })).status, 200);
  assert.deepEqual(figuresOf(await read()), HELD);
});

test('such a refund in another currency holds the payment once, and a person settles it once', async (t) => {
  const { send, settle, show, read, intent } = await setUp(t, 'drop');
  await send();
  await settle({ outcome: 'nothing' });
  show({ amount: '1000', currency: 'JPY' });
  for (let reads = 0; reads < 2; reads += 1) {
    const { refundable, refunds } = await read();
    assert.deepEqual([refundable, refunds?.length, refunds?.[0]?.standing], ['0.00', 2, 'unknown']);
  }
  assert.equal((await settle({ outcome: 'nothing', confirm: true })).status, 200);
  await read();
  assert.equal((await intent()).state, 'failed');
});

test('a refund that was first read without our mark counts once as soon as it has the mark', async (t) => {
  const { send, settle, show, read, deliver, contradictionCount } = await setUp(t, 'drop');
  await send();
  await settle({ outcome: 'nothing' });
  await deliver({ status: 'SUCCEEDED' });
  const before = await read();
  assert.deepEqual([figuresOf(before), before.refunds?.length], [['10.00', '0.00', '90.00'], 2]);
  show({ refund_status: 'SUCCEEDED' });
  const { refunds, ...after } = await read();
  assert.deepEqual([figuresOf(after), refunds?.length], [HELD, 1]);
  assert.deepEqual([refunds?.[0]?.idempotency_key, await contradictionCount()], [uuid(1), 1]);
});

test('a refund that a person has seen and taken for another one does not contradict the decision', async (t) => {
  const { send, settle, show, read, contradictionCount, intent } = await setUp(t, 'drop');
  await send();
  show({ metadata: null, create_time: null });
  assert.equal((await settle({ outcome: 'nothing' })).problem.code, 'confirmation_required');
  assert.equal((await settle({ outcome: 'nothing', confirm: true })).status, 200);
  const { refundable, refunds } = await read();
  assert.deepEqual([refundable, refunds?.map(({ standing }) => standing)], ['90.00', ['failed', 'pending']]);
  assert.deepEqual([(await intent()).state, await contradictionCount()], ['failed', 0]);
});

test('a restored ledger in which the request came to nothing says the same', async (t) => {
  const { send, settle, show, read, ledger, contradictionCount } = await setUp(t, 'drop');
  await send();
  await settle({ outcome: 'nothing' });
  await ledger.setRestored({ generation: 'g1', since: 0 }, { who: 'op-1', reason: 'The disk broke', at: START });
  show();
  for (let reads = 0; reads < 2; reads += 1) {
    const summary = await read();
    assert.deepEqual([figuresOf(summary), summary.refunds?.map(({ standing }) => standing)], [HELD, ['unknown']]);
  }
  assert.equal(await contradictionCount(), 1);
});

test('a number does not make the amount of a listed refund free, whatever the person says of it', async (t) => {
  const { send, settle, show, read, intent, contradictionCount, deliver } = await setUp(t, 'drop');
  await send();
  await deliver({ status: 'PROCESSING', refund: 'RF9', amount: '20.00' });
  const slip = await settle({ outcome: 'nothing', confirm: true, refund_id: 'RF9' });
  assert.match(slip.problem.detail!, /^refund_id: the provider lists the refund RF9, so something was refunded/);
  // Nobody has heard of this one yet.
  assert.equal((await settle({ outcome: 'nothing', confirm: true, refund_id: 'RF1' })).status, 200);
  show();
  const { pending, refunds } = await read();
  assert.deepEqual([pending, refunds?.length, refunds?.[0]?.standing], ['30.00', 2, 'unknown']);
  assert.deepEqual([(await intent()).state, await contradictionCount()], ['unknown', 1]);
});

/** A request that the provider put off, and that waits for an approval since it was sent again. */
async function setUpWaiting(t: TestContext) {
  let needsApproval = false;
  const shop = await setUp(t, PUT_OFF, {
    authorize: async (call, { action }) =>
      action === 'refund' && needsApproval
        ? { refuse: 'approval_required', user: 'asker' }
        : { user: call.headers.get('x-user') ?? 'asker' },
  });
  await shop.send();
  needsApproval = true;
  assert.equal((await shop.send()).problem.code, 'approval_required');
  const path = `/intents/${(await shop.intent()).id}`;
  const decide = (decision: string, body: object) =>
    shop.post(`${path}/${decision}`, { headers: { 'x-user': 'second' }, body });
  return { ...shop, decide };
}

test('a request that was put off and waits for its approval now is not approved once its refund is shown', async (t) => {
  const { show, read, decide, sendCount } = await setUpWaiting(t);
  show();
  const { refunds, pending, awaiting_approval } = await read();
  assert.deepEqual(
    [pending, awaiting_approval, refunds?.map(({ standing }) => standing)],
    ['10.00', '0.00', ['unknown']],
  );
  const sends = sendCount();
  assert.equal((await decide('approve', {})).status, 400);
  assert.equal(sendCount(), sends);
});

test('a request that was put off, and declined later, is held once its refund is shown', async (t) => {
  const { show, read, decide } = await setUpWaiting(t);
  assert.equal((await decide('decline', { reason: 'Too much' })).status, 200);
  show();
  const { refunds, pending } = await read();
  assert.deepEqual([pending, refunds?.map(({ standing }) => standing)], ['10.00', ['unknown']]);
});
