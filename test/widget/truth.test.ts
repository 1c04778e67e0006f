import { expect } from '@open-wc/testing';

import { drive, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  SUMMARY,
  uqpayRefund,
  VENDOR_ROWS,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
  type Reply,
} from './fake-environment.ts';
import { heldReply } from './support/held.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
const PAYMENT = 'GET /payments/*';
const KEY = '00000000-0000-4000-8000-000000000001';
const RECORD = 'refund-form:/refunds:PI1';
const PENDING = 'accepted the refund';
const UNKNOWN = 'Do not refund again';
const EUR = {
  ...SUMMARY,
  currency: 'EUR',
  captured: '100.00',
  refunded: '40.10',
  pending: '0.00',
  refundable: '59.90',
};

const listedRefund = (standing: string, more: Record<string, unknown> = {}) => ({
  idempotency_key: KEY,
  intent_id: 'i1',
  amount: '12.500',
  status: standing,
  standing,
  ...more,
});
const paymentReply = (standing: string, more: Record<string, unknown> = {}) => ({
  json: { ...SUMMARY, refunds: [listedRefund(standing, more)] },
});
const paymentReads = (environment: FakeEnvironment) =>
  environment.requests.filter(({ path }) => path.startsWith('/payments/'));
const changesOf = ({ form }: FormDriver) =>
  (form.shadowRoot?.querySelector('[part=changes]')?.textContent ?? '').replace(/\s+/g, ' ');

const VENDORS_REPLY = (ids: readonly number[]): Reply => ({
  status: 201,
  json: {
    status: true,
    message: 'success',
    data: {
      responseData: {
        generated: ids.map((generatedInvoiceId) => ({
          generatedInvoiceId,
          amount: 6.25,
          orderId: `g${generatedInvoiceId}`,
          refundOrderId: 'ro',
          refundArn: 'arn',
        })),
        dataTempered: [],
        refundIssue: [],
        insufficientBalance: [],
      },
    },
  },
});

const openVendors = async () => {
  const environment = fakeEnvironment();
  environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
  const ui = await drive(environment, { provider: 'upayments' });
  await ui.send();
  await ui.waitForHeading('Divide KWD');
  await ui.press('Split in proportion');
  return { environment, ui };
};

const loseAnswer = async (more: Parameters<typeof fakeEnvironment>[0] = {}) => {
  const environment = fakeEnvironment(more);
  environment.on(CREATE, 'drop');
  const ui = await drive(environment);
  await ui.send();
  await ui.waitForHeading(UNKNOWN);
  return { environment, ui };
};

const createCancellable = async () => {
  const environment = fakeEnvironment();
  const data = { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' };
  environment.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  environment.on('GET /check-refund-status/longHsUD', {
    json: { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } },
  });
  const ui = await drive(environment, { provider: 'upayments' });
  await ui.send();
  await ui.waitForHeading(PENDING);
  return { environment, ui };
};

describe('the figures in the review', () => {
  it('end the review when they change; the form keeps the typed values and shows the figures before and now', async () => {
    const environment = fakeEnvironment();
    environment.on(PAYMENT, [{ json: EUR }, { json: { ...EUR, refunded: '50.10', refundable: '49.90' } }]);
    const ui = await drive(environment);
    await waitUntil(() => ui.field('note') !== null);
    ui.type('note', 'twice');
    await ui.review('12.50');
    await ui.waitForText('The payment has changed');
    expect(ui.heading()).to.equal('Refund');
    expect(changesOf(ui))
      .to.match(/EUR 59\.90 before, EUR 49\.90 now/)
      .and.to.contain('Nothing was sent');
    expect(ui.field('amount').value).to.equal('12.50');
    expect(ui.field('note').value).to.equal('twice');
    expect(ui.field('reason').value).to.equal('Returned goods');
    expect(environment.writes()).to.have.length(0);
  });

  it('are replaced by the new figures in the next review, and these are sent', async () => {
    const environment = fakeEnvironment();
    environment.on(PAYMENT, [{ json: EUR }, { json: { ...EUR, refundable: '49.90' } }]);
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '12.50', currency: 'EUR' }) });
    const ui = await drive(environment);
    await ui.review('12.50');
    await ui.waitForText('49.90 now');
    await ui.send('12.50');
    await ui.waitForHeading(PENDING);
    expect(environment.writes().map(({ headers }) => headers.get('x-expected-refundable'))).to.deep.equal(['49.90']);
  });

  it('are sent as the form displayed them, also when the payment changes at the moment of the click', async () => {
    const environment = fakeEnvironment();
    const { reply, answer } = heldReply();
    environment.on(PAYMENT, [{ json: SUMMARY }]);
    environment.on(CREATE, problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000' }));
    const ui = await drive(environment);
    await waitUntil(() => ui.field('amount') !== null);
    environment.on(PAYMENT, reply);
    await ui.review();
    await waitUntil(() => paymentReads(environment).length === 2);
    ui.button(/^Refund /).click();
    await answer({ json: { ...SUMMARY, refundable: '60.000' } });
    environment.on(PAYMENT, { json: { ...SUMMARY, refundable: '60.000' } });
    await ui.waitForText('Nothing was refunded');
    expect(environment.writes()[0]?.headers.get('x-expected-refundable')).to.equal('75.000');
    await ui.waitForText('60.000 now');
  });

  it('are read at every review, also with live status, which hears nothing of a refund made elsewhere', async () => {
    const environment = fakeEnvironment({ events: true });
    Object.assign(environment, { isLive: true });
    const ui = await drive(environment);
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('amount', '12.500');
    await waitUntil(() => environment.listeners.size === 1);
    environment.on(PAYMENT, { json: { ...SUMMARY, refunded: '40.000', refundable: '60.000' } });
    await ui.review();
    await ui.waitForText('The payment has changed');
    expect(environment.writes()).to.deep.equal([]);
  });

  it('end the review of the vendors too, and the typed amounts stay', async () => {
    const { environment, ui } = await openVendors();
    environment.on(PAYMENT, { json: { ...SUMMARY, refunded: '35.000', refundable: '60.000' } });
    await ui.press('Review refunds');
    await ui.waitForText('The payment has changed');
    expect(ui.heading()).to.contain('Divide KWD');
    expect(changesOf(ui)).to.contain('75.000 before').and.to.contain('60.000 now');
    expect([ui.field('vendor-0').value, ui.field('vendor-1').value]).to.deep.equal(['6.250', '6.250']);
    expect(environment.writes()).to.have.length(1);
  });
});

describe('the form with an unknown outcome', () => {
  it('offers a status check and no other refund when the status is unrecognised', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('ON_HOLD') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('a status this form does not know');
    expect(ui.buttons()).to.deep.equal(['Copy Refund number RF1', 'Check status', 'Unlock the form']);
    expect(ui.form.shadowRoot?.querySelector('details')?.open).to.equal(false);
  });

  it('offers no other refund when the outcome of one vendor is unknown', async () => {
    const { environment, ui } = await openVendors();
    environment.on('POST /create-multivendor-refund', VENDORS_REPLY([1]));
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each');
    expect(ui.text()).to.contain('Not known');
    expect(ui.buttons()).to.include('Check status').and.not.to.include('Make another refund');
    expect(environment.memory.has(RECORD)).to.equal(true);
  });

  it('ends its check although the refund of one vendor has got its number meanwhile', async () => {
    const { environment, ui } = await openVendors();
    environment.on('POST /create-multivendor-refund', VENDORS_REPLY([1]));
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each');
    const idempotency_key = environment.writes().at(-1)!.headers.get('idempotency-key');
    const listed = VENDOR_ROWS.map(({ refundRequestId }, index) => ({
      idempotency_key,
      vendor: refundRequestId,
      refund_id: `g${index + 1}`,
      amount: '6.250',
      status: 'initiated',
      standing: 'pending',
    }));
    environment.on(PAYMENT, { json: { ...SUMMARY, refunds: listed } });
    await ui.press('Check status');
    await waitUntil(() => !ui.text().includes('Not known'));
    await ui.waitForText('Last checked');
    const { length } = environment.requests;
    await ui.press('Check status');
    await waitUntil(() => environment.requests.length > length);
  });

  it('offers no other refund when the answer to a cancel was lost', async () => {
    const { environment, ui } = await createCancellable();
    environment.on('POST /delete-refund', 'drop');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('We don’t know yet whether the cancellation');
    expect(ui.buttons()).to.include('Check status, send if not received').and.not.to.include('Make another refund');
  });

  it('is over when the refund was carried out before the cancel whose answer was lost', async () => {
    const { environment, ui } = await createCancellable();
    environment.on('POST /delete-refund', 'drop');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('We don’t know yet whether the cancellation');
    environment.on('GET /check-refund-status/longHsUD', {
      json: { status: true, message: 'ok', data: { is_refunded: true, refunded_date: null } },
    });
    environment.on(PAYMENT, paymentReply('succeeded', { refund_id: 'longHsUD', status: 'refunded' }));
    await ui.press('Check status, send if not received');
    await ui.waitForHeading('has carried out the refund');
    await ui.press('Make another refund');
    expect(environment.writes().filter(({ path }) => path === '/delete-refund')).to.have.length(1);
  });

  it('shows a cancel as unknown when the admin left the page during it, and sends it again with the same key', async () => {
    const { environment, ui } = await createCancellable();
    environment.on('POST /delete-refund', 'hang');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('Cancelling…');
    const reloadedEnvironment = fakeEnvironment({ memory: new Map(environment.memory), lastUsedId: 100 });
    reloadedEnvironment.on('GET /check-refund-status/longHsUD', {
      json: { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } },
    });
    reloadedEnvironment.on('POST /delete-refund', {
      status: 201,
      json: { status: true, message: 'Deleted', data: null },
    });
    const reloadedUi = await drive(reloadedEnvironment, { provider: 'upayments' });
    await reloadedUi.waitForText('We don’t know yet whether the cancellation');
    expect(reloadedUi.buttons())
      .to.include('Check status, send if not received')
      .and.not.to.include('Make another refund');
    await waitUntil(() => !reloadedUi.form.shadowRoot!.querySelector('[aria-busy=true]'));
    expect(reloadedEnvironment.writes()).to.have.length(0);
    await reloadedUi.press('Check status');
    await reloadedUi.waitForHeading('The refund was cancelled');
    const keys = [environment.writes().at(-1), reloadedEnvironment.writes().at(-1)].map((write) =>
      write?.headers.get('idempotency-key'),
    );
    expect(keys[0]).to.equal(keys[1]);
  });

  it('cancels nothing when the admin left the page at the confirmation of the cancel', async () => {
    const { environment, ui } = await createCancellable();
    await ui.press('Cancel refund');
    const reloadedEnvironment = fakeEnvironment({ memory: new Map(environment.memory) });
    const reloadedUi = await drive(reloadedEnvironment, { provider: 'upayments' });
    await reloadedUi.waitForHeading(PENDING);
    await waitUntil(() => reloadedUi.buttons().includes('Cancel refund'));
    expect(reloadedEnvironment.writes()).to.have.length(0);
  });

  for (const [status, heading] of [
    ['INITIATED', PENDING],
    ['REVERSAL_INITIATED', 'being reversed'],
  ] as const) {
    it(`asks for a confirmation before another refund while one is ${status}, and lets the admin withdraw`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund(status) });
      const ui = await drive(environment);
      await ui.send();
      await ui.waitForHeading(heading);
      await ui.press('Make another refund');
      await ui.waitForText('may still reach the customer');
      expect(environment.memory.has(RECORD)).to.equal(true);
      // Nobody has answered it: a read that says the same leaves it.
      environment.on(READ, { json: uqpayRefund(status) });
      const reads = environment.requests.filter(({ path }) => path.endsWith('/RF1')).length;
      environment.advance(10_000);
      await waitUntil(() => environment.requests.filter(({ path }) => path.endsWith('/RF1')).length > reads);
      await ui.form.refresh();
      expect(ui.text()).to.contain('may still reach the customer');
      await ui.press('Wait for this one');
      expect(ui.text()).not.to.contain('may still reach the customer');
      await ui.press('Make another refund');
      await ui.press('Make another refund all the same');
      await ui.waitForHeading(/^Refund$/);
      expect(environment.memory.has(RECORD)).to.equal(true);
      expect(environment.writes()).to.have.length(1);
    });
  }
});

describe('a payment summary that lists the lost refund', () => {
  it('settles the refund as succeeded without a click', async () => {
    const { environment, ui } = await loseAnswer();
    environment.on(PAYMENT, paymentReply('succeeded', { refund_id: 'RF1', status: 'SUCCEEDED' }));
    environment.advance(2000);
    await ui.waitForHeading('has carried out the refund');
    expect(environment.writes()).to.have.length(1);
    expect(ui.events.map(({ name }) => name)).to.include('refund-form-settled');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  it('settles the refund as failed without a click', async () => {
    const { environment, ui } = await loseAnswer();
    environment.on(PAYMENT, paymentReply('failed', { refund_id: 'RF1', status: 'FAILED' }));
    environment.advance(2000);
    await ui.waitForHeading('could not carry out');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  it('opens the form again when a person has settled that no money moved', async () => {
    const { environment, ui } = await loseAnswer();
    environment.on(PAYMENT, paymentReply('failed', { ended: 'nothing', status: 'ended' }));
    environment.advance(2000);
    await ui.waitForText('A person has settled it: no money moved');
    expect(ui.field('amount').value).to.equal('12.500');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  const REFUSED = { ended: 'refused', status: 'refused', state: 'failed' };
  const REFUSAL = { code: 'insufficient_balance', words: 'Top it up' };
  const noticeOf = ({ form }: FormDriver) =>
    (form.shadowRoot?.querySelector('[part=notice]')?.textContent ?? '').replace(/\s+/g, ' ').trim();

  it('says who refused it and why as the answer would have, also to the page', async () => {
    const answered = fakeEnvironment();
    const json = { type: 'refund_error', code: REFUSAL.code, message: REFUSAL.words };
    answered.on(CREATE, { status: 400, json });
    const first = await drive(answered);
    await first.send();
    await first.waitForText('Nothing was refunded');
    const { environment, ui } = await loseAnswer();
    // Somebody approved it before: what the provider says is not the word of that person.
    const approval = { asked_by: 'amal', asked_at: '2026-11-21T09:30:00Z', decision: 'approved', decided_by: 'basma' };
    environment.on(PAYMENT, paymentReply('failed', { ...REFUSED, refusal: REFUSAL, approval }));
    environment.advance(2000);
    await ui.waitForText('Nothing was refunded');
    expect(noticeOf(ui)).to.equal(noticeOf(first));
    expect(noticeOf(ui)).to.contain('UQPAY refused this refund').and.to.contain('Top it up (insufficient_balance)');
    const refusals = [first, ui].map(({ events }) => events.find(({ name }) => name === 'refund-form-refused')?.detail);
    expect(refusals[1]).to.deep.equal(refusals[0]);
  });

  it('names the provider that refused it also when a proxy does not say why', async () => {
    const { environment, ui } = await loseAnswer();
    environment.on(PAYMENT, paymentReply('failed', REFUSED));
    environment.advance(2000);
    await ui.waitForText('Nothing was refunded');
    expect(noticeOf(ui)).to.equal('Nothing was refunded UQPAY refused this refund.');
  });

  it('says why a cancel was refused after the admin left the page during it', async () => {
    const { environment, ui } = await createCancellable();
    environment.on('POST /delete-refund', 'hang');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await waitUntil(() => environment.writes().length === 2);
    const cancel = { idempotency_key: environment.writes().at(-1)!.headers.get('idempotency-key')!, intent_id: 'i2' };
    const refusal = { code: '422', words: 'It is too late' };
    const cancels = [{ ...cancel, state: 'failed', standing: 'failed', ended: 'refused', refusal }];
    const later = fakeEnvironment({ memory: new Map(environment.memory), summary: { ...SUMMARY, cancels } });
    later.on('GET /check-refund-status/longHsUD', 'drop');
    const ui2 = await drive(later, { provider: 'upayments' });
    await ui2.waitForText('We don’t know yet whether the cancellation');
    const listed = { ...listedRefund('pending', { refund_id: 'longHsUD', idempotency_key: KEY }) };
    later.on(PAYMENT, { json: { ...SUMMARY, cancels, refunds: [listed] } });
    await ui2.form.refresh();
    await ui2.waitForText('The refund was not cancelled. UPayments says: It is too late (422)');
    expect(ui2.buttons()).to.include('Cancel refund');
  });

  it('shows each vendor’s part and why it was refused, also if all of them were', async () => {
    const { environment, ui } = await openVendors();
    environment.on('POST /create-multivendor-refund', 'drop');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading(UNKNOWN);
    const idempotency_key = environment.writes().at(-1)!.headers.get('idempotency-key');
    const part = (vendor: string, status: string) =>
      listedRefund('failed', {
        idempotency_key,
        vendor,
        status,
        state: 'succeeded',
        ended: 'refused',
        amount: '6.250',
      });
    const refunds = [part('r0', 'insufficientBalance'), part('r1', 'refundIssue')];
    environment.on(PAYMENT, { json: { ...SUMMARY, refunds } });
    environment.advance(2000);
    await ui.waitForHeading('0 of 2 accepted');
    expect(ui.text()).to.contain('The vendor’s balance is too low').and.to.contain('Refused. No money moved.');
    expect(ui.text()).not.to.contain('says');
  });

  it('shows its evidence with counts, and keeps the form locked', async () => {
    const { environment, ui } = await loseAnswer();
    const evidence = { code: 'more_listed', before: 1, now: 2, text: 'x', at: '2026-11-21T09:30:00Z' };
    environment.on(PAYMENT, paymentReply('unknown', { evidence, status: '' }));
    environment.advance(2000);
    await ui.waitForText('UQPAY lists 2 refunds of this payment, 1 before this one was sent');
    expect(ui.heading()).to.contain(UNKNOWN);
    expect(environment.memory.has(RECORD)).to.equal(true);
  });

  it('reports a contradiction of the provider instead of the evidence, and keeps the form locked', async () => {
    const { environment, ui } = await loseAnswer();
    const at = '2026-11-21T09:30:00Z';
    const evidence = { code: 'none_more_listed', before: 1, now: 1, text: 'x', at };
    const contradiction = { from: 'failed', to: 'succeeded', text: 'x', at };
    environment.on(
      PAYMENT,
      paymentReply('unknown', { evidence, contradiction, status: 'contradiction', amount: '15.000' }),
    );
    environment.advance(2000);
    await ui.waitForText(
      'UQPAY contradicts what is known of this refund. Its amount is held: a person must settle it.',
    );
    expect(ui.text()).not.to.contain('lists no more refunds');
    // The answer was not lost, and the proxy sends nothing again.
    expect(ui.text()).not.to.contain('its answer was lost').and.not.to.contain('the button sends it');
    expect(ui.text()).to.contain('Amount KWD 15.000');
    expect(ui.buttons()).to.include('Check status');
    expect(ui.heading()).to.contain(UNKNOWN);
    expect(environment.memory.has(RECORD)).to.equal(true);
  });

  it('names the approvers and the time limit but never “Sent”, and later who declined and why', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const approval = {
      asked_by: 'amal',
      asked_at: '2026-11-21T09:30:00Z',
      until: '2026-11-22T09:30:00Z',
      approvers: 'the finance team',
    };
    const ui = await drive(environment);
    await waitUntil(() => ui.field('amount') !== null);
    await ui.review();
    environment.on(PAYMENT, paymentReply('awaiting_approval', { approval, status: '' }));
    await ui.press(/^Refund /);
    await ui.waitForText('the finance team');
    expect(ui.text())
      .to.contain('amal')
      .and.to.contain('Waits until')
      .and.not.to.match(/\bSent\b/);
    const declinedApproval = {
      ...approval,
      until: null,
      decision: 'declined',
      decided_by: 'basma',
      reason: 'Ask the shop',
    };
    environment.on(PAYMENT, paymentReply('failed', { ended: 'declined', approval: declinedApproval, status: 'ended' }));
    environment.advance(2000);
    await ui.waitForText('It was declined');
    expect(ui.text()).to.contain('basma says:').and.to.contain('Ask the shop');
    expect(environment.writes()).to.have.length(1);
  });

  it('settles nothing when the key is another one', async () => {
    const { environment, ui } = await loseAnswer();
    environment.on(PAYMENT, paymentReply('succeeded', { refund_id: 'RF9', idempotency_key: 'another' }));
    environment.advance(2000);
    await waitUntil(() => paymentReads(environment).length > 3);
    await ui.form.updateComplete;
    expect(ui.heading()).to.contain(UNKNOWN);
  });
});

describe('a stored record that nobody can read', () => {
  const memory = () => new Map([[RECORD, '{"intent":{"key":7}}']]);

  it('keeps nobody from refunding where a ledger lists whatever was sent', async () => {
    const environment = fakeEnvironment({ memory: memory(), summary: { ...SUMMARY, refunds: [] } });
    const ui = await drive(environment);
    await waitUntil(() => ui.form.state === 'editing');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  it('stays locked where nobody keeps a list, until a person has looked and unlocks it', async () => {
    const environment = fakeEnvironment({ memory: memory(), deduplicates: false });
    const ui = await drive(environment);
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status');
    await ui.waitForText('still not known');
    const form = [...ui.form.shadowRoot!.querySelectorAll('details form')].at(-1) as HTMLFormElement;
    form.querySelector<HTMLInputElement>('[name=sure]')!.checked = true;
    form.requestSubmit();
    await waitUntil(() => ui.form.state === 'editing');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });
});

describe('a refund with a result', () => {
  it('is followed slowly by its status until it is reversed', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    environment.on(READ, [{ json: uqpayRefund('REVERSAL_INITIATED') }, { json: uqpayRefund('REVERSAL_SUCCEEDED') }]);
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('carried out');
    environment.advance(60_000);
    expect(environment.requests.filter(({ path }) => path.endsWith('/RF1'))).to.have.length(0);
    environment.advance(240_000);
    await ui.waitForHeading('is being reversed');
    environment.advance(300_000);
    await ui.waitForHeading('was reversed');
    const { length } = environment.requests;
    environment.advance(600_000);
    expect(environment.requests).to.have.length(length);
  });

  it('is followed by live status until it is reversed', async () => {
    const environment = fakeEnvironment({ maxEventPayments: 20 });
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('carried out');
    environment.isLive = true;
    await waitUntil(() => environment.listeners.has('PI1'));
    const reversed = listedRefund('reversed', { refund_id: 'RF1', status: 'REVERSAL_SUCCEEDED' });
    environment.listeners.get('PI1')!({
      ...SUMMARY,
      pending: '0.000',
      refunds: [reversed],
    });
    await ui.waitForHeading('was reversed');
  });

  it('is followed by the payment summary', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('carried out');
    environment.on(PAYMENT, paymentReply('reversed', { refund_id: 'RF1', status: 'REVERSAL_SUCCEEDED' }));
    await ui.form.refresh();
    await ui.waitForHeading('was reversed');
  });

  it('is not mistaken for another refund to which the provider has given the same id', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    const another = listedRefund('succeeded', { refund_id: 'RF1', idempotency_key: KEY.replace(/1$/, '2') });
    environment.on(PAYMENT, { json: { ...SUMMARY, refunds: [another] } });
    await ui.form.refresh();
    expect(ui.heading()).to.contain(PENDING);
    environment.on(PAYMENT, {
      json: { ...SUMMARY, refunds: [another, listedRefund('succeeded', { refund_id: 'RF1' })] },
    });
    await ui.form.refresh();
    await ui.waitForHeading('carried out');
  });

  for (const status of ['FAILED', 'REVERSAL_SUCCEEDED']) {
    it(`is not read again once it is ${status}`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund(status) });
      const ui = await drive(environment);
      await ui.send();
      await waitUntil(() => !/Sending/.test(ui.heading()) && !/Check/.test(ui.heading()));
      await waitUntil(() => paymentReads(environment).length >= 3);
      const { length } = environment.requests;
      environment.advance(600_000);
      await ui.form.updateComplete;
      expect(environment.requests).to.have.length(length);
    });
  }
});

describe('a proxy whose description failed at first', () => {
  it('is asked for it again, so that its refusal of the second send settles the first', async () => {
    const environment = fakeEnvironment();
    const described = { name: 'refund-form-proxy', provider: 'uqpay', deduplicates: true, events: false };
    environment.on('GET /', [{ status: 502, text: '' }, { json: described }]);
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    environment.on(CREATE, problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '65.000' }));
    await ui.press('Check status, send if not received');
    await ui.waitForText('Nothing was refunded');
    expect(ui.form.state).to.equal('editing');
  });
});

describe('a refund request', () => {
  for (const [name, reply] of Object.entries({
    accepted: { json: uqpayRefund('INITIATED') },
    refused: { status: 400, json: { type: 'refund_error', code: 'c', message: 'No' } },
    lost: 'drop',
  } satisfies Record<string, Reply>)) {
    it(`causes at most two reads of the payment: ${name}`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, reply);
      const ui = await drive(environment);
      await ui.send();
      await waitUntil(() => !/Sending|Check the/.test(ui.heading()));
      const readsAfterWrite = () => {
        const writeIndex = environment.requests.findIndex(({ method }) => method === 'POST');
        return environment.requests.slice(writeIndex).filter(({ path }) => path.startsWith('/payments/'));
      };
      await waitUntil(() => readsAfterWrite().length > 0);
      // One turn of the event loop, so that every other read that the form starts at once has been sent.
      await new Promise((resolve) => {
        setTimeout(resolve);
      });
      await ui.form.updateComplete;
      expect(readsAfterWrite().length).to.be.within(1, 2);
    });
  }
});

describe('a proxy that answers with another payment', () => {
  it('is not believed: its figures are of no use here', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/PI1', { json: { ...SUMMARY, payment_id: 'PI2' } });
    const ui = await drive(environment);
    await ui.waitForHeading('could not be loaded');
    expect(ui.text()).to.contain('answered with no payment').and.not.to.contain('75.000');
  });
});
