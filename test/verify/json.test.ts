import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sameJson } from '../../verify/json.ts';

const same: [a: string, b: string][] = [
  ['{"a":1,"b":[true,null]}', ' { "b" : [ true, null ], "a" : 1 } '],
  ['"\\u00e9"', '"é"'],
  ['not JSON', 'not JSON'],
];
const different: [a: string, b: string][] = [
  ['{"a":12.340}', '{"a":12.34}'],
  ['{"a":9007199254740993}', '{"a":9007199254740992}'],
  ['{"a":1}', '{"a":"1"}'],
  ['[1,2]', '[2,1]'],
  ['not JSON', 'another'],
  ['{}', 'not JSON'],
];

for (const [a, b] of same) test(`${a} is the same JSON as ${b}`, () => assert.ok(sameJson(a, b)));
for (const [a, b] of different) test(`${a} is not the same JSON as ${b}`, () => assert.ok(!sameJson(a, b)));
