import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';

import { temporaryFolder } from '../../proxy/support/folder.ts';
import type { Environment } from '../../proxy/support/process.ts';
import { block, replacePlaces } from './document.ts';
import { start, until } from './program.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Host {
  readonly folder: string;
  readonly ledger: string;
  readonly environmentFile: string;
  readonly environment: Environment;
  /** Runs commands of the document as a reader would type them. `variables` gives a value to each `$name`. */
  readonly run: (text: string, variables?: Environment, cwd?: string) => Promise<CommandResult>;
}

/** Maps the folders of a machine in the document to folders of the test. */
const placesOf = (folder: string) => ({
  '/opt/refund-form': path.join(folder, 'opt'),
  '/etc/refund-form': path.join(folder, 'etc'),
  '/usr/local/sbin': path.join(folder, 'sbin'),
  '/var/lib/refund-form': path.join(folder, 'lib'),
  // This group does not exist on a test machine.
  'chgrp refund-form ': 'test -f ',
  '/var/backups/refund-form': path.join(folder, 'backups'),
  'runuser -u refund-form -- ': '',
  '-o refund-form -g refund-form ': '',
});

/** Replaces the folders in a text with those of a test. */
export function inFolder(text: string, folder: string): string {
  return Object.entries(placesOf(folder)).reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

/**
 * Sets up a machine in a folder as the document says. The release is this checkout, and `proxy.env` has the providers
 * and the orders of the test. `runuser` is left out because the user refund-form does not exist.
 */
export async function host(t: TestContext, from: Environment): Promise<Host> {
  const folder = await temporaryFolder(t);
  for (const name of ['opt/0.1.0', 'etc', 'sbin', 'lib']) await mkdir(path.join(folder, name), { recursive: true });
  for (const name of ['bin', 'contract', 'proxy', 'package.json'])
    await cp(path.join(ROOT, name), path.join(folder, 'opt/0.1.0', name), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'opt/0.1.0/node_modules'));
  await symlink('0.1.0', path.join(folder, 'opt/current'));
  const environmentFile = path.join(folder, 'etc/proxy.env');
  const variables = replacePlaces(block('/etc/refund-form/proxy.env'), {
    'https://uqpay.example/api': from['UQPAY_BASE_URL']!,
    'https://upayments.example/api/v1': from['UPAYMENTS_BASE_URL']!,
    'https://shop.example/internal/orders/{id}': from['REFUND_ORDERS_URL']!,
    'put-a-random-secret-here': 'a-secret-of-the-front-end',
  });
  await writeFile(environmentFile, inFolder(variables, folder));
  const script = path.join(folder, 'sbin/refund-proxy');
  await writeFile(script, inFolder(block('/usr/local/sbin/refund-proxy'), folder));
  await chmod(script, 0o755);
  const PATH = [path.join(folder, 'sbin'), process.env['PATH']].join(path.delimiter);
  return {
    folder,
    ledger: path.join(folder, 'lib/ledger.sqlite'),
    environmentFile,
    environment: parseEnv(inFolder(variables, folder)) as Environment,
    async run(commands, moreVariables = {}, cwd = folder) {
      // Asynchronous, because the servers of this test must answer meanwhile.
      const shell = spawn('/bin/sh', ['-eu', '-c', inFolder(commands, folder)], {
        cwd,
        env: { PATH, HOME: process.env['HOME'], ...moreVariables },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const all = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'exit')]);
      const [stdout, stderr, [code]] = all as [string, string, [number | null]];
      return { code, stdout, stderr };
    },
  };
}

/** Starts the service of the document: the command and the environment file of its unit, on a free port. */
export async function startService(t: TestContext, { folder, environmentFile }: Host, more: Environment = {}) {
  const unit = inFolder(block('/etc/systemd/system/refund-form.service'), folder);
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
  if (setting('EnvironmentFile') !== environmentFile) throw new Error(`The unit reads ${setting('EnvironmentFile')}`);
  const environment = parseEnv(await readFile(environmentFile, 'utf8'));
  const service = start(
    setting('ExecStart').split(' '),
    { PATH: process.env['PATH'], ...environment, REFUND_PROXY_PORT: '0', ...more },
    setting('WorkingDirectory'),
  );
  t.after(() => service.stop('SIGKILL'));
  const address = () => /^Refund proxy on (\S+):/m.exec(service.output())?.[1];
  const { child } = service;
  await until(service.output, () => {
    if (child.exitCode !== null) throw new Error(service.output());
    return address() !== undefined;
  });
  return { ...service, url: address()! };
}
