import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const text = readFileSync('CONTRIBUTING.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const codes = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

const stepsOf = (...words: string[]) =>
  spawnSync(process.execPath, ['test/run.ts', '--list', ...words], { encoding: 'utf8' });

describe('CONTRIBUTING', () => {
  it('has a recipe for each of the six usual changes', () => {
    for (const change of [
      'a language',
      'a refund reason',
      'a currency',
      'a sandbox scenario',
      'a ledger store',
      'a provider',
    ]) {
      assert.ok(text.includes(`\n## Add ${change}\n`), change);
    }
  });

  it('names only files and folders that exist', () => {
    const paths = codes.flatMap((code) => code.split(' ')).filter((word) => word.includes('/') && !word.includes('*'));
    assert.ok(paths.length > 20);
    for (const path of paths) assert.ok(existsSync(path), path);
    for (const [, path = ''] of text.matchAll(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(path), path);
  });

  it('names only existing commands, and only rooms that have their own test step', () => {
    for (const code of codes) {
      const [, script = ''] = /^npm run (\S+)/.exec(code) ?? [];
      if (script !== '') assert.ok(scripts[script], code);
      const [, room = ''] = /^npm test -- (\S+)/.exec(code) ?? [];
      if (room === '') continue;
      const { status, stdout } = stepsOf(room);
      assert.equal(status, 0, code);
      assert.match(stdout, new RegExp(`^${room} in `, 'm'), code);
    }
  });

  it('is right that a mistyped room is refused', () => {
    const { status, stderr } = stepsOf('proxxy');
    assert.notEqual(status, 0);
    assert.match(stderr, /"proxxy" is no room.*contract, widget, proxy, proxies, sandbox, verify, site, init/);
  });

  it('is right that the whole suite runs no room twice', () => {
    const steps = stepsOf().stdout.trim().split('\n');
    assert.ok(steps.includes('unit and contract tests in Node'));
    assert.ok(!steps.includes('proxy in Node'));
  });
});
