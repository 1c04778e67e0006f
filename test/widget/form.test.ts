import { expect } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import { registerLocale } from '../../widget/define.ts';
import type { Messages } from '../../widget/messages/registry.ts';
import { en } from '../../widget/messages/en.ts';
import { drive, type FormDriver } from './drive.ts';
import {
  BOTH_VENDORS_REPLY,
  fakeEnvironment,
  problemOf,
  REFUND_CREATED_REPLY,
  SUMMARY,
  T0,
  uqpayRefund,
  VENDOR_ROWS,
  VENDORS_OPENED_REPLY,
  type Reply,
} from './fake-environment.ts';
import { heldReply } from './support/held.ts';
import { sending } from './support/sending.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
/** axe is not a module: it defines a global. */
const { axe } = globalThis as unknown as { axe: typeof axeCore };
const KEY = '00000000-0000-4000-8000-000000000001';
const PENDING = 'UQPAY accepted the refund';
const UNKNOWN = 'Do not refund again';

const names = ({ events }: FormDriver) => events.map(({ name }) => name.replace('refund-form-', ''));

describe('the form', () => {
  it('says at once that a note is too long, and counts nothing below zero', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('note') !== null);
    ui.choose('Returned goods');
    ui.type('note', 'x'.repeat(90));
    await ui.waitForText('Reason and note have 106 characters together. UQPAY takes 100.');
    expect(ui.text()).not.to.match(/[-\u2212]\d+ characters left/);
    expect(ui.field('note').getAttribute('aria-invalid')).to.equal('true');
    ui.type('note', 'x'.repeat(80));
    await ui.waitForText('4 characters left');
  });

  it('does not say from which balance a payment is refunded that may be that of several vendors', async () => {
    for (const [provider, says] of [
      ['uqpay', true],
      ['upayments', false],
    ] as const) {
      const ui = await drive(fakeEnvironment(), { provider });
      await ui.review();
      expect(ui.text().includes('Your UQPAY balance'), provider).to.equal(says);
      expect(ui.text()).not.to.contain('Your UPayments balance');
    }
  });

  it('sends one refund, follows its status until the end, and shows only what is known', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, [{ json: uqpayRefund('PROCESSING') }, { json: uqpayRefund('SUCCEEDED') }]);
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    expect(ui.text()).to.contain('INITIATED');
    expect(names(ui)).to.deep.equal(['submit', 'accepted']);
    environment.advance(2000);
    await ui.waitForText('PROCESSING');
    environment.advance(3000);
    await ui.waitForHeading('UQPAY has carried out the refund');
    expect(names(ui)).to.deep.equal(['submit', 'accepted', 'settled']);
    expect(ui.events.at(-1)?.detail).to.deep.equal({
      paymentId: 'PI1',
      refundId: 'RF1',
      standing: 'succeeded',
      amount: '12.500',
      currency: 'KWD',
    });
    expect(environment.writes()).to.have.length(1);
  });

  it('shows the exact amount before it sends anything', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review('12.5');
    expect(ui.heading()).to.equal('Check the refund');
    expect(ui.button(/^Refund/).textContent).to.contain('KWD\u00a012.500');
    expect(environment.writes()).to.have.length(0);
    await ui.press('Change');
    expect(ui.field('amount').value).to.equal('12.5');
  });

  it('sends the proxy the refundable amount that the admin saw', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    expect(environment.writes()[0]?.headers.get('x-expected-refundable')).to.equal('75.000');
  });

  it('sends the refund once after a double click and after Enter twice', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.review();
    const button = ui.button(/^Refund/);
    button.click();
    button.click();
    button.dispatchEvent(new MouseEvent('click', { detail: 2, bubbles: true }));
    await ui.waitForHeading(PENDING);
    expect(environment.writes()).to.have.length(1);
  });

  it('does not treat the second click of a double click on Review as a confirmation', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review();
    ui.button(/^Refund/).dispatchEvent(new MouseEvent('click', { detail: 2, bubbles: true }));
    await ui.form.updateComplete;
    expect(ui.heading()).to.equal('Check the refund');
    expect(environment.writes()).to.have.length(0);
  });

  it('does not read the status while the page is hidden, nor after it is final', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('PROCESSING') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    environment.isHidden = true;
    environment.advance(600_000);
    expect(environment.requests.filter(({ path }) => path.endsWith('/RF1'))).to.have.length(0);
    environment.isHidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    await ui.waitForText('PROCESSING');
    environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
    await ui.press('Check status');
    await ui.waitForHeading('carried out');
    const { length } = environment.requests;
    environment.advance(600_000);
    expect(environment.requests).to.have.length(length);
  });

  it('reads the status after each event of the proxy, and does not poll every few seconds', async () => {
    const environment = fakeEnvironment({ events: true });
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, [{ json: uqpayRefund('PROCESSING') }, { json: uqpayRefund('SUCCEEDED') }]);
    const ui = await drive(environment);
    await waitUntil(() => environment.listeners.has('PI1'));
    await ui.send();
    await ui.waitForHeading(PENDING);
    environment.advance(20_000);
    expect(environment.requests.filter(({ path }) => path.endsWith('/RF1'))).to.have.length(0);
    environment.listeners.get('PI1')!(SUMMARY);
    await ui.waitForText('PROCESSING');
    environment.listeners.get('PI1')!(SUMMARY);
    await ui.waitForHeading('UQPAY has carried out the refund');
    ui.form.remove();
    expect(environment.listeners.size).to.equal(0);
  });

  it('shows the figures of an event without a request', async () => {
    const environment = fakeEnvironment({ events: true });
    const ui = await drive(environment);
    await ui.waitForText('75.000');
    await waitUntil(() => environment.listeners.has('PI1'));
    const { length } = environment.requests;
    environment.listeners.get('PI1')!({ ...SUMMARY, refunded: '35.000', refundable: '60.000' });
    await ui.waitForText('60.000');
    expect(environment.requests).to.have.length(length);
  });

  it('shows what a colleague does while nothing is typed here yet', async () => {
    const quiet = { ...SUMMARY, pending: '0.000', permission: { user: 'basma', approve: true }, refunds: [] };
    const environment = fakeEnvironment({ events: true, summary: quiet });
    const ui = await drive(environment);
    await ui.waitForText('75.000');
    await waitUntil(() => environment.listeners.has('PI1'));
    const waiting = {
      idempotency_key: 'k1',
      intent_id: 'i1',
      amount: '15.000',
      status: '',
      standing: 'awaiting_approval',
      approval: { asked_by: 'ali', asked_at: '2026-11-21T09:00:00Z' },
    };
    environment.listeners.get('PI1')!({ ...quiet, pending: '15.000', refundable: '60.000', refunds: [waiting] });
    await ui.waitForText('60.000');
    expect(ui.text()).to.contain('ali asks to refund KWD 15.000');
    expect(ui.buttons()).to.include('Decide about KWD 15.000');
  });

  it('reads the payment when an event only repeats an older one, and shows the figures that it read', async () => {
    const environment = fakeEnvironment({ events: true });
    const ui = await drive(environment);
    await ui.waitForText('75.000');
    await waitUntil(() => environment.listeners.has('PI1'));
    const { length } = environment.requests;
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunded: '35.000', refundable: '60.000' } });
    environment.listeners.get('PI1')!({ ...SUMMARY, refunded: '0.000', refundable: '95.000' }, true);
    await ui.waitForText('60.000');
    expect(environment.requests).to.have.length(length + 1);
  });

  it('accepts an event that settled the refund before its answer was lost, even when every later read fails', async () => {
    const environment = fakeEnvironment({ events: true });
    const { reply, answer } = heldReply();
    environment.on(CREATE, reply);
    const ui = await drive(environment);
    await ui.send();
    await waitUntil(() => environment.writes().length === 1 && environment.listeners.has('PI1'));
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const { payment_refund_id: refund_id, create_time, amount } = uqpayRefund('INITIATED') as Record<string, string>;
    const refund = { refund_id, idempotency_key: key, amount, status: 'INITIATED', standing: 'pending', create_time };
    environment.on('GET /payments/*', problemOf('provider_unreachable', 502, { effect: 'nothing' }));
    environment.listeners.get('PI1')!({ ...SUMMARY, refunds: [{ ...refund, reason: null, references: {} }] } as never);
    await answer(problemOf('outcome_unknown', 504, { effect: 'unknown' }));
    await ui.waitForHeading(PENDING);
    expect(environment.writes()).to.have.length(1);
  });

  it('does not take a read that began before an event for the newer one', async () => {
    const environment = fakeEnvironment({ events: true });
    const ui = await drive(environment);
    await ui.waitForText('75.000');
    const { reply, answer } = heldReply();
    environment.on('GET /payments/*', reply);
    await ui.review();
    await waitUntil(() => environment.listeners.has('PI1'));
    environment.listeners.get('PI1')!({ ...SUMMARY, refunded: '35.000', refundable: '60.000' });
    await ui.waitForText('60.000');
    await answer({ json: SUMMARY });
    await answer({ json: { ...SUMMARY, refunded: '40.000', refundable: '55.000' } });
    await ui.waitForText('55.000');
  });

  it('polls when a stream of the proxy carries only one payment', async () => {
    const environment = fakeEnvironment({ events: true, maxEventPayments: 0 });
    const ui = await drive(environment);
    await ui.review();
    expect(environment.listeners.size).to.equal(0);
  });

  it('reads the status every few seconds while no stream follows the payment', async () => {
    const environment = fakeEnvironment({ events: true });
    environment.isLive = false;
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    environment.advance(2000);
    await ui.waitForHeading('UQPAY has carried out the refund');
  });

  it('still polls when no events arrive', async () => {
    const environment = fakeEnvironment({ events: true });
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    environment.advance(60_000);
    await ui.waitForHeading('UQPAY has carried out the refund');
  });

  it('does not send the refund again when an event arrives while the outcome is unknown', async () => {
    const environment = fakeEnvironment({ events: true });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    await waitUntil(() => environment.listeners.size === 1);
    for (const listener of environment.listeners.values()) listener(SUMMARY);
    await ui.form.updateComplete;
    expect(environment.writes()).to.have.length(1);
    expect(ui.heading()).to.contain(UNKNOWN);
  });

  it('says that a status check got no answer, and keeps the last known status', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    await ui.press('Check status');
    await ui.waitForText('this may be out of date');
    expect(ui.heading()).to.contain(PENDING);
  });

  it('shows a refund that is not final again after a reload', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('PROCESSING') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    const formAfterReload = await drive(fakeEnvironment({ memory: environment.memory }));
    await formAfterReload.waitForHeading(PENDING);
  });

  it('shows an unrecognised status by its own name', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('ON_HOLD') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('a status this form does not know');
    expect(ui.text()).to.contain('ON_HOLD');
  });

  it('puts no personal data into storage or events', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await waitUntil(() => ui.field('note') !== null);
    ui.type('note', 'Mrs Al-Sabah called');
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    expect(environment.writes()[0]?.body).to.have.property('reason', 'Returned goods: Mrs Al-Sabah called');
    expect([...environment.memory.values()].join(' ') + JSON.stringify(ui.events)).not.to.contain('Sabah');
  });
});

describe('the validation of the form', () => {
  it('shows the fault at its field, moves the focus there, keeps the text, and sends nothing', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
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
    expect(environment.writes()).to.have.length(0);
  });

  it('shows one summary when several fields are wrong', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    await ui.press('Review refund');
    const alert = ui.form.shadowRoot?.querySelector('[role=alert]')?.textContent;
    expect(alert).to.contain('Enter an amount').and.to.contain('Choose a reason');
  });

  it('accepts Arabic-Indic digits', async () => {
    const ui = await drive(fakeEnvironment());
    await ui.review('١٢.٥');
    expect(ui.button(/^Refund/).textContent).to.contain('12.500');
  });
});

describe('a refund whose answer was lost', () => {
  const loseAnswer = async (replies: readonly Reply[]) => {
    const environment = fakeEnvironment();
    environment.on(CREATE, replies);
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    return { environment, ui };
  };

  it('has an unknown outcome, not a failed one: the form is locked and keeps the key', async () => {
    const { environment, ui } = await loseAnswer(['drop']);
    expect(ui.buttons()).to.deep.equal(['Check status, send if not received']);
    expect(ui.text()).to.contain('the button sends it').and.to.contain('Key ends in').and.to.contain(KEY.slice(-6));
    expect(names(ui)).to.deep.equal(['submit', 'unknown']);
    expect([...environment.memory.values()].join()).to.contain(KEY);
  });

  it('is sent again with the same key, not with a new one', async () => {
    const { environment, ui } = await loseAnswer([
      'drop',
      { status: 502, text: '' },
      { json: uqpayRefund('INITIATED') },
    ]);
    await ui.press('Check status');
    await ui.waitForText('still not known');
    await ui.press('Check status');
    await ui.waitForHeading(PENDING);
    expect(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).to.deep.equal([KEY, KEY, KEY]);
    expect(new Set(environment.writes().map(({ body }) => JSON.stringify(body)))).to.have.property('size', 1);
  });

  it('stays unknown after a reload, and is sent again with the same key', async () => {
    const { environment } = await loseAnswer(['drop']);
    const reloaded = fakeEnvironment({ memory: environment.memory, lastUsedId: 100 });
    reloaded.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(reloaded);
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status, send if not received');
    await ui.waitForHeading(PENDING);
    expect(reloaded.writes()).to.have.length(1);
    expect(reloaded.writes()[0]?.headers.get('idempotency-key')).to.equal(KEY);
    expect(reloaded.writes()[0]?.body).to.deep.equal(environment.writes()[0]?.body);
  });

  it('needs the note again after a reload, and sends nothing when the note differs', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const first = await drive(environment);
    await waitUntil(() => first.field('note') !== null);
    first.type('note', 'as agreed');
    await first.send();
    await first.waitForHeading(UNKNOWN);
    const reloaded = fakeEnvironment({ memory: environment.memory });
    reloaded.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(reloaded);
    await waitUntil(() => ui.field('note') !== null);
    ui.field('note').value = 'as aggreed';
    await ui.press('Check status');
    await ui.waitForText('not the note that was sent');
    expect(reloaded.writes()).to.have.length(0);
    const status = [...ui.form.shadowRoot!.querySelectorAll('[role=status]')].map(({ textContent }) => textContent);
    expect(status.join()).to.contain('This is not the note that was sent. Nothing was sent now.');
    // Who cannot write it again has another way.
    expect(ui.buttons()).to.include('Unlock the form');
    ui.field('note').value = 'as agreed';
    await ui.press('Check status');
    await ui.waitForHeading(PENDING);
    expect(reloaded.writes()[0]?.body).to.deep.equal(environment.writes()[0]?.body);
  });

  it('stays unknown when the second request is refused', async () => {
    for (const reply of [
      problemOf('provider_unreachable', 502, { effect: 'nothing' }),
      problemOf('idempotency_key_reused', 422, { effect: 'nothing' }),
      {
        status: 400,
        json: { type: 'idempotency_error', code: 'idempotency_key_reused', message: 'No' },
      },
      { status: 400, json: { type: 'account_error', code: 'account_closed', message: 'No' } },
      { status: 429, json: { type: 'api_error', code: 'velocity_limit_exceeded', message: 'Slow down' } },
    ]) {
      const { environment, ui } = await loseAnswer(['drop', reply]);
      await ui.press('Check status');
      await ui.waitForText('still not known');
      expect(names(ui)).not.to.contain('refused');
      expect([...environment.memory.values()].join()).to.contain(KEY);
    }
  });

  it('is settled by the same key also when the payment cannot be read', async () => {
    const { environment, ui } = await loseAnswer(['drop', { json: uqpayRefund('INITIATED') }]);
    environment.on('GET /payments/PI1', problemOf('orders_unavailable', 503, { effect: 'nothing' }));
    await ui.press('Check status');
    await ui.waitForHeading(PENDING);
    expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).size).to.equal(1);
  });

  it('is only looked for at a provider without keys, once the proxy lists it', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', 'drop');
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const unknown = { idempotency_key: key, intent_id: 'i1', amount: '12.500', standing: 'unknown', status: 'unknown' };
    environment.on('GET /payments/PI1', { json: { ...SUMMARY, refunds: [unknown] } });
    await ui.form.refresh();
    await waitUntil(() => ui.buttons().includes('Check status'));
    expect(ui.text()).not.to.contain('the button sends it');
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(environment.writes()).to.have.length(1);
  });

  it('is not said to be lost while the proxy is still sending it for another page', async () => {
    const { environment } = await loseAnswer(['drop']);
    const { memory } = environment;
    const sending = {
      idempotency_key: KEY,
      amount: '12.500',
      standing: 'unknown',
      status: 'sending',
      state: 'sending',
    };
    const other = await drive(fakeEnvironment({ memory, summary: { ...SUMMARY, refunds: [sending] } }));
    await other.waitForText('still being worked on');
    expect(other.text()).not.to.contain('its answer was lost');
  });

  it('says of a check that got no answer why it got none', async () => {
    for (const [reply, said] of [
      [problemOf('unauthenticated', 401, { effect: 'nothing' }), 'Your sign-in has ended'],
      [{ status: 302, headers: { location: '/login' } }, 'Your sign-in has ended'],
      ['drop', 'got no answer'],
      [problemOf('outcome_unknown', 504, { effect: 'unknown' }), 'still not known'],
    ] as const) {
      const { environment, ui } = await loseAnswer(['drop', reply]);
      await ui.press('Check status');
      await ui.waitForText(said);
      expect(ui.text().includes('still not known'), said).to.equal(said === 'still not known');
      expect(names(ui)).not.to.contain('refused');
      expect([...environment.memory.values()].join()).to.contain(KEY);
    }
  });

  it('is settled when the proxy answers that no money moved, and the form opens again', async () => {
    const { environment, ui } = await loseAnswer([
      'drop',
      problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000' }),
    ]);
    await ui.press('Check status');
    await ui.waitForText('Nothing was refunded');
    expect(ui.field('amount').value).to.equal('12.500');
    expect([...environment.memory.keys()]).not.to.contain('refund-form:/refunds:PI1');
  });

  it('is shown as still running when the proxy says so', async () => {
    const { ui } = await loseAnswer(['drop', problemOf('idempotency_key_running', 409, { effect: 'running' })]);
    await ui.press('Check status');
    await ui.waitForText('still being worked on');
  });

  it('waits for a second person when it needs approval, and is sent again with the same key after that', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, [
      problemOf('approval_required', 403, { effect: 'running' }),
      { json: uqpayRefund('INITIATED') },
    ]);
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('waits for a second person');
    expect(ui.heading()).to.contain('Nothing was sent yet');
    expect(ui.text()).not.to.match(/Still unknown|Sent/);
    expect(names(ui)).to.deep.equal(['submit', 'approval']);
    expect(ui.buttons()).to.deep.equal(['Check status']);
    await ui.press('Check status');
    await ui.waitForHeading(PENDING);
    expect(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).to.deep.equal([KEY, KEY]);
  });

  it('is not sent again when nobody deduplicates: a person has to unlock the form', async () => {
    const environment = fakeEnvironment({ deduplicates: false });
    environment.on('POST /create-refund', 'drop');
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(environment.writes()).to.have.length(1);
    await ui.press('Unlock the form');
    expect(ui.text()).to.contain('Fill in every field here');
    expect(ui.heading()).to.contain(UNKNOWN);
    ui.form.shadowRoot!.querySelector<HTMLInputElement>('[name=sure]')!.click();
    await ui.press('Unlock the form');
    await ui.waitForHeading(/^Refund$/);
  });

  it('is not sent again to UQPAY after a day, when its keys have expired', async () => {
    const environment = fakeEnvironment({ deduplicates: false });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    environment.advance(24 * 60 * 60 * 1000);
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(environment.writes()).to.have.length(1);
  });

  const DAY = 24 * 60 * 60 * 1000;
  for (const [what, sent, later] of [
    ['was a day ahead when it was sent, and is right now', DAY, 0],
    ['was right when it was sent, and is two days behind now', 0, -2 * DAY],
    ['jumped a day ahead after the form was opened, and is right now', DAY, 0],
  ] as const) {
    it(`is not sent again to UQPAY after a day, by the server’s clock, when the browser’s ${what}`, async () => {
      const environment = fakeEnvironment({ deduplicates: false });
      let now = T0;
      let ahead: number = what.includes('jumped') ? 0 : sent;
      environment.on('GET /payments/*', () => ({ json: SUMMARY, headers: { date: new Date(now).toUTCString() } }));
      environment.on('GET /', () => ({ status: 404, text: '', headers: { date: new Date(now).toUTCString() } }));
      environment.on(CREATE, 'drop');
      const ui = await drive({ ...environment, now: () => now + ahead, elapsed: () => now - T0 });
      await ui.review();
      ahead = sent;
      await ui.press(/^Refund /);
      await ui.waitForHeading(UNKNOWN);
      expect(ui.buttons()).to.include('Check status, send if not received');
      now += DAY + 6 * 60 * 60 * 1000;
      ahead = later;
      await ui.form.refresh();
      await ui.press('Check status');
      await ui.waitForText('still not known');
      expect(environment.writes()).to.have.length(1);
    });
  }

  for (const [what, later] of [
    ['gets no answer', 'drop'],
    ['tells no time', { json: SUMMARY, headers: { date: '' } }],
  ] as const) {
    it(`is not sent again without a ledger by a check whose read ${what}: nobody knows how old it is`, async () => {
      const environment = fakeEnvironment({ deduplicates: false });
      environment.on(CREATE, 'drop');
      const ui = await drive(environment);
      await ui.send();
      await ui.waitForHeading(UNKNOWN);
      await waitUntil(() => ui.buttons().includes('Check status, send if not received'));
      environment.on('GET /payments/*', later);
      environment.on('GET /', later === 'drop' ? later : { status: 404, text: '', headers: later.headers });
      await ui.press('Check status, send if not received');
      await ui.waitForText(later === 'drop' ? 'got no answer' : 'still not known');
      expect(environment.writes()).to.have.length(1);
    });
  }

  it('is never sent again without a ledger where the server’s time cannot be read', async () => {
    const environment = fakeEnvironment({ deduplicates: false });
    const headers = { date: '' };
    environment.on('GET /payments/*', { json: SUMMARY, headers });
    environment.on('GET /', { status: 404, text: '', headers });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(ui.buttons()).to.include('Check status');
    expect(environment.writes()).to.have.length(1);
  });

  it('promises no send of what the ledger has, once UQPAY may have forgotten the key', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key');
    const listed = {
      idempotency_key,
      intent_id: 'i1',
      state: 'unknown',
      standing: 'unknown',
      amount: '12.500',
      status: '',
    };
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [listed] } });
    await ui.form.refresh();
    expect(ui.buttons()).to.include('Check status, send if not received');
    environment.advance(DAY + 60_000);
    await ui.form.refresh();
    await waitUntil(() => ui.buttons().includes('Check status'));
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(environment.writes()).to.have.length(1);
  });

  for (const [what, route] of [
    ['of the abilities', 'GET /'],
    ['of the payment', 'GET /payments/*'],
  ] as const) {
    it(`is not sent again after a day because of an old answer ${what} that something has kept`, async () => {
      const environment = fakeEnvironment({ deduplicates: false });
      let now = T0;
      const dated = (old: number) => ({ headers: { date: new Date(now - old).toUTCString() } });
      environment.on('GET /payments/*', () => ({ json: SUMMARY, ...dated(0) }));
      environment.on('GET /', () => ({ status: 404, text: '', ...dated(0) }));
      environment.on(CREATE, 'drop');
      const ui = await drive({ ...environment, now: () => now });
      await ui.send();
      await ui.waitForHeading(UNKNOWN);
      now += DAY + 60 * 60 * 1000;
      const isPayment = route !== 'GET /';
      environment.on(route, () => ({ ...(isPayment ? { json: SUMMARY } : { status: 404, text: '' }), ...dated(DAY) }));
      await ui.press('Check status');
      await ui.waitForText('still not known');
      expect(environment.writes()).to.have.length(1);
    });
  }

  it('is not sent again by a button that does not say so', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /', [
      { status: 503, text: '' },
      { status: 503, text: '' },
    ]);
    environment.on('POST /create-refund', ['drop', REFUND_CREATED_REPLY]);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    environment.on('GET /', { json: { name: 'refund-form-proxy', provider: 'upayments', deduplicates: true } });
    expect(ui.buttons()).to.include('Check status');
    await ui.press('Check status');
    await waitUntil(() => ui.buttons().includes('Check status, send if not received'));
    expect(environment.writes()).to.have.length(1);
    await ui.press('Check status, send if not received');
    await ui.waitForHeading('UPayments accepted the refund');
  });

  it('is not sent again where only the browser tells the time, and its clock was set back', async () => {
    const environment = fakeEnvironment({ deduplicates: false });
    let now = T0;
    environment.on(CREATE, 'drop');
    const ui = await drive({ ...environment, now: () => now });
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    now -= 2 * 60 * 1000;
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(environment.writes()).to.have.length(1);
  });

  it('locks the form in another tab too', async () => {
    const memory = new Map<string, string>();
    const other = await drive(fakeEnvironment({ memory }));
    await waitUntil(() => other.field('amount') !== null);
    const environment = fakeEnvironment({ memory });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    window.dispatchEvent(new StorageEvent('storage', { key: 'refund-form:/refunds:PI1' }));
    await other.waitForHeading(UNKNOWN);
    expect(other.text()).to.contain('Another tab');
  });

  it('locks a form that was not in the page while another tab sent the refund', async () => {
    const memory = new Map<string, string>();
    const other = await drive(fakeEnvironment({ memory }));
    await waitUntil(() => other.field('amount') !== null);
    const place = other.form.parentElement!;
    other.form.remove();
    const environment = fakeEnvironment({ memory });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    place.append(other.form);
    await other.waitForHeading(UNKNOWN);
    expect(other.text()).to.contain('Another tab');
  });

  it('is not sent again by another tab that already had its review open', async () => {
    const memory = new Map<string, string>();
    const otherEnvironment = fakeEnvironment({ memory, lastUsedId: 500 });
    const other = await drive(otherEnvironment);
    await other.review();
    const environment = fakeEnvironment({ memory });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    await other.press(/^Refund /);
    await other.waitForHeading(UNKNOWN);
    expect(otherEnvironment.writes()).to.have.length(0);
  });
});

describe('a refused refund', () => {
  it('opens the form again with the typed values, gives the reason in our words and the provider’s, and reloads the figures', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', [{ json: SUMMARY }, { json: { ...SUMMARY, refundable: '60.000' } }]);
    environment.on(CREATE, problemOf('refundable_changed', 412, { effect: 'nothing', detail: 'Recorded 60.000' }));
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForText('Nothing was refunded');
    await ui.waitForText('KWD 60.000');
    expect(ui.text()).to.contain('figures have changed').and.to.contain('Recorded 60.000 (refundable_changed)');
    expect(ui.field('amount').value).to.equal('12.500');
    expect(names(ui)).to.deep.equal(['submit', 'refused']);
  });

  it('can be tried again, and the next try gets a new key', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, [
      { status: 400, json: { type: 'refund_error', code: 'c', message: 'No balance' } },
      { json: uqpayRefund('INITIATED') },
    ]);
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForText('No balance (c)');
    await ui.send();
    await ui.waitForHeading(PENDING);
    const keys = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys)).to.have.property('size', 2);
  });
});

describe('the payment', () => {
  it('is shown as not refundable with the merchant’s reason', async () => {
    const ui = await drive(fakeEnvironment({ summary: { ...SUMMARY, not_refundable: 'Chargeback open' } }));
    await ui.waitForHeading('Nothing can be refunded');
    expect(ui.text()).to.contain('Chargeback open');
    expect(ui.buttons()).to.deep.equal([]);
  });

  it('can be loaded again after a failed load', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', ['drop', { json: SUMMARY }]);
    const ui = await drive(environment);
    await ui.waitForHeading('could not be loaded');
    await ui.press('Load again');
    await ui.waitForText('Can be refunded');
  });

  it('cannot be loaded after the sign-in has ended, and the form says so', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
    const ui = await drive(environment);
    await ui.waitForText('Your sign-in has ended');
  });

  it('is not accepted with an amount that is not exact', async () => {
    const ui = await drive(fakeEnvironment({ summary: { ...SUMMARY, refundable: '75.0001' } }));
    await ui.waitForHeading('could not be loaded');
  });

  it('may come from the page, and then the form subtracts the refunds that it makes', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on('GET /payments/PI1', problemOf('path_not_allowed', 404));
    const ui = await drive(environment, { set: (form) => (form.payment = { ...SUMMARY, refundable: '20.000' }) });
    await ui.review();
    expect(environment.requests.filter(({ path }) => path.startsWith('/payments'))).to.deep.equal([]);
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.waitForText('Up to KWD 7.500');
    await ui.review('7.501');
    expect(ui.text()).to.contain('more than can be refunded');
  });

  it('is updated when the page gives another one, and the field keeps its focus and its text', async () => {
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.payment = SUMMARY) });
    await waitUntil(() => ui.field('amount') !== null);
    const amount = ui.field('amount');
    ui.type('amount', '12');
    amount.focus();
    ui.form.payment = { ...SUMMARY, refundable: '60.000' };
    await ui.waitForText('Up to KWD 60.000');
    expect(ui.form.shadowRoot?.activeElement).to.equal(amount);
    expect(amount.value).to.equal('12');
  });

  it('is read from the provider when the proxy has no summary', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', { status: 404, text: '<html>' });
    environment.on('GET /v2/payment_intents/PI1', {
      json: { currency: 'KWD', intent_status: 'SUCCEEDED', captured_amount: '100.000' },
    });
    environment.on('GET /v2/payment/refunds?*', {
      json: { total_pages: 1, total_items: 1, data: [uqpayRefund('PROCESSING')] },
    });
    const ui = await drive(environment);
    await ui.waitForText('Up to KWD 87.500');
  });

  it('may change in the same element, and nothing of the old payment stays', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review();
    ui.form.paymentId = 'PI2';
    await ui.waitForHeading(/^Refund$/);
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.field('amount').value).to.equal('');
    expect(environment.requests.map(({ path }) => path)).to.include('/payments/PI2');
  });
});

describe('a refund at UPayments', () => {
  const createData = { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' };
  const CREATE_REPLY: Reply = {
    status: 201,
    json: { status: true, message: 'Refund invoice generated successfully', data: createData },
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
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', CREATE_REPLY);
    environment.on(STATUS, status(false));
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('UPayments accepted the refund');
    return { environment, ui };
  };

  it('is followed until UPayments has carried it out', async () => {
    const { environment, ui } = await start();
    environment.on(STATUS, status(true));
    await ui.press('Check status');
    await ui.waitForHeading('UPayments has carried out the refund');
    expect(ui.buttons()).not.to.contain('Cancel refund');
  });

  it('is cancelled only after a confirmation', async () => {
    const { environment, ui } = await start();
    environment.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted', data: null } });
    await ui.press('Cancel refund');
    await ui.press('Keep it');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForHeading('The refund was cancelled');
    expect(environment.writes().at(-1)?.body).to.deep.equal({ orderId: 'longHsUD', refundOrderId: 'HsUD' });
    expect(names(ui)).to.deep.equal(['submit', 'accepted', 'settled', 'cancelled']);
  });

  it('is told to the page as cancelled once, though another refund is begun before the answer', async () => {
    const { environment, ui } = await start();
    const held = heldReply();
    environment.on('POST /delete-refund', held.reply);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const refund = {
      idempotency_key: key,
      intent_id: 'i1',
      refund_id: 'longHsUD',
      amount: '12.500',
      status: 'cancelled',
    };
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [{ ...refund, standing: 'cancelled' }] } });
    await ui.form.refresh();
    await ui.waitForHeading('The refund was cancelled');
    await ui.press('Make another refund');
    await waitUntil(() => ui.form.state === 'editing');
    await held.answer({ status: 201, json: { status: true, message: 'Deleted', data: null } });
    await ui.form.refresh();
    expect(names(ui)).to.deep.equal(['submit', 'accepted', 'settled', 'cancelled']);
  });

  it('is said to be cancelled once the payment lists it so, where its status can be read no more', async () => {
    const { environment, ui } = await start();
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const refund = { idempotency_key: key, refund_id: 'longHsUD', amount: '12.500', status: 'cancelled' };
    environment.on(STATUS, problemOf('not_found', 404));
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [{ ...refund, standing: 'cancelled' }] } });
    environment.advance(2_000);
    await ui.waitForHeading('The refund was cancelled');
    expect(names(ui)).to.deep.equal(['submit', 'accepted', 'settled', 'cancelled']);
  });

  it('has an unknown result when the answer to its cancel was lost; the cancel is sent again with the same key', async () => {
    const { environment, ui } = await start();
    environment.on('POST /delete-refund', [
      'drop',
      { status: 201, json: { status: true, message: 'Deleted', data: null } },
    ]);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('We don’t know yet whether the cancellation went through');
    await ui.press('Check status');
    await ui.waitForHeading('The refund was cancelled');
    const [one, two] = environment.writes().slice(-2);
    expect(one?.headers.get('idempotency-key')).to.equal(two?.headers.get('idempotency-key'));
  });

  it('keeps its unknown result when a second cancel is refused, because the first cancel may have worked', async () => {
    const { environment, ui } = await start();
    const refusal = { status: 422, json: { status: false, message: 'Already deleted', data: null } };
    environment.on('POST /delete-refund', ['drop', refusal]);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('We don’t know yet whether the cancellation went through');
    await ui.press('Check status');
    await ui.waitForText('Already deleted (422)');
    expect(ui.text()).to.contain('We don’t know yet whether the cancellation went through');
  });

  it('is shown as not cancelled when the cancel came too late', async () => {
    const { environment, ui } = await start();
    environment.on('POST /delete-refund', {
      status: 422,
      json: { status: false, message: 'Already refunded', data: null },
    });
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('The refund was not cancelled');
    expect(ui.text()).to.contain('Already refunded (422)');
  });

  it('may not have a third decimal unless the page allows it', async () => {
    const options = { provider: 'upayments' as const };
    const ui = await drive(fakeEnvironment(), options);
    await ui.review('1.005');
    expect(ui.text()).to.contain('UPayments may drop the third decimal of 1.005');
    const uiWithThirdDecimal = await drive(fakeEnvironment(), {
      ...options,
      set: (form) => (form.allowThirdDecimal = true),
    });
    await uiWithThirdDecimal.review('1.005');
    expect(uiWithThirdDecimal.heading()).to.equal('Check the refund');
  });

  const openVendors = async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('Divide KWD 12.500 over the vendors');
    return { environment, ui };
  };

  it('is divided exactly over the vendors', async () => {
    const { environment, ui } = await openVendors();
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
    expect(environment.writes()).to.have.length(1);
  });

  it('tells the page of each vendor’s part what a person has settled', async () => {
    const { environment, ui } = await openVendors();
    environment.on('POST /create-multivendor-refund', 'drop');
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('Do not refund again');
    const part = { idempotency_key: environment.writes().at(-1)!.headers.get('idempotency-key'), amount: '6.250' };
    const [paid, nothing] = VENDOR_ROWS.map(({ refundRequestId: vendor }) => ({ ...part, vendor, status: '' }));
    const refunds = [
      { ...paid, standing: 'pending', refund_id: 'gen', state: 'succeeded' },
      { ...nothing, standing: 'failed', ended: 'nothing', state: 'succeeded' },
    ];
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds } });
    await ui.form.refresh();
    await ui.waitForHeading('What became of each vendor’s refund');
    const told = ui.events.filter(({ name }) => /accepted|refused/.test(name));
    expect(told.map(({ name, detail }) => [name, (detail as { code?: string }).code])).to.deep.equal([
      ['refund-form-accepted', undefined],
      ['refund-form-refused', 'nothing'],
    ]);
  });

  it('refunds one vendor when another has too little balance; each has its own result and its own cancel', async () => {
    const { environment, ui } = await openVendors();
    const generated = { generatedInvoiceId: 1, amount: 6.25, orderId: 'gen', refundOrderId: 'ro', refundArn: 'arn' };
    const responseData = {
      generated: [generated],
      dataTempered: [],
      refundIssue: [],
      insufficientBalance: [{ ...VENDOR_ROWS[1], message: 'Short' }],
    };
    environment.on('POST /create-multivendor-refund', {
      status: 201,
      json: { status: true, message: 'success', data: { responseData } },
    });
    environment.on('POST /delete-multivendor-refund', {
      status: 201,
      json: { status: true, message: 'Deleted', data: null },
    });
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each vendor’s refund');
    expect(ui.text()).to.contain('Accepted').and.to.contain('balance is too low').and.to.contain('Short');
    expect(ui.buttons()).to.contain('Copy Refund number ro');
    const told = ui.events
      .filter(({ name }) => /accepted|refused/.test(name))
      .map(({ name, detail }) => [name, detail]);
    const [accepted, refused] = told as [[string, object], [string, object]];
    expect([told.length, accepted[0], refused]).to.deep.equal([
      2,
      'refund-form-accepted',
      ['refund-form-refused', { paymentId: 'PI1', amount: '6.250', currency: 'KWD', code: 'insufficientBalance' }],
    ]);
    expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key')))).to.have.property(
      'size',
      2,
    );
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('Cancelled');
    expect(environment.writes().at(-1)?.body).to.deep.equal({
      generatedInvoiceId: 1,
      orderId: 'gen',
      refundOrderId: 'ro',
      refundArn: 'arn',
    });
  });

  for (const isReplaced of [false, true])
    it(`has an unknown result for the vendors when the answer was lost; it is sent again with the same key${isReplaced ? ' by the form that the page draws in its place' : ''}`, async () => {
      const { environment, ui } = await openVendors();
      environment.on('POST /create-multivendor-refund', ['drop', BOTH_VENDORS_REPLY]);
      await ui.press('Split in proportion');
      await ui.press('Review refunds');
      await ui.press(/^Refund /);
      await ui.waitForHeading(UNKNOWN);
      if (isReplaced) ui.form.remove();
      const next = isReplaced ? await drive(environment, { provider: 'upayments' }) : ui;
      await next.press('Check status, send if not received');
      await next.waitForHeading('What became of each vendor’s refund');
      const [one, two] = environment.writes().slice(-2);
      expect(two?.body).to.deep.equal(one?.body);
      expect(one?.headers.get('idempotency-key')).to.equal(two?.headers.get('idempotency-key'));
    });
});

describe('languages', () => {
  const arabic = Object.fromEntries(Object.keys(en).map((key) => [key, `[${key}]`])) as Messages;

  it('are chosen by the closest tag, with its direction and its digits', async () => {
    registerLocale({ lang: 'ar', dir: 'rtl', messages: { ...arabic, upTo: '{amount} :' } });
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.locale = 'ar-EG') });
    await ui.waitForText('[toReview]');
    const section = ui.form.shadowRoot?.querySelector('section');
    expect(section?.dir).to.equal('rtl');
    expect(section?.lang).to.equal('ar');
    expect(ui.text()).to.contain('٧٥٫٠٠٠');
  });

  it('fall back to English, including the numbers', async () => {
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.locale = 'en-not a tag') });
    await ui.waitForText('Up to KWD 75.000');
  });

  it('can be overridden for single texts', async () => {
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.messages = { toReview: 'Weiter' }) });
    await ui.waitForText('Weiter');
  });

  it('leave no placeholder unfilled', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, ['drop', { json: uqpayRefund('INITIATED') }]);
    const ui = await drive(environment);
    const unfilled = /[{}]|undefined|\[object/;
    await ui.waitForText('Can be refunded');
    expect(ui.text()).not.to.match(unfilled);
    await ui.review('x');
    expect(ui.text()).not.to.match(unfilled);
  });
});

describe('accessibility', () => {
  const check = async ({ form }: FormDriver) => {
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
    it(`has no violation in any state, in the ${scheme} colour scheme`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, ['drop', { json: uqpayRefund('INITIATED') }]);
      environment.on(READ, { json: uqpayRefund('FAILED') });
      const ui = await drive(environment, { set: (form) => form.style.setProperty('color-scheme', scheme) });
      await ui.waitForText('Can be refunded');
      await check(ui);
      await ui.press('Review refund');
      await check(ui);
      await ui.review();
      await check(ui);
      await ui.press(/^Refund /);
      await ui.waitForHeading(UNKNOWN);
      await check(ui);
      await ui.press('Check status');
      await ui.waitForHeading(PENDING);
      await check(ui);
      await ui.press('Check status');
      await ui.waitForHeading('could not carry out');
      await check(ui);
    });
  }

  it('moves the focus to a new heading, but only when the focus was in the form', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(environment);
    await ui.review();
    expect(ui.form.shadowRoot?.activeElement?.id).to.equal('heading');
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    expect(ui.form.shadowRoot?.activeElement?.id).to.equal('heading');
    ui.form.shadowRoot?.querySelector('h2')?.blur();
    environment.advance(2000);
    await ui.waitForHeading('carried out');
    expect(ui.form.shadowRoot?.activeElement).to.equal(null);
  });

  it('shows the time of the last check', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForText(
      `Last checked ${new Intl.DateTimeFormat('en', { timeStyle: 'medium' }).format(T0).replace(/\s/g, ' ')}`,
    );
  });
});

describe('the element', () => {
  it('says which attribute is missing or wrong', async () => {
    const ui = await drive(fakeEnvironment(), { provider: 'other' as 'uqpay' });
    expect(ui.form.shadowRoot?.textContent).to.contain('needs a provider (uqpay or upayments)');
  });

  for (const endpoint of ['//', 'https://', 'http://:8787/refunds']) {
    it(`says that it has no endpoint where the page gives ${endpoint}, which is none`, async () => {
      const ui = await drive(fakeEnvironment(), { set: (form) => (form.endpoint = endpoint) });
      expect(ui.form.shadowRoot?.textContent).to.contain('an endpoint and a payment-id');
      expect(ui.form.state).to.equal('');
      ui.form.endpoint = '/';
      await waitUntil(() => ui.form.state === 'editing');
    });
  }

  it('writes no inline style and no script', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    expect(ui.form.shadowRoot?.querySelectorAll('[style], style, script, link')).to.have.length(0);
  });

  it('clears the stored intent also when it is removed from the page before the answer comes', async () => {
    const { environment, ui, answer } = await sending();
    ui.form.remove();
    expect([...environment.memory.values()].join()).to.contain(KEY);
    await answer({ json: uqpayRefund('SUCCEEDED') });
    await waitUntil(() => !environment.memory.has('refund-form:/refunds:PI1'));
    expect(names(ui)).to.deep.equal(['submit']);
  });
});
