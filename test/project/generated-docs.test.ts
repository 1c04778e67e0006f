import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { SCENARIO_NAMES } from '../../mock-server/index.ts';
import { PAGES } from '../docs/pages.ts';

const root = path.resolve(import.meta.dirname, '../..');

describe('the pages generated from the code', () => {
  for (const { file, make } of PAGES) {
    it(`are up to date: ${file}`, () => {
      assert.equal(readFileSync(path.join(root, file), 'utf8'), make(), 'run `npm run docs`');
    });
  }

  it('list every scenario', () => {
    const text = readFileSync(path.join(root, 'docs/scenarios.md'), 'utf8');
    for (const name of SCENARIO_NAMES) assert.ok(text.includes(`| \`${name}\` |`), name);
  });
});
