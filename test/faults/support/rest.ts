import assert from 'node:assert/strict';

import { checkAlways } from './invariants.ts';
import { checkChanges } from './merchant-server.ts';
import { resolveUnknown } from './person.ts';
import { reload, send } from './step.ts';
import { isWaiting } from './answer.ts';
import type { World } from './world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Far more than a server needs that accepts more than half of the changes. */
const MAX_HOURS = 100;
/** UQPAY repeats no request after a day. The window is shorter because clocks differ. */
const RESEND_WINDOW = DAY - 11 * 60_000;

/** Ends all faults, then checks that what was unknown becomes known and that nothing moves afterwards. */
export async function repairAndSettle(world: World): Promise<void> {
  const { control } = world.testbed;
  await control.clearScenarios();
  world.setClocksRight();
  await world.passTime(2 * 3_600_000);
  for (const proxy of world.proxies) await proxy.reconcile();
  for (const [order] of world.orders.entries()) await reload(world, { order, via: 0 });
  await resolveUnknown(world);
  for (const intent of world.intents) {
    const last = intent.answers.at(-1);
    if (last?.says !== 'unknown' || world.clock.now - intent.firstAt > RESEND_WINDOW) continue;
    const [repeat] = await send(world, [{ intent, via: 0 }]);
    if (world.isDoubtful) continue;
    const hasOutcome = repeat!.answer.says !== 'unknown' || world.provider === 'upayments';
    if (isWaiting(repeat!.answer)) continue;
    assert.ok(hasOutcome, `still unknown after all faults ended: ${JSON.stringify(repeat!.answer)}`);
  }
  await world.passTime(3 * DAY);
  for (let round = 0; round < 2; round += 1) for (const proxy of world.proxies) await proxy.reconcile();
  for (const [order] of world.orders.entries()) assert.ok(await reload(world, { order, via: 0 }), 'the page loads');
  await checkExpired(world);
  const truth = await checkAlways(world);
  const rows = await world.reservations();
  for (const { id, isPaid, counts } of truth) {
    const row = rows.find(({ refundId }) => refundId === id);
    if (!row) continue;
    const isPaidHere = ['succeeded', 'reversing', 'reversed'].includes(row.standing);
    assert.equal(isPaidHere, isPaid && counts, `at rest the ledger has ${id} as ${row.standing}`);
  }
  await checkAllChangesSent(world);
  if (world.provider === 'uqpay') {
    const tokenCalls = await control.count({ provider: 'uqpay', path: '/uqpay/api/v1/connect/token' });
    assert.ok(tokenCalls <= world.tokens, `${tokenCalls} tokens were fetched, ${world.tokens} were needed at most`);
  }
}

/** In the end the merchant has got every change and nothing else. */
async function checkAllChangesSent(world: World): Promise<void> {
  for (let hour = 0; hour < MAX_HOURS; hour += 1) {
    await world.announceChanges();
    const { untold } = await world.ledger.figures(world.scope, { follows: true });
    if (untold === 0) break;
    assert.ok(hour < MAX_HOURS - 1, `${untold} payments have changes that were never taken`);
    world.clock.now += HOUR;
  }
  // A restored ledger does not know which changes it sent before.
  if (!world.isRestored) await checkChanges(world.server.changes, await world.reservations(), world.ledger);
}

/** A request that nobody approved came to nothing, and its key says so. */
async function checkExpired(world: World): Promise<void> {
  for (const intent of world.intents.filter(({ answers }) => isWaiting(answers.at(-1)))) {
    const row = await world.testbed.witness.intent(world.merchant, intent.key);
    // It was approved and that send came to nothing, so its key needs another approval.
    if (row?.state === 'void') continue;
    // A restored ledger may have lost the request; then it waits anew.
    if (world.isRestored && !row) continue;
    const [repeat] = await send(world, [{ intent, via: 0 }]);
    assert.equal(
      repeat!.answer.says,
      'nothing',
      `nobody agreed, and the key was answered ${JSON.stringify(repeat!.answer)}`,
    );
  }
}
