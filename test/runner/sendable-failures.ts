// The whole of it looks for `afterEach` as it loads, to remove fixtures, and there is none before the test framework.
import * as testing from '@open-wc/testing/pure';

const { chai } = testing as unknown as typeof import('@open-wc/testing');

const isSendable = (value: unknown) => {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
};

// The test runner sends a failure as a structured clone, which refuses elements and functions: then the file never ends,
// and nobody reads what failed. The error's message has both values in words already.
chai.use(({ Assertion }) => {
  const check = Reflect.get(Assertion.prototype, 'assert') as (this: unknown, ...args: unknown[]) => void;
  Reflect.set(Assertion.prototype, 'assert', function (this: unknown, ...args: unknown[]) {
    try {
      check.apply(this, args);
    } catch (error) {
      const failure = error as Record<string, unknown>;
      for (const name of ['actual', 'expected']) if (!isSendable(failure[name])) delete failure[name];
      throw error;
    }
  });
});
