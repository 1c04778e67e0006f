import { expect } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import type { PaymentRefund, PaymentSummary } from '../../contract/payment.ts';
import { hashOf } from '../../widget/hash.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, problemOf, SUMMARY, uqpayRefund, type FakeEnvironment } from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

/** axe is not a module: it defines a global. */
const { axe } = globalThis as unknown as { axe: typeof axeCore };

const PAYMENT = 'GET /payments/*';
const APPROVE = 'POST /intents/i7/approve';
const DECLINE = 'POST /intents/i7/decline';
const RECORD = 'refund-form:/refunds:PI1';
const KEY = '7b0e3f8e-6c1d-4d3f-8a0e-5f2b7a6d9c11';
const UNKNOWN = 'Do not refund again';
const ASKED = 'amal asks to refund KWD 12.500.';

const APPROVAL = {
  asked_by: 'amal',
  asked_at: '2026-11-21T08:30:00Z',
  until: '2026-11-22T08:30:00Z',
  approvers: 'the finance team',
};
const requested = (standing: string, more: Partial<PaymentRefund> = {}): PaymentRefund => ({
  idempotency_key: KEY,
  intent_id: 'i7',
  state: standing,
  amount: '12.500',
  status: '',
  standing,
  reason: 'Returned goods: the blue one',
  approval: APPROVAL,
  ...more,
});
const WAITING = requested('awaiting_approval');
const decided = (decision: string, by: string, more: object = {}) => ({
  ...APPROVAL,
  until: null,
  decision,
  decided_by: by,
  ...more,
});
const summaryWith = (refunds: readonly PaymentRefund[], permission: object = {}, more: object = {}) => ({
  ...SUMMARY,
  ...more,
  permission: { user: 'basma', approve: true, ...permission },
  refunds,
});
const APPROVED = summaryWith(
  [requested('pending', { refund_id: 'RF7', status: 'INITIATED', approval: decided('approved', 'basma') })],
  {},
  { pending: '17.500', refundable: '62.500' },
);
const DECLINED = summaryWith([
  requested('failed', {
    ended: 'declined',
    status: 'ended',
    approval: decided('declined', 'basma', { reason: 'Ask the shop' }),
  }),
]);

const open = async (refunds: readonly PaymentRefund[] = [WAITING], permission: object = {}, events = false) => {
  const environment = fakeEnvironment({ summary: summaryWith(refunds, permission), events });
  const ui = await drive(environment);
  await ui.waitForText('Can be refunded');
  return { environment, ui };
};
const openRequest = async (events = false) => {
  const opened = await open([WAITING], {}, events);
  await opened.ui.press('Decide about KWD 12.500');
  return opened;
};
const root = ({ form }: FormDriver) => form.shadowRoot!;
const focused = (ui: FormDriver) => root(ui).activeElement!;
const sent = (environment: FakeEnvironment) => environment.writes().map(({ path, body }) => [path, body]);
/** The proxy carries the approval out, so the payment lists it from now on. */
const approves = (environment: FakeEnvironment) =>
  environment.on(APPROVE, () => {
    environment.on(PAYMENT, { json: APPROVED });
    return { json: uqpayRefund('INITIATED') };
  });

describe('the requests that wait for a second person', () => {
  it('are shown to a user who may approve, above the form', async () => {
    const { ui } = await open();
    expect(ui.text()).to.contain(ASKED);
    expect(ui.buttons()).to.deep.equal(['Decide about KWD 12.500', 'Review refund']);
    expect(ui.field('amount')).not.to.equal(null);
  });

  for (const [whom, refunds, permission] of [
    ['a user who may not approve', [WAITING], { approve: false }],
    ['a user of whom that is not known', [WAITING], { approve: undefined }],
    ['the person who asked', [WAITING], { user: 'amal' }],
    ['anybody once it is decided', APPROVED.refunds, {}],
    ['anybody where it cannot be named', [requested('awaiting_approval', { intent_id: null })], {}],
  ] as const) {
    it(`are not shown to ${whom}`, async () => {
      const { ui } = await open(refunds, permission);
      expect(ui.buttons().filter((name) => /^(?:Decide|Review)/.test(name))).to.deep.equal(['Review refund']);
    });
  }

  it('are shown to a user who may approve and not refund', async () => {
    const { environment, ui } = await open([WAITING], { refund: false });
    expect(ui.buttons()).to.deep.equal(['Decide about KWD 12.500']);
    approves(environment);
    await ui.press('Decide about');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('accepted the refund');
  });

  it('are each named by its amount', async () => {
    const { ui } = await open([WAITING, requested('awaiting_approval', { intent_id: 'i8', amount: '3.000' })]);
    await ui.press('Decide about KWD 3.000');
    expect(ui.buttons()).to.contain('Approve KWD 3.000');
  });
});

it('the button that has the focus becomes that of no other request', async () => {
  const other = requested('awaiting_approval', { intent_id: 'i8', amount: '3.000' });
  const { environment, ui } = await open([WAITING, other]);
  ui.button('Decide about KWD 12.500').focus();
  environment.on(PAYMENT, { json: summaryWith([other]) });
  await ui.form.refresh();
  await waitUntil(() => ui.buttons().filter((name) => name.startsWith('Decide')).length === 1);
  await ui.form.updateComplete;
  expect(focused(ui).id).to.equal('heading');
});

describe('a request under review', () => {
  it('says who asks for how much and why, since when and until when, and takes the focus', async () => {
    const { ui } = await open();
    ui.button('Decide about').focus();
    await ui.press('Decide about');
    expect(ui.heading()).to.equal('Approve this refund?');
    expect(focused(ui).id).to.equal('heading');
    expect(ui.text())
      .to.match(/Asked by\s*amal/)
      .and.to.match(/Reason\s*Returned goods · the blue one/);
    expect(ui.text()).to.contain('Nov 21, 2026').and.to.contain('Nov 22, 2026').and.to.contain('the finance team');
    expect(ui.text()).to.match(/^Approve this refund\? KWD 12\.500/);
    expect(ui.buttons()).to.deep.equal(['Approve KWD 12.500', 'Decline', 'Back']);
    expect(root(ui).querySelectorAll('[part~=primary]')).to.have.length(1);
  });

  it('shows how it is divided over the vendors', async () => {
    const parts = [
      { vendor: 'row-1', label: 'KW91 •••• 3254', amount: '10.000' },
      { vendor: 'row-2', amount: '2.500' },
    ];
    const { ui } = await open([requested('awaiting_approval', { parts })]);
    ui.form.vendorNames = { 'row-2': 'Pearl Foods' };
    await ui.press('Decide about KWD 12.500');
    expect(ui.text()).to.match(/KW91 •••• 3254 KWD 10\.000 ?Pearl Foods ?row-2 KWD 2\.500/);
    expect(ui.text()).to.contain('Each vendor’s UQPAY balance');
  });

  it('is left by Back and by Escape, with what was typed', async () => {
    const { environment, ui } = await open();
    ui.type('amount', '3');
    for (const leave of [
      () => ui.press('Back'),
      () =>
        root(ui)
          .querySelector('section')!
          .dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })),
    ]) {
      await ui.press('Decide about');
      await leave();
      await ui.waitForHeading(/^Refund$/);
      expect(ui.field('amount').value).to.equal('3');
    }
    expect(environment.writes()).to.deep.equal([]);
  });

  it('ends when the payment changes, and shows what changed', async () => {
    const { environment, ui } = await openRequest();
    environment.on(PAYMENT, { json: summaryWith([WAITING], {}, { refunded: '30.000', refundable: '65.000' }) });
    await ui.form.refresh();
    await ui.waitForText('The payment has changed');
    expect(ui.text()).to.contain(ASKED);
    expect(environment.writes()).to.deep.equal([]);
  });
});

describe('the approval of a request', () => {
  it('is sent under the key of the request with the figure that was seen, and shows what became of it', async () => {
    const { environment, ui } = await openRequest();
    approves(environment);
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('UQPAY accepted the refund');
    expect(ui.text()).to.contain('KWD 12.500');
    expect(sent(environment)).to.deep.equal([['/intents/i7/approve', {}]]);
    const { headers } = environment.writes()[0]!;
    expect([headers.get('idempotency-key'), headers.get('x-expected-refundable')]).to.deep.equal([KEY, '75.000']);
    expect(ui.events.map(({ name }) => name)).to.deep.equal(['refund-form-submit', 'refund-form-accepted']);
    expect(JSON.stringify(ui.events)).not.to.match(/amal|basma|blue|7b0e3f8e/);
  });

  describe('of a refund over several vendors', () => {
    const [IBAN, ROW] = ['KW91KFHO0000000000051010173254', 'dmVuZG9yIG51bWJlciAxMQ=='];
    const PARTS = [
      { vendor: ROW, label: 'KW91 •••• 3254', amount: '10.000' },
      { vendor: 'r1', amount: '2.500' },
    ];
    const made = PARTS.map(({ vendor, amount }, index) =>
      requested('pending', { vendor, amount, refund_id: `RF${index}`, status: 'initiated' }),
    );
    const vendorsOf = (ui: FormDriver) =>
      [...root(ui).querySelectorAll('tbody th')].map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim());
    const openDivision = async (
      memory?: Map<string, string>,
      refunds = [requested('awaiting_approval', { parts: PARTS })],
    ) => {
      const environment = fakeEnvironment({ summary: summaryWith(refunds), ...(memory && { memory }) });
      const set = (form: FormDriver['form']) => (form.vendorNames = { [IBAN]: 'Nora' });
      return { environment, ui: await drive(environment, { provider: 'upayments', set }) };
    };

    it('names the vendors by their masked accounts and the page’s names, also after a reload', async () => {
      const memory = new Map<string, string>();
      const { environment, ui } = await openDivision(memory);
      await ui.waitForText('asks to refund');
      environment.on(APPROVE, () => {
        environment.on(PAYMENT, { json: summaryWith(made) });
        return 'drop';
      });
      await ui.press('Decide about');
      await ui.press('Approve KWD 12.500');
      await ui.waitForHeading('What became of each');
      expect(vendorsOf(ui)).to.deep.equal(['NoraKW91 •••• 3254', 'r1']);
      ui.form.remove();
      const later = await openDivision(memory, made);
      await later.ui.waitForHeading('What became of each');
      expect(vendorsOf(later.ui)).to.deep.equal(['NoraKW91 •••• 3254', 'r1']);
    });

    it('names them so, too, when somebody else has approved it', async () => {
      const { environment, ui } = await openDivision();
      await ui.waitForText('asks to refund');
      await ui.press('Decide about');
      environment.on(PAYMENT, { json: summaryWith(made) });
      await ui.form.refresh();
      await ui.waitForHeading('What became of each');
      expect(vendorsOf(ui)).to.deep.equal(['NoraKW91 •••• 3254', 'r1']);
    });

    it('gives a vendor’s number as it came where the account is not known, but no account in full', async () => {
      const memory = new Map<string, string>();
      const by = hashOf('basma');
      const intent = { key: KEY, sentAt: 0, by, amount: '12.500', currency: 'KWD', approves: 'i7' };
      memory.set(RECORD, JSON.stringify({ intent }));
      const refunds = made.map((refund, index) => ({ ...refund, vendor: index ? IBAN : ROW }));
      const { ui } = await openDivision(memory, refunds);
      await ui.waitForHeading('What became of each');
      expect(vendorsOf(ui)).to.deep.equal([ROW, 'NoraKW91 •••• 3254']);
    });
  });

  it('leaves alone what was typed for a refund of one’s own', async () => {
    const { environment, ui } = await open();
    approves(environment);
    ui.type('amount', '7.000');
    await ui.press('Decide about KWD 12.500');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('accepted the refund');
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await waitUntil(() => ui.field('amount')?.value === '7.000', 'expected the typed amount');
  });

  it('is sent, too, while a request of one’s own waits for somebody else', async () => {
    const environment = fakeEnvironment({ summary: summaryWith([WAITING]) });
    const own = (standing: string) => ({
      ...requested(standing, { idempotency_key: 'own', intent_id: 'i8', amount: '20.000' }),
      approval: { ...APPROVAL, asked_by: 'basma' },
    });
    environment.on('POST /v2/payment/refunds', () => {
      const key = environment.writes().at(-1)!.headers.get('idempotency-key')!;
      environment.on(PAYMENT, { json: summaryWith([WAITING, { ...own('awaiting_approval'), idempotency_key: key }]) });
      return problemOf('approval_required', 403, { effect: 'running' });
    });
    const ui = await drive(environment);
    await ui.send('20');
    await ui.waitForHeading('waits for a second person');
    // The payment lists it as waiting: until then, the request may be under way.
    await ui.form.refresh();
    approves(environment);
    await ui.press('Decide about KWD 12.500');
    await ui.press('Approve KWD 12.500');
    await waitUntil(() => environment.writes().some(({ path }) => path === '/intents/i7/approve'));
    await ui.waitForHeading('accepted the refund');
  });

  it('is sent once by a double click, and not by the second click on the button before it', async () => {
    const { environment, ui } = await open();
    approves(environment);
    ui.button('Decide about').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
    await ui.form.updateComplete;
    ui.button('Approve').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 }));
    expect(environment.writes()).to.deep.equal([]);
    ui.button('Approve').click();
    ui.button('Approve').click();
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
  });

  for (const [how, lost] of Object.entries({
    'the connection breaks': 'drop',
    'the provider’s answer was lost': problemOf('outcome_unknown', 504, { effect: 'unknown' }),
    'an answer cannot be read': { text: '<html>' },
  } as const)) {
    it(`locks the form when ${how}, and Check status sends the same approval again`, async () => {
      const { environment, ui } = await openRequest();
      environment.on(APPROVE, lost);
      await ui.press('Approve KWD 12.500');
      await ui.waitForHeading(UNKNOWN);
      expect(ui.text()).to.contain('your approval has not arrived');
      expect(ui.buttons()).to.deep.equal(['Check status, send if not received']);
      expect(ui.events.map(({ name }) => name)).to.deep.equal(['refund-form-submit', 'refund-form-unknown']);
      approves(environment);
      await ui.press('Check status');
      await ui.waitForHeading('accepted the refund');
      await waitUntil(() => environment.requests.at(-1)!.method === 'GET');
      expect(ui.events.filter(({ name }) => name === 'refund-form-accepted')).to.have.length(1);
      expect(sent(environment)).to.deep.equal([
        ['/intents/i7/approve', {}],
        ['/intents/i7/approve', {}],
      ]);
      expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key')))).to.deep.equal(
        new Set([KEY]),
      );
    });
  }

  it('is not sent again when the payment already shows the refund', async () => {
    const { environment, ui } = await openRequest();
    environment.on(APPROVE, 'drop');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading(UNKNOWN);
    environment.on(PAYMENT, { json: APPROVED });
    await ui.press('Check status');
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
  });

  it('stays locked after a reload, and can be sent again from there', async () => {
    const memory = new Map<string, string>();
    const environment = fakeEnvironment({ summary: summaryWith([WAITING]), memory });
    const ui = await drive(environment);
    await waitUntil(() => ui.buttons().length > 1);
    environment.on(APPROVE, 'drop');
    await ui.press('Decide about');
    await ui.press('Approve');
    await ui.waitForHeading(UNKNOWN);
    expect(memory.get(RECORD))
      .to.contain(KEY)
      .and.not.to.match(/amal|basma|blue/);
    ui.form.remove();
    const later = fakeEnvironment({ summary: summaryWith([WAITING]), memory, lastUsedId: 9 });
    approves(later);
    const reloaded = await drive(later);
    await reloaded.waitForHeading(UNKNOWN);
    expect(later.writes()).to.deep.equal([]);
    await reloaded.press('Check status, send if not received');
    await reloaded.waitForHeading('accepted the refund');
    expect(sent(later)).to.deep.equal([['/intents/i7/approve', {}]]);
    expect(memory.get(RECORD) ?? '').not.to.contain('"intent"');
  });

  it('says why it is refused, and the form opens again', async () => {
    const { environment, ui } = await openRequest();
    environment.on(APPROVE, problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000' }));
    await ui.press('Approve KWD 12.500');
    await ui.waitForText('Nothing was refunded');
    expect(ui.text()).to.contain('The figures have changed').and.to.contain(ASKED);
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  it('is asked again for a sign-in when that has ended', async () => {
    const { environment, ui } = await openRequest();
    const signedOut = problemOf('unauthenticated', 401, { effect: 'nothing' });
    environment.on(APPROVE, signedOut);
    environment.on(PAYMENT, signedOut);
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('Your sign-in has ended');
    environment.on(PAYMENT, { json: summaryWith([WAITING]) });
    await ui.press('I have signed in');
    await ui.waitForText(ASKED);
  });

  it('is held back by the page like a refund', async () => {
    const { environment, ui } = await openRequest();
    ui.form.addEventListener('refund-form-before-submit', (event) => event.preventDefault());
    await ui.press('Approve KWD 12.500');
    await ui.form.updateComplete;
    expect(ui.heading()).to.equal('Approve this refund?');
    expect(environment.writes()).to.deep.equal([]);
  });

  it('works in a browser that holds the request as its own, where another person has signed in', async () => {
    const memory = new Map([
      [RECORD, JSON.stringify({ intent: { key: KEY, sentAt: 1, by: 1, amount: '12.500', currency: 'KWD' } })],
    ]);
    const environment = fakeEnvironment({ summary: summaryWith([WAITING]), memory });
    approves(environment);
    const ui = await drive(environment);
    await ui.waitForText(ASKED);
    expect(ui.form.state).to.equal('editing');
    await ui.press('Decide about');
    await ui.press('Back');
    await ui.waitForText(ASKED);
    expect(ui.form.state).to.equal('editing');
    await ui.press('Decide about');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('accepted the refund');
    expect(sent(environment)).to.deep.equal([['/intents/i7/approve', {}]]);
  });
});

describe('two people who decide at once', () => {
  it('see the same refund when the first one approved: by live status', async () => {
    const { environment, ui } = await openRequest(true);
    await waitUntil(() => environment.listeners.has('PI1'));
    const { permission: _, ...event } = APPROVED;
    environment.listeners.get('PI1')!(event as PaymentSummary);
    await ui.waitForHeading('UQPAY accepted the refund');
    expect(environment.writes()).to.deep.equal([]);
  });

  it('see the same refund when the first one approved: by the answer', async () => {
    const { environment, ui } = await openRequest();
    environment.on(APPROVE, () => {
      environment.on(PAYMENT, { json: APPROVED });
      return problemOf('invalid_request', 400, { effect: 'unknown', detail: 'does not wait for approval any more' });
    });
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('UQPAY accepted the refund');
  });

  it('read who declined and why when the first one declined', async () => {
    const { environment, ui } = await openRequest();
    environment.on(APPROVE, () => {
      environment.on(PAYMENT, { json: DECLINED });
      return problemOf('invalid_request', 400, { effect: 'nothing', detail: 'does not wait for approval any more' });
    });
    await ui.press('Approve KWD 12.500');
    await ui.waitForText('It was declined, and nothing was sent.');
    expect(ui.text()).to.contain('basma says:').and.to.contain('Ask the shop');
    expect(ui.text()).not.to.contain('any more');
    expect(environment.memory.has(RECORD)).to.equal(false);
  });

  it('are not alarmed while the first approval is being sent', async () => {
    const { environment, ui } = await openRequest();
    const sending = requested('unknown', { state: 'sending', approval: decided('approved', 'basma') });
    environment.on(PAYMENT, { json: summaryWith([sending], {}, { pending: '17.500', refundable: '62.500' }) });
    await ui.form.refresh();
    await ui.form.updateComplete;
    expect(ui.heading()).to.equal('Approve this refund?');
    environment.on(PAYMENT, { json: APPROVED });
    await ui.form.refresh();
    await ui.waitForHeading('UQPAY accepted the refund');
  });

  it('are never offered another refund while the answer to the first approval is lost', async () => {
    const { environment, ui } = await openRequest();
    environment.on(PAYMENT, { json: summaryWith([requested('unknown')], {}, { pending: '17.500' }) });
    await ui.form.refresh();
    await ui.waitForHeading(UNKNOWN);
    // It was sent for the person who asked: whoever approves can only look.
    expect(ui.buttons()).to.deep.equal(['Check status']);
  });
});

describe('an approval that finds somebody else signed in', () => {
  it('says so, tells the page that nothing was sent, and can be given again', async () => {
    const { environment, ui } = await openRequest();
    environment.on(APPROVE, () => {
      environment.on(PAYMENT, { json: summaryWith([WAITING], { user: 'carol' }) });
      return problemOf('user_changed', 412, { effect: 'nothing' });
    });
    await ui.press('Approve KWD 12.500');
    await ui.waitForText('Somebody else has signed in');
    expect(ui.events.map(({ name }) => name)).to.deep.equal(['refund-form-submit', 'refund-form-refused']);
    expect(environment.memory.size).to.equal(0);
    environment.on(APPROVE, () => {
      environment.on(PAYMENT, { json: { ...APPROVED, permission: { user: 'carol', approve: true } } });
      return { json: uqpayRefund('INITIATED') };
    });
    // Until the payment was read again, it is that of the one before.
    await ui.form.refresh();
    await ui.press('Decide about');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading('accepted the refund');
  });
});

describe('declining a request', () => {
  const decline = async (ui: FormDriver, reason: string) => {
    await ui.press('Decline');
    ui.field('words').value = reason;
    await ui.press('Decline KWD 12.500');
  };

  it('needs a reason, sends it, and shows what the payment says', async () => {
    const { environment, ui } = await openRequest();
    environment.on(DECLINE, () => {
      environment.on(PAYMENT, { json: DECLINED });
      return { json: { id: 'i7', state: 'failed' } };
    });
    ui.button('Decline').focus();
    await ui.press('Decline');
    expect(focused(ui).id).to.equal('words');
    expect(ui.field('words').getAttribute('aria-invalid')).to.equal('false');
    await ui.press('Decline KWD 12.500');
    await ui.waitForText('Write at least three characters');
    expect(focused(ui).id).to.equal('words');
    expect(ui.field('words').getAttribute('aria-invalid')).to.equal('true');
    // What is wrong belongs to the field, because the second time the alert has the same text.
    expect(root(ui).getElementById(ui.field('words').getAttribute('aria-describedby')!)?.textContent).to.contain(
      'Write at least three characters',
    );
    ui.field('words').value = ' Ask the shop ';
    await ui.press('Decline KWD 12.500');
    await ui.waitForText('It was declined, and nothing was sent.');
    expect(sent(environment)).to.deep.equal([['/intents/i7/decline', { reason: 'Ask the shop' }]]);
    expect(ui.heading()).to.equal('Refund');
    // The payment is drawn first, and the page is told then.
    await waitUntil(() => ui.events.some(({ name }) => name === 'refund-form-declined'));
    const told = ui.events.filter(({ name }) => name === 'refund-form-declined');
    expect(told.map(({ detail }) => detail)).to.deep.equal([{ paymentId: 'PI1', amount: '12.500', currency: 'KWD' }]);
    expect(JSON.stringify(ui.events)).not.to.contain('Ask the shop');
    expect([...environment.memory.values()].join()).not.to.contain('Ask the shop');
  });

  it('keeps its words when Escape ends a composition, or is pressed by habit; empty, it is closed', async () => {
    const { ui } = await openRequest();
    await ui.press('Decline');
    const escape = async (isComposing: boolean) => {
      const event = new KeyboardEvent('keydown', {
        key: 'Escape',
        isComposing,
        bubbles: true,
        cancelable: true,
        composed: true,
      });
      ui.field('words').dispatchEvent(event);
      await ui.form.updateComplete;
      return event.defaultPrevented;
    };
    expect(await escape(true)).to.equal(false);
    ui.field('words').value = 'Ask the shop';
    for (const isComposing of [true, false]) {
      expect(await escape(isComposing)).to.equal(false);
      expect(ui.field('words').value).to.equal('Ask the shop');
    }
    ui.field('words').value = '';
    expect(await escape(false)).to.equal(true);
    expect(ui.buttons()).to.contain('Decline');
  });

  for (const reply of ['drop', { text: '<html>' }, problemOf('forbidden', 403)] as const) {
    it(`says that it was not recorded, keeps the words, and can be tried again: ${JSON.stringify(reply)}`, async () => {
      const { environment, ui } = await openRequest();
      environment.on(DECLINE, reply);
      await decline(ui, 'Ask the shop');
      await ui.waitForText('As far as is known, this was not recorded');
      expect(ui.field('words').value).to.equal('Ask the shop');
      expect(ui.heading()).to.equal('Approve this refund?');
      expect(environment.memory.has(RECORD)).to.equal(false);
      environment.on(DECLINE, () => {
        environment.on(PAYMENT, { json: DECLINED });
        return { json: {} };
      });
      await ui.press('Decline KWD 12.500');
      await ui.waitForText('It was declined');
    });
  }

  it('keeps its words when the sign-in ends meanwhile, and says so', async () => {
    const { environment, ui } = await openRequest();
    await ui.press('Decline');
    ui.field('words').value = 'Ask the shop';
    const signedOut = problemOf('unauthenticated', 401, { effect: 'nothing' });
    environment.on(PAYMENT, signedOut);
    environment.on(DECLINE, signedOut);
    await ui.form.refresh();
    await ui.press('Decline KWD 12.500');
    await ui.waitForText('Your sign-in has ended');
    expect([ui.heading(), ui.field('words').value]).to.deep.equal(['Approve this refund?', 'Ask the shop']);
    environment.on(DECLINE, () => {
      environment.on(PAYMENT, { json: DECLINED });
      return { json: {} };
    });
    await ui.press('Decline KWD 12.500');
    await ui.waitForText('It was declined');
  });

  it('is never said with the words of whoever was signed in before, who finds them again', async () => {
    const { environment, ui } = await openRequest();
    await ui.press('Decline');
    ui.type('words', 'Ask the shop');
    // In another tab somebody else signs in, and this page reads it.
    const { permission } = DECLINED;
    environment.on(PAYMENT, { json: { ...summaryWith([WAITING]), permission: { ...permission, user: 'cat' } } });
    await ui.form.refresh();
    await ui.waitForText('Somebody else has signed in. What others typed is not shown.');
    await ui.press('Decide about KWD 12.500');
    await ui.press('Decline');
    expect(ui.field('words').value).to.equal('');
    environment.on(PAYMENT, { json: { ...summaryWith([WAITING]), permission } });
    await ui.form.refresh();
    await ui.press('Decide about KWD 12.500');
    await ui.press('Decline');
    expect(ui.field('words').value).to.equal('Ask the shop');
    expect(sent(environment)).to.have.length(0);
  });

  it('is taken back by Back and by Escape, to the same request, with the focus on Decline', async () => {
    const { environment, ui } = await openRequest();
    for (const leave of [
      () => ui.press('Back'),
      () =>
        root(ui)
          .querySelector('section')!
          .dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })),
    ]) {
      ui.button('Decline').focus();
      await ui.press('Decline');
      await leave();
      await ui.form.updateComplete;
      expect(ui.buttons()).to.deep.equal(['Approve KWD 12.500', 'Decline', 'Back']);
      expect(focused(ui).textContent).to.contain('Decline');
    }
    expect(environment.writes()).to.deep.equal([]);
  });

  it('keeps its words when a colleague refunds something else meanwhile', async () => {
    const { environment, ui } = await openRequest();
    await ui.press('Decline');
    ui.field('words').value = 'Ask the shop';
    environment.on(PAYMENT, { json: summaryWith([WAITING], {}, { refunded: '25.000', refundable: '70.000' }) });
    await ui.form.refresh();
    expect([ui.heading(), ui.field('words').value]).to.deep.equal(['Approve this refund?', 'Ask the shop']);
    await ui.press('Back');
    await ui.form.refresh();
    await ui.waitForText('The payment has changed');
  });

  it('cannot be taken back while it is being sent, and its failure is told', async () => {
    const { environment, ui } = await openRequest();
    let answer!: (reply: ReturnType<typeof problemOf>) => void;
    environment.on(DECLINE, () => new Promise((resolve) => (answer = resolve)));
    await decline(ui, 'Ask the shop');
    await waitUntil(() => sent(environment).length === 1);
    await ui.press('Back');
    root(ui)
      .querySelector('section')!
      .dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    await ui.form.updateComplete;
    expect(ui.buttons()).not.to.include('Approve KWD 12.500');
    answer(problemOf('ledger_unavailable', 503));
    await ui.waitForText('As far as is known, this was not recorded');
    expect(ui.field('words').value).to.equal('Ask the shop');
  });

  it('shows the refund when somebody has approved it meanwhile', async () => {
    const { environment, ui } = await openRequest();
    environment.on(DECLINE, () => {
      environment.on(PAYMENT, { json: APPROVED });
      return problemOf('invalid_request', 400, { effect: 'unknown' });
    });
    await decline(ui, 'Ask the shop');
    await ui.waitForHeading('UQPAY accepted the refund');
  });
});

describe('a person whose own request waits, too', () => {
  const CREATE = 'POST /v2/payment/refunds';
  const OWN = 'This refund waits for a second person';
  /** Basma has asked for 20.000, and Amal for 12.500. */
  const openBoth = async () => {
    const environment = fakeEnvironment({ summary: summaryWith([WAITING], { approval_above: '10.000' }) });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const ui = await drive(environment);
    await ui.waitForText('Can be refunded');
    await ui.review('20.000');
    await ui.press('Ask for approval');
    await ui.waitForHeading(OWN);
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    /** How the payment lists both from now on. */
    const list = (own: Partial<PaymentRefund>, other: PaymentRefund = WAITING, permission: object = {}) => {
      const mine = { idempotency_key: key, intent_id: 'i9', amount: '20.000', status: '', ...own };
      const json = summaryWith([other, mine as PaymentRefund], { approval_above: '10.000', ...permission });
      environment.on(PAYMENT, { json });
      return ui.form.refresh();
    };
    await list({ standing: 'awaiting_approval', approval: { ...APPROVAL, asked_by: 'basma' } });
    await ui.press('Decide about KWD 12.500');
    return { environment, ui, list };
  };

  it('is led back to the own request, and follows it until it is made', async () => {
    const { environment, ui, list } = await openBoth();
    await ui.press('Back');
    await ui.waitForHeading(OWN);
    expect(ui.text()).to.contain('KWD 20.000');
    await ui.press('Decide about KWD 12.500');
    environment.on(DECLINE, () => {
      void list({ standing: 'awaiting_approval' }, DECLINED.refunds[0]);
      return { json: { id: 'i7', state: 'failed' } };
    });
    await ui.press('Decline');
    ui.field('words').value = 'Ask the shop';
    await ui.press('Decline KWD 12.500');
    await ui.waitForHeading(OWN);
    await list({ standing: 'pending', refund_id: 'RF9', status: 'INITIATED' }, DECLINED.refunds[0]);
    await ui.waitForHeading('accepted the refund');
    const accepted = ui.events.filter(({ name }) => name === 'refund-form-accepted');
    expect(accepted.map(({ detail }) => (detail as { amount: string }).amount)).to.deep.equal(['20.000']);
  });

  it('sends an approval again whose answer was lost, and keeps the own request', async () => {
    const { environment, ui } = await openBoth();
    environment.on(APPROVE, 'drop');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status, send if not received');
    await waitUntil(() => environment.requests.filter(({ path }) => path.endsWith('/approve')).length === 2);
    await ui.waitForText('KWD 12.500');
    expect(ui.heading()).to.contain(UNKNOWN);
    const record = [...environment.memory.values()].join();
    expect(record).to.contain('20.000').and.not.to.contain('approves');
  });

  it('settles by hand what a colleague has asked for and this person has approved', async () => {
    const { environment, ui, list } = await openBoth();
    environment.on(APPROVE, 'drop');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading(UNKNOWN);
    await list({ standing: 'awaiting_approval' }, requested('unknown'), { resolve: true });
    await ui.press('Check status');
    await ui.waitForText('UQPAY told me what happened');
  });

  it('is led back at once, before the payment has been read again', async () => {
    const { environment, ui } = await openBoth();
    environment.on(PAYMENT, 'hang');
    await ui.press('Back');
    expect(ui.form.state).to.equal('awaiting_approval');
    expect(ui.buttons()).to.contain('Take the request back');
  });

  it('comes back to it after somebody else has signed in here', async () => {
    const { environment, ui, list } = await openBoth();
    environment.on(PAYMENT, { json: summaryWith([WAITING], { user: 'cat' }) });
    await ui.form.refresh();
    await ui.form.refresh();
    await list({ standing: 'pending', refund_id: 'RF9', status: 'INITIATED' });
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
  });
});

describe('a decision that came too late', () => {
  const OVERRULED = 'It is settled by now. What you did was not recorded.';
  const EXPIRED = summaryWith([requested('failed', { ended: 'expired', approval: { ...APPROVAL, until: null } })]);

  for (const [what, later] of [
    ['was approved', APPROVED],
    ['has expired', EXPIRED],
  ] as const) {
    it(`is said not to be recorded when the request ${what} while it was written`, async () => {
      const { environment, ui } = await openRequest();
      await ui.press('Decline');
      ui.field('words').value = 'Ask the shop';
      environment.on(PAYMENT, { json: later });
      await ui.form.refresh();
      await ui.waitForText(OVERRULED);
    });
  }

  it('is not said to be settled while nobody knows what became of the request', async () => {
    const { environment, ui } = await openRequest();
    await ui.press('Decline');
    ui.field('words').value = 'Ask the shop';
    environment.on(PAYMENT, { json: summaryWith([requested('unknown')]) });
    await ui.form.refresh();
    await ui.waitForHeading(UNKNOWN);
    expect(ui.text()).not.to.contain('It is settled by now').and.not.to.contain('Another tab');
  });

  it('loses its words by a reset', async () => {
    const { ui } = await openRequest();
    await ui.press('Decline');
    ui.type('words', 'Ask the shop');
    ui.form.reset();
    await ui.form.updateComplete;
    expect(root(ui).querySelector<HTMLTextAreaElement>('#words')?.value ?? '').to.equal('');
  });

  it('leaves its words out of what is said of the refund once it was approved instead', async () => {
    const { environment, ui } = await openRequest();
    environment.on(APPROVE, 'drop');
    await ui.press('Decline');
    ui.type('words', 'Ask the shop');
    await ui.press('Back');
    await ui.press('Approve');
    await ui.waitForHeading(UNKNOWN);
    environment.on(PAYMENT, { json: summaryWith([requested('unknown')]) });
    await ui.press('Check status');
    await ui.waitForText('told me what happened');
    expect(ui.field('words').value).to.equal('');
  });

  it('is told to the page also when its answer is lost, and the payment has it', async () => {
    const { environment, ui } = await openRequest();
    environment.on(DECLINE, () => {
      environment.on(PAYMENT, { json: DECLINED });
      return 'drop';
    });
    await ui.press('Decline');
    ui.field('words').value = 'Ask the shop';
    await ui.press('Decline KWD 12.500');
    await ui.waitForText('It was declined, and nothing was sent.');
    await waitUntil(() => ui.events.some(({ name }) => name === 'refund-form-declined'));
    expect(ui.events.filter(({ name }) => name === 'refund-form-declined')).to.have.length(1);
  });

  it('is said not to be recorded when a colleague has approved it before it came', async () => {
    const { environment, ui } = await openRequest();
    environment.on(DECLINE, () => {
      environment.on(PAYMENT, { json: APPROVED });
      return problemOf('invalid_request', 400, { effect: 'unknown' });
    });
    await ui.press('Decline');
    ui.field('words').value = 'Ask the shop';
    await ui.press('Decline KWD 12.500');
    await ui.waitForHeading('accepted the refund');
    await ui.waitForText(OVERRULED);
  });
});

describe('the second person’s view', () => {
  it('has no accessibility violation in any of its steps', async () => {
    const check = async ({ form }: FormDriver) => {
      const { violations } = await axe.run(form, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).to.deep.equal([]);
    };
    const { environment, ui } = await open([WAITING], { refund: false });
    await check(ui);
    await ui.press('Decide about');
    await check(ui);
    await ui.press('Decline');
    await ui.press('Decline KWD 12.500');
    await check(ui);
    environment.on(APPROVE, 'drop');
    await ui.press('Back');
    await ui.press('Approve');
    await ui.waitForHeading(UNKNOWN);
    environment.on(PAYMENT, { json: summaryWith([requested('unknown')]) });
    await ui.press('Check status');
    await ui.waitForText('told me what happened');
    root(ui).querySelector('details')!.open = true;
    await ui.press('Record this');
    await check(ui);
  });
});
