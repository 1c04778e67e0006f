import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { MISTAKES, type Mistake } from './planted.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COPIED_PATHS = [
  'contract',
  'mock-server',
  'proxy',
  'widget',
  'test/faults',
  'test/proxy/support',
  'test/runner',
  'vite.config.ts',
  'tsconfig.json',
  'package.json',
];
/** Of these schedules, the shops get 63, 49 and 28. Each mistake must show within its shop's share. */
const SCHEDULES = '140';
const words = process.env['EYES_PLANTED'];

const folder = await mkdtemp(path.join(tmpdir(), 'refund-planted-widget-'));
after(() => rm(folder, { recursive: true, force: true }));

for (const mistake of MISTAKES.filter(({ name }) => words === undefined || name.includes(words))) {
  test(`the schedules catch this mistake in the form: ${mistake.name}`, async () => {
    const copy = path.join(folder, mistake.name.replaceAll(' ', '-'));
    await build(copy, mistake);
    const { code, output } = await run([`test/faults/eyes/eyes-${mistake.shop}.test.ts`], copy, {
      FAULTS_EYES: SCHEDULES,
      ...(mistake.seed !== undefined && { TEST_SEED: String(mistake.seed) }),
    });
    assert.equal(code, 1, `the schedules passed despite the mistake:\n${output}`);
    assert.match(output, mistake.caught);
    await rm(copy, { recursive: true });
  });
}

/** Copies the files, plants one mistake, and builds the form. */
async function build(copy: string, { changes }: Mistake): Promise<void> {
  await mkdir(copy);
  for (const name of COPIED_PATHS) await cp(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  for (const { file, from, to } of changes) {
    const target = path.join(copy, file);
    const source = await readFile(target, 'utf8');
    assert.equal(source.split(from).length, 2, `${file} holds exactly once: ${from}`);
    await writeFile(
      target,
      source.replace(from, () => to),
    );
  }
  const vite = path.join(ROOT, 'node_modules/vite/bin/vite.js');
  const { code, output } = await run([vite, 'build', '--mode', 'widget', '--logLevel', 'warn'], copy, {});
  assert.equal(code, 0, output);
}

async function run(
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>>,
): Promise<{ code: unknown; output: string }> {
  const { NODE_TEST_CONTEXT: _ours, TALLY_FILE: _tally, EYES_WIDGET: _built, ...env } = process.env;
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output: output + errors };
}
