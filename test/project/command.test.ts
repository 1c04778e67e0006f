import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');
const { bin } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, bin['refund-form'] ?? ''), ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

describe('the command refund-form', () => {
  it('exists and lists its commands', () => {
    assert.ok(existsSync(path.join(root, bin['refund-form'] ?? '')));
    for (const args of [[], ['--help'], ['help']]) {
      const { status, stdout } = run(...args);
      assert.equal(status, 0);
      for (const command of ['init', 'sandbox', 'proxy', 'verify'])
        assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    }
  });

  it('passes its flags to each command', () => {
    const help = run('sandbox', '--help');
    assert.deepEqual([help.status, help.stderr], [0, '']);
    assert.match(help.stdout, /^Usage: refund-form sandbox \[options\]/);
    for (const flag of [
      '--port',
      '--host',
      '--clock',
      '--seed',
      '--db',
      '--latency',
      '--quiet',
      '--dev',
      'Exit codes',
    ]) {
      assert.ok(help.stdout.includes(flag), flag);
    }
    assert.equal(run('proxy', '--help').status, 0);
    assert.equal(run('verify', '--help').status, 0);
    assert.equal(run('init', '--help').status, 0);
  });

  it('prints its version', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    for (const flag of ['--version', '-V'])
      assert.deepEqual(run(flag), { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('refuses an unknown command', () => {
    const { status, stderr } = run('sandbax');
    assert.equal(status, 2);
    assert.match(stderr, /^unknown command "sandbax": expected one of init, sandbox, proxy, verify/);
  });

  it('says what to do when neither the sources nor the built files can run', (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-bin-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const copy = path.join(folder, 'refund-form.mjs');
    writeFileSync(copy, readFileSync(path.join(root, bin['refund-form'] ?? '')));
    const { status, stderr } = spawnSync(process.execPath, [copy], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /Use Node 22\.18 or newer, or run "npm run build:packages" first/);
  });
});
