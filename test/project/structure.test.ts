import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { circleIn, sourcesOf } from '../imports.ts';

const ROOMS = ['contract', 'widget', 'proxy', 'mock-server', 'verify', 'demo'];
const ROOT = path.resolve(import.meta.dirname, '../..');
/** A longer file usually has more than one subject. */
const MAX_LINES = 300;
const MAX_MEDIAN = 120;

for (const room of ROOMS) {
  test(`${room} has no import cycle, including type imports`, () => {
    assert.equal(circleIn(path.join(ROOT, room)), undefined);
  });
}

test('no file is longer than 300 lines', () => {
  const files = ROOMS.flatMap((room) => sourcesOf(path.join(ROOT, room)).map((file) => `${room}/${file}`));
  const lines = files.map((file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length - 1);
  const long = files.filter((_, index) => lines[index]! > MAX_LINES);
  assert.deepEqual(long, []);
  const median = lines.toSorted((one, other) => one - other)[Math.floor(lines.length / 2)]!;
  assert.ok(median < MAX_MEDIAN, `half of the files have ${median} lines or more`);
});
