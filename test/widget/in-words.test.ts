import { expect } from '@open-wc/testing';

import type { PaymentSummary } from '../../contract/payment.ts';
import '../../widget/locales/ar.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, REFUND_CREATED_REPLY, SUMMARY } from './fake-environment.ts';
import { reach, root, textOf } from './support/states.ts';
import { waitUntil } from './support/wait-until.ts';

const ARABIC = { set: (form: HTMLElement) => form.setAttribute('locale', 'ar-KW') };
/** A fact by its name. */
const fact = (ui: FormDriver, name: string) =>
  textOf([...root(ui).querySelectorAll('dt')].find((term) => textOf(term) === name)?.nextElementSibling);

describe('the reason of a refund', () => {
  it('is in the reader’s language under review and while it is sent, and is sent as its code', async () => {
    const { ui, environment } = await reach('editing', ARABIC);
    environment.on('POST /v2/payment/refunds', 'hang');
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    ui.type('note', 'box opened');
    await ui.form.updateComplete;
    for (const state of ['review', 'sending']) {
      root(ui).querySelector<HTMLElement>('[part~=primary]')!.click();
      await ui.form.updateComplete;
      expect(ui.form.state).to.equal(state);
      expect(fact(ui, 'السبب'), state).to.equal('بضاعة مرتجعة · box opened');
    }
    await waitUntil(() => environment.writes().length > 0, 'expected the refund');
    expect(environment.writes()[0]?.body).to.have.property('reason', 'Returned goods: box opened');
  });

  it('is so for the person who approves it, and stays as it came where the form does not offer it', async () => {
    for (const [reason, text] of [
      ['Returned goods: box opened', 'بضاعة مرتجعة · box opened'],
      ['Returned goodswill', 'Returned goodswill'],
    ]) {
      const request = {
        idempotency_key: 'k1',
        intent_id: 'i7',
        amount: '12.500',
        status: '',
        standing: 'awaiting_approval',
        reason,
        approval: { asked_by: 'amal', asked_at: '2026-11-21T08:30:00Z', until: null, approvers: 'all' },
      };
      const permission = { user: 'basma', approve: true };
      const summary = { ...SUMMARY, permission, refunds: [request] } as unknown as PaymentSummary;
      const ui = await drive(fakeEnvironment({ summary }), ARABIC);
      await ui.press(/^البت في/);
      expect(fact(ui, 'السبب')).to.equal(text);
    }
  });
});

describe('the payment method', () => {
  for (const [code, name] of [
    ['knet', 'KNET'],
    ['card', 'card'],
    ['cc', 'card'],
    ['wechatpay', 'WECHATPAY'],
  ]) {
    it(`${code} is called ${name}`, async () => {
      const ui = await drive(fakeEnvironment({ summary: { ...SUMMARY, payment_method: code! } }));
      await ui.review();
      expect(fact(ui, 'To')).to.equal(`The original payment method (${name})`);
    });
  }

  it('is named in the reader’s language, if it is a word', async () => {
    const { ui } = await reach('review', ARABIC);
    expect(fact(ui, 'إلى')).to.equal('وسيلة الدفع الأصلية (بطاقة)');
  });
});

describe('the digits of a text', () => {
  it('are not of two kinds: Arabic says its own numbers in words', async () => {
    const { ui } = await reach('review', ARABIC);
    expect(fact(ui, 'المدة')).to.equal('يصل إلى العميل عادة خلال خمسة إلى عشرة أيام عمل.');
  });
});

describe('a refund that UPayments has carried out', () => {
  it('says only when the customer gets it, and quotes no members of the answer', async () => {
    const environment = fakeEnvironment({ summary: { ...SUMMARY, payment_method: 'knet' } });
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const data = { is_refunded: true, refunded_date: '2026-11-21 12:00:00' };
    environment.on('GET /check-refund-status/*', { json: { status: true, message: 'ok', data } });
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.press('Check status');
    await ui.waitForHeading('UPayments has carried out the refund');
    expect(ui.text()).to.contain('Usually reaches the customer within 1 working day.');
    expect(ui.text()).not.to.match(/is_refunded|refunded_date|hours/);
  });
});

describe('the button that may send a lost refund', () => {
  it('says when it sends, before anybody presses it', async () => {
    const { ui } = await reach('unknown');
    expect(ui.text()).to.contain('If UQPAY never received this refund, the button sends it.');
    expect(ui.text()).not.to.match(/again or|or send again|is sent now/);
  });
});
