import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import type { Payment, VendorProfile } from '../profile.ts';
import type { World } from '../world.ts';
import { shown } from './idempotency.ts';
import { freesNothing, keepsSum, share } from './limits.ts';

/** Answers to a cancel after which the refund still stands, or may. */
const NO_CANCEL = ['server_error', 'drop_before_commit', 'status_false', 'forbidden', 'wrong_content_type'] as const;

/** What counts and what does not, where an answer is not simply a refund. */
export const COUNTED: readonly Check[] = [
  {
    id: 'status-false',
    title: 'A 2xx that says status: false is no refund',
    level: 'required',
    why:
      'UPayments can refuse with a 2xx. Taken for a refund, the customer is told of money that never comes, and what was to ' +
      'be refunded stays locked.',
    mend: 'Read the body: only status: true with a refund in data is one. With status: false and no data nothing moved.',
    appliesTo: ({ refusedWith2xx }) => refusedWith2xx !== undefined,
    async run(world) {
      const payment = await world.payment();
      const { refusedWith2xx = '' } = world.profile;
      await world.scenario(refusedWith2xx);
      const key = world.key();
      const first = await world.refund(payment, share(payment, 60n), { key });
      const claim = world.claim(first);
      expect(claim !== 'refunded', 'no word of a refund', `it was answered ${shown(first)}`, first);
      // To call it unknown is more careful than it has to be, and true.
      if (claim === 'unknown') return;
      const again = await world.refund(payment, payment.captured);
      expect(
        world.claim(again) === 'refunded',
        'all of the payment still to be refundable',
        `a refund of it was answered ${shown(again)}`,
        again,
      );
    },
  },
  {
    id: 'cancel-counted',
    title: 'The amount of a refund is free only once its cancel is confirmed',
    level: 'counted',
    why: 'A cancel that was refused or lost leaves the refund standing. Freed before, the amount is refunded twice.',
    mend: 'Give the amount back when the provider has answered status: true to the cancel, and at no other time.',
    appliesTo: ({ cancel }) => cancel !== undefined,
    async run(world) {
      for (const scenario of NO_CANCEL) {
        const { payment, body, path } = await cancellable(world);
        await world.scenario(scenario);
        const exchange = await world.write(path, { body });
        if ((await world.refunds(payment)) === 0) continue;
        await freesNothing(world, payment, `a cancel answered with ${scenario}`, exchange);
      }
      await holdsMeanwhile(world);
    },
  },
  {
    id: 'vendors-counted',
    title: 'Of a refund over several vendors exactly what was generated counts',
    level: 'counted',
    why:
      'Not counted, vendors are refunded more than was captured. Counted by what was asked, the amount of a vendor that was ' +
      'refused is gone for good.',
    mend: 'Reserve the whole payload before it is sent, and keep of it the rows that the answer lists under generated.',
    appliesTo: ({ vendors }) => vendors !== undefined,
    async run(world) {
      const { vendors } = world.profile;
      if (!vendors) return;
      // Each vendor was paid 50, the order captured 80; the second vendor can give nothing back.
      const payment = await world.vendorsPayment('80.000');
      const first = await refundVendors(world, vendors, payment, '75.000', [30, 45]);
      const made = await world.refunds(payment);
      expect(made === 1, 'one vendor’s refund', `there are ${made}`, first);
      const second = await refundVendors(world, vendors, payment, '15.000', [15, undefined]);
      const both = await world.refunds(payment);
      expect(both === 2, 'the 15.000 that are free to be refunded', `it was answered ${shown(second)}`, second);
      const watch = world.watch();
      // The total of step 1 fits, so that it opens: what counts is what step 2 asks for.
      const third = await refundVendors(world, vendors, payment, '15.000', [undefined, 40]);
      const sent = watch.writes().filter(({ path }) => path.endsWith(vendors.path)).length;
      expect(sent === 0, 'no call of the provider for 40.000 of 35.000 that are left', `there were ${sent}`, third);
    },
  },
];

async function refundVendors(
  world: World,
  vendors: VendorProfile,
  payment: Payment,
  total: string,
  amounts: readonly (number | undefined)[],
): Promise<Exchange> {
  const opened = await world.refund(payment, total);
  const body = vendors.secondStep(opened.answer.json, amounts);
  // A proxy may weigh the total in step 1 already.
  return body ? world.write(vendors.path, { body }) : opened;
}

/** A refund of 60 %, which another of the same amount does not fit beside. */
async function cancellable(world: World) {
  const { cancel } = world.profile;
  const payment = await world.payment();
  const part = share(payment, 60n);
  const made = await world.refund(payment, part);
  const body = cancel?.body(made.answer.json);
  expect(cancel !== undefined && body !== undefined, 'a refund', `it was answered ${shown(made)}`, made);
  await keepsSum(world, payment);
  return { payment, body, path: cancel.path };
}

/** While the provider has not answered the cancel yet, and in the end says no. */
async function holdsMeanwhile(world: World): Promise<void> {
  const { payment, body, path } = await cancellable(world);
  await world.scenario('forbidden');
  const watch = world.watch();
  const part = share(payment, 60n);
  const { answers } = await world.whileHeld(
    () => world.write(path, { body }),
    () => world.refund(payment, part),
  );
  const sent = watch.creates(payment).length;
  const expected = 'a cancel that is on its way to free nothing';
  expect(sent === 0, expected, 'another refund of the amount reached the provider', answers[1]);
}
