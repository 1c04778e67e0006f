import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { MISTAKES as OF_PAGES } from '../faults/eyes/planted.ts';
import { MISTAKES as OF_JUDGES } from '../faults/planted-judges.ts';
import { MISTAKES as OF_PROXY } from '../faults/planted.ts';
import { importsOf, sourcesOf } from '../imports.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const changes = [
  ...OF_PROXY.flatMap(({ name, changes }) => changes.map((one) => ({ name, ...one, file: `proxy/${one.file}` }))),
  ...OF_JUDGES.map(({ name, file, from }) => ({ name, file: `contract/${file}`, from })),
  ...OF_PAGES.flatMap(({ name, changes }) => changes.map((one) => ({ name, ...one }))),
];

test('every planted mistake still matches the code exactly once', async () => {
  assert.ok(changes.length > 50);
  for (const { name, file, from } of changes) {
    const text = await readFile(path.join(ROOT, file), 'utf8');
    assert.equal(text.split(from).length, 2, `${name}: ${file} holds exactly once: ${from}`);
  }
});

for (const [copier, ...entries] of [
  ['test/faults/planted.test.ts', 'test/faults/schedules-sqlite.test.ts', 'test/faults/schedules-postgres.test.ts'],
  ['test/faults/planted-judge.test.ts', 'test/contract/judge.test.ts'],
  [
    'test/faults/eyes/planted-widget.test.ts',
    ...['uqpay', 'upayments', 'naive'].map((shop) => `test/faults/eyes/eyes-${shop}.test.ts`),
  ],
] as const) {
  test(`the copy of ${copier} has all that it runs`, async () => {
    const text = await readFile(path.join(ROOT, copier), 'utf8');
    const list = /PlantedCopy\.make\(\[([^\]]*)\]/.exec(text)?.[1] ?? '';
    const copied = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
    assert.ok(copied.length > 5);
    const files = ['contract', 'mock-server', 'proxy', 'widget', 'demo', 'verify', 'test'].flatMap((folder) =>
      sourcesOf(path.join(ROOT, folder)).map((file) => `${folder}/${file}`),
    );
    const seen = new Set<string>(entries);
    // A set takes in what is added to it while it is read.
    for (const file of seen) for (const target of importsOf(ROOT, file, files)) seen.add(target);
    assert.ok(seen.size > 20);
    const left = [...seen].filter((file) => !copied.some((name) => file === name || file.startsWith(`${name}/`)));
    assert.deepEqual(left, []);
  });
}
