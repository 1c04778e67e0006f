import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { sampled } from '../planted-share.ts';
import { COMPILED } from '../runner/compiled.ts';
import { MISTAKES, type Mistake } from './planted.ts';
import { directed } from './support/directed.ts';
import { PlantedCopy } from './support/planted-copy.ts';

const copy = await PlantedCopy.make([
  'contract',
  'mock-server',
  'proxy',
  'test/faults',
  'test/proxy/support',
  'test/runner',
  'package.json',
]);
after(() => copy.remove());

for (const mistake of sampled(MISTAKES)) {
  test(`the schedules catch this mistake in the proxy: ${mistake.name}`, async () => {
    await copy.plant(mistake.changes.map((change) => ({ ...change, file: `proxy/${change.file}` })));
    const { code, output } = await runSchedules(mistake);
    assert.equal(code, 1, `the schedules passed despite the mistake:\n${output}`);
    assert.match(/Error: .*/.exec(output)?.[0] ?? output, mistake.caught);
    const index = Number(/TEST_PATH='(\d+)/.exec(output)?.[1]);
    assert.ok(index < directed(mistake.provider).length, `only the random schedule ${index} found it`);
  });
}

/** Runs the default number of schedules on one ledger, until the first failure. */
function runSchedules({ provider, ledger }: Mistake): Promise<{ readonly code: unknown; readonly output: string }> {
  return copy.run([`test/faults/schedules-${ledger ?? 'sqlite'}.test.ts`], {
    PATH: process.env['PATH'],
    ...COMPILED,
    FAULTS_SHRINK: '0',
    FAULTS_PROVIDER: provider,
  });
}
