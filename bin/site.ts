import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { siteBase, SiteBaseError } from '../site/base.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SITE = path.join(ROOT, 'site');

/** Runs a command to its end and shows what it prints. @throws Error when it fails */
function run(command: string, args: readonly string[], folder: string): void {
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
    shell: process.platform === 'win32',
  });
  if (error || status !== 0) throw new Error(`${[command, ...args].join(' ')} failed`, { cause: error });
}

/** Whether what is installed is what the lockfile asks for. npm keeps the lockfile of an installation in it. */
function isInstalled(): boolean {
  const installed = path.join(SITE, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (file: string) =>
    Object.entries((JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> }).packages)
      .filter(([name, { optional }]) => name !== '' && optional !== true)
      .map(([name, { version }]) => `${name} ${version}`)
      .toSorted()
      .join('\n');
  return versions(installed) === versions(path.join(SITE, 'package-lock.json'));
}

function readBase(): string {
  try {
    return siteBase(process.env['SITE_BASE']);
  } catch (error) {
    if (!(error instanceof SiteBaseError)) throw error;
    console.error(error.message);
    return process.exit(2);
  }
}

interface Locked {
  readonly version: string;
  readonly optional?: boolean;
}

/** Read before the tools are installed: a wrong one is refused at once. */
const base = readBase();

if (!isInstalled()) {
  console.log('Installing the tools of the site into site/node_modules (about 180 MB, once)');
  run('npm', ['ci'], SITE);
}
console.log('Building the pages');
run('npm', ['run', '-s', 'build'], SITE);
console.log(`dist/site is ready. Any static server can serve it at ${base}; \`npm run site -- --preview\` does.`);
if (base === '/') console.log('For a folder of a host, build it with SITE_BASE=/folder/ npm run site.');
if (process.argv.includes('--preview')) run('npm', ['run', '-s', 'preview'], SITE);
