import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';

export const FOLDER = path.join(import.meta.dirname, '../../demo/proxies');

/** Long enough that a busy machine is not taken for a slow provider. */
export const TIMEOUT_MS = 1500;

/**
 * Starts a proxy of demo/proxies as its page says, against verify in the provider's place. It prints its endpoint when
 * it listens, and is stopped by its own id.
 */
export async function startProxy(
  t: TestContext,
  {
    command,
    args,
    provider,
    recorder,
  }: { command: string; args: readonly string[]; provider: ProviderName; recorder: string },
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-proxy-'));
  const upstream = provider === 'uqpay' ? '/uqpay/api' : '/upayments/api/v1';
  const child = spawn(command, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      REFUND_PROVIDER: provider,
      REFUND_UPSTREAM: `${recorder}${upstream}`,
      REFUND_ORDERS: `${recorder}/orders/{id}`,
      REFUND_LEDGER: path.join(folder, 'ledger.db'),
      REFUND_TIMEOUT: String(TIMEOUT_MS / 1000),
      REFUND_CLIENT_ID: 'sandbox-client',
      REFUND_API_KEY: 'sandbox-key',
      REFUND_TOKEN: 'jtest123',
      REFUND_WEBHOOK_SECRET: 'sandbox-webhook-secret',
      REFUND_SESSION: SESSION['X-Session'],
    },
  });
  t.after(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  });
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${command} ${args.join(' ')} ended with ${String(code)} before it listened`);
    }),
  ])) as [string];
  return line;
}
