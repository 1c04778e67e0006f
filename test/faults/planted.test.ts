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
import { directed } from './support/directed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['contract', 'mock-server', 'proxy', 'test/faults', 'test/proxy/support', 'test/runner', 'package.json'];

const folder = await mkdtemp(path.join(tmpdir(), 'refund-planted-'));
after(() => rm(folder, { recursive: true, force: true }));

for (const mistake of MISTAKES) {
  test(`a proxy with a planted mistake is caught: ${mistake.name}`, async () => {
    const copy = path.join(folder, mistake.name.replaceAll(' ', '-'));
    await build(copy, mistake);
    const { code, said } = await runSchedules(copy, mistake);
    assert.equal(code, 1, `the schedules passed in spite of it:\n${said}`);
    assert.match(/Error: .*/.exec(said)?.[0] ?? said, mistake.caught);
    const index = Number(/TEST_PATH='(\d+)/.exec(said)?.[1]);
    assert.ok(
      index < directed(mistake.provider).length,
      `it was found by chance, by schedule ${index} of those that are drawn`,
    );
    await rm(copy, { recursive: true });
  });
}

/** The same files, one mistake among them. */
async function build(copy: string, { changes }: Mistake): Promise<void> {
  await mkdir(copy);
  for (const name of COPIED) await cp(path.join(ROOT, name), path.join(copy, name), { recursive: true });
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

/** The bounded part on one ledger: it ends at the first schedule that fails. */
async function runSchedules(copy: string, { provider, ledger }: Mistake): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [`test/faults/schedules-${ledger ?? 'sqlite'}.test.ts`], {
    cwd: copy,
    env: { PATH: process.env['PATH'], FAULTS_SHRINK: '0', FAULTS_PROVIDER: provider },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, said: said + errors };
}
