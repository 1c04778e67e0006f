import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CallTexts } from '../../mock-server/core/engine/journal/texts.ts';
import { redact, redactText } from '../../mock-server/core/engine/redact.ts';
import type { JournalQuery, SandboxClient } from '../../mock-server/index.ts';
import { INTENT, KNET, SHORT_VENDORS, startWorld } from './world.ts';

describe('the journal', () => {
  it('can be filtered by every member of a call', async () => {
    await using world = await startWorld();
    const key = { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000a' };
    const creation = await world.refund({}, key);
    await world.refund({}, key);
    await world.refund({}, { 'x-sandbox-scenario': 'rate_limited' });
    const id = String(creation.json['payment_refund_id']);
    const count = (query: JournalQuery) => world.control.count(query);
    assert.equal(await count({ refund_id: id }), 1);
    assert.equal(await count({ idempotency_key: key['x-idempotency-key'] }), 2);
    assert.equal(await count({ replayed: true }), 1);
    assert.equal(await count({ scenario: 'rate_limited', status: 429 }), 1);
    assert.equal(await count({ method: 'POST', path: '/uqpay/api/v2/payment/refunds' }), 3);
    assert.equal(await count({ after: 4 }), 2);
    assert.equal((await world.control.journal({ limit: 0 })).length, 0);
    await world.control.clearJournal();
    assert.equal(await count({}), 0);
    for (const [query, why] of [
      ['status=ok', /status: expected a whole number, received the string "ok"/],
      ['replayed=1', /replayed: expected true or false/],
      ['status=200&status=400', /status: is there twice/],
      ['__proto__=1', /__proto__: is not a filter of this call/],
    ] as const) {
      const { status, json } = await world.fetch(`/_sandbox/journal/count?${query}`);
      assert.equal(status, 400, query);
      assert.match(String(json['error']), why);
    }
  });

  it('verifies calls with exactly, atLeast and never', async () => {
    await using world = await startWorld();
    await world.refund();
    await world.refund({ amount: '20.00', metadata: { order_id: 'o-1' } });
    const verify: SandboxClient['verify'] = (...args) => world.control.verify(...args);
    const creates = { provider: 'uqpay', route: 'create_refund' } as const;
    assert.deepEqual(await verify(creates, { exactly: 2 }), {
      ok: true,
      count: 2,
      explanation: 'expected exactly 2 calls with provider "uqpay", route "create_refund"; found 2 (#2, #4).',
      matched: [2, 4],
      near_misses: [],
      dropped: 0,
    });
    assert.equal((await verify(creates, { atLeast: 3 })).ok, false);
    assert.equal((await verify({ provider: 'upayments' }, { never: true })).ok, true);
    const never = await verify(creates, { never: true });
    assert.match(never.explanation, /^expected no call with .*; found 2 \(#2, #4\)\.$/);
    assert.deepEqual(never.near_misses, []);
    const body = { ...creates, request: { metadata: { order_id: 'o-1' } }, response: { refund_status: 'INITIATED' } };
    assert.equal((await verify(body, { exactly: 1 })).ok, true);
    assert.equal((await verify({ ...creates, after: 2 }, { exactly: 1 })).ok, true);
  });

  it('finds the elements of an array in any order, each in an element of its own', async () => {
    await using world = await startWorld();
    const row = (amountToRefund: number) => ({
      refundRequestId: 'r1',
      ibanNumber: 'KW1',
      totalPaid: 5,
      amountToRefund,
    });
    const sent = { orderId: SHORT_VENDORS, refundPayload: [row(1.1), row(2), row(2)] };
    await world.upayments('/create-multivendor-refund', sent);
    const verify = (amounts: readonly number[]) => {
      const refundPayload = amounts.map((amountToRefund) => ({ amountToRefund }));
      return world.control.verify({ route: 'create_multivendor_refund', request: { refundPayload } }, { exactly: 1 });
    };
    for (const amounts of [[], [2], [2, 1.1], [2, 2], [2, 1.1, 2]]) {
      assert.equal((await verify(amounts)).ok, true, JSON.stringify(amounts));
    }
    for (const [amounts, differs] of [
      [[1.1, 1.1], [{ field: 'request.refundPayload.1.amountToRefund', expected: 1.1, received: 2 }]],
      [[2, 3], [{ field: 'request.refundPayload.1.amountToRefund', expected: 3, received: 1.1 }]],
      [[2, 2, 1.1, 2], [{ field: 'request.refundPayload.3', expected: { amountToRefund: 2 }, received: null }]],
    ] as const) {
      const missing = await verify(amounts);
      assert.equal(missing.ok, false, JSON.stringify(amounts));
      assert.deepEqual(missing.near_misses[0]?.differs, differs);
    }
    // The first expected element takes the only one that the second could have, unless it gives it back.
    const request = { refundPayload: [{ totalPaid: 5 }, { totalPaid: 5 }, { amountToRefund: 1.1 }] };
    assert.equal((await world.control.verify({ request }, { exactly: 1 })).ok, true);
  });

  it('explains a missing call by the calls that are closest to it', async () => {
    await using world = await startWorld();
    await world.refund({ amount: '10.02', metadata: { order_id: 'o-2' } });
    await world.upayments(`/check-refund/${KNET}`);
    const missing = await world.control.verify(
      { route: 'create_refund', payment_id: INTENT, request: { amount: '10.01', metadata: { order_id: 'o-2' } } },
      { exactly: 1 },
    );
    assert.equal(missing.ok, false);
    assert.deepEqual(missing.near_misses[0], {
      sequence: 2,
      method: 'POST',
      path: '/uqpay/api/v2/payment/refunds',
      status: 200,
      differs: [{ field: 'request.amount', expected: '10.01', received: '10.02' }],
    });
    assert.match(
      missing.explanation,
      /found none\. closest: #2 POST \S+: request\.amount was the string "10\.02", not the string "10\.01"/,
    );
    assert.equal(missing.near_misses.length, 3);
  });

  it('hides personal data in a near miss, as in the journal', async () => {
    await using world = await startWorld();
    await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1, customerFirstName: 'Huda' });
    const result = await world.control.verify({ request: { customerFirstName: 'Nora' } }, { atLeast: 1 });
    assert.equal(result.near_misses[0]?.differs[0]?.received, '[redacted]');
    assert.ok(!JSON.stringify(result).includes('Huda'));
  });

  it('says how many dropped calls it could not check', async () => {
    await using world = await startWorld({ journalCapacity: 2 });
    for (const id of ['a', 'b', 'c']) await world.upayments(`/check-refund/${id}`);
    const result = await world.control.verify({ provider: 'upayments' }, { exactly: 3 });
    assert.deepEqual([result.ok, result.dropped], [false, 1]);
    assert.match(result.explanation, /1 call before these are forgotten/);
  });

  it('stores the texts of a call exactly, whatever was stored in that place before', () => {
    const texts = new CallTexts();
    const all = ['', '{"a":1}', 'x'.repeat(1_024), '\uFEFFgrün', 'مرتجع '.repeat(9_000), '退款💸'.repeat(300), '{', ''];
    for (const first of all) {
      for (const second of all) {
        texts.write([first, second]);
        assert.deepEqual(texts.read(), [first, second]);
        assert.deepEqual(texts.read(1), [first]);
      }
    }
  });

  it('refuses an invalid expectation', async () => {
    await using world = await startWorld();
    for (const [body, why] of [
      [{}, /expected one of exactly, atLeast and never, received none/],
      [{ exactly: 1, never: true }, /received exactly and never/],
      [{ exactly: -1 }, /exactly: must be at least 0/],
      [{ exactly: 1, filter: { colour: 'red' } }, /filter: does not take "colour"/],
      [{ exactly: 1, filter: { status: '200' } }, /filter.status: expected a number, received the string "200"/],
      [
        `{"exactly":1,"filter":{"request":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
        /filter: expected at most 32 levels/,
      ],
    ] as const) {
      const answer = await world.fetch('/_sandbox/journal/verify', {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      assert.equal(answer.status, 400, answer.text);
      assert.match(String(answer.json['error']), why);
    }
  });

  it('names the policies on which an answer depends', async () => {
    await using world = await startWorld();
    await world.refund();
    const policyTexts = new Map((await world.control.policies()).map(({ id, text }) => [id, text]));
    const [, entry] = await world.control.journal();
    assert.ok(entry && entry.policies.length > 0);
    for (const { id, text } of entry.policies) assert.equal(policyTexts.get(id), text);
  });
});

describe('redaction', () => {
  it('hides secrets, cards and names everywhere, and keeps ids', () => {
    assert.deepEqual(
      redact({
        customer: { name: 'Huda', city: 'Kuwait' },
        payment_method: { card: { card_number: '4242424242424242', cvc: '123', card_name: 'H. A.' } },
        ip_address: '10.0.0.1',
        products: [{ name: 'Chair' }],
        note: 'call +96512345678 or pay with 4242424242424242',
        orderId: 'PI1234567890123456789',
        refundArn: '202611011234567890123456789012',
        track_id: '20261101090001',
      }),
      {
        customer: '[redacted]',
        payment_method: { card: { card_number: '[redacted]', cvc: '[redacted]', card_name: '[redacted]' } },
        ip_address: '[redacted]',
        products: [{ name: 'Chair' }],
        note: 'call [redacted] or pay with [redacted]',
        orderId: 'PI1234567890123456789',
        refundArn: '202611011234567890123456789012',
        track_id: '20261101090001',
      },
    );
    assert.equal(redactText('Bearer eyJhbGciOi.eyJzdWIi.c2ln'), 'Bearer [redacted]');
  });

  it('stays fast for a text that is made to slow it down', () => {
    const started = performance.now();
    redactText(`${'a'.repeat(50_000)}@${'b.'.repeat(50_000)}`);
    assert.ok(performance.now() - started < 2_000);
  });
});
