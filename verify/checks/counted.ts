import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment, VendorProfile } from '../profile.ts';
import type { World } from '../world.ts';
import { assumeNotBusy } from './busy.ts';
import { expectHeld, isListedAsUnknown } from './held.ts';
import { changeAnswer } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { readAtProvider } from './pass-through.ts';
import { holdsAmount, noVendors, prepareTwoVendors, servesVendors } from './routes.ts';
import { assumeAnySumIsKept, assumeSumIsKept, freesNothing, share } from './sums.ts';

/** No order of verify is in it. */
const OTHER_CURRENCY = 'EUR';

/** Which amounts count as refunded when the answer is not simply a refund. */
export const COUNTED: readonly Check[] = [
  {
    id: 'status-false',
    title: 'A 2xx with status: false does not count as a refund',
    level: 'required',
    why:
      'UPayments can refuse with a 2xx. If the proxy counts it as a refund, the customer waits for money that never comes, and ' +
      'the amount stays locked.',
    mend: 'Read the body: only status: true with a refund in data is a refund. With status: false and no data no money moved.',
    appliesTo: ({ refusedWith2xx }) => refusedWith2xx !== undefined,
    async run(world) {
      const payment = await world.payment();
      const { refusedWith2xx = '' } = world.profile;
      await world.scenario(refusedWith2xx);
      const key = world.key();
      const first = await world.refund(payment, share(payment, 60n), { key });
      const claim = world.claim(first);
      expect(claim !== 'refunded', 'an answer that reports no refund', `it was answered ${outcomeOf(first)}`, first);
      // The proxy may also call the outcome unknown: that is more careful than needed, and it is not wrong.
      if (claim === 'unknown') return;
      const again = await world.refund(payment, payment.captured);
      expect(
        world.claim(again) === 'refunded',
        'the whole payment to stay refundable',
        `a refund of the whole payment was answered ${outcomeOf(again)}`,
        again,
      );
    },
  },
  {
    id: 'other-refund-read',
    title: 'What a read says of another refund, or of another amount, changes nothing',
    level: 'counted',
    why: 'A cache may answer with the body of another refund. If that one has failed, the amount of this one is free and is refunded twice.',
    mend: 'Compare id, amount and currency in the answer with the refund that was asked for. If one differs, learn nothing from it.',
    appliesTo: ({ failed }) => failed !== undefined,
    async run(world) {
      const { profile, recorder } = world;
      const { failed } = profile;
      if (!failed) return;
      const other = await world.refund(await world.payment(), '1.00');
      for (const [what, change] of [
        ['a read answered with another refund that failed', () => failed(other.answer.text)],
        ['a read that says another amount and failed', (text: string) => failed(text, '1.23')],
      ] as const) {
        const payment = await world.payment();
        const creation = await world.refund(payment, share(payment, 60n));
        const id = profile.refundId(creation.answer.json);
        expect(id !== undefined, 'a refund', `it was answered ${outcomeOf(creation)}`, creation);
        await assumeSumIsKept(world, payment);
        for (const path of profile.reads(payment, id)) {
          recorder.rewrite({ method: 'GET', path: profile.prefix + path, change });
          await freesNothing(world, payment, what, await readAtProvider(world, path));
        }
        recorder.clear();
      }
    },
  },
  {
    id: 'other-amount-answered',
    title: 'After an answer about a larger amount, this amount is held',
    level: 'counted',
    why: 'If 10.00 are asked for and the provider says 90.00, then 90.00 may be gone. A proxy that counts 10.00 refunds the rest twice.',
    mend: 'Compare amount and currency in the answer with the request. If they differ, the outcome is unknown: hold the larger amount.',
    appliesTo: ({ failed }) => failed !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      const payment = await world.payment();
      const large = share(payment, 90n);
      changeAnswer(world, (text) => world.profile.withAmount?.(text, large) ?? text);
      const watch = world.watch();
      const exchange = await world.refund(payment, share(payment, 10n));
      if (watch.creates(payment).length === 0) throw new NotJudged('The proxy did not send the refund');
      await freesNothing(world, payment, `an answer about ${large}`, exchange);
    },
  },
  {
    id: 'other-currency-answered',
    title: 'An answer in another currency is not taken for the refund',
    level: 'counted',
    why:
      'If 10.00 are asked for in the currency of the order and the provider says 10.00 of another, nobody knows how much of the ' +
      'payment is gone. A proxy that compares no currency reports and counts a refund that was not asked for.',
    mend:
      'Compare the currency in the answer with that of the order. If they differ, answer 504 outcome_unknown with effect: ' +
      'unknown, and hold the amount until a person has settled it.',
    appliesTo: ({ withCurrency }) => withCurrency !== undefined,
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      changeAnswer(world, (text) => world.profile.withCurrency?.(text, OTHER_CURRENCY) ?? text);
      const exchange = await world.refund(payment, share(payment, 60n), { key });
      const isUnknown = world.claim(exchange) === 'unknown' || (await isListedAsUnknown(world, payment, key));
      const expected = `an unknown outcome after an answer in ${OTHER_CURRENCY}, for an order in ${payment.currency}`;
      expect(isUnknown, expected, `it was answered ${outcomeOf(exchange)}`, exchange);
      await assumeAnySumIsKept(world);
      await freesNothing(world, payment, `an answer in ${OTHER_CURRENCY}`, exchange);
    },
  },
  {
    id: 'vendors-counted',
    title: 'Of a refund over several vendors only the generated rows count',
    level: 'counted',
    why:
      'If the proxy does not count them, vendors are refunded more than was captured. If it counts all requested rows, the amount ' +
      'of a refused vendor stays locked for ever.',
    mend:
      'Reserve the whole payload before you send it. Then keep the rows that the answer lists under generated, and free those that ' +
      'it lists as refused. A row that it does not list stays unknown, and its amount held.',
    appliesTo: ({ vendors }) => vendors !== undefined,
    async run(world) {
      const { vendors } = world.profile;
      if (!vendors) return;
      if (!(await servesVendors(world))) throw noVendors(vendors);
      // The order captured 80, and each vendor was paid 50. The second vendor has no balance to give back.
      const payment = await world.vendorsPayment();
      const first = await refundVendors(world, vendors, payment, '75.000', [30, 45]);
      const firstCount = await world.refunds(payment);
      expect(firstCount === 1, 'one vendor’s refund', `there are ${firstCount}`, first);
      const secondWatch = world.watch();
      const second = await refundVendors(world, vendors, payment, '15.000', [15, undefined]);
      assumeNotBusy(world, second, secondWatch.writes());
      const secondCount = await world.refunds(payment);
      expect(secondCount === 2, 'a refund of the 15.000 that are left', `it was answered ${outcomeOf(second)}`, second);
      const watch = world.watch();
      // The total of step 1 fits, so step 1 succeeds. Step 2 asks for more than is left, and only step 2 counts.
      const third = await refundVendors(world, vendors, payment, '15.000', [undefined, 40]);
      const callCount = watch.writes().filter(({ path }) => path.endsWith(vendors.path)).length;
      expect(
        callCount === 0,
        'no call of the provider: 40.000 is more than the 35.000 left',
        `there were ${callCount}`,
        third,
      );
      await unlistedRowCounts(world, vendors);
    },
  },
];

/** A row that the answer to step 2 does not list may have been refunded. */
async function unlistedRowCounts(world: World, vendors: VendorProfile): Promise<void> {
  const prepared = await prepareTwoVendors(world, false);
  const { path, body, payment, amount = '0' } = prepared;
  world.recorder.rewrite({ method: 'POST', path: world.profile.prefix + path, change: vendors.withoutRefused });
  const key = world.key();
  const exchange = await world.write(path, { body, key });
  const what = 'an answer that lists one of two vendors, and says nothing of the other';
  await holdsAmount(world, prepared, what, exchange);
  // Each row is listed on its own, and the one that was made is no more unknown.
  await expectHeld(world, { payment, key: '', amount, what });
}

async function refundVendors(
  world: World,
  vendors: VendorProfile,
  payment: Payment,
  total: string,
  amounts: readonly (number | undefined)[],
): Promise<Exchange> {
  const stepOne = await world.refund(payment, total);
  const body = vendors.secondStep(stepOne.answer.json, amounts);
  // A proxy may already refuse the total in step 1.
  return body ? world.write(vendors.path, { body }) : stepOne;
}
