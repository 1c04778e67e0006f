import { expect } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import type { PaymentSummary } from '../../contract/payment.ts';
import '../../widget/locales/ar.ts';
import { drive, type DriveOptions, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  REFUND_CREATED_REPLY,
  SUMMARY,
  upaymentsSuccess,
  uqpayRefund,
  type FakeEnvironment,
} from './fake-environment.ts';
import { say } from './support/settlement.ts';
import { heldReply } from './support/held.ts';
import { waitUntil } from './support/wait-until.ts';

const { axe } = globalThis as unknown as { axe: typeof axeCore };
const DELETE = 'POST /delete-refund';
const DELETED = { status: 201, json: { status: true, message: 'Deleted', data: null } };
const PENDING = 'accepted the refund';
const UNKNOWN_CANCEL = 'We don’t know yet whether the cancellation';

/** The refund with this number, as our proxy lists it. A higher number is newer. */
const listed = (number: number, more: Record<string, unknown> = {}) => ({
  refund_id: `long${number}`,
  idempotency_key: `key-${number}`,
  intent_id: `intent-${number}`,
  state: 'succeeded',
  amount: `${number}.000`,
  status: 'initiated',
  standing: 'pending',
  create_time: new Date(Date.UTC(2026, 10, 20, 9, number)).toISOString(),
  reason: 'Returned goods',
  requested_by: 'amal',
  references: { orderId: `long${number}`, refundOrderId: `R${number}`, refundArn: `arn${number}` },
  ...more,
});

const summaryWith = (refunds: readonly unknown[], more: Record<string, unknown> = {}) =>
  ({ ...SUMMARY, refunds, cancels: [], ...more }) as unknown as PaymentSummary;

const cancelOf = (refundId: string, idempotency_key: string, standing: string) => ({
  idempotency_key,
  intent_id: 'intent-c',
  state: 'unknown',
  refund_id: refundId,
  standing,
  ...(standing === 'failed' && { ended: 'refused' }),
});

const open = async (refunds: readonly unknown[], options: DriveOptions & { more?: Record<string, unknown> } = {}) => {
  const environment = fakeEnvironment({ summary: summaryWith(refunds, options.more) });
  const ui = await drive(environment, { provider: 'upayments', ...options });
  await waitUntil(() => ui.field('amount') !== null, 'expected the form');
  return { environment, ui };
};

const root = ({ form }: FormDriver) => form.shadowRoot!;
const section = (ui: FormDriver) => root(ui).querySelector<HTMLDetailsElement>('[part=history]');
const clean = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();
const rows = (ui: FormDriver) => [...root(ui).querySelectorAll<HTMLElement>('[part=history] li')];
const textsOf = (ui: FormDriver) => rows(ui).map((row) => clean(row.textContent));
const rowOf = (ui: FormDriver, text: string) => {
  const found = rows(ui).find((row) => clean(row.textContent).includes(text));
  if (!found) throw new Error(`no row with ${text} among ${textsOf(ui).join(' | ')}`);
  return found;
};
const nameOf = (button: Element | null | undefined) => button?.getAttribute('aria-label') ?? clean(button?.textContent);
const pressIn = async (ui: FormDriver, row: string, name: string) => {
  const button = [...rowOf(ui, row).querySelectorAll('button')].find((one) => clean(one.textContent).startsWith(name));
  if (!button) throw new Error(`no button ${name} in ${clean(rowOf(ui, row).textContent)}`);
  button.focus();
  button.click();
  await ui.form.updateComplete;
};
const keys = (environment: FakeEnvironment) =>
  environment.writes().map(({ headers }) => headers.get('idempotency-key'));
const waitForRow = (ui: FormDriver, row: string, text: string) =>
  waitUntil(() => clean(rowOf(ui, row).textContent).includes(text), `expected ${text} in the row of ${row}`);

describe('the list of the payment’s refunds', () => {
  it('shows the newest first, each with its amount, status, reason, requester, time and numbers', async () => {
    const { ui } = await open([listed(1, { standing: 'succeeded', status: 'refunded' }), listed(2)]);
    expect(clean(section(ui)?.querySelector('summary')?.textContent)).to.equal('Refunds of this payment (2)');
    const [newest, oldest] = textsOf(ui);
    expect(newest).to.match(/^KWD 2\.000 ?Pending Returned goods · by amal · Nov 20, 2026/);
    expect(newest).to.contain('Refund number R2').and.to.contain('Bank reference (ARN) arn2');
    expect(oldest).to.match(/^KWD 1\.000 ?Refunded Returned goods · by amal/);
  });

  it('goes by the time of the refunds, whatever order the page lists them in', async () => {
    const { ui } = await open([listed(2), listed(3), listed(1)]);
    expect(textsOf(ui).map((text) => text.slice(0, 9))).to.deep.equal(['KWD 3.000', 'KWD 2.000', 'KWD 1.000']);
  });

  it('is not drawn without refunds, nor while the refund is reviewed', async () => {
    const { ui } = await open([]);
    expect(section(ui)).to.equal(null);
    const { ui: other } = await open([listed(1)]);
    expect(section(other)).not.to.equal(null);
    await other.review();
    expect(section(other)).to.equal(null);
  });

  it('is shown where nothing can be refunded', async () => {
    const environment = fakeEnvironment({
      summary: summaryWith([listed(1)], { refundable: '0.000', pending: '80.000' }),
    });
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.waitForHeading('Nothing can be refunded');
    expect(rows(ui)).to.have.length(1);
  });

  for (const [what, more, text] of [
    [
      'a status that nobody knows, with the provider’s word',
      { standing: 'unrecognised', status: 'ON_HOLD' },
      'Not clear',
    ],
    ['a standing of a newer proxy, as it came', { standing: 'parked' }, 'parked'],
    ['a lost refund', { standing: 'unknown', refund_id: null, references: {} }, 'Not known. Do not refund it again.'],
    [
      'a refund about which the provider contradicts itself',
      { standing: 'unknown', contradiction: { from: 'failed', to: 'succeeded', text: 'x', at: '' } },
      'UPayments contradicts what is known of this refund',
    ],
    ['a request that waits', { standing: 'awaiting_approval', refund_id: null, references: {} }, 'Waits for approval'],
    ['a request that was declined', { standing: 'failed', ended: 'declined', refund_id: null }, 'Declined'],
    ['a request that was never sent', { standing: 'failed', ended: 'not_sent', refund_id: null }, 'Not sent'],
    ['a refund that failed', { standing: 'failed', status: 'FAILED' }, 'Failed'],
    ['a refund that is being reversed', { standing: 'reversing', status: 'REVERSAL_INITIATED' }, 'Being reversed'],
    ['a refund that was cancelled', { standing: 'cancelled', status: 'cancelled' }, 'Cancelled'],
  ] as const) {
    it(`says what became of ${what}`, async () => {
      const { ui } = await open([listed(1, more)]);
      expect(clean(root(ui).querySelector('.line span')?.textContent)).to.contain(text);
      expect(textsOf(ui)[0]).not.to.contain('Refunded');
    });
  }

  it('says who declined a request, and why', async () => {
    const approval = { asked_by: 'amal', asked_at: '2026-11-21T09:30:00Z', decision: 'declined', decided_by: 'basma' };
    const { ui } = await open([
      listed(1, {
        standing: 'failed',
        ended: 'declined',
        refund_id: null,
        approval: { ...approval, reason: 'Too late' },
      }),
    ]);
    expect(textsOf(ui)[0]).to.contain('basma says: Too late');
  });

  it('quotes the provider’s word for a status that nobody knows', async () => {
    const { ui } = await open([listed(1, { standing: 'unrecognised', status: 'ON_HOLD' })]);
    expect(textsOf(ui)[0]).to.contain('UPayments says: ON_HOLD');
  });

  it('quotes a refund in a currency that this version does not know, and the form goes on', async () => {
    const { ui } = await open([listed(1, { currency: 'XXQ', amount: '20.00' })]);
    expect(textsOf(ui)[0]).to.contain('XXQ 20.00');
    await ui.review();
    expect(ui.heading()).to.contain('Check');
  });

  it('says of a refund that was made elsewhere, and names nobody', async () => {
    const elsewhere = { idempotency_key: null, requested_by: undefined, reason: null, standing: 'succeeded' };
    const { ui } = await open([
      listed(1, { ...elsewhere, status: 'refunded' }),
      listed(2, { ...elsewhere, status: 'not_listed', refund_id: null, references: {} }),
    ]);
    expect(textsOf(ui)[0]).to.contain('only known from UPayments’s total');
    expect(textsOf(ui)[1]).to.contain('made elsewhere');
  });

  it('does not say that it was made elsewhere while an answer is missing: it may be that refund', async () => {
    const listedOnly = { idempotency_key: null, requested_by: undefined, reason: null };
    const { ui } = await open([listed(1, listedOnly), listed(2, { standing: 'unknown', refund_id: null })]);
    expect(textsOf(ui).join()).not.to.contain('made elsewhere');
  });

  it('has the currency that the proxy gives for it', async () => {
    const { ui } = await open([listed(1, { currency: 'EUR', amount: '20.00' })]);
    expect(textsOf(ui)[0]).to.contain('EUR 20.00');
  });

  it('leaves out a request that only opened the second step, and labels the parts of the vendors', async () => {
    const part = { idempotency_key: 'key-2', vendor: 'r0' };
    const { ui } = await open([
      listed(1, { standing: 'failed', ended: 'vendors_opened', refund_id: null }),
      listed(2, part),
      listed(3, { ...part, vendor: 'r1' }),
    ]);
    expect(textsOf(ui)).to.have.length(2);
    expect(textsOf(ui).map((text) => /Vendor (r\d)/.exec(text)?.[1])).to.deep.equal(['r1', 'r0']);
  });

  it('does not repeat the refund that the form shows, and comes back with it for another refund', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([listed(1)]) });
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.review();
    const own = listed(9, { refund_id: 'longHsUD', idempotency_key: 'mine', amount: '12.500' });
    environment.on('GET /payments/*', { json: summaryWith([listed(1), own]) });
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    await ui.waitForText('Other refunds of this payment (1)');
    expect(textsOf(ui)[0]).to.contain('KWD 1.000');
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.waitForText('Refunds of this payment (2)');
    expect(textsOf(ui)[0]).to.contain('KWD 12.500');
  });

  it('does not repeat a refund whose answer was lost', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([listed(1)]), deduplicates: false });
    environment.on('POST /create-refund', 'drop');
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.review();
    environment.on('GET /payments/*', () => {
      const key = keys(environment)[0] ?? 'none';
      return {
        json: summaryWith([listed(1), listed(9, { idempotency_key: key, refund_id: null, standing: 'unknown' })]),
      };
    });
    await ui.press(/^Refund /);
    await ui.waitForHeading('Do not refund again');
    await waitUntil(() => environment.requests.filter(({ path }) => path.startsWith('/payments')).length > 1);
    await waitUntil(() => rows(ui).length === 1);
    expect(textsOf(ui)[0]).to.contain('KWD 1.000');
  });

  it('does not repeat vendors’ parts that were all refused', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([]) });
    const { VENDORS_OPENED_REPLY } = await import('./fake-environment.ts');
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const insufficientBalance = ['r0', 'r1'].map((refundRequestId) => ({ refundRequestId }));
    environment.on(
      'POST /create-multivendor-refund',
      upaymentsSuccess({ responseData: { generated: [], dataTempered: [], refundIssue: [], insufficientBalance } }),
    );
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('Divide KWD');
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    environment.on('GET /payments/*', () => {
      const key = keys(environment).at(-1);
      const refused = { idempotency_key: key, refund_id: null, standing: 'failed', ended: 'refused' };
      return { json: summaryWith(['r0', 'r1'].map((vendor, index) => listed(index + 1, { ...refused, vendor }))) };
    });
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each');
    await waitUntil(() => environment.requests.at(-1)?.path.startsWith('/payments'));
    await ui.form.updateComplete;
    expect(section(ui)).to.equal(null);
  });

  it('is open while it is short, and closed when it is long', async () => {
    const { ui } = await open([1, 2, 3].map((number) => listed(number)));
    expect(section(ui)?.open).to.equal(true);
    const { ui: long } = await open([1, 2, 3, 4].map((number) => listed(number)));
    expect(section(long)?.open).to.equal(false);
  });

  it('says above the form, also while it is closed, which refund nobody knows, and takes it back once it is known', async () => {
    const several = [1, 2, 3, 4].map((number) => listed(number));
    const lost = listed(5, { refund_id: null, references: {}, status: '', state: 'unknown', standing: 'unknown' });
    const { environment, ui } = await open([...several, lost]);
    expect(section(ui)!.open).to.equal(false);
    const panels = () => [...root(ui).querySelectorAll('[part~=unknown]')].map((panel) => panel.textContent);
    expect(panels()).to.have.length(1);
    expect(panels()[0]).to.match(/KWD\s5\.000 Not known\. Do not refund it again\.\s+Returned goods · by amal · /);
    expect(root(ui).querySelector('[part~=unknown]')!.closest('[role=status]')).not.to.equal(null);
    environment.on('GET /payments/*', { json: summaryWith([...several, listed(5)]) });
    await ui.form.refresh();
    await waitUntil(() => panels().length === 0, 'expected no panel');
  });

  it('stays as a person has left it when a refund comes', async () => {
    const environment = fakeEnvironment({
      summary: summaryWith([1, 2, 3].map((number) => listed(number))),
      events: true,
    });
    const ui = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => environment.listeners.has('PI1') && section(ui) !== null);
    environment.listeners.get('PI1')!(summaryWith([1, 2, 3, 4].map((number) => listed(number))));
    await waitUntil(() => rows(ui).length === 4);
    expect(section(ui)?.open).to.equal(true);
  });

  it('draws twenty at a time, and the focus stays where a person asks for more', async () => {
    const { ui } = await open(Array.from({ length: 45 }, (_, index) => listed(index + 1)));
    section(ui)!.open = true;
    expect(rows(ui)).to.have.length(20);
    for (const count of [40, 45]) {
      const more = [...section(ui)!.querySelectorAll('summary')].at(-1)!;
      expect(clean(more.textContent)).to.equal('Show more');
      more.focus();
      more.click();
      await waitUntil(() => rows(ui).length === count, `expected ${count} rows`);
      expect(root(ui).activeElement).to.equal(more);
    }
    expect(textsOf(ui).at(-1)).to.contain('KWD 1.000');
    expect([...section(ui)!.querySelectorAll('details')]).to.have.length(2);
  });

  it('keeps the focus in its row when a newer refund comes', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([listed(1)]), events: true });
    const ui = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => environment.listeners.has('PI1') && section(ui) !== null);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    expect(clean(root(ui).activeElement?.textContent)).to.equal('Keep it');
    environment.listeners.get('PI1')!(summaryWith([listed(1), listed(2)]));
    await waitUntil(() => rows(ui).length === 2);
    expect(clean(root(ui).activeElement?.textContent)).to.equal('Keep it');
    expect(rowOf(ui, 'KWD 1.000').contains(root(ui).activeElement)).to.equal(true);
  });

  it('takes no row out of the page when a newer refund comes, so that its button keeps the focus, and says nothing again', async () => {
    const refunds = Array.from({ length: 30 }, (_, index) => listed(index + 1));
    const environment = fakeEnvironment({ summary: summaryWith(refunds), events: true });
    const ui = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => environment.listeners.has('PI1') && section(ui) !== null);
    section(ui)!.open = true;
    const before = rows(ui);
    const copy = rowOf(ui, 'KWD 25.000').querySelector('button')!;
    copy.focus();
    const seen: Node[] = [];
    const observer = new MutationObserver((records) =>
      seen.push(...records.flatMap(({ removedNodes }) => [...removedNodes])),
    );
    observer.observe(section(ui)!, { childList: true, subtree: true });
    environment.listeners.get('PI1')!(summaryWith([...refunds, listed(31)]));
    await waitUntil(() => textsOf(ui)[0]!.includes('KWD 31.000'));
    expect(root(ui).activeElement).to.equal(copy);
    observer.disconnect();
    // The last one of the page is on the next one by now.
    expect(seen.filter((node) => before.includes(node as HTMLLIElement))).to.deep.equal([before.at(-1)]);
    expect(rows(ui).slice(1)).to.deep.equal(before.slice(0, -1));
  });

  it('keeps each row’s element for its refund where an older one comes in between, and shows two that are alike', async () => {
    const alike = { refund_id: null, intent_id: null, idempotency_key: null, references: {}, amount: '9.000' };
    const { environment, ui } = await open([listed(1), listed(3), listed(4, alike), listed(5, alike)]);
    section(ui)!.open = true;
    const row = rowOf(ui, 'KWD 3.000');
    row.querySelector('button')!.focus();
    environment.on('GET /payments/*', {
      json: summaryWith([listed(1), listed(2), listed(3), listed(4, alike), listed(5, alike)]),
    });
    await ui.form.refresh();
    await waitUntil(() => rows(ui).length === 5);
    expect(rowOf(ui, 'KWD 3.000')).to.equal(row);
    expect(row.contains(root(ui).activeElement)).to.equal(true);
    expect(textsOf(ui).filter((text) => text.includes('KWD 9.000'))).to.have.length(2);
  });

  it('leaves the focus of a button that is gone to no other row', async () => {
    const { environment, ui } = await open([listed(1), listed(2)]);
    section(ui)!.open = true;
    const receipt = [...rowOf(ui, 'KWD 1.000').querySelectorAll('button')].find(({ textContent }) =>
      /receipt/i.test(textContent),
    )!;
    receipt.focus();
    environment.on('GET /payments/*', {
      json: summaryWith([listed(1, { standing: 'failed', status: 'failed' }), listed(2)]),
    });
    await ui.form.refresh();
    await waitUntil(() => !receipt.isConnected);
    await ui.form.updateComplete;
    expect(root(ui).activeElement?.id).to.equal('heading');
  });

  it('has no violation, with a question, an unknown cancel and a long list', async () => {
    const { ui } = await open(
      [listed(1), listed(2), listed(3, { standing: 'succeeded' }), listed(4, { standing: 'unknown', refund_id: null })],
      { more: { cancels: [cancelOf('long2', 'colleague', 'unknown')] } },
    );
    section(ui)!.open = true;
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    const { violations } = await axe.run(ui.form);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).to.deep.equal([]);
  });

  it('speaks the language of the form', async () => {
    const { ui } = await open([listed(1)], { set: (form) => (form.locale = 'ar') });
    expect(textsOf(ui)[0]).to.contain('قيد التنفيذ').and.to.contain('بضاعة مرتجعة').and.to.contain('رقم الاسترداد');
    expect(ui.buttons()).to.include('إلغاء الاسترداد');
  });
});

describe('a cancel in the list', () => {
  it('cancels a colleague’s refund with its ids, after a question whose focus is on “Keep it”', async () => {
    const { environment, ui } = await open([listed(1), listed(2)]);
    environment.on(DELETE, () => {
      environment.on('GET /payments/*', {
        json: summaryWith([listed(1, { standing: 'cancelled', status: 'cancelled' }), listed(2)]),
      });
      return DELETED;
    });
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    expect(clean(rowOf(ui, 'KWD 1.000').textContent)).to.contain('Cancel the refund of');
    expect(clean(root(ui).activeElement?.textContent)).to.equal('Keep it');
    expect(environment.writes()).to.have.length(0);
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect(environment.writes().map(({ path, body }) => [path, body])).to.deep.equal([
      ['/delete-refund', { orderId: 'long1', refundOrderId: 'R1' }],
    ]);
    expect(ui.events.map(({ name, detail }) => [name, detail['refundId'], detail['standing']])).to.deep.equal([
      ['refund-form-settled', 'long1', 'cancelled'],
      ['refund-form-cancelled', 'long1', 'cancelled'],
    ]);
    expect(clean(rowOf(ui, 'KWD 2.000').textContent))
      .to.contain('Pending')
      .and.to.contain('Cancel refund');
  });

  it('is told to the page once, whether its answer or the payment is faster', async () => {
    const cancelled = summaryWith([listed(1, { standing: 'cancelled', status: 'cancelled' })]);
    const told = ({ events }: FormDriver) => events.map(({ name }) => name);
    const once = ['refund-form-settled', 'refund-form-cancelled'];
    const held = heldReply();
    const slow = await open([listed(1)]);
    slow.environment.on(DELETE, held.reply);
    await pressIn(slow.ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(slow.ui, 'KWD 1.000', 'Cancel KWD');
    slow.environment.on('GET /payments/*', { json: cancelled });
    await waitUntil(() => slow.environment.writes().length > 0);
    await slow.ui.form.refresh();
    expect(told(slow.ui)).to.deep.equal(once);
    await held.answer(DELETED);
    await slow.ui.form.refresh();
    expect(told(slow.ui)).to.deep.equal(once);

    const fast = await open([listed(1)]);
    fast.environment.on(DELETE, DELETED);
    await pressIn(fast.ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(fast.ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(fast.ui, 'KWD 1.000', 'Cancelled');
    // A read that began before the answer still lists it as pending.
    await fast.ui.form.refresh();
    expect(rowOf(fast.ui, 'KWD 1.000').textContent).to.contain('Cancelled');
    fast.environment.on('GET /payments/*', { json: cancelled });
    await fast.ui.form.refresh();
    expect(told(fast.ui)).to.deep.equal(once);
  });

  it('cancels the part of one vendor', async () => {
    const references = { generatedInvoiceId: '77', orderId: 'long1', refundOrderId: 'R1', refundArn: 'arn1' };
    const { environment, ui } = await open([listed(1, { vendor: 'r0', references })]);
    environment.on('POST /delete-multivendor-refund', DELETED);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    // The number is one, as in the provider's own answer.
    expect(environment.writes()[0]?.body).to.deep.equal({ ...references, generatedInvoiceId: 77 });
  });

  it('is listed with a time that is none, as it came', async () => {
    const { ui } = await open([listed(1, { create_time: 'n/a' })]);
    expect(textsOf(ui)[0]).to.contain('n/a').and.to.contain('KWD 1.000');
  });

  it('is offered only where the provider can cancel, and only while the refund is pending', async () => {
    const { ui } = await open([
      listed(1, { standing: 'succeeded' }),
      listed(2, { references: {} }),
      listed(3, { standing: 'unknown', refund_id: null, references: {} }),
    ]);
    expect(ui.buttons()).not.to.include('Cancel refund');
    const uqpay = listed(1, { references: { payment_refund_id: 'RF1' }, status: 'INITIATED' });
    const { ui: other } = await open([uqpay], { provider: 'uqpay' });
    expect(rows(other)).to.have.length(1);
    expect(other.buttons()).not.to.include('Cancel refund');
  });

  it('sends nothing when the answer is no, by a button or by Escape; and one question is open at a time', async () => {
    const { environment, ui } = await open([listed(1), listed(2)]);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 2.000', 'Cancel refund');
    expect(ui.buttons().filter((name) => name === 'Keep it')).to.have.length(1);
    expect(clean(rowOf(ui, 'KWD 2.000').textContent)).to.contain('Keep it');
    const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
    root(ui).activeElement!.dispatchEvent(escape);
    await ui.form.updateComplete;
    expect(escape.defaultPrevented).to.equal(true);
    expect(ui.buttons()).not.to.include('Keep it');
    expect(nameOf(root(ui).activeElement)).to.equal('Cancel refund R2');
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Keep it');
    expect(nameOf(root(ui).activeElement)).to.equal('Cancel refund R1');
    expect(environment.writes()).to.have.length(0);
  });

  it('sends one cancel after a double click', async () => {
    const { environment, ui } = await open([listed(1)]);
    environment.on(DELETE, 'hang');
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    const confirm = ui.button(/^Cancel KWD/);
    confirm.click();
    confirm.click();
    await waitForRow(ui, 'KWD 1.000', 'Cancelling…');
    await waitUntil(() => environment.writes().length > 0);
    await ui.form.refresh();
    expect(environment.writes()).to.have.length(1);
  });

  it('is unknown in its row when the answer was lost, and is sent again with the same key', async () => {
    const { environment, ui } = await open([listed(1), listed(2)]);
    environment.on(DELETE, ['drop', 'drop', DELETED]);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', UNKNOWN_CANCEL);
    expect(clean(rowOf(ui, 'KWD 1.000').textContent)).not.to.contain('Cancel refund');
    expect(clean(rowOf(ui, 'KWD 2.000').textContent)).not.to.contain(UNKNOWN_CANCEL);
    expect(ui.field('amount')).not.to.equal(null);
    for (const count of [2, 3]) {
      await pressIn(ui, 'KWD 1.000', 'Check status');
      await waitUntil(() => environment.writes().length === count);
    }
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect(new Set(keys(environment)).size).to.equal(1);
  });

  it('whose status is checked by sending it again is sent once by a double click', async () => {
    const { environment, ui } = await open([listed(1)]);
    environment.on(DELETE, ['drop', 'hang']);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', UNKNOWN_CANCEL);
    const check = [...rowOf(ui, 'KWD 1.000').querySelectorAll('button')].find((one) =>
      /Check status/.test(one.textContent),
    )!;
    check.click();
    check.click();
    await waitForRow(ui, 'KWD 1.000', 'Cancelling…');
    await waitUntil(() => environment.writes().length > 1);
    await ui.form.refresh();
    expect(environment.writes()).to.have.length(2);
  });

  for (const [outcome, text] of [
    ['cancelled', 'It was cancelled'],
    ['nothing', 'It was not cancelled'],
  ] as const) {
    const more = (cancels: readonly unknown[]) => ({ cancels, permission: { user: 'basma', resolve: true } });
    const settleAs = (environment: FakeEnvironment) =>
      environment.on('POST /intents/intent-c/resolve', () => {
        const now =
          outcome === 'nothing'
            ? summaryWith([listed(1)], more([cancelOf('long1', 'key-c', 'failed')]))
            : summaryWith([listed(1, { standing: 'cancelled' })], more([cancelOf('long1', 'key-c', 'cancelled')]));
        environment.on('GET /payments/*', { json: now });
        return { json: { id: 'intent-c' } };
      });
    const resolved = (environment: FakeEnvironment) =>
      environment.writes().flatMap(({ path, body }) => (path.endsWith('/resolve') ? [body] : []));

    it(`is settled by a person who may, in any browser: ${text}`, async () => {
      const { environment, ui } = await open([listed(1)], { more: more([cancelOf('long1', 'key-c', 'unknown')]) });
      expect(clean(root(ui).textContent)).to.contain(`KWD 1.000 ${UNKNOWN_CANCEL}`);
      const options = [...root(ui).querySelectorAll('#outcome option')].map((option) => clean(option.textContent));
      expect(options).to.deep.equal(['', 'It was cancelled', 'It was not cancelled']);
      settleAs(environment);
      await say(ui, outcome, 'Seen at UPayments');
      await waitUntil(() => !ui.buttons().includes('Record this'));
      expect(resolved(environment)).to.deep.equal([{ outcome, reason: 'Seen at UPayments' }]);
      expect(ui.text()).not.to.contain(UNKNOWN_CANCEL).and.not.to.contain('recorded nowhere');
    });
  }

  it('keeps the words about it while a colleague refunds and cancels, also if nobody knows with what outcome', async () => {
    const permission = { user: 'basma', resolve: true };
    const unknown = { ...cancelOf('long1', 'key-c', 'unknown'), create_time: '2026-11-21T09:10:00Z' };
    const lost = { idempotency_key: 'key-4', intent_id: 'i4', refund_id: null, standing: 'unknown', state: 'unknown' };
    const { environment, ui } = await open([listed(1)], { more: { cancels: [unknown], permission } });
    root(ui).querySelector('#outcome')!.closest('details')!.open = true;
    ui.type('words', 'UPayments says that it');
    ui.field('words').focus();
    const more = { cancels: [unknown, cancelOf('long2', 'key-d', 'cancelled')], permission };
    environment.on('GET /payments/*', { json: summaryWith([listed(1), listed(2), listed(3)], more) });
    await ui.form.refresh();
    await waitForRow(ui, 'KWD 3.000', '');
    expect(ui.field('words').value).to.equal('UPayments says that it');
    const later = listed(4, { ...lost, create_time: '2026-11-21T09:20:00Z' });
    environment.on('GET /payments/*', { json: summaryWith([listed(1), later], { cancels: [unknown], permission }) });
    await ui.form.refresh();
    await waitForRow(ui, 'KWD 4.000', '');
    expect(ui.field('words').value).to.equal('UPayments says that it');
    expect(root(ui).activeElement?.id).to.equal('words');
  });

  it('is said to be cancelled all the same only after the person has read that the provider lists it', async () => {
    const more = { cancels: [cancelOf('long1', 'key-c', 'unknown')], permission: { user: 'basma', resolve: true } };
    const { environment, ui } = await open([listed(1)], { more });
    environment.on('POST /intents/intent-c/resolve', problemOf('confirmation_required', 400, { effect: 'unknown' }));
    await say(ui, 'cancelled', 'Seen at UPayments');
    await ui.waitForText('UPayments shows something else. Nothing was recorded yet.');
    root(ui).querySelector<HTMLInputElement>('[name=confirm]')!.click();
    await ui.press('Record this');
    await waitUntil(() => environment.writes().length === 2);
    expect(environment.writes()[1]!.body).to.deep.equal({
      outcome: 'cancelled',
      reason: 'Seen at UPayments',
      confirm: true,
    });
  });

  it('that the provider refuses lets a person say that the refund was deleted there', async () => {
    const permission = { user: 'basma', resolve: true };
    const { environment, ui } = await open([listed(1, { intent_id: 'intent-1' })], { more: { permission } });
    const detail = { status: false, message: 'deleted already', errors: {} };
    environment.on(DELETE, { status: 422, json: detail });
    await ui.press('Cancel refund');
    await ui.press(/^Cancel KWD/);
    await ui.waitForText('The refund was not cancelled');
    const options = [...root(ui).querySelectorAll('#outcome option')].map((option) => clean(option.textContent));
    expect(options).to.deep.equal(['', 'It was cancelled']);
    environment.on('POST /intents/intent-1/resolve', () => {
      environment.on('GET /payments/*', { json: summaryWith([listed(1, { standing: 'cancelled' })], { permission }) });
      return { json: { id: 'intent-1' } };
    });
    await say(ui, 'cancelled', 'Deleted in the dashboard');
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect(environment.writes().at(-1)!.body).to.deep.equal({
      outcome: 'cancelled',
      reason: 'Deleted in the dashboard',
    });
  });

  it('that is refused asks for a word about that refund alone', async () => {
    const rows = [listed(1, { intent_id: 'intent-1' }), listed(2, { intent_id: 'intent-2' })];
    const { environment, ui } = await open(rows, { more: { permission: { user: 'basma', resolve: true } } });
    environment.on(DELETE, { status: 422, json: { status: false, message: 'deleted already', errors: {} } });
    environment.on('POST /intents/intent-2/resolve', problemOf('confirmation_required', 400, { effect: 'unknown' }));
    const cancels = () =>
      [...root(ui).querySelectorAll('button')].filter(({ textContent }) => /^\s*Cancel refund/.test(textContent));
    cancels()[0]!.click();
    await ui.press(/^Cancel KWD/);
    await waitUntil(() => !!root(ui).querySelector('#outcome'));
    await say(ui, 'cancelled', 'Deleted in the dashboard');
    await ui.waitForText('UPayments shows something else');
    cancels()[1]!.click();
    await ui.press(/^Cancel KWD/);
    await waitUntil(() => environment.writes().filter(({ path }) => path === '/delete-refund').length === 2);
    await waitUntil(() => root(ui).querySelectorAll('[role=alert].error p, p.error[role=alert]').length > 1);
    expect(root(ui).querySelectorAll('#outcome')).to.have.length(1);
    expect(root(ui).querySelector('[name=confirm]')).to.equal(null);
  });

  it('of the refund that the form shows is settled there, and not forgotten by this form alone', async () => {
    const permission = { user: 'basma', resolve: true };
    const environment = fakeEnvironment({ summary: summaryWith([], { permission }) });
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    environment.on(DELETE, 'drop');
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await ui.press('Cancel refund');
    await ui.press(/^Cancel KWD/);
    await ui.waitForText(UNKNOWN_CANCEL);
    expect(ui.buttons()).not.to.include('Print receipt');
    const [made, cancel] = keys(environment);
    const shown = listed(1, { refund_id: 'longHsUD', idempotency_key: made, amount: '12.500' });
    const summary = (refund: object, standing: string) =>
      summaryWith([refund], { permission, cancels: [cancelOf('longHsUD', cancel!, standing)] });
    environment.on('GET /payments/*', { json: summary(shown, 'unknown') });
    await ui.press('Check status');
    await waitUntil(() => ui.buttons().includes('Record this'));
    expect(ui.text()).not.to.contain('recorded nowhere');
    environment.on('POST /intents/intent-c/resolve', () => {
      environment.on('GET /payments/*', { json: summary({ ...shown, standing: 'cancelled' }, 'cancelled') });
      return { json: { id: 'intent-c' } };
    });
    await say(ui, 'cancelled', 'Seen at UPayments');
    await ui.waitForHeading('was cancelled');
    expect(ui.buttons()).not.to.include('Record this');
  });

  it('is told to the page once the list shows that the lost cancel was carried out', async () => {
    const { environment, ui } = await open([listed(1), listed(2)]);
    environment.on(DELETE, 'drop');
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', UNKNOWN_CANCEL);
    const cancels = [cancelOf('long1', keys(environment)[0]!, 'succeeded')];
    const gone = listed(1, { standing: 'cancelled', status: 'cancelled' });
    environment.on('GET /payments/*', { json: summaryWith([gone, listed(2)], { cancels }) });
    for (const _ of [1, 2]) await ui.form.refresh();
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect(ui.events.map(({ name, detail }) => [name, detail['refundId']])).to.deep.equal([
      ['refund-form-settled', 'long1'],
      ['refund-form-cancelled', 'long1'],
    ]);
  });

  for (const [when, isReloaded] of [
    ['', false],
    [', also after a reload', true],
  ] as const) {
    it(`leaves nothing locked of the refund on display once its lost cancel is known${when}`, async () => {
      const environment = fakeEnvironment({ summary: summaryWith([]) });
      environment.on('POST /create-refund', REFUND_CREATED_REPLY);
      environment.on(DELETE, 'drop');
      const first = await drive(environment, { provider: 'upayments' });
      await first.send();
      await first.waitForHeading(PENDING);
      await first.press('Cancel refund');
      await first.press(/^Cancel KWD/);
      await first.waitForText(UNKNOWN_CANCEL);
      const [made, cancel] = keys(environment);
      const gone = listed(1, {
        refund_id: 'longHsUD',
        idempotency_key: made,
        amount: '12.500',
        standing: 'cancelled',
        status: 'cancelled',
      });
      const summary = summaryWith([gone], { cancels: [cancelOf('longHsUD', cancel!, 'succeeded')] });
      const { memory, tabMemory } = environment;
      const after = isReloaded ? fakeEnvironment({ summary, memory, tabMemory, lastUsedId: 50 }) : environment;
      after.on('GET /payments/*', { json: summary });
      const ui = isReloaded ? await drive(after, { provider: 'upayments' }) : first;
      await ui.form.refresh();
      await ui.waitForHeading('was cancelled');
      await waitUntil(() => ui.buttons().includes('Make another refund'));
      expect(ui.buttons()).not.to.include('Check status');
      expect(ui.text()).not.to.contain(UNKNOWN_CANCEL).and.not.to.contain('told me what happened');
      expect(memory.size).to.equal(0);
    });
  }

  it('has one key in two tabs, after a reload and for a colleague', async () => {
    const [first, second] = [await open([listed(1)]), await open([listed(1)])];
    for (const { environment, ui } of [first, second]) {
      environment.on(DELETE, 'hang');
      await pressIn(ui, 'KWD 1.000', 'Cancel refund');
      await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
      await waitUntil(() => environment.writes().length === 1);
    }
    const [key] = keys(first.environment);
    expect(keys(second.environment)).to.deep.equal([key]);
    expect(key).to.match(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
    const { environment, ui } = await open([listed(2)]);
    environment.on(DELETE, 'hang');
    await pressIn(ui, 'KWD 2.000', 'Cancel refund');
    await pressIn(ui, 'KWD 2.000', 'Cancel KWD');
    await waitUntil(() => environment.writes().length === 1);
    expect(keys(environment)).not.to.include(key);
  });

  it('has the key of the same refund’s cancel in the outcome', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    environment.on(DELETE, 'hang');
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await ui.press('Cancel refund');
    await ui.press('Cancel KWD');
    await ui.waitForText('Cancelling…');
    const references = { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' };
    const { environment: other, ui: list } = await open([listed(1, { refund_id: 'longHsUD', references })]);
    other.on(DELETE, 'hang');
    await pressIn(list, 'KWD 1.000', 'Cancel refund');
    await pressIn(list, 'KWD 1.000', 'Cancel KWD');
    await waitUntil(() => environment.writes().length === 2 && other.writes().length === 1);
    const [cancel, fromList] = [environment.writes()[1], other.writes()[0]];
    expect(fromList?.headers.get('idempotency-key')).to.equal(cancel?.headers.get('idempotency-key'));
    expect(fromList?.body).to.deep.equal(cancel?.body);
  });

  it('has another key only after the refund service lists how the first one ended', async () => {
    const { environment, ui } = await open([listed(1)]);
    environment.on('GET /check-refund-status/long1', {
      json: { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } },
    });
    environment.on(DELETE, () => {
      const cancels = [cancelOf('long1', keys(environment)[0]!, 'failed')];
      environment.on('GET /payments/*', { json: summaryWith([listed(1)], { cancels }) });
      return { status: 400, json: { status: false, message: 'Not now' } };
    });
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'The refund was not cancelled.');
    expect(clean(rowOf(ui, 'KWD 1.000').textContent)).to.contain('Not now');
    await ui.form.refresh();
    environment.on(DELETE, DELETED);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect(new Set(keys(environment)).size).to.equal(2);
  });

  it('shows that the refund was carried out before the cancel', async () => {
    const { environment, ui } = await open([listed(1)]);
    environment.on(DELETE, { status: 400, json: { status: false, message: 'Too late' } });
    environment.on('GET /check-refund-status/long1', () => {
      environment.on('GET /payments/*', {
        json: summaryWith([listed(1, { standing: 'succeeded', status: 'refunded' })]),
      });
      return { json: { status: true, message: 'ok', data: { is_refunded: true, refunded_date: '2026-11-20' } } };
    });
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'Refunded');
    expect(ui.buttons()).not.to.include('Cancel refund');
    // The person is told why, and the page what became of it, once.
    expect(clean(rowOf(ui, 'KWD 1.000').textContent)).to.contain('The refund was not cancelled');
    await ui.form.refresh();
    const told = ui.events.filter(({ name }) => /settled|cancelled/.test(name));
    expect(told.map(({ name, detail }) => [name, (detail as { standing: string }).standing])).to.deep.equal([
      ['refund-form-settled', 'succeeded'],
    ]);
  });

  it('is free again when the refund service says that the lost cancel came to nothing', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([listed(1)]), events: true });
    const ui = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => environment.listeners.has('PI1') && section(ui) !== null);
    environment.on(DELETE, 'drop');
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', UNKNOWN_CANCEL);
    const cancels = [cancelOf('long1', keys(environment)[0]!, 'failed')];
    const summary = summaryWith([listed(1)], { cancels });
    // The form may be reading the payment at this moment, and what it reads is as new.
    environment.on('GET /payments/*', { json: summary });
    environment.listeners.get('PI1')!(summary);
    await waitForRow(ui, 'KWD 1.000', 'Cancel refund');
  });

  it('is not offered while a colleague’s cancel is open', async () => {
    const { environment, ui } = await open([listed(1)], {
      more: { cancels: [cancelOf('long1', 'colleague', 'unknown')] },
    });
    expect(textsOf(ui)[0]).to.contain(UNKNOWN_CANCEL);
    expect(ui.buttons()).not.to.include('Cancel refund');
    environment.on(DELETE, problemOf('payment_busy', 409, { effect: 'running' }));
    await pressIn(ui, 'KWD 1.000', 'Check status');
    await waitUntil(() => environment.writes().length === 1);
    await waitForRow(ui, 'KWD 1.000', UNKNOWN_CANCEL);
  });

  it('of an earlier refund works while another one is shown, and changes only its own row', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([listed(1)]) });
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    environment.on(DELETE, DELETED);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect(ui.heading()).to.contain(PENDING);
    expect(environment.writes().at(-1)?.body).to.deep.equal({ orderId: 'long1', refundOrderId: 'R1' });
  });

  it('stores nothing, and no event names a person', async () => {
    const { environment, ui } = await open([listed(1)]);
    environment.on(DELETE, DELETED);
    await pressIn(ui, 'KWD 1.000', 'Cancel refund');
    await pressIn(ui, 'KWD 1.000', 'Cancel KWD');
    await waitForRow(ui, 'KWD 1.000', 'Cancelled');
    expect([...environment.memory.values()].join('')).to.equal('');
    expect(JSON.stringify(ui.events)).not.to.contain('amal');
  });
});

describe('the copy button', () => {
  const given = Object.getOwnPropertyDescriptor(navigator, 'clipboard');
  const useClipboard = (value: unknown) => Object.defineProperty(navigator, 'clipboard', { value, configurable: true });
  afterEach(() => {
    if (given) Object.defineProperty(navigator, 'clipboard', given);
    else Reflect.deleteProperty(navigator, 'clipboard');
    Reflect.deleteProperty(document, 'execCommand');
  });
  const copyButton = (ui: FormDriver) => root(ui).querySelector<HTMLButtonElement>('[part~=copy]')!;

  it('copies the number, and says so politely', async () => {
    const copied: string[] = [];
    useClipboard({ writeText: async (text: string) => void copied.push(text) });
    const { ui } = await open([listed(1)]);
    expect(nameOf(copyButton(ui))).to.equal('Copy Refund number R1');
    const status = copyButton(ui).nextElementSibling!;
    expect(status.getAttribute('role')).to.equal('status');
    copyButton(ui).focus();
    copyButton(ui).click();
    await waitUntil(() => status.textContent === 'Copied');
    expect(copied).to.deep.equal(['R1']);
    copyButton(ui).blur();
    expect(status.textContent).to.equal('');
    const { width, height } = copyButton(ui).getBoundingClientRect();
    expect([width, height]).to.deep.equal([32, 32]);
  });

  for (const [what, clipboard] of [
    ['there is no clipboard', undefined],
    ['the page may not use it', { writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError')) }],
  ] as const) {
    for (const isCopied of [true, false]) {
      it(`selects the number where ${what}, and ${isCopied ? 'copies what is selected' : 'does not say that it was copied'}`, async () => {
        useClipboard(clipboard);
        const commands: string[] = [];
        // Without a person's own click the browser refuses it.
        document.execCommand = (command) => commands.push(`${command} ${getSelection()?.type}`) > 0 && isCopied;
        const { ui } = await open([listed(1)]);
        copyButton(ui).click();
        await waitUntil(() => commands.length > 0);
        await ui.form.updateComplete;
        expect(commands).to.deep.equal(['copy Range']);
        expect(copyButton(ui).nextElementSibling?.textContent).to.equal(isCopied ? 'Copied' : '');
      });
    }
  }

  it('stands beside the numbers of the refund that the form shows', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /v2/payment/refunds', { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    expect(ui.text()).to.contain('Refund number RF1').and.not.to.contain('payment_refund_id');
    expect(nameOf(copyButton(ui))).to.equal('Copy Refund number RF1');
  });
});

describe('a receipt', () => {
  /** Prints the receipt of the row, and returns the printed document. */
  const print = async (ui: FormDriver, row: string, prepare?: (sheet: Window & typeof globalThis) => void) => {
    let frame: HTMLIFrameElement | undefined;
    let printed = 0;
    const observer = new MutationObserver((records) => {
      for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
        // A second press replaces it.
        if (!(node instanceof HTMLIFrameElement) || !node.contentWindow) continue;
        frame = node;
        node.contentWindow.print = () => (printed += 1);
        prepare?.(node.contentWindow as Window & typeof globalThis);
      }
    });
    observer.observe(root(ui), { childList: true });
    await pressIn(ui, row, 'Print receipt');
    await waitUntil(() => printed > 0, 'expected a printed document');
    observer.disconnect();
    return { frame: frame!, page: frame!.contentDocument! };
  };

  it('is a document with the refund alone, without who asked for it and why', async () => {
    const reason = 'Fraud: Mrs Al-Sabah called';
    const { ui } = await open([listed(1, { standing: 'succeeded', status: 'refunded', reason }), listed(2)]);
    const { page, frame } = await print(ui, 'KWD 1.000');
    const text = clean(page.body.textContent);
    for (const part of ['Refund receipt KWD 1.000', 'Status Refunded', 'To The original payment method (card)']) {
      expect(text).to.contain(part);
    }
    expect(text).to.contain('Refund number R1').and.to.contain('(ARN) arn1').and.to.contain('Payment PI1');
    expect(text).to.contain('Nov 20, 2026').and.to.contain('Last checked Nov 21, 2026');
    // It is the customer's paper.
    expect(text).not.to.match(/Fraud|Sabah|carried out/);
    expect(text).not.to.contain('KWD 2.000').and.not.to.contain('amal').and.not.to.contain('Review refund');
    expect(page.title).to.equal('Refund receipt R1');
    expect(page.body.querySelectorAll('button, [style], style')).to.have.length(0);
    frame.contentWindow!.dispatchEvent(new Event('afterprint'));
    expect(root(ui).querySelector('iframe')).to.equal(null);
  });

  it('of a pending refund does not say that it is refunded', async () => {
    const { ui } = await open([listed(1)]);
    const { page } = await print(ui, 'KWD 1.000');
    const text = clean(page.body.textContent);
    expect(text).to.contain('Usually reaches the customer').and.to.contain('Status Pending');
    expect(text).not.to.contain('Refunded').and.not.to.contain('carried out');
  });

  it('begins with the head of the merchant, which the form itself does not show', async () => {
    const { ui } = await open([listed(1)], {
      set: (form) => {
        const head = document.createElement('p');
        head.slot = 'receipt';
        head.textContent = 'Layla Books, Salmiya';
        form.append(head);
      },
    });
    expect(ui.form.querySelector('p')?.getBoundingClientRect().height).to.equal(0);
    const { page } = await print(ui, 'KWD 1.000');
    expect(page.body.firstElementChild?.textContent).to.equal('Layla Books, Salmiya');
  });

  it('is printed although the server of its logo hangs, and although it is asked for twice', async () => {
    const logo = () => {
      const head = document.createElement('img');
      head.slot = 'receipt';
      return head;
    };
    const { ui } = await open([listed(1)], { set: (form) => form.append(logo()) });
    const waits: number[] = [];
    ui.button('Print receipt').click();
    const { page } = await print(ui, 'KWD 1.000', (sheet) => {
      sheet.HTMLImageElement.prototype.decode = () => new Promise(() => {});
      sheet.setTimeout = ((run: () => void, wait: number) => {
        waits.push(wait);
        run();
      }) as typeof sheet.setTimeout;
    });
    expect(waits[0]).to.equal(3000);
    expect(page.querySelectorAll('img')).to.have.length(1);
    expect(root(ui).querySelectorAll('iframe')).to.have.length(1);
  });

  it('is printed for each of two rows that are asked for at once', async () => {
    const { ui } = await open([listed(1), listed(2)]);
    const printed: string[] = [];
    new MutationObserver((records) => {
      for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (!(node instanceof HTMLIFrameElement)) continue;
        node.contentWindow!.print = () => printed.push(node.contentDocument!.title);
      }
    }).observe(root(ui), { childList: true });
    await Promise.all([pressIn(ui, 'KWD 1.000', 'Print receipt'), pressIn(ui, 'KWD 2.000', 'Print receipt')]);
    await waitUntil(() => printed.length === 2, 'expected two printed documents');
    expect(printed.toSorted()).to.deep.equal(['Refund receipt R1', 'Refund receipt R2']);
  });

  it('has the language and the direction of the form', async () => {
    const { ui } = await open([listed(1)], { set: (form) => (form.locale = 'ar') });
    let page: Document | undefined;
    new MutationObserver((records) => {
      const [node] = records.flatMap(({ addedNodes }) => [...addedNodes]);
      if (node instanceof HTMLIFrameElement) node.contentWindow!.print = () => (page = node.contentDocument!);
    }).observe(root(ui), { childList: true });
    await ui.press('طباعة الإيصال');
    await waitUntil(() => page !== undefined);
    expect([page?.documentElement.lang, page?.documentElement.dir]).to.deep.equal(['ar', 'rtl']);
  });

  it('is offered for a refund that exists and has not failed, also for the one that the form shows', async () => {
    const { ui } = await open([
      listed(1, { standing: 'failed', status: 'FAILED' }),
      listed(2, { standing: 'unknown', refund_id: null }),
      listed(3, { standing: 'cancelled' }),
    ]);
    expect(ui.buttons()).not.to.include('Print receipt');
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const other = await drive(environment, { provider: 'upayments' });
    await other.send();
    await other.waitForHeading(PENDING);
    expect(nameOf(other.button('Print receipt'))).to.equal('Print receipt HsUD');
  });

  it('is sent by the page, which asks for the button and gets the refund without personal data', async () => {
    const { ui } = await open([listed(1)]);
    expect(ui.buttons()).not.to.include('Send to the customer');
    const details: unknown[] = [];
    ui.form.addEventListener('refund-form-receipt', ({ detail }) => details.push(detail));
    ui.form.setAttribute('can-send-receipt', '');
    await ui.form.updateComplete;
    await ui.press('Send to the customer');
    await waitUntil(() => details.length === 1);
    expect(details).to.deep.equal([
      { paymentId: 'PI1', refundId: 'long1', standing: 'pending', amount: '1.000', currency: 'KWD' },
    ]);
  });

  it('is of the refund as the payment has it now', async () => {
    const { ui, environment } = await open([listed(1)], { set: (form) => form.setAttribute('can-send-receipt', '') });
    const sent: string[] = [];
    ui.form.addEventListener('refund-form-receipt', ({ detail }) => sent.push(detail.standing));
    environment.on('GET /payments/*', {
      json: summaryWith([listed(1, { standing: 'succeeded', status: 'refunded' })]),
    });
    const { page } = await print(ui, 'KWD 1.000');
    expect(clean(page.body.textContent)).to.contain('Status Refunded');
    await pressIn(ui, 'KWD 1.000', 'Send to the customer');
    await waitUntil(() => sent.length === 1);
    expect(sent).to.deep.equal(['succeeded']);
  });

  it('says when the payment was read last if it cannot be read now, and is not sent then', async () => {
    const { ui, environment } = await open([listed(1)], { set: (form) => form.setAttribute('can-send-receipt', '') });
    let isSent = false;
    ui.form.addEventListener('refund-form-receipt', () => (isSent = true));
    const read = clean(new Date(environment.now()).toLocaleTimeString('en', { timeStyle: 'medium' }));
    environment.advance(3_600_000);
    environment.on('GET /payments/*', problemOf('provider_unreachable', 502));
    await pressIn(ui, 'KWD 1.000', 'Send to the customer');
    // Until the read has ended, the row prints nothing.
    await ui.waitForText('The last check could not read the status');
    const { page } = await print(ui, 'KWD 1.000');
    expect(clean(page.body.textContent)).to.contain(`Last checked Nov 21, 2026, ${read}`);
    expect(isSent).to.equal(false);
  });

  it('says that the payment is being read, and when that came to nothing', async () => {
    const { ui, environment } = await open([listed(1), listed(2)], {
      set: (form) => form.setAttribute('can-send-receipt', ''),
    });
    const held = heldReply();
    environment.on('GET /payments/*', held.reply);
    const [sends, others] = [...root(ui).querySelectorAll('.history li')].map((row) => ({
      said: () => clean(row.querySelector('.row [role=status]')?.textContent ?? ''),
      busy: () => [...row.querySelectorAll('button[aria-busy=true]')].map((button) => clean(button.textContent)),
    }));
    await pressIn(ui, 'KWD 2.000', 'Send to the customer');
    expect([sends!.said(), sends!.busy()]).to.deep.equal(['Checking…', ['Print receipt', 'Send to the customer']]);
    expect([others!.said(), others!.busy()]).to.deep.equal(['', []]);
    await held.answer(problemOf('provider_unreachable', 502));
    await waitUntil(() => sends!.busy().length === 0);
    expect(sends!.said()).to.equal('The last check could not read the status: this may be out of date.');
    const again = ui.form.refresh();
    await held.answer({ json: summaryWith([listed(1), listed(2)]) });
    await again;
    await ui.form.updateComplete;
    expect(sends!.said(), 'it could be read since').to.equal('');
    await pressIn(ui, 'KWD 2.000', 'Send to the customer');
    expect(sends!.said()).to.equal('Checking…');
    await held.answer({ json: summaryWith([listed(1), listed(2)]) });
    await waitUntil(() => sends!.said() === '');
  });

  it('is neither printed nor sent when the refund has been reversed since, and the list says so', async () => {
    const { ui, environment } = await open([listed(1, { standing: 'succeeded', status: 'refunded' })], {
      set: (form) => form.setAttribute('can-send-receipt', ''),
    });
    let isSent = false;
    ui.form.addEventListener('refund-form-receipt', () => (isSent = true));
    let isPrinted = false;
    new MutationObserver(() => (isPrinted ||= !!root(ui).querySelector('iframe'))).observe(root(ui), {
      childList: true,
    });
    environment.on('GET /payments/*', { json: summaryWith([listed(1, { standing: 'reversed', status: 'reversed' })]) });
    const [receipt, send] = ['Print receipt', 'Send to the customer'].map((name) => ui.button(name));
    receipt!.click();
    send!.click();
    await waitUntil(() => !ui.buttons().includes('Print receipt'));
    await ui.form.updateComplete;
    expect([isPrinted, isSent]).to.deep.equal([false, false]);
  });
});
