import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { PlantedCopy } from './support/planted-copy.ts';

/**
 * A mistake in how an answer is judged, as a change of `contract/`. The `from` text must occur exactly once. The
 * table test finds each mistake; `also` names a test elsewhere that does not know the judge.
 */
interface Mistake {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly also?: { readonly test: string; readonly fails: RegExp };
}

const MISTAKES: readonly Mistake[] = [
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
    from: 'return isRefusal(status) ||',
    to: 'return status >= 400 ||',
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

const copy = await PlantedCopy.make([
  'contract',
  'mock-server',
  'proxy',
  'test/contract',
  'test/proxy',
  'test/runner',
  'test/seeded.ts',
  'package.json',
]);
after(() => copy.remove());

for (const { name, file, from, to, also } of MISTAKES) {
  test(`the tests catch this mistake in a judge: ${name}`, async () => {
    await copy.plant([{ file: `contract/${file}`, from, to }]);
    const table = await run('test/contract/judge.test.ts');
    assert.equal(table.code, 1, `the table passed despite the mistake:\n${table.output}`);
    assert.match(table.output, /AssertionError/, 'it failed for another reason');
    if (also) assert.match((await run(also.test)).output, also.fails);
  });
}

function run(file: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  return copy.run(['--test-reporter=spec', file], env);
}
