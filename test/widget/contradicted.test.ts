import { expect } from '@open-wc/testing';

import { drive } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  SUMMARY,
  uqpayRefund,
  upaymentsSuccess,
  VENDOR_ROWS,
  type FakeEnvironment,
} from './fake-environment.ts';
import { openDivision } from './support/division.ts';
import { heldReply } from './support/held.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const PAYMENT = 'GET /payments/*';
const RECORD = 'refund-form:/refunds:PI1';
const CONTRADICTION = { from: 'failed', to: 'succeeded', text: 'x', at: '2026-11-21T09:30:00Z' };
/** What the list says once a person has settled it. */
const SETTLED = { status: 'contradiction_settled' };

const keyOf = (environment: FakeEnvironment) => environment.writes().at(-1)!.headers.get('idempotency-key');

const lists = (environment: FakeEnvironment, ...refunds: readonly object[]) =>
  environment.on(PAYMENT, { json: { ...SUMMARY, pending: '12.500', refundable: '67.500', refunds } });

const listed = (environment: FakeEnvironment, standing: string, more: object = {}) => ({
  refund_id: 'RF1',
  idempotency_key: keyOf(environment),
  amount: '12.500',
  status: standing,
  standing,
  reason: 'Returned goods',
  ...more,
});

/** A refund that the provider has answered as `status`, and what the page is told of it from then on. */
async function shown(
  status: string,
  heading: string,
  options: Parameters<typeof fakeEnvironment>[0] = {},
  isUndescribed = false,
) {
  const environment = fakeEnvironment(options);
  if (isUndescribed) environment.on('GET /', problemOf('internal_error', 502));
  environment.on(CREATE, { json: uqpayRefund('INITIATED') });
  const ui = await drive(environment);
  const told: string[] = [];
  for (const name of ['status-change', 'settled'] as const) {
    ui.form.addEventListener(`refund-form-${name}`, ({ detail }) => told.push(`${name} ${detail.standing}`));
  }
  await ui.send();
  await ui.waitForHeading('accepted the refund');
  environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund(status) });
  if (status !== 'INITIATED') await ui.press('Check status');
  await ui.waitForHeading(heading);
  told.length = 0;
  return { environment, ui, told };
}

describe('a refund that was contradicted while the form did not read', () => {
  for (const [status, heading] of [
    ['FAILED', 'could not carry out'],
    ['SUCCEEDED', 'has carried out'],
  ] as const) {
    it(`is what the list says of it since, and not ${status} any more`, async () => {
      const { environment, ui, told } = await shown(status, heading);
      lists(environment, listed(environment, 'pending', SETTLED));
      await ui.form.refresh();
      await waitUntil(() => /12\.500 ?Pending/.test(ui.text()), ui.text());
      expect(ui.buttons()).not.to.include('Try again');
      expect(told).to.deep.equal(['status-change pending']);
      lists(environment, listed(environment, 'succeeded', SETTLED));
      await ui.form.refresh();
      expect(told).to.deep.equal(['status-change pending', 'status-change succeeded', 'settled succeeded']);
      expect(ui.text()).not.to.contain('contradiction_settled');
    });
  }

  it('takes with it what was given back for another try, once the form is drawn anew', async () => {
    const { environment, ui } = await shown('FAILED', 'could not carry out');
    const { reason } = environment.writes().at(-1)!.body as { reason: string };
    const older = listed(environment, 'failed', { refund_id: 'RF0', idempotency_key: null, reason });
    lists(environment, older, listed(environment, 'failed', { reason }));
    await ui.form.refresh();
    await ui.press('Try again');
    await waitUntil(() => ui.field('amount')?.value === '12.500');
    // It was carried out all the same, as a person has seen.
    lists(environment, older, listed(environment, 'succeeded', { ...SETTLED, reason }));
    await ui.form.refresh();
    ui.form.remove();
    const next = await drive(environment);
    await waitUntil(() => next.field('amount'));
    expect(next.field('amount').value).to.equal('');
  });

  it('is told although the element has shown another payment since it had failed', async () => {
    const { environment, ui, told } = await shown('FAILED', 'could not carry out');
    lists(environment, listed(environment, 'failed'));
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    ui.form.paymentId = 'PI1';
    await waitUntil(() => ui.form.state === 'editing');
    lists(environment, listed(environment, 'unknown', { contradiction: CONTRADICTION }));
    await ui.form.refresh();
    lists(environment, listed(environment, 'succeeded', SETTLED));
    await ui.form.refresh();
    expect(told).to.deep.equal(['status-change succeeded', 'settled succeeded']);
  });
});

describe('a refund that is contradicted', () => {
  it('is not told to have succeeded by a status that comes before the payment', async () => {
    const { environment, ui, told } = await shown('INITIATED', 'accepted the refund');
    const held = heldReply();
    environment.on(PAYMENT, held.reply);
    environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('SUCCEEDED') });
    const { length } = environment.requests;
    await ui.press('Check status');
    await waitUntil(() => environment.requests.slice(length).some(({ path }) => path.startsWith('/payments/')));
    expect(ui.heading()).to.contain('accepted the refund');
    const refunds = [listed(environment, 'unknown', { contradiction: CONTRADICTION })];
    lists(environment, ...refunds);
    await held.answer({ json: { ...SUMMARY, refunds } });
    await ui.waitForText('Not known');
    expect(told).to.deep.equal([]);
  });

  for (const [code, status, more] of [
    ['internal_error', 500, {}],
    // They say nothing of what this user may read.
    ['orders_unavailable', 503, { effect: 'nothing' }],
    ['rate_limited', 429, { effect: 'nothing' }],
  ] as const) {
    it(`is not told to have succeeded by its status while the payment cannot be read: ${code}`, async () => {
      const { environment, ui, told } = await shown('INITIATED', 'accepted the refund');
      environment.on(PAYMENT, problemOf(code, status, more));
      environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('SUCCEEDED') });
      await ui.press('Check status');
      await ui.waitForText('The last check could not read the status');
      expect(ui.heading()).to.contain('accepted the refund');
      expect(told).to.deep.equal([]);
    });
  }

  it('nor where the page has given its own payment', async () => {
    const { environment, ui } = await shown('INITIATED', 'accepted the refund');
    environment.on(PAYMENT, problemOf('internal_error', 502));
    environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('SUCCEEDED') });
    ui.form.remove();
    const next = await drive(environment, { set: (form) => (form.payment = SUMMARY) });
    await next.waitForHeading('accepted the refund');
    await next.press('Check status');
    await next.waitForText('The last check could not read the status');
    expect(next.heading()).to.contain('accepted the refund');
  });

  it('is told to have succeeded by its status where this user may not read the payment', async () => {
    const { environment, ui, told } = await shown('INITIATED', 'accepted the refund');
    environment.on(PAYMENT, problemOf('forbidden', 403, { effect: 'nothing' }));
    environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('SUCCEEDED') });
    await ui.press('Check status');
    await ui.waitForHeading('has carried out');
    expect(told).to.deep.equal(['status-change succeeded', 'settled succeeded']);
  });

  for (const description of ['read', 'unreadable'] as const) {
    it(`is not what the provider repeats of it once a person has settled it, with a description that was ${description}`, async () => {
      const { environment, ui, told } = await shown('SUCCEEDED', 'has carried out', {}, description === 'unreadable');
      lists(environment, listed(environment, 'succeeded', SETTLED));
      environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('FAILED') });
      const { length } = environment.requests;
      environment.advance(600_000);
      await waitUntil(() => environment.requests.slice(length).some(({ path }) => path.endsWith('/RF1')));
      await ui.form.refresh();
      await ui.form.refresh();
      expect(ui.heading()).to.contain('has carried out');
      expect(told).to.deep.equal([]);
    });
  }

  it('is told to have succeeded by its status where nobody keeps a ledger, and the payment cannot be read', async () => {
    const { environment, ui, told } = await shown('INITIATED', 'accepted the refund', { deduplicates: false });
    environment.on(PAYMENT, 'drop');
    environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('SUCCEEDED') });
    await ui.press('Check status');
    await ui.waitForHeading('has carried out');
    expect(told).to.deep.equal(['status-change succeeded', 'settled succeeded']);
  });

  it('is heard of by live status although it has failed', async () => {
    const { environment, ui } = await shown('FAILED', 'could not carry out', { maxEventPayments: 20 });
    environment.isLive = true;
    environment.on(PAYMENT, { json: { ...SUMMARY, pending: '0.000', refunds: [listed(environment, 'failed')] } });
    await ui.form.refresh();
    const refunds = [listed(environment, 'unknown', { contradiction: CONTRADICTION })];
    lists(environment, ...refunds);
    environment.listeners.get('PI1')?.({ ...SUMMARY, refunds });
    await ui.waitForText('Not known');
    expect(ui.buttons()).not.to.include('Try again');
  });
});

describe('a refund that was reversed', () => {
  it('is not told to have succeeded again by a list that is older', async () => {
    const { environment, ui, told } = await shown('SUCCEEDED', 'has carried out');
    lists(environment, listed(environment, 'reversed'));
    await ui.form.refresh();
    await ui.waitForHeading('was reversed');
    told.length = 0;
    lists(environment, listed(environment, 'succeeded'));
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    ui.form.paymentId = 'PI1';
    await waitUntil(() => ui.form.state === 'editing');
    await ui.form.refresh();
    expect(told).to.deep.equal([]);
    expect(ui.text()).to.match(/12\.500 ?Reversed/);
  });
});

describe('a division of which one answer was lost', () => {
  const part = (environment: FakeEnvironment, index: number, standing: string, more: object = {}) => ({
    idempotency_key: keyOf(environment),
    vendor: VENDOR_ROWS[index]!.refundRequestId,
    refund_id: `g${index + 1}`,
    amount: index ? '5.000' : '7.500',
    status: standing,
    standing,
    ...more,
  });

  /** The first vendor's refund is made. */
  const lose = async (options: Parameters<typeof openDivision>[0] = {}) => {
    const { environment, ui } = await openDivision(options);
    const generated = [{ generatedInvoiceId: 1, amount: 7.5, orderId: 'g1', refundOrderId: 'ro', refundArn: 'arn' }];
    const responseData = { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] };
    environment.on('POST /create-multivendor-refund', upaymentsSuccess({ responseData }));
    ui.type('vendor-0', '7.500');
    ui.type('vendor-1', '5.000');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('1 of 2 accepted, 1 not known');
    return { environment, ui };
  };

  /** Another tab, which shows the same division. */
  const openBeside = async ({ memory }: FakeEnvironment, options: Parameters<typeof fakeEnvironment>[0] = {}) => {
    const other = fakeEnvironment({ memory, lastUsedId: 100, ...options });
    const second = await drive(other, { provider: 'upayments' });
    await second.waitForHeading('1 of 2 accepted, 1 not known');
    return { other, second };
  };

  it('tells the page that the refund was made once that is known', async () => {
    const { environment, ui } = await lose();
    lists(environment, part(environment, 0, 'pending'), part(environment, 1, 'pending'));
    await ui.press('Check status');
    await ui.waitForHeading('2 of 2 accepted');
    const accepted = ui.events.filter(({ name }) => name === 'refund-form-accepted');
    expect(accepted.map(({ detail }) => detail['refundId'])).to.deep.equal(['g1', 'g2']);
  });

  it('keeps its record where the other one is contradicted, and learns what became of both', async () => {
    const { environment, ui } = await lose();
    const lost = part(environment, 1, 'unknown', { refund_id: null, status: '' });
    lists(environment, part(environment, 0, 'unknown', { contradiction: CONTRADICTION }), lost);
    await ui.press('Check status');
    await ui.waitForHeading('2 not known');
    expect(environment.memory.get(RECORD)).to.contain(keyOf(environment)!);
    lists(environment, part(environment, 0, 'failed', SETTLED), part(environment, 1, 'succeeded'));
    // A check that is still going on takes no second press.
    await ui.form.refresh();
    await ui.waitForHeading('1 of 2 accepted');
    expect(environment.memory.has(RECORD)).to.equal(false);
    const settled = ui.events.filter(({ name }) => name === 'refund-form-settled');
    expect(settled.map(({ detail }) => [detail['refundId'], detail['standing']])).to.deep.equal([
      ['g1', 'failed'],
      ['g2', 'succeeded'],
    ]);
  });

  it('stays in the tab whose read fails once when another one has learned what became of it', async () => {
    const { environment, ui } = await lose();
    const { other, second } = await openBeside(environment);
    for (const standing of ['pending', 'succeeded'] as const) {
      lists(environment, part(environment, 0, standing), part(environment, 1, standing));
      other.on(PAYMENT, problemOf('internal_error', 500));
      await ui.form.refresh();
      await waitUntil(() => !environment.memory.get(RECORD)?.includes('"standing":"unknown"'));
      const { length } = other.requests;
      window.dispatchEvent(
        new StorageEvent('storage', { key: RECORD, newValue: environment.memory.get(RECORD) ?? null }),
      );
      await waitUntil(() => other.requests.length > length);
      expect(second.heading()).to.contain('1 of 2 accepted, 1 not known');
    }
    lists(other, part(environment, 0, 'succeeded'), part(environment, 1, 'succeeded'));
    await second.press('Check status');
    await second.waitForHeading('2 of 2 accepted');
    const accepted = second.events.filter(({ name }) => name === 'refund-form-accepted');
    expect(accepted.map(({ detail }) => detail['refundId'])).to.deep.equal(['g2']);
  });

  it('is let go in each tab where a person lets it go in one, as nobody keeps a ledger', async () => {
    const { environment, ui } = await lose({ deduplicates: false });
    const { second } = await openBeside(environment, { deduplicates: false });
    await ui.press('Unlock the form');
    ui.form.shadowRoot!.querySelector<HTMLInputElement>('[name=sure]')!.click();
    await ui.press('Unlock the form');
    await waitUntil(() => ui.form.state === 'editing');
    window.dispatchEvent(new StorageEvent('storage', { key: RECORD, newValue: null }));
    await waitUntil(() => second.form.state === 'editing');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  it('stays in each tab where another one learns first what became of it', async () => {
    const { environment, ui } = await lose();
    const { other, second } = await openBeside(environment);
    const refunds = [part(environment, 0, 'succeeded'), part(environment, 1, 'succeeded')];
    for (const each of [environment, other]) lists(each, ...refunds);
    await ui.press('Check status');
    await ui.waitForHeading('2 of 2 accepted');
    window.dispatchEvent(new StorageEvent('storage', { key: RECORD, newValue: null }));
    await second.waitForHeading('2 of 2 accepted');
    await second.form.refresh();
    expect([ui.heading(), second.heading()].join()).not.to.match(/Divide|Refund$/);
  });
});

describe('the next refund', () => {
  it('is typed while the page is told at once what became of the one before it, also after a reload', async () => {
    const { environment, ui } = await shown('INITIATED', 'accepted the refund');
    lists(environment, listed(environment, 'pending'));
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('amount', '30');
    await ui.form.updateComplete;
    const { memory, tabMemory } = environment;
    const next = fakeEnvironment({ memory, tabMemory, lastUsedId: 100 });
    lists(next, listed(environment, 'failed'));
    const after = await drive(next);
    await waitUntil(() => after.field('amount') !== null);
    await waitUntil(() => after.events.some(({ name }) => name === 'refund-form-settled'));
    expect(after.field('amount').value).to.equal('30');
  });
});
