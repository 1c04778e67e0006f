import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { assumeFiguresHold, assumePaymentIsServed, expectHeld } from './held.ts';
import { answerInstead, changeAnswer, LOSSES, loseRefund, loseWrite, SILENT } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { readAtProvider } from './pass-through.ts';
import { refundRoutes, twoVendors } from './routes.ts';
import { assumeAnySumIsKept, freesNothing, share } from './sums.ts';

/** Statuses that are not FAILED, and how the answer to the create is to say them. */
const STATUSES = [
  { word: 'HELD_FOR_REVIEW', created: 'HELD_FOR_REVIEW' },
  { word: 'REVERSAL_INITIATED', created: 'SUCCEEDED' },
  { word: 'REVERSAL_PROCESSING', created: 'SUCCEEDED' },
  { word: 'REVERSAL_SUCCEEDED', created: 'SUCCEEDED' },
] as const;

/** What the proxy's own payment must say of a refund that is not known to have failed. */
export const RECORDED: readonly Check[] = [
  {
    id: 'lost-answer-recorded',
    title: 'After a lost answer the payment lists the key as unknown, or as the refund that was made',
    level: 'counted',
    why:
      'The form believes the payment. If its key is listed as failed, it says that nothing was refunded and unlocks, and the ' +
      'next refund is the second one.',
    mend:
      "End a request only with an answer that says so: a 4xx other than 408, 409 and 499 with the provider's own error, or the success " +
      'of the provider. A 5xx, a 2xx that cannot be read and no answer at all leave it unknown, and its amount held.',
    async run(world) {
      await assumePaymentIsServed(world);
      for (const { path, prepare } of await refundRoutes(world)) {
        const isMain = path === world.profile.refundPath;
        for (const loss of isMain ? [...LOSSES, ...SILENT] : [...LOSSES, SILENT[0]]) {
          const prepared = await prepare(world, 60n);
          const { payment, amount = '0' } = prepared;
          const { key } = await loseWrite(world, prepared, loss);
          await expectHeld(world, { payment, key, amount, what: loss.what });
        }
      }
      for (const prepare of await twoVendors(world)) {
        const prepared = await prepare();
        const { payment, amount = '0' } = prepared;
        const { key } = await loseWrite(world, prepared, SILENT[0]);
        await expectHeld(world, { payment, key, amount, what: `${SILENT[0].what} of two vendors' refunds` });
      }
    },
  },
  {
    id: 'resent-refusal',
    title: 'A refusal of a key that was sent again settles nothing',
    level: 'counted',
    why:
      'The first request may be why the second is refused: the provider still carries it out. A proxy that takes this for the ' +
      'end says that nothing was refunded, and frees an amount that is gone.',
    mend:
      'Keep with each key whether it was sent before. After that only a success of the provider ends it, or a refusal of the ' +
      'refund itself: with any other the outcome stays unknown.',
    appliesTo: ({ resentRefusals }) => resentRefusals !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      await assumeFiguresHold(world);
      for (const [what, instead] of Object.entries(world.profile.resentRefusals ?? {})) {
        for (const loss of [LOSSES[0], SILENT[0]]) {
          const payment = await world.payment();
          const amount = share(payment, 60n);
          const { key, exchange } = await loseRefund(world, payment, amount, loss);
          if (world.claim(exchange) === 'nothing')
            throw new NotJudged(`${outcomeOf(exchange)} already says that no money moved: see lost-answer`);
          // A proxy may send it again with another token, and nothing of this reaches the provider.
          answerInstead(world, instead, world.profile.refundPath, { isKept: true });
          const again = await world.refund(payment, amount, { key });
          world.recorder.clear();
          const event = `${loss.what} and ${what} to the same key`;
          const isTrue = world.claim(again) !== 'nothing';
          expect(isTrue, `after ${event} an unknown outcome`, 'it says that no money moved', again);
          await expectHeld(world, { payment, key, amount, what: event });
          await freesNothing(world, payment, event, again);
          const last = await world.refund(payment, amount, { key });
          const isKnown = world.claim(last) !== 'nothing' || (await world.refunds(payment)) === 0;
          expect(isKnown, 'the refund, or an unknown outcome', 'it says that no money moved', last);
        }
      }
    },
  },
  {
    id: 'status-counted',
    title: 'A refund counts while its status is new or a reversal',
    level: 'counted',
    why:
      'Providers add statuses, and none says that a reversal brings the money back. If anything that is not a success counts as ' +
      'failed, the amount is free and is refunded twice.',
    mend: 'Free an amount only for FAILED. Give every status that your code does not name a standing of its own, which counts.',
    appliesTo: ({ withStatus }) => withStatus !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      await assumeFiguresHold(world);
      for (const { word, created } of STATUSES) await countsWithStatus(world, word, created);
    },
  },
];

/** Makes a refund whose create answers one status, and every read after it another. */
async function countsWithStatus(world: World, word: string, created: string): Promise<void> {
  const { profile, recorder } = world;
  const { withStatus, prefix, refundPath } = profile;
  if (!withStatus) return;
  const payment = await world.payment();
  const amount = share(payment, 60n);
  const key = world.key();
  changeAnswer(world, (text) => withStatus(text, created));
  const creation = await world.refund(payment, amount, { key });
  const id = profile.refundId(creation.answer.json);
  expect(id !== undefined, 'a refund', 'there is none in the answer', creation);
  const isRead = new RegExp(`^${prefix}${refundPath}(?:/|$)`);
  recorder.rewrite({ method: 'GET', path: isRead, isKept: true, change: (text) => withStatus(text, word) });
  const what = `the status ${word}`;
  for (const path of profile.reads(payment, id)) {
    const exchange = await readAtProvider(world, path);
    await expectHeld(world, { payment, key, amount, what });
    await freesNothing(world, payment, what, exchange);
  }
  recorder.clear();
}
