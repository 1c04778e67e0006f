import { expect } from '@open-wc/testing';

import type { PaymentRefund } from '../../contract/payment.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, SUMMARY, VENDORS_OPENED_REPLY, type FakeEnvironment } from './fake-environment.ts';
import { say } from './support/settlement.ts';
import { waitUntil } from './support/wait-until.ts';

const PAYMENT = 'GET /payments/*';
const RESOLVE = 'POST /intents/i1/resolve';
const [NORA, REEM] = ['r0', 'r1'];
const NAMES = { r0: 'Nora', KW31NBOK0000000000002010177457: 'Reem' };
const ELSEWHERE = 'Somebody refunded elsewhere';
const SETTLE_FIRST = 'One is probably the refund whose answer was lost: settle that one first.';

const root = ({ form }: FormDriver) => form.shadowRoot!;

describe('a list of the provider with more refunds than are known', () => {
  const open = (unaccounted: object) => {
    const not_refundable = 'The provider lists more';
    const environment = fakeEnvironment({
      summary: { ...SUMMARY, not_refundable, unaccounted_refunds: { listed: 2, known: 1, ...unaccounted } },
    });
    return drive(environment, { provider: 'upayments' });
  };

  // Nothing can be recorded as made elsewhere while one is lost, so that comes first also where others were made as well.
  for (const listed of [2, 3]) {
    it(`is not called a refund made elsewhere while one is lost, which comes first: ${listed} listed`, async () => {
      const ui = await open({ listed, unknown: 1 });
      await ui.waitForText(`UPayments lists more refunds of this payment than are known here. ${SETTLE_FIRST}`);
      expect(ui.text()).not.to.contain(ELSEWHERE).and.not.to.contain('record it');
      expect(ui.field('amount')).to.equal(null);
    });
  }

  for (const [what, unaccounted] of [
    ['there is no lost one', { unknown: 0 }],
    ['nobody says how many are lost', {}],
  ] as const) {
    it(`is one made elsewhere if ${what}`, async () => {
      const ui = await open(unaccounted);
      await ui.waitForText(ELSEWHERE);
      expect(ui.text()).not.to.contain(SETTLE_FIRST);
    });
  }
});

describe('the parts of several vendors of which nobody knows', () => {
  const permitted = (permission: object, refunds: readonly PaymentRefund[]) => ({
    ...SUMMARY,
    permission: { user: 'amal', ...permission },
    refunds,
  });
  const keyOf = (environment: FakeEnvironment) => environment.writes().at(-1)?.headers.get('idempotency-key') ?? '';
  const part = (environment: FakeEnvironment, vendor: string, more: Partial<PaymentRefund> = {}): PaymentRefund => ({
    idempotency_key: keyOf(environment),
    intent_id: 'i1',
    state: 'unknown',
    amount: '6.250',
    status: '',
    standing: 'unknown',
    vendor,
    ...more,
  });
  const NOT_TOLD = {
    status: 201,
    json: {
      status: true,
      message: 'success',
      data: { responseData: { generated: [], dataTempered: [], refundIssue: [], insufficientBalance: [] } },
    },
  };
  /** `reply`: to the division. The answer is lost as a whole, or says nothing of either vendor. */
  const lose = async (reply: typeof NOT_TOLD | 'drop', permission: object = {}) => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    environment.on('POST /create-multivendor-refund', () => {
      environment.on(PAYMENT, () => ({
        json: permitted(permission, [part(environment, NORA), part(environment, REEM)]),
      }));
      return reply;
    });
    const ui = await drive(environment, { provider: 'upayments', set: (form) => (form.vendorNames = NAMES) });
    await ui.send();
    await ui.waitForHeading('Divide KWD');
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading(reply === 'drop' ? 'Do not refund again' : 'What became of each');
    await ui.press('Check status');
    await waitUntil(() => !root(ui).querySelector('[aria-busy=true]'));
    return { environment, ui };
  };
  /** The text of the part that can be settled now. */
  const asked = (ui: FormDriver) => {
    const details = root(ui).querySelector('#outcome')?.closest('details');
    return (details?.previousElementSibling?.textContent ?? '').replace(/\s+/g, ' ');
  };

  for (const [what, reply] of [
    ['the whole answer was lost', 'drop'],
    ['the answer names neither', NOT_TOLD],
  ] as const) {
    it(`are settled one after the other, each under its vendor’s name, when ${what}`, async () => {
      const { environment, ui } = await lose(reply);
      expect(asked(ui)).to.match(/Vendor\s*Nora\s*KW91 •••• 3254\s*Amount\s*KWD 6\.250/);
      expect(ui.text()).not.to.contain('recorded nowhere');
      const nora = part(environment, NORA, { state: 'succeeded', standing: 'succeeded', status: 'refunded' });
      const reem = (more: Partial<PaymentRefund> = {}) => part(environment, REEM, { state: 'succeeded', ...more });
      environment.on(RESOLVE, () => {
        environment.on(PAYMENT, { json: permitted({}, [nora, reem()]) });
        return { json: { id: 'i1', state: 'unknown' } };
      });
      await say(ui, 'refunded', 'Seen for Nora');
      await waitUntil(() => asked(ui).includes('Reem'), `expected Reem in: ${ui.text()}`);
      expect(asked(ui)).to.contain('KW31 •••• 7457').and.not.to.contain('Nora');
      // Nothing that was said of one vendor is said of the next.
      expect([ui.field('outcome').value, ui.field('words').value]).to.deep.equal(['', '']);
      expect(root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked).to.equal(false);
      expect(ui.text()).not.to.contain('was not recorded');
      expect(root(ui).activeElement?.id).to.equal('heading');
      environment.on(RESOLVE, () => {
        const ended = { standing: 'failed', ended: 'nothing', status: 'nothing' } as const;
        environment.on(PAYMENT, { json: permitted({}, [nora, reem(ended)]) });
        return { json: { id: 'i1', state: 'succeeded' } };
      });
      await say(ui, 'nothing', 'Never came for Reem');
      await waitUntil(() => !root(ui).querySelector('#outcome'), `expected no question in: ${ui.text()}`);
      const said = environment.writes().filter(({ path }) => path.endsWith('/resolve'));
      expect(said.map(({ body }) => body)).to.deep.equal([
        { outcome: 'refunded', reason: 'Seen for Nora', vendor: NORA },
        { outcome: 'nothing', reason: 'Never came for Reem', vendor: REEM },
      ]);
      await ui.waitForHeading('1 of 2 accepted');
      // It is the word of a person, not of the provider.
      expect(ui.text()).to.contain('Nothing was refunded').and.not.to.contain('says').and.not.to.contain('Refused');
    });

    it(`are left to others by a user who may not settle them, when ${what}`, async () => {
      const { environment, ui } = await lose(reply, { resolve: false });
      await ui.waitForText('You may not settle this refund. Ask someone who may.');
      expect(ui.buttons()).not.to.include('Record this');
      expect(ui.text()).not.to.contain('recorded nowhere');
      expect(environment.memory.size).to.equal(1);
    });
  }

  it('are not given up by this form alone while the proxy still sends them', async () => {
    const { environment, ui } = await lose(NOT_TOLD);
    const sent = (state: string) => [NORA, REEM].map((vendor) => part(environment, vendor, { state }));
    environment.on(PAYMENT, { json: permitted({}, sent('sending')) });
    await ui.form.refresh();
    await waitUntil(() => !ui.buttons().includes('Record this'), `expected no unlocking in: ${ui.text()}`);
    expect(ui.buttons()).not.to.include('Unlock the form');
    // What a person is writing stays while the same request is sent again: the proxy refuses the word until it is done.
    environment.on(PAYMENT, { json: permitted({}, sent('resending')) });
    await ui.form.refresh();
    await waitUntil(() => ui.buttons().includes('Record this'), `expected to settle in: ${ui.text()}`);
    expect(ui.buttons()).not.to.include('Unlock the form');
  });
});
