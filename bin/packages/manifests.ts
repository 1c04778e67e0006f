import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { ROOT } from './files.ts';

interface Source {
  readonly version: string;
  readonly license: string;
  readonly repository?: string | object;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const SOURCE = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Source;

/**
 * The public address of a git remote, as a manifest writes it; `undefined` for a remote on this machine. Provenance needs
 * the repository that was built, so it comes from the checkout and not from a file.
 */
export function repositoryOf(remote: string): { readonly type: 'git'; readonly url: string } | undefined {
  const [, host, path] =
    /^(?:(?:https|ssh|git):\/\/(?:[^@/]+@)?|git@)([\w-]+(?:\.[\w-]+)+)[:/](.+?)(?:\.git)?\/?$/.exec(remote) ?? [];
  return host === undefined ? undefined : { type: 'git', url: `git+https://${host}/${path}.git` };
}

function remote(): string {
  try {
    return execFileSync('git', ['remote', 'get-url', 'origin'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // No git, or no remote of that name.
    return '';
  }
}

function common(name: string, description: string, keywords: readonly string[]): object {
  const repository = SOURCE.repository ?? repositoryOf(remote());
  return {
    name,
    version: SOURCE.version,
    description,
    keywords: ['refund', 'payments', 'uqpay', 'upayments', ...keywords],
    license: SOURCE.license,
    ...(repository !== undefined && { repository }),
    type: 'module',
  };
}

/** The element. Everything that it needs is bundled, so it has no dependency. */
export function elementManifest(): object {
  const entry = (file: string) => ({ types: `./${file}.d.ts`, default: `./${file}.js` });
  /** The same with warnings in the console, for a bundler in development mode. */
  const withWarnings = (file: string) => ({
    types: `./${file}.d.ts`,
    development: `./development/${file}.js`,
    default: `./${file}.js`,
  });
  return {
    ...common('refund-form', 'A refund form for any admin page, as a web component.', [
      'web-component',
      'custom-element',
      'admin',
    ]),
    exports: {
      '.': withWarnings('index'),
      './refund-form.js': withWarnings('refund-form'),
      './react': withWarnings('react'),
      './vue': entry('vue'),
      './svelte': entry('svelte'),
      './locales/*.js': entry('locales/*'),
      './locales/*': entry('locales/*'),
      './refund-form.min.js': './refund-form.min.js',
      './integrity.json': './integrity.json',
      './custom-elements.json': './custom-elements.json',
      './html-custom-data.json': './html-custom-data.json',
      './web-types.json': './web-types.json',
      './package.json': './package.json',
    },
    types: './index.d.ts',
    unpkg: './refund-form.min.js',
    jsdelivr: './refund-form.min.js',
    customElements: './custom-elements.json',
    'web-types': './web-types.json',
    sideEffects: [
      './index.js',
      './development/index.js',
      './react.js',
      './development/react.js',
      './refund-form.min.js',
      './locales/*.js',
    ],
    peerDependencies: { react: '>=19', svelte: '>=5', vue: '>=3.4.38' },
    peerDependenciesMeta: { react: { optional: true }, svelte: { optional: true }, vue: { optional: true } },
  };
}

/** Packages that only some servers need. */
const OPTIONAL = {
  '@opentelemetry/api': '^1.3.0',
  'json-server': '^0.17.4',
  msw: '^3.0.0',
  pg: '^8.11.0',
  'prom-client': '^15.0.0',
} as const;

const NEEDED = ['@hono/node-server', 'commander', 'hono', 'pino', 'temporal-polyfill', 'yaml', 'zod'] as const;

/** Entries of the server's package, and the room that each comes from. `node`: it needs Node, and says which one. */
export const SERVER_ENTRIES = {
  proxy: { from: 'proxy/index', node: true },
  'proxy/portable': { from: 'proxy/portable', node: false },
  sandbox: { from: 'mock-server/index', node: true },
  'sandbox/provider': { from: 'mock-server/provider', node: false },
  msw: { from: 'mock-server/msw', node: false },
  verify: { from: 'verify/index', node: true },
  contract: { from: 'contract/index', node: false },
} as const;

/**
 * The entry whose modules import an optional package. Where Node imports it, a file with a top-level await comes first, so
 * that a missing package gives one sentence; `require` cannot wait, and bundlers have a sentence of their own.
 */
export const MSW = { entry: 'msw', exports: ['createSandboxHandlers'] } as const;

/** The file of an entry. */
export const entryFile = (name: string) => `entries/${name.replaceAll('/', '-')}`;

export function serverManifest(): object {
  const { dependencies } = SOURCE;
  const entries = Object.keys(SERVER_ENTRIES).map((name) => {
    const file = entryFile(name);
    const onNode = name === MSW.entry && { require: `./${file}.js`, node: `./${file}-node.js` };
    return [`./${name}`, { types: `./${file}.d.ts`, ...onNode, default: `./${file}.js` }];
  });
  return {
    ...common(
      'refund-form-server',
      'What a refund form needs on a server: the thin proxy, the sandbox of both providers, and a check of your own proxy.',
      ['proxy', 'sandbox', 'mock-server', 'idempotency'],
    ),
    engines: { node: '>=22.13' },
    bin: { 'refund-form': 'bin/refund-form.js' },
    exports: { ...(Object.fromEntries(entries) as object), './package.json': './package.json' },
    sideEffects: ['./bin/*.js', './entries/*.js', './**/cli.js'],
    dependencies: Object.fromEntries(NEEDED.map((name) => [name, dependencies[name]])),
    peerDependencies: OPTIONAL,
    peerDependenciesMeta: Object.fromEntries(Object.keys(OPTIONAL).map((name) => [name, { optional: true }])),
  };
}
