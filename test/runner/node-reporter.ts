import { inspect } from 'node:util';
import type { TestEvent } from 'node:test/reporters';

import { emptyTally, writeTally } from './tally.ts';

/** Prints one dot per test, then the reason of every skipped test, then every failure with all details. */
export default async function* nodeReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tally = emptyTally();
  const failures: string[] = [];
  const skips: string[] = [];
  for await (const event of source) {
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    if (event.data.details.type === 'suite' && event.type === 'test:pass') continue;
    const { skip } = event.data;
    if (skip !== undefined && skip !== false) {
      tally.skipped += 1;
      skips.push(`\n- skipped: ${event.data.name}: ${typeof skip === 'string' ? skip : 'no reason given'}\n`);
      yield '-';
      continue;
    }
    if (event.type === 'test:pass') {
      tally.passed += 1;
      yield tally.passed % 100 === 0 ? '.\n' : '.';
      continue;
    }
    const { error } = event.data.details;
    if ('failureType' in error && error.failureType === 'subtestsFailed') continue;
    tally.failed += 1;
    tally.failures.push(`${event.data.file}:${event.data.line} › ${event.data.name}: ${error.message}`);
    failures.push(`\n✗ ${event.data.name} (${event.data.file}:${event.data.line})\n${inspect(error.cause ?? error)}\n`);
    yield '✗';
  }
  yield `\n${skips.join('')}${failures.join('')}`;
  writeTally(tally);
}
