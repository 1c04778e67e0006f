import { IDEMPOTENCY_KEY } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import type { StartLine } from '../gate.ts';
import type { World } from '../world.ts';

const KEEP =
  'Write the key with method, path and body before you call the provider, under a unique constraint, and answer from ' +
  'that record when the key comes again. Where the provider takes a key itself, send it the same one every time.';

/** Enough that a check-then-act race is met, few enough for a small server. */
const AT_ONCE = 8;

export const IDEMPOTENCY: readonly Check[] = [
  {
    id: 'same-key-once',
    title: 'The same request with the same key is one refund, however often it comes',
    level: 'promised',
    why: 'Browsers, balancers and people send again. Without this each time is another refund.',
    mend: KEEP,
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      const answers: Exchange[] = [];
      for (let time = 0; time < 3; time += 1) answers.push(await world.refund(payment, '1.00', { key }));
      const made = await world.refunds(payment);
      expect(made === 1, 'one refund at the provider', `there are ${made}`);
      sameRefund(world, answers);
    },
  },
  {
    id: 'same-key-concurrent',
    title: 'A double click is one refund',
    level: 'promised',
    why: 'Two requests that arrive together both find no record when it is looked up before it is written.',
    mend: `${KEEP} While the first is on its way, answer 409 idempotency_key_running to the others.`,
    run: (world) =>
      world.untilSeen(async () => {
        const payment = await world.payment();
        const key = world.key();
        const watch = world.watch();
        const send = (start: StartLine) => world.refund(payment, '1.00', { key, start });
        const { answers, isSeen } = await world.together(Array.from({ length: AT_ONCE }, () => send));
        const made = await world.refunds(payment);
        expect(made === 1, 'one refund at the provider', `${AT_ONCE} requests at once made ${made}`);
        const { keyHeader } = world.profile;
        const keys = new Set(watch.creates(payment).map(({ headers }) => keyHeader && headers[keyHeader]));
        expect(keys.size === 1, 'one key at the provider', `there were ${keys.size}`);
        const untrue = answers.find((exchange) => world.claim(exchange) === 'nothing');
        expect(!untrue, 'the refund, or word that it is on its way', 'an answer says that no money moved', untrue);
        sameRefund(world, answers);
        return isSeen;
      }),
  },
  {
    id: 'same-key-other-body',
    title: 'A key that was used for another request is refused',
    level: 'promised',
    why: 'Answered from the record it would confirm a refund that was never made; carried out it would be a second one.',
    mend: 'Keep a fingerprint of method, path and body with the key, and answer 422 idempotency_key_reused when it differs.',
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      await world.refund(payment, '1.00', { key });
      const other = await world.refund(payment, '2.00', { key });
      const made = await world.refunds(payment);
      expect(made === 1, 'one refund at the provider', `there are ${made}`, other);
      const claim = world.claim(other);
      expect(claim === 'nothing', 'a refusal such as 422', `it was answered ${shown(other)}`, other);
    },
  },
  {
    id: 'same-key-other-payment',
    title: 'A key that was used for another payment is refused, and goes on standing for the first',
    level: 'promised',
    why:
      'A record that the second request overwrites no longer protects the first: sent again, it is refunded again. A record ' +
      'that is kept for each payment lets one key refund two.',
    mend: 'Insert the key under a unique constraint of its own, never update it, and compare method, path and body with it.',
    async run(world) {
      for (const lost of [false, true]) {
        const payment = await world.payment();
        const other = await world.payment();
        const key = world.key();
        if (lost) await world.scenario('drop_after_commit');
        await world.refund(payment, '1.00', { key });
        const stranger = await world.refund(other, '1.00', { key });
        const strange = await world.refunds(other);
        expect(strange === 0, 'no refund of the other payment', `there are ${strange}`, stranger);
        const claim = world.claim(stranger);
        expect(claim === 'nothing', 'a refusal such as 422', `it was answered ${shown(stranger)}`, stranger);
        const again = await world.refund(payment, '1.00', { key });
        const made = await world.refunds(payment);
        expect(made === 1, 'one refund of the first payment', `there are ${made}`, again);
        const isTrue = world.claim(again) !== 'nothing';
        expect(isTrue, 'the refund, or unknown', 'it says that no money moved', again);
      }
    },
  },
  {
    id: 'refusal-kept',
    title: 'A refusal of the provider is the last word on its key',
    level: 'promised',
    why:
      'The form has told that nothing was refunded, and somebody has found another way. The same request, sent again by a ' +
      'balancer or a second tab once there is balance, is then one refund too many.',
    mend: 'Keep the answer of a refusal with its key, as that of a success. Only a 401, 413 or 429 may be tried again.',
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      await world.scenario('insufficient_balance');
      const first = await world.refund(payment, '1.00', { key });
      if (world.claim(first) !== 'nothing') return;
      const again = await world.refund(payment, '1.00', { key });
      const made = await world.refunds(payment);
      expect(made === 0, 'no refund under a key that was refused', `there are ${made}`, again);
    },
  },
  {
    id: 'two-keys-two-refunds',
    title: 'Two equal refunds under two keys are two refunds',
    level: 'required',
    why: 'Two items at the same price are refunded one after the other; to take the second for a repetition loses it.',
    mend: 'Tell requests apart by their key, never by payment and amount.',
    async run(world) {
      const payment = await world.payment();
      const answers = [await world.refund(payment, '1.00'), await world.refund(payment, '1.00')];
      const made = await world.refunds(payment);
      expect(made === 2, 'two refunds at the provider', `there are ${made}`);
      const ids = new Set(answers.map(({ answer }) => world.profile.refundId(answer.json)));
      expect(ids.size === 2, 'an answer each', 'both answers name the same refund');
    },
  },
  {
    id: 'key-required',
    title: 'A write without a key is refused',
    level: 'promised',
    why: 'A request that cannot be recognised when it comes again cannot be repeated safely.',
    mend: 'Answer 400 idempotency_key_required; never make a key up.',
    async run(world) {
      const payment = await world.payment();
      const exchange = await world.refund(payment, '1.00', { headers: { [IDEMPOTENCY_KEY]: undefined } });
      const made = await world.refunds(payment);
      expect(made === 0, 'no refund', `there are ${made}`, exchange);
      expect(
        world.claim(exchange) === 'nothing',
        'a refusal such as 400',
        `it was answered ${shown(exchange)}`,
        exchange,
      );
    },
  },
];

/** Every answer that names a refund names the same. */
function sameRefund(world: World, answers: readonly Exchange[]): void {
  const named = answers.map(({ answer }) => world.profile.refundId(answer.json));
  const ids = new Set(named.filter((id) => id !== undefined));
  expect(ids.size === 1, 'the one refund in the answers', `they name ${ids.size}`, answers.at(-1));
}

export const shown = ({ answer }: Exchange): string => answer.lost ?? String(answer.status);
