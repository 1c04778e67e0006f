import type { TestContext } from 'node:test';

type Body = (t: TestContext) => unknown;
type Cleaner = () => unknown;

export interface CollectedTest {
  readonly name: string;
  /** @throws the error of the test. */
  run(): Promise<void>;
}

const suites: string[] = [];
export const collectedTests: CollectedTest[] = [];
export const cleaners: Cleaner[] = [];

/**
 * Replaces `node:test` in mutation runs. It collects the tests instead of running them, so that one process can run
 * the tests of a mutant again and again.
 */
export function test(name: string, body: Body): void {
  collectedTests.push({ name: [...suites, name].join(' > '), run: () => runOne(body) });
}

export const it = test;

export function describe(name: string, body: () => void): void {
  suites.push(name);
  body();
  suites.pop();
}

export function after(clean: Cleaner): void {
  cleaners.push(clean);
}

async function runOne(body: Body): Promise<void> {
  const afters: Cleaner[] = [];
  const context = { after: (clean: Cleaner) => void afters.push(clean) };
  try {
    await body(context as unknown as TestContext);
  } finally {
    for (const clean of afters) await clean();
  }
}
