import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';

import { cleaners, collectedTests } from './node-test.ts';

/** State shared with the instrumented code: the active mutant, and the counts of code that was reached. */
interface Instrumentation {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: { readonly static: object; readonly perTest: object };
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
}

const { tests: TESTS } = JSON.parse(readFileSync('test/faults/mutation/tests.json', 'utf8')) as { tests: string[] };

/** Runs our tests in the process of Stryker's worker, because one process for each mutant would take an hour. */
class NodeTestRunner implements TestRunner {
  readonly #state: Instrumentation;
  #isLoaded = false;

  constructor() {
    const scope = globalThis as unknown as Record<string, Instrumentation>;
    this.#state = scope[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false };
  }

  async dryRun(): Promise<DryRunResult> {
    await this.#load();
    const tests: TestResult[] = [];
    for (const [index, test] of collectedTests.entries()) {
      const id = String(index);
      const start = performance.now();
      this.#state.currentTestId = id;
      const failure = await test.run().then(() => undefined, messageOf);
      this.#state.currentTestId = undefined;
      const result = { id, name: test.name, timeSpentMs: performance.now() - start };
      tests.push(
        failure === undefined
          ? { ...result, status: TestStatus.Success }
          : { ...result, status: TestStatus.Failed, failureMessage: failure },
      );
    }
    const { mutantCoverage } = this.#state;
    return { status: DryRunStatus.Complete, tests, ...(mutantCoverage && { mutantCoverage: mutantCoverage as never }) };
  }

  async mutantRun({
    activeMutant,
    testFilter,
    hitLimit,
    mutantActivation,
  }: MutantRunOptions): Promise<MutantRunResult> {
    const state = this.#state;
    if (mutantActivation === 'static') state.activeMutant = activeMutant.id;
    try {
      await this.#load();
    } catch (error) {
      return { status: MutantRunStatus.Killed, killedBy: [], failureMessage: messageOf(error), nrOfTests: 0 };
    }
    state.activeMutant = activeMutant.id;
    state.hitCount = hitLimit === undefined ? undefined : 0;
    state.hitLimit = hitLimit;
    const chosenTests = testFilter && new Set(testFilter);
    let nrOfTests = 0;
    for (const [index, test] of collectedTests.entries()) {
      const id = String(index);
      if (chosenTests && !chosenTests.has(id)) continue;
      nrOfTests += 1;
      const failureMessage = await test.run().then(() => undefined, messageOf);
      if (state.hitCount !== undefined && hitLimit !== undefined && state.hitCount > hitLimit) {
        return { status: MutantRunStatus.Timeout, reason: 'it runs on and on' };
      }
      if (failureMessage !== undefined) {
        return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests };
      }
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  async dispose(): Promise<void> {
    for (const clean of cleaners) await clean();
  }

  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    fc.configureGlobal({ endOnFailure: true });
    // A rejection that a mutant leaves behind must not end the worker.
    process.on('unhandledRejection', () => undefined);
    const replacement = new URL('node-test.ts', import.meta.url).href;
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'node:test' ? { url: replacement, shortCircuit: true } : next(specifier, context),
    });
    for (const file of TESTS) await import(pathToFileURL(path.resolve(file)).href);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'node-test', NodeTestRunner)];
