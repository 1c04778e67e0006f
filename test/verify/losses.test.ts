import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { test } from 'node:test';

import { silentAnswers, SILENT_STATUSES } from '../../verify/checks/losses.ts';
import { PROFILES } from '../../verify/verify.ts';

const profiles = Object.entries(PROFILES);

/** A refusal in the words of both providers. */
const REFUSAL = { type: 'refund_error', code: 'refused', message: 'The refund was refused', status: false, data: null };

for (const [name, profile] of profiles) {
  const { judge } = profile;

  test(`the silent answers of ${name} have every status that says nothing, and half an answer`, () => {
    const statuses = new Set(silentAnswers(profile).map(([, { status }]) => status));
    for (const status of [...SILENT_STATUSES, 200, 202, 403, 404]) assert.ok(statuses.has(status), String(status));
    assert.equal(statuses.has(400), name === 'uqpay', 'only UQPAY has errors of its own with a 400');
  });

  test(`every other error status can be the word of ${name} that nothing was refunded`, () => {
    const statuses = Object.keys(STATUS_CODES)
      .map(Number)
      .filter((status) => status >= 400 && !SILENT_STATUSES.includes(status));
    for (const status of statuses) {
      assert.equal(judge({ status, body: REFUSAL, resent: false }), 'nothing', String(status));
    }
  });
}

test('the statuses of gateways are among the silent ones', () => {
  for (const status of [408, 409, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530]) {
    assert.ok(SILENT_STATUSES.includes(status), String(status));
  }
});
