import { expect, waitUntil } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import { registerLocale } from '../../widget/define.ts';
import type { Messages } from '../../widget/messages/registry.ts';
import { en } from '../../widget/messages/en.ts';
import { drive, type Driven } from './drive.ts';
import {
  farSide,
  problemOf,
  SUMMARY,
  T0,
  uqpayRefund,
  VENDOR_ROWS,
  VENDORS_OPENED,
  type Reply,
  type Seen,
} from './far-side.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
/** axe brings no module: it puts itself on the window. */
const { axe } = globalThis as unknown as { axe: typeof axeCore };
const KEY = '00000000-0000-4000-8000-000000000001';
const PENDING = 'UQPAY accepted the refund';
const UNKNOWN = 'Do not refund again';

const names = ({ told }: Driven) => told.map(({ name }) => name.replace('refund-form-', ''));

describe('the form', () => {
  it('sends one refund, follows it to its end, and says only what is known', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, [{ json: uqpayRefund('PROCESSING') }, { json: uqpayRefund('SUCCEEDED') }]);
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    expect(ui.text()).to.contain('INITIATED');
    expect(names(ui)).to.deep.equal(['submit', 'accepted']);
    far.advance(2000);
    await ui.shows('PROCESSING');
    far.advance(3000);
    await ui.at('UQPAY has carried out the refund');
    expect(names(ui)).to.deep.equal(['submit', 'accepted', 'settled']);
    expect(ui.told.at(-1)?.detail).to.deep.equal({
      paymentId: 'PI1',
      refundId: 'RF1',
      standing: 'succeeded',
      amount: '12.500',
      currency: 'KWD',
    });
    expect(far.writes()).to.have.length(1);
  });

  it('echoes the exact amount before anything is sent', async () => {
    const far = farSide();
    const ui = await drive(far);
    await ui.review('12.5');
    expect(ui.heading()).to.equal('Check the refund');
    expect(ui.button(/^Refund/).textContent).to.contain('KWD\u00a012.500');
    expect(far.writes()).to.have.length(0);
    await ui.press('Change');
    expect(ui.field('amount').value).to.equal('12.5');
  });

  it('tells the proxy what the admin saw as refundable', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    expect(far.writes()[0]?.headers.get('x-expected-refundable')).to.equal('75.000');
  });

  it('is sent once by a double click and by Enter twice', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(far);
    await ui.review();
    const button = ui.button(/^Refund/);
    button.click();
    button.click();
    button.dispatchEvent(new MouseEvent('click', { detail: 2, bubbles: true }));
    await ui.at(PENDING);
    expect(far.writes()).to.have.length(1);
  });

  it('does not take the second click of a double click on Review for a confirmation', async () => {
    const far = farSide();
    const ui = await drive(far);
    await ui.review();
    ui.button(/^Refund/).dispatchEvent(new MouseEvent('click', { detail: 2, bubbles: true }));
    await ui.form.updateComplete;
    expect(ui.heading()).to.equal('Check the refund');
    expect(far.writes()).to.have.length(0);
  });

  it('stops asking for a status that is final, and while nobody looks', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, { json: uqpayRefund('PROCESSING') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    far.hide = true;
    far.advance(600_000);
    expect(far.seen.filter(({ path }) => path.endsWith('/RF1'))).to.have.length(0);
    far.hide = false;
    document.dispatchEvent(new Event('visibilitychange'));
    await ui.shows('PROCESSING');
    far.on(READ, { json: uqpayRefund('SUCCEEDED') });
    await ui.press('Check status');
    await ui.at('carried out');
    const { length } = far.seen;
    far.advance(600_000);
    expect(far.seen).to.have.length(length);
  });

  it('listens where the proxy tells of changes, and asks again at each of them instead of every few seconds', async () => {
    const far = farSide({ events: true });
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, [{ json: uqpayRefund('PROCESSING') }, { json: uqpayRefund('SUCCEEDED') }]);
    const ui = await drive(far);
    await waitUntil(() => far.listening.has('PI1'));
    await ui.send();
    await ui.at(PENDING);
    far.advance(20_000);
    expect(far.seen.filter(({ path }) => path.endsWith('/RF1'))).to.have.length(0);
    far.listening.get('PI1')!(SUMMARY);
    await ui.shows('PROCESSING');
    far.listening.get('PI1')!(SUMMARY);
    await ui.at('UQPAY has carried out the refund');
    ui.form.remove();
    expect(far.listening.size).to.equal(0);
  });

  it('shows what an event says, and reads nothing for it', async () => {
    const far = farSide({ events: true });
    const ui = await drive(far);
    await ui.shows('75.000');
    await waitUntil(() => far.listening.has('PI1'));
    const { length } = far.seen;
    far.listening.get('PI1')!({ ...SUMMARY, refunded: '35.000', refundable: '60.000' });
    await ui.shows('60.000');
    expect(far.seen).to.have.length(length);
  });

  it('reads the payment when an event only repeats an older one, and shows what it read', async () => {
    const far = farSide({ events: true });
    const ui = await drive(far);
    await ui.shows('75.000');
    await waitUntil(() => far.listening.has('PI1'));
    const { length } = far.seen;
    far.on('GET /payments/*', { json: { ...SUMMARY, refunded: '35.000', refundable: '60.000' } });
    far.listening.get('PI1')!({ ...SUMMARY, refunded: '0.000', refundable: '95.000' }, true);
    await ui.shows('60.000');
    expect(far.seen).to.have.length(length + 1);
  });

  it('believes an event that settled the refund before its answer was lost, though no reading succeeds after it', async () => {
    const far = farSide({ events: true });
    let lose: (reply: Reply) => void = () => undefined;
    far.on(CREATE, () => new Promise<Reply>((resolve) => (lose = resolve)));
    const ui = await drive(far);
    await ui.send();
    await waitUntil(() => far.writes().length === 1 && far.listening.has('PI1'));
    const key = far.writes()[0]!.headers.get('idempotency-key');
    const { payment_refund_id: refund_id, create_time, amount } = uqpayRefund('INITIATED') as Record<string, string>;
    const refund = { refund_id, idempotency_key: key, amount, status: 'INITIATED', standing: 'pending', create_time };
    far.on('GET /payments/*', problemOf('provider_unreachable', 502, { effect: 'nothing' }));
    far.listening.get('PI1')!({ ...SUMMARY, refunds: [{ ...refund, reason: null, references: {} }] } as never);
    lose(problemOf('outcome_unknown', 504, { effect: 'unknown' }));
    await ui.at(PENDING);
    expect(far.writes()).to.have.length(1);
  });

  it('polls a proxy that has only one stream for each payment', async () => {
    const far = farSide({ events: true, most: 0 });
    const ui = await drive(far);
    await ui.review();
    expect(far.listening.size).to.equal(0);
  });

  it('asks every few seconds while no stream tells of the payment', async () => {
    const far = farSide({ events: true });
    far.live = false;
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    far.advance(2000);
    await ui.at('UQPAY has carried out the refund');
  });

  it('goes on asking where events do not come', async () => {
    const far = farSide({ events: true });
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    far.advance(60_000);
    await ui.at('UQPAY has carried out the refund');
  });

  it('sends nothing again because an event came while the outcome is unknown', async () => {
    const far = farSide({ events: true });
    far.on(CREATE, 'drop');
    const ui = await drive(far);
    await ui.send();
    await ui.at(UNKNOWN);
    await waitUntil(() => far.listening.size === 1);
    for (const heard of far.listening.values()) heard(SUMMARY);
    await ui.form.updateComplete;
    expect(far.writes()).to.have.length(1);
    expect(ui.heading()).to.contain(UNKNOWN);
  });

  it('says that a reading got no answer, and keeps what it knows', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, 'drop');
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    await ui.press('Check status');
    await ui.shows('this may be out of date');
    expect(ui.heading()).to.contain(PENDING);
  });

  it('finds a refund that is not final again after a reload', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, { json: uqpayRefund('PROCESSING') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    const next = await drive(farSide({ memory: far.memory }));
    await next.at(PENDING);
  });

  it('shows a status that nobody knows as what it is', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('ON_HOLD') });
    const ui = await drive(far);
    await ui.send();
    await ui.at('a status this form does not know');
    expect(ui.text()).to.contain('ON_HOLD');
  });

  it('keeps no personal data: not in storage, not in events', async () => {
    const far = farSide();
    far.on(CREATE, 'drop');
    const ui = await drive(far);
    await waitUntil(() => ui.field('note') !== null);
    ui.type('note', 'Mrs Al-Sabah called');
    await ui.send();
    await ui.at(UNKNOWN);
    expect(far.writes()[0]?.body).to.have.property('reason', 'Returned goods: Mrs Al-Sabah called');
    expect([...far.memory.values()].join(' ') + JSON.stringify(ui.told)).not.to.contain('Sabah');
  });
});

describe('bad input', () => {
  it('is answered at the field, where the focus goes; what was typed stays; nothing is sent', async () => {
    const far = farSide();
    const ui = await drive(far);
    await waitUntil(() => ui.field('amount') !== null);
    ui.choose('Returned goods');
    ui.type('amount', '1,5');
    ui.button('Review refund').focus();
    await ui.press('Review refund');
    const amount = ui.field('amount');
    expect(amount.value).to.equal('1,5');
    expect(amount.getAttribute('aria-invalid')).to.equal('true');
    expect(ui.field('amount-help').textContent).to.contain('Use “.”');
    expect(ui.form.shadowRoot?.activeElement).to.equal(amount);
    ui.type('amount', '1.5');
    await ui.form.updateComplete;
    expect(amount.getAttribute('aria-invalid')).to.equal('false');
    expect(far.writes()).to.have.length(0);
  });

  it('is summed up when it is more than one thing', async () => {
    const ui = await drive(farSide());
    await waitUntil(() => ui.field('amount') !== null);
    await ui.press('Review refund');
    const alert = ui.form.shadowRoot?.querySelector('[role=alert]')?.textContent;
    expect(alert).to.contain('Enter an amount').and.to.contain('Choose a reason');
  });

  it('takes Arabic-Indic digits', async () => {
    const ui = await drive(farSide());
    await ui.review('١٢.٥');
    expect(ui.button(/^Refund/).textContent).to.contain('12.500');
  });
});

describe('a lost answer', () => {
  const lost = async (replies: readonly Reply[]) => {
    const far = farSide();
    far.on(CREATE, replies);
    const ui = await drive(far);
    await ui.send();
    await ui.at(UNKNOWN);
    return { far, ui };
  };

  it('is unknown, not failed: the form is locked, and the key is kept', async () => {
    const { far, ui } = await lost(['drop']);
    expect(ui.buttons()).to.deep.equal(['Check status or send again']);
    expect(ui.text()).to.contain('it is sent now').and.to.contain('Key ends in').and.to.contain(KEY.slice(-6));
    expect(names(ui)).to.deep.equal(['submit', 'unknown']);
    expect([...far.memory.values()].join()).to.contain(KEY);
  });

  it('is cleared up by the same key, not by a new one', async () => {
    const { far, ui } = await lost(['drop', { status: 502, text: '' }, { json: uqpayRefund('INITIATED') }]);
    await ui.press('Check status');
    await ui.shows('still not known');
    await ui.press('Check status');
    await ui.at(PENDING);
    expect(far.writes().map(({ headers }) => headers.get('idempotency-key'))).to.deep.equal([KEY, KEY, KEY]);
    expect(new Set(far.writes().map(({ body }) => JSON.stringify(body)))).to.have.property('size', 1);
  });

  it('stays unknown over a reload, and is cleared up with the same key', async () => {
    const { far } = await lost(['drop']);
    const again = farSide({ memory: far.memory, from: 100 });
    again.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(again);
    await ui.at(UNKNOWN);
    await waitUntil(() => again.seen.length >= 2);
    await ui.press('Check status');
    await ui.at(PENDING);
    expect(again.writes()).to.have.length(1);
    expect(again.writes()[0]?.headers.get('idempotency-key')).to.equal(KEY);
    expect(again.writes()[0]?.body).to.deep.equal(far.writes()[0]?.body);
  });

  it('asks for a note again after a reload, and sends nothing when it is another one', async () => {
    const far = farSide();
    far.on(CREATE, 'drop');
    const first = await drive(far);
    await waitUntil(() => first.field('note') !== null);
    first.type('note', 'as agreed');
    await first.send();
    await first.at(UNKNOWN);
    const again = farSide({ memory: far.memory });
    again.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(again);
    await waitUntil(() => ui.field('note') !== null);
    ui.field('note').value = 'as aggreed';
    await ui.press('Check status');
    await ui.shows('not the note that was sent');
    expect(again.writes()).to.have.length(0);
    ui.field('note').value = 'as agreed';
    await ui.press('Check status');
    await ui.at(PENDING);
    expect(again.writes()[0]?.body).to.deep.equal(far.writes()[0]?.body);
  });

  it('is not settled by a refusal of the one who asks', async () => {
    for (const reply of [
      problemOf('unauthenticated', 401, { effect: 'nothing' }),
      problemOf('provider_unreachable', 502, { effect: 'nothing' }),
      problemOf('idempotency_key_reused', 422, { effect: 'nothing' }),
      {
        status: 400,
        json: { type: 'idempotency_error', code: 'idempotency_key_reused', message: 'No' },
      },
      { status: 400, json: { type: 'account_error', code: 'account_closed', message: 'No' } },
      { status: 429, json: { type: 'api_error', code: 'velocity_limit_exceeded', message: 'Slow down' } },
    ]) {
      const { far, ui } = await lost(['drop', reply]);
      await ui.press('Check status');
      await ui.shows('still not known');
      expect(names(ui)).not.to.contain('refused');
      expect([...far.memory.values()].join()).to.contain(KEY);
    }
  });

  it('is settled when the far side says that it never had it, and the form opens again', async () => {
    const { far, ui } = await lost([
      'drop',
      problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000' }),
    ]);
    await ui.press('Check status');
    await ui.shows('Nothing was refunded');
    expect(ui.field('amount').value).to.equal('12.500');
    expect([...far.memory.keys()]).not.to.contain('refund-form:/refunds:PI1');
  });

  it('says when the first request is still running', async () => {
    const { ui } = await lost(['drop', problemOf('idempotency_key_running', 409, { effect: 'running' })]);
    await ui.press('Check status');
    await ui.shows('still being worked on');
  });

  it('says when a second person has to agree, and sends the same key once that may have happened', async () => {
    const far = farSide();
    far.on(CREATE, [problemOf('approval_required', 403, { effect: 'running' }), { json: uqpayRefund('INITIATED') }]);
    const ui = await drive(far);
    await ui.send();
    await ui.at('waits for a second person');
    expect(ui.heading()).to.contain('Nothing was sent yet');
    expect(ui.text()).not.to.match(/Still unknown|Sent/);
    expect(names(ui)).to.deep.equal(['submit', 'approval']);
    expect(ui.buttons()).to.deep.equal(['Check status']);
    await ui.press('Check status');
    await ui.at(PENDING);
    expect(far.writes().map(({ headers }) => headers.get('idempotency-key'))).to.deep.equal([KEY, KEY]);
  });

  it('is only read where nothing deduplicates, until a person says what happened', async () => {
    const far = farSide({ deduplicates: false });
    far.on('POST /create-refund', 'drop');
    const ui = await drive(far, { provider: 'upayments' });
    await ui.send();
    await ui.at(UNKNOWN);
    await ui.press('Check status');
    await ui.shows('still not known');
    expect(far.writes()).to.have.length(1);
    await ui.press('Unlock the form');
    await ui.at(/^Refund$/);
  });

  it('is asked for again at UQPAY itself for a day, and only read after that', async () => {
    const far = farSide({ deduplicates: false });
    far.on(CREATE, 'drop');
    const ui = await drive(far);
    await ui.send();
    await ui.at(UNKNOWN);
    far.advance(24 * 60 * 60 * 1000);
    await ui.press('Check status');
    await ui.shows('still not known');
    expect(far.writes()).to.have.length(1);
  });

  it('locks the form in another tab too', async () => {
    const memory = new Map<string, string>();
    const other = await drive(farSide({ memory }));
    await waitUntil(() => other.field('amount') !== null);
    const far = farSide({ memory });
    far.on(CREATE, 'drop');
    const ui = await drive(far);
    await ui.send();
    await ui.at(UNKNOWN);
    window.dispatchEvent(new StorageEvent('storage', { key: 'refund-form:/refunds:PI1' }));
    await other.at(UNKNOWN);
    expect(other.text()).to.contain('Another tab');
  });

  it('locks a form that was out of the page while another tab sent', async () => {
    const memory = new Map<string, string>();
    const other = await drive(farSide({ memory }));
    await waitUntil(() => other.field('amount') !== null);
    const place = other.form.parentElement!;
    other.form.remove();
    const far = farSide({ memory });
    far.on(CREATE, 'drop');
    const ui = await drive(far);
    await ui.send();
    await ui.at(UNKNOWN);
    place.append(other.form);
    await other.at(UNKNOWN);
    expect(other.text()).to.contain('Another tab');
  });

  it('is not sent by a tab whose form was open when another tab sent', async () => {
    const memory = new Map<string, string>();
    const late = farSide({ memory, from: 500 });
    const other = await drive(late);
    await other.review();
    const far = farSide({ memory });
    far.on(CREATE, 'drop');
    const ui = await drive(far);
    await ui.send();
    await ui.at(UNKNOWN);
    await other.press(/^Refund /);
    await other.at(UNKNOWN);
    expect(late.writes()).to.have.length(0);
  });
});

describe('a refusal', () => {
  it('opens the form again with what was typed, says why in our words and in theirs, and reads the figures anew', async () => {
    const far = farSide();
    far.on('GET /payments/*', [{ json: SUMMARY }, { json: { ...SUMMARY, refundable: '60.000' } }]);
    far.on(CREATE, problemOf('refundable_changed', 412, { effect: 'nothing', detail: 'Recorded 60.000' }));
    const ui = await drive(far);
    await ui.send();
    await ui.shows('Nothing was refunded');
    await ui.shows('KWD 60.000');
    expect(ui.text()).to.contain('payment has changed').and.to.contain('Recorded 60.000 (refundable_changed)');
    expect(ui.field('amount').value).to.equal('12.500');
    expect(names(ui)).to.deep.equal(['submit', 'refused']);
  });

  it('leaves a button that works, and the next try is a new intent', async () => {
    const far = farSide();
    far.on(CREATE, [
      { status: 400, json: { type: 'refund_error', code: 'c', message: 'No balance' } },
      { json: uqpayRefund('INITIATED') },
    ]);
    const ui = await drive(far);
    await ui.send();
    await ui.shows('No balance (c)');
    await ui.send();
    await ui.at(PENDING);
    const keys = far.writes().map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys)).to.have.property('size', 2);
  });
});

describe('the payment', () => {
  it('is said to be not refundable in the merchant’s words', async () => {
    const ui = await drive(farSide({ summary: { ...SUMMARY, not_refundable: 'Chargeback open' } }));
    await ui.at('Nothing can be refunded');
    expect(ui.text()).to.contain('Chargeback open');
    expect(ui.buttons()).to.deep.equal([]);
  });

  it('can be loaded again when it could not be loaded', async () => {
    const far = farSide();
    far.on('GET /payments/*', ['drop', { json: SUMMARY }]);
    const ui = await drive(far);
    await ui.at('could not be loaded');
    await ui.press('Load again');
    await ui.shows('Can be refunded');
  });

  it('says that the sign-in has ended', async () => {
    const far = farSide();
    far.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
    const ui = await drive(far);
    await ui.shows('Your sign-in has ended');
  });

  it('is not believed with an amount that is not exact', async () => {
    const ui = await drive(farSide({ summary: { ...SUMMARY, refundable: '75.0001' } }));
    await ui.at('could not be loaded');
  });

  it('may come from the page, and then counts what is refunded here', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on('GET /payments/PI1', problemOf('path_not_allowed', 404));
    const ui = await drive(far, { set: (form) => (form.payment = { ...SUMMARY, refundable: '20.000' }) });
    await ui.send();
    await ui.at(PENDING);
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.shows('Up to KWD 7.500');
    await ui.review('7.501');
    expect(ui.text()).to.contain('more than can be refunded');
    const first = (wanted: (seen: Seen) => boolean) => far.seen.findIndex(wanted);
    expect(first(({ path }) => path.startsWith('/payments'))).to.be.greaterThan(
      first(({ method }) => method === 'POST'),
    );
  });

  it('is read anew when the page gives another one, without taking the field away from who types', async () => {
    const ui = await drive(farSide(), { set: (form) => (form.payment = SUMMARY) });
    await waitUntil(() => ui.field('amount') !== null);
    const amount = ui.field('amount');
    ui.type('amount', '12');
    amount.focus();
    ui.form.payment = { ...SUMMARY, refundable: '60.000' };
    await ui.shows('Up to KWD 60.000');
    expect(ui.form.shadowRoot?.activeElement).to.equal(amount);
    expect(amount.value).to.equal('12');
  });

  it('comes from the provider where the proxy has no summary', async () => {
    const far = farSide();
    far.on('GET /payments/*', { status: 404, text: '<html>' });
    far.on('GET /v2/payment_intents/PI1', {
      json: { currency: 'KWD', intent_status: 'SUCCEEDED', captured_amount: '100.000' },
    });
    far.on('GET /v2/payment/refunds?*', {
      json: { total_pages: 1, total_items: 1, data: [uqpayRefund('PROCESSING')] },
    });
    const ui = await drive(far);
    await ui.shows('Up to KWD 87.500');
  });

  it('may change under the same element: nothing of the old one stays', async () => {
    const far = farSide();
    const ui = await drive(far);
    await ui.review();
    ui.form.paymentId = 'PI2';
    await ui.at(/^Refund$/);
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.field('amount').value).to.equal('');
    expect(far.seen.map(({ path }) => path)).to.include('/payments/PI2');
  });
});

describe('UPayments', () => {
  const created = { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' };
  const CREATED: Reply = {
    status: 201,
    json: { status: true, message: 'Refund invoice generated successfully', data: created },
  };
  const status = (is_refunded: boolean): Reply => ({
    json: {
      status: true,
      message: 'ok',
      data: { is_refunded, refunded_date: is_refunded ? '2026-11-21 12:00:00' : null },
    },
  });
  const STATUS = 'GET /check-refund-status/longHsUD';
  const start = async () => {
    const far = farSide();
    far.on('POST /create-refund', CREATED);
    far.on(STATUS, status(false));
    const ui = await drive(far, { provider: 'upayments' });
    await ui.send();
    await ui.at('UPayments accepted the refund');
    return { far, ui };
  };

  it('is followed until it is refunded', async () => {
    const { far, ui } = await start();
    far.on(STATUS, status(true));
    await ui.press('Check status');
    await ui.at('UPayments has carried out the refund');
    expect(ui.buttons()).not.to.contain('Cancel refund');
  });

  it('is cancelled after a question', async () => {
    const { far, ui } = await start();
    far.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted', data: null } });
    await ui.press('Cancel refund');
    await ui.press('Keep it');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.at('The refund was cancelled');
    expect(far.writes().at(-1)?.body).to.deep.equal({ orderId: 'longHsUD', refundOrderId: 'HsUD' });
    expect(names(ui)).to.deep.equal(['submit', 'accepted', 'settled', 'cancelled']);
  });

  it('does not know of a cancel whose answer was lost, and tries it again with the same key', async () => {
    const { far, ui } = await start();
    far.on('POST /delete-refund', ['drop', { status: 201, json: { status: true, message: 'Deleted', data: null } }]);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.shows('We don’t know yet whether the cancellation went through');
    await ui.press('Check status');
    await ui.at('The refund was cancelled');
    const [one, two] = far.writes().slice(-2);
    expect(one?.headers.get('idempotency-key')).to.equal(two?.headers.get('idempotency-key'));
  });

  it('does not take the refusal of a second try for word that the first one came to nothing', async () => {
    const { far, ui } = await start();
    const late = { status: 422, json: { status: false, message: 'Already deleted', data: null } };
    far.on('POST /delete-refund', ['drop', late]);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.shows('We don’t know yet whether the cancellation went through');
    await ui.press('Check status');
    await ui.shows('Already deleted (422)');
    expect(ui.text()).to.contain('We don’t know yet whether the cancellation went through');
  });

  it('says that it was too late to cancel', async () => {
    const { far, ui } = await start();
    far.on('POST /delete-refund', { status: 422, json: { status: false, message: 'Already refunded', data: null } });
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.shows('The refund was not cancelled');
    expect(ui.text()).to.contain('Already refunded (422)');
  });

  it('refuses a third decimal unless the page allows it', async () => {
    const set = { provider: 'upayments' as const };
    const ui = await drive(farSide(), set);
    await ui.review('1.005');
    expect(ui.text()).to.contain('UPayments may drop the third decimal of 1.005');
    const lifted = await drive(farSide(), { ...set, set: (form) => (form.allowThirdDecimal = true) });
    await lifted.review('1.005');
    expect(lifted.heading()).to.equal('Check the refund');
  });

  const divide = async () => {
    const far = farSide();
    far.on('POST /create-refund', VENDORS_OPENED);
    const ui = await drive(far, { provider: 'upayments' });
    await ui.send();
    await ui.at('Divide KWD 12.500 over the vendors');
    return { far, ui };
  };

  it('divides over vendors, exactly', async () => {
    const { far, ui } = await divide();
    expect(ui.text()).to.contain('No money has moved yet');
    ui.type('vendor-0', '60');
    await ui.form.updateComplete;
    expect(ui.field('vendor-0-help').textContent).to.contain('more than can be refunded');
    ui.type('vendor-0', '12.490');
    await ui.press('Review refunds');
    expect(ui.text()).to.contain('add up to KWD 12.490');
    await ui.press('Split in proportion');
    expect([ui.field('vendor-0').value, ui.field('vendor-1').value]).to.deep.equal(['6.250', '6.250']);
    await ui.press('Review refunds');
    await ui.press('Change');
    expect(ui.field('vendor-0').value).to.equal('6.250');
    expect(far.writes()).to.have.length(1);
  });

  it('refunds one vendor while another is short, each with its own result and its own cancel', async () => {
    const { far, ui } = await divide();
    const generated = { generatedInvoiceId: 1, amount: 6.25, orderId: 'gen', refundOrderId: 'ro', refundArn: 'arn' };
    const responseData = {
      generated: [generated],
      dataTempered: [],
      refundIssue: [],
      insufficientBalance: [{ ...VENDOR_ROWS[1], message: 'Short' }],
    };
    far.on('POST /create-multivendor-refund', {
      status: 201,
      json: { status: true, message: 'success', data: { responseData } },
    });
    far.on('POST /delete-multivendor-refund', { status: 201, json: { status: true, message: 'Deleted', data: null } });
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.at('What became of each vendor’s refund');
    expect(ui.text()).to.contain('Accepted').and.to.contain('balance is too low').and.to.contain('Short');
    expect(new Set(far.writes().map(({ headers }) => headers.get('idempotency-key')))).to.have.property('size', 2);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.shows('Cancelled');
    expect(far.writes().at(-1)?.body).to.deep.equal({
      generatedInvoiceId: 1,
      orderId: 'gen',
      refundOrderId: 'ro',
      refundArn: 'arn',
    });
  });

  it('does not know what became of vendors whose answer was lost, and asks again with the same key', async () => {
    const { far, ui } = await divide();
    const generated = [1, 2].map((generatedInvoiceId) => ({
      generatedInvoiceId,
      amount: 6.25,
      orderId: `g${generatedInvoiceId}`,
      refundOrderId: 'ro',
      refundArn: 'arn',
    }));
    const responseData = { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] };
    far.on('POST /create-multivendor-refund', [
      'drop',
      { status: 201, json: { status: true, message: 'success', data: { responseData } } },
    ]);
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.at(UNKNOWN);
    await ui.press('Check status');
    await ui.at('What became of each vendor’s refund');
    const [one, two] = far.writes().slice(-2);
    expect(one?.headers.get('idempotency-key')).to.equal(two?.headers.get('idempotency-key'));
  });
});

describe('languages', () => {
  const arabic = Object.fromEntries(Object.keys(en).map((key) => [key, `[${key}]`])) as Messages;

  it('are those of the closest lang, with its direction and its digits', async () => {
    registerLocale({ lang: 'ar', dir: 'rtl', messages: { ...arabic, upTo: '{amount} :' } });
    const ui = await drive(farSide(), { set: (form) => (form.locale = 'ar-EG') });
    await ui.shows('[toReview]');
    const section = ui.form.shadowRoot?.querySelector('section');
    expect(section?.dir).to.equal('rtl');
    expect(section?.lang).to.equal('ar');
    expect(ui.text()).to.contain('٧٥٫٠٠٠');
  });

  it('fall back to English, numbers included', async () => {
    const ui = await drive(farSide(), { set: (form) => (form.locale = 'en-not a tag') });
    await ui.shows('Up to KWD 75.000');
  });

  it('can be overridden text by text', async () => {
    const ui = await drive(farSide(), { set: (form) => (form.messages = { toReview: 'Weiter' }) });
    await ui.shows('Weiter');
  });

  it('leave no placeholder unfilled', async () => {
    const far = farSide();
    far.on(CREATE, ['drop', { json: uqpayRefund('INITIATED') }]);
    const ui = await drive(far);
    const whole = /[{}]|undefined|\[object/;
    await ui.shows('Can be refunded');
    expect(ui.text()).not.to.match(whole);
    await ui.review('x');
    expect(ui.text()).not.to.match(whole);
  });
});

describe('accessibility', () => {
  const check = async ({ form }: Driven) => {
    const { violations } = await axe.run(form, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: {
        region: { enabled: false },
        'page-has-heading-one': { enabled: false },
        'heading-order': { enabled: false },
      },
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).to.deep.equal([]);
  };

  for (const scheme of ['light', 'dark']) {
    it(`holds in every state, ${scheme}`, async () => {
      const far = farSide();
      far.on(CREATE, ['drop', { json: uqpayRefund('INITIATED') }]);
      far.on(READ, { json: uqpayRefund('FAILED') });
      const ui = await drive(far, { set: (form) => form.style.setProperty('color-scheme', scheme) });
      await ui.shows('Can be refunded');
      await check(ui);
      await ui.press('Review refund');
      await check(ui);
      await ui.review();
      await check(ui);
      await ui.press(/^Refund /);
      await ui.at(UNKNOWN);
      await check(ui);
      await ui.press('Check status');
      await ui.at(PENDING);
      await check(ui);
      await ui.press('Check status');
      await ui.at('could not carry out');
      await check(ui);
    });
  }

  it('moves the focus to the news, but never takes it from elsewhere', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(far);
    await ui.review();
    expect(ui.form.shadowRoot?.activeElement?.id).to.equal('heading');
    await ui.press(/^Refund /);
    await ui.at(PENDING);
    expect(ui.form.shadowRoot?.activeElement?.id).to.equal('heading');
    ui.form.shadowRoot?.querySelector('h2')?.blur();
    far.advance(2000);
    await ui.at('carried out');
    expect(ui.form.shadowRoot?.activeElement).to.equal(null);
  });

  it('tells the time of the last check', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(far);
    await ui.send();
    await ui.shows(
      `Last checked ${new Intl.DateTimeFormat('en', { timeStyle: 'medium' }).format(T0).replace(/\s/g, ' ')}`,
    );
  });
});

describe('the element', () => {
  it('says what it is missing', async () => {
    const ui = await drive(farSide(), { provider: 'other' as 'uqpay' });
    expect(ui.form.shadowRoot?.textContent).to.contain('needs a provider (uqpay or upayments)');
  });

  it('writes no inline style and no script', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    expect(ui.form.shadowRoot?.querySelectorAll('[style], style, script, link')).to.have.length(0);
  });

  it('settles what is stored even when it is taken from the page meanwhile', async () => {
    const far = farSide();
    let answer: (reply: Reply) => void = () => undefined;
    far.on(CREATE, () => new Promise((resolve) => (answer = resolve)));
    const ui = await drive(far);
    await ui.send();
    await waitUntil(() => far.writes().length === 1);
    ui.form.remove();
    expect([...far.memory.values()].join()).to.contain(KEY);
    answer({ json: uqpayRefund('SUCCEEDED') });
    await waitUntil(() => !far.memory.has('refund-form:/refunds:PI1'));
    expect(names(ui)).to.deep.equal(['submit']);
  });
});
