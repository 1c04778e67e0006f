import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

import { ownPort } from '../runner/ports.ts';
import { install, type Folder } from '../project/support/installed.ts';

export const PAYMENTS = { uqpay: 'PI3000000000000000001', upayments: 'shop-order-1001' } as const;
export type ProviderName = keyof typeof PAYMENTS;

/** The folder in which refund-form-server is installed from its tarball, with both tarballs. */
export function packed(): Folder {
  const folder = install('refund-form-server');
  npm(folder.path, 'pack', path.resolve('dist/packages/refund-form'), '--pack-destination', folder.path, '--silent');
  return folder;
}

interface Project {
  readonly page: string;
  readonly sandbox: string;
}

/** Makes a project as its README says, from the packages of `from`, and starts it. Both processes end with the test. */
export async function newProject(
  t: TestContext,
  from: Folder,
  {
    server,
    provider,
    name = `${server}-${provider}`,
  }: { readonly server: string; readonly provider: ProviderName; readonly name?: string },
): Promise<Project> {
  const folder = from.within(name);
  const command = from.within('node_modules/.bin/refund-form');
  execFileSync(command, ['init', name, '--server', server, '--provider', provider], { cwd: from.path });
  const tarballs = readdirSync(from.path).filter((file) => file.endsWith('.tgz'));
  // No registry has this version yet: the tarballs take the place of what package.json asks for.
  npm(folder, 'install', ...tarballs.map((file) => from.within(file)), '--prefer-offline', '--loglevel=error');
  copyFileSync(path.join(folder, '.env.example'), path.join(folder, '.env'));
  const [page, sandbox] = [await ownPort(), await ownPort()];
  for (const file of ['.env', 'package.json']) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    writeFileSync(path.join(folder, file), text.replaceAll('4010', String(sandbox)).replaceAll('3000', String(page)));
  }
  await start(t, folder, 'sandbox', `http://127.0.0.1:${sandbox}`);
  await start(t, folder, 'start', `http://127.0.0.1:${page}`);
  return { page: `http://127.0.0.1:${page}`, sandbox: `http://127.0.0.1:${sandbox}` };
}

const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });

/** Runs a script of the project, and resolves once it prints its address. */
async function start(t: TestContext, cwd: string, script: string, address: string): Promise<void> {
  // npm starts a process of its own: a group of them is stopped at once.
  const child = spawn('npm', ['run', script], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    process.kill(-child.pid!);
    await closed;
  });
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
}
