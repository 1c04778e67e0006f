import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
/** What `test/faults/mutation/node-test.ts` gives a test in the place of Node's own. */
const GIVEN = new Set(['after', 'mock']);

test('the tests that mutants are run against use nothing that their runner does not have', () => {
  const { tests } = JSON.parse(read('test/faults/mutation/tests.json')) as { tests: readonly string[] };
  const replacement = read('test/faults/mutation/node-test.ts');
  const exported = new Set([...replacement.matchAll(/^export (?:function|const) (\w+)/gm)].map(([, name]) => name));
  for (const file of tests) {
    const text = read(file);
    const imported = [...text.matchAll(/^import \{([^}]*)\} from 'node:test';/gm)].flatMap(([, names = '']) =>
      names.split(',').map((name) => name.trim()),
    );
    const missing = imported.filter((name) => name && !name.startsWith('type ') && !exported.has(name));
    const members = [...text.matchAll(/\bt\.(\w+)/g)].map(([, name = '']) => name);
    assert.deepEqual([...missing, ...members.filter((name) => !GIVEN.has(name))], [], file);
  }
});
