/**
 * A mistake in how an answer is judged, as a change of `contract/`. The `from` text must occur exactly once. The
 * table test finds each mistake; `also` names a test elsewhere that does not know the judge.
 */
export interface Mistake {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly also?: { readonly test: string; readonly fails: RegExp };
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'an idempotency error settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '(?:invalid_request|',
    to: '(?:idempotency|invalid_request|',
  },
  {
    name: 'an account error settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '(?:invalid_request|',
    to: '(?:account|invalid_request|',
    also: {
      test: 'test/proxy/unknown.test.ts',
      fails: /✖ a refusal of the second send settles an unknown refund only/,
    },
  },
  {
    name: 'a rate refusal settles an earlier send',
    file: 'uqpay/judge.ts',
    from: '? !resent',
    to: '? true',
  },
  {
    name: 'an api_error is a refusal',
    file: 'uqpay/judge.ts',
    from: "type !== 'api_error')",
    to: "type !== '')",
  },
  {
    name: 'a validation error settles an earlier send where there are no keys',
    file: 'upayments/judge.ts',
    from: "if (resent) return 'unknown';",
    to: "if (resent && status !== 422) return 'unknown';",
  },
  {
    name: 'status false with a 5xx is a refusal',
    file: 'upayments/judge.ts',
    from: 'isRefusal(status) && !hasMade',
    to: 'status >= 400 && !hasMade',
    also: { test: 'test/proxy/upayments.test.ts', fails: /✖ status false with a 500 is unknown/ },
  },
  {
    name: 'any problem of a proxy settles an earlier send',
    file: 'judge.ts',
    from: 'isNothing && isSettled',
    to: 'isNothing',
  },
  {
    name: 'a proxy without a ledger settles an earlier send by the answer to this one',
    file: 'judge.ts',
    from: '(deduplicates && AFTER_THE_KEY.has(code))',
    to: 'AFTER_THE_KEY.has(code)',
  },
  {
    name: 'an unknown effect counts as no effect',
    file: 'judge.ts',
    from: 'effect === undefined ? isRefusal(status)',
    to: "effect !== 'unknown' && effect !== 'nothing' ? isRefusal(status)",
  },
];
