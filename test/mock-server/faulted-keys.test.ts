import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { copyFile, fileFor } from './support/state-files.ts';
import { KNET, startWorld, type SandboxWorld } from './world.ts';

const CONNECTED = 'c0a80101-0000-4000-8000-000000000001';
const FAULT = 'sandbox:server_error; status=503';
const key = (end: string) => ({ 'x-idempotency-key': `00000000-0000-4000-8000-00000000000${end}` });
const refund = async (world: SandboxWorld, end: string, more: object = {}, headers: Record<string, string> = {}) =>
  (await world.refund({ amount: '1.00', reason: FAULT, ...more }, { ...key(end), ...headers })).status;

describe('a fault in a body, which strikes once for each key', () => {
  it('strikes again after the snapshot from before it is restored, as often as that is', async () => {
    await using world = await startWorld();
    assert.equal(await refund(world, 'a'), 503);
    const snapshot = await world.control.snapshot();
    for (let run = 1; run <= 3; run += 1) {
      await world.control.restore(snapshot);
      assert.deepEqual([await refund(world, 'b'), await refund(world, 'b')], [503, 200]);
      assert.equal(await refund(world, 'a'), 200, 'it struck before the snapshot');
    }
  });

  it('is restored from a snapshot of an older version, which has no keys', async () => {
    await using world = await startWorld();
    const { scenarios, ...rest } = await world.control.snapshot();
    const { faulted: _faulted, ...older } = scenarios as { faulted: string[] };
    await refund(world, 'a');
    await world.control.restore({ ...rest, scenarios: older });
    assert.equal(await refund(world, 'a'), 503);
  });

  it('does not strike again after a restart, however the process ended, and the file is taken every time', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db });
      assert.equal(await refund(world, 'a', { reason: `${FAULT}; after_commit=1` }), 503);
      copyFile(db, `${db}.killed`);
    }
    for (const file of [db, `${db}.killed`]) {
      {
        await using world = await startWorld({ db: file });
        assert.equal(await refund(world, 'a', { reason: `${FAULT}; after_commit=1` }), 200);
        copyFile(file, `${file}.again`);
      }
      await using world = await startWorld({ db: `${file}.again` });
      assert.equal((await world.control.db('uqpay_refunds')).length, 4);
    }
  });

  it('strikes each time at a provider without keys, and at each account by itself', async () => {
    await using world = await startWorld();
    for (let run = 1; run <= 2; run += 1) {
      const body = { orderId: KNET, totalPrice: 1, reference: FAULT };
      assert.equal((await world.upayments('/create-refund', body, key('a'))).status, 503);
    }
    assert.deepEqual([await refund(world, 'a'), await refund(world, 'a')], [503, 200]);
    const own = { payment_intent_id: 'PI3000000000000000001' };
    const of = { 'x-on-behalf-of': CONNECTED };
    assert.deepEqual([await refund(world, 'a', own, of), await refund(world, 'a', own, of)], [503, 200]);
  });
});
