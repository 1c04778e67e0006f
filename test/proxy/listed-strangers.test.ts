import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { ORDER, uuid, type TestProxy } from './support/test-proxy.ts';
import { CREATE, scriptList, upayments } from './support/upayments-list.ts';

const SCOPE = { merchant: 'default', provider: 'upayments' };
const STRANGE = 'The provider lists 1 refund of this payment, and 0 of them count here.';

test('a lost refund that stands in the place of a deleted one is no refund that was not made', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get } = shop;
  await refund('10', { key: uuid(1) });
  scriptList(provider, ['refund-1']);
  provider.on(CREATE, 'drop');
  assert.equal((await refund('7', { key: uuid(2) })).problem.code, 'outcome_unknown');
  // Somebody has deleted the first one in the dashboard: the list is as long as before, and shows another refund.
  scriptList(provider, ['lost']);
  const again = await refund('7', { key: uuid(2) });
  assert.match(
    again.problem.detail!,
    /^The provider lists 1 refund of this payment, and 0 of them count here\. Do not/,
  );
  const lost = (await summary(get)).refunds!.find(({ idempotency_key }) => idempotency_key === uuid(2))!;
  assert.deepEqual([lost.evidence!.code, lost.evidence!.now, lost.evidence!.text], ['listed', 1, STRANGE]);
  const nothing = await say(shop, lost.intent_id, 'nothing');
  assert.deepEqual(
    [nothing.problem.code, nothing.problem.detail!.startsWith(STRANGE)],
    ['confirmation_required', true],
  );
  assert.equal((await summary(get)).refundable, '83.000');
  // What the list bears out needs no confirmation.
  assert.equal((await say(shop, lost.intent_id, 'initiated')).status, 200);
  assert.equal((await summary(get)).unaccounted_refunds, null);
});

test('the same holds for a refund that was cancelled here before the list showed the lost one', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get, post } = shop;
  await refund('10', { key: uuid(1) });
  scriptList(provider, ['refund-1']);
  provider.on(CREATE, 'drop');
  await refund('7', { key: uuid(2) });
  provider.on('POST /delete-refund', { status: 200, json: { status: true, message: 'ok' } });
  const cancel = { orderId: 'refund-1', refundOrderId: 'R1' };
  assert.equal((await post('/delete-refund', { key: uuid(3), body: cancel })).status, 200);
  scriptList(provider, ['lost']);
  const lost = (await summary(get)).refunds!.find(({ idempotency_key }) => idempotency_key === uuid(2))!;
  assert.equal(lost.evidence!.text, STRANGE);
  assert.equal((await say(shop, lost.intent_id, 'refunded')).status, 200);
});

test('once any list has named a refund by an id that is known, a stranger on another payment is told by its id', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get, ledger } = shop;
  await refund('10', { key: uuid(1) });
  assert.equal(await ledger.wasAnyListed(SCOPE), false);
  // No list has named it, and numbers alone tell nothing of a refund that took its place.
  scriptList(provider, ['other']);
  assert.equal((await summary(get)).unaccounted_refunds, null);
  const row = { refundId: 'known', standing: 'pending', status: 'initiated' } as const;
  await ledger.observe(SCOPE, {
    paymentId: 'p2',
    observations: [{ ...row, amount: 5n, currency: 'KWD' }],
    source: 'list',
    at: 1,
  });
  assert.equal(await ledger.wasAnyListed(SCOPE), false);
  scriptList(provider, ['refund-1']);
  await summary(get);
  assert.equal(await ledger.wasAnyListed(SCOPE), true);
  assert.equal(await ledger.wasAnyListed({ ...SCOPE, merchant: 'other' }), false);
});

test('a request that was put off is held when the list shows a refund that nobody knows', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get, ledger } = shop;
  provider.on(CREATE, { status: 429, json: { status: false, message: 'Slow down' } });
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  assert.equal((await refund('6', { key: uuid(2) })).status, 429);
  assert.equal((await summary(get)).refundable, '100.000');
  scriptList(provider, ['late']);
  const { refundable, refunds, unaccounted_refunds, not_refundable } = await summary(get);
  assert.equal(refundable, '84.000');
  assert.deepEqual(new Set(refunds!.map(({ standing }) => standing)), new Set(['unknown']));
  assert.deepEqual(unaccounted_refunds, { listed: 1, known: 0, unknown: 2 });
  assert.match(not_refundable!, /may be requests made here .* Settle those first/);
  const { problem } = await refund('10', { key: uuid(1) });
  assert.deepEqual([problem.code, problem.effect], ['outcome_unknown', 'unknown']);
  assert.equal((await refund('5', { key: uuid(3) })).problem.code, 'payment_busy');
  assert.equal(provider.callsOf(CREATE).length, 2);
  const told = { paymentId: ORDER, currency: 'KWD', amount: 10_000n, reason: 'Seen', who: 'op', at: 1 };
  assert.equal(await ledger.tellElsewhere(SCOPE, told), undefined);
  const of = (key: string) => refunds!.find(({ idempotency_key }) => idempotency_key === key)!.intent_id;
  // Either of the two may be the one in the list.
  assert.equal((await say(shop, of(uuid(1)), 'refunded')).problem.code, 'confirmation_required');
  assert.equal((await say(shop, of(uuid(1)), 'refunded', { confirm: true })).status, 200);
  // The list is longer than before this one, too, so somebody has to be sure.
  assert.equal((await say(shop, of(uuid(2)), 'nothing', { confirm: true })).status, 200);
  const after = await summary(get);
  assert.deepEqual([after.refunded, after.refundable, after.unaccounted_refunds], ['10.000', '90.000', null]);
});

test('a request that was put off is held also where another lost one would explain the list', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get } = shop;
  provider.on(CREATE, { status: 429, json: {} });
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  provider.on(CREATE, 'drop');
  assert.equal((await refund('7', { key: uuid(2) })).problem.code, 'outcome_unknown');
  scriptList(provider, ['late']);
  const { refunds, refundable } = await summary(get);
  assert.deepEqual([refundable, refunds!.map(({ standing }) => standing)], ['83.000', ['unknown', 'unknown']]);
  for (const { intent_id, evidence } of refunds!) {
    assert.equal(evidence!.text, STRANGE);
    for (const outcome of ['refunded', 'nothing'])
      assert.equal((await say(shop, intent_id, outcome)).problem.code, 'confirmation_required');
  }
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(CREATE).length, 2);
});

test('a word on a lost request holds what was put off first, also where nobody has read the payment since', async (t) => {
  for (const outcome of ['refunded', 'initiated']) {
    const shop = await upayments(t);
    const { provider, refund, get, ledger } = shop;
    provider.on(CREATE, { status: 429, json: {} });
    assert.equal((await refund('10', { key: uuid(1) })).status, 429);
    provider.on(CREATE, 'drop');
    assert.equal((await refund('7', { key: uuid(2) })).problem.code, 'outcome_unknown');
    scriptList(provider, ['late']);
    const { id } = (await ledger.intentByKey(SCOPE, uuid(2)))!;
    assert.equal((await say(shop, id, outcome)).problem.code, 'confirmation_required');
    assert.equal((await ledger.intentByKey(SCOPE, uuid(1)))!.state, 'unknown');
    assert.equal((await summary(get)).refundable, '83.000');
    assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(CREATE).length, 2);
  }
});

test('a word that is taken back is confirmed while the list shows the refund, also where nobody counted before the send', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get, ledger } = shop;
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, text: 'oops' });
  provider.on(CREATE, 'drop');
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
  scriptList(provider, ['late']);
  const { id } = (await ledger.intentByKey(SCOPE, uuid(1)))!;
  assert.equal((await say(shop, id, 'refunded')).status, 200);
  const back = await say(shop, id, 'nothing', { take_back: true });
  assert.equal(back.problem.code, 'confirmation_required');
  assert.equal((await summary(get)).refundable, '90.000');
});

test('what is explained by now is no sign that a request was carried out', async (t) => {
  let told = {};
  const orders = async () => ({ payment_id: ORDER, currency: 'KWD', captured: '100.000', ...told });
  const shop = await upayments(t, { orders });
  const { provider, refund, get } = shop;
  provider.on(CREATE, { status: 429, json: {} });
  await refund('10', { key: uuid(1) });
  const data = { orderId: 'own', refundOrderId: 'R9', refundArn: 'arn-9' };
  provider.on(CREATE, { status: 201, json: { status: true, message: 'ok', data } });
  assert.equal((await refund('20', { key: uuid(2) })).status, 201);
  scriptList(provider, ['own', 'dashboard']);
  await summary(get);
  told = { refunded_elsewhere: '10.000', refunded_elsewhere_count: 1 };
  const { refunds, unaccounted_refunds } = await summary(get);
  assert.equal(unaccounted_refunds, null);
  const held = refunds!.find(({ idempotency_key }) => idempotency_key === uuid(1))!;
  assert.deepEqual([held.standing, held.evidence!.code], ['unknown', 'listed']);
  assert.equal(held.evidence!.text, 'The provider lists 2 refunds of this payment.');
  assert.equal((await say(shop, held.intent_id, 'refunded')).problem.code, 'confirmation_required');
});

for (const [what, decide] of [
  ['waits for an approval again', undefined],
  ['was declined when it waited for an approval again', 'decline'],
] as const) {
  test(`a request that was put off is held also if it ${what}`, async (t) => {
    let user = 'asker';
    const authorize = async (_request: Request, { action }: { readonly action: string }) =>
      action === 'refund' ? ({ refuse: 'approval_required', user } as const) : { user };
    const { provider, refund, get, post, ledger } = await upayments(t, { authorize });
    await refund('10', { key: uuid(1) });
    const { id } = (await ledger.intentByKey(SCOPE, uuid(1)))!;
    provider.on(CREATE, { status: 429, json: {} });
    user = 'chief';
    assert.equal((await post(`/intents/${id}/approve`, { body: {} })).status, 429);
    user = 'asker';
    assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'approval_required');
    if (decide) {
      user = 'chief';
      assert.equal((await post(`/intents/${id}/decline`, { body: { reason: 'Not now' } })).status, 200);
      user = 'asker';
      const { problem } = await refund('10', { key: uuid(1) });
      assert.equal(problem.code, 'settled_nothing');
      assert.match(problem.detail!, /It was sent before, and the provider put it off/);
    }
    scriptList(provider, ['late']);
    const { refundable, refunds, awaiting_approval } = await summary(get);
    assert.deepEqual([refundable, refunds![0]!.standing, awaiting_approval], ['90.000', 'unknown', '0.000']);
    user = 'chief';
    const late = await post(`/intents/${id}/approve`, { body: {} });
    assert.notEqual(late.status, 201);
    assert.equal(provider.callsOf(CREATE).length, 1);
  });
}

test('a request with refused credentials was not carried out: only its own key is not sent before the list is read', async (t) => {
  const { provider, refund, get } = await upayments(t);
  provider.on(CREATE, { status: 401, json: { status: false, message: 'Unauthenticated.' } });
  assert.equal((await refund('60', { key: uuid(1) })).problem.code, 'credentials_refused');
  const sent = provider.callsOf(CREATE).length;
  scriptList(provider, ['dashboard']);
  assert.deepEqual([(await summary(get)).refundable, (await summary(get)).pending], ['100.000', '0.000']);
  assert.equal((await refund('60', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(CREATE).length, sent);
});

test('a request that never reached the provider is not held by a refund that was made elsewhere', async (t) => {
  const { provider, refund, get } = await upayments(t, { fetch: refuses });
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'provider_unreachable');
  scriptList(provider, ['other']);
  const { refundable, not_refundable } = await summary(get);
  assert.match(not_refundable!, /the rest were made elsewhere/);
  assert.equal(refundable, '100.000');
});

test('each time that a payment is read, nothing is told twice of what is held', async (t) => {
  const { provider, refund, get, ledger } = await upayments(t);
  provider.on(CREATE, { status: 429, json: {} });
  await refund('10', { key: uuid(1) });
  scriptList(provider, ['late']);
  await summary(get);
  const { id } = (await ledger.intentByKey(SCOPE, uuid(1)))!;
  const lines = (await ledger.audit(id)).length;
  let told = 0;
  const stop = ledger.changes.listen(SCOPE, ORDER, () => (told += 1));
  await summary(get);
  await summary(get);
  stop();
  assert.deepEqual([told, (await ledger.audit(id)).length], [0, lines]);
});

/** A network that reaches the provider to read, and not to write. */
const refuses: typeof fetch = async (input, init) => {
  if (init?.method !== 'POST') return fetch(input, init);
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
  throw new TypeError('fetch failed', { cause });
};

async function summary(get: TestProxy['get']): Promise<PaymentSummary> {
  return (await get(`/payments/${ORDER}`)).json as PaymentSummary;
}

function say({ post }: TestProxy, id: string | null | undefined, outcome: string, more: object = {}) {
  return post(`/intents/${id}/resolve`, { body: { outcome, reason: 'As the dashboard shows it', ...more } });
}
