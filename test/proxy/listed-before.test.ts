import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { deferred } from './support/deferred.ts';
import { INTENT, listOf, ORDER, PAYMENT, REFUND, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';
import type { TestProxy } from './support/test-proxy.ts';
import { CREATE, scriptList, upayments } from './support/upayments-list.ts';

const SCOPE = { merchant: 'default', provider: 'upayments' };
const PUT_OFF = { status: 429, json: { status: false, message: 'Slow down' } };
const LIST_FAILS = { status: 500, json: {} };
const created = (id: string) => {
  const data = { orderId: id, refundOrderId: `R${id}`, refundArn: `arn-${id}` };
  return { status: 201, json: { status: true, message: 'ok', data } };
};
const DASHBOARD = { paymentId: ORDER, currency: 'KWD', amount: 5_000n, reason: 'Seen there', who: 'op', at: 1 };

// How a refund that the list showed before counts: it is deleted in the dashboard afterwards.
for (const [how, order, count] of [
  ['the order tells of it', { refunded_elsewhere: '5.000', refunded_elsewhere_count: 1 }, undefined],
  ['a person has recorded it', {}, ({ ledger }: TestProxy) => ledger.tellElsewhere(SCOPE, DASHBOARD)],
] as const) {
  test(`a lost refund is not denied by a list that is as long as before, where ${how}`, async (t) => {
    const orders = async () => ({ payment_id: ORDER, currency: 'KWD', captured: '100.000', ...order });
    const shop = await upayments(t, { orders });
    const { provider, refund, get } = shop;
    await refund('3', { key: uuid(9) });
    scriptList(provider, ['refund-1', 'dashboard']);
    await summary(get);
    await count?.(shop);
    provider.on(CREATE, 'drop');
    assert.equal((await refund('7', { key: uuid(2) })).problem.code, 'outcome_unknown');
    scriptList(provider, ['refund-1', 'lost']);
    const nothing = await say(shop, await idOf(shop, 2), 'nothing');
    assert.equal(nothing.problem.code, 'confirmation_required');
    assert.match(
      nothing.problem.detail!,
      /^The provider lists the refund lost, and did not before this request\. .* refund_id lost$/,
    );
    assert.equal((await say(shop, await idOf(shop, 2), 'initiated', { refund_id: 'lost', confirm: true })).status, 200);
  });
}

test('a refund without a number that was deleted since does not explain the one of a request that was put off', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get } = shop;
  await refund('3', { key: uuid(9) });
  scriptList(provider, ['refund-1']);
  await summary(get);
  provider.on(CREATE, 'drop');
  await refund('7', { key: uuid(2) });
  scriptList(provider, ['refund-1', 'seven']);
  assert.equal((await say(shop, await idOf(shop, 2), 'initiated')).status, 200);
  scriptList(provider, ['refund-1']);
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  scriptList(provider, ['refund-1', 'late']);
  await assertHeld(shop, 1);
});

test('a number that is as before says nothing of a request that was put off, where no id in the list is known', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, clock } = shop;
  await refund('10', { key: uuid(9) });
  clock.now += 1_000;
  // Deleted in the dashboard.
  scriptList(provider, []);
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('7', { key: uuid(1) })).status, 429);
  scriptList(provider, ['late']);
  await assertHeld(shop, 1);
});

test('a refund that was recorded as made elsewhere while the list failed does not explain a request that was put off', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, ledger } = shop;
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  assert.ok(await ledger.tellElsewhere(SCOPE, DASHBOARD));
  scriptList(provider, ['late']);
  await assertHeld(shop, 1);
});

// The second is as where no id in the list is one that the provider has answered with.
for (const id of ['own', 'own-under-another-id']) {
  test(`a refund of ours that was made since, listed as ${id}, does not hold a request that was put off`, async (t) => {
    const { provider, refund, clock } = await upayments(t);
    provider.on(CREATE, PUT_OFF);
    assert.equal((await refund('10', { key: uuid(1) })).status, 429);
    clock.now += 1_000;
    provider.on(CREATE, created('own'));
    assert.equal((await refund('7', { key: uuid(2) })).status, 201);
    scriptList(provider, [id]);
    provider.on(CREATE, created('first'));
    assert.equal((await refund('10', { key: uuid(1) })).status, 201);
  });
}

test('while the list cannot be read, nothing of the payment is sent beside a request that was put off', async (t) => {
  const { provider, refund } = await upayments(t);
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
  provider.on(CREATE, created('two'));
  for (const number of [1, 2]) {
    const { problem } = await refund('10', { key: uuid(number) });
    assert.deepEqual([problem.code, problem.effect], ['provider_unreachable', 'nothing']);
  }
  assert.equal(provider.callsOf(CREATE).length, 1);
});

test('what the list has shown of a stranger holds while it cannot be read', async (t) => {
  const { provider, refund } = await upayments(t);
  scriptList(provider, ['dashboard']);
  assert.equal((await refund('100', { key: uuid(1) })).problem.code, 'refunded_elsewhere');
  provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
  for (const number of [1, 1, 2]) {
    const { problem } = await refund('100', { key: uuid(number) });
    assert.deepEqual([problem.code, problem.effect], ['provider_unreachable', 'nothing']);
    assert.match(problem.detail!, /the provider may have made a refund that nobody knows/);
  }
  assert.equal(provider.callsOf(CREATE).length, 0);
  scriptList(provider, []);
  assert.equal((await refund('100', { key: uuid(1) })).status, 201);
});

test('a list that shows a refund no more is no proof that it was not made', async (t) => {
  for (const answer of [PUT_OFF, 'drop'] as const) {
    const shop = await upayments(t);
    const { provider, refund, get } = shop;
    provider.on(CREATE, answer);
    await refund('10', { key: uuid(1) });
    scriptList(provider, ['late']);
    await summary(get);
    scriptList(provider, []);
    const nothing = await say(shop, await idOf(shop, 1), 'nothing');
    assert.equal(nothing.problem.code, 'confirmation_required');
    assert.match(nothing.problem.detail!, /^The provider has listed 1 refund of this payment since .* lists 0 now\./);
    assert.equal((await refund('10', { key: uuid(2) })).problem.code, 'payment_busy');
  }
});

test('one id that is listed twice bears out no two refunds', async (t) => {
  const shop = await upayments(t);
  await putOffAndLost(shop);
  scriptList(shop.provider, ['late', 'late']);
  for (const number of [2, 1])
    assert.equal((await say(shop, await idOf(shop, number), 'refunded')).problem.code, 'confirmation_required');
});

// What the total had before: nothing, an old refund beyond the list, or one that the list named later.
for (const [had, before, named, after] of [
  ['nothing', '0.00', [], '10.00'],
  ['an old refund', '50.00', [], '60.00'],
  ['a refund that the list came to name', '5.00', [{ payment_refund_id: 'RFD', amount: '5.00' }], '15.00'],
] as const) {
  const grown = async (t: TestContext, answer: Parameters<TestProxy['provider']['on']>[1]) => {
    const shop = await startTestProxy(t);
    const { provider, refund, get, clock } = shop;
    provider.on(INTENT, intentWith(before));
    provider.on(`GET ${REFUND}`, listOf([]));
    await summary(get, PAYMENT);
    provider.on(
      `GET ${REFUND}`,
      listOf(named.map((refunded) => ({ ...refunded, currency: 'USD', refund_status: 'SUCCEEDED' }))),
    );
    clock.now += 1_000;
    await summary(get, PAYMENT);
    clock.now += 1_000;
    provider.on(UQPAY_POST, answer);
    const sent = await refund('10', { key: uuid(1) });
    clock.now += 25 * 3_600_000;
    provider.on(INTENT, intentWith(after));
    return { ...shop, sent };
  };

  test(`UQPAY: a total that had ${had} and has grown is no proof that a lost refund was not made`, async (t) => {
    const shop = await grown(t, 'drop');
    const id = (await shop.ledger.intentByKey({ ...SCOPE, provider: 'uqpay' }, uuid(1)))!.id;
    const nothing = await say(shop, id, 'nothing');
    assert.equal(nothing.problem.code, 'confirmation_required');
    assert.match(
      nothing.problem.detail!,
      /^The provider says that \d0\.00 USD more were refunded than its list shows\./,
    );
  });

  test(`UQPAY: nor, where it had ${had}, that a request was not carried out which was put off a day ago`, async (t) => {
    const slow = { status: 429, json: { type: 'rate_limit_error', code: 'too_many', message: 'slow' } };
    const { provider, refund, sent } = await grown(t, slow);
    assert.equal(sent.status, 429);
    assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  });
}

test('UQPAY: nor is one that is beyond the list by as much as before, where the list has come to name what it was then', async (t) => {
  const shop = await startTestProxy(t);
  const { provider, refund, get, clock } = shop;
  provider.on(INTENT, intentWith('10.00'));
  provider.on(`GET ${REFUND}`, listOf([]));
  await summary(get, PAYMENT);
  clock.now += 1_000;
  provider.on(UQPAY_POST, 'drop');
  await refund('10', { key: uuid(1) });
  clock.now += 1_000;
  provider.on(INTENT, intentWith('20.00'));
  const old = { payment_refund_id: 'RFD', amount: '10.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  provider.on(`GET ${REFUND}`, listOf([old]));
  await summary(get, PAYMENT);
  const id = (await shop.ledger.intentByKey({ ...SCOPE, provider: 'uqpay' }, uuid(1)))!.id;
  assert.equal((await say(shop, id, 'nothing')).problem.code, 'confirmation_required');
});

test('UQPAY: nor where it was a refund of this proxy that the total had before its status told of it', async (t) => {
  const shop = await startTestProxy(t);
  const { provider, refund, get, clock } = shop;
  provider.on(UQPAY_POST, { status: 200, json: own('INITIATED') });
  await refund('10', { key: uuid(9) });
  provider.on(`GET ${REFUND}`, listOf([own('INITIATED')]));
  provider.on(INTENT, intentWith('10.00'));
  await summary(get, PAYMENT);
  clock.now += 1_000;
  provider.on(UQPAY_POST, 'drop');
  await refund('10', { key: uuid(1) });
  clock.now += 1_000;
  provider.on(INTENT, intentWith('20.00'));
  provider.on(`GET ${REFUND}`, listOf([own('SUCCEEDED')]));
  await summary(get, PAYMENT);
  const id = (await shop.ledger.intentByKey({ ...SCOPE, provider: 'uqpay' }, uuid(1)))!.id;
  assert.equal((await say(shop, id, 'nothing')).problem.code, 'confirmation_required');
});

test('UQPAY: nor that a key is new which a restored ledger does not know', async (t) => {
  const { provider, refund, ledger, clock } = await startTestProxy(t);
  provider.on(INTENT, intentWith('10.00'));
  provider.on(`GET ${REFUND}`, listOf([]));
  const said = { who: 'op', reason: 'The disk was lost', at: clock.now };
  await ledger.setRestored({ generation: 'one', since: clock.now - 1_000 }, said);
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('a refund that only a word has made does not explain the one of a request that was put off', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, clock } = shop;
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  clock.now += 1_000;
  provider.on(CREATE, 'drop');
  await refund('7', { key: uuid(2) });
  assert.equal((await say(shop, await idOf(shop, 2), 'refunded', { confirm: true })).status, 200);
  scriptList(provider, ['late']);
  await assertHeld(shop, 1);
});

test('a list that lacks what it named before is no proof, but for what was cancelled', async (t) => {
  for (const isCancelled of [true, false]) {
    const shop = await upayments(t);
    const { provider, refund, get, post } = shop;
    await refund('3', { key: uuid(9) });
    scriptList(provider, ['refund-1']);
    await summary(get);
    provider.on(CREATE, 'drop');
    await refund('7', { key: uuid(1) });
    scriptList(provider, []);
    provider.on('POST /delete-refund', { status: 201, json: { status: true, message: 'ok', data: null } });
    if (isCancelled) await post('/delete-refund', { body: { orderId: 'refund-1', refundOrderId: 'R1' } });
    const nothing = await say(shop, await idOf(shop, 1), 'nothing');
    if (isCancelled) assert.equal(nothing.status, 200);
    else
      assert.match(
        nothing.problem.detail!,
        /^The provider's list lacks 1 refund of this payment that it had before this/,
      );
  }
});

test('a key that was put off is not sent again by a list that lacks what it named before', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, get } = shop;
  await refund('3', { key: uuid(9) });
  scriptList(provider, ['refund-1']);
  await summary(get);
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('7', { key: uuid(1) })).status, 429);
  scriptList(provider, []);
  const { problem } = await refund('7', { key: uuid(1) });
  assert.equal(problem.code, 'outcome_unknown');
  assert.match(problem.detail!, /its list lacks a refund that it had before/);
  assert.equal(provider.callsOf(CREATE).length, 2);
});

test('a stranger that somebody has only read of holds while the list cannot be read, and no longer than nobody knows it', async (t) => {
  const { provider, refund, get, ledger } = await upayments(t);
  scriptList(provider, ['dashboard']);
  await summary(get);
  provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
  assert.equal((await refund('30', { key: uuid(1) })).problem.code, 'provider_unreachable');
  scriptList(provider, ['dashboard']);
  assert.equal((await refund('30', { key: uuid(2) })).problem.code, 'refunded_elsewhere');
  assert.ok(await ledger.tellElsewhere(SCOPE, DASHBOARD));
  await summary(get);
  provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
  // The key that was stopped for it says nothing of the payment any more.
  assert.equal((await refund('30', { key: uuid(3) })).status, 201);
});

test('where the list could never be read, a request that was put off stops no other one', async (t) => {
  const { provider, refund } = await upayments(t);
  provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
  provider.on(CREATE, PUT_OFF);
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'provider_unreachable');
  provider.on(CREATE, created('two'));
  assert.equal((await refund('7', { key: uuid(2) })).status, 201);
});

test('a list that nobody read before the request is no proof while it names what is known of none', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, clock } = shop;
  provider.on(CREATE, 'drop');
  await refund('7', { key: uuid(2) });
  clock.now += 1_000;
  provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
  assert.equal((await say(shop, await idOf(shop, 2), 'refunded')).status, 200);
  await refund('10', { key: uuid(1) });
  scriptList(provider, ['late']);
  const { problem } = await say(shop, await idOf(shop, 1), 'nothing');
  assert.equal(problem.code, 'confirmation_required');
  assert.match(problem.detail!, /^The provider lists 1 refund of this payment\. /);
});

test('a word with a number is recorded although its own comparison has held another request', async (t) => {
  const shop = await upayments(t);
  await putOffAndLost(shop);
  scriptList(shop.provider, ['late']);
  assert.equal((await say(shop, await idOf(shop, 2), 'initiated', { refund_id: 'late' })).status, 200);
});

test('UQPAY: what was in the total before the request, or is less in it since, is nothing new', async (t) => {
  const shop = await startTestProxy(t);
  const { provider, refund, get, clock } = shop;
  provider.on(INTENT, intentWith('55.00'));
  provider.on(`GET ${REFUND}`, listOf([]));
  await summary(get, PAYMENT);
  clock.now += 1_000;
  provider.on(UQPAY_POST, 'drop');
  await refund('10', { key: uuid(1) });
  clock.now += 1_000;
  provider.on(INTENT, intentWith('50.00'));
  await summary(get, PAYMENT);
  const id = (await shop.ledger.intentByKey({ ...SCOPE, provider: 'uqpay' }, uuid(1)))!.id;
  assert.equal((await say(shop, id, 'nothing')).status, 200);
});

test('UQPAY: after a restore only a key of at most what the total has more may be a lost one', async (t) => {
  const { provider, refund, ledger, clock } = await startTestProxy(t);
  provider.on(INTENT, intentWith('3.00'));
  provider.on(`GET ${REFUND}`, listOf([]));
  const said = { who: 'op', reason: 'The disk was lost', at: clock.now };
  await ledger.setRestored({ generation: 'one', since: clock.now - 1_000 }, said);
  assert.equal((await refund('50', { key: uuid(1) })).status, 200);
  const lost = await refund('3', { key: uuid(2) });
  assert.equal(lost.problem.code, 'outcome_unknown');
});

for (const [ends, answer] of [
  ['comes', created('seven')],
  ['is lost', 'drop'],
] as const) {
  test(`a read while a refund is on its way does not hold what was put off before: its answer ${ends}`, async (t) => {
    const shop = await upayments(t);
    const { provider, refund, get } = shop;
    await refund('3', { key: uuid(9) });
    scriptList(provider, ['refund-1']);
    await summary(get);
    provider.on(CREATE, PUT_OFF);
    await refund('10', { key: uuid(1) });
    const [arrived, gate] = [deferred(), deferred()];
    provider.on(CREATE, async () => {
      scriptList(provider, ['refund-1', 'seven']);
      arrived.resolve();
      await gate.promise;
      return answer;
    });
    const second = refund('7', { key: uuid(2) });
    await arrived.promise;
    await summary(get);
    assert.equal((await shop.ledger.intentByKey(SCOPE, uuid(1)))!.state, 'void');
    gate.resolve();
    await second;
    if (ends === 'comes') {
      provider.on(CREATE, created('ten'));
      await summary(get);
      assert.equal((await refund('10', { key: uuid(1) })).status, 201);
    } else {
      await assertHeld(shop, 1);
    }
  });
}

for (const outcome of ['initiated', 'refunded'] as const) {
  test(`the number of a list that a person gives says nothing of how the list names other refunds: ${outcome}`, async (t) => {
    const other = 'order-of-another-payment';
    const orders = async (id: string) => ({ payment_id: id, currency: 'KWD', captured: '100.000' });
    const shop = await upayments(t, { orders });
    const { provider, refund, get, post } = shop;
    const refundOther = (key: string) => post('/create-refund', { key, body: { orderId: other, totalPrice: 4 } });
    scriptList(provider, [], other);
    await refund('3', { key: uuid(1) });
    await refundOther(uuid(21));
    // The list shows other ids than the answers gave.
    scriptList(provider, ['L-1']);
    scriptList(provider, ['L-21'], other);
    provider.on(CREATE, 'drop');
    await refund('7', { key: uuid(2) });
    scriptList(provider, ['L-1', 'L-2']);
    const said = await say(shop, await idOf(shop, 2), outcome, { refund_id: 'L-2', confirm: true });
    assert.equal(said.status, 200);
    for (const id of [ORDER, other]) assert.equal((await summary(get, id)).not_refundable, null);
    provider.on(CREATE, created('refund-9'));
    assert.equal((await refund('5', { key: uuid(3) })).status, 201);
    provider.on(CREATE, created('refund-10'));
    assert.equal((await refundOther(uuid(22))).status, 201);
    // One more than is known here.
    scriptList(provider, ['L-1', 'L-2', 'L-3', 'dashboard']);
    assert.match((await summary(get)).not_refundable!, /more refunds of this payment \(4\) than .* \(3\)/);
  });
}

test('a number that the list showed before the request explains nothing else that is listed', async (t) => {
  const shop = await secondLost(t);
  const { provider, get } = shop;
  assert.equal((await say(shop, await idOf(shop, 2), 'initiated', { refund_id: 'L-1', confirm: true })).status, 200);
  scriptList(provider, ['L-1', 'dashboard']);
  assert.match((await summary(get)).not_refundable!, /more refunds of this payment/);
});

test('a number that a person gave and then called cancelled does not change how the rest of a list is compared', async (t) => {
  const shop = await secondLost(t);
  const { provider, get } = shop;
  scriptList(provider, ['L-1', 'L-2']);
  const id = await idOf(shop, 2);
  assert.equal((await say(shop, id, 'initiated', { refund_id: 'L-2' })).status, 200);
  assert.equal((await say(shop, id, 'cancelled', { refund_id: 'L-2', take_back: true, confirm: true })).status, 200);
  // Of two that are listed, one counts.
  assert.match((await summary(get)).not_refundable!, /more refunds of this payment \(2\) than .* \(1\)/);
});

test('UQPAY: after a restore, a refund without a mark is named to whoever says that nothing was refunded', async (t) => {
  const shop = await startTestProxy(t);
  const { provider, refund, get, ledger, clock } = shop;
  const since = clock.now;
  clock.now += 30 * 3_600_000;
  const unmarked = { ...own('SUCCEEDED'), create_time: new Date(since + 60_000).toISOString() };
  provider.on(INTENT, intentWith('10.00'));
  provider.on(`GET ${REFUND}`, listOf([unmarked]));
  await ledger.setRestored({ generation: 'one', since }, { who: 'op', reason: 'The disk was lost', at: clock.now });
  await summary(get, PAYMENT);
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
  const id = (await ledger.intentByKey({ ...SCOPE, provider: 'uqpay' }, uuid(1)))!.id;
  const nothing = await say(shop, id, 'nothing');
  assert.equal(nothing.problem.code, 'confirmation_required');
  assert.match(
    nothing.problem.detail!,
    /^The provider lists the refund RF-OWN of this amount, and this ledger was restored\./,
  );
});

for (const how of ['the order tells of it', 'it is one of this proxy that was on its way'] as const) {
  test(`what the list showed as a stranger stops nothing once it is known, while the list cannot be read: ${how}`, async (t) => {
    let told = {};
    const orders = async (id: string) => ({ payment_id: id, currency: 'KWD', captured: '100.000', ...told });
    const { provider, refund, get } = await upayments(t, { orders });
    if (how === 'the order tells of it') {
      scriptList(provider, ['dashboard']);
      await summary(get);
      told = { refunded_elsewhere: '5.000', refunded_elsewhere_count: 1 };
    } else {
      const [arrived, gate] = [deferred(), deferred()];
      provider.on(CREATE, async () => {
        scriptList(provider, ['seven']);
        arrived.resolve();
        await gate.promise;
        return created('seven');
      });
      const first = refund('7', { key: uuid(1) });
      await arrived.promise;
      await summary(get);
      gate.resolve();
      await first;
    }
    provider.on(`GET /check-refund/${ORDER}`, LIST_FAILS);
    provider.on(CREATE, created('five'));
    assert.equal((await refund('5', { key: uuid(2) })).status, 201);
  });
}

test('a list that is compared while the order cannot be read holds no request that was put off', async (t) => {
  let isDown = false;
  const orders = async (id: string) => {
    if (isDown) throw new Error('The shop is down');
    const elsewhere = { refunded_elsewhere: '5.000', refunded_elsewhere_count: 1 };
    return { payment_id: id, currency: 'KWD', captured: '100.000', ...elsewhere };
  };
  const shop = await upayments(t, { orders });
  const { provider, refund, proxy, clock } = shop;
  await refund('3', { key: uuid(9) });
  scriptList(provider, ['dashboard', 'refund-1']);
  await putOffAndLost(shop);
  clock.now += 600_000;
  isDown = true;
  await proxy.reconcile();
  isDown = false;
  assert.equal((await shop.ledger.intentByKey(SCOPE, uuid(1)))!.state, 'void');
  assert.equal((await say(shop, await idOf(shop, 2), 'nothing')).status, 200);
  provider.on(CREATE, created('ten'));
  assert.equal((await refund('10', { key: uuid(1) })).status, 201);
});

for (const when of ['the restore was said again', 'the payment was read before the restore was said'] as const) {
  test(`UQPAY: what the total has beyond the list after a restore holds the key that was lost, also where ${when}`, async (t) => {
    const { provider, refund, get, ledger, clock } = await startTestProxy(t);
    const said = { who: 'op', reason: 'The disk was lost' };
    const since = clock.now;
    clock.now += 30 * 3_600_000;
    provider.on(INTENT, intentWith('10.00'));
    provider.on(`GET ${REFUND}`, listOf([]));
    if (when === 'the restore was said again')
      await ledger.setRestored({ generation: 'one', since }, { ...said, at: clock.now });
    await summary(get, PAYMENT);
    clock.now += 1_000;
    await ledger.setRestored({ generation: 'two', since }, { ...said, at: clock.now });
    await summary(get, PAYMENT);
    assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  });
}

/** The key is not sent again, and a person has to settle it. */
async function assertHeld({ provider, refund, get, ledger }: TestProxy, number: number): Promise<void> {
  const sent = provider.callsOf(CREATE).length;
  provider.on(CREATE, created('again'));
  await summary(get);
  const held = (await ledger.intentByKey(SCOPE, uuid(number)))!;
  assert.equal(held.state, 'unknown');
  const [row] = await ledger.reservationsOfIntent(held.id);
  const { problem } = await refund(String(Number(row!.amount) / 1_000), { key: uuid(number) });
  assert.deepEqual([problem.code, problem.effect], ['outcome_unknown', 'unknown']);
  assert.equal(provider.callsOf(CREATE).length, sent);
}

/** A refund that the list shows under an id which the answer did not give, and a second one whose answer is lost. */
async function secondLost(t: TestContext): Promise<TestProxy> {
  const shop = await upayments(t);
  const { provider, refund } = shop;
  await refund('3', { key: uuid(1) });
  scriptList(provider, ['L-1']);
  provider.on(CREATE, 'drop');
  await refund('7', { key: uuid(2) });
  return shop;
}

/** The first request is put off, and the answer to the second is lost. */
async function putOffAndLost({ provider, refund }: TestProxy): Promise<void> {
  provider.on(CREATE, PUT_OFF);
  await refund('10', { key: uuid(1) });
  provider.on(CREATE, 'drop');
  await refund('7', { key: uuid(2) });
}

async function idOf({ ledger }: TestProxy, number: number): Promise<string> {
  return (await ledger.intentByKey(SCOPE, uuid(number)))!.id;
}

async function summary(get: TestProxy['get'], id = ORDER): Promise<PaymentSummary> {
  return (await get(`/payments/${id}`)).json as PaymentSummary;
}

function say({ post }: TestProxy, id: string, outcome: string, more: object = {}) {
  return post(`/intents/${id}/resolve`, { body: { outcome, reason: 'As the dashboard shows it', ...more } });
}

function own(refund_status: string) {
  return { payment_refund_id: 'RF-OWN', amount: '10.00', currency: 'USD', refund_status };
}

function intentWith(refunded_amount: string) {
  const latest_payment_attempt = { attempt_id: 'PA1', captured_amount: '100.00', refunded_amount };
  return { status: 200, json: { currency: 'USD', intent_status: 'SUCCEEDED', latest_payment_attempt } };
}

test('a refund whose list took longer than its lease is not sent: others have settled it meanwhile', async (t) => {
  const shop = await upayments(t);
  const { provider, refund, ledger, clock } = shop;
  const asked = deferred();
  const goOn = deferred();
  provider.on(`GET /check-refund/${ORDER}`, async () => {
    asked.resolve();
    await goOn.promise;
    return { status: 201, json: { status: true, message: 'ok', data: { refund: [] } } };
  });
  const first = refund('5', { key: uuid(1) });
  await asked.promise;
  clock.now += 3_600_000;
  await ledger.loseOverdue(SCOPE, clock.now);
  scriptList(provider, []);
  assert.equal((await say(shop, await idOf(shop, 1), 'nothing')).status, 200);
  goOn.resolve();
  const { problem } = await first;
  assert.deepEqual([problem.code, provider.callsOf(CREATE).length], ['outcome_unknown', 0]);
});
