import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

import { emptyTally, writeTally } from './tally.ts';

export default class TallyReporter implements Reporter {
  readonly #tally = emptyTally();

  readonly #reasons = new Set<string>();

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === 'skipped') {
      this.#tally.skipped += 1;
      for (const { type, description } of test.annotations) if (type === 'skip') this.#reasons.add(description ?? '');
    } else if (result.status === test.expectedStatus) this.#tally.passed += 1;
    else {
      this.#tally.failed += 1;
      this.#tally.failures.push(
        `${test.titlePath().filter(Boolean).join(' › ')}: ${result.error?.message ?? result.status}`,
      );
    }
  }

  onEnd(): void {
    for (const reason of this.#reasons) console.log(`skipped: ${reason}`);
    writeTally(this.#tally);
  }
}
