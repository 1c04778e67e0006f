import { IDEMPOTENCY_KEY, isRefusal } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { heldAtMostMs, Overtaking, quietMs, StartLine } from '../gate.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { assumeNotBusy, isBusy } from './busy.ts';
import { LOSSES, loseRefund } from './losses.ts';
import { expectNotNew, OTHER_MEMBERS } from './other-members.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { refundRoutes, servedRoutes, type Prepared, type Route } from './routes.ts';

const KEEP =
  'Before you call the provider, store the key with method, path and body under a unique constraint. When the key comes ' +
  'again, answer from that record. If the provider takes a key, send it the same one every time.';

const REFUSED = 'a refusal with effect: nothing, such as 422';

/** Enough requests to hit a check-then-act race, few enough for a small server. */
const AT_ONCE = 8;

/** More calls than a proxy makes before it sends a refund. */
const MAX_STAGES = 5;

export const IDEMPOTENCY: readonly Check[] = [
  {
    id: 'same-key-once',
    title: 'The same request with the same key is one refund, however often it comes',
    level: 'required',
    why:
      'People and load balancers send a request again, and a browser does so by itself when a kept connection breaks before ' +
      'the answer: no page can switch that off. If the provider takes no keys, each repeat is another refund.',
    mend: KEEP,
    async run(world) {
      for (const route of await servedRoutes(world)) {
        const prepared = await route.prepare(world);
        const key = world.key();
        const answers: Exchange[] = [];
        for (let time = 0; time < 3; time += 1)
          answers.push(await world.write(route.path, { body: prepared.body, key }));
        await expectDoneOnce(world, route, prepared, answers);
      }
    },
  },
  {
    id: 'same-key-concurrent',
    title: 'A double click is one refund',
    level: 'required',
    why: 'If a proxy first looks for a record and then writes it, two requests that arrive together both find none.',
    mend: `${KEEP} While the first request is running, answer 409 idempotency_key_running to the others.`,
    async run(world) {
      for (const route of await refundRoutes(world)) await makesOneOfTwins(world, route);
    },
  },
  {
    id: 'same-key-other-body',
    title: 'A key that was used for another request is refused',
    level: 'promised',
    why: 'An answer from the record would confirm a refund that was never made. To carry the request out would make a second refund.',
    mend: 'Keep a fingerprint of method, path and body with the key, and answer 422 idempotency_key_reused when it differs.',
    async run(world) {
      for (const { path, prepare } of await refundRoutes(world)) {
        const { body, otherBody, isMade, countDone } = await prepare(world);
        const key = world.key();
        await world.write(path, { body, key });
        const other = await world.write(path, { body: otherBody, key });
        const refundCount = await countDone();
        expect(refundCount === 1, 'one refund at the provider', `there are ${refundCount}`, other);
        const claim = world.claim(other, isMade);
        expect(claim === 'nothing', REFUSED, `it was answered ${outcomeOf(other)}`, other);
      }
      await expectNotNew(world);
    },
  },
  OTHER_MEMBERS,
  {
    id: 'same-key-other-payment',
    title: 'A key that was used for another payment is refused, and still belongs to the first payment',
    level: 'promised',
    why:
      'If the second request overwrites the record, the first request is refunded again when it is sent again. If there is one ' +
      'record for each payment, one key can refund two payments.',
    mend: 'Store the key under its own unique constraint and never update it. Compare method, path and body with the record.',
    async run(world) {
      for (const isFirstLost of [false, true]) {
        if (isFirstLost) await assumeNotSentAgain(world);
        const payment = await world.payment();
        const other = await world.payment();
        const key = await firstKey(world, payment, isFirstLost);
        const otherExchange = await world.refund(other, '1.00', { key });
        const otherCount = await world.refunds(other);
        expect(otherCount === 0, 'no refund of the other payment', `there are ${otherCount}`, otherExchange);
        const claim = world.claim(otherExchange);
        // A proxy may say of a key what may have become of its first request.
        const isRefused =
          claim === 'nothing' || (isFirstLost && claim === 'unknown' && isRefusal(otherExchange.answer.status));
        const came = `it was answered ${outcomeOf(otherExchange)}`;
        expect(isRefused, REFUSED, came, otherExchange);
        const again = await world.refund(payment, '1.00', { key });
        const refundCount = await world.refunds(payment);
        expect(refundCount === 1, 'one refund of the first payment', `there are ${refundCount}`, again);
        const isTrue = world.claim(again) !== 'nothing';
        expect(isTrue, 'the refund, or an unknown outcome', 'it says that no money moved', again);
      }
    },
  },
  {
    id: 'two-keys-two-refunds',
    title: 'Two equal refunds under two keys are two refunds',
    level: 'required',
    why: 'An admin refunds two items of the same price one after the other. If the second counts as a repeat, it is lost.',
    mend: 'Recognise a repeated request by its key, never by payment and amount.',
    async run(world) {
      const { payment, answers } = await twoEqualRefunds(world);
      const refundCount = await world.refunds(payment);
      expect(refundCount === 2, 'two refunds at the provider', `there are ${refundCount}`);
      const ids = answers.map((exchange) => refundIdOf(world, exchange, 'two answers that each name a refund'));
      expect(new Set(ids).size === 2, 'two answers that name two refunds', 'both answers name the same refund');
    },
  },
  {
    id: 'key-required',
    title: 'A write without a key is refused',
    level: 'promised',
    why: 'Without a key nobody can recognise a repeated request, so it is not safe to repeat it.',
    mend: 'Answer 400 idempotency_key_required. Never invent a key.',
    async run(world) {
      for (const { what, path, prepare } of await servedRoutes(world)) {
        const { body, isMade, countDone } = await prepare(world);
        const exchange = await world.write(path, { body, headers: { [IDEMPOTENCY_KEY]: undefined } });
        const times = await countDone();
        expect(times === 0, `${what} not to be carried out`, `it was, ${times} times`, exchange);
        const isRefused = world.claim(exchange, isMade) === 'nothing';
        expect(
          isRefused,
          'a refusal with effect: nothing, such as 400',
          `it was answered ${outcomeOf(exchange)}`,
          exchange,
        );
      }
    },
  },
];

/** @throws LeftOut when the proxy refuses the second even when the provider has said that the first succeeded */
async function twoEqualRefunds(world: World) {
  const payment = await world.payment();
  const first = await world.refund(payment, '1.00');
  const watch = world.watch();
  const second = await world.refund(payment, '1.00');
  if (!isBusy(world, second, watch.creates(payment))) return { payment, answers: [first, second] };
  const other = await world.payment();
  await world.scenario('fast_success');
  const done = await world.refund(other, '1.00');
  for (const path of world.profile.reads(other, world.profile.refundId(done.answer.json) ?? 'x'))
    await world.read(path);
  const laterWatch = world.watch();
  const later = await world.refund(other, '1.00');
  assumeNotBusy(world, later, laterWatch.creates(other));
  return { payment: other, answers: [done, later] };
}

/** Refunds the payment, and returns the key. */
async function firstKey(world: World, payment: Payment, isLost: boolean): Promise<string> {
  if (isLost) return (await loseRefund(world, payment, '1.00', LOSSES[0])).key;
  const key = world.key();
  await world.refund(payment, '1.00', { key });
  return key;
}

/** @throws NotJudged when the same key makes a second refund after a lost answer, whatever is sent between the two */
async function assumeNotSentAgain(world: World): Promise<void> {
  const payment = await world.payment();
  const key = await firstKey(world, payment, true);
  await world.refund(payment, '1.00', { key });
  if ((await world.refunds(payment)) > 1)
    throw new NotJudged('Its key makes a second refund: see lost-answer-same-key');
}

/** Sends the same request twice. `isReached`: both waited at their call number `stage`, where one overtakes the other. */
async function overtaking(world: World, stage: number, send: (start: StartLine) => Promise<Exchange>) {
  const { clock, proxyTimeoutMs } = world;
  const gate = new Overtaking(stage, clock, {
    quietMs: quietMs(proxyTimeoutMs),
    limitMs: heldAtMostMs(proxyTimeoutMs),
  });
  const start = new StartLine(2);
  world.recorder.hold(gate);
  try {
    const answers = await Promise.all([1, 2].map(() => send(start).finally(() => gate.ended())));
    return { answers, isReached: gate.isReached };
  } finally {
    world.recorder.hold(undefined);
  }
}

/** Sends equal requests on this route together, and so that one overtakes the other. */
async function makesOneOfTwins(world: World, route: Route): Promise<void> {
  await world.untilSeen(async () => {
    const round = await twins(world, route);
    const { answers, isSeen } = await world.together(Array.from({ length: AT_ONCE }, () => round.send));
    await round.expectOne(answers);
    return isSeen;
  });
  // Together they read the same. Here one reads what is old, and then what the other has written since.
  for (let stage = 1; stage <= MAX_STAGES && world.hasPayment; stage += 1) {
    const round = await twins(world, route);
    const { answers, isReached } = await overtaking(world, stage, round.send);
    await round.expectOne(answers);
    if (!isReached) return;
  }
}

/** Equal requests with the same key, and the check of what became of them. */
async function twins(world: World, route: Route) {
  const prepared = await route.prepare(world);
  const { path, body } = prepared;
  const key = world.key();
  const watch = world.watch();
  return {
    send: (start: StartLine) => world.write(path, { body, key, start }),
    async expectOne(answers: readonly Exchange[]): Promise<void> {
      const refundCount = await prepared.countDone();
      expect(refundCount === 1, 'one refund at the provider', `${answers.length} requests at once made ${refundCount}`);
      const { keyHeader } = world.profile;
      const calls = watch.to(path);
      const keyless = calls.filter(({ headers }) => keyHeader !== undefined && headers[keyHeader] === undefined);
      expect(keyless.length === 0, `${keyHeader} on every call`, `${keyless.length} had none`);
      const keyCount = keyHeader === undefined ? 1 : countSends(calls, keyHeader);
      expect(keyCount === 1, 'one key at the provider', `there were ${keyCount}`);
      await expectDoneOnce(world, route, prepared, answers);
    },
  };
}

/** Checks that it was carried out once, that no answer denies it, and that the answers say the same. */
async function expectDoneOnce(
  world: World,
  { what, path }: Route,
  { isMade, countDone }: Prepared,
  answers: readonly Exchange[],
): Promise<void> {
  const times = await countDone();
  expect(times === 1, `${what} to be carried out once`, `it was ${times} times`);
  const wrongAnswer = answers.find((exchange) => world.claim(exchange, isMade) === 'nothing');
  const expected = `an answer that ${what} is done or still running`;
  expect(!wrongAnswer, expected, 'an answer says that nothing was done', wrongAnswer);
  if (path === world.profile.refundPath) return expectSameRefund(world, answers);
  const isSaid = answers.some((exchange) => world.claim(exchange, isMade) === 'refunded');
  expect(isSaid, `an answer that ${what} is done`, `there is none: ${answers.map(outcomeOf).join(', ')}`);
}

/** Checks that every answer that names a refund names the same one. */
function expectSameRefund(world: World, answers: readonly Exchange[]): void {
  const refundIds = answers.map(({ answer }) => world.profile.refundId(answer.json));
  const ids = new Set(refundIds.filter((id) => id !== undefined));
  const statuses = answers.map(outcomeOf).join(', ');
  expect(ids.size > 0, 'one refund id in all answers', `none names a refund: ${statuses}`, answers.at(-1));
  expect(ids.size === 1, 'one refund id in all answers', `they name ${ids.size}`, answers.at(-1));
}

/** @throws Mismatch when the answer names no refund: a missing id equals no other */
function refundIdOf(world: World, exchange: Exchange, expected: string): string {
  const id = world.profile.refundId(exchange.answer.json);
  expect(id !== undefined, expected, `one was answered ${outcomeOf(exchange)} and names none`, exchange);
  return id;
}
