import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { makeProgram } from '../../mock-server/cli/flags.ts';
import { RECIPES } from '../recipes/list.ts';

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
}

const RECIPES_FOLDER = 'demo/recipes';
const page = readFileSync('docs/recipes.md', 'utf8');

/** A text without the indentation that all of its lines share. */
function dedent(text: string): string {
  const lines = text.split('\n');
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const depth = Math.min(...depths);
  return lines.map((line) => line.slice(depth)).join('\n');
}

describe('docs/recipes.md', () => {
  const blocks = [...page.matchAll(/^```\w+ ([\w/.-]+)\n(.*?)\n```$/gms)];

  it('shows code of each recipe', () => {
    // The test file of Jest differs from that of Vitest in one import only.
    const shown = new Set([...blocks.map(([, file = '']) => file.split('/')[0] ?? ''), 'jest']);
    assert.deepEqual(shown, new Set(RECIPES.map(({ name }) => name)));
  });

  for (const [, file = '', code = ''] of blocks) {
    it(`shows lines of ${file} as they are`, () => {
      const lines = readFileSync(path.join(RECIPES_FOLDER, file), 'utf8').split('\n');
      const count = code.split('\n').length;
      const parts = lines.map((_, index) => dedent(lines.slice(index, index + count).join('\n')));
      assert.ok(parts.includes(code), `${file} does not have these lines:\n${code}`);
    });
  }

  it('links each recipe, and only files that exist', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = '']) => path.join('docs', link));
    for (const link of links) assert.ok(existsSync(link), link);
    for (const { name } of RECIPES) assert.ok(links.includes(`${RECIPES_FOLDER}/${name}/README.md`), name);
  });

  it('says how to install from a checkout, with the file that npm really writes', () => {
    const { version, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
    const command = `npm install ../../../dist/refund-form-server-${version}.tgz\n`;
    assert.ok(scripts['pack']);
    for (const text of [
      page,
      ...RECIPES.map(({ name }) => readFileSync(`${RECIPES_FOLDER}/${name}/README.md`, 'utf8')),
    ]) {
      assert.ok(text.includes(`\`\`\`sh\n${command}`), text.slice(0, 40));
      assert.match(text, /npm run pack/);
    }
  });

  it('names flags that exist', () => {
    const known = new Set(makeProgram().options.map(({ long }) => long));
    for (const [flag] of page.matchAll(/--[a-z]+/g)) assert.ok(known.has(flag), flag);
  });
});
