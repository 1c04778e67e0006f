import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { startReceiver, verify } from './receiver.ts';
import { REFUND } from './world.ts';

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

  it('sends webhooks where it is told, signed as it is told, and refuses to send them elsewhere', async () => {
    await using receiver = await startReceiver();
    const child = run('--port', '0', '--dev', '--webhook-url', receiver.url, '--webhook-secret', 'mine');
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
    const [, url = ''] = /Refund sandbox on (\S+)/.exec(out) ?? [];
    assert.ok(out.includes(`Webhooks    ${receiver.url}`));
    await fetch(`${url}/uqpay/api/v2/payment/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': '00000000-0000-4000-8000-000000000001' },
      body: JSON.stringify(REFUND),
    });
    await receiver.count(1);
    const [arrived] = receiver.arrived;
    assert.ok(arrived);
    const now = (performance.timeOrigin + performance.now()) / 1_000;
    assert.equal(verify(arrived, 'mine', now), 'valid');
    child.kill('SIGTERM');
    assert.equal((await once(child, 'exit'))[0], 0);

    const { err, code } = await ended(run('--port', '0', '--webhook-url', 'https://example.com/hooks'));
    assert.equal(code, 2);
    assert.match(err, /^webhook endpoint https:\/\/example\.com\/hooks: example\.com is not this machine/);
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
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /^error: /);
    }
    const { out, code } = await ended(run('--help'));
    assert.equal(code, 0);
    assert.match(out, /--clock <mode>/);
  });
});
