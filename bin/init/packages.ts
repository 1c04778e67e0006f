import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { quoted } from './shell.ts';

const NAMES = ['refund-form', 'refund-form-server'] as const;
type Name = (typeof NAMES)[number];
type Versions = Readonly<Record<Name, string>>;

export interface Packages {
  /** What a `package.json` says of each package. */
  readonly versions: Versions;
  /** A command that has to run before `npm install`; `undefined` where the packages are there. */
  readonly first?: string;
  /** The files to name to `npm install`, where it may find a package in no registry. */
  readonly unknown?: readonly string[];
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
/** What npm writes about an installation, into its `node_modules`. */
interface InstalledLock {
  readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const slashes = (file: string) => file.replaceAll('\\', '/');
/** An empty object where there is no such file. */
const readJson = (file: string): unknown => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

/**
 * The two packages of this version: what this one was installed from, or in a checkout the files that `npm run pack` writes.
 * @param root the folder of this package or of the checkout
 */
export function packages(root: string = ROOT): Packages {
  const { name, version = '' } = readJson(path.join(root, 'package.json')) as Manifest;
  return name === 'refund-form-server' ? installed(root, version) : packed(root, version);
}

function packed(root: string, version: string): Packages {
  const files = NAMES.map((name) => path.join(root, `dist/${name}-${version}.tgz`));
  const [form = '', server = ''] = files.map((file) => `file:${slashes(file)}`);
  const versions = { 'refund-form': form, 'refund-form-server': server };
  return files.every((file) => existsSync(file))
    ? { versions }
    : { versions, first: `npm --prefix ${quoted(root)} run pack` };
}

/** A registry may not have this version: then only a project that names the same files as this one can be installed. */
function installed(root: string, version: string): Packages {
  const released = `^${version}`;
  const server = originOf('refund-form-server', root, released);
  let form = originOf('refund-form', root, released);
  if (server === released) form ??= released;
  else if (form === undefined && server?.startsWith('file:')) {
    // Whoever installed only the server often has the file of the form beside that of the server.
    const beside = path.posix.join(path.posix.dirname(server), `refund-form-${version}.tgz`);
    if (existsSync(beside.slice('file:'.length))) form = beside;
  }
  const found = { 'refund-form': form, 'refund-form-server': server };
  const unknown = NAMES.filter((name) => found[name] === undefined).map((name) => `${name}-${version}.tgz`);
  const versions = { 'refund-form': form ?? released, 'refund-form-server': server ?? released };
  return unknown.length > 0 ? { versions, unknown } : { versions };
}

/**
 * What a package was installed from, as a `package.json` asks for it; `undefined` where nothing says so.
 * @param released what asks a registry for it
 */
function originOf(name: Name, root: string, released: string): string | undefined {
  for (let folder = path.dirname(root); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const { dependencies, devDependencies } = readJson(path.join(folder, 'package.json')) as Manifest;
    const lock = readJson(path.join(folder, 'node_modules/.package-lock.json')) as InstalledLock;
    const asked = dependencies?.[name] ?? devDependencies?.[name];
    if (asked !== undefined && ADDRESS.test(asked)) return asked;
    // Only npm's own notes know it in a workspace, and after an installation that was not saved.
    const spec = asked ?? lock.packages?.[`node_modules/${name}`]?.resolved;
    if (spec === undefined) continue;
    if (!FILE.test(spec)) return released;
    const file = path.resolve(folder, spec.replace(FILE, ''));
    return existsSync(file) ? `file:${slashes(file)}` : undefined;
  }
  return undefined;
}

const FILE = /^(?:file:(?:\/\/(?=\/))?|(?=\.{0,2}\/))/;
const ADDRESS = /^(?:https?|git[+\w]*|github):/;
