import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { MISTAKES as OF_PAGES } from '../faults/eyes/planted.ts';
import { MISTAKES as OF_PROXY } from '../faults/planted.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const changes = [
  ...OF_PROXY.flatMap(({ name, changes }) => changes.map((one) => ({ name, ...one, file: `proxy/${one.file}` }))),
  ...OF_PAGES.flatMap(({ name, changes }) => changes.map((one) => ({ name, ...one }))),
];

test('every planted mistake still matches the code exactly once', async () => {
  assert.ok(changes.length > 50);
  for (const { name, file, from } of changes) {
    const text = await readFile(path.join(ROOT, file), 'utf8');
    assert.equal(text.split(from).length, 2, `${name}: ${file} holds exactly once: ${from}`);
  }
});
