import * as z from 'zod/mini';

import { isSuccess, paymentProblem, paymentSummary, type PaymentSummary } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { livePaths, LiveStatus, type LiveEvent, type LivePath } from '../live.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { noPayment, readKey } from './held.ts';
import { LOSSES } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { share } from './sums.ts';
import { differenceOf } from './told.ts';

const EVENT_STREAM = 'text/event-stream';

export const LIVE: readonly Check[] = [
  {
    id: 'live-true',
    title: 'Live status says the same as the payment',
    level: 'required',
    why:
      'A form that follows its payment shows what it is told there, and reads no more. If a refund that is pending or unknown is told ' +
      'as succeeded, the customer is told that the money is there; if it is told as failed, somebody refunds again.',
    mend:
      'Make the data of each event payment of the same summary as GET /payments/{id}, without permission, and of the ledger as it is ' +
      'when it is sent. Let no cache and no server on the way keep or change it.',
    async run(world) {
      const paths = assumeLive(world);
      const followed = await makeKinds(world);
      for (const path of paths) {
        let count = 0;
        for (let first = 0; first < followed.length; first += path.most) {
          count += await tellsAsRead(world, path, followed.slice(first, first + path.most));
        }
        if (count === 0) throw new NotJudged('no event payment came in time: see live-told');
        for (const act of [refundPlainly, refundAndLose]) {
          const { payment, told, after, exchange } = await followChange(world, path, act);
          const difference = told && differenceOf(told, after);
          expect(!difference, `${difference?.read} after a change`, `an event says ${difference?.told}`, exchange);
          // Whoever follows it now must not be told what was true before.
          await tellsAsRead(world, path, [payment]);
        }
      }
    },
  },
  {
    id: 'live-refused',
    title: 'Live status tells no payment whose read is refused',
    level: 'required',
    why: 'A stream is open for minutes. One that asks for less than a read does tells everybody who knows or guesses an id.',
    mend:
      'Authorise each payment of a stream as you do GET /payments/{id}. Answer with the problem of that read, or in a stream of several ' +
      'payments send it as an event problem.',
    async run(world) {
      const paths = assumeLive(world);
      const missing = await missingPayment(world);
      const payment = await world.payment();
      for (const path of paths) {
        for (const ids of [[missing], [payment.id, missing]].filter(({ length }) => length <= path.most)) {
          const isToldOfAll = (came: readonly LiveEvent[]) => came.length >= ids.length;
          const { events, exchange } = await follow(world, path, ids, isToldOfAll);
          const told = summariesIn(events).find((summary) => summary.payment_id !== payment.id);
          const expected = `no event about ${missing}, whose read is refused`;
          expect(!told, expected, `an event tells ${told?.captured} ${told?.currency} as captured`, exchange);
        }
      }
    },
  },
  {
    id: 'live-told',
    title: 'Live status tells the payment at once and after each change',
    level: 'recommended',
    why:
      'The form waits for it and does not poll meanwhile. A stream that a server on the way holds back, or that tells no change, leaves ' +
      'a page with what was true when it was opened.',
    mend:
      'Answer with content-type text/event-stream. Send an event payment for each payment at once and after every change, and let ' +
      'nothing buffer or compress the stream. For a payment whose read is refused send an event problem, and go on with the others.',
    async run(world) {
      const paths = assumeLive(world);
      const missing = await missingPayment(world).catch((error: unknown) => {
        if (error instanceof LeftOut) return undefined;
        throw error;
      });
      for (const path of paths) {
        const { before, told, exchange } = await followChange(world, path, refundPlainly);
        const { status, headers } = exchange.answer;
        const isStream = isSuccess(status) && headers['content-type']?.startsWith(EVENT_STREAM) === true;
        expect(isStream, `a 2xx with ${EVENT_STREAM}`, `it was answered ${outcomeOf(exchange)}`, exchange);
        expect(before !== undefined, 'an event payment at once', 'none came', exchange);
        expect(told !== undefined, 'an event payment after a refund', 'none came', exchange);
        const isBare = told.permission === undefined;
        expect(isBare, 'an event without permission, which is only for whoever reads', 'it has one', exchange);
        if (missing !== undefined && path.most > 1) await tellsProblem(world, path, missing);
      }
    },
  },
];

/** @throws LeftOut when the proxy does not say that it has live status */
function assumeLive(world: World): readonly LivePath[] {
  const paths = livePaths(world);
  if (paths.length > 0) return paths;
  throw new LeftOut('GET / says nothing of live status (events, max_event_payments)');
}

/** Payments with a refund of each kind, and one without. */
async function makeKinds(world: World): Promise<readonly Payment[]> {
  const { answered } = world.profile.statuses;
  const payments = [await world.payment()];
  for (const { scenario } of answered) {
    const payment = await world.payment();
    if (scenario !== undefined) await world.scenario(scenario);
    await refundPlainly(world, payment);
    payments.push(payment);
  }
  const lost = await world.payment();
  await refundAndLose(world, lost);
  return [...payments, lost];
}

const refundPlainly = async (world: World, payment: Payment): Promise<void> =>
  void (await world.refund(payment, share(payment, 60n)));

async function refundAndLose(world: World, payment: Payment): Promise<void> {
  await LOSSES[0].lose(world);
  await refundPlainly(world, payment);
}

/** Reads each payment, follows all of them, and compares what is told at once. Returns how many events told it. */
async function tellsAsRead(world: World, path: LivePath, payments: readonly Payment[]): Promise<number> {
  const read = new Map<string, PaymentSummary>();
  for (const payment of payments) read.set(payment.id, await summaryOf(world, payment));
  const ids = [...read.keys()];
  const { events, exchange } = await follow(world, path, ids, (came) => ids.every((id) => lastOf(came, id)));
  const summaries = summariesIn(events);
  for (const summary of summaries) {
    const { payment_id: id } = summary;
    const asRead = read.get(id);
    expect(asRead !== undefined, `events about ${ids.join(', ')}`, `one is about ${id}`, exchange);
    const difference = differenceOf(summary, asRead);
    const expected = `${difference?.read}, as GET /payments/${id} says`;
    expect(!difference, expected, `an event says ${difference?.told}`, exchange);
  }
  return summaries.length;
}

interface Followed {
  readonly payment: Payment;
  /** What was told at once. */
  readonly before: PaymentSummary | undefined;
  /** The last that was told otherwise. */
  readonly told: PaymentSummary | undefined;
  /** As it was read after the change. */
  readonly after: PaymentSummary;
  readonly exchange: Exchange;
}

/**
 * Follows a payment while something happens to it.
 * @throws NotJudged when the payment itself does not show it
 */
async function followChange(
  world: World,
  path: LivePath,
  act: (world: World, payment: Payment) => Promise<void>,
): Promise<Followed> {
  const payment = await world.payment();
  const read = await summaryOf(world, payment);
  const live = new LiveStatus(world, path.pathOf([payment.id]));
  await live.tells((events) => lastOf(events, payment.id) !== undefined);
  const before = lastOf(live.events, payment.id);
  await act(world, payment);
  const after = await summaryOf(world, payment);
  if (!differenceOf(after, read))
    throw new NotJudged('GET /payments/{id} shows no refund that was made: see standings');
  const isTold = (events: readonly LiveEvent[]) => {
    const last = lastOf(events, payment.id);
    return last !== undefined && !differenceOf(last, after);
  };
  await live.tells(isTold);
  const last = lastOf(live.events, payment.id);
  const { isOver } = live;
  const exchange = await live.close();
  // What was true when it was told is no lie where the stream ended before the next event.
  const isChanged = last && differenceOf(last, read) && !(isOver && differenceOf(last, after));
  return { payment, before, told: isChanged ? last : undefined, after, exchange };
}

/** Follows a payment beside one whose read is refused. */
async function tellsProblem(world: World, path: LivePath, missing: string): Promise<void> {
  const { id } = await world.payment();
  const isWhole = (events: readonly LiveEvent[]) => lastOf(events, id) !== undefined && problemOf(events) !== undefined;
  const { events, exchange } = await follow(world, path, [missing, id], isWhole);
  expect(lastOf(events, id) !== undefined, `an event payment about ${id}, which may be read`, 'none came', exchange);
  const told = problemOf(events);
  expect(told === missing, `an event problem about ${missing}`, told ?? 'none came', exchange);
}

const problemOf = (events: readonly LiveEvent[]): string | undefined =>
  events.flatMap(({ name, json }) =>
    name === 'problem' ? [z.safeParse(paymentProblem, json).data?.payment_id ?? ''] : [],
  )[0];

async function follow(
  world: World,
  path: LivePath,
  ids: readonly string[],
  isEnough: (events: readonly LiveEvent[]) => boolean,
): Promise<{ readonly events: readonly LiveEvent[]; readonly exchange: Exchange }> {
  const live = new LiveStatus(world, path.pathOf(ids));
  await live.tells(isEnough);
  const exchange = await live.close();
  return { events: live.events, exchange };
}

/** @throws LeftOut or NotJudged when the proxy answers no payment */
async function summaryOf(world: World, payment: Payment): Promise<PaymentSummary> {
  const { summary, exchange } = await readKey(world, payment, '');
  if (!summary) throw noPayment(exchange.answer.status);
  return summary;
}

/** @throws LeftOut when the proxy reads any payment */
async function missingPayment(world: World): Promise<string> {
  const id = world.missingId;
  const { answer } = await world.read(`/payments/${encodeURIComponent(id)}`);
  if (!isSuccess(answer.status)) return id;
  throw new LeftOut('GET /payments/{id} is answered for any id, also of no payment');
}

const summariesIn = (events: readonly LiveEvent[]): readonly PaymentSummary[] =>
  events.flatMap(({ name, json }) => (name === 'payment' ? (z.safeParse(paymentSummary, json).data ?? []) : []));

const lastOf = (events: readonly LiveEvent[], id: string): PaymentSummary | undefined =>
  summariesIn(events).findLast((summary) => summary.payment_id === id);
