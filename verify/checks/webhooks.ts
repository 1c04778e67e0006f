import { NotJudged, expect, type Check } from '../check.ts';
import { share } from './limits.ts';

/** Where a proxy takes what the provider sends, as ours does. */
const PATH = '/webhooks';

export const WEBHOOKS: Check = {
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
    const part = share(payment, 60n);
    const made = await world.refund(payment, part);
    const events = world.profile.forgedEvents(payment, made.answer.json, world.clock.wall());
    expect(events.length > 0, 'a refund', 'there was none', made);
    const before = world.watch();
    await world.refund(payment, part);
    if (before.creates(payment).length > 0) {
      throw new NotJudged('The proxy does not keep the sum, so nothing could be freed: see over-refund-unsent');
    }
    for (const { what, headers, body } of events) {
      // The provider has no session of yours.
      const told = await world.send('POST', PATH, headers, body, { signIn: {} });
      const watch = world.watch();
      await world.refund(payment, part);
      const sent = watch.creates(payment).length;
      expect(sent === 0, `${what} to free nothing`, 'another refund of the amount reached the provider', told);
    }
  },
};
