import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import {
  judgeAnswer,
  problemEffect,
  mayRetryUpayments,
  mayRetryUqpay,
  UQPAY_ERROR_STATUS,
} from '../../contract/index.ts';
import { seeded } from '../seeded.ts';
import { ANSWERS, JUDGES, PROBLEM_ROWS } from './judge-table.ts';

const MAY_RETRY = { uqpay: mayRetryUqpay, upayments: mayRetryUpayments };
const PROVIDERS = ['uqpay', 'upayments'] as const;

for (const provider of PROVIDERS) {
  describe(`an answer of ${provider}`, () => {
    for (const { name, source, status, body, first, resent, mayRetry = false } of ANSWERS[provider]) {
      it(`means ${first} for a first send and ${resent} for a repeated one: ${name}`, () => {
        assert.equal(JUDGES[provider]({ status, body, resent: false }), first, source);
        assert.equal(JUDGES[provider]({ status, body, resent: true }), resent, source);
        assert.equal(MAY_RETRY[provider]({ status, body }), mayRetry, source);
        const judge = (again: boolean, replayed: boolean) =>
          judgeAnswer(JUDGES[provider], { status, body, resent: again, replayed });
        assert.deepEqual(judge(false, false), { effect: first, problem: undefined });
        assert.deepEqual(judge(true, false), { effect: resent, problem: undefined });
        assert.deepEqual(
          judge(true, true),
          { effect: first, problem: undefined },
          'a replay is the answer to the first send',
        );
      });
    }
  });
}

describe('a problem of a proxy', () => {
  for (const { name, source, status, body, first, resent, deduplicated = resent } of PROBLEM_ROWS) {
    it(`means ${first} for a first send, ${resent} for a repeated one and ${deduplicated} with a ledger: ${name}`, () => {
      for (const provider of PROVIDERS) {
        for (const [deduplicates, again] of [
          [false, resent],
          [true, deduplicated],
        ] as const) {
          const judge = (isAgain: boolean, replayed = false) =>
            judgeAnswer(JUDGES[provider], { status, body, resent: isAgain, replayed, deduplicates }).effect;
          assert.equal(judge(false), first, source);
          assert.equal(judge(true), again, source);
          assert.equal(judge(true, true), first, 'a replay is the answer to the first send');
        }
      }
    });
  }
});

describe('a problem', () => {
  const problem = { title: 'x', status: 422, code: 'any', effect: 'nothing' };

  it('is ignored in a success, and the judge of the provider decides', () => {
    const answer = { status: 200, body: problem, resent: false, replayed: false };
    assert.deepEqual(judgeAnswer(JUDGES.uqpay, answer), { effect: 'unknown', problem: undefined });
  });

  it('counts as the answer to a first send by default', () => {
    assert.equal(problemEffect(problem), 'nothing');
    assert.equal(problemEffect(problem, { resent: true, deduplicates: true }), 'unknown');
  });
});

describe('a redirect that a browser hides', () => {
  it('leaves the outcome unknown, because its status is 0 and it may also follow a success', () => {
    for (const provider of PROVIDERS) {
      const answer = { status: 0, body: undefined, resent: false, replayed: false };
      assert.equal(judgeAnswer(JUDGES[provider], answer).effect, 'unknown');
    }
  });
});

describe('a repeated request', () => {
  const TYPES = [...Object.keys(UQPAY_ERROR_STATUS), 'of_a_newer_version'];
  const aStatus = fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constantFrom(200, 201, 400, 401, 403, 422, 429, 500));
  const aTyped = fc.record({
    type: fc.constantFrom(...TYPES),
    code: fc.constantFrom('idempotency_key_reused', 'velocity_limit_exceeded', 'any'),
    message: fc.string(),
  });
  const aBody = fc.oneof(
    aTyped,
    fc.record({ code: fc.integer(), message: fc.constantFrom('is processing', 'else') }),
    fc.record({ error: fc.string() }),
    fc.record({ status: fc.boolean(), message: fc.string(), data: fc.constantFrom(null, [], { orderId: 'o' }) }),
    fc.record({
      title: fc.string(),
      status: aStatus,
      code: fc.constantFrom('unauthenticated', 'idempotency_key_reused', 'any'),
      effect: fc.constantFrom('nothing', 'unknown', 'running', 'maybe'),
    }),
    fc.jsonValue(),
    fc.constant(undefined),
  );
  /** Error types that may settle a repeated request. A wrong one here makes a form forget a request that moved money. */
  const SETTLING = {
    uqpay: ['invalid_request_error', 'payment_error', 'refund_error'],
    upayments: [] as string[],
  };

  it('is settled only by the listed answers', () => {
    seeded(
      fc.property(fc.constantFrom(...PROVIDERS), aStatus, aBody, (provider, status, body) => {
        const answer = { status, body, resent: true, replayed: false };
        if (judgeAnswer(JUDGES[provider], answer).effect !== 'nothing') return;
        const { type, code } = body as { type: string; code: string };
        assert.ok(SETTLING[provider].includes(type), `${provider} ${type}`);
        assert.ok(code !== 'velocity_limit_exceeded' && status >= 400 && status < 499, `${status} ${code}`);
      }),
      { runs: 5_000 },
    );
  });

  it('is never settled by an answer that does not settle a first send', () => {
    seeded(
      fc.property(fc.constantFrom(...PROVIDERS), aStatus, aBody, (provider, status, body) => {
        const judge = (resent: boolean) =>
          judgeAnswer(JUDGES[provider], { status, body, resent, replayed: false }).effect;
        if (judge(true) === 'nothing') assert.equal(judge(false), 'nothing');
      }),
      { runs: 5_000 },
    );
  });
});
