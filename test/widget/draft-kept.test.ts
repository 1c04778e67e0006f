import { expect } from '@open-wc/testing';

import { drive, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  SUMMARY,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
} from './fake-environment.ts';
import { openDivision } from './support/division.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const NAME = 'refund-form:/refunds:PI1:draft';

/** The same tab after a reload: nothing is left but the storage of the browser and of the tab. */
const reload = ({ memory, tabMemory }: FakeEnvironment) => fakeEnvironment({ memory, tabMemory, lastUsedId: 100 });
const fill = async (ui: FormDriver) => {
  await waitUntil(() => ui.field('amount') !== null);
  ui.type('amount', '12.5');
  ui.choose('Returned goods');
  ui.type('note', 'Mrs Al-Sabah called');
  await ui.form.updateComplete;
};
const filled = async (environment: FakeEnvironment, options = {}) => {
  const ui = await drive(environment, options);
  await waitUntil(() => ui.field('amount') !== null);
  return { ui, values: ['amount', 'reason', 'note'].map((id) => ui.field(id).value) };
};
const keyOf = (environment: FakeEnvironment) => environment.writes().at(-1)?.headers.get('idempotency-key');

describe('what is typed', () => {
  it('is there after a reload of the tab, except the note, and nothing is reviewed or sent', async () => {
    const environment = fakeEnvironment();
    await fill(await drive(environment));
    expect([...environment.tabMemory.values()].join()).not.to.include('Sabah');
    expect([...environment.memory.values()].join()).not.to.include('12.5');
    const after = reload(environment);
    const { ui, values } = await filled(after);
    expect(values).to.deep.equal(['12.5', 'Returned goods', '']);
    expect(ui.form.state).to.equal('editing');
    expect(after.writes()).to.have.length(0);
  });

  it('is there after a reload from the review, which is not reviewed again', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review();
    const { ui: after, values } = await filled(reload(environment));
    expect([after.form.state, ...values]).to.deep.equal(['editing', '12.500', 'Returned goods', '']);
  });

  it('is not in another tab, nor in the form of another payment or endpoint', async () => {
    const environment = fakeEnvironment();
    await fill(await drive(environment));
    const { memory, tabMemory } = environment;
    expect((await filled(fakeEnvironment({ memory }))).values[0]).to.equal('');
    expect((await filled(fakeEnvironment({ memory, tabMemory }), { paymentId: 'PI2' })).values[0]).to.equal('');
    const elsewhere = fakeEnvironment({ memory, tabMemory });
    elsewhere.on('GET /other/payments/PI1', { json: SUMMARY });
    const set = (form: FormDriver['form']) => void (form.endpoint = '/refunds/other');
    expect((await filled(elsewhere, { set })).values[0]).to.equal('');
  });

  it('is gone once the refund is sent, whatever becomes of it', async () => {
    for (const reply of [{ json: uqpayRefund('SUCCEEDED') }, 'drop', 'hang'] as const) {
      const environment = Object.assign(fakeEnvironment(), reply === 'hang' && { timeout: 500 });
      environment.on(CREATE, reply);
      const ui = await drive(environment);
      await ui.review();
      expect(environment.tabMemory.has(NAME)).to.equal(true);
      await ui.press(/^Refund /);
      await waitUntil(() => environment.writes().length > 0);
      expect(environment.tabMemory.has(NAME), JSON.stringify(reply)).to.equal(false);
      await waitUntil(() => ui.form.state !== 'sending');
      expect(environment.tabMemory.has(NAME), JSON.stringify(reply)).to.equal(false);
    }
  });

  it('is kept again when the refund came to nothing', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, problemOf('payment_busy', 409, { effect: 'nothing' }));
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForText('Nothing was refunded');
    const { values } = await filled(reload(environment));
    expect(values.slice(0, 2)).to.deep.equal(['12.500', 'Returned goods']);
  });

  it('is kept while the amount is divided over vendors, which moved no money', async () => {
    const { environment, ui } = await openDivision();
    ui.type('vendor-0', '12.000');
    const after = reload(environment);
    after.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const { ui: again, values } = await filled(after, { provider: 'upayments' });
    expect(values[0]).to.equal('12.500');
    await again.press('Review refund');
    await again.press(/^Refund /);
    await again.waitForHeading('over the vendors');
    expect([again.field('vendor-0').value, again.field('vendor-1').value]).to.deep.equal(['12.000', '']);
    // The same first step under the same key: nobody has to approve it again.
    expect(keyOf(after)).to.equal(keyOf(environment));
  });

  it('opens the division by a new key once the provider has refused it, because the limits may be others', async () => {
    const { environment, ui } = await openDivision();
    environment.on('POST /create-multivendor-refund', {
      status: 422,
      json: { status: false, message: 'Rows have changed' },
    });
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForText('Rows have changed');
    await ui.press('Back');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading('over the vendors');
    expect([ui.field('vendor-0').value, ui.field('vendor-1').value]).to.deep.equal(['', '']);
    const keys = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys)).to.have.property('size', 3);
  });

  it('opens the division by a new key when what can be refunded is another amount, or another one is asked for', async () => {
    for (const change of ['refundable', 'amount']) {
      const { environment, ui } = await openDivision();
      await ui.press('Back');
      if (change === 'refundable') {
        environment.on('GET /payments/*', { json: { ...SUMMARY, refunded: '21.000', refundable: '74.000' } });
        await ui.form.refresh();
      }
      await ui.send(change === 'amount' ? '12.490' : '12.500');
      await ui.waitForHeading('over the vendors');
      const keys = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
      expect(new Set(keys), change).to.have.property('size', 2);
    }
  });

  it('is gone after a reset, with its faults, in every state before the send', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await fill(ui);
    ui.type('amount', 'x');
    await ui.form.updateComplete;
    await ui.press('Review refund');
    await ui.waitForText('is not an amount');
    ui.form.reset();
    await ui.form.updateComplete;
    expect(ui.text()).not.to.include('Correct this first');
    expect(ui.field('note').value).to.equal('');
    await ui.review();
    ui.form.reset();
    await ui.form.updateComplete;
    expect([ui.form.state, ui.field('amount').value]).to.deep.equal(['editing', '']);
    await fill(ui);
    environment.on('GET /payments/*', { status: 401, text: '' });
    await ui.form.refresh();
    await ui.waitForHeading('Your sign-in has ended');
    ui.form.reset();
    await ui.form.updateComplete;
    environment.on('GET /payments/*', { json: SUMMARY });
    await ui.press('I have signed in');
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.field('amount').value).to.equal('');
    expect(environment.tabMemory.size).to.equal(0);
  });

  it('is kept in memory where the browser stores nothing, or is full', async () => {
    const refuse = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    for (const tabStorage of [
      () => null,
      refuse,
      () => ({ getItem: () => null, setItem: refuse, removeItem: () => undefined }),
    ]) {
      const environment = { ...fakeEnvironment(), tabStorage };
      const ui = await drive(environment);
      await fill(ui);
      ui.form.remove();
      const { values } = await filled(environment);
      expect(values).to.deep.equal(['12.5', 'Returned goods', 'Mrs Al-Sabah called']);
    }
  });

  it('is ignored when the stored text is no draft', async () => {
    for (const text of [
      '{',
      'null',
      '[]',
      '1',
      '{"amount":1}',
      '{"amount":{},"reason":"x"}',
      '{"scope":"items","amount":"1","reason":"","quantities":null}',
      '{"amount":"1","share":7}',
    ]) {
      const { values } = await filled(fakeEnvironment({ tabMemory: new Map([[NAME, text]]) }));
      expect(values, text).to.deep.equal(['', '', '']);
    }
    const stored = JSON.stringify({ scope: 'most', amount: '1', reason: '', note: 'x' });
    expect((await filled(fakeEnvironment({ tabMemory: new Map([[NAME, stored]]) }))).values).to.deep.equal([
      '1',
      '',
      '',
    ]);
  });
});
