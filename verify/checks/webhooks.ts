import { isSuccess } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { ForgedEvent } from '../profile.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';
import { assumeAnySumIsKept, assumeSumIsKept, freesNothing, share } from './sums.ts';

/** The path at which a proxy receives webhooks, the same as in our own proxy. */
const PATH = '/webhooks';

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
        const { exchange, isServed } = await post(world, event);
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
    appliesTo: (profile) => profile.failedEvent !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.scenario('fail');
      const creation = await world.refund(payment, share(payment, 60n));
      const event = world.profile.failedEvent?.(payment, creation.answer.json, world.clock.wall());
      expect(event !== undefined, 'a refund', 'there was none', creation);
      const { exchange, isServed } = await post(world, event);
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
    appliesTo: (profile) => profile.failedEvent !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      const payment = await world.payment();
      const part = share(payment, 60n);
      await world.scenario('fast_fail');
      const creation = await world.refund(payment, part);
      const event = world.profile.failedEvent?.(payment, creation.answer.json, world.clock.wall());
      expect(event !== undefined, 'a refund', 'there was none', creation);
      for (let time = 0; time < 3; time += 1) {
        const { exchange, isServed } = await post(world, event);
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
];

/**
 * Sends an event without your sign-in, as the provider does. `isServed`: the proxy answers it otherwise than a path that
 * it does not serve. What is answered everywhere, such as the 401 of a sign-in in front, is no answer to a webhook.
 */
async function post(world: World, { headers, body }: ForgedEvent) {
  const send = (path: string) => world.send('POST', path, headers, body, { signIn: {} });
  const nowhere = (await send(NOWHERE)).answer;
  const exchange = await send(PATH);
  const { status, text } = exchange.answer;
  const isServed = !NOT_SERVED.has(status) && (status !== nowhere.status || text !== nowhere.text);
  return { exchange, isServed };
}

const notReceived = () => new LeftOut(`The proxy receives nothing at POST ${PATH} below the endpoint`);
