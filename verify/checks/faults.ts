import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { expectReportedIsMade } from './claims.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { LOSSES, loseWrite, SILENT, SLOW, slowMs, type Loss } from './losses.ts';
import { routesOf, servedRoutes, type Prepared } from './routes.ts';

const UNKNOWN =
  "Answer 504 outcome_unknown with effect: unknown, or pass on the provider's 5xx with its own body. After a timeout, a dropped " +
  'connection, a 5xx or an unreadable body the provider may have refunded, so no answer may have effect: nothing then.';

/** The provider refuses the next refund for its rate limit. */
const RATE_LIMITED: Loss = { what: 'rate_limited', lose: (world) => world.scenario('rate_limited') };

export const FAULTS: readonly Check[] = [
  {
    id: 'lost-answer',
    title: 'A lost answer is never reported as a failure',
    level: 'required',
    why: 'The provider has refunded. An admin who reads that the refund failed refunds again.',
    mend: UNKNOWN,
    async run(world) {
      for (const route of await servedRoutes(world)) {
        for (const loss of LOSSES) {
          const prepared = await route.prepare(world);
          const { exchange } = await loseWrite(world, prepared, loss);
          expectNotNothing(world, exchange, `${route.what} after ${loss.what}`, prepared.isMade);
          const times = await prepared.countDone();
          expect(times === 1, `${route.what} to be carried out once`, `it was ${times} times`, exchange);
        }
      }
    },
  },
  {
    id: 'never-resent',
    title: 'The proxy never repeats a request that the provider cannot recognise',
    level: 'required',
    why: 'Many HTTP libraries retry by themselves. At a provider without idempotency keys every retry is another refund.',
    mend: 'Switch off the retries of your HTTP client for writes. If the provider takes a key, send the same key again.',
    async run(world) {
      for (const { path, prepare } of await servedRoutes(world)) {
        const isMain = path === world.profile.refundPath;
        for (const loss of isMain ? [...LOSSES, ...SILENT, RATE_LIMITED, SLOW] : [...LOSSES, SILENT[0]]) {
          const { body } = await prepare(world);
          await loss.lose(world, path);
          const watch = world.watch();
          const exchange = await world.write(path, { body });
          const { keyHeader } = world.profile;
          const count = countSends(watch.to(path), keyHeader);
          if (count === 0) throw new NotJudged('The proxy did not send the refund');
          const what = keyHeader === undefined ? 'one call' : 'one key in all calls';
          expect(count === 1, `${what} after ${loss.what}`, `there were ${count}`, exchange);
        }
      }
    },
  },
  {
    id: 'lost-answer-same-key',
    title: 'After a lost answer the same key makes no second refund',
    level: 'promised',
    why: 'The button Check status of the form sends the same key again. It must find out what happened, and never make a second refund.',
    mend:
      'If the provider takes a key, send the same key again within its 24 hours. Otherwise only read, and answer ' +
      '504 outcome_unknown until a person has settled the refund.',
    async run(world) {
      for (const { path, prepare, isRefund } of await servedRoutes(world)) {
        const isMain = path === world.profile.refundPath;
        for (const loss of isMain ? [...LOSSES, SILENT[0], SLOW] : [...LOSSES, SILENT[0]]) {
          const prepared = await prepare(world);
          const watch = world.watch();
          const { key, exchange } = await loseWrite(world, prepared, loss);
          if (loss === SLOW) await untilAnswered(world, exchange);
          await expectTrueAnswer(world, prepared, await world.write(path, { body: prepared.body, key }));
          const callCount = watch.to(path).length;
          // A second cancel cancels nothing more.
          const mayRepeat = world.profile.deduplicates || !isRefund;
          expect(mayRepeat || callCount === 1, 'one call of the provider', `there were ${callCount}`);
        }
      }
    },
  },
  {
    id: 'slow-provider',
    title: 'A provider that is too slow is not reported as a failure, nor with an invented refund',
    level: 'required',
    why: 'It may still make the refund after the proxy has stopped waiting.',
    mend: UNKNOWN,
    async run(world) {
      const { prepared, exchange } = await slowRefund(world);
      expectNotNothing(world, exchange, 'a refund');
      await untilAnswered(world, exchange);
      await expectReportedIsMade(world, prepared, exchange, 'a refund');
      await expectOneRefund(world, prepared.payment, exchange);
    },
  },
  {
    id: 'slow-provider-bounded',
    title: 'The proxy stops waiting for a slow provider',
    level: 'recommended',
    why: 'Requests that never end use up your server, and a person who waits too long clicks again.',
    mend: 'Give every call of the provider a time limit. Ours is 20 seconds. If yours is different, give it to verify with --proxy-timeout.',
    async run(world) {
      const { exchange, wait, isEarly } = await slowRefund(world);
      const { ms } = exchange.answer;
      // On a busy machine every answer takes longer, and then only the order tells.
      expect(ms < wait || isEarly, `an answer within ${wait} ms`, `it took ${Math.round(ms)} ms`, exchange);
    },
  },
  {
    id: 'rate-limit',
    title: 'A 429 of the provider is passed on, and the same key may be sent again',
    level: 'recommended',
    why: 'No refund was made. The form can wait for the time in Retry-After and send the request again.',
    mend: 'Pass on status, body and Retry-After, and do not store a 429 as the final answer of its key.',
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      await world.scenario('rate_limited', { retry_after: 7 });
      const first = await world.refund(payment, '1.00', { key });
      const { status, headers } = first.answer;
      expect(status === 429, 'status 429', `it was ${outcomeOf(first)}`, first);
      expect(headers['retry-after'] === '7', 'Retry-After: 7', `it was ${headers['retry-after'] ?? 'missing'}`, first);
      const second = await world.refund(payment, '1.00', { key });
      expect(world.claim(second) === 'refunded', 'the refund', `it was ${outcomeOf(second)}`, second);
      await expectOneRefund(world, payment, second);
    },
  },
];

async function expectOneRefund(world: World, payment: Payment, exchange: Exchange): Promise<void> {
  const refundCount = await world.refunds(payment);
  expect(refundCount === 1, 'one refund at the provider', `there are ${refundCount}`, exchange);
}

/** Checks that it was carried out at most once, and that the answer does not contradict it. */
async function expectTrueAnswer(world: World, { isMade, countDone }: Prepared, exchange: Exchange): Promise<void> {
  const refundCount = await countDone();
  expect(refundCount <= 1, 'at most one refund at the provider', `there are ${refundCount}`, exchange);
  const claim = world.claim(exchange, isMade);
  const isTrue = claim === 'refunded' ? refundCount === 1 : claim === 'nothing' ? refundCount === 0 : true;
  expect(
    isTrue,
    refundCount === 1 ? 'the refund, or an unknown outcome' : 'no refund, or an unknown outcome',
    `it claims: ${claim}`,
    exchange,
  );
}

function expectNotNothing(world: World, exchange: Exchange, what: string, isMade?: (json: unknown) => boolean): void {
  const came = `${outcomeOf(exchange)} claims that nothing was done`;
  const isTrue = world.claim(exchange, isMade) !== 'nothing';
  expect(isTrue, `an answer that the outcome of ${what} is unknown`, came, exchange);
}

/** Waits until a slow provider has answered the call of this exchange. */
async function untilAnswered({ clock, proxyTimeoutMs }: World, { answer }: Exchange): Promise<void> {
  await clock.pause(Math.max(0, slowMs(proxyTimeoutMs) - answer.ms) + 100);
}

/** Sends a refund that the provider answers only after the proxy's own timeout. */
async function slowRefund(world: World) {
  const prepared = await routesOf(world)[0].prepare(world);
  return { prepared, ...(await loseWrite(world, prepared, SLOW)), wait: slowMs(world.proxyTimeoutMs) };
}
