import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { Reply } from '../recorder.ts';
import type { World } from '../world.ts';
import { assumeNotBusy } from './busy.ts';
import { assumeFiguresHold, expectHeld } from './held.ts';
import { answerInstead, silentAnswers } from './losses.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { refundRoutes, type Route } from './routes.ts';
import { assumeAnySumIsKept } from './sums.ts';

/** How many run at the same time: each has a payment of its own, and they are many. */
const AT_ONCE = 8;

export const SILENT_STATUS: Check = {
  id: 'lost-answer-status',
  title: 'A status that says nothing about the money frees nothing',
  level: 'counted',
  why:
    'A load balancer or a CDN before the provider answers 504, 524 or 409 while the provider carries the refund out. A proxy that ' +
    'takes such a status for the end frees an amount that is gone, and the next refund is the second one.',
  mend:
    "Take for the end only a 2xx that names the refund, or a 4xx with the provider's own error in its body, other than 408, 409 and " +
    '499. Write this as the one condition that ends a request, not as a list of statuses that leave it open.',
  async run(world) {
    await assumeAnySumIsKept(world);
    await assumeFiguresHold(world);
    for (const route of await refundRoutes(world)) {
      const left = [...silentAnswers(world.profile)];
      const work = async () => {
        for (let next = left.shift(); next; next = left.shift()) await staysHeld(world, route, ...next);
      };
      // Nothing of this check may still run when the next one begins.
      const ends = await Promise.allSettled(
        Array.from({ length: AT_ONCE }, () => work().finally(() => left.splice(0))),
      );
      const failure = ends.find((end) => end.status === 'rejected');
      if (failure) throw failure.reason;
    }
  },
};

/** Sends a refund that is answered so in the provider's place, and one of the same amount under another key. */
async function staysHeld(world: World, { what: name, path, prepare }: Route, answer: string, reply: Reply) {
  const prepared = await prepare(world, 60n);
  const { payment, body, amount = '0', again, isMade } = prepared;
  const about = JSON.stringify(payment.id);
  const watch = world.watch();
  const sends = () => watch.to(path).filter(({ text }) => text.includes(about));
  answerInstead(world, reply, path, { about });
  const key = world.key();
  const exchange = await world.write(path, { body, key });
  assumeNotBusy(world, exchange, sends());
  const { keyHeader } = world.profile;
  const count = countSends(sends(), keyHeader);
  if (count === 0) throw new NotJudged('The proxy did not send the refund, so no answer to it was lost');
  if (count > 1)
    throw new NotJudged(`The proxy itself sent the refund ${count} times: see never-resent and never-resent-later`);
  const what = `${name} that was answered with ${answer}`;
  const came = `${outcomeOf(exchange)} says that no money moved`;
  expect(world.claim(exchange, isMade) !== 'nothing', `an unknown outcome of ${what}`, came, exchange);
  const sentBefore = sends().length;
  await world.write(again.path, { body: again.body });
  const isFree = sends().length > sentBefore;
  expect(!isFree, `${what} to free nothing`, 'another refund of the amount reached the provider', exchange);
  await expectHeld(world, { payment, key, amount, what });
}
