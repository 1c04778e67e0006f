import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { ownPort } from './ports.ts';
import type { PostgresServer } from './postgres.ts';

export const HOW_TO_GET_PGBOUNCER =
  'No PgBouncer was found. Install it (on Debian `apt-get install pgbouncer`, on macOS `brew install pgbouncer`), ' +
  'or name the program in the environment variable PGBOUNCER.';

export function findPgBouncer(): string | undefined {
  const folders = ['/usr/sbin', ...(process.env['PATH'] ?? '').split(path.delimiter), '/opt/homebrew/bin'];
  const candidates = folders.map((folder) => path.join(folder, 'pgbouncer'));
  return [process.env['PGBOUNCER'] ?? '', ...candidates].find((file) => file !== '' && existsSync(file));
}

export interface PgBouncer {
  /** The address of the server's database through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface PgBouncerSettings {
  /** Makes the whole configuration from the port and the path of the users file. */
  readonly text: (port: number, users: string) => string;
  readonly users: readonly string[];
}

/** Settings that share `connections` connections to `server`. A client may get another connection after each transaction. */
export function pooling(server: PostgresServer, connections: number): PgBouncerSettings {
  const host = new URL(server.url).searchParams.get('host')!;
  return {
    users: ['proxy'],
    text: (port, users) => `[databases]
postgres = host=${host} dbname=postgres user=proxy
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
`,
  };
}

export async function startPgBouncer(program: string, { text, users }: PgBouncerSettings): Promise<PgBouncer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-bouncer-'));
  // PgBouncer may run as another user, which needs access to this folder.
  chmodSync(folder, 0o777);
  const port = await ownPort();
  const settings = path.join(folder, 'pgbouncer.ini');
  const usersFile = path.join(folder, 'users.txt');
  writeFileSync(usersFile, users.map((user) => `"${user}" ""\n`).join(''));
  writeFileSync(settings, text(port, usersFile));
  const asUser = process.getuid?.() === 0 ? ['-u', unprivilegedUser()] : [];
  const child = spawn(program, [...asUser, settings], { stdio: ['ignore', 'ignore', 'pipe'] });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const lastResort = () => {
    child.kill('SIGKILL');
    remove();
  };
  process.once('exit', lastResort);
  const output: string[] = [];
  let isUp = false;
  for await (const line of createInterface({ input: child.stderr })) {
    output.push(line);
    isUp = line.includes('process up');
    if (isUp) break;
  }
  if (!isUp) throw new Error(`PgBouncer did not start:\n${output.join('\n')}`);
  child.stderr.resume();
  return {
    url: `postgres://proxy@127.0.0.1:${port}/postgres`,
    async stop() {
      process.off('exit', lastResort);
      const exit = once(child, 'exit');
      // SIGTERM ends it at once. SIGINT would wait for its clients.
      child.kill('SIGTERM');
      await exit;
      remove();
    },
  };
}

/** PgBouncer refuses to run as root. */
function unprivilegedUser(): string {
  try {
    execFileSync('id', ['-u', 'postgres'], { stdio: 'ignore' });
    return 'postgres';
  } catch (error) {
    if (!(error instanceof Error) || !('status' in error)) throw error;
    return 'nobody';
  }
}
