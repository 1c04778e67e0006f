import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { FOLDER } from './support.ts';

const SOURCE = path.join(FOLDER, 'go');
const DRIVER = 'github.com/mattn/go-sqlite3';

/** Where Debian's golang-github-mattn-go-sqlite3-dev puts the driver. */
const DEBIAN = `/usr/share/gocode/src/${DRIVER}`;

/** Says why this machine cannot build the proxy in Go without the network, or returns nothing. */
export function whyNoGo(): string | undefined {
  for (const command of [
    ['go', 'version'],
    ['gcc', '--version'],
  ] as const) {
    if (spawnSync(command[0], command.slice(1)).status !== 0) return `this machine has no ${command[0]}`;
  }
  if (existsSync(DEBIAN)) return undefined;
  const env = { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=readonly' };
  const { stdout } = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', DRIVER], { cwd: SOURCE, env, encoding: 'utf8' });
  return stdout?.trim() ? undefined : `neither Debian's packages nor Go's module cache have ${DRIVER}`;
}

/** Builds the proxy into a folder, and returns the program's path. With Debian's driver if it is installed. */
export async function buildGo(folder: string): Promise<string> {
  const program = path.join(folder, 'refund-proxy');
  const args = ['build', '-o', program];
  if (existsSync(DEBIAN)) {
    // The page's go.mod stays as it is: a copy of it names the folder of the driver.
    const copy = path.join(folder, 'debian.mod');
    await writeFile(copy, `${await readFile(path.join(SOURCE, 'go.mod'), 'utf8')}\nreplace ${DRIVER} => ${DEBIAN}\n`);
    await cp(path.join(SOURCE, 'go.sum'), path.join(folder, 'debian.sum'));
    args.push(`-modfile=${copy}`);
  }
  const { status, stderr } = spawnSync('go', [...args, '.'], { cwd: SOURCE, encoding: 'utf8' });
  if (status !== 0) throw new Error(`go ${args.join(' ')} ended with ${status}: ${stderr}`);
  return program;
}
