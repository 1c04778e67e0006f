import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { startWorld } from './world.ts';

describe('a refund whose status is edited', () => {
  for (const [collection, member, statuses] of [
    [
      'uqpay_refunds',
      'refund_status',
      ['INITIATED', 'PROCESSING', 'SUCCEEDED', 'REVERSAL_INITIATED', 'REVERSAL_PROCESSING'],
    ],
    ['upayments_refunds', 'refund_status', ['initiated', 'refunded']],
  ] as const) {
    it(`stays in that status: ${collection}`, async () => {
      await using world = await startWorld();
      const rows = (await world.fetch(`/_sandbox/db/${collection}`)).json as unknown as {
        id: string;
        lifecycle: string;
      }[];
      // What is planned is long due.
      await world.fetch('/_sandbox/clock', { method: 'POST', body: JSON.stringify({ advance: 'P10D' }) });
      let edits = 0;
      for (const { id } of rows) {
        for (const status of [...statuses, ...statuses.toReversed()]) {
          const path = `/_sandbox/db/${collection}/${id}`;
          const edited = await world.fetch(path, { method: 'PATCH', body: JSON.stringify({ [member]: status }) });
          if (edited.status === 422) continue;
          assert.equal(edited.status, 200, edited.text);
          edits += 1;
          assert.equal((await world.fetch(path)).json[member], status, `${id} ${JSON.stringify(edited.json)}`);
        }
      }
      assert.ok(edits > 3);
      const db = (await world.fetch('/_sandbox/db')).json;
      const seeded = await world.fetch('/_sandbox/seed', { method: 'POST', body: JSON.stringify(db) });
      assert.equal(seeded.status, 200, seeded.text);
    });
  }
});
