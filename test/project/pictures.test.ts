import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { PICTURES, PICTURES_FOLDER } from '../docs/picture-names.ts';

/** Every screenshot that a page shows, from the root of the project, in Markdown or in HTML. */
const shown = ['README.md', ...globSync('docs/**/*.md')].flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/(?:\]\(|src(?:set)?=")([^)"\s]+\.png)/g)].map(([, name = '']) => ({
    page,
    picture: path.posix.join(path.posix.dirname(page.replaceAll(path.sep, '/')), name),
  })),
);

describe('the pictures of the documentation', () => {
  it('exist, and `npm run pictures` draws each of them', () => {
    assert.ok(shown.length > 5);
    for (const { page, picture } of shown) {
      assert.ok(existsSync(picture), `${page} shows ${picture}, which does not exist`);
      assert.ok(PICTURES.includes(picture), `${page} shows ${picture}, which no script draws`);
    }
  });

  it('are all shown: none is drawn or kept in vain', () => {
    const names = new Set(shown.map(({ picture }) => picture));
    assert.deepEqual(
      PICTURES.filter((picture) => !names.has(picture)),
      [],
    );
    const kept = readdirSync(PICTURES_FOLDER).map((name) => `${PICTURES_FOLDER}/${name}`);
    assert.deepEqual(
      kept.filter((picture) => !PICTURES.includes(picture)),
      [],
    );
  });
});
