import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { runInit } from '../../bin/init/init.ts';
import { ownPort } from '../runner/ports.ts';

const isHere = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
export const noPython =
  !isHere('python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 10))') && 'no Python 3.10 is here';
export const noFlask = !isHere('python3', '-c', 'import flask') && 'this machine has no Flask';
export const noPhp = !isHere('php', '-r', 'exit(PHP_VERSION_ID >= 80200 ? 0 : 1);') && 'this machine has no PHP 8.2';

const SETTINGS = /^(?:REFUND|UQPAY|UPAYMENTS|ORDERS|DEMO)_|^(?:PORT|LEDGER)$/;
/** The environment of this process without a setting of a proxy. */
export const bare = (more: Readonly<Record<string, string>> = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.test(name))),
  ...more,
});

export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-settings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A project of init without `.env`, which can import what the checkout has. */
export async function newProject(t: TestContext, server: string): Promise<string> {
  const folder = path.join(newFolder(t), 'shop');
  const args = [folder, '--server', server, '--provider', 'uqpay'];
  assert.equal(await runInit({ args, terminal: undefined, print: () => undefined, complain: assert.fail }), 0);
  mkdirSync(path.join(folder, 'node_modules/@hono'), { recursive: true });
  for (const name of ['refund-form', 'refund-form-server', 'express', 'hono', '@hono/node-server']) {
    const from = name.startsWith('refund-form') ? 'dist/packages' : 'node_modules';
    symlinkSync(path.resolve(from, name), path.join(folder, 'node_modules', name), 'junction');
  }
  return folder;
}

export const run = (command: string, args: readonly string[], cwd: string, more?: Readonly<Record<string, string>>) =>
  spawnSync(command, args, { cwd, env: bare(more), encoding: 'utf8', timeout: 20_000 });

/** The first answer of PHP's own server. */
export async function askPhp(
  t: TestContext,
  cwd: string,
  script: string,
  more?: Readonly<Record<string, string>>,
  { method, path: below } = { method: 'GET', path: '/payments/PI1' },
): Promise<Response> {
  const port = await ownPort();
  const child = spawn('php', ['-S', `127.0.0.1:${port}`, script], {
    cwd,
    env: bare(more),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(async () => {
    child.kill();
    await once(child, 'close');
  });
  for await (const chunk of child.stderr) if (String(chunk).includes('started')) break;
  child.stderr.resume();
  return fetch(`http://127.0.0.1:${port}/refunds/${more?.['REFUND_PROVIDER'] ?? 'uqpay'}${below}`, { method });
}

/** A port that is taken until the end of the test. */
export async function takenPort(t: TestContext): Promise<string> {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await once(holder, 'listening');
  const address = holder.address();
  assert.ok(typeof address === 'object' && address !== null);
  return String(address.port);
}
