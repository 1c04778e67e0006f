import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import { readKey } from './held.ts';
import { outcomeOf } from './outcomes.ts';

/** What becomes of a key when the provider has refused its refund. */
export const REFUSALS: readonly Check[] = [
  {
    id: 'refusal-kept',
    title: 'A refusal of the provider is the final answer for its key',
    level: 'promised',
    why:
      'The form has reported that nothing was refunded, and somebody has paid the customer in another way. If a load balancer ' +
      'or a second tab later sends the same request again and it succeeds, that is one refund too many.',
    mend: 'Store the answer of a refusal with its key, like that of a success. Only a 401, 413 or 429 may be tried again.',
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      await world.scenario('insufficient_balance');
      const watch = world.watch();
      const first = await world.refund(payment, '1.00', { key });
      if (watch.creates(payment).length === 0) throw new NotJudged('The proxy did not send the refund');
      if (world.claim(first) !== 'nothing') {
        throw new NotJudged(`The refusal was answered ${outcomeOf(first)}: see errors-unchanged`);
      }
      const again = await world.refund(payment, '1.00', { key });
      const refundCount = await world.refunds(payment);
      expect(refundCount === 0, 'no refund under a key that was refused', `there are ${refundCount}`, again);
    },
  },
  {
    id: 'refusal-repeated',
    title: 'A refusal that is answered again tells the form that nothing was refunded',
    level: 'recommended',
    why:
      'The refusal did not reach the form, and Check status sends the key again. UPayments has no keys, so its refusal of a repeated ' +
      'request may be due to the first one: the form believes it only as the first answer. Without that it stays locked for good.',
    mend:
      'Send Idempotent-Replayed: true with every answer from your record. Or list the key in refunds of GET /payments/{id}, with ' +
      'standing: failed and ended: refused.',
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      await world.scenario('insufficient_balance');
      const first = await world.refund(payment, '1.00', { key });
      if (world.claim(first) !== 'nothing')
        throw new NotJudged(`The refusal was answered ${outcomeOf(first)}: see errors-unchanged`);
      const again = await world.refund(payment, '1.00', { key });
      if ((await world.refunds(payment)) > 0) throw new NotJudged('The key was sent as a new one: see refusal-kept');
      if (world.claim(again) === 'nothing') return;
      const { rows } = await readKey(world, payment, key);
      const isListed = rows.length > 0 && rows.every(({ standing }) => standing === 'failed');
      const expected = 'the refusal with Idempotent-Replayed: true, or its key listed as failed';
      expect(isListed, expected, `it was answered ${outcomeOf(again)} without the header, and not listed`, again);
    },
  },
];
