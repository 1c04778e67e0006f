import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isUuid } from '../../contract/index.ts';
import { ordersOf } from '../../verify/index.ts';
import { keyOf } from '../../verify/ids.ts';

test('two runs share no key and no payment, and every key is a UUID', () => {
  const start = Date.parse('2026-11-20T09:00:00Z');
  const runs = [1, 7, 16, 256, ...[0, 1, 15, 16, 255, 256, 4_095, 4_096, 61_440, 65_536].map((ms) => start + ms)];
  const keys = runs.flatMap((run) => [keyOf(run, 1), keyOf(run, 2), keyOf(run, 4_096)]);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every(isUuid));
  const payments = runs.flatMap((run) => ordersOf('uqpay', run).map(({ payment_id }) => payment_id));
  assert.equal(new Set(payments).size, payments.length);
  assert.ok(payments.every((id) => /^PI\d{19}$/.test(id)));
});
