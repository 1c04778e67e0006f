import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';

const CLI = path.resolve(import.meta.dirname, '../../mock-server/cli.ts');

const run = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

async function ended(child: ChildProcess) {
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { out, err, code: code as number };
}

describe('the command line', () => {
  it('prints addresses and credentials to paste, serves, logs a line a call, and stops on a signal', async () => {
    const child = run('--port', '0', '--clock', 'frozen', '--seed', '7');
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
    const [, url = ''] = /Refund sandbox on (\S+)/.exec(out) ?? [];
    for (const part of [
      `${url}/uqpay/api`,
      `${url}/upayments/api/v1`,
      'sandbox-client',
      'sandbox-key',
      'Bearer jtest123',
    ]) {
      assert.ok(out.includes(part), part);
    }
    const health = await createSandboxClient(url).health();
    assert.deepEqual([health.seed, health.clock.mode], [7, 'frozen']);
    while (!out.includes('GET    /_sandbox/health')) await once(child.stdout!, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  it('ends with 1 and a sentence when the port is taken', async () => {
    await using taken = await createSandbox();
    const { err, code } = await ended(run('--port', String(taken.port)));
    assert.equal(code, 1);
    assert.match(
      err,
      new RegExp(`^Port ${taken.port} on 127.0.0.1 is taken: stop what runs there, or choose another with --port\n$`),
    );
  });

  it('refuses flags that make no sense, and explains itself', async () => {
    for (const args of [['--port', 'high'], ['--port', '65536'], ['--clock', 'broken'], ['--seed', '-1'], ['--wat']]) {
      const { err, code } = await ended(run(...args));
      assert.equal(code, 1, args.join(' '));
      assert.match(err, /^error: /);
    }
    const { out, code } = await ended(run('--help'));
    assert.equal(code, 0);
    assert.match(out, /--clock <mode>/);
  });
});
