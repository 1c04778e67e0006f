import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { INTENT, listOf, PAYMENT, REFUND, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';
import type { TestProxy } from './support/test-proxy.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SLOW = { status: 429, json: { type: 'rate_limit_error', code: 'too_many', message: 'slow' } };
const LIST = `GET ${REFUND}`;

/** A payment of UQPAY whose total may have more than its list. `list` and `total` say what is read from now on. */
async function payment(t: TestContext) {
  const shop = await startTestProxy(t);
  const { provider, refund, get, post, ledger, clock } = shop;
  const sides = {
    ...shop,
    total: (refunded_amount: string) =>
      provider.on(INTENT, {
        status: 200,
        json: {
          currency: 'USD',
          intent_status: 'SUCCEEDED',
          latest_payment_attempt: { attempt_id: 'PA1', captured_amount: '100.00', refunded_amount },
        },
      }),
    list: (...refunds: readonly object[]) => provider.on(LIST, listOf(refunds)),
    look: async () => {
      clock.now += 1_000;
      assert.equal((await get(`/payments/${PAYMENT}`)).status, 200);
      clock.now += 1_000;
    },
    send: async (number: number, answer: Parameters<TestProxy['provider']['on']>[1]) => {
      clock.now += 1_000;
      provider.on(UQPAY_POST, answer);
      const sent = await refund('10', { key: uuid(number) });
      clock.now += 1_000;
      return sent;
    },
    /** A refund of 10.00 was made now, and from now on the list shows it like this. */
    becomes: async (status: string) => {
      const made = clock.now;
      assert.equal((await sides.send(9, { status: 200, json: refundOf('RF9', 'SUCCEEDED') })).status, 200);
      sides.list(refundOf('RF9', status, made));
    },
    say: async (number: number, outcome: string, more: object = {}) => {
      const { id } = (await ledger.intentByKey(SCOPE, uuid(number)))!;
      return post(`/intents/${id}/resolve`, { body: { outcome, reason: 'As the dashboard shows it', ...more } });
    },
    /** The ledger is a copy that was made now, and restored an hour later. */
    restore: async () => {
      const said = { who: 'op', reason: 'The disk was lost', at: clock.now + 1 };
      await ledger.setRestored({ generation: `at ${clock.now}`, since: clock.now }, said);
      clock.now += HOUR;
    },
    /** A person records a refund of 10.00. */
    record: async () => {
      const of = { paymentId: PAYMENT, currency: 'USD', amount: 1000n };
      const told = { ...of, reason: 'Paid by transfer', who: 'op', at: clock.now };
      assert.ok(await ledger.tellElsewhere(SCOPE, told));
    },
    nothing: async (number: number) => sides.say(number, 'nothing'),
    refundable: async () => ((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).refundable,
  };
  sides.total('0.00');
  sides.list();
  return sides;
}

function refundOf(payment_refund_id: string, refund_status = 'SUCCEEDED', made?: number) {
  const create_time = made === undefined ? made : new Date(made).toISOString();
  return { create_time, payment_refund_id, payment_attempt_id: 'PA1', amount: '10.00', currency: 'USD', refund_status };
}

async function assertDoubted(denied: ReturnType<TestProxy['post']>): Promise<void> {
  const { problem } = await denied;
  assert.equal(problem.code, 'confirmation_required');
  assert.match(problem.detail!, /^The provider says that 10\.00 USD more were refunded than its list shows\./);
}

test('what the total had before a second send of a key is not what it had before the first', async (t) => {
  const { total, look, send, clock, provider } = await payment(t);
  assert.equal((await send(1, SLOW)).status, 429);
  // It was carried out.
  total('10.00');
  await look();
  assert.equal((await send(1, SLOW)).status, 429);
  clock.now += DAY + HOUR;
  assert.equal((await send(1, { status: 200, json: refundOf('RF2') })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
});

test('nor does the lost answer to the second one deny what the first has made', async (t) => {
  const { total, look, send, nothing } = await payment(t);
  await send(1, SLOW);
  total('10.00');
  await look();
  await send(1, 'drop');
  await assertDoubted(nothing(1));
});

test('what became known between two sends of a key does not explain what its first send has made', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  total('10.00');
  await look();
  assert.equal((await send(1, SLOW)).status, 429);
  total('20.00');
  list(refundOf('DASHBOARD', 'SUCCEEDED', clock.now - DAY));
  await look();
  await send(1, 'drop');
  await assertDoubted(nothing(1));
});

/** The total has a refund of ours that is on its way. Then the reconciler reads that it was made, and reads no total. */
async function learnLate({ total, list, look, send, provider, proxy, clock }: Awaited<ReturnType<typeof payment>>) {
  await send(9, { status: 200, json: refundOf('RF9', 'INITIATED') });
  total('10.00');
  list(refundOf('RF9', 'INITIATED'));
  await look();
  provider.on(`${LIST}/RF9`, { status: 200, json: refundOf('RF9') });
  clock.now += HOUR;
  await proxy.reconcile();
  clock.now += HOUR;
}

for (const isRead of [true, false]) {
  test(`what the total had is what nothing explains when a refund is sent, where the list ${isRead ? 'can' : 'cannot'} be read then`, async (t) => {
    const shop = await payment(t);
    const { total, list, look, send, nothing, provider } = shop;
    await learnLate(shop);
    if (isRead) list(refundOf('RF9'));
    else provider.on(LIST, { status: 502, json: {} });
    await send(1, 'drop');
    total('20.00');
    list(refundOf('RF9'));
    await look();
    await assertDoubted(nothing(1));
  });
}

test('a backup that was made before the total was read again has had no more of it than nothing explains', async (t) => {
  const shop = await payment(t);
  const { total, list, send, provider, restore } = shop;
  await learnLate(shop);
  await restore();
  // A refund that the ledger has forgotten.
  total('20.00');
  list(refundOf('RF9'));
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a refund that was put off, and that a later send of its key has found, explains what another one has kept', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  await send(1, SLOW);
  total('10.00');
  await look();
  clock.now += HOUR;
  await send(2, 'drop');
  clock.now += HOUR;
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).status, 200);
  total('20.00');
  list(refundOf('RF1'));
  await look();
  await assertDoubted(nothing(2));
});

test('nor is a lost refund younger because the clock was set back before the next one', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  const made = clock.now;
  let metadata: object | undefined;
  await send(9, ({ body }) => {
    ({ metadata } = JSON.parse(body) as { metadata: object });
    return 'drop';
  });
  total('10.00');
  await look();
  clock.now -= HOUR;
  assert.equal((await send(1, SLOW)).status, 429);
  await send(2, 'drop');
  // One of the two was carried out, and the list names the older one.
  total('20.00');
  list({ ...refundOf('RF9', 'SUCCEEDED', made), metadata });
  await look();
  await assertDoubted(nothing(2));
});

test('the clock of another instance may be behind', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  total('10.00');
  await look();
  clock.now += HOUR;
  await send(1, 'drop');
  clock.now -= 5_000;
  list(refundOf('DASHBOARD', 'SUCCEEDED', clock.now - DAY));
  await look();
  clock.now += HOUR;
  total('20.00');
  await look();
  await assertDoubted(nothing(1));
});

// A refund of ours that was made since the total was beyond the list first: read with it, or not yet.
for (const [isRead, isReadable] of [
  [true, true],
  [true, false],
  [false, true],
]) {
  test(`what is known by then is ${isReadable ? 'no growth' : 'in doubt'}, ${isRead ? '' : 'not '}read before a request is sent whose list ${isReadable ? 'can' : 'cannot'} be read`, async (t) => {
    const { total, list, look, send, nothing, provider, clock } = await payment(t);
    total('50.00');
    await look();
    await send(9, { status: 200, json: refundOf('RF9') });
    total('60.00');
    list(refundOf('RF9'));
    if (isRead) await look();
    if (!isReadable) provider.on(LIST, { status: 502, json: {} });
    assert.equal((await send(1, SLOW)).status, 429);
    assert.equal((await send(2, 'drop')).problem.code, 'outcome_unknown');
    list(refundOf('RF9'));
    await look();
    clock.now += HOUR;
    // Nothing was compared at the send where the list could not be read.
    if (isReadable) assert.equal((await nothing(2)).status, 200);
    else assert.equal((await nothing(2)).problem.code, 'confirmation_required');
    clock.now += DAY;
    const again = await send(1, { status: 200, json: refundOf('RF1') });
    assert.equal(again.status, isReadable ? 200 : 504);
  });
}

test('nor has a restored ledger forgotten what it has read with the total since', async (t) => {
  const { total, list, look, send, clock, restore } = await payment(t);
  total('50.00');
  await look();
  await send(9, { status: 200, json: refundOf('RF9') });
  total('60.00');
  list(refundOf('RF9'));
  await look();
  clock.now += HOUR;
  await restore();
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).status, 200);
});

test('a request whose answer is lost is denied where the total has no more than it had before', async (t) => {
  const { total, look, send, nothing, clock } = await payment(t);
  total('10.00');
  await look();
  clock.now += HOUR;
  await send(1, 'drop');
  clock.now += HOUR;
  await look();
  assert.equal((await nothing(1)).status, 200);
});

for (const [left, answer, again] of [
  ['0.00', 200, 200],
  // The total may have a lost refund, and not the one that the list says has failed.
  ['10.00', 'confirmation_required', 'outcome_unknown'],
] as const) {
  test(`beside a refund that a person has settled as made, a total of ${left} leaves what it has room for in doubt`, async (t) => {
    const { total, list, look, send, say, nothing, clock, provider } = await payment(t);
    const made = clock.now;
    await send(9, { status: 200, json: refundOf('RF9', 'SUCCEEDED') });
    total('10.00');
    await look();
    clock.now += HOUR;
    list(refundOf('RF9', 'FAILED', made));
    total('0.00');
    await look();
    assert.equal((await say(9, 'refunded', { confirm: true })).status, 200);
    clock.now += HOUR;
    await send(1, SLOW);
    await send(2, 'drop');
    total(left);
    await look();
    const denied = await nothing(2);
    assert.equal(answer === 200 ? denied.status : denied.problem.code, answer);
    clock.now += DAY + HOUR;
    const sent = provider.callsOf(UQPAY_POST).length;
    const next = await send(1, { status: 200, json: refundOf('RF1') });
    assert.equal(again === 200 ? next.status : next.problem.code, again);
    assert.equal(provider.callsOf(UQPAY_POST).length - sent, again === 200 ? 1 : 0);
  });
}

test('a refund that contradicts itself is what the total had before, and hides none that was lost since', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  const made = clock.now;
  await send(9, { status: 200, json: refundOf('RF9', 'INITIATED') });
  list(refundOf('RF9', 'FAILED', made));
  await look();
  // The total counts it all the same.
  total('10.00');
  await look();
  clock.now += HOUR;
  assert.equal((await send(1, SLOW)).status, 429);
  await send(2, 'drop');
  // One of the two was carried out, and the list says of the first that it was, too.
  list(refundOf('RF9', 'SUCCEEDED', made));
  total('20.00');
  await look();
  await assertDoubted(nothing(2));
  clock.now += DAY + HOUR;
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
});

// A refund of ours that the total begins to count after what no list names was in it: at once, or after a restore.
for (const when of ['at once', 'since a backup']) {
  test(`what the total had before a refund was asked for is not that refund, counted ${when}`, async (t) => {
    const { total, list, look, send, nothing, clock, restore } = await payment(t);
    total('50.00');
    await look();
    // The page is read, and the refund is asked for as soon as a person can.
    clock.now += 10_000;
    const made = clock.now;
    await send(9, { status: 200, json: refundOf('RF9', 'INITIATED') });
    list(refundOf('RF9', 'INITIATED', made));
    await look();
    clock.now += HOUR;
    if (when === 'since a backup') {
      await restore();
    }
    if (when !== 'since a backup') await send(1, 'drop');
    list(refundOf('RF9', 'SUCCEEDED', made));
    total('60.00');
    await look();
    if (when === 'at once') {
      // The total may have the lost one, and be behind the list by the other.
      assert.equal((await nothing(1)).problem.code, 'confirmation_required');
      clock.now += HOUR;
      await look();
      assert.equal((await nothing(1)).status, 200);
    }
    assert.equal((await send(2, { status: 200, json: refundOf('RF2') })).status, 200);
  });
}

// No source says whether the total counts such a refund.
for (const status of ['FAILED', 'REVERSAL_SUCCEEDED']) {
  test(`a refund that was SUCCEEDED, then ${status} may not be in the total, and something that was lost in its place`, async (t) => {
    const { total, look, send, nothing, clock, becomes } = await payment(t);
    await becomes(status);
    await look();
    clock.now += HOUR;
    assert.equal((await send(1, SLOW)).status, 429);
    await send(2, 'drop');
    // One of the two was carried out, and the first refund was not.
    total('10.00');
    await look();
    const { problem } = await nothing(2);
    assert.equal(problem.code, 'confirmation_required');
    assert.match(
      problem.detail!,
      /^Other refunds of 10\.00 USD are new, or were contradicted, reversed or recorded by a person/,
    );
    clock.now += DAY + HOUR;
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
  });
}

// A person has paid it by other means, for example.
for (const [name, isRestored] of [
  ['the answer of a refund is lost', false],
  ['a ledger is restored', true],
] as const) {
  test(`nor is a refund that a person has recorded known to be in the total when ${name}`, async (t) => {
    const { total, look, send, nothing, provider, clock, restore, record } = await payment(t);
    await record();
    await look();
    clock.now += HOUR;
    if (isRestored) {
      await restore();
    } else {
      assert.equal((await send(1, SLOW)).status, 429);
      await send(2, 'drop');
    }
    // It was carried out, or the ledger has forgotten it.
    total('10.00');
    await look();
    if (!isRestored) assert.equal((await nothing(2)).problem.code, 'confirmation_required');
    clock.now += DAY + HOUR;
    const sent = provider.callsOf(UQPAY_POST).length;
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(UQPAY_POST).length, sent);
  });
}

for (const when of ['before', 'after']) {
  test(`a restored ledger sends nothing that the total may have in the place of a refund that was reversed ${when} the backup`, async (t) => {
    const { total, list, look, send, provider, clock, restore } = await payment(t);
    const made = clock.now;
    await send(9, { status: 200, json: refundOf('RF9', 'SUCCEEDED') });
    if (when === 'before') list(refundOf('RF9', 'REVERSAL_SUCCEEDED', made));
    await look();
    clock.now += HOUR;
    await restore();
    list(refundOf('RF9', 'REVERSAL_SUCCEEDED', made));
    // A refund that the ledger has forgotten.
    total('10.00');
    const sent = provider.callsOf(UQPAY_POST).length;
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(UQPAY_POST).length, sent);
  });
}

for (const status of ['REVERSAL_SUCCEEDED', 'told']) {
  test(`where the total has nothing beside a refund that is ${status}, nothing stands in its place`, async (t) => {
    const { total, look, send, nothing, clock, restore, record, becomes } = await payment(t);
    if (status === 'told') {
      await record();
    } else {
      await becomes(status);
    }
    total('0.00');
    await look();
    await send(2, 'drop');
    assert.equal((await nothing(2)).status, 200);
    clock.now += HOUR;
    await restore();
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).status, 200);
  });
}

test('what a restored total had in the place of a refund that was reversed is free once that is out of it', async (t) => {
  const { total, look, send, clock, restore, becomes } = await payment(t);
  await becomes('REVERSAL_SUCCEEDED');
  await look();
  clock.now += HOUR;
  await restore();
  total('10.00');
  await look();
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
  total('0.00');
  await look();
  assert.equal((await send(2, { status: 200, json: refundOf('RF2') })).status, 200);
});

for (const headers of [{}, { 'x-expected-refundable': '90.00' }]) {
  test(`nor is it asked about by a request that comes before anybody reads that, with ${JSON.stringify(headers)}`, async (t) => {
    const { total, look, refund, provider, clock, restore, becomes } = await payment(t);
    await becomes('REVERSAL_SUCCEEDED');
    total('10.00');
    await look();
    clock.now += HOUR;
    await restore();
    await look();
    total('0.00');
    clock.now += DAY;
    provider.on(UQPAY_POST, { status: 200, json: { ...refundOf('RF1'), amount: '5.00' } });
    assert.equal((await refund('5.00', { key: uuid(1), headers })).status, 200);
  });
}

for (const [before, now, code] of [
  ['10.00', '0.00', undefined],
  ['0.00', '10.00', 'outcome_unknown'],
] as const) {
  test(`once a person has denied that refund, a restored ledger goes by the total of ${now} and not by the one before`, async (t) => {
    const { total, look, send, say, clock, restore, becomes } = await payment(t);
    await becomes('FAILED');
    total(before);
    await look();
    await restore();
    await look();
    assert.equal((await say(9, 'nothing', { confirm: true })).status, 200);
    clock.now += DAY;
    total(now);
    await look();
    const next = await send(1, { status: 200, json: refundOf('RF1') });
    assert.equal(code === undefined ? next.status : next.problem.code, code ?? 200);
  });
}

test('where a restored ledger may lack a request and the provider cannot be read, nothing is sent and nothing is held', async (t) => {
  const { total, look, send, refundable, provider, clock, restore, record } = await payment(t);
  await record();
  await look();
  await restore();
  total('10.00');
  await look();
  provider.on(LIST, { status: 502, json: {} });
  clock.now += HOUR;
  const sent = provider.callsOf(UQPAY_POST).length;
  const { problem } = await send(1, { status: 200, json: refundOf('RF1') });
  assert.deepEqual([problem.code, problem.effect], ['outcome_unknown', 'unknown'], 'it may have been sent before');
  assert.equal(provider.callsOf(UQPAY_POST).length, sent);
  provider.on(LIST, listOf([]));
  total('0.00');
  assert.equal(await refundable(), '90.00');
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).status, 200);
});

test('what the total shows after the comparison of a restored ledger counts until the restore is over', async (t) => {
  const { total, look, send, clock, restore, ledger } = await payment(t);
  await look();
  await restore();
  await look();
  // The total was behind.
  total('10.00');
  clock.now += HOUR;
  await look();
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
  assert.ok(
    await ledger.endHold(SCOPE, { paymentId: PAYMENT, who: 'op', reason: 'It is in the dashboard', at: clock.now }),
  );
  assert.equal((await send(2, { status: 200, json: refundOf('RF2') })).status, 200);
});

for (const left of ['told', 'unlisted']) {
  test(`what a restored ledger may lack (${left}) holds where the provider tells no total any more`, async (t) => {
    const { total, look, send, provider, clock, restore, record } = await payment(t);
    if (left === 'told') await record();
    await look();
    await restore();
    if (left === 'unlisted') {
      total('10.00');
      await look();
      await restore();
    }
    provider.on(INTENT, { status: 200, json: { currency: 'USD', intent_status: 'SUCCEEDED' } });
    clock.now += HOUR;
    const sent = provider.callsOf(UQPAY_POST).length;
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(UQPAY_POST).length, sent);
  });
}

for (const isSeen of [true, false]) {
  for (const [has, isDoubted] of [
    // It is behind the answer about the third one.
    ['10.00', true],
    ['20.00', true],
    ['0.00', false],
  ] as const) {
    const title = `a total of ${has} beside a younger refund ${isDoubted ? 'may have' : 'has not'} a lost one, ${isSeen ? 'seen' : 'not seen'} before`;
    test(title, async (t) => {
      const { total, list, look, send, nothing, clock, provider, refundable } = await payment(t);
      await send(1, SLOW);
      await send(2, 'drop');
      if (isSeen && isDoubted) {
        total('10.00');
        await look();
      }
      clock.now += DAY + HOUR;
      const made = clock.now;
      assert.equal((await send(3, { status: 200, json: refundOf('RF3') })).status, 200);
      list(refundOf('RF3', 'SUCCEEDED', made));
      total(has);
      await look();
      if (isSeen && isDoubted) assert.equal(await refundable(), '70.00');
      const sent = provider.callsOf(UQPAY_POST).length;
      const again = await send(1, { status: 200, json: refundOf('RF1') });
      assert.equal(again.status, isDoubted ? 504 : 200);
      assert.equal(provider.callsOf(UQPAY_POST).length - sent, isDoubted ? 0 : 1);
      const denied = await nothing(2);
      if (isDoubted) assert.equal(denied.problem.code, 'confirmation_required');
      else assert.equal(denied.status, 200);
    });
  }
}

for (const [first, then] of [
  // It was put off before the lost one was sent.
  [SLOW, 'again'],
  // It is pending, and a person reads that it was made.
  [{ status: 200, json: refundOf('RF3', 'INITIATED') }, 'listed'],
] as const) {
  test(`what is known to be made after a lost refund may stand for it in the total, though it was asked for before (${then})`, async (t) => {
    const { total, list, look, send, nothing, clock, provider } = await payment(t);
    const made = clock.now;
    await send(3, first);
    if (then === 'listed') list(refundOf('RF3', 'INITIATED', made));
    await send(1, SLOW);
    await send(2, 'drop');
    clock.now += DAY + HOUR;
    if (then === 'again') await send(3, { status: 200, json: refundOf('RF3') });
    list(refundOf('RF3', 'SUCCEEDED', made));
    total('10.00');
    await look();
    const sent = provider.callsOf(UQPAY_POST).length;
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).status, 504);
    assert.equal(provider.callsOf(UQPAY_POST).length, sent);
    assert.equal((await nothing(2)).problem.code, 'confirmation_required');
    clock.now += HOUR;
    await look();
    assert.equal((await nothing(2)).status, 200);
  });
}

test('an old refund that no list names hides none that was lost beside one of ours a minute later', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  total('20.00');
  await look();
  clock.now += HOUR;
  await send(2, 'drop');
  clock.now += 60_000;
  const made = clock.now;
  await send(3, { status: 200, json: refundOf('RF3') });
  list(refundOf('RF3', 'SUCCEEDED', made));
  total('30.00');
  clock.now += 2 * HOUR;
  await look();
  assert.equal((await nothing(2)).status, 200);
});

test('a refund that a person has settled as made, as the total has it, hides nothing later', async (t) => {
  const { total, list, look, send, say, nothing, clock, restore } = await payment(t);
  const made = clock.now;
  await send(9, { status: 200, json: refundOf('RF9', 'SUCCEEDED') });
  total('10.00');
  await look();
  list(refundOf('RF9', 'FAILED', made));
  await look();
  assert.equal((await say(9, 'refunded', { confirm: true })).status, 200);
  list(refundOf('RF9', 'SUCCEEDED', made));
  clock.now += DAY;
  await look();
  await send(2, 'drop');
  await look();
  assert.equal((await nothing(2)).status, 200);
  await restore();
  assert.equal((await send(3, { status: 200, json: refundOf('RF3') })).status, 200);
});

test('what a younger refund has left of the total once that is sure to have it is what no list names', async (t) => {
  const { total, list, look, send, clock, refundable } = await payment(t);
  total('10.00');
  await look();
  clock.now += HOUR;
  const made = clock.now;
  await send(3, { status: 200, json: refundOf('RF3') });
  list(refundOf('RF3', 'SUCCEEDED', made));
  for (const [has, left] of [
    ['10.00', '80.00'],
    ['5.00', '85.00'],
    ['15.00', '85.00'],
    // Some of what it had is out of it.
    ['10.00', '90.00'],
    ['20.00', '80.00'],
  ] as const) {
    total(has);
    await look();
    assert.equal(await refundable(), left, has);
  }
  clock.now += HOUR;
  total('10.00');
  assert.equal(await refundable(), '90.00');
});

test('nothing is said to stand in no place by a total that the provider tells no more', async (t) => {
  const { total, look, send, nothing, provider, record } = await payment(t);
  await record();
  total('0.00');
  await look();
  await send(2, 'drop');
  provider.on(INTENT, { status: 200, json: { currency: 'USD', intent_status: 'SUCCEEDED' } });
  await look();
  assert.equal((await nothing(2)).problem.code, 'confirmation_required');
});

for (const word of ['refunded', 'nothing']) {
  test(`nor has a restored ledger sent what the total may have in the place of such a refund, which counts as ${word} then`, async (t) => {
    const { total, look, send, say, provider, clock, restore, ledger, becomes } = await payment(t);
    await becomes('FAILED');
    await look();
    clock.now += HOUR;
    await restore();
    // A refund that the ledger has forgotten.
    total('10.00');
    const sent = provider.callsOf(UQPAY_POST).length;
    assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
    assert.equal(provider.callsOf(UQPAY_POST).length, sent);
    assert.equal((await say(9, word, { confirm: true })).status, 200);
    await look();
    // If the total counts that refund, as a person says, there is no room in it for another one.
    const next = await send(3, { status: 200, json: refundOf('RF3') });
    assert.equal(next.status, word === 'refunded' ? 200 : 504);
    await ledger.endHold(SCOPE, { paymentId: PAYMENT, who: 'op', reason: 'asked', at: clock.now });
    assert.equal((await send(4, { status: 200, json: refundOf('RF4') })).status, 200);
  });
}

test('what goes out of the total as a refund of ours comes into it hides nothing that is lost since', async (t) => {
  const { total, list, look, send, nothing, clock } = await payment(t);
  total('10.00');
  await look();
  clock.now += HOUR;
  // What is in the total goes out of it as this refund comes into it.
  const made = clock.now;
  await send(9, { status: 200, json: refundOf('RF9', 'INITIATED') });
  list(refundOf('RF9', 'SUCCEEDED', made));
  await look();
  await send(1, SLOW);
  await send(2, 'drop');
  clock.now += HOUR;
  // One of the two was carried out.
  total('20.00');
  await look();
  await assertDoubted(nothing(2));
  clock.now += DAY + HOUR;
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
});

test('what was taken back of the total is not what was lost since', async (t) => {
  const { total, look, send, nothing, refundable, clock } = await payment(t);
  total('10.00');
  await look();
  clock.now += HOUR;
  total('0.00');
  assert.equal(await refundable(), '100.00');
  await send(1, SLOW);
  await send(2, 'drop');
  total('10.00');
  await look();
  await assertDoubted(nothing(2));
  clock.now += DAY + HOUR;
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
});

test('nor where nothing has read it in between', async (t) => {
  const { total, look, send, nothing, clock } = await payment(t);
  total('20.00');
  await look();
  clock.now += HOUR;
  total('10.00');
  await send(2, 'drop');
  total('20.00');
  await look();
  await assertDoubted(nothing(2));
});

test('nor where the total could not be read before the send', async (t) => {
  const { total, look, send, nothing, provider, clock } = await payment(t);
  total('10.00');
  await look();
  clock.now += HOUR;
  // What is in the total goes out of it meanwhile.
  provider.on(INTENT, { status: 502, json: {} });
  await send(1, SLOW);
  await send(2, 'drop');
  // One of the two was carried out.
  total('10.00');
  await look();
  await assertDoubted(nothing(2));
  clock.now += DAY + HOUR;
  assert.equal((await send(1, { status: 200, json: refundOf('RF1') })).problem.code, 'outcome_unknown');
});

for (const place of ['list', 'total alone']) {
  test(`what came into the ${place} since leaves no room for a refund that says nothing of what was seen`, async (t) => {
    const { total, list, look, send, refundable, provider, clock } = await payment(t);
    total('10.00');
    await look();
    clock.now += HOUR;
    if (place === 'list') list({ ...refundOf('DASHBOARD', 'SUCCEEDED', clock.now), amount: '85.00' });
    total('95.00');
    const { problem } = await send(1, { status: 200, json: refundOf('RF1') });
    assert.deepEqual([problem.code, problem.effect], ['amount_above_refundable', 'nothing']);
    assert.deepEqual([provider.callsOf(UQPAY_POST).length, await refundable()], [0, '5.00']);
  });
}

test('a refund that the list has named since takes no room twice', async (t) => {
  const { total, list, look, send, refund, say, provider, clock } = await payment(t);
  provider.on(UQPAY_POST, 'drop');
  await refund('95', { key: uuid(9) });
  total('95.00');
  await look();
  clock.now += HOUR;
  const made = { ...refundOf('RF9', 'SUCCEEDED', clock.now - HOUR), amount: '95.00' };
  list(made);
  provider.on(`${LIST}/RF9`, { status: 200, json: made });
  assert.equal((await say(9, 'refunded', { refund_id: 'RF9' })).status, 200);
  const { problem } = await send(1, { status: 200, json: refundOf('RF1') });
  assert.equal(problem.code, 'amount_above_refundable');
  assert.match(problem.detail!, /5\.00 USD can be refunded/);
});
