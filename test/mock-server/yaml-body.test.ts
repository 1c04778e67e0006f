import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseYaml } from '../../mock-server/bindings/yaml-body.ts';

describe('a body of YAML', () => {
  for (const [text, place] of [
    ['a: 1\nb: 2\na: 3', 'line 3, column 1'],
    ['x:\n  - {a: 1, "a": 2}', 'line 2, column 12'],
    ['x: {a: 1, a}', 'line 1, column 11'],
    ['null: 1\n~: 2', 'line 2, column 1'],
  ] as const) {
    it(`is refused where ${JSON.stringify(text)} has a key twice`, async () => {
      await assert.rejects(parseYaml(text), new RegExp(`Map keys must be unique at ${place}:`));
    });
  }

  it('may have a key again in another mapping, and a text beside a number', async () => {
    assert.deepEqual(await parseYaml('a: {b: 1}\nc: {b: 2}\nd: &d e\nf: *d'), {
      a: { b: 1 },
      c: { b: 2 },
      d: 'e',
      f: 'e',
    });
    assert.deepEqual(await parseYaml('1: a\n"1": b'), { 1: 'b' });
  });

  // 60,000 keys in a body of 600 kB held up every other request for 97 seconds.
  for (const [style, join] of [
    ['lines', (keys: string[]) => keys.join('\n')],
    ['braces', (keys: string[]) => `{${keys.join(', ')}}`],
  ] as const) {
    it(`compares no key with all keys before it, in ${style}`, async (t) => {
      const count = 2_000;
      const keys = Array.from({ length: count }, (_, index) => `k${index}: 1`);
      // The parser searches the keys of a mapping with `some`.
      const { some } = Array.prototype;
      let compared = 0;
      t.after(() => Reflect.set(Array.prototype, 'some', some));
      Reflect.set(Array.prototype, 'some', function countSome(this: unknown[], ...args: Parameters<typeof some>) {
        compared += this.length;
        return some.apply(this, args);
      });
      const parsed = await parseYaml(join(keys));
      assert.equal(Object.keys(Object(parsed)).length, count);
      assert.ok(compared < count * 10, `${compared} comparisons for ${count} keys`);
    });
  }
});
