import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { startWorld } from './world.ts';

const OPEN = 'PI2000000000000000007';

describe('a payment of UQPAY whose status is edited', () => {
  for (const [intent_status, member] of [
    ['SUCCEEDED', 'complete_time'],
    ['FAILED', 'complete_time'],
    ['CANCELLED', 'cancel_time'],
  ] as const) {
    it(`has the time of the edit as its ${member}: ${intent_status}`, async () => {
      await using world = await startWorld();
      const patch = async (body: object) => {
        const init = { method: 'PATCH', body: JSON.stringify(body) };
        const edited = await world.fetch(`/_sandbox/db/uqpay_intents/${OPEN}`, init);
        assert.equal(edited.status, 200, edited.text);
      };
      await patch({ intent_status });
      const read = async () => (await world.uqpay(`/v2/payment_intents/${OPEN}`)).json;
      assert.equal((await read())[member], '2026-11-02T09:00:00+08:00');
      await patch({ intent_status: 'REQUIRES_CAPTURE', [member]: null });
      await patch({ intent_status, [member]: '2026-11-01T12:00:00+08:00' });
      assert.equal((await read())[member], '2026-11-01T12:00:00+08:00', 'a time of the edit itself counts');
    });
  }
});
