import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

import { writeTally } from './tally.ts';

export default class TallyReporter implements Reporter {
  readonly #tally = { passed: 0, failed: 0, skipped: 0 };

  readonly #reasons = new Set<string>();

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === 'skipped') {
      this.#tally.skipped += 1;
      for (const { type, description } of test.annotations) if (type === 'skip') this.#reasons.add(description ?? '');
    } else this.#tally[result.status === test.expectedStatus ? 'passed' : 'failed'] += 1;
  }

  onEnd(): void {
    for (const reason of this.#reasons) console.log(`skipped: ${reason}`);
    writeTally(this.#tally);
  }
}
