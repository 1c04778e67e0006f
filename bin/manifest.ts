import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const TARGET = 'dist/packages';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface Entry {
  readonly types: string;
  readonly default: string;
}

/** The built file, and its types beside it. */
const built = (file: string): Entry => ({ types: `./${file}.d.ts`, default: `./${file}.js` });

const LOCALES = readdirSync(at('dist/widget/locales')).map((file) => file.replace(/\.js$/, ''));

/** What another project imports, and what it gets. */
const EXPORTS: Readonly<Record<string, Entry>> = {
  // One bundled file: its types are those of the element.
  '.': { types: './widget/element/element.d.ts', default: './widget/refund-form.js' },
  // A language registers itself and exports nothing.
  ...Object.fromEntries(LOCALES.map((name) => [`./locales/${name}`, built(`widget/locales/${name}`)])),
  './contract': built('contract/index'),
  './proxy': built('proxy/index'),
  './proxy/portable': built('proxy/portable'),
  './sandbox': built('mock-server/index'),
  './sandbox/msw': built('mock-server/msw'),
  './sandbox/provider': built('mock-server/provider'),
  './verify': built('verify/index'),
};

/** Bundled into the widget's one file, so nobody has to install them. */
const BUNDLED = new Set(['lit', 'ky']);

/**
 * The published package is `dist/packages` with a manifest of its own: the checkout's brings a Node for development, which
 * no user of the package is to install.
 */
const source = JSON.parse(readFileSync(at('package.json'), 'utf8')) as Manifest;
const { name, version, description, license, dependencies } = source;
const manifest = {
  name,
  version,
  description,
  license,
  type: 'module',
  engines: { node: '>=22.13' },
  bin: { 'refund-form': 'bin/refund-form.js' },
  exports: EXPORTS,
  dependencies: Object.fromEntries(Object.entries(dependencies).filter(([dependency]) => !BUNDLED.has(dependency))),
  peerDependencies: { msw: '^3.0.0', '@opentelemetry/api': '^1.3.0' },
  peerDependenciesMeta: { msw: { optional: true }, '@opentelemetry/api': { optional: true } },
};
writeFileSync(at(`${TARGET}/package.json`), `${JSON.stringify(manifest, null, 2)}\n`);
mkdirSync(at(`${TARGET}/widget`), { recursive: true });
cpSync(at('dist/widget'), at(`${TARGET}/widget`), { recursive: true });
for (const name of LOCALES) writeFileSync(at(`${TARGET}/widget/locales/${name}.d.ts`), 'export {};\n');
for (const file of ['README.md', 'LICENSE']) copyFileSync(at(file), at(`${TARGET}/${file}`));
