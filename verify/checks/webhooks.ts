import { expect, type Check } from '../check.ts';
import { assumeSumIsKept, freesNothing, share } from './limits.ts';

/** The path at which a proxy receives webhooks, the same as in our own proxy. */
const PATH = '/webhooks';

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
      for (const { what, headers, body } of events) {
        // The provider sends webhooks without your sign-in.
        const exchange = await world.send('POST', PATH, headers, body, { signIn: {} });
        await freesNothing(world, payment, what, exchange);
      }
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
      const payment = await world.payment();
      const part = share(payment, 60n);
      await world.scenario('fast_fail');
      const creation = await world.refund(payment, part);
      const event = world.profile.failedEvent?.(payment, creation.answer.json, world.clock.wall());
      expect(event !== undefined, 'a refund', 'there was none', creation);
      // A proxy without webhooks refuses the event, so it cannot count it twice.
      for (let time = 0; time < 3; time += 1) {
        await world.send('POST', PATH, event.headers, event.body, { signIn: {} });
      }
      const watch = world.watch();
      await world.refund(payment, part);
      const second = await world.refund(payment, part);
      const callCount = watch.creates(payment).length;
      expect(callCount <= 1, 'one refund of 60 % after one that failed', `${callCount} reached the provider`, second);
    },
  },
];
