import type { Reporter, TestSuiteResult } from '@web/test-runner';

import { addTo, inWords, writeTally, type Tally } from './tally.ts';

function count(suite: TestSuiteResult | undefined, tally: Tally): void {
  for (const { skipped, passed } of suite?.tests ?? []) {
    if (skipped) tally.skipped += 1;
    else tally[passed ? 'passed' : 'failed'] += 1;
  }
  for (const inner of suite?.suites ?? []) count(inner, tally);
}

/** Counts the tests of each browser. A session with load errors counts as one failure. */
export function tallyReporter(): Reporter {
  return {
    onTestRunFinished({ sessions }) {
      const tallies = new Map<string, Tally>();
      for (const { browser, testResults, errors } of sessions) {
        const tally = tallies.get(browser.name) ?? { passed: 0, failed: 0, skipped: 0 };
        tallies.set(browser.name, tally);
        count(testResults, tally);
        if (errors.length > 0) tally.failed += 1;
      }
      const total: Tally = { passed: 0, failed: 0, skipped: 0 };
      for (const [name, tally] of tallies) {
        console.log(`${name}: ${inWords(tally)}`);
        addTo(total, tally);
      }
      writeTally(total);
    },
  };
}
