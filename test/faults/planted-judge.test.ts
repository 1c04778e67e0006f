import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { MISTAKES } from './planted-judges.ts';
import { PlantedCopy } from './support/planted-copy.ts';

const copy = await PlantedCopy.make([
  'contract',
  'mock-server',
  'proxy',
  'test/contract',
  'test/proxy',
  'test/runner',
  'test/seeded.ts',
  'package.json',
]);
after(() => copy.remove());

for (const { name, file, from, to, also } of MISTAKES) {
  test(`the tests catch this mistake in a judge: ${name}`, async () => {
    await copy.plant([{ file: `contract/${file}`, from, to }]);
    const table = await run('test/contract/judge.test.ts');
    assert.equal(table.code, 1, `the table passed despite the mistake:\n${table.output}`);
    assert.match(table.output, /AssertionError/, 'it failed for another reason');
    if (also) assert.match((await run(also.test)).output, also.fails);
  });
}

function run(file: string): Promise<{ readonly code: unknown; readonly output: string }> {
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  return copy.run(['--test-reporter=spec', file], env);
}
