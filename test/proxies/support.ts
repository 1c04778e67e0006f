import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { ownPort } from '../runner/ports.ts';
import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';

export const FOLDER = path.join(import.meta.dirname, '../../demo/proxies');

/** Long enough that a busy machine is not taken for a slow provider. */
export const TIMEOUT_MS = 1500;

interface Started {
  readonly command: string;
  /** Its arguments, if it is to listen on the port of 127.0.0.1. */
  readonly args: (port: number) => readonly string[];
  readonly provider: ProviderName;
  /** The address of verify, in the provider's place. */
  readonly recorder: string;
  /** The file of its ledger; without it one that no test reads. */
  readonly ledger?: string;
  /** Settings in place of the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what the proxy logs. */
  readonly log?: string[];
  /** Takes its process. */
  readonly started?: (child: ChildProcess) => void;
}

/**
 * Starts a proxy of demo/proxies as its page says, and resolves with its endpoint once it has printed that it listens.
 * It is stopped by its own id.
 */
export async function startProxy(
  t: TestContext,
  { command, args, provider, recorder, ledger, env, log, started }: Started,
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-proxy-'));
  const port = await ownPort();
  const upstream = provider === 'uqpay' ? '/uqpay/api' : '/upayments/api/v1';
  const child = spawn(command, args(port), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // PHP's own server has a process for each request at a time: a group of its own stops them all.
    detached: true,
    env: {
      ...process.env,
      PORT: String(port),
      PHP_CLI_SERVER_WORKERS: '16',
      REFUND_PROVIDER: provider,
      REFUND_UPSTREAM: `${recorder}${upstream}`,
      REFUND_ORDERS: `${recorder}/orders/{id}`,
      REFUND_LEDGER: ledger ?? path.join(folder, 'ledger.db'),
      REFUND_TIMEOUT: String(TIMEOUT_MS / 1000),
      REFUND_CLIENT_ID: 'sandbox-client',
      REFUND_API_KEY: 'sandbox-key',
      REFUND_TOKEN: 'jtest123',
      REFUND_WEBHOOK_SECRET: 'sandbox-webhook-secret',
      REFUND_SESSION: SESSION['X-Session'],
      ...env,
    },
  });
  started?.(child);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid!);
      await once(child, 'close');
    }
    await rm(folder, { recursive: true, force: true });
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      said += chunk.toString();
      log?.push(chunk.toString());
      if (said.includes(`127.0.0.1:${port}`)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${command} ended with ${code} before it listened: ${said}`)));
  });
  return `http://127.0.0.1:${port}/refunds/${provider}`;
}
