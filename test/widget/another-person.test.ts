import { expect } from '@open-wc/testing';

import type { PaymentRefund } from '../../contract/payment.ts';
import { drive, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  SUMMARY,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
} from './fake-environment.ts';
import { say } from './support/settlement.ts';
import { waitUntil } from './support/wait-until.ts';

const PAYMENT = 'GET /payments/*';
const CREATE = 'POST /v2/payment/refunds';
const UNKNOWN = 'Do not refund again';

const root = ({ form }: FormDriver) => form.shadowRoot!;
const payment = (user: string, refunds: readonly PaymentRefund[] = [], permission: object = {}, more: object = {}) => ({
  ...SUMMARY,
  permission: { user, resolve: true, ...permission },
  refunds,
  ...more,
});
const listed = (standing: string, more: Partial<PaymentRefund> = {}): PaymentRefund => ({
  idempotency_key: 'key-1',
  intent_id: 'i1',
  state: standing,
  amount: '12.500',
  status: '',
  standing,
  requested_by: 'amal',
  ...more,
});

/** The browser as the next person finds it: the same storage, another page. */
const nextPerson = (environment: FakeEnvironment, summary: unknown) =>
  fakeEnvironment({ summary, memory: environment.memory, lastUsedId: 10 });

describe('a refund whose answer was lost, and somebody else who has signed in since', () => {
  it('stays locked and is looked for, and is not sent in the name of the other person', async () => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    expect(ui.buttons()).to.include('Check status, send if not received');
    expect([...environment.memory.values()].join()).not.to.contain('amal');

    const later = nextPerson(environment, payment('basma'));
    const other = await drive(later);
    await other.waitForHeading(UNKNOWN);
    await waitUntil(() => other.buttons().includes('Check status'));
    await other.press('Check status');
    await other.waitForText('still not known');
    expect(later.writes()).to.have.length(0);
    // Nobody keeps a record of it, so the other person may know what happened.
    expect(other.buttons()).to.include('Unlock the form');
  });

  for (const [what, refused] of [
    ['cannot be read', { status: 502, text: '' }],
    ['is read too often', problemOf('rate_limited', 429, { effect: 'nothing' })],
    ['gets no answer', 'drop'],
  ] as const) {
    it(`is not sent in the name of the other person while the payment ${what}`, async () => {
      const environment = fakeEnvironment({ summary: payment('amal') });
      environment.on(CREATE, 'drop');
      const ui = await drive(environment);
      await ui.send();
      await ui.waitForHeading(UNKNOWN);
      await waitUntil(() => ui.buttons().includes('Check status, send if not received'));
      // Somebody else signs in, and this page does not know it yet.
      environment.on(PAYMENT, refused);
      await ui.press('Check status, send if not received');
      await ui.waitForText(/still not known|got no answer/);
      expect(environment.writes()).to.have.length(1);

      const later = nextPerson(environment, payment('basma'));
      later.on(PAYMENT, refused);
      const other = await drive(later);
      await other.waitForHeading(UNKNOWN);
      await other.press('Check status');
      await other.waitForText(/still not known|got no answer/);
      expect(later.writes()).to.have.length(0);
    });
  }

  for (const [user, count] of [
    ['amal', 1],
    ['basma', 0],
  ] as const) {
    it(`is sent ${count} times while the payment cannot be read, and the refund service says that it is ${user}`, async () => {
      const environment = fakeEnvironment({ summary: payment('amal') });
      environment.on(CREATE, 'drop');
      await (await drive(environment)).send();
      await waitUntil(() => environment.writes().length === 1);
      const later = nextPerson(environment, payment(user));
      later.on(PAYMENT, problemOf('provider_unreachable', 502, { effect: 'nothing', user }));
      later.on(CREATE, { json: uqpayRefund('INITIATED') });
      const ui = await drive(later);
      await ui.press(count ? 'Check status, send if not received' : 'Check status');
      await (count ? ui.waitForHeading('UQPAY accepted the refund') : ui.waitForText('still not known'));
      expect(later.writes()).to.have.length(count);
    });
  }

  it('is sent again by the person who has sent it', async () => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    environment.on(CREATE, 'drop');
    await (await drive(environment)).send();
    await waitUntil(() => environment.writes().length === 1);
    const later = nextPerson(environment, payment('amal'));
    later.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(later);
    await ui.press('Check status, send if not received');
    await ui.waitForHeading('UQPAY accepted the refund');
    expect(later.writes()[0]!.headers.get('idempotency-key')).to.equal(
      environment.writes()[0]!.headers.get('idempotency-key'),
    );
  });
});

describe('a person who signs in while another one’s refund is under way in the same browser', () => {
  it('reviews nothing that the other person has reviewed', async () => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    const ui = await drive(environment);
    await ui.review();
    environment.on(PAYMENT, { json: payment('basma') });
    await ui.form.refresh();
    expect(ui.form.state).to.equal('editing');
    expect(ui.field('amount').value).to.equal('');
  });

  it('sends nothing that the other person has reviewed: it says to the proxy who has', async () => {
    const environment = fakeEnvironment({ summary: payment('أمل') });
    // In another tab somebody else has signed in.
    environment.on(CREATE, () => {
      environment.on(PAYMENT, { json: payment('basma') });
      return problemOf('user_changed', 412, { effect: 'nothing' });
    });
    const ui = await drive(environment);
    await ui.send();
    await waitUntil(() => ui.form.state === 'editing' && ui.field('amount').value === '');
    expect(ui.text()).to.contain('Somebody else has signed in. What others typed is not shown.');
    expect([...environment.memory]).to.deep.equal([]);
    // Before that, the proxy refuses what is sent in the name of the other one again.
    await ui.form.refresh();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    await ui.send();
    await ui.waitForHeading('UQPAY accepted the refund');
    const expected = environment.writes().map(({ headers }) => decodeURIComponent(headers.get('x-expected-user')!));
    expect(expected).to.deep.equal(['أمل', 'basma']);
  });

  it('is known where the page gave the payment without a user, too', async () => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    environment.on(CREATE, 'drop');
    const set = (form: HTMLElement & { payment?: unknown }) => void (form.payment = SUMMARY);
    const ui = await drive(environment, { set });
    environment.on(CREATE, () => {
      // Whoever signs in while it is sent has not sent it.
      environment.on(PAYMENT, { json: payment('basma') });
      return 'drop';
    });
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status');
    await ui.waitForText('still not known');
    expect(environment.writes()).to.have.length(1);
    const other = await drive(nextPerson(environment, payment('basma')), { set });
    await other.waitForHeading(UNKNOWN);
    await waitUntil(() => other.buttons().includes('Check status'));
  });

  it('reviews nothing that the other person has reviewed, also when the page let that one sign in before the send', async () => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    const ui = await drive(environment);
    ui.form.addEventListener('refund-form-before-submit', ({ detail }) => {
      environment.on(PAYMENT, { json: payment('basma') });
      detail.waitUntil(Promise.resolve());
    });
    await ui.review();
    await ui.press(/^Refund /);
    await waitUntil(() => ui.form.state === 'editing');
    expect(environment.writes()).to.have.length(0);
    expect(ui.field('amount').value).to.equal('');
  });

  describe('where the page gave the payment', () => {
    const set = (form: HTMLElement & { payment?: unknown }) => void (form.payment = SUMMARY);

    for (const [what, reply] of [
      ['gets no answer', 'drop'],
      ['is refused for a moment', problemOf('rate_limited', 429, { effect: 'nothing' })],
      ['brings a page', { status: 502, text: '<h1>Bad gateway</h1>' }],
      ['is redirected to a sign-in', { status: 302, text: '' }],
      ['asks for a sign-in', problemOf('unauthenticated', 401, { effect: 'nothing' })],
    ] as const) {
      it(`sends nothing when the read that tells who this is ${what}, and keeps what is typed`, async () => {
        const environment = fakeEnvironment({ summary: payment('amal') });
        environment.on(PAYMENT, reply);
        const ui = await drive(environment, { set });
        await ui.send();
        await ui.waitForText('Nothing was refunded');
        expect(ui.text()).to.match(/no money moved|nothing was sent|refused this refund|Too many requests/);
        expect(ui.field('amount').value).to.equal('12.500');
        expect(environment.writes()).to.have.length(0);
        // As often as it is tried.
        await ui.press('Review refund');
        await ui.press(/^Refund /);
        await waitUntil(() => ui.form.state === 'editing');
        expect(environment.writes()).to.have.length(0);
        environment.on(PAYMENT, { json: payment('amal') });
        environment.on(CREATE, { json: uqpayRefund('INITIATED') });
        await ui.press('Review refund');
        await ui.press(/^Refund /);
        await ui.waitForHeading('UQPAY accepted the refund');
        expect(environment.writes()).to.have.length(1);
      });
    }

    it('sends once, however often the button is pressed during that read, and nothing when it tells of another person', async () => {
      for (const [user, count] of [
        ['amal', 1],
        ['basma', 0],
      ] as const) {
        const environment = fakeEnvironment({ summary: payment('amal') });
        let answer!: () => void;
        const held = new Promise<void>((resolve) => (answer = resolve));
        environment.on(PAYMENT, async () => {
          await held;
          return { json: payment(user, [], {}, count ? {} : { refundable: '70.000' }) };
        });
        environment.on(CREATE, { json: uqpayRefund('INITIATED') });
        const ui = await drive(environment, { set });
        let asked = 0;
        ui.form.addEventListener('refund-form-before-submit', () => (asked += 1));
        await ui.send();
        expect(ui.button(/^Refund /).getAttribute('aria-busy')).to.equal('true');
        await ui.press(/^Refund /);
        await ui.press(/^Refund /);
        expect(environment.writes()).to.have.length(0);
        answer();
        await waitUntil(() => ui.form.state !== 'review');
        await waitUntil(() => ui.form.state !== 'sending');
        expect(environment.writes()).to.have.length(count);
        expect(asked).to.equal(1);
      }
    });

    it('knows who has sent it, and can send it again, also when the refund service did not describe itself at first', async () => {
      const environment = fakeEnvironment({ summary: payment('amal') });
      environment.on('GET /', [
        { status: 502, text: '' },
        { json: { name: 'refund-form-proxy', provider: 'uqpay', deduplicates: true } },
      ]);
      environment.on(CREATE, 'drop');
      const ui = await drive(environment, { set });
      await ui.send();
      await ui.waitForHeading(UNKNOWN);
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      await ui.press('Check status, send if not received');
      await ui.waitForHeading('UQPAY accepted the refund');
      const [first, second] = environment.writes();
      expect(first!.headers.get('idempotency-key')).to.equal(second!.headers.get('idempotency-key'));
    });

    for (const [what, reply] of [
      ['a page that was not found', { status: 404, text: '<h1>Not found</h1>' }],
      ['a page', { status: 200, text: '<h1>Back soon</h1>' }],
    ] as const) {
      it(`knows who has sent it also when ${what} came in place of the description at first`, async () => {
        const environment = fakeEnvironment({ summary: payment('amal') });
        environment.on('GET /', [
          reply,
          { json: { name: 'refund-form-proxy', provider: 'uqpay', deduplicates: true } },
        ]);
        environment.on(CREATE, 'drop');
        const ui = await drive(environment, { set });
        await ui.send();
        await ui.waitForHeading(UNKNOWN);
        await waitUntil(() => ui.buttons().includes('Check status, send if not received'));
      });
    }

    it('sends nothing once the sign-in has ended, though its page comes in place of the description', async () => {
      const environment = fakeEnvironment({ summary: payment('amal') });
      const ui = await drive(environment, { set });
      await ui.review();
      // The sign-in ends only after the service has described itself.
      await waitUntil(() => environment.requests.some(({ path }) => path === '/'));
      environment.on(PAYMENT, { status: 302, text: '' });
      environment.on('GET /', { status: 200, text: '<h1>Sign in</h1>' });
      await ui.press(/^Refund /);
      await ui.waitForText('Your sign-in has ended, and nothing was sent');
      expect(environment.writes()).to.have.length(0);
    });

    it('sends at once to a proxy that has neither a description nor payments', async () => {
      const environment = fakeEnvironment();
      environment.on('GET /', { status: 404, text: '<h1>Not found</h1>' });
      environment.on(PAYMENT, { status: 404, text: '<h1>Not found</h1>' });
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      const ui = await drive(environment, { set });
      await ui.send();
      await ui.waitForHeading('UQPAY accepted the refund');
      expect(environment.writes()).to.have.length(1);
    });

    it('ends no review because the refund service tells what the page did not', async () => {
      const told = { payment_attempt_id: 'PA1', not_refundable: null, permission: { user: 'amal', refund: true } };
      const environment = fakeEnvironment({ summary: { ...SUMMARY, ...told } });
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      const ui = await drive(environment, { set });
      await ui.send();
      await ui.waitForHeading('UQPAY accepted the refund');
    });
  });

  describe('whose cancel had no answer', () => {
    const pending = {
      ...listed('pending', { refund_id: 'longHsUD' }),
      status: 'initiated',
      references: { orderId: 'longHsUD', refundOrderId: 'HsUD' },
    };
    const DELETE = 'POST /delete-refund';
    const cancels = (environment: FakeEnvironment) =>
      environment.writes().filter(({ path }) => path === '/delete-refund');
    const lose = async () => {
      const environment = fakeEnvironment({ summary: payment('amal', [pending]) });
      environment.on(DELETE, 'drop');
      const ui = await drive(environment, { provider: 'upayments' });
      await ui.waitForText('Refunds of this payment');
      await ui.press('Cancel refund');
      await ui.press('Cancel KWD');
      await ui.press('Check status, send if not received');
      await waitUntil(() => cancels(environment).length === 2);
      return { environment, ui };
    };

    it('cancels nothing in that one’s name', async () => {
      const { environment, ui } = await lose();
      await waitUntil(() => ui.buttons().some((name) => name.startsWith('Check status,')));
      environment.on(PAYMENT, { json: payment('basma', [pending], { cancel: false }) });
      await ui.press('Check status, send if not received');
      await waitUntil(() => !ui.buttons().some((name) => name.startsWith('Check status,')));
      await ui.press('Check status');
      await ui.form.refresh();
      expect(cancels(environment)).to.have.length(2);
    });

    it('is sent for whoever was asked', async () => {
      const environment = fakeEnvironment({ summary: payment('amal', [pending]) });
      environment.on(DELETE, problemOf('user_changed', 412, { effect: 'nothing' }));
      const ui = await drive(environment, { provider: 'upayments' });
      await ui.press('Cancel refund');
      environment.on(PAYMENT, { json: payment('basma', [pending]) });
      await ui.form.refresh();
      await ui.press('Cancel KWD');
      await ui.waitForText('was not cancelled');
      expect(cancels(environment).map(({ headers }) => headers.get('x-expected-user'))).to.deep.equal(['amal']);
    });

    it('is not sent while nobody can say who asks, and can be confirmed later', async () => {
      const given = payment('amal', [pending], {}, { permission: undefined });
      const environment = fakeEnvironment({ summary: payment('amal', [pending]) });
      environment.on(PAYMENT, { status: 502, text: '' });
      environment.on(DELETE, { status: 201, json: { status: true, message: 'Deleted', data: null } });
      const ui = await drive(environment, {
        provider: 'upayments',
        set: (form) => void (form.payment = { ...given, payment_id: 'PI1' } as never),
      });
      await ui.press('Cancel refund');
      await ui.press('Cancel KWD');
      await ui.waitForText('was not cancelled');
      expect(cancels(environment)).to.have.length(0);
      environment.on(PAYMENT, { json: payment('amal', [pending]) });
      await ui.press('Cancel refund');
      await ui.press('Cancel KWD');
      await waitUntil(() => cancels(environment).length === 1);
    });

    it('cancels nothing that a colleague has asked for', async () => {
      const cancel = {
        idempotency_key: 'k9',
        intent_id: 'i9',
        state: 'unknown',
        standing: 'unknown',
        refund_id: 'longHsUD',
        requested_by: 'amal',
      };
      const environment = fakeEnvironment({ summary: payment('basma', [pending], {}, { cancels: [cancel] }) });
      const ui = await drive(environment, { provider: 'upayments' });
      await ui.waitForText('We don’t know yet whether the cancellation');
      await ui.press('Check status');
      await waitUntil(() => environment.requests.some(({ path }) => path.startsWith('/check-refund-status')));
      expect(environment.writes()).to.have.length(0);
    });
  });

  const FIRST = 'POST /create-refund';
  /** The first person asks for a first step above the limit. */
  const askFirst = async () => {
    const environment = fakeEnvironment({ summary: payment('amal', [], { approval_above: '1.000' }) });
    environment.on(FIRST, problemOf('approval_required', 403, { effect: 'running' }));
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.review();
    await ui.press(/^Ask for approval/);
    await ui.waitForHeading('waits for a second person');
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key');
    return { environment, ui, idempotency_key };
  };
  const opened = listed('failed', { ended: 'vendors_opened', status: 'vendors_opened', state: 'succeeded' });

  it('does not open the division that the other person has asked for', async () => {
    const { environment, idempotency_key } = await askFirst();
    const later = nextPerson(environment, payment('basma', [{ ...opened, idempotency_key }]));
    later.on(FIRST, VENDORS_OPENED_REPLY);
    const other = await drive(later, { provider: 'upayments' });
    await waitUntil(() => other.form.state === 'editing');
    await other.form.refresh();
    expect(later.writes()).to.have.length(0);

    const again = nextPerson(environment, payment('amal', [{ ...opened, idempotency_key }]));
    again.on(FIRST, VENDORS_OPENED_REPLY);
    await (await drive(again, { provider: 'upayments' })).waitForHeading('Divide');
    expect(again.writes()[0]!.headers.get('idempotency-key')).to.equal(idempotency_key);
  });

  for (const [what, row] of [
    ['only opened a division', opened],
    ['waits for a second person', listed('awaiting_approval')],
  ] as const) {
    it(`refunds under a name and a key of his own, while the other one’s request ${what}`, async () => {
      const { environment, idempotency_key } = await askFirst();
      const refunds = [{ ...row, idempotency_key }];
      const later = nextPerson(environment, payment('basma', refunds));
      later.on(FIRST, 'drop');
      const other = await drive(later, { provider: 'upayments' });
      await waitUntil(() => other.form.state === 'editing');
      // The page is shown again, or another form of it has written.
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      await other.form.refresh();
      expect(other.form.state).to.equal('editing');
      await other.send();
      await other.waitForHeading(UNKNOWN);
      const sent = later.writes()[0]!.headers.get('idempotency-key');
      expect(sent).not.to.equal(idempotency_key);
      // What is unknown now is stored, and a reload finds it.
      expect([...later.memory.values()].join()).to.contain(sent);
      const reloaded = await drive(nextPerson(later, payment('basma', refunds)), { provider: 'upayments' });
      await reloaded.waitForHeading(UNKNOWN);
    });
  }

  it('is not kept from his own refund by one that was approved meanwhile, and is told nothing of that as his own', async () => {
    const { environment, idempotency_key } = await askFirst();
    const waits = { ...listed('awaiting_approval'), idempotency_key };
    const later = nextPerson(environment, payment('basma', [waits]));
    const other = await drive(later, { provider: 'upayments' });
    await waitUntil(() => other.form.state === 'editing');
    const pending = { ...listed('pending', { refund_id: 'longHsUD' }), idempotency_key, status: 'initiated' };
    later.on(PAYMENT, { json: payment('basma', [pending]) });
    later.on(FIRST, 'drop');
    await other.form.refresh();
    await other.send('5.000');
    await other.waitForHeading(UNKNOWN);
    expect(later.writes().map(({ headers }) => headers.get('idempotency-key'))).not.to.include(idempotency_key);
    expect(later.writes()).to.have.length(1);
    expect(other.events.map(({ name }) => name)).not.to.include('refund-form-accepted');
  });

  it('leaves the other one’s request as it is when nothing comes of his own', async () => {
    const { environment, idempotency_key } = await askFirst();
    const refunds = [listed('awaiting_approval', { idempotency_key })];
    const later = nextPerson(environment, payment('basma', refunds));
    later.on(FIRST, problemOf('user_changed', 409, { effect: 'nothing', user: 'amal' }));
    const other = await drive(later, { provider: 'upayments' });
    await other.review('5.000');
    await other.press(/^Refund /);
    await other.waitForText('Somebody else has signed in');
    later.on(PAYMENT, { json: payment('amal', refunds) });
    await other.form.refresh();
    await other.waitForHeading('waits for a second person');
    expect([...later.memory.values()].join()).to.contain(idempotency_key);
  });

  it('opens a division under a key of his own', async () => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    environment.on(FIRST, VENDORS_OPENED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('Divide');
    const { memory, tabMemory } = environment;
    const later = fakeEnvironment({ summary: payment('basma'), memory, tabMemory, lastUsedId: 10 });
    later.on(FIRST, VENDORS_OPENED_REPLY);
    const other = await drive(later, { provider: 'upayments' });
    await waitUntil(() => other.form.state === 'editing');
    // What the one before has typed is not hers.
    expect([other.field('amount').value, other.field('reason').value]).to.deep.equal(['', '']);
    await other.send();
    await waitUntil(() => later.writes().length === 1);
    expect(later.writes()[0]!.headers.get('idempotency-key')).not.to.equal(
      environment.writes()[0]!.headers.get('idempotency-key'),
    );
  });

  it('decides about the request without taking its record from the person who has asked', async () => {
    const { environment, ui, idempotency_key } = await askFirst();
    const record = [...environment.memory.values()].join();
    const approval = { asked_by: 'amal', asked_at: '2026-11-21T08:30:00Z' };
    const waiting = listed('awaiting_approval', { idempotency_key, approval });
    environment.on(PAYMENT, { json: payment('basma', [waiting], { approve: true }) });
    environment.on('POST /intents/i1/approve', 'drop');
    await ui.form.refresh();
    await ui.press('Decide about KWD 12.500');
    await ui.press('Approve KWD 12.500');
    await waitUntil(() => environment.writes().length === 2);
    await ui.form.refresh();
    expect([...environment.memory.values()].join()).to.equal(record);
  });
});

describe('an approval whose answer was lost', () => {
  const waiting = listed('awaiting_approval', { approval: { asked_by: 'amal', asked_at: '2026-11-21T08:30:00Z' } });
  const lose = async () => {
    const environment = fakeEnvironment({ summary: payment('basma', [waiting], { approve: true }) });
    environment.on('POST /intents/i1/approve', 'drop');
    const ui = await drive(environment);
    await ui.waitForText('asks to refund');
    await ui.press('Decide about KWD 12.500');
    await ui.press('Approve KWD 12.500');
    await ui.waitForHeading(UNKNOWN);
    return { environment, ui };
  };

  it('is a request to decide about for the next person, who reads it before anything is sent', async () => {
    const { environment } = await lose();
    const later = nextPerson(environment, payment('dana', [waiting], { approve: true }));
    const ui = await drive(later);
    await ui.waitForText('amal asks to refund KWD 12.500.');
    expect(ui.buttons()).to.include('Decide about KWD 12.500').and.not.to.include('Check status, send if not received');
    expect(later.memory.size).to.equal(0);
    expect(later.writes()).to.have.length(0);
  });

  it('is not offered to the person who asked for the refund', async () => {
    const { environment } = await lose();
    const later = nextPerson(environment, payment('amal', [waiting], { approve: true }));
    const ui = await drive(later);
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.buttons().join()).not.to.match(/Check status|Decide|Approve/);
  });

  it('can be left by a person who may not approve it any more', async () => {
    const { environment, ui } = await lose();
    environment.on('POST /intents/i1/approve', { status: 403, json: { title: 'No', status: 403, code: 'forbidden' } });
    await ui.press('Check status, send if not received');
    await waitUntil(() => ui.buttons().includes('Unlock the form'));
    root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked = true;
    await ui.press('Unlock the form');
    await ui.waitForText('amal asks to refund KWD 12.500.');
    expect(environment.memory.size).to.equal(0);
  });

  it('is only looked for once it was sent for the person who asked', async () => {
    const { environment, ui } = await lose();
    environment.on(PAYMENT, { json: payment('basma', [listed('unknown')], { approve: true }, { pending: '17.500' }) });
    await ui.press('Check status, send if not received');
    await waitUntil(() => ui.buttons().includes('Check status'));
    expect(environment.writes()).to.have.length(1);
    expect(ui.text()).not.to.contain('the button sends it');
  });
});

describe('two people who settle the same refund', () => {
  const open = async () => {
    const environment = fakeEnvironment({ summary: payment('basma', [listed('unknown')]) });
    const ui = await drive(environment);
    await ui.waitForText('Do not refund it again');
    return { environment, ui };
  };
  const settled = payment('basma', [listed('succeeded', { status: 'refunded', state: 'succeeded' })]);
  const OVERRULED = 'It is settled by now. What you did was not recorded.';

  it('learn that the word of the second one does not count', async () => {
    const { environment, ui } = await open();
    environment.on('POST /intents/i1/resolve', () => {
      environment.on(PAYMENT, { json: settled });
      return { status: 400, json: { title: 'No', status: 400, code: 'invalid_request', effect: 'unknown' } };
    });
    await say(ui, 'nothing', 'UQPAY has no such refund');
    await ui.waitForText(OVERRULED);
    expect(root(ui).querySelector('[role=alert].panel')?.textContent).to.contain(OVERRULED);
    expect(ui.buttons()).not.to.include('Record this');
  });

  it('learn it while the second one is still writing', async () => {
    const { environment, ui } = await open();
    root(ui).querySelector('#outcome')!.closest('details')!.open = true;
    ui.type('words', 'UQPAY has no su');
    environment.on(PAYMENT, { json: settled });
    await ui.form.refresh();
    await ui.waitForText(OVERRULED);
  });

  for (const [what, reply] of [
    ['had no answer', 'drop'],
    ['was answered with a page of something between', { status: 404, text: '<html>' }],
  ] as const) {
    it(`read nothing of a word that may have been recorded: it ${what}`, async () => {
      const { environment, ui } = await open();
      environment.on('POST /intents/i1/resolve', () => {
        environment.on(PAYMENT, { json: settled });
        return reply;
      });
      await say(ui, 'refunded', 'Seen at UQPAY');
      await waitUntil(() => !ui.buttons().includes('Record this'));
      await ui.form.refresh();
      expect(ui.text()).not.to.contain(OVERRULED);
    });
  }

  it('read it once, and not beside the next refund that nobody knows', async () => {
    const { environment, ui } = await open();
    root(ui).querySelector('#outcome')!.closest('details')!.open = true;
    ui.type('words', 'UQPAY has no su');
    environment.on(PAYMENT, { json: settled });
    await ui.form.refresh();
    await ui.waitForText(OVERRULED);
    const next = listed('unknown', { idempotency_key: 'key-2', intent_id: 'i2' });
    environment.on(PAYMENT, { json: { ...settled, refunds: [...settled.refunds, next] } });
    await ui.form.refresh();
    await ui.waitForText('Do not refund it again');
    expect(ui.text()).not.to.contain(OVERRULED);
  });

  it('read nothing of it when the word is recorded', async () => {
    const { environment, ui } = await open();
    environment.on('POST /intents/i1/resolve', () => {
      environment.on(PAYMENT, { json: settled });
      return { json: { id: 'i1', state: 'succeeded' } };
    });
    await say(ui, 'refunded', 'Seen at UQPAY');
    await waitUntil(() => !ui.buttons().includes('Record this'));
    expect(ui.text()).not.to.contain(OVERRULED);
  });

  it('keep their words while the refund is sent again, and can still record them', async () => {
    const { environment, ui } = await open();
    root(ui).querySelector('#outcome')!.closest('details')!.open = true;
    ui.type('words', 'UQPAY has no such refund');
    ui.field('words').focus();
    environment.on(PAYMENT, { json: payment('basma', [listed('unknown', { state: 'resending' })]) });
    await ui.form.refresh();
    await ui.form.updateComplete;
    expect(ui.field('words').value).to.equal('UQPAY has no such refund');
    expect(root(ui).activeElement?.id).to.equal('words');
    expect(ui.buttons()).to.include('Record this');
  });
});

describe('a refund that a person has settled without its number', () => {
  const settle = async (standing: string) => {
    const environment = fakeEnvironment({ summary: payment('amal') });
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    const key = environment.writes()[0]!.headers.get('idempotency-key')!;
    const list = (now: string, more: Partial<PaymentRefund> = {}) =>
      environment.on(PAYMENT, { json: payment('amal', [listed(now, { idempotency_key: key, ...more })]) });
    list(standing, { status: standing === 'pending' ? 'initiated' : 'refunded' });
    await ui.form.refresh();
    await ui.waitForHeading(standing === 'pending' ? 'Pending' : 'Refunded');
    return { environment, ui, list };
  };

  for (const [standing, heading] of [
    ['succeeded', 'refunded the payment'],
    ['failed', 'could not make'],
  ] as const) {
    it(`follows the provider, which reports later that it has ${standing}`, async () => {
      const { ui, list } = await settle('pending');
      list(standing, { refund_id: 'RF1', status: standing.toUpperCase() });
      await ui.form.refresh();
      await waitUntil(
        () => ui.text().includes('RF1'),
        () => `expected the number in ${heading}: ${ui.text()}`,
      );
      const told = ui.events.filter(({ name }) => name === 'refund-form-settled').map(({ detail }) => detail);
      expect(told).to.have.length(1);
      expect(told[0]).to.deep.include({ refundId: 'RF1', standing });
    });
  }

  it('is unknown again when the provider contradicts the person', async () => {
    const { environment, ui, list } = await settle('succeeded');
    const contradiction = { from: 'succeeded', to: 'failed', text: 'It contradicts', at: '2026-11-21T09:30:00Z' };
    list('unknown', { refund_id: 'RF1', contradiction });
    await ui.form.refresh();
    await ui.waitForText('Do not refund it again');
    expect(ui.heading()).to.equal('Refund');
    expect(ui.text()).not.to.contain('It was sent');
    expect(ui.buttons()).to.include('Record this');
    expect(environment.memory.size).to.equal(0);
  });
});
