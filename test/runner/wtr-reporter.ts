import type { Reporter, TestSuiteResult } from '@web/test-runner';

import { writeTally, type Tally } from './tally.ts';

function count(suite: TestSuiteResult | undefined, tally: Tally): void {
  for (const test of suite?.tests ?? []) tally[test.passed ? 'passed' : 'failed'] += 1;
  for (const inner of suite?.suites ?? []) count(inner, tally);
}

/** Counts what the browser ran. A file that did not load is one failure, however few tests it lost. */
export function tallyReporter(): Reporter {
  return {
    onTestRunFinished({ sessions }) {
      const tally = { passed: 0, failed: 0 };
      for (const session of sessions) {
        count(session.testResults, tally);
        if (session.errors.length > 0) tally.failed += 1;
      }
      writeTally(tally);
    },
  };
}
