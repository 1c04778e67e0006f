import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { PlantedCopy } from '../support/planted-copy.ts';
import { MISTAKES, type Mistake } from './planted.ts';

/** Of these schedules, the shops get 63, 49 and 28. Each mistake must show within its shop's share. */
const SCHEDULES = '140';
const words = process.env['EYES_PLANTED'];

const copy = await PlantedCopy.make([
  'contract',
  'mock-server',
  'proxy',
  'widget',
  'test/certificate.ts',
  'test/faults',
  'test/proxy/support',
  'test/runner',
  'vite.config.ts',
  'tsconfig.json',
  'package.json',
]);
after(() => copy.remove());

for (const mistake of MISTAKES.filter(({ name }) => words === undefined || name.includes(words))) {
  test(`the schedules catch this mistake in the form: ${mistake.name}`, async () => {
    await build(mistake);
    const { code, output } = await run([`test/faults/eyes/eyes-${mistake.shop}.test.ts`], {
      FAULTS_EYES: SCHEDULES,
      ...(mistake.seed !== undefined && { TEST_SEED: String(mistake.seed) }),
    });
    assert.equal(code, 1, `the schedules passed despite the mistake:\n${output}`);
    assert.match(output, mistake.caught);
  });
}

/** Plants one mistake, and builds the form. */
async function build({ changes }: Mistake): Promise<void> {
  await copy.plant(changes);
  const { code, output } = await run([
    'node_modules/vite/bin/vite.js',
    'build',
    '--mode',
    'widget',
    '--logLevel',
    'warn',
  ]);
  assert.equal(code, 0, output);
}

function run(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: unknown; readonly output: string }> {
  const { NODE_TEST_CONTEXT: _ours, TALLY_FILE: _tally, EYES_WIDGET: _built, ...env } = process.env;
  return copy.run(args, { ...env, ...more });
}
