import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

/** An example is read as a whole before it is copied. */
const MOST_LINES = 200;

test(`every file of the example proxies has fewer than ${MOST_LINES} lines`, () => {
  const files = globSync('demo/proxies/*/**').filter((file) => statSync(file).isFile());
  const folders = new Set(files.map((file) => file.split(path.sep)[2]));
  assert.deepEqual(folders, new Set(['go', 'nginx', 'php', 'python']));
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n').length - 1;
    assert.ok(lines < MOST_LINES, `${file} has ${lines} lines`);
  }
});
