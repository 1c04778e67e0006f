import { mock, type TestContext } from 'node:test';

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
export function test(name: string, ...rest: readonly [Body] | readonly [options: object, Body]): void {
  collectedTests.push({ name: [...suites, name].join(' > '), run: () => runOne(rest.at(-1) as Body) });
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
  const tracker = new (mock.constructor as new () => typeof mock)();
  const context = { after: (clean: Cleaner) => void afters.push(clean), mock: tracker };
  try {
    await body(context as unknown as TestContext);
  } finally {
    tracker.restoreAll();
    for (const clean of afters) await clean();
  }
}
