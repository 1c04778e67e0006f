import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export const HOW_TO_GET_POSTGRES =
  'No PostgreSQL was found. Install the server (on Debian `apt-get install postgresql`, on macOS `brew install postgresql`), ' +
  'or name the folder of its `initdb` and `postgres` in the environment variable POSTGRES_BIN.';

/** The folder of `initdb` and `postgres`: from POSTGRES_BIN, then Debian's newest version, then the usual folders. */
export function findPostgres(): string | undefined {
  const configured = process.env['POSTGRES_BIN'];
  if (configured) {
    if (isBin(configured)) return configured;
    throw new Error(`POSTGRES_BIN names ${configured}, and initdb and postgres are not both there`);
  }
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  return [
    ...versions.map((version) => path.join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    '/usr/local/bin',
    '/opt/homebrew/bin',
    '/usr/local/pgsql/bin',
  ].find(isBin);
}

function isBin(folder: string): boolean {
  return ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name)));
}

/** Installs PostgreSQL when run as root on Debian. Otherwise throws an error that says how to get it. */
export function ensurePostgres(): string {
  const bin = findPostgres();
  if (bin) return bin;
  const root = process.getuid?.() === 0;
  if (!root || !existsSync('/etc/debian_version')) throw new Error(HOW_TO_GET_POSTGRES);
  console.log('No PostgreSQL found: installing Debian’s postgresql (about half a minute)');
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'postgresql');
  const installed = findPostgres();
  if (!installed) throw new Error(HOW_TO_GET_POSTGRES);
  return installed;
}

export interface PostgresServer {
  /** The address of its database. Every test uses its own schema. */
  readonly url: string;
  readonly pid: number;
  /** Ends the server and all connections at once, like a power cut. */
  kill(): Promise<void>;
  /** Starts the server again on the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Syncs every commit to the disk. Without it tests are faster, and only a crash of the machine can lose a commit. */
  readonly fsync?: boolean;
}

/** Starts a new PostgreSQL server. Its files and its only socket are in a temporary folder. */
export async function startPostgres({ fsync = false }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const bin = ensurePostgres();
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-pg-'));
  const owner = unprivilegedOwner();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = path.join(folder, 'data');
  const asOwner = { ...owner, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
  execFileSync(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', 'proxy', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...asOwner, stdio: ['ignore', 'ignore', 'inherit'] },
  );

  const start = async (): Promise<ChildProcess> => {
    const settings = [
      'listen_addresses=',
      `unix_socket_directories=${folder}`,
      'max_connections=200',
      'shared_buffers=64MB',
    ];
    if (!fsync) settings.push('fsync=off', 'full_page_writes=off');
    const child = spawn(path.join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
      ...asOwner,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const output: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      output.push(line);
      if (line.includes('ready to accept connections')) {
        child.stderr.resume();
        return child;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${output.join('\n')}`);
  };
  let child = await start();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  const lastResort = (): void => {
    child.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', lastResort);
  return {
    url: `postgres://proxy@localhost/postgres?host=${encodeURIComponent(folder)}`,
    get pid() {
      return child.pid!;
    },
    // SIGQUIT ends every process of the server at once, without a checkpoint.
    kill: () => end('SIGQUIT'),
    async restart() {
      child = await start();
    },
    async stop() {
      process.off('exit', lastResort);
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root, so root runs it as the user postgres or nobody. */
function unprivilegedOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string, user: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', user), gid: id('-g', user) };
    } catch (error) {
      if (!(error instanceof Error) || !('status' in error)) throw error;
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither a user postgres nor nobody');
}
