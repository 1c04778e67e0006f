import { expect, type Check } from '../check.ts';
import { freesNothing, keepsSum, share } from './limits.ts';

/** Where a proxy takes what the provider sends, as ours does. */
const PATH = '/webhooks';

export const WEBHOOKS: readonly Check[] = [
  {
    id: 'webhook-forged',
    title: 'What a stranger posts to the webhooks frees no money',
    level: 'counted',
    why:
      'The address of a webhook is no secret. Whoever says there that a refund failed makes its amount free, and it is ' +
      'refunded again while the first is carried out.',
    mend:
      'UQPAY: compare the HMAC-SHA512 of the raw body and x-wk-timestamp in constant time, refuse a timestamp more than 300 ' +
      'seconds away, and answer 401. UPayments signs nothing: believe none of it, and read the refund at the provider instead.',
    async run(world) {
      const payment = await world.payment();
      const made = await world.refund(payment, share(payment, 60n));
      const events = world.profile.forgedEvents(payment, made.answer.json, world.clock.wall());
      expect(events.length > 0, 'a refund', 'there was none', made);
      await keepsSum(world, payment);
      for (const { what, headers, body } of events) {
        // The provider has no session of yours.
        const told = await world.send('POST', PATH, headers, body, { signIn: {} });
        await freesNothing(world, payment, what, told);
      }
    },
  },
  {
    id: 'webhook-twice',
    title: 'An event that comes again frees no more money',
    level: 'counted',
    why: 'Providers send an event until it is acknowledged, and some twice. Each time that "failed" is subtracted, as much more can be refunded than was paid.',
    mend: 'Keep the standing of each refund, and free its amount only where that changes; count an event once, by its event_id.',
    appliesTo: (profile) => profile.failedEvent !== undefined,
    async run(world) {
      const payment = await world.payment();
      const part = share(payment, 60n);
      await world.scenario('fast_fail');
      const made = await world.refund(payment, part);
      const event = world.profile.failedEvent?.(payment, made.answer.json, world.clock.wall());
      expect(event !== undefined, 'a refund', 'there was none', made);
      // A proxy that takes no webhooks refuses it, and has then nothing to get wrong.
      for (let time = 0; time < 3; time += 1) {
        await world.send('POST', PATH, event.headers, event.body, { signIn: {} });
      }
      const watch = world.watch();
      await world.refund(payment, part);
      const second = await world.refund(payment, part);
      const sent = watch.creates(payment).length;
      expect(sent <= 1, 'one refund of 60 % after one that failed', `${sent} reached the provider`, second);
    },
  },
];
