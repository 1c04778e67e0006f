import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { parse } from 'yaml';

const page = readFileSync('docs/dependencies.md', 'utf8');
const ROWS = page.split('\n').filter((line) => line.startsWith('| `'));
/** The packages in the first column of every table. */
const NAMED = ROWS.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

const MANIFESTS = [
  'package.json',
  'site/package.json',
  'test/bench/peers/package.json',
  'test/project/node-22/package.json',
];
const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

type Versions = Readonly<Record<string, string>>;
interface Manifest extends Readonly<Partial<Record<(typeof KINDS)[number], Versions>>> {
  readonly overrides?: Readonly<Record<string, string | Versions>>;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Manifest;
const packagesOf = (manifest: Manifest) => KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
/** Overrides, with those for one package alone. */
const overridesOf = ({ overrides = {} }: Manifest): [string, string][] =>
  Object.entries(overrides).flatMap(([name, to]) =>
    typeof to === 'string' ? [[name, to] as [string, string]] : Object.entries(to),
  );

describe('docs/dependencies.md', () => {
  it('names every package of the project once, and none that is gone', () => {
    const used = MANIFESTS.flatMap((file) =>
      [...packagesOf(read(file)), ...overridesOf(read(file))].map(([name]) => name),
    );
    assert.ok(used.length > 60);
    assert.deepEqual(NAMED.toSorted(), [...new Set(used)].toSorted());
  });

  it('says of each why it is there and what to look at', () => {
    for (const row of ROWS) {
      const [, , why = '', look = ''] = row.split('|').map((cell) => cell.trim());
      assert.ok(why.length > 2 && look.length > 5, row);
    }
  });

  it('is right that every version is exact', () => {
    assert.match(readFileSync('.npmrc', 'utf8'), /^save-exact=true$/m);
    for (const file of MANIFESTS) {
      for (const [name, version] of [...packagesOf(read(file)), ...overridesOf(read(file))]) {
        assert.match(version, /^(?:\d+\.\d+\.\d+|file:[\w/-]+)$/, `${name} in ${file}`);
      }
    }
  });

  it('is right that the override of playwright-core is the version of playwright', () => {
    const { devDependencies = {} } = read('package.json');
    const [, core] = overridesOf(read('package.json')).find(([name]) => name === 'playwright-core') ?? [];
    assert.deepEqual(
      [core, devDependencies['@playwright/test']],
      [devDependencies['playwright'], devDependencies['playwright']],
    );
  });
});

describe('Dependabot', () => {
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    updates: { 'package-ecosystem': string; directory: string; groups?: object }[];
  };

  it('looks at every folder that has packages, in groups', () => {
    const places = updates.map(({ 'package-ecosystem': kind, directory }) => `${kind} ${directory}`);
    const folders = MANIFESTS.map((file) => path.posix.dirname(`/${file}`));
    assert.deepEqual(places, [
      ...folders.map((folder) => `npm ${folder}`),
      'gomod /demo/proxies/go',
      'github-actions /',
    ]);
    for (const { directory, groups } of updates) {
      assert.ok(existsSync(`.${directory}`), directory);
      assert.ok(Object.keys(groups ?? {}).length > 0, `${directory} is not grouped`);
    }
  });
});

describe('the workflows', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
  }
  const workflow = (name: string) =>
    parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as {
      on: Readonly<Record<string, unknown>>;
      permissions: unknown;
      jobs: Readonly<Record<string, { permissions?: unknown; steps: readonly Step[] }>>;
    };
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Versions };

  for (const name of ['test', 'release']) {
    it(`run only scripts that exist, and actions that are pinned to a commit: ${name}.yml`, () => {
      const { permissions, jobs } = workflow(name);
      assert.deepEqual(permissions, { contents: 'read' });
      for (const { uses, run } of Object.values(jobs).flatMap(({ steps }) => steps)) {
        if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
        const [, script] = /^npm run (\S+)/.exec(run ?? '') ?? [];
        if (script !== undefined) assert.ok(scripts[script], run);
      }
    });
  }

  it('test before they publish, and only a tag of a version is published', () => {
    const { on, jobs } = workflow('release');
    assert.deepEqual(on, { push: { tags: ['v[0-9]+.[0-9]+.[0-9]+'] } });
    const { permissions, steps } = jobs['publish']!;
    assert.deepEqual(permissions, { contents: 'read', 'id-token': 'write' });
    const commands = steps.flatMap(({ run }) => run ?? []);
    assert.deepEqual(commands.slice(-2), ['npm test', 'npm run release -- --publish']);
  });
});
