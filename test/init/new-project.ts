import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

import { ownPort } from '../runner/ports.ts';
import { install, type Folder } from '../project/support/installed.ts';

export const PAYMENTS = { uqpay: 'PI5500000000000000001', upayments: 'shop-order-1001' } as const;
export type ProviderName = keyof typeof PAYMENTS;

/** The folder in which refund-form-server is installed from its tarball, with both tarballs. */
export function packed(): Folder {
  const folder = install('refund-form-server');
  npm(folder.path, 'pack', path.resolve('dist/packages/refund-form'), '--pack-destination', folder.path, '--silent');
  return folder;
}

export interface Project {
  readonly folder: string;
  readonly page: string;
  readonly sandbox: string;
  readonly stopSandbox: () => Promise<void>;
}

interface Wanted {
  readonly server: string;
  readonly provider: ProviderName;
  readonly name?: string;
  /** Scripts of the project. The last one starts the server. */
  readonly scripts?: readonly string[];
}

/** A busy machine must not be taken for a slow provider. */
export const TIMEOUT_MS = 1500;

/** Makes a project as its README says, from the packages of `from`, and starts it. Both processes end with the test. */
export async function newProject(
  t: TestContext,
  from: Folder,
  { server, provider, name = `${server} ${provider}`, scripts = ['start'] }: Wanted,
): Promise<Project> {
  const folder = from.within(name);
  const command = from.within('node_modules/.bin/refund-form');
  execFileSync(command, ['init', name, '--server', server, '--provider', provider], { cwd: from.path });
  npm(folder, 'install', '--prefer-offline', '--loglevel=error');
  copyFileSync(path.join(folder, '.env.example'), path.join(folder, '.env'));
  const [page, sandbox] = [await ownPort(), await ownPort()];
  for (const file of ['.env', 'package.json']) {
    const text = readFileSync(path.join(folder, file), 'utf8')
      .replaceAll('4010', String(sandbox))
      .replaceAll('3000', String(page))
      .replace(/_TIMEOUT=\d+/, `_TIMEOUT=${TIMEOUT_MS / 1000}`);
    // Many people write their values in quotes.
    const isSettings = file === '.env';
    writeFileSync(path.join(folder, file), isSettings ? text.replaceAll(/^(\w+)=(.*)$/gm, '$1="$2"') : text);
  }
  const stopSandbox = await start(t, folder, 'sandbox', `http://127.0.0.1:${sandbox}`);
  for (const script of scripts.slice(0, -1)) npm(folder, 'run', script);
  await start(t, folder, scripts.at(-1)!, `http://127.0.0.1:${page}`);
  return { folder, page: `http://127.0.0.1:${page}`, sandbox: `http://127.0.0.1:${sandbox}`, stopSandbox };
}

/** What is the frameworks' own business: no figures of these runs are sent to anybody. */
const ENV = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, env: ENV, stdio: ['ignore', 'ignore', 'inherit'] });

/** Runs a script of the project, and resolves once it prints its address, with a function that stops it. */
async function start(t: TestContext, cwd: string, script: string, address: string): Promise<() => Promise<void>> {
  // npm starts a process of its own: a group of them is stopped at once.
  const child = spawn('npm', ['run', script], {
    cwd,
    env: ENV,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    process.kill(-child.pid!);
    await closed;
  };
  t.after(stop);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said += `${line}\n`;
        if (line.includes(address)) resolve();
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`npm run ${script} ended with ${code}:\n${said}`)));
  });
  return stop;
}
