import { expect, waitUntil } from '@open-wc/testing';

import { drive, type Driven } from './drive.ts';
import { farSide, problemOf, SUMMARY, uqpayRefund, VENDORS_OPENED, type FarSide, type Reply } from './far-side.ts';

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

const listed = (standing: string, more: Record<string, unknown> = {}) => ({
  idempotency_key: KEY,
  intent_id: 'i1',
  amount: '12.500',
  status: standing,
  standing,
  ...more,
});
const settled = (standing: string, more: Record<string, unknown> = {}) => ({
  json: { ...SUMMARY, refunds: [listed(standing, more)] },
});
const payments = (far: FarSide) => far.seen.filter(({ path }) => path.startsWith('/payments/'));
const changesOf = ({ form }: Driven) =>
  (form.shadowRoot?.querySelector('[part=changes]')?.textContent ?? '').replace(/\s+/g, ' ');

const ANSWERED = (ids: readonly number[]): Reply => ({
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

const divide = async () => {
  const far = farSide();
  far.on('POST /create-refund', VENDORS_OPENED);
  const ui = await drive(far, { provider: 'upayments' });
  await ui.send();
  await ui.at('Divide KWD');
  await ui.press('Split in proportion');
  return { far, ui };
};

const lost = async (more: Parameters<typeof farSide>[0] = {}) => {
  const far = farSide(more);
  far.on(CREATE, 'drop');
  const ui = await drive(far);
  await ui.send();
  await ui.at(UNKNOWN);
  return { far, ui };
};

const cancellable = async () => {
  const far = farSide();
  const data = { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' };
  far.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  far.on('GET /check-refund-status/longHsUD', {
    json: { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } },
  });
  const ui = await drive(far, { provider: 'upayments' });
  await ui.send();
  await ui.at(PENDING);
  return { far, ui };
};

describe('the figures that were reviewed', () => {
  it('end the review when they change, keep what was typed, and show before and now', async () => {
    const far = farSide();
    far.on(PAYMENT, [{ json: EUR }, { json: { ...EUR, refunded: '50.10', refundable: '49.90' } }]);
    const ui = await drive(far);
    await waitUntil(() => ui.field('note') !== null);
    ui.type('note', 'twice');
    await ui.review('12.50');
    await ui.shows('The payment has changed');
    expect(ui.heading()).to.equal('Refund');
    expect(changesOf(ui))
      .to.match(/EUR 59\.90 before, EUR 49\.90 now/)
      .and.to.contain('No money moved');
    expect(ui.field('amount').value).to.equal('12.50');
    expect(ui.field('note').value).to.equal('twice');
    expect(ui.field('reason').value).to.equal('Returned goods');
    expect(far.writes()).to.have.length(0);
  });

  it('are the ones that are sent, and the next review is of the new ones', async () => {
    const far = farSide();
    far.on(PAYMENT, [{ json: EUR }, { json: { ...EUR, refundable: '49.90' } }]);
    far.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '12.50', currency: 'EUR' }) });
    const ui = await drive(far);
    await ui.review('12.50');
    await ui.shows('49.90 now');
    await ui.send('12.50');
    await ui.at(PENDING);
    expect(far.writes().map(({ headers }) => headers.get('x-expected-refundable'))).to.deep.equal(['49.90']);
  });

  it('are sent as they were displayed, also when the payment changes in the moment of the click', async () => {
    const far = farSide();
    let answer: (reply: Reply) => void = () => undefined;
    far.on(PAYMENT, [{ json: SUMMARY }]);
    far.on(CREATE, problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000' }));
    const ui = await drive(far);
    await waitUntil(() => ui.field('amount') !== null);
    far.on(PAYMENT, () => new Promise((resolve) => (answer = resolve)));
    await ui.review();
    await waitUntil(() => payments(far).length === 2);
    ui.button(/^Refund /).click();
    answer({ json: { ...SUMMARY, refundable: '60.000' } });
    far.on(PAYMENT, { json: { ...SUMMARY, refundable: '60.000' } });
    await ui.shows('Nothing was refunded');
    expect(far.writes()[0]?.headers.get('x-expected-refundable')).to.equal('75.000');
    await ui.shows('60.000 now');
  });

  it('end the vendors’ review too, and the amounts that were typed stay', async () => {
    const { far, ui } = await divide();
    far.on(PAYMENT, { json: { ...SUMMARY, refunded: '35.000', refundable: '60.000' } });
    await ui.press('Review refunds');
    await ui.shows('The payment has changed');
    expect(ui.heading()).to.contain('Divide KWD');
    expect(changesOf(ui)).to.contain('75.000 before').and.to.contain('60.000 now');
    expect([ui.field('vendor-0').value, ui.field('vendor-1').value]).to.deep.equal(['6.250', '6.250']);
    expect(far.writes()).to.have.length(1);
  });
});

describe('what nobody knows', () => {
  it('offers no other refund beside a status that nobody knows, and a check', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('ON_HOLD') });
    const ui = await drive(far);
    await ui.send();
    await ui.at('a status this form does not know');
    expect(ui.buttons()).to.deep.equal(['Check status', 'Unlock the form']);
    expect(ui.form.shadowRoot?.querySelector('details')?.open).to.equal(false);
  });

  it('offers none beside a vendor whose outcome is unknown', async () => {
    const { far, ui } = await divide();
    far.on('POST /create-multivendor-refund', ANSWERED([1]));
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.at('What became of each');
    expect(ui.text()).to.contain('Not known');
    expect(ui.buttons()).to.include('Check status').and.not.to.include('Make another refund');
    expect(far.memory.has(RECORD)).to.equal(true);
  });

  it('offers none beside a cancel whose answer was lost', async () => {
    const { far, ui } = await cancellable();
    far.on('POST /delete-refund', 'drop');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.shows('We don’t know yet whether the cancellation');
    expect(ui.buttons()).to.include('Check status').and.not.to.include('Make another refund');
  });

  it('does not know of a cancel that a page was sending when it was left, and sends its key again', async () => {
    const { far, ui } = await cancellable();
    far.on('POST /delete-refund', 'hang');
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.shows('Cancelling…');
    const next = farSide({ memory: new Map(far.memory), from: 100 });
    next.on('GET /check-refund-status/longHsUD', {
      json: { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } },
    });
    next.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted', data: null } });
    const again = await drive(next, { provider: 'upayments' });
    await again.shows('We don’t know yet whether the cancellation');
    expect(again.buttons()).to.include('Check status').and.not.to.include('Make another refund');
    await waitUntil(() => !again.buttons().includes('Checking…'));
    expect(next.writes()).to.have.length(0);
    await again.press('Check status');
    await again.at('The refund was cancelled');
    const keys = [far.writes().at(-1), next.writes().at(-1)].map((write) => write?.headers.get('idempotency-key'));
    expect(keys[0]).to.equal(keys[1]);
  });

  it('asks again, and cancels nothing, where a page was left at the question', async () => {
    const { far, ui } = await cancellable();
    await ui.press('Cancel refund');
    const next = farSide({ memory: new Map(far.memory) });
    const again = await drive(next, { provider: 'upayments' });
    await again.at(PENDING);
    await waitUntil(() => again.buttons().includes('Cancel refund'));
    expect(next.writes()).to.have.length(0);
  });

  for (const [status, heading] of [
    ['INITIATED', PENDING],
    ['REVERSAL_INITIATED', 'being reversed'],
  ] as const) {
    it(`asks before another refund beside one that is ${status}, and takes the question back`, async () => {
      const far = farSide();
      far.on(CREATE, { json: uqpayRefund(status) });
      const ui = await drive(far);
      await ui.send();
      await ui.at(heading);
      await ui.press('Make another refund');
      await ui.shows('is not over yet');
      expect(far.memory.has(RECORD)).to.equal(true);
      await ui.press('Wait for this one');
      expect(ui.text()).not.to.contain('is not over yet');
      await ui.press('Make another refund');
      await ui.press('Make another refund all the same');
      await ui.at(/^Refund$/);
      expect(far.memory.has(RECORD)).to.equal(true);
      expect(far.writes()).to.have.length(1);
    });
  }
});

describe('a summary that knows the key', () => {
  it('shows the refund that was found, by itself', async () => {
    const { far, ui } = await lost();
    far.on(PAYMENT, settled('succeeded', { refund_id: 'RF1', status: 'SUCCEEDED' }));
    far.advance(2000);
    await ui.at('has carried out the refund');
    expect(far.writes()).to.have.length(1);
    expect(ui.told.map(({ name }) => name)).to.include('refund-form-settled');
    expect(far.memory.has(RECORD)).to.equal(false);
  });

  it('shows the refund that failed, by itself', async () => {
    const { far, ui } = await lost();
    far.on(PAYMENT, settled('failed', { refund_id: 'RF1', status: 'FAILED' }));
    far.advance(2000);
    await ui.at('could not carry out');
    expect(far.memory.has(RECORD)).to.equal(false);
  });

  it('opens the form again when a person settled it as nothing', async () => {
    const { far, ui } = await lost();
    far.on(PAYMENT, settled('failed', { ended: 'nothing', status: 'ended' }));
    far.advance(2000);
    await ui.shows('A person has settled it: no money moved');
    expect(ui.field('amount').value).to.equal('12.500');
    expect(far.memory.has(RECORD)).to.equal(false);
  });

  it('shows its evidence, with counts, and keeps the form locked', async () => {
    const { far, ui } = await lost();
    const evidence = { code: 'more_listed', before: 1, now: 2, text: 'x', at: '2026-11-21T09:30:00Z' };
    far.on(PAYMENT, settled('unknown', { evidence, status: '' }));
    far.advance(2000);
    await ui.shows('UQPAY lists 2 refunds of this payment, 1 before this one was sent');
    expect(ui.heading()).to.contain(UNKNOWN);
    expect(far.memory.has(RECORD)).to.equal(true);
  });

  it('says that the provider contradicts itself, in place of any evidence, and keeps the form locked', async () => {
    const { far, ui } = await lost();
    const at = '2026-11-21T09:30:00Z';
    const evidence = { code: 'none_more_listed', before: 1, now: 1, text: 'x', at };
    const contradiction = { from: 'failed', to: 'succeeded', text: 'x', at };
    far.on(PAYMENT, settled('unknown', { evidence, contradiction, status: 'contradiction' }));
    far.advance(2000);
    await ui.shows('UQPAY contradicts what is known of this refund. Its amount is held: a person must settle it.');
    expect(ui.text()).not.to.contain('lists no more refunds');
    expect(ui.heading()).to.contain(UNKNOWN);
    expect(far.memory.has(RECORD)).to.equal(true);
  });

  it('says who was asked and until when, never “Sent”, and who declined it and why', async () => {
    const far = farSide();
    far.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const approval = {
      asked_by: 'amal',
      asked_at: '2026-11-21T09:30:00Z',
      until: '2026-11-22T09:30:00Z',
      approvers: 'the finance team',
    };
    const ui = await drive(far);
    await waitUntil(() => ui.field('amount') !== null);
    await ui.review();
    far.on(PAYMENT, settled('awaiting_approval', { approval, status: '' }));
    await ui.press(/^Refund /);
    await ui.shows('the finance team');
    expect(ui.text())
      .to.contain('amal')
      .and.to.contain('Waits until')
      .and.not.to.match(/\bSent\b/);
    const decided = { ...approval, until: null, decision: 'declined', decided_by: 'basma', reason: 'Ask the shop' };
    far.on(PAYMENT, settled('failed', { ended: 'declined', approval: decided, status: 'ended' }));
    far.advance(2000);
    await ui.shows('It was declined');
    expect(ui.text()).to.contain('basma says:').and.to.contain('Ask the shop');
    expect(far.writes()).to.have.length(1);
  });

  it('of another key settles nothing', async () => {
    const { far, ui } = await lost();
    far.on(PAYMENT, settled('succeeded', { refund_id: 'RF9', idempotency_key: 'another' }));
    far.advance(2000);
    await waitUntil(() => payments(far).length > 3);
    await ui.form.updateComplete;
    expect(ui.heading()).to.contain(UNKNOWN);
  });
});

describe('a refund that succeeded', () => {
  it('is followed until it is reversed, slowly, by its status', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    far.on(READ, [{ json: uqpayRefund('REVERSAL_INITIATED') }, { json: uqpayRefund('REVERSAL_SUCCEEDED') }]);
    const ui = await drive(far);
    await ui.send();
    await ui.at('carried out');
    far.advance(60_000);
    expect(far.seen.filter(({ path }) => path.endsWith('/RF1'))).to.have.length(0);
    far.advance(240_000);
    await ui.at('is being reversed');
    far.advance(300_000);
    await ui.at('was reversed');
    const { length } = far.seen;
    far.advance(600_000);
    expect(far.seen).to.have.length(length);
  });

  it('is followed by the summary', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const ui = await drive(far);
    await ui.send();
    await ui.at('carried out');
    far.on(PAYMENT, settled('reversed', { refund_id: 'RF1', status: 'REVERSAL_SUCCEEDED' }));
    await ui.form.refresh();
    await ui.at('was reversed');
  });

  for (const status of ['FAILED', 'REVERSAL_SUCCEEDED']) {
    it(`is not asked about again once it is ${status}`, async () => {
      const far = farSide();
      far.on(CREATE, { json: uqpayRefund(status) });
      const ui = await drive(far);
      await ui.send();
      await waitUntil(() => !/Sending/.test(ui.heading()) && !/Check/.test(ui.heading()));
      await waitUntil(() => payments(far).length >= 3);
      const { length } = far.seen;
      far.advance(600_000);
      await ui.form.updateComplete;
      expect(far.seen).to.have.length(length);
    });
  }
});

describe('a write', () => {
  for (const [name, reply] of Object.entries({
    accepted: { json: uqpayRefund('INITIATED') },
    refused: { status: 400, json: { type: 'refund_error', code: 'c', message: 'No' } },
    lost: 'drop',
  } satisfies Record<string, Reply>)) {
    it(`is followed by at most two readings of the payment: ${name}`, async () => {
      const far = farSide();
      far.on(CREATE, reply);
      const ui = await drive(far);
      await ui.send();
      await waitUntil(() => !/Sending|Check the/.test(ui.heading()));
      // One turn of the event loop is enough for what is asked at once.
      await new Promise((resolve) => {
        setTimeout(resolve);
      });
      await ui.form.updateComplete;
      const written = far.seen.findIndex(({ method }) => method === 'POST');
      const after = far.seen.slice(written).filter(({ path }) => path.startsWith('/payments/'));
      expect(after.length).to.be.within(1, 2);
    });
  }
});
