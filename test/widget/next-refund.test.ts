import { aTimeout, expect } from '@open-wc/testing';

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
import { heldReply } from './support/held.ts';
import { openDivision } from './support/division.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';

/** The first refund as the payment lists it. */
const first = (standing: string, environment: FakeEnvironment, more: object = {}) => ({
  refund_id: 'RF1',
  idempotency_key: environment.writes()[0]?.headers.get('idempotency-key'),
  amount: '12.500',
  status: standing,
  standing,
  reason: 'Returned goods',
  ...more,
});

const lists = (environment: FakeEnvironment, ...refunds: readonly object[]) =>
  environment.on('GET /payments/*', { json: { ...SUMMARY, refundable: '80.000', refunds } });

/** The same tab after a reload. */
const reload = ({ memory, tabMemory }: FakeEnvironment) => fakeEnvironment({ memory, tabMemory, lastUsedId: 100 });

/** A form, and the standings that it tells the page of from now on. */
const listened = async (environment: FakeEnvironment) => {
  const ui = await drive(environment);
  const told: string[] = [];
  ui.form.addEventListener('refund-form-status-change', ({ detail }) => told.push(detail.standing));
  return { ui, told };
};

/** The first refund is pending, and the form for another one is open. */
const another = async () => {
  const environment = fakeEnvironment();
  environment.on(CREATE, { json: uqpayRefund('INITIATED') });
  environment.on('GET /v2/payment/refunds/*', { json: uqpayRefund('INITIATED') });
  const { ui, told } = await listened(environment);
  await ui.send();
  await ui.waitForHeading('accepted the refund');
  lists(environment, first('pending', environment));
  await ui.press('Make another refund');
  await ui.press('Make another refund all the same');
  await waitUntil(() => ui.form.state === 'editing');
  return { environment, ui, told };
};

describe('the form for another refund', () => {
  for (const standing of ['succeeded', 'failed'] as const) {
    it(`tells the page that the one before has ${standing}, once`, async () => {
      const { environment, ui, told } = await another();
      lists(environment, first(standing, environment));
      await ui.form.refresh();
      await ui.form.refresh();
      // The payment is shown again in place of another one.
      ui.form.paymentId = 'PI2';
      await ui.form.updateComplete;
      ui.form.paymentId = 'PI1';
      await waitUntil(() => ui.form.state === 'editing');
      expect(told).to.deep.equal([standing]);
      expect(ui.events.filter(({ name }) => name === 'refund-form-settled')).to.have.length(1);
    });
  }

  it('tells it once, though the payment was being read when the page showed another one', async () => {
    const { environment, ui, told } = await another();
    const { reply, answer } = heldReply();
    environment.on('GET /payments/*', reply);
    const { length } = environment.requests;
    const read = ui.form.refresh();
    await waitUntil(() => environment.requests.length > length);
    lists(environment, first('failed', environment));
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    ui.form.paymentId = 'PI1';
    await waitUntil(() => told.length > 0);
    // It was read before.
    await answer({ json: { ...SUMMARY, refunds: [first('succeeded', environment)] } });
    await read;
    expect(told).to.deep.equal(['failed']);
    expect(ui.events.filter(({ name }) => name === 'refund-form-settled')).to.have.length(1);
  });

  it('goes on in an element that the page has made anew after the next refund was sent', async () => {
    const { environment, ui } = await another();
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { payment_refund_id: 'RF2', amount: '3.000' }) });
    await ui.send('3.000');
    await ui.waitForHeading('accepted the refund');
    ui.form.remove();
    const again = await drive(environment);
    await again.waitForHeading('accepted the refund');
    lists(environment, first('failed', environment), { ...first('pending', environment), refund_id: 'RF2' });
    await again.form.refresh();
    expect(again.events.map(({ name, detail }) => [name, detail['refundId']])).to.deep.equal([
      ['refund-form-settled', 'RF1'],
    ]);
  });

  it('is given back what was typed in it, though another form of the page has heard first that nothing came of it', async () => {
    const environment = fakeEnvironment();
    const { reply, answer } = heldReply();
    environment.on(CREATE, reply);
    const [sender, other] = [await drive(environment), await drive(environment)];
    await waitUntil(() => other.field('amount') !== null && sender.field('note') !== null);
    other.type('amount', '20.000');
    sender.type('note', 'about the first');
    await sender.send();
    await waitUntil(() => environment.writes().length === 1);
    await other.waitForHeading('Do not refund again');
    lists(environment, first('failed', environment, { ended: 'refused' }));
    await other.form.refresh();
    await waitUntil(() => other.form.state === 'editing');
    await answer(problemOf('insufficient_balance', 422, { effect: 'nothing' }));
    await waitUntil(() => sender.form.state === 'editing');
    expect([sender.field('amount').value, sender.field('note').value]).to.deep.equal(['12.500', 'about the first']);
    expect(other.field('amount').value).to.equal('20.000');
  });

  it('hears that a refund was reversed which the element has shown as carried out before another payment', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const { ui, told } = await listened(environment);
    await ui.send();
    await ui.waitForHeading('has carried out the refund');
    lists(environment, first('succeeded', environment));
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    ui.form.paymentId = 'PI1';
    await waitUntil(() => ui.form.state === 'editing');
    lists(environment, first('reversed', environment));
    await ui.form.refresh();
    expect(told).to.deep.equal(['reversed']);
  });

  it('is not told of by a third element what the second one has told', async () => {
    const { environment, ui } = await another();
    ui.form.remove();
    const second = await drive(environment);
    await second.waitForHeading('accepted the refund');
    lists(environment, first('failed', environment));
    await second.form.refresh();
    await second.waitForHeading('could not carry out');
    second.form.remove();
    const third = await drive(environment);
    await waitUntil(() => third.form.state === 'editing');
    await third.form.refresh();
    expect(second.events.map(({ name }) => name)).to.deep.equal(['refund-form-settled']);
    expect(third.events).to.deep.equal([]);
  });

  it('takes no status of the refund before it for its own, however late that comes', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    lists(environment, first('pending', environment));
    const { reply, answer } = heldReply();
    environment.on('GET /v2/payment/refunds/RF1', reply);
    await ui.press('Check status');
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await waitUntil(() => ui.form.state === 'editing');
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { payment_refund_id: 'RF2', amount: '3.000' }) });
    await ui.send('3.000');
    await ui.waitForHeading('accepted the refund');
    environment.on('GET /v2/payment/refunds/RF2', 'drop');
    await ui.press('Check status');
    await ui.waitForText('The last check could not read the status');
    await answer({ json: uqpayRefund('SUCCEEDED') });
    await ui.form.refresh();
    await aTimeout(0);
    expect(ui.text()).to.contain('The last check could not read the status');
    expect(ui.heading()).to.contain('accepted the refund');
    expect(ui.text()).to.contain('3.000').and.to.contain('RF2');
  });

  it('hears what becomes of a refund that was shown as failed, and that the provider has contradicted', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const { ui, told } = await listened(environment);
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    const contradiction = { from: 'failed', to: 'succeeded', text: 'x', at: '2026-11-21T09:30:00Z' };
    for (const standing of ['failed', 'unknown', 'pending', 'succeeded']) {
      lists(environment, first(standing, environment, standing === 'unknown' ? { contradiction } : {}));
      await ui.form.refresh();
      await aTimeout(0);
      if (standing === 'pending') await waitUntil(() => /12.500 ?Pending/.test(ui.text()), ui.text());
    }
    await waitUntil(() => told.length > 2);
    expect(told).to.deep.equal(['failed', 'pending', 'succeeded']);
  });

  it('says of a refund that the provider has contradicted, and then lists as before, what the list says', async () => {
    const { environment, ui, told } = await another();
    ui.type('amount', '30');
    lists(environment, first('unknown', environment));
    await ui.form.refresh();
    await ui.waitForText('Not known');
    lists(environment, first('pending', environment));
    await ui.form.refresh();
    await waitUntil(() => !ui.text().includes('Not known'));
    lists(environment, first('failed', environment));
    await ui.form.refresh();
    expect(told.filter((standing) => standing !== 'pending')).to.deep.equal(['failed']);
  });

  it('does not tell again what the page heard while that refund was shown once more', async () => {
    const { environment, ui, told } = await another();
    environment.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'signed_out');
    lists(environment, first('pending', environment));
    await ui.press('I have signed in');
    await ui.waitForHeading('accepted the refund');
    lists(environment, first('failed', environment));
    await ui.form.refresh();
    await ui.waitForHeading('could not carry out');
    await ui.press('Try again');
    await waitUntil(() => ui.form.state === 'editing');
    await ui.form.refresh();
    expect(told).to.deep.equal(['failed']);
  });

  it('asks for it now and then where no live status tells', async () => {
    const { environment, ui, told } = await another();
    lists(environment, first('succeeded', environment));
    environment.advance(600_000);
    await waitUntil(() => told.length > 0);
    expect(told).to.deep.equal(['succeeded']);
    const reads = environment.requests.length;
    environment.advance(600_000);
    await ui.form.refresh();
    expect(environment.requests.length).to.equal(reads + 1);
  });

  for (const how of ['reload', 'sign-in'] as const) {
    it(`is there with what was typed after a ${how}, not the refund before it`, async () => {
      const { environment, ui } = await another();
      ui.type('amount', '30');
      ui.choose('Returned goods');
      await ui.form.updateComplete;
      let after = ui;
      if (how === 'reload') {
        const next = reload(environment);
        lists(next, first('pending', environment));
        after = await drive(next);
      } else {
        environment.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
        await ui.form.refresh();
        await waitUntil(() => ui.form.state === 'signed_out');
        lists(environment, first('pending', environment));
        await ui.press('I have signed in');
      }
      await waitUntil(() => after.field('amount') !== null);
      expect(after.field('amount').value).to.equal('30');
      expect(after.text()).not.to.contain('accepted the refund');
    });
  }

  it('is not taken away while the proxy describes itself', async () => {
    const { environment, ui } = await another();
    ui.type('amount', '30');
    ui.choose('Returned goods');
    await ui.form.updateComplete;
    const next = reload(environment);
    const held = heldReply();
    lists(next, first('pending', environment));
    next.on('GET /', held.reply);
    next.on(CREATE, 'hang');
    const after = await drive(next);
    await after.waitForText('Review refund');
    await after.press('Review refund');
    await after.press(/^Refund /);
    await waitUntil(() => next.writes().length > 0);
    await held.answer({ json: { name: 'refund-form-proxy', provider: 'uqpay', deduplicates: true } });
    await after.form.refresh();
    expect(after.form.state).to.equal('sending');
  });

  it('is not taken away by a read that comes when the person has gone on', async () => {
    const { environment, ui } = await another();
    ui.type('amount', '30');
    ui.choose('Returned goods');
    await ui.form.updateComplete;
    environment.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'signed_out');
    const reads = [heldReply(), heldReply()];
    let count = 0;
    environment.on('GET /payments/*', () => reads[Math.min(count++, 1)]!.reply());
    const refreshed = ui.form.refresh();
    await ui.press('I have signed in');
    const answer = { json: { ...SUMMARY, refundable: '80.000', refunds: [first('pending', environment)] } };
    await reads[0]!.answer(answer);
    await refreshed;
    await ui.press('Review refund');
    expect(ui.form.state).to.equal('review');
    await reads[1]!.answer(answer);
    await waitUntil(() => environment.requests.filter(({ path }) => path === '/').length > 1);
    await ui.form.updateComplete;
    expect(ui.form.state).to.equal('review');
  });

  it('shows the refund before it after a reload where nothing was typed, or where the payment does not list it yet', async () => {
    for (const typed of ['', '30']) {
      const { environment, ui } = await another();
      if (typed) ui.type('amount', typed);
      await ui.form.updateComplete;
      const next = reload(environment);
      next.on('GET /v2/payment/refunds/*', { json: uqpayRefund('INITIATED') });
      lists(next, ...(typed ? [] : [first('pending', environment)]));
      await (await drive(next)).waitForHeading('accepted the refund');
    }
  });
});

describe('the amount that the page gives', () => {
  for (const [standing, amount, typed] of [
    ['succeeded', '12.50', ''],
    ['pending', '12.500', ''],
    ['failed', '12.500', '12.500'],
    ['succeeded', '3.000', '3.000'],
    ['awaiting_approval', '12.500', ''],
    ['division', '12.500', ''],
  ] as const) {
    it(`of ${amount} is ${typed ? '' : 'not '}offered where the payment has got 12.500, which is ${standing}`, async () => {
      const environment = fakeEnvironment();
      const opened = { standing: 'failed', status: 'vendors_opened', ended: 'vendors_opened' };
      const more = standing === 'division' ? opened : { standing, status: standing };
      lists(environment, first('succeeded', environment, { requested_by: 'basma', ...more }));
      const ui = await drive(environment, { set: (form) => (form.amount = amount) });
      await waitUntil(() => ui.form.state === 'editing');
      expect(ui.field('amount').value).to.equal(typed);
    });
  }
});

describe('a refund that has failed', () => {
  it('is typed again for “Try again” also after a reload, from what the payment lists', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    const next = reload(environment);
    next.on('GET /v2/payment/refunds/*', { json: uqpayRefund('FAILED') });
    lists(next, first('failed', environment, { reason: 'Returned goods: Mrs Al-Sabah' }));
    // One code begins like the other.
    const reasons = ['Return', 'Returned goods'].map((code) => ({ code, label: code }));
    const after = await drive(next, { set: (form) => void (form.reasons = reasons) });
    await after.waitForHeading('could not carry out');
    await after.press('Try again');
    await waitUntil(() => after.field('amount') !== null);
    expect(['amount', 'reason', 'note'].map((id) => after.field(id).value)).to.deep.equal([
      '12.500',
      'Returned goods',
      '',
    ]);
    expect(next.writes()).to.have.length(0);
  });
});

describe('a division over vendors', () => {
  const divided = async (reply: Parameters<FakeEnvironment['on']>[1]) => {
    const { environment, ui } = await openDivision();
    environment.on('POST /create-multivendor-refund', reply);
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    return { environment, ui };
  };
  const values = (ui: { field: (id: string) => HTMLInputElement }) => [
    ui.field('vendor-0').value,
    ui.field('vendor-1').value,
  ];

  it('that is above the limits leads to the form, whose next step gives the limits anew', async () => {
    const detail = '6.250 KWD was asked of the vendor row "r1", 3.000 can be refunded';
    const { environment, ui } = await divided(
      problemOf('amount_above_refundable', 422, { effect: 'nothing', refundable: '30.000', detail }),
    );
    await ui.waitForText('Look at the new figures');
    expect(ui.text()).to.contain('asked of the vendor row "KW31');
    expect(ui.field('amount').value).to.equal('12.500');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading('over the vendors');
    expect(values(ui)).to.deep.equal(['', '']);
    const keys = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys)).to.have.property('size', 3);
  });

  it('of another amount than before begins empty', async () => {
    const { ui } = await openDivision();
    ui.type('vendor-0', '12.500');
    await ui.press('Back');
    await ui.send('8.000');
    await ui.waitForHeading('over the vendors');
    expect(values(ui)).to.deep.equal(['', '']);
  });

  it('of which one part was refused is tried again for that vendor', async () => {
    const [, other] = VENDOR_ROWS;
    const generated = [{ generatedInvoiceId: 1, amount: 6.25, orderId: 'g1', refundOrderId: 'ro', refundArn: 'arn' }];
    const { ui } = await divided(
      upaymentsSuccess({
        responseData: { generated, dataTempered: [], refundIssue: [], insufficientBalance: [other] },
      }),
    );
    await ui.press('Try the refused KWD 6.250 again');
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.field('amount').value).to.equal('6.250');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading('over the vendors');
    expect(values(ui)).to.deep.equal(['', '6.250']);
  });
});

describe('a form in place of one that is sending', () => {
  const sending = async (summary: object = SUMMARY, button = /^Refund /) => {
    const environment = fakeEnvironment({ summary });
    const held = heldReply();
    environment.on(CREATE, held.reply);
    const ui = await drive(environment);
    await ui.review();
    await ui.press(button);
    await waitUntil(() => environment.writes().length > 0);
    return { environment, ui, held };
  };

  it('of the same element tells the page of a lost answer once', async () => {
    const { ui, held } = await sending();
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    ui.form.paymentId = 'PI1';
    await ui.waitForText('still being worked on');
    await held.answer('drop');
    await ui.waitForText('its answer was lost');
    expect(ui.events.filter(({ name }) => name === 'refund-form-unknown')).to.have.length(1);
  });

  it('says that it waits for an approval, and does not call it lost', async () => {
    const summary = { ...SUMMARY, permission: { user: 'u', approval_above: '10.000' } };
    const { environment, ui, held } = await sending(summary, /^(?:Refund|Ask) /);
    ui.form.remove();
    const next = await drive(environment);
    await next.waitForText('still being worked on');
    const waiting = first('awaiting_approval', environment, { refund_id: null, state: 'awaiting_approval' });
    environment.on('GET /payments/*', {
      json: { ...summary, refunds: [waiting] },
    });
    await held.answer(problemOf('approval_required', 403, { effect: 'running' }));
    await waitUntil(() => next.form.state === 'awaiting_approval');
    expect(next.events.map(({ name }) => name)).not.to.include('refund-form-unknown');
  });

  it('says that the refund is being worked on, and that its answer was lost only once it is', async () => {
    const { environment, ui, held } = await sending();
    ui.form.remove();
    const next = await drive(environment);
    await next.waitForText('still being worked on');
    expect(next.text()).not.to.contain('its answer was lost');
    await held.answer('drop');
    await next.waitForText('its answer was lost');
    expect(next.events.map(({ name }) => name)).to.deep.equal(['refund-form-unknown']);
  });
});
