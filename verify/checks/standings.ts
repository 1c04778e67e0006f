import { isSuccess, type PaymentSummary } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { assumePaymentIsServed, inWords, noPayment, readKey } from './held.ts';
import { outcomeOf } from './outcomes.ts';
import { readAtProvider } from './pass-through.ts';
import { refundRoutes } from './routes.ts';
import { parseSummaryAmount, share } from './sums.ts';
import { notReceived, postEvent } from './webhooks.ts';

type Standing = 'pending' | 'succeeded' | 'failed';

/** Which figure of the payment has the amount of a refund. */
const FIGURE = { pending: 'pending', succeeded: 'refunded', failed: 'refundable' } as const;

/** A refund that was made, and the key under which the payment lists it. */
interface Made {
  readonly payment: Payment;
  readonly key: string;
  readonly creation: Exchange;
  readonly id: string;
}

const LEARN =
  'Take the status from each genuine webhook, from the reads of a refund that you pass on, or from the provider when the payment ' +
  'is read. Any 2xx is an answer: UPayments reads come with a 201.';

/** What the proxy's own payment says of a refund whose status is known. */
export const STANDINGS: readonly Check[] = [
  {
    id: 'standings',
    title: 'The payment says of each refund what the provider has answered, and no more',
    level: 'counted',
    why:
      'A refund that is pending can still fail. If the payment calls it succeeded, the customer is told that the money is there. ' +
      'If it calls a failed one succeeded or pending, nobody refunds again, and the amount stays locked. By its refund_id the form ' +
      'finds a refund that it shows: under another id it does not learn what has become of it.',
    mend:
      'Give a refund the standing of its status: INITIATED and PROCESSING are pending, SUCCEEDED is succeeded, FAILED is failed; ' +
      'what create-refund of UPayments answers is pending. Only succeeded refunds are in refunded. Failed ones are in no figure. ' +
      'refund_id is payment_refund_id of UQPAY, and data.orderId of UPayments, unchanged.',
    async run(world) {
      await assumePaymentIsServed(world);
      const { answered } = world.profile.statuses;
      for (const { scenario, standing } of answered) {
        const made = await make(world, scenario);
        await expectStanding(
          world,
          made,
          standing,
          `a create ${scenario === undefined ? '' : `(${scenario}) `}answered`,
        );
      }
      await othersStayPending(world);
      await vendorsStayPending(world);
    },
  },
  {
    id: 'failure-learned',
    title: 'A refund that fails later shows as failed, and its amount is free again',
    level: 'counted',
    why:
      'A proxy that answers a webhook with 200 and keeps the first status says pending of a refund that has failed. The customer ' +
      'waits for good, and the amount is locked.',
    mend: LEARN,
    appliesTo: ({ statuses }) => statuses.later.some(({ standing }) => standing === 'failed'),
    run: (world) => learns(world, 'failed'),
  },
  {
    id: 'success-learned',
    title: 'A refund that succeeds later shows as succeeded',
    level: 'recommended',
    why: 'A proxy that keeps the first status says pending of a refund that the customer has long had, and somebody asks the provider.',
    mend: LEARN,
    run: (world) => learns(world, 'succeeded'),
  },
  {
    id: 'webhook-late',
    title: 'A webhook that comes late takes nothing back',
    level: 'counted',
    why:
      'Webhooks overtake each other, and are sent again. If the last one to arrive decides, a refund that has succeeded becomes ' +
      'pending again, and for good.',
    mend: 'Change a standing only forwards: after SUCCEEDED only a reversal is news, and INITIATED or PROCESSING never are.',
    appliesTo: (profile) => profile.statusEvent !== undefined,
    async run(world) {
      await assumePaymentIsServed(world);
      const { list, prefix } = world.profile;
      const made = await make(world, 'fast_success');
      if (!(await tell(world, made, 'SUCCEEDED'))) throw notReceived();
      const before = await standingOf(world, made);
      if (before === undefined) throw new LeftOut('GET /payments/{id} lists no refunds');
      if (before !== 'succeeded')
        throw new NotJudged(`A refund that has succeeded is listed as ${before}: see standings`);
      // The provider's list would tell the proxy again. A list may be late, too.
      world.recorder.rewrite({
        method: 'GET',
        path: new RegExp(`^${prefix}${list.path}`),
        isKept: true,
        change: list.empty,
      });
      await tell(world, made, 'INITIATED');
      await expectStanding(
        world,
        made,
        'succeeded',
        'a late webhook has told INITIATED of a refund that had succeeded',
      );
    },
  },
];

/** Makes a refund that is pending, lets the provider tell what has become of it, and reads the payment. */
async function learns(world: World, standing: Standing): Promise<void> {
  const { profile } = world;
  const { prefix, withStatus, refundPath, statuses } = profile;
  await assumePaymentIsServed(world);
  for (const { scenario, word } of statuses.later.filter((later) => later.standing === standing)) {
    if (withStatus) {
      const change = (text: string) => withStatus(text, 'INITIATED');
      world.recorder.rewrite({ method: 'POST', path: prefix + refundPath, change });
    }
    const made = await make(world, scenario);
    // What was read before must not be answered for ever.
    await readKey(world, made.payment, made.key);
    // Whoever receives webhooks need not learn from the reads, too.
    const isTold = await tell(world, made, word);
    for (const path of isTold ? [] : profile.reads(made.payment, made.id)) await readAtProvider(world, path);
    await expectStanding(world, made, standing, `the provider has told ${word}`);
  }
}

/** Makes two refunds of one payment, of which the provider says that one is paid: this says nothing of the other. */
async function othersStayPending(world: World): Promise<void> {
  const { answered, later } = world.profile.statuses;
  const paid = later.find(({ standing }) => standing === 'succeeded')?.scenario;
  const open = answered.find(({ standing }) => standing === 'pending')?.scenario;
  const payment = await world.payment();
  const keys: string[] = [];
  for (const [scenario, percent] of [
    [open, 10n],
    [paid, 20n],
    [open, 30n],
  ] as const) {
    if (scenario !== undefined) await world.scenario(scenario);
    const key = world.key();
    const creation = await world.refund(payment, share(payment, percent), { key });
    await world.sandbox.clearScenarios();
    if (scenario !== paid) keys.push(key);
    const id = world.profile.refundId(creation.answer.json);
    // It may refuse a second one while the first is pending.
    for (const path of id === undefined ? [] : world.profile.reads(payment, id)) await world.read(path);
  }
  for (const key of keys) await notSucceeded(world, payment, key, 20n, 'another refund of the payment is paid');
}

/** Makes a refund over vendors: its rows are initiated, and the provider has told nothing more of them. */
async function vendorsStayPending(world: World): Promise<void> {
  const { vendors } = world.profile;
  const route = (await refundRoutes(world)).find(({ path }) => path === vendors?.path);
  if (!route) return;
  const { path, payment, body } = await route.prepare(world, 60n);
  const key = world.key();
  await world.write(path, { body, key });
  await notSucceeded(world, payment, key, 0n, `${route.what} was answered`);
}

/** @param paid how many percent of the payment the provider has paid back */
async function notSucceeded(world: World, payment: Payment, key: string, paid: bigint, what: string): Promise<void> {
  const { summary, rows, exchange } = await readKey(world, payment, key);
  if (!summary) throw noPayment(exchange.answer.status);
  const untrue = rows.find(({ standing }) => standing === 'succeeded');
  const came = `GET /payments/{id} lists it as ${untrue && inWords(untrue)}`;
  expect(!untrue, `a refund of which the provider tells nothing not to succeed when ${what}`, came, exchange);
  const most = share(payment, paid);
  const isTrue = amountIn(summary, 'refunded') <= parseSummaryAmount(most, payment.currency);
  const told = `GET /payments/{id} says that ${summary.refunded} are refunded`;
  expect(isTrue, `refunded at most ${most} when ${what}`, told, exchange);
}

/** @param scenario of the sandbox, for what becomes of the refund */
async function make(world: World, scenario: string | undefined): Promise<Made> {
  const payment = await world.payment();
  const key = world.key();
  // A form has the page open before it refunds. What it then reads must not be answered for ever.
  await readKey(world, payment, key);
  if (scenario !== undefined) await world.scenario(scenario);
  const creation = await world.refund(payment, share(payment, 60n), { key });
  const id = world.profile.refundId(creation.answer.json);
  if (id === undefined) throw new NotJudged(`A refund of 60 % was answered ${outcomeOf(creation)}`);
  return { payment, key, creation, id };
}

/**
 * Sends a genuine webhook, where the provider signs them. Returns whether the proxy receives any.
 * @throws NotJudged when it refuses a genuine one
 */
async function tell(world: World, { payment, creation }: Made, word: string): Promise<boolean> {
  const event = world.profile.statusEvent?.(payment, creation.answer.json, world.clock.wall(), word);
  if (!event) return false;
  const { exchange, isServed } = await postEvent(world, event);
  if (!isServed || isSuccess(exchange.answer.status)) return isServed;
  throw new NotJudged(`${event.what} was answered ${outcomeOf(exchange)}: see webhook-genuine`);
}

async function standingOf(world: World, { payment, key }: Made): Promise<string | undefined> {
  return (await readKey(world, payment, key)).rows[0]?.standing;
}

/** @throws LeftOut or NotJudged when the proxy serves no payment */
async function expectStanding(
  world: World,
  { payment, key, id }: Made,
  standing: Standing,
  what: string,
): Promise<void> {
  const { summary, rows, exchange } = await readKey(world, payment, key);
  if (!summary) throw noPayment(exchange.answer.status);
  const other = rows.find((row) => row.standing !== standing);
  const expected = `standing: ${standing} after ${what}`;
  expect(!other, expected, `GET /payments/{id} lists it as ${other && inWords(other)}`, exchange);
  const misnamed = rows.find(({ refund_id: listed }) => listed !== undefined && listed !== null && listed !== id);
  const named = `refund_id: ${id}, the id by which the provider's reads find the refund`;
  expect(!misnamed, named, `GET /payments/{id} lists it as ${misnamed && inWords(misnamed)}`, exchange);
  const figures = figuresOf(payment, standing);
  const names = ['refunded', 'pending', 'refundable'] as const;
  if (names.some((name) => amountIn(summary, name) < 0n))
    throw new NotJudged('A figure is no amount: see payment-summary');
  const isTrue = names.every((name) => amountIn(summary, name) === figures[name]);
  const { captured, refunded, pending, refundable } = summary;
  const came = `of ${captured} captured, ${refunded} are refunded, ${pending} pending and ${refundable} refundable`;
  expect(isTrue, `${share(payment, 60n)} to be ${FIGURE[standing]} after ${what}`, came, exchange);
}

function figuresOf(payment: Payment, standing: Standing) {
  const minor = (percent: bigint) => parseSummaryAmount(share(payment, percent), payment.currency);
  const none = { refunded: 0n, pending: 0n, refundable: minor(40n) };
  return { ...none, [FIGURE[standing]]: standing === 'failed' ? minor(100n) : minor(60n) };
}

function amountIn(summary: PaymentSummary, name: 'refunded' | 'pending' | 'refundable'): bigint {
  return parseSummaryAmount(summary[name], summary.currency);
}
