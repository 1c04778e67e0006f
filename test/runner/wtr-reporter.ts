import path from 'node:path';

import type { Reporter, TestSuiteResult } from '@web/test-runner';

import { addTo, emptyTally, inWords, writeTally, type Tally } from './tally.ts';

function count(suite: TestSuiteResult | undefined, place: string, tally: Tally): void {
  for (const { name, skipped, passed, error } of suite?.tests ?? []) {
    if (skipped) tally.skipped += 1;
    else tally[passed ? 'passed' : 'failed'] += 1;
    if (!skipped && !passed) tally.failures.push(`${place} › ${name}: ${error?.message ?? 'no reason given'}`);
  }
  for (const inner of suite?.suites ?? []) count(inner, `${place} › ${inner.name}`, tally);
}

/** Counts the tests of each browser. A session with load errors counts as one failure. */
export function tallyReporter(): Reporter {
  return {
    onTestRunFinished({ sessions }) {
      const tallies = new Map<string, Tally>();
      for (const { browser, testFile, testResults, errors } of sessions) {
        const tally = tallies.get(browser.name) ?? emptyTally();
        tallies.set(browser.name, tally);
        const place = `${browser.name}, ${path.relative(process.cwd(), testFile)}`;
        count(testResults, place, tally);
        if (errors.length > 0) tally.failed += 1;
        for (const { message } of errors) tally.failures.push(`${place}: ${message}`);
      }
      const total = emptyTally();
      for (const [name, tally] of tallies) {
        console.log(`${name}: ${inWords(tally)}`);
        addTo(total, tally);
      }
      writeTally(total);
    },
  };
}
