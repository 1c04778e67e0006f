import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { serverManifest, SOURCE } from '../../bin/packages/manifests.ts';

const lowest = ({ engines }: { readonly engines?: { readonly node: string } }) => engines?.node.replace('>=', '');

/** What is installed from the packages needs this Node. */
const PACKAGES = lowest(serverManifest());
/** A checkout runs the sources as they are, and so needs a Node that reads TypeScript. */
const CHECKOUT = lowest(SOURCE as { engines?: { node: string } });

const PLACES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/**/*.md',
  'demo/**/*.md',
  'bin/**/*.{md,ts,js}',
  'proxy/**/*.ts',
  'mock-server/**/*.ts',
];
/** The sentences about a checkout. */
const OF_A_CHECKOUT = /A checkout runs on|does not run TypeScript/;
/** A sentence that says from which Node on something runs. */
const LOWEST = /Node (\d+\.\d+)(?= or newer)/g;

describe('the lowest Node', () => {
  const said = globSync(PLACES, { exclude: ['**/node_modules/**'] }).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => [...line.matchAll(LOWEST)].map(([, version]) => ({ file, line, version }))),
  );

  for (const { file, line, version } of said) {
    it(`${file} names the right one: ${line.trim().slice(0, 80)}`, () => {
      assert.equal(version, OF_A_CHECKOUT.test(line) ? CHECKOUT : PACKAGES);
    });
  }

  it('is named where a person starts: each of these pages says it', () => {
    const files = new Set(said.map(({ file }) => file.replaceAll('\\', '/')));
    for (const page of ['README.md', 'docs/start.md', 'docs/operations.md', 'bin/packages/refund-form-server.md'])
      assert.ok(files.has(page), page);
  });

  for (const file of globSync('bin/init/templates/*/package.json')) {
    it(`${file} asks for no other`, () => {
      const asked = lowest(JSON.parse(readFileSync(file, 'utf8')) as { engines?: { node: string } });
      assert.ok(asked === undefined || asked === PACKAGES, asked);
    });
  }
});
