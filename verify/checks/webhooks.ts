import { isSuccess } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { ForgedEvent, Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';
import { assumeFiguresHold, assumeHeld, expectHeld, readKey } from './held.ts';
import { changeAnswer, loseRefund, SILENT } from './losses.ts';
import { assumeAnySumIsKept, assumeSumIsKept, freesNothing, share } from './sums.ts';

/** The path at which a proxy receives webhooks, the same as in our own proxy. */
const PATH = '/webhooks';

/** No order of verify is in it. */
const OTHER_CURRENCY = 'EUR';

/** No proxy serves this path. */
const NOWHERE = '/verify-no-such-path';
/** Statuses of a path that is not served. */
const NOT_SERVED = new Set([404, 405, 501]);

export const WEBHOOKS: readonly Check[] = [
  {
    id: 'webhook-forged',
    title: 'A forged webhook frees no amount',
    level: 'counted',
    why:
      'The address of a webhook is not secret. If a stranger can report a refund as failed, its amount is freed and refunded ' +
      'again, although the first refund succeeds.',
    mend:
      'UQPAY: compare the HMAC-SHA512 of the raw body and x-wk-timestamp in constant time, refuse a timestamp more than 300 ' +
      'seconds away, and answer 401. UPayments signs nothing: do not trust its callbacks, and read the refund at the provider instead.',
    async run(world) {
      const payment = await world.payment();
      const creation = await world.refund(payment, share(payment, 60n));
      const events = world.profile.forgedEvents(payment, creation.answer.json, world.clock.wall());
      expect(events.length > 0, 'a refund', 'there was none', creation);
      await assumeSumIsKept(world, payment);
      let isReceived = false;
      for (const event of events) {
        const { exchange, isServed } = await postEvent(world, event);
        isReceived ||= isServed;
        await freesNothing(world, payment, event.what, exchange);
      }
      if (!isReceived) throw notReceived();
    },
  },
  {
    id: 'webhook-genuine',
    title: 'A genuine webhook is accepted, where webhooks are received',
    level: 'recommended',
    why:
      'A proxy that refuses every webhook looks safe, and learns nothing: a refund that fails later keeps its amount, and the ' +
      'provider goes on sending.',
    mend:
      'UQPAY: compute the HMAC-SHA512 of the raw body followed by x-wk-timestamp, in hex, with the secret of your webhooks. For ' +
      'verify that secret is sandbox-webhook-secret. Take the body before anything parses it, and answer 200.',
    appliesTo: (profile) => profile.statusEvent !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.scenario('fail');
      const creation = await world.refund(payment, share(payment, 60n));
      const event = world.profile.statusEvent?.(payment, creation.answer.json, world.clock.wall(), 'FAILED');
      expect(event !== undefined, 'a refund', 'there was none', creation);
      const { exchange, isServed } = await postEvent(world, event);
      if (!isServed) throw notReceived();
      const { status } = exchange.answer;
      expect(isSuccess(status), 'a 2xx', `${event.what} was answered ${outcomeOf(exchange)}`, exchange);
    },
  },
  {
    id: 'webhook-twice',
    title: 'A repeated webhook frees no amount again',
    level: 'counted',
    why: 'A provider sends an event until it is acknowledged, and sometimes twice. If each "failed" frees the amount, more than the payment can be refunded.',
    mend: 'Store the status of each refund, and free its amount only when the status changes. Count an event once, by its event_id.',
    appliesTo: (profile) => profile.statusEvent !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      const payment = await world.payment();
      const part = share(payment, 60n);
      await world.scenario('fast_fail');
      const creation = await world.refund(payment, part);
      const event = world.profile.statusEvent?.(payment, creation.answer.json, world.clock.wall(), 'FAILED');
      expect(event !== undefined, 'a refund', 'there was none', creation);
      for (let time = 0; time < 3; time += 1) {
        const { exchange, isServed } = await postEvent(world, event);
        if (!isServed) throw notReceived();
        if (time === 0 && !isSuccess(exchange.answer.status)) {
          throw new NotJudged(`${event.what} was answered ${outcomeOf(exchange)}: see webhook-genuine`);
        }
      }
      const watch = world.watch();
      await world.refund(payment, part);
      const second = await world.refund(payment, part);
      const callCount = watch.creates(payment).length;
      expect(callCount <= 1, 'one refund of 60 % after one that failed', `${callCount} reached the provider`, second);
    },
  },
  {
    id: 'webhook-other-figures',
    title: 'What a webhook says of another payment, amount or currency changes nothing',
    level: 'counted',
    why:
      'An event names the refund, its payment and its amount. If they do not fit together, nobody knows which of them is wrong. A proxy ' +
      'that looks at the id alone frees the amount of a refund that may be gone.',
    mend:
      'Compare payment_intent_id, amount and currency of the event with the refund of this id. If one differs, learn nothing from it, ' +
      'and read the refund at the provider.',
    appliesTo: (profile) => profile.statusEvent !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      const other = await world.payment();
      for (const [what, changed] of [
        ['another payment', { payment: other }],
        ['another amount', { amount: share(other, 50n) }],
        ['another currency', { currency: OTHER_CURRENCY }],
      ] as const satisfies readonly (readonly [string, Changed])[]) {
        const payment = await world.payment();
        const creation = await world.refund(payment, share(payment, 60n));
        const { payment: told = payment, ...members }: Changed = changed;
        const json = { ...(Object(creation.answer.json) as object), ...members };
        const event = world.profile.statusEvent?.(told, json, world.clock.wall(), 'FAILED');
        expect(event !== undefined, 'a refund', `it was answered ${outcomeOf(creation)}`, creation);
        const { exchange, isServed } = await postEvent(world, event);
        if (!isServed) throw notReceived();
        await freesNothing(world, payment, `a genuine FAILED event that says ${what}`, exchange);
      }
    },
  },
  {
    id: 'webhook-of-another',
    title: 'A webhook about another refund settles no refund whose answer was lost',
    level: 'counted',
    why:
      'Two items of one price are refunded, and the answer to the first is lost. The event that the second has failed is genuine. A ' +
      'proxy that finds its refund by payment and amount says that the first was not refunded, and frees an amount that may be gone.',
    mend: 'Look up an event by the id of its refund. If no refund of yours has that id, the event settles nothing.',
    appliesTo: (profile) => profile.statusEvent !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      await assumeFiguresHold(world);
      for (const word of ['FAILED', 'SUCCEEDED']) {
        for (const isKnown of [true, false]) await settlesNoOther(world, word, isKnown);
      }
    },
  },
];

/** What an event says otherwise than the answer to the refund. */
interface Changed {
  readonly payment?: Payment;
  readonly amount?: string;
  readonly currency?: string;
}

/** @param isKnown whether the proxy has made the refund that the event is about */
async function settlesNoOther(world: World, word: string, isKnown: boolean): Promise<void> {
  const { profile } = world;
  const payment = await world.payment();
  const amount = share(payment, 40n);
  const { key, exchange: lost } = await loseRefund(world, payment, amount, SILENT[0]);
  if (world.claim(lost) === 'nothing')
    throw new NotJudged('It says of a lost answer that no money moved: see lost-answer');
  await assumeHeld(world, { payment, key, amount, what: SILENT[0].what });
  // Of another payment where the proxy refuses a second refund while one is unknown.
  const other =
    (await otherRefund(world, payment, amount, word)) ??
    (await otherRefund(world, await world.payment(), amount, word));
  const created = isKnown || !other ? other : { ...other, payment_refund_id: `RF-verify-other-${word}` };
  const event = profile.statusEvent?.(payment, created, world.clock.wall(), word);
  if (!event) throw new NotJudged('A refund of 40 % does not go through');
  const { exchange, isServed } = await postEvent(world, event);
  if (!isServed) throw notReceived();
  const what = `a genuine ${word} event about another refund`;
  await expectHeld(world, { payment, key, amount, what });
  const { rows, exchange: read } = await readKey(world, payment, key);
  const isOther = rows.some(({ refund_id: id }) => id === profile.refundId(created));
  expect(!isOther, `the key not listed with another refund after ${what}`, 'it is listed with it', read);
  const again = await world.refund(payment, amount, { key });
  const came = `${outcomeOf(again)} says that no money moved`;
  expect(world.claim(again) !== 'nothing', `the refund, or an unknown outcome, after ${what}`, came, exchange);
}

/** The answer to another refund, which has this status. `undefined` when there is no refund in it. */
async function otherRefund(world: World, payment: Payment, amount: string, word: string): Promise<object | undefined> {
  const { withStatus } = world.profile;
  await world.scenario(word === 'FAILED' ? 'fast_fail' : 'fast_success');
  // The event is the first that tells what has become of it.
  if (withStatus) changeAnswer(world, (text) => withStatus(text, 'INITIATED'));
  const creation = await world.refund(payment, amount);
  await world.sandbox.clearScenarios();
  world.recorder.clear();
  const { json } = creation.answer;
  return world.profile.refundId(json) === undefined ? undefined : (Object(json) as object);
}

/**
 * Sends an event without your sign-in, as the provider does. `isServed`: the proxy answers it otherwise than a path that
 * it does not serve. What is answered everywhere, such as the 401 of a sign-in in front, is no answer to a webhook.
 */
export async function postEvent(world: World, { headers, body }: ForgedEvent) {
  const send = (path: string) => world.send('POST', path, headers, body, { signIn: {} });
  const nowhere = (await send(NOWHERE)).answer;
  const exchange = await send(PATH);
  const { status, text } = exchange.answer;
  const isServed = !NOT_SERVED.has(status) && (status !== nowhere.status || text !== nowhere.text);
  return { exchange, isServed };
}

export const notReceived = () => new LeftOut(`The proxy receives nothing at POST ${PATH} below the endpoint`);
