import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { expectHeld, type Held } from './held.ts';
import { expectNoDenial, untilEnded, whileInFlight } from './in-flight.ts';
import { LOSSES, loseRefund, SILENT, slowMs, type Loss } from './losses.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { assumeAnySumIsKept, freesNothing, share } from './sums.ts';

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
    const watch = world.watch();
    const sent = [await refund(world, undefined)];
    for (const loss of [LOSSES[0], SILENT[0]]) sent.push(await refund(world, loss));
    await restart(world);
    for (const held of sent) {
      await expectHeld(world, held);
      const before = await world.refunds(held.payment);
      const again = await world.refund(held.payment, held.amount, { key: held.key });
      const count = await world.refunds(held.payment);
      // Of one that was never made, the provider makes the first now, where it takes a key.
      const most = world.profile.deduplicates ? Math.max(before, 1) : before;
      expect(count <= most, `no second refund under a key after ${RESTART}`, `there are ${count}`, again);
      const { keyHeader } = world.profile;
      const keyCount = keyHeader === undefined ? 1 : countSends(watch.creates(held.payment), keyHeader);
      const oneKey = `one ${keyHeader} for one Idempotency-Key, before ${RESTART} and after it`;
      expect(keyCount <= 1, oneKey, `there were ${keyCount}`, again);
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
    const amount = share(payment, TWICE);
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
    const last = answers.at(-1) ?? first;
    const isEnded = world.claim(last) !== 'running';
    expect(isEnded, `an end of it after ${what}`, `it still says that it runs: ${outcomeOf(last)}`, last);
    await expectHeld(world, { payment, key, amount, what });
    await freesNothing(world, payment, what, answers[0]);
  },
};

/** Refunds so much that the provider would take a second one of this amount, and that one of 60 % does not fit beside it. */
const TWICE = 45n;

/** @param loss of its answer, which comes without one */
async function refund(world: World, loss: Loss | undefined): Promise<Held> {
  const payment = await world.payment();
  const amount = share(payment, TWICE);
  if (loss) {
    const { key } = await loseRefund(world, payment, amount, loss);
    return { payment, key, amount, what: `${loss.what} and ${RESTART}` };
  }
  const key = world.key();
  const exchange = await world.refund(payment, amount, { key });
  if (world.claim(exchange) === 'refunded') return { payment, key, amount, what: RESTART };
  throw new NotJudged(`A refund of ${TWICE} % does not go through: it was answered ${outcomeOf(exchange)}`);
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
