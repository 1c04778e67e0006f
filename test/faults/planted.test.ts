import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { sampled } from '../planted-share.ts';
import { MISTAKES, type Mistake } from './planted.ts';
import { directed } from './support/directed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED_PATHS = [
  'contract',
  'mock-server',
  'proxy',
  'test/faults',
  'test/proxy/support',
  'test/runner',
  'package.json',
];

const folder = await mkdtemp(path.join(tmpdir(), 'refund-planted-'));
after(() => rm(folder, { recursive: true, force: true }));

for (const mistake of sampled(MISTAKES)) {
  test(`the schedules catch this mistake in the proxy: ${mistake.name}`, async () => {
    const copy = path.join(folder, mistake.name.replaceAll(' ', '-'));
    await build(copy, mistake);
    const { code, output } = await runSchedules(copy, mistake);
    assert.equal(code, 1, `the schedules passed despite the mistake:\n${output}`);
    assert.match(/Error: .*/.exec(output)?.[0] ?? output, mistake.caught);
    const index = Number(/TEST_PATH='(\d+)/.exec(output)?.[1]);
    assert.ok(index < directed(mistake.provider).length, `only the random schedule ${index} found it`);
    await rm(copy, { recursive: true });
  });
}

/** Copies the files and plants one mistake. */
async function build(copy: string, { changes }: Mistake): Promise<void> {
  await mkdir(copy);
  for (const name of COPIED_PATHS) await cp(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  for (const { file, from, to } of changes) {
    const target = path.join(copy, 'proxy', file);
    const source = await readFile(target, 'utf8');
    assert.equal(source.split(from).length, 2, `proxy/${file} holds exactly once: ${from}`);
    await writeFile(
      target,
      source.replace(from, () => to),
    );
  }
}

/** Runs the default number of schedules on one ledger, until the first failure. */
async function runSchedules(copy: string, { provider, ledger }: Mistake): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, [`test/faults/schedules-${ledger ?? 'sqlite'}.test.ts`], {
    cwd: copy,
    env: { PATH: process.env['PATH'], FAULTS_SHRINK: '0', FAULTS_PROVIDER: provider },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output: output + errors };
}
