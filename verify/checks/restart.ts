import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { expectHeld, type Held } from './held.ts';
import { expectNoDenial, untilEnded, whileInFlight } from './in-flight.ts';
import { loseRefund, SILENT, slowMs } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { assumeAnySumIsKept, freesNothing, makeLargeRefund, share } from './sums.ts';

const RESTART = 'a restart of the proxy';
const POLL_MS = 200;
/** How often verify asks whether the proxy is there again: for half a minute. */
const MAX_POLLS = 150;

export const RESTARTED: Check = {
  id: 'key-after-restart',
  title: 'Keys and sums are still known after a restart',
  level: 'promised',
  why:
    'A proxy that keeps them in its own memory forgets them with each deployment. A request that is sent again is then a new one, ' +
    'and an amount whose answer was lost is free.',
  mend: 'Write keys, amounts and outcomes to a database or a file before you call the provider, and read them from there alone.',
  needsRestart: true,
  async run(world) {
    await assumeAnySumIsKept(world);
    const made = await refund(world, false);
    const lost = await refund(world, true);
    await restart(world);
    for (const held of [made, lost]) {
      await expectHeld(world, held);
      const before = await world.refunds(held.payment);
      const again = await world.refund(held.payment, held.amount, { key: held.key });
      const count = await world.refunds(held.payment);
      // Of a lost one only the provider's own key can tell that it is the same.
      const most = held === made || !world.profile.deduplicates ? before : 1;
      expect(count <= most, `no second refund under a key after ${RESTART}`, `there are ${count}`, again);
      const isTrue = world.claim(again) !== 'nothing';
      const came = `${outcomeOf(again)} says that no money moved`;
      expect(isTrue, `the refund, or an unknown outcome, after ${RESTART}`, came, again);
      await freesNothing(world, held.payment, RESTART, again);
    }
  },
};

export const SENT_AT_RESTART: Check = {
  id: 'sent-at-restart',
  title: 'What was being sent at a restart is neither sent as new nor denied afterwards',
  level: 'promised',
  why:
    'A deployment or a crash cuts off a request that the provider carries out. A proxy that deletes or fails at its start what was ' +
    'being sent says that nothing was refunded, or sends the same key as a new refund.',
  mend:
    'At the start set every request that was being sent to unknown, and hold its amount: never delete it, and never call it failed. ' +
    'Before a stop, let the requests end that were sent.',
  needsRestart: true,
  async run(world) {
    await assumeAnySumIsKept(world);
    const { profile } = world;
    const payment = await world.payment();
    const amount = share(payment, 60n);
    const key = world.key();
    const write = { body: profile.body(payment, amount), key };
    const what = `${RESTART} while it was being sent`;
    const { first } = await whileInFlight(
      world,
      () => world.write(profile.refundPath, write),
      () => restart(world),
      slowMs(world.proxyTimeoutMs),
    );
    await expectHeld(world, { payment, key, amount, what });
    const answers = await untilEnded(world, profile.refundPath, write);
    const count = await world.refunds(payment);
    expect(count === 1, `one refund at the provider after ${what}`, `there are ${count}`, answers.at(-1));
    expectNoDenial(world, [first, ...answers], `the refund, or an unknown outcome, after ${what}`);
    await expectHeld(world, { payment, key, amount, what });
    await freesNothing(world, payment, what, answers[0]);
  },
};

async function refund(world: World, isLost: boolean): Promise<Held> {
  const payment = await world.payment();
  const amount = share(payment, 60n);
  if (isLost) {
    const { key } = await loseRefund(world, payment, amount, SILENT[0]);
    return { payment, key, amount, what: `a lost answer and ${RESTART}` };
  }
  const key = world.key();
  await makeLargeRefund(world, payment, key);
  return { payment, key, amount, what: RESTART };
}

/** @throws NotJudged when nothing answers at the endpoint afterwards */
async function restart(world: World): Promise<void> {
  await world.restart?.();
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    if ((await world.read('/')).answer.lost === undefined) return;
    await world.clock.pause(POLL_MS);
  }
  throw new NotJudged('No proxy answers after the command of --restart');
}
