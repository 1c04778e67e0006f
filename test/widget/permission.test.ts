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
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const PAYMENT = 'GET /payments/*';
const KEY = '00000000-0000-4000-8000-000000000001';
const LIMIT = 'A second person must approve a refund above KWD 10.000 before it is sent.';

const permitted = (permission: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  ...SUMMARY,
  permission: { user: 'amal', ...permission },
  ...more,
});
const driveFor = async (permission: Record<string, unknown>, more = {}) => {
  const environment = fakeEnvironment({ summary: permitted(permission, more), events: true });
  return { environment, ui: await drive(environment) };
};
const root = ({ form }: FormDriver) => form.shadowRoot!;

describe('the form of a user who may not refund', () => {
  it('shows the payment and the reason in the merchant’s words, and nothing to fill in', async () => {
    const { ui } = await driveFor({ refund: false, reason: 'Refunds are made in Kuwait City' });
    await ui.waitForHeading('You can see this payment');
    expect(ui.text()).to.contain('KWD 75.000').and.to.contain('Ask someone who may');
    expect(ui.text()).to.contain('Your order system says:').and.to.contain('Refunds are made in Kuwait City');
    expect(ui.buttons()).to.deep.equal([]);
    expect(root(ui).querySelector('input, select, textarea')).to.equal(null);
    expect(ui.form.state).to.equal('read_only');
  });

  it('is the whole form again once the merchant allows it, with what was typed before', async () => {
    const { environment, ui } = await driveFor({});
    await ui.waitForText('Up to KWD 75.000');
    ui.type('amount', '12.500');
    environment.on(PAYMENT, { json: permitted({ refund: false }) });
    await ui.form.refresh();
    await ui.waitForHeading('You can see this payment');
    environment.on(PAYMENT, { json: permitted({ refund: true }) });
    await ui.form.refresh();
    await waitUntil(() => ui.field('amount')?.value === '12.500');
  });

  it('ends a review when the permission ends, and sends nothing', async () => {
    const { environment, ui } = await driveFor({});
    await ui.review();
    environment.on(PAYMENT, { json: permitted({ refund: false }) });
    await ui.form.refresh();
    await ui.waitForHeading('You can see this payment');
    expect(environment.writes()).to.deep.equal([]);
  });

  it('says that nothing can be refunded where that is so for everybody', async () => {
    const { ui } = await driveFor({ refund: false }, { refundable: '0.000', refunded: '95.000' });
    await ui.waitForHeading('Nothing can be refunded');
  });

  it('gives no figure of what can be refunded where the merchant lets nothing be refunded', async () => {
    const { ui } = await driveFor({}, { not_refundable: 'A dispute is open' });
    await ui.waitForHeading('Nothing can be refunded');
    expect(ui.text()).to.contain('A dispute is open').and.not.to.contain('75.000');
  });
});

describe('the limit above which a second person must approve', () => {
  it('is said as soon as the typed amount is above it, in a live region, and not at the limit', async () => {
    const { ui } = await driveFor({ approval_above: '10.000' });
    await ui.waitForText('Up to KWD 75.000');
    const status = [...root(ui).querySelectorAll('form [role=status]')].at(-1)!;
    for (const [typed, said] of [
      ['10.000', false],
      ['10.001', true],
      ['10', false],
      ['abc', false],
      ['75.000', true],
      ['75.001', false],
    ] as const) {
      ui.type('amount', typed);
      await ui.form.updateComplete;
      expect(status.textContent.replace(/\s+/g, ' ').trim(), typed).to.equal(said ? LIMIT : '');
    }
    expect(root(ui).contains(status)).to.equal(true);
    root(ui).querySelector<HTMLInputElement>('[name=scope]')!.click();
    await ui.form.updateComplete;
    expect(ui.text()).to.contain(LIMIT);
  });

  it('is in the review, and the button asks for approval and does not say that it refunds', async () => {
    const { environment, ui } = await driveFor({ approval_above: '10.000' });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    await ui.review();
    expect(ui.text()).to.contain(LIMIT);
    expect(ui.buttons()).to.deep.equal(['Ask for approval of KWD 12.500', 'Change']);
    await ui.press('Ask for approval of KWD 12.500');
    await ui.waitForHeading('waits for a second person');
    expect(ui.buttons()).to.deep.equal(['Check status']);
  });

  /** A request that waits for a second person. `list`: how the payment lists it from then on. */
  const askForApproval = async () => {
    const { environment, ui } = await driveFor({ approval_above: '0.000' });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    await ui.review();
    await ui.press('Ask for approval');
    await ui.waitForHeading('waits for a second person');
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key');
    const list = (standing: string, more: object = {}) => {
      const refund = { idempotency_key, intent_id: 'i1', amount: '12.500', standing, status: '', ...more };
      environment.on(PAYMENT, { json: permitted({ approval_above: '0.000' }, { refunds: [refund] }) });
    };
    return { environment, ui, list };
  };

  it('says what a check of a waiting request has found, and when it has found nothing', async () => {
    const { environment, ui, list } = await askForApproval();
    list('awaiting_approval');
    await ui.press('Check status');
    await ui.waitForText('nobody has decided yet');
    environment.on(PAYMENT, 'drop');
    await ui.press('Check status');
    await ui.waitForText('got no answer');
    expect(ui.heading()).to.contain('waits for a second person');
  });

  it('tells whoever asked when it was sent, once the answer to whoever approved it is lost', async () => {
    const { ui, list } = await askForApproval();
    const told = (standing: string, more: object) => {
      list(standing, more);
      return ui.form.refresh();
    };
    await told('awaiting_approval', {});
    const unknowns = () => ui.events.filter(({ name }) => name === 'refund-form-unknown');
    // It was approved, and is on its way: nothing is lost so far.
    await told('unknown', { state: 'sending', create_time: '2026-11-22T07:02:27Z' });
    expect(unknowns()).to.have.length(0);
    await told('unknown', { state: 'unknown', create_time: '2026-11-22T07:02:27Z' });
    await told('unknown', { state: 'unknown', create_time: '2026-11-22T07:02:27Z' });
    expect(unknowns()).to.have.length(1);
    const sent = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
    expect(ui.text()).to.contain(sent.format(Date.parse('2026-11-22T07:02:27Z')));
  });

  it('sends nothing when the limit has been raised since the review: it would refund at once', async () => {
    const { environment, ui } = await driveFor({ approval_above: '10.000' });
    await ui.review();
    environment.on(PAYMENT, { json: permitted({ approval_above: '20.000' }) });
    await ui.press('Ask for approval');
    await ui.waitForText('A second person must approve a refund above KWD 20.000');
    expect(environment.writes()).to.deep.equal([]);
    await ui.press('Review refund');
    expect(ui.buttons()).to.contain('Refund KWD 12.500');
  });

  it('sends nothing when the payment is refused while the limit is read again', async () => {
    const { environment, ui } = await driveFor({ approval_above: '10.000' });
    await ui.review();
    environment.on(PAYMENT, problemOf('forbidden', 403, { effect: 'nothing' }));
    await ui.press('Ask for approval');
    await ui.waitForText('You may not do this with this payment.');
    expect(environment.writes()).to.deep.equal([]);
  });

  it('asks for no note while a request waits: nothing is sent again', async () => {
    const { environment, ui } = await driveFor({ approval_above: '0.000' });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    await waitUntil(() => ui.field('note') !== null);
    ui.type('note', 'as agreed');
    await ui.review();
    await ui.press('Ask for approval');
    await ui.waitForHeading('waits for a second person');
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key');
    const refund = { idempotency_key, intent_id: 'i1', amount: '12.500', standing: 'awaiting_approval', status: '' };
    const { memory, tabMemory } = environment;
    const summary = permitted({ approval_above: '0.000' }, { refunds: [refund] });
    const after = fakeEnvironment({ memory, tabMemory, summary, lastUsedId: 100 });
    const next = await drive(after);
    await next.waitForHeading('waits for a second person');
    expect(next.field('note')).to.equal(null);
    await next.press('Check status');
    await next.waitForText('nobody has decided yet');
    expect(after.writes()).to.deep.equal([]);
  });

  it('says after a reload nothing of a request that waited before the payment is read, and offers nothing', async () => {
    const { environment, ui, list } = await askForApproval();
    list('awaiting_approval');
    await ui.form.refresh();
    const { memory, tabMemory } = environment;
    const after = fakeEnvironment({ memory, tabMemory, lastUsedId: 100 });
    after.on(PAYMENT, 'hang');
    const next = await drive(after);
    await waitUntil(() => after.requests.length > 1);
    expect(next.form.state).to.equal('loading');
    expect(next.buttons()).to.deep.equal([]);
    const unread = fakeEnvironment({ memory, tabMemory, lastUsedId: 200 });
    unread.on(PAYMENT, 'drop');
    const again = await drive(unread);
    await waitUntil(() => again.form.state === 'load_failed');
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const listed = { idempotency_key: key, intent_id: 'i1', amount: '12.500', status: '' };
    for (const [standing, state] of [
      ['awaiting_approval', 'awaiting_approval'],
      ['unknown', 'unknown'],
    ] as const) {
      unread.on(PAYMENT, { json: permitted({}, { refunds: [{ ...listed, standing }] }) });
      await again.form.refresh();
      await waitUntil(() => again.form.state === state);
    }
    // It was sent by now, and nobody knows whether it was made.
    const last = fakeEnvironment({ memory, tabMemory, lastUsedId: 300 });
    last.on(PAYMENT, 'drop');
    const lost = await drive(last);
    await lost.waitForHeading('Do not refund again');
    expect(unread.writes()).to.deep.equal([]);
  });

  describe('a request that waits', () => {
    const APPROVAL = { asked_by: 'amal', asked_at: '2026-11-21T08:30:00Z' };
    const open = async (approval: object = {}) => {
      const asked = await askForApproval();
      asked.list('awaiting_approval', { approval: { ...APPROVAL, ...approval } });
      await asked.ui.form.refresh();
      return asked;
    };

    it('is taken back by whoever asked, and what was typed comes back', async () => {
      const { environment, ui, list } = await open();
      environment.on('POST /intents/i1/decline', () => {
        const said = { ...APPROVAL, decision: 'declined', decided_by: 'amal', reason: 'Taken back' };
        list('failed', { ended: 'declined', status: 'declined', approval: said });
        return { json: { id: 'i1', state: 'failed' } };
      });
      await ui.press('Take the request back');
      await waitUntil(() => ui.field('amount') !== null);
      expect(ui.field('amount').value).to.equal('12.500');
      expect(ui.text()).to.match(/Taken back Nothing was refunded/);
      expect(ui.form.shadowRoot!.querySelector('[part=notice].danger')).to.equal(null);
      expect(ui.text()).not.to.match(/Declined|amal:/);
      const { body, headers } = environment.writes().at(-1)!;
      expect([body, headers.get('idempotency-key')]).to.deep.equal([
        { reason: 'Taken back' },
        environment.writes()[0]!.headers.get('idempotency-key'),
      ]);
      expect(environment.writes()).to.have.length(2);
    });

    it('stays when that did not arrive, and says so', async () => {
      const { environment, ui } = await open();
      environment.on('POST /intents/i1/decline', 'drop');
      await ui.press('Take the request back');
      await ui.waitForText('this was not recorded');
      expect(ui.heading()).to.contain('waits for a second person');
      expect(ui.buttons()).to.contain('Take the request back');
    });

    it('is taken back by nobody else', async () => {
      const { ui } = await open({ asked_by: 'basma' });
      expect(ui.buttons()).not.to.contain('Take the request back');
    });
  });

  it('does not claim that the refund is being sent while it is only asked for', async () => {
    const { environment, ui } = await driveFor({ approval_above: '0.000' });
    environment.on(CREATE, 'hang');
    await ui.review();
    await ui.press('Ask for approval');
    await ui.waitForHeading('Asking for approval…');
  });

  it('ends the division over vendors of a user who may not refund any more', async () => {
    const environment = fakeEnvironment({ summary: permitted({}) });
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => ui.field('amount') !== null);
    await ui.send();
    await ui.waitForHeading('Divide KWD 12.500 over the vendors');
    environment.on(PAYMENT, { json: permitted({ refund: false, reason: 'Refunds are made in Kuwait City' }) });
    await ui.form.refresh();
    await ui.waitForHeading('You can see this payment');
    expect(ui.text()).to.contain('Refunds are made in Kuwait City');
    expect(ui.buttons()).to.deep.equal([]);
  });

  describe('with a payment of several vendors', () => {
    const first = (ended?: string) => ({
      idempotency_key: KEY,
      intent_id: 'i1',
      amount: '12.500',
      standing: ended ? 'failed' : 'awaiting_approval',
      status: ended ?? '',
      ...(ended && { ended }),
    });
    const waitsFor = (ended?: string) => permitted({ approval_above: '10.000' }, { refunds: [first(ended)] });
    const ask = async (note = '') => {
      const environment = fakeEnvironment({ summary: permitted({ approval_above: '10.000' }) });
      environment.on('POST /create-refund', problemOf('approval_required', 403, { effect: 'running' }));
      const ui = await drive(environment, { provider: 'upayments' });
      await waitUntil(() => ui.field('note') !== null);
      ui.type('note', note);
      await ui.review();
      environment.on(PAYMENT, { json: waitsFor() });
      await ui.press('Ask for approval');
      await ui.waitForHeading('waits for a second person');
      // The read that a send ends with may still be under way, and must not be the one that finds the approval.
      await ui.form.refresh();
      environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
      environment.on(PAYMENT, { json: waitsFor('vendors_opened') });
      return { environment, ui };
    };
    /** The page after a reload, once the request is approved. */
    const reloaded = ({ memory, tabMemory }: Pick<FakeEnvironment, 'memory' | 'tabMemory'>) => {
      const after = fakeEnvironment({ memory, tabMemory, summary: waitsFor('vendors_opened'), lastUsedId: 100 });
      after.on('POST /create-refund', VENDORS_OPENED_REPLY);
      return after;
    };
    const keys = (environment: FakeEnvironment) =>
      environment.writes().map(({ headers }) => headers.get('idempotency-key'));

    it('goes on to the division once the first step is approved, and asks for it by the same key', async () => {
      const { environment, ui } = await ask();
      await ui.form.refresh();
      await ui.waitForHeading('Divide KWD 12.500 over the vendors');
      expect(keys(environment)).to.deep.equal([KEY, KEY]);
      await ui.press('Split in proportion');
      await ui.press('Review refunds');
      expect(ui.buttons()).to.contain('Ask for approval of KWD 12.500');
      environment.on('POST /create-multivendor-refund', problemOf('approval_required', 403, { effect: 'running' }));
      await ui.press('Ask for approval');
      await ui.waitForHeading('waits for a second person');
      expect(new Set(keys(environment))).to.have.property('size', 2);
    });

    it('goes on to the division after a reload of the one who asked', async () => {
      const { environment } = await ask();
      const after = reloaded(environment);
      const ui = await drive(after, { provider: 'upayments' });
      await ui.waitForHeading('Divide KWD 12.500 over the vendors');
      expect(keys(after)).to.deep.equal([KEY]);
    });

    it('keeps what was asked for over a second reload, while the amount is divided', async () => {
      const { environment } = await ask();
      const reload = () => reloaded(environment);
      const ui = await drive(reload(), { provider: 'upayments' });
      await ui.waitForHeading('Divide KWD 12.500 over the vendors');
      await ui.press('Split in proportion');
      const again = reload();
      const next = await drive(again, { provider: 'upayments' });
      await next.waitForText('Can be refunded');
      expect([next.field('amount').value, next.field('reason').value]).to.deep.equal(['12.500', 'Returned goods']);
      const promises = () =>
        expect(next.text()).to.contain('need no new approval').and.not.contain('A second person must approve');
      promises();
      // Somebody has refunded since, and the request is not the reviewed one any more.
      again.on(PAYMENT, { json: { ...waitsFor('vendors_opened'), pending: '1.000', refundable: '89.000' } });
      await next.form.refresh();
      expect(next.text()).to.contain('A second person must approve').and.not.contain('need no new approval');
      again.on(PAYMENT, { json: waitsFor('vendors_opened') });
      await next.form.refresh();
      await next.press('Review refund');
      promises();
      await next.press('Refund KWD 12.500');
      await next.waitForHeading('Divide KWD 12.500 over the vendors');
      expect(keys(again)).to.deep.equal([KEY]);
    });

    it('asks for nothing but the note after a reload, because the note is not kept', async () => {
      const { environment } = await ask('as agreed');
      const after = reloaded(environment);
      const ui = await drive(after, { provider: 'upayments' });
      await ui.waitForText('need no new approval');
      expect([ui.field('amount').value, ui.field('reason').value]).to.deep.equal(['12.500', 'Returned goods']);
      ui.type('note', 'as agreed');
      await ui.press('Review refund');
      // Each review reads the payment.
      await ui.form.refresh();
      expect(ui.events.filter(({ name }) => name === 'refund-form-refused')).to.have.length(1);
      await ui.press('Refund KWD 12.500');
      await ui.waitForHeading('Divide KWD 12.500 over the vendors');
      expect(keys(after)).to.deep.equal([KEY]);
    });

    it('goes on with the division when the page gives its items, although another amount was typed here', async () => {
      const { environment } = await ask();
      const { memory } = environment;
      const tabMemory = new Map<string, string>();
      const before = await drive(fakeEnvironment({ tabMemory }), { provider: 'upayments' });
      await waitUntil(() => before.field('amount') !== null);
      before.type('amount', '5.000');
      before.form.remove();
      const after = reloaded({ memory, tabMemory });
      const ui = await drive(after, { provider: 'upayments' });
      await ui.waitForHeading('Divide KWD 12.500 over the vendors');
      ui.form.items = { currency: 'KWD', items: [{ id: 'cup', quantity: 5, unit_price: '2.500' }] };
      await ui.form.updateComplete;
      await ui.form.updateComplete;
      expect(ui.form.state).to.equal('vendors');
    });

    it('refunds something else after such a reload, by another key', async () => {
      const { environment } = await ask('as agreed');
      const after = reloaded(environment);
      const ui = await drive(after, { provider: 'upayments' });
      await ui.waitForText('need no new approval');
      await ui.review('5.000');
      await ui.form.refresh();
      await ui.press('Refund KWD 5.000');
      await ui.waitForHeading('Divide KWD 5.000 over the vendors');
      expect(keys(after)).not.to.contain(KEY);
    });

    it('asks for the first step once a read, by the same key, until an answer comes', async () => {
      const { environment, ui } = await ask();
      environment.on('POST /create-refund', ['drop', 'drop', VENDORS_OPENED_REPLY]);
      await ui.form.refresh();
      await ui.waitForText('got no answer');
      expect(ui.heading()).to.contain('Do not refund again');
      expect(keys(environment)).to.have.length(2);
      await waitUntil(() => {
        environment.advance(300_000);
        return ui.heading().startsWith('Divide KWD 12.500');
      });
      expect(keys(environment)).to.have.length(4);
      expect(new Set(keys(environment))).to.have.property('size', 1);
    });

    it('tells the one who approves that the division is approved, too', async () => {
      const summary = permitted({ user: 'basma', approve: true }, { refunds: [first()] });
      const environment = fakeEnvironment({ summary });
      const ui = await drive(environment, { provider: 'upayments' });
      await ui.waitForText('Can be refunded');
      await ui.press('Decide about');
      expect(ui.text()).to.contain('its division is approved before money moves');
      environment.on('POST /intents/i1/approve', () => {
        environment.on(PAYMENT, { json: { ...summary, refunds: [first('vendors_opened')] } });
        return VENDORS_OPENED_REPLY;
      });
      await ui.press('Approve');
      await ui.waitForText('Whoever asked for it divides it now');
      expect(environment.writes()).to.have.length(1);
    });
  });

  it('changes nothing at or below it', async () => {
    const { ui } = await driveFor({ approval_above: '12.500' });
    await ui.review();
    expect(ui.buttons()).to.deep.equal(['Refund KWD 12.500', 'Change']);
    expect(ui.text()).not.to.contain('second person');
  });

  it('ends the review when it changes: the button would say something else', async () => {
    const { environment, ui } = await driveFor({});
    await ui.review();
    environment.on(PAYMENT, { json: permitted({ approval_above: '10.000' }) });
    await ui.form.refresh();
    await ui.waitForHeading(/^Refund$/);
    await ui.press('Review refund');
    expect(ui.buttons()).to.contain('Ask for approval of KWD 12.500');
  });

  for (const [what, before, now, said] of [
    ['begins to apply', undefined, '10.000', LIMIT],
    ['is another one', '20.000', '10.000', LIMIT],
    ['applies no more', '10.000', undefined, 'A second person need not approve a refund.'],
  ] as const) {
    it(`is named by the review that ends because it ${what}, and no new figures are promised`, async () => {
      const limited = (limit: string | undefined) => permitted(limit === undefined ? {} : { approval_above: limit });
      const environment = fakeEnvironment({ summary: limited(before) });
      const ui = await drive(environment);
      await ui.review();
      environment.on(PAYMENT, { json: limited(now) });
      await ui.form.refresh();
      await ui.waitForHeading(/^Refund$/);
      const changes = root(ui).querySelector('[part=changes]')!.textContent.replace(/\s+/g, ' ');
      expect(changes).to.contain(said).and.to.contain('the figures are the same').and.not.to.contain('new figures');
    });
  }

  it('does not say that the figures are the same where nothing can be refunded any more', async () => {
    const environment = fakeEnvironment({ summary: SUMMARY });
    const ui = await drive(environment);
    await ui.review();
    environment.on(PAYMENT, { json: { ...SUMMARY, not_refundable: 'The payment is disputed' } });
    await ui.form.refresh();
    await ui.waitForText('The payment has changed');
    const changes = root(ui).querySelector('[part=changes]')!.textContent.replace(/\s+/g, ' ');
    expect(changes).to.contain('KWD 0.000').and.not.to.contain('the figures are the same');
  });

  it('is not mentioned by a review that ends because of the figures alone', async () => {
    const { environment, ui } = await driveFor({ approval_above: '10.000' });
    await ui.review();
    environment.on(PAYMENT, {
      json: permitted({ approval_above: '10.000' }, { refunded: '25.000', refundable: '70.000' }),
    });
    await ui.form.refresh();
    await ui.waitForText('Look at the new figures');
    expect(root(ui).querySelector('[part=changes]')!.textContent).not.to.contain('second person');
  });

  for (const wrong of ['ten', '-1.000', '1e3']) {
    it(`says nothing when it is no amount: ${wrong}`, async () => {
      const { ui } = await driveFor({ approval_above: wrong });
      await ui.review();
      expect(ui.buttons()).to.contain('Refund KWD 12.500');
    });
  }
});

describe('what the user may do', () => {
  const listen = async (environment: FakeEnvironment) => {
    await waitUntil(() => environment.listeners.has('PI1'));
    return environment.listeners.get('PI1')!;
  };

  it('stays as it was read when live status comes, which several users receive', async () => {
    const { environment, ui } = await driveFor({ approval_above: '10.000' }, { pending: '5.000' });
    await ui.waitForText('Up to KWD 75.000');
    const tell = await listen(environment);
    const other = { user: 'basma', refund: false };
    tell({ ...SUMMARY, refunded: '21.000', refundable: '74.000', permission: other });
    await ui.waitForText('Up to KWD 74.000');
    ui.type('amount', '12.500');
    await ui.form.updateComplete;
    expect(ui.text()).to.contain(LIMIT);
  });

  it('offers no cancel where it may not cancel', async () => {
    for (const [cancel, buttons] of [
      [true, ['Cancel refund']],
      [false, []],
    ] as const) {
      const environment = fakeEnvironment({ summary: permitted({ cancel }) });
      environment.on('POST /create-refund', {
        status: 201,
        json: { status: true, message: 'x', data: { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' } },
      });
      const ui = await drive(environment, { provider: 'upayments', paymentId: `PI-${cancel}` });
      await ui.send();
      await ui.waitForHeading('accepted the refund');
      expect(ui.buttons().filter((name) => name.startsWith('Cancel'))).to.deep.equal(buttons);
    }
  });
});

describe('a changed payment', () => {
  it('names who asked for the refund that is new, and nobody for one that was there before', async () => {
    const refund = (id: string, requested_by: string | null) => ({
      refund_id: id,
      amount: '1.000',
      status: 'x',
      standing: 'succeeded',
      requested_by,
    });
    const environment = fakeEnvironment({ summary: { ...SUMMARY, refunds: [refund('R1', 'dalal')] } });
    const ui = await drive(environment);
    await ui.review();
    const nothing = { ...refund('R4', 'amal'), standing: 'failed', ended: 'not_sent' };
    const refunds = [refund('R1', 'dalal'), refund('R2', 'basma'), refund('R3', null), nothing];
    environment.on(PAYMENT, { json: { ...SUMMARY, refunded: '22.000', refundable: '73.000', refunds } });
    await ui.form.refresh();
    await ui.waitForText('The payment has changed');
    const changes = root(ui).querySelector('[part=changes]')!.textContent.replace(/\s+/g, ' ');
    expect(changes).to.match(/By\s*basma\s*$/);
    expect(changes).not.to.contain('dalal');
  });
});

describe('unlocking by hand', () => {
  const listed = (standing: string, more: Record<string, unknown> = {}) => ({
    idempotency_key: KEY,
    intent_id: 'i1',
    state: standing,
    amount: '12.500',
    status: '',
    standing,
    ...more,
  });
  /** The answer is lost, and the proxy lists the request as unknown. */
  const lose = async (permission: Record<string, unknown> = {}) => {
    const environment = fakeEnvironment({ summary: permitted(permission) });
    environment.on(CREATE, ['drop', problemOf('outcome_unknown', 504, { effect: 'unknown' })]);
    const ui = await drive(environment);
    await ui.review();
    environment.on(PAYMENT, { json: permitted(permission, { refunds: [listed('unknown')] }) });
    await ui.press(/^Refund /);
    await ui.waitForHeading('Do not refund again');
    await ui.press('Check status');
    await ui.waitForText('still not known');
    return { environment, ui };
  };
  const answer = (ui: FormDriver, outcome: string, words: string, isSure = true) => {
    ui.field('outcome').value = outcome;
    ui.field('words').value = words;
    root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked = isSure;
  };
  const resolutions = (environment: FakeEnvironment) =>
    environment.writes().filter(({ path }) => path === '/intents/i1/resolve');

  it('sends the outcome and the words to the proxy, and then shows what the payment says', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/resolve', () => {
      const refunds = [listed('failed', { ended: 'nothing', status: 'nothing' })];
      environment.on(PAYMENT, { json: permitted({}, { refunds }) });
      return { json: { id: 'i1', state: 'failed' } };
    });
    answer(ui, 'nothing', '  UQPAY says that it never came ');
    await ui.press('Record this');
    await ui.waitForText('A person has settled it');
    expect(resolutions(environment).map(({ body }) => body)).to.deep.equal([
      { outcome: 'nothing', reason: 'UQPAY says that it never came' },
    ]);
    expect(ui.field('amount').value).to.equal('12.500');
    expect([...environment.memory.values()].join()).not.to.contain('never came');
    expect(JSON.stringify(ui.events)).not.to.contain('never came');
  });

  it('tells the page that the refund is settled when the person says that the customer has the money', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/resolve', () => {
      environment.on(PAYMENT, { json: permitted({}, { refunds: [listed('succeeded', { status: 'refunded' })] }) });
      return { json: {} };
    });
    answer(ui, 'refunded', 'Seen at UQPAY');
    await ui.press('Record this');
    await ui.waitForHeading('Refunded');
    const told = ui.events.filter(({ name }) => /accepted|settled/.test(name));
    expect(told.map(({ name, detail }) => [name, detail['standing'], detail['refundId']])).to.deep.equal([
      ['refund-form-accepted', 'succeeded', ''],
      ['refund-form-settled', 'succeeded', ''],
    ]);
  });

  it('sends the refund’s number when the person has found it, and not with a refund that was none', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/resolve', problemOf('ledger_unavailable', 503));
    ui.field('number').value = ' RF8 ';
    answer(ui, 'refunded', 'Seen at UQPAY');
    await ui.press('Record this');
    await ui.waitForText('was not recorded');
    answer(ui, 'nothing', 'Seen at UQPAY');
    await ui.press('Record this');
    await waitUntil(() => resolutions(environment).length === 2);
    expect(resolutions(environment).map(({ body }) => body)).to.deep.equal([
      { outcome: 'refunded', refund_id: 'RF8', reason: 'Seen at UQPAY' },
      { outcome: 'nothing', reason: 'Seen at UQPAY' },
    ]);
  });

  it('shows the refund when the person says that it is on its way, and does not give that as the provider’s word', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/resolve', () => {
      environment.on(PAYMENT, { json: permitted({}, { refunds: [listed('pending', { status: 'initiated' })] }) });
      return { json: {} };
    });
    answer(ui, 'initiated', 'Seen at UQPAY');
    await ui.press('Record this');
    await ui.waitForHeading('Pending');
    expect(ui.text()).not.to.match(/UQPAY (?:says|accepted)/);
  });

  for (const [what, outcome, words, isSure, focused] of [
    ['an outcome', '', 'Seen at UQPAY', true, 'outcome'],
    ['words', 'nothing', ' ', true, 'words'],
    ['words of three characters', 'nothing', 'ab', true, ''],
    ['the tick', 'nothing', 'Seen at UQPAY', false, 'sure'],
  ] as const) {
    it(`sends nothing without ${what}, says so, and leads there`, async () => {
      const { environment, ui } = await lose();
      root(ui).querySelector('details')!.open = true;
      answer(ui, outcome, words, isSure);
      await ui.press('Record this');
      await ui.waitForText('Fill in every field here');
      expect(resolutions(environment)).to.deep.equal([]);
      expect(ui.heading()).to.contain('Do not refund again');
      if (focused) expect((root(ui).activeElement as HTMLInputElement).name).to.equal(focused);
      expect(ui.field('words').value).to.equal(words);
    });
  }

  it('stays locked when the answer is lost, keeps the words, and never says that nothing was refunded', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/resolve', 'drop');
    answer(ui, 'nothing', 'Seen at UQPAY');
    await ui.press('Record this');
    await ui.waitForText('As far as is known, this was not recorded');
    expect(ui.heading()).to.contain('Do not refund again');
    expect(root(ui).querySelector('[part=notice]')).to.equal(null);
    expect(ui.field('words').value).to.equal('Seen at UQPAY');
    expect(environment.memory.has('refund-form:/refunds:PI1')).to.equal(true);
  });

  it('confirms “nothing” only after the person has read what the provider shows', async () => {
    const { environment, ui } = await lose();
    environment.on(
      'POST /intents/i1/resolve',
      problemOf('confirmation_required', 400, { effect: 'unknown', detail: 'Say so again with confirm: true' }),
    );
    answer(ui, 'nothing', 'Seen at UQPAY');
    await ui.press('Record this');
    await ui.waitForText('UQPAY shows something else');
    root(ui).querySelector<HTMLDetailsElement>('details:has([name=confirm])')!.open = true;
    expect(ui.text()).not.to.contain('confirm: true');
    await ui.press('Record this');
    expect(resolutions(environment)).to.have.length(1);
    const confirmation = root(ui).querySelector<HTMLInputElement>('[name=confirm]')!;
    expect((root(ui).activeElement as HTMLInputElement).name).to.equal('confirm');
    confirmation.click();
    await ui.press('Record this');
    await waitUntil(() => resolutions(environment).length === 2);
    expect(resolutions(environment).map(({ body }) => (body as { confirm?: boolean }).confirm)).to.deep.equal([
      undefined,
      true,
    ]);
  });

  it('sends one resolution for a double click', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/resolve', 'hang');
    answer(ui, 'nothing', 'Seen at UQPAY');
    ui.button('Record this').click();
    ui.button('Record this').click();
    await waitUntil(() => resolutions(environment).length > 0);
    await ui.form.updateComplete;
    expect(resolutions(environment)).to.have.length(1);
  });

  it('is not offered to a user who may not settle it, also where nobody keeps a record of it', async () => {
    const environment = fakeEnvironment({ summary: { ...SUMMARY, permission: { user: 'amal', resolve: false } } });
    environment.on('POST /v2/payment/refunds', 'drop');
    environment.on('GET /', { status: 404, text: '' });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    environment.advance(25 * 60 * 60 * 1000);
    await ui.press('Check status');
    await ui.waitForText('You may not settle this refund. Ask someone who may.');
    expect(ui.buttons()).not.to.include('Unlock the form');
  });

  it('is not offered to a user who may not settle it', async () => {
    const { ui } = await lose({ resolve: false });
    expect(ui.buttons()).to.deep.equal(['Check status, send if not received']);
    expect(ui.text()).to.contain('You may not settle this refund. Ask someone who may.');
  });

  it('is not offered before an answer has told what this user may do: the ledger may have a record of it', async () => {
    const environment = fakeEnvironment({ summary: permitted({ user: 'amal', resolve: false }) });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    for (const status of [502, 404, 403, 200]) {
      const later = fakeEnvironment({ memory: environment.memory });
      for (const path of ['GET /', PAYMENT]) later.on(path, { status, text: '<h1>Back soon</h1>' });
      const other = await drive(later);
      await other.press('Check status');
      await other.waitForText(/The check at .* got no answer|still not known/);
      expect(other.buttons(), `${status}`).not.to.include('Unlock the form');
      expect(later.memory.size).to.equal(1);
    }
  });

  it('without a ledger is only here, needs the tick, says that nothing is recorded, and is told to the page', async () => {
    const environment = fakeEnvironment({ deduplicates: false });
    environment.on('POST /create-refund', 'drop');
    const ui = await drive(environment, { provider: 'upayments' });
    const unlocked: unknown[] = [];
    ui.form.addEventListener('refund-form-unlocked', ({ detail }) => unlocked.push(detail));
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    await ui.press('Check status');
    await ui.waitForText('This is recorded nowhere');
    expect(ui.field('words')).to.equal(null);
    await ui.press('Unlock the form');
    expect(unlocked).to.deep.equal([]);
    root(ui).querySelector<HTMLInputElement>('[name=sure]')!.click();
    await ui.press('Unlock the form');
    await ui.waitForHeading(/^Refund$/);
    expect(unlocked).to.deep.equal([{ paymentId: 'PI1' }]);
    expect(environment.writes()).to.have.length(1);
  });
});

describe('each state', () => {
  const primaries = (ui: FormDriver) => root(ui).querySelectorAll('[part~=primary]').length;

  it('has one primary next step, or none where nothing can be done', async () => {
    const environment = fakeEnvironment();
    environment.on(PAYMENT, 'drop');
    const failed = await drive(environment);
    await failed.waitForHeading('could not be loaded');
    expect(primaries(failed)).to.equal(1);
    const { environment: other, ui } = await driveFor({});
    other.on(CREATE, { json: uqpayRefund('FAILED') });
    await ui.waitForText('Up to');
    expect(primaries(ui)).to.equal(1);
    await ui.review();
    expect(primaries(ui)).to.equal(1);
    await ui.press(/^Refund /);
    await ui.waitForHeading('could not carry out');
    expect(primaries(ui)).to.equal(1);
  });
});
