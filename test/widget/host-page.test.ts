import { expect, fixture, html } from '@open-wc/testing';

import { drive, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  SUMMARY,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
  type Reply,
} from './fake-environment.ts';
import { heldReply } from './support/held.ts';
import { sending } from './support/sending.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
const RECORD = 'refund-form:/refunds:PI1';
const PENDING = 'accepted the refund';

/** Leaves a refund that is pending for a new form. */
async function makeAnother(ui: FormDriver): Promise<void> {
  await ui.press('Make another refund');
  await ui.press('Make another refund all the same');
}

type Move = (form: HTMLElement, place: HTMLElement) => void;
const MOVES: Readonly<Record<string, Move>> = {
  append: (form, place) => place.append(form),
  insertBefore: (form, place) => place.insertBefore(form, place.firstChild),
  'remove and append': (form, place) => {
    form.remove();
    place.append(form);
  },
  moveBefore: (form, place) =>
    (place as HTMLElement & { moveBefore(node: Node, child: Node | null): void }).moveBefore(form, place.firstChild),
};

describe('a page that has just loaded', () => {
  it('has the form read nothing again, as one does that comes back', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', problemOf('forbidden', 403));
    const ui = await drive(environment);
    await waitUntil(() => ui.form.state === 'load_failed');
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
    expect(ui.form.state).to.equal('load_failed');
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    expect(ui.form.state).to.equal('loading');
  });
});

describe('a page whose addresses are relative to another origin', () => {
  it('has the form call the origin of its endpoint, and no other', async () => {
    const base = document.createElement('base');
    base.href = 'https://assets.example/v2/';
    document.head.prepend(base);
    try {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      const asked: string[] = [];
      const { fetch } = environment;
      Object.assign(environment, {
        fetch: (input: RequestInfo, init?: RequestInit) => {
          asked.push(new URL(input instanceof Request ? input.url : input).origin);
          return fetch(input, init);
        },
      });
      const ui = await drive(environment, { set: (form) => (form.endpoint = `${location.origin}/refunds`) });
      await ui.send();
      await ui.waitForHeading(PENDING);
      expect(new Set(asked)).to.deep.equal(new Set([location.origin]));
      // A page that writes its endpoint without the origin finds the same refund.
      expect([...environment.memory.keys()]).to.include(RECORD);
    } finally {
      base.remove();
    }
  });
});

describe('a page that was opened with a name and a password in its address', () => {
  it('is asked without them, and neither is in the name of what is stored', async () => {
    const base = document.createElement('base');
    base.href = `${location.protocol}//amal:s3cret@${location.host}/admin/`;
    document.head.prepend(base);
    try {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      const ui = await drive(environment, { set: (form) => (form.endpoint = '/refunds') });
      await waitUntil(() => ui.field('amount') !== null);
      ui.type('amount', '12.500');
      expect([...environment.tabMemory.keys()].join(' '))
        .to.contain(':draft')
        .and.not.to.contain('s3cret');
      await ui.send();
      await ui.waitForHeading(PENDING);
      expect([...environment.memory.keys()]).to.deep.equal([RECORD]);
    } finally {
      base.remove();
    }
  });
});

const anotherPlace = () => fixture<HTMLDivElement>(html`<div><p>Another place</p></div>`);

for (const [name, move] of Object.entries(MOVES)) {
  // WebKit has no `moveBefore` yet.
  const describeMove = name === 'moveBefore' && !(name in Element.prototype) ? describe.skip : describe;
  describeMove(`a form that the page moves by ${name}`, () => {
    it('keeps the typed values and its state', async () => {
      const ui = await drive(fakeEnvironment());
      await waitUntil(() => ui.field('amount') !== null);
      ui.type('amount', '12.500');
      ui.type('note', 'as agreed');
      ui.choose('Returned goods');
      move(ui.form, await anotherPlace());
      await ui.form.updateComplete;
      expect(ui.field('amount').value).to.equal('12.500');
      expect(ui.field('note').value).to.equal('as agreed');
      await ui.press('Review refund');
      expect(ui.heading()).to.equal('Check the refund');
      move(ui.form, await anotherPlace());
      await ui.form.updateComplete;
      expect(ui.heading()).to.equal('Check the refund');
    });

    it('shows an answer that comes after the move, and still follows the refund', async () => {
      const environment = fakeEnvironment();
      const { reply, answer } = heldReply();
      environment.on(CREATE, reply);
      environment.on(READ, { json: uqpayRefund('PROCESSING') });
      const ui = await drive(environment);
      await ui.send();
      await waitUntil(() => environment.writes().length === 1);
      move(ui.form, await anotherPlace());
      await answer({ json: uqpayRefund('INITIATED') });
      await ui.waitForHeading(PENDING);
      move(ui.form, await anotherPlace());
      const waitWhilePolling = (text: string) =>
        waitUntil(() => {
          environment.advance(300_000);
          return ui.text().includes(text);
        }, text);
      await waitWhilePolling('PROCESSING');
      environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
      await waitWhilePolling('carried out');
      expect(environment.writes()).to.have.length(1);
    });
  });
}

describe('what is typed', () => {
  const typed = (ui: FormDriver) => ['amount', 'note', 'reason'].map((name) => ui.field(name).value);

  it('comes back in a form that the page has made anew while it was sent, if nothing came of it', async () => {
    const environment = fakeEnvironment();
    const { reply, answer } = heldReply();
    environment.on(CREATE, reply);
    const ui = await drive(environment);
    await waitUntil(() => ui.form.state === 'editing');
    ui.type('note', 'as agreed');
    await ui.send();
    await waitUntil(() => environment.writes().length === 1);
    ui.form.remove();
    const next = await drive(environment);
    await next.waitForHeading('Do not refund again');
    await answer(problemOf('provider_unreachable', 502, { effect: 'nothing' }));
    await waitUntil(() => next.form.state === 'editing');
    expect(typed(next)).to.deep.equal(['12.500', 'as agreed', 'Returned goods']);
  });

  it('comes back also when the payment says that nothing came of it before the answer does', async () => {
    const environment = fakeEnvironment();
    const { reply } = heldReply();
    environment.on(CREATE, reply);
    const ui = await drive(environment);
    await waitUntil(() => ui.form.state === 'editing');
    ui.type('note', 'as agreed');
    await ui.send();
    await waitUntil(() => environment.writes().length === 1);
    ui.form.remove();
    const next = await drive(environment);
    await next.waitForHeading('Do not refund again');
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key')!;
    const ended = {
      idempotency_key,
      amount: '12.500',
      status: 'ended',
      standing: 'failed',
      ended: 'refused',
      state: 'failed',
    };
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [ended] } });
    await next.form.refresh();
    await waitUntil(() => next.form.state === 'editing');
    expect(typed(next)).to.deep.equal(['12.500', 'as agreed', 'Returned goods']);
  });

  for (const isHeard of [false, true])
    it(`goes on with a first step whose answer came to a form that the page has taken out${isHeard ? ', after the payment has told of it' : ''}`, async () => {
      const environment = fakeEnvironment();
      const { reply, answer } = heldReply();
      environment.on('POST /create-refund', reply);
      const ui = await drive(environment, { provider: 'upayments' });
      await waitUntil(() => ui.form.state === 'editing');
      await ui.send();
      await waitUntil(() => environment.writes().length === 1);
      ui.form.remove();
      const next = await drive(environment, { provider: 'upayments' });
      await next.waitForHeading('Do not refund again');
      const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key')!;
      const opened = {
        idempotency_key,
        amount: '12.500',
        status: 'ended',
        standing: 'failed',
        ended: 'vendors_opened',
      };
      environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [{ ...opened, state: 'succeeded' }] } });
      if (isHeard) await next.form.refresh();
      await answer(VENDORS_OPENED_REPLY);
      await waitUntil(() => next.form.state === 'editing');
      expect([next.field('amount').value, next.field('reason').value]).to.deep.equal(['12.500', 'Returned goods']);
      environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
      await next.press('Review refund');
      await next.press(/^Refund /);
      await next.waitForHeading('Divide KWD 12.500');
      const [first, second] = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
      expect(second).to.equal(first);
    });

  it('is not offered again after another form has sent another refund since', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const first = await drive(environment);
    await waitUntil(() => first.form.state === 'editing');
    first.type('note', 'of the first');
    await first.send();
    await first.waitForHeading(PENDING);
    const second = await drive(environment);
    await second.waitForHeading(PENDING);
    await makeAnother(second);
    await waitUntil(() => second.form.state === 'editing');
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { payment_refund_id: 'RF2', amount: '3.000' }) });
    await second.send('3.000');
    await waitUntil(() => environment.writes().length === 2);
    // The second time it leaves the refund of the other form.
    for (const amount of ['12.500', '3.000']) {
      await first.waitForText(`KWD ${amount}`);
      await first.waitForHeading(PENDING);
      await makeAnother(first);
    }
    await waitUntil(() => first.form.state === 'editing');
    expect(typed(first)).to.deep.equal(['', '', '']);
  });

  for (const [what, wasSent] of [
    ['is typed', false],
    ['was sent, and refused', true],
  ] as const) {
    it(`by one person is not shown to another who has signed in when the page makes the form anew: what ${what}`, async () => {
      const signedIn = (user: string) => ({ json: { ...SUMMARY, permission: { user } } });
      const environment = fakeEnvironment();
      environment.on('GET /payments/*', signedIn('amal'));
      const { reply, answer } = heldReply();
      environment.on(CREATE, reply);
      const ui = await drive(environment);
      await waitUntil(() => ui.form.state === 'editing');
      ui.type('note', 'Mrs Lovelace has called');
      if (wasSent) await ui.send();
      else ui.type('amount', '12.500');
      if (wasSent) await waitUntil(() => environment.writes().length === 1);
      ui.form.remove();
      environment.on('GET /payments/*', signedIn('basma'));
      const next = await drive(environment);
      if (wasSent) await next.waitForHeading('Do not refund again');
      if (wasSent) await answer(problemOf('forbidden', 403, { effect: 'nothing' }));
      await waitUntil(() => next.form.state === 'editing');
      expect(typed(next)).to.deep.equal(['', '', '']);
    });
  }

  it('stays with whoever has typed it when two people sign in one after the other', async () => {
    const signedIn = (user: string, refunds: readonly object[] = []) => ({
      json: { ...SUMMARY, permission: { user }, refunds },
    });
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', signedIn('amal'));
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running', instance: '/refunds/intents/i1' }));
    const ui = await drive(environment);
    await waitUntil(() => ui.form.state === 'editing');
    ui.type('note', 'of amal');
    await ui.send();
    await waitUntil(() => ui.form.state === 'awaiting_approval');
    const idempotency_key = environment.writes()[0]!.headers.get('idempotency-key')!;
    const asked = { idempotency_key, intent_id: 'i1', amount: '12.500', status: '', state: 'awaiting_approval' };
    const approval = { asked_by: 'amal', asked_at: '2026-11-21T08:30:00Z' };
    environment.on('GET /payments/*', signedIn('basma', [{ ...asked, standing: 'awaiting_approval', approval }]));
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'editing');
    expect(typed(ui)).to.deep.equal(['', '', '']);
    ui.type('amount', '7.000');
    ui.type('note', 'of basma');
    environment.on('GET /payments/*', signedIn('amal', [{ ...asked, standing: 'awaiting_approval', approval }]));
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'awaiting_approval');
    const ended = { ...asked, state: 'failed', standing: 'failed', ended: 'expired', status: 'expired', approval };
    environment.on('GET /payments/*', signedIn('amal', [ended]));
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'editing');
    expect(typed(ui)).to.deep.equal(['12.500', 'of amal', 'Returned goods']);
  });

  it('is not shown to somebody else who signs in after the sign-in has ended', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', { json: { ...SUMMARY, permission: { user: 'amal' } } });
    const ui = await drive(environment);
    await waitUntil(() => ui.form.state === 'editing');
    ui.type('amount', '12.500');
    ui.type('note', 'of amal');
    environment.on('GET /payments/*', { status: 401 });
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'signed_out');
    environment.on('GET /payments/*', { json: { ...SUMMARY, permission: { user: 'basma' } } });
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'editing');
    expect(typed(ui)).to.deep.equal(['', '', '']);
  });

  it('is kept in another form of the page after its request came to nothing, and a refund was made there', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, problemOf('provider_unreachable', 502, { effect: 'nothing' }));
    const first = await drive(environment);
    await waitUntil(() => first.form.state === 'editing');
    const second = await drive(environment);
    await first.send();
    await waitUntil(() => first.form.state === 'editing' && environment.writes().length === 1);
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '3.000' }) });
    await waitUntil(() => second.form.state === 'editing');
    await second.send('3.000');
    await first.waitForHeading(PENDING);
    await makeAnother(first);
    await waitUntil(() => first.form.state === 'editing');
    expect(typed(first)).to.deep.equal(['12.500', '', 'Returned goods']);
  });

  it('is not offered again where another form of the page has refunded it', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const first = await drive(environment);
    await waitUntil(() => first.form.state === 'editing');
    first.type('amount', '12.500');
    first.choose('Returned goods');
    const second = await drive(environment);
    await waitUntil(() => second.form.state === 'editing');
    expect(typed(second)).to.deep.equal(['12.500', '', 'Returned goods']);
    await second.press('Review refund');
    await second.press(/^Refund /);
    for (const ui of [first, second]) {
      await ui.waitForHeading(PENDING);
      await makeAnother(ui);
      await waitUntil(() => ui.form.state === 'editing');
      expect(typed(ui)).to.deep.equal(['', '', '']);
    }
  });

  it('stays in a second form of the payment while the first one makes its refund', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const first = await drive(environment);
    const second = await drive(environment);
    await waitUntil(() => second.form.state === 'editing');
    second.type('amount', '3.000');
    second.type('note', 'of the second');
    await first.send();
    for (const ui of [first, second]) {
      await ui.waitForHeading(PENDING);
      await makeAnother(ui);
      await waitUntil(() => ui.form.state === 'editing');
    }
    expect(typed(first).slice(0, 2)).to.deep.equal(['', '']);
    expect(typed(second).slice(0, 2)).to.deep.equal(['3.000', 'of the second']);
  });
});

describe('a form that shows another payment while it sends, and then the first one again', () => {
  for (const [what, reply, name] of [
    ['accepted', { json: uqpayRefund('INITIATED') }, 'accepted'],
    ['refused', problemOf('provider_unreachable', 502, { effect: 'nothing' }), 'refused'],
  ] as const) {
    it(`tells once what was ${what}`, async () => {
      const environment = fakeEnvironment();
      const held = heldReply();
      environment.on(CREATE, held.reply);
      const ui = await drive(environment);
      await ui.send();
      await waitUntil(() => environment.writes().length === 1);
      ui.form.paymentId = 'PI2';
      await ui.form.updateComplete;
      ui.form.paymentId = 'PI1';
      await ui.waitForHeading('Do not refund again');
      await held.answer(reply);
      await waitUntil(() => ui.form.state !== 'unknown');
      await ui.form.refresh();
      expect(ui.events.map((event) => event.name)).to.deep.equal(['refund-form-submit', `refund-form-${name}`]);
    });
  }

  for (const isBack of [true, false])
    for (const [what, reply, name] of [
      ['accepted', { json: uqpayRefund('INITIATED') }, 'accepted'],
      ['refused', problemOf('provider_unreachable', 502, { effect: 'nothing' }), 'refused'],
    ] as const) {
      it(`tells once what a check after a reload finds ${what}${isBack ? '' : ', also where it shows the other one from then on'}`, async () => {
        const before = fakeEnvironment();
        before.on(CREATE, 'drop');
        const asked = await drive(before);
        await asked.send();
        await asked.waitForHeading('Do not refund again');
        const { memory, tabMemory } = before;
        const environment = fakeEnvironment({ memory, tabMemory, lastUsedId: 100, deduplicates: true });
        const held = heldReply();
        environment.on(CREATE, held.reply);
        const ui = await drive(environment);
        await ui.waitForHeading('Do not refund again');
        await waitUntil(() => ui.buttons().includes('Check status, send if not received'));
        await ui.press('Check status, send if not received');
        await waitUntil(() => environment.writes().length === 1);
        const listed = {
          refund_id: 'RF1',
          idempotency_key: before.writes()[0]!.headers.get('idempotency-key'),
          amount: '12.500',
          status: 'x',
          ...(what === 'accepted' ? { standing: 'pending' } : { standing: 'failed', ended: 'refused' }),
        };
        environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [listed] } });
        ui.form.paymentId = 'PI2';
        await ui.form.updateComplete;
        if (isBack) ui.form.paymentId = 'PI1';
        await ui.form.updateComplete;
        await held.answer(reply);
        await waitUntil(() => ui.events.length > 0);
        await ui.form.refresh();
        expect(ui.events.map((event) => event.name)).to.deep.equal([`refund-form-${name}`]);
      });
    }

  it('tells of a refund also while it shows the other payment', async () => {
    const { ui, answer } = await sending();
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    await answer({ json: uqpayRefund('INITIATED') });
    await waitUntil(() => ui.events.length === 2);
    expect(ui.events[1]!.name).to.equal('refund-form-accepted');
  });
});

describe('a form that is out of the page when its answer comes', () => {
  it('tells a listener on itself, and no listener of the page', async () => {
    const { ui, answer } = await sending();
    const accepted: unknown[] = [];
    ui.form.addEventListener('refund-form-accepted', ({ detail }) => accepted.push(detail.refundId));
    ui.form.remove();
    await answer({ json: uqpayRefund('INITIATED') });
    await waitUntil(() => accepted.length > 0);
    expect(accepted).to.deep.equal(['RF1']);
    expect(ui.events.map(({ name }) => name)).to.deep.equal(['refund-form-submit']);
  });
});

describe('a note beside the choice of everything', () => {
  it('stays in a second form of the payment while the first one makes its refund', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const [first, second] = [await drive(environment), await drive(environment)];
    await waitUntil(() => second.form.state === 'editing');
    second.form.shadowRoot!.querySelector<HTMLInputElement>('input[type=radio]')!.click();
    second.type('note', 'of the second');
    await first.send();
    await second.waitForHeading(PENDING);
    await makeAnother(second);
    await waitUntil(() => second.form.state === 'editing');
    expect(second.field('note').value).to.equal('of the second');
  });
});

describe('a form that the page removes', () => {
  it('clears its stored intent after the answer, and then sends no more requests', async () => {
    const { environment, ui, answer } = await sending();
    ui.form.remove();
    await answer({ json: uqpayRefund('SUCCEEDED') });
    await waitUntil(() => !environment.memory.has(RECORD));
    await ui.form.updateComplete;
    await waitUntil(() => environment.requests.some(({ path }, at) => at > 2 && path.startsWith('/payments/')));
    const { length } = environment.requests;
    environment.advance(900_000);
    expect(environment.requests).to.have.length(length);
  });
});

describe('a payment that the page supplies', () => {
  const PAGE_PAYMENT = { ...SUMMARY, refunded: '0.000', pending: '0.000', refundable: '100.000' };
  const PAYMENT = 'GET /payments/PI1';
  const NO_SUMMARY: Reply = problemOf('path_not_allowed', 404);
  const driveWithPayment = async (createReply: Reply, payment = NO_SUMMARY) => {
    const environment = fakeEnvironment();
    environment.on(CREATE, createReply);
    environment.on(PAYMENT, payment);
    const ui = await drive(environment, { set: (form) => (form.payment = { ...PAGE_PAYMENT }) });
    await ui.waitForText('Up to KWD 100.000');
    return { environment, ui };
  };
  const setPayment = async ({ form }: FormDriver, payment: typeof PAGE_PAYMENT) => {
    form.payment = payment;
    await form.updateComplete;
  };

  it('changes nothing when another object has the same values', async () => {
    const { environment, ui } = await driveWithPayment({ json: uqpayRefund('INITIATED') });
    await ui.review();
    await setPayment(ui, { ...PAGE_PAYMENT });
    expect(ui.heading()).to.equal('Check the refund');
    expect(environment.writes()).to.have.length(0);
  });

  it('ends the review when its figures change', async () => {
    const { ui } = await driveWithPayment({ json: uqpayRefund('INITIATED') });
    await ui.review();
    await setPayment(ui, { ...PAGE_PAYMENT, refundable: '90.000', refunded: '10.000' });
    await ui.waitForText('90.000 now');
    expect(ui.field('amount').value).to.equal('12.500');
  });

  it('is compared with the refund service before anything is sent, also where it comes after that was read', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on(PAYMENT, { json: { ...PAGE_PAYMENT, currency: 'USD', captured: '100.00', refundable: '100.00' } });
    const ui = await drive(environment);
    await ui.waitForText('Up to USD 100.00');
    await setPayment(ui, { ...PAGE_PAYMENT });
    await ui.waitForText('Up to KWD 100.000');
    await ui.review('12.5');
    await ui.press('Refund KWD 12.500');
    await ui.waitForText('The payment has changed');
    expect(environment.writes()).to.have.length(0);
  });

  it('does not make the form forget who has signed in, or when a second person must agree', async () => {
    const told = (user: string) => ({ ...PAGE_PAYMENT, permission: { user, approval_above: '50.000' } });
    const environment = fakeEnvironment();
    environment.on(PAYMENT, { json: told('ann') });
    const ui = await drive(environment);
    await ui.waitForText('Up to KWD 100.000');
    await setPayment(ui, { ...PAGE_PAYMENT });
    await ui.review('60');
    await ui.waitForText(/approve|approval|agree/i);
    environment.on(PAYMENT, { json: told('bob') });
    await ui.press(/^Ask|^Refund |^Request/);
    await ui.waitForText('Somebody else has signed in. What others typed is not shown.');
    expect(environment.writes()).to.have.length(0);
  });

  it('says itself when a second person must agree, where the refund service does not show the payment', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', problemOf('forbidden', 403));
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const payment = { ...PAGE_PAYMENT, permission: { user: 'ann', approval_above: '50.000' } };
    const ui = await drive(environment, { set: (form) => (form.payment = payment) });
    await ui.waitForText('Up to KWD 100.000');
    await ui.review('60');
    await ui.press('Ask for approval of KWD 60.000');
    await ui.waitForHeading('waits for a second person');
  });

  it('is read from the refund service after the form has sent a refund', async () => {
    const { environment, ui } = await driveWithPayment({ json: uqpayRefund('INITIATED') });
    environment.on(PAYMENT, [
      { json: PAGE_PAYMENT },
      { json: { ...PAGE_PAYMENT, pending: '12.500', refundable: '87.500' } },
    ]);
    expect(environment.requests.filter(({ path }) => path.startsWith('/payments/'))).to.have.length(0);
    await ui.send();
    await ui.waitForHeading(PENDING);
    await makeAnother(ui);
    await ui.waitForText('Up to KWD 87.500');
    // The refund failed, and a colleague has made a smaller one. The page knows of neither.
    environment.on(PAYMENT, { json: { ...PAGE_PAYMENT, refunded: '10.000', refundable: '90.000' } });
    await setPayment(ui, { ...PAGE_PAYMENT });
    await ui.form.refresh();
    await ui.waitForText('Up to KWD 90.000');
    expect(ui.text()).not.to.include('pending');
  });

  it('does not come back when the refund service, which has said more, cannot be read once', async () => {
    const { environment, ui } = await driveWithPayment({ json: uqpayRefund('INITIATED') });
    environment.on(PAYMENT, [
      { json: PAGE_PAYMENT },
      { json: { ...PAGE_PAYMENT, pending: '30.000', refundable: '70.000' } },
    ]);
    await ui.send();
    await ui.waitForHeading(PENDING);
    await makeAnother(ui);
    await ui.waitForText('Up to KWD 70.000');
    environment.on(PAYMENT, { status: 502, text: '<h1>Bad gateway</h1>' });
    await ui.form.refresh();
    expect(ui.text()).to.contain('Up to KWD 70.000');
  });

  it('is read from the refund service after a lost answer, and the summary settles the refund', async () => {
    const { environment, ui } = await driveWithPayment('drop');
    await ui.send();
    await ui.waitForText('We don’t know');
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const listedRefund = {
      refund_id: 'RF1',
      idempotency_key: key,
      amount: '12.500',
      standing: 'succeeded',
      status: 'SUCCEEDED',
    };
    environment.on(PAYMENT, {
      json: { ...PAGE_PAYMENT, refunded: '12.500', refundable: '87.500', refunds: [listedRefund] },
    });
    await ui.form.refresh();
    await ui.waitForHeading('carried out');
    expect(environment.writes()).to.have.length(1);
  });

  it('is refundable again in full when an earlier refund fails, also without a summary of the refund service', async () => {
    const { environment, ui } = await driveWithPayment({ json: uqpayRefund('INITIATED') });
    environment.on(READ, { json: uqpayRefund('PROCESSING') });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await makeAnother(ui);
    await ui.waitForText('Up to KWD 87.500');
    environment.on(READ, { json: uqpayRefund('FAILED') });
    await ui.form.refresh();
    await ui.waitForText('Up to KWD 100.000');
    expect(ui.text()).not.to.include('pending');
  });

  it('is reduced by the refund of the form as long as the page supplies the old figures', async () => {
    const { ui } = await driveWithPayment({ json: uqpayRefund('SUCCEEDED') });
    await ui.send();
    await ui.waitForHeading('carried out');
    await setPayment(ui, { ...PAGE_PAYMENT });
    await ui.press('Make another refund');
    await ui.waitForText('Up to KWD 87.500');
    // The page’s new figures include the refund. It must not be counted twice.
    await setPayment(ui, { ...PAGE_PAYMENT, refunded: '12.500', refundable: '87.500' });
    await ui.waitForText('Up to KWD 87.500');
  });

  /** Makes a refund of 12.500 with the payment of the page, and goes on to the next one. */
  const refundOnce = async (environment: FakeEnvironment, payment: object, mark = '12.500') => {
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    environment.on(PAYMENT, NO_SUMMARY);
    const ui = await drive(environment, { set: (form) => (form.payment = payment as typeof PAGE_PAYMENT) });
    await ui.send(mark);
    await ui.waitForHeading('carried out');
    await ui.press('Make another refund');
    await ui.waitForText('Up to KWD 87.500');
    return ui;
  };
  const NEW_FIGURES = { ...PAGE_PAYMENT, refunded: '12.500', refundable: '87.500' };
  const LISTED = { refund_id: 'RF1', amount: '12.500', standing: 'succeeded', status: 'SUCCEEDED' };

  it('is reduced by a refund of the form until its list names the refund, if it has a list', async () => {
    const ui = await refundOnce(fakeEnvironment(), { ...PAGE_PAYMENT, refunds: [] });
    // Figures that happen to be lower say nothing, as the list is there to say it: a colleague has refunded as much.
    const colleague = { ...LISTED, refund_id: 'RF9' };
    await setPayment(ui, { ...NEW_FIGURES, refunds: [colleague] } as typeof PAGE_PAYMENT);
    await ui.waitForText('Up to KWD 75.000');
    await setPayment(ui, {
      ...PAGE_PAYMENT,
      refunded: '25.000',
      refundable: '75.000',
      refunds: [colleague, LISTED],
    } as typeof PAGE_PAYMENT);
    await ui.waitForText('Up to KWD 75.000');
    // From now on the page knows it, so the old figures would be wrong on purpose.
    await setPayment(ui, { ...PAGE_PAYMENT, refundable: '60.000', refunds: [] } as typeof PAGE_PAYMENT);
    await ui.waitForText('Up to KWD 60.000');
  });

  for (const [name, stale] of [
    ['without a list of refunds', PAGE_PAYMENT],
    ['with a list of refunds', { ...PAGE_PAYMENT, refunds: [] }],
  ] as const) {
    it(`is reduced by a refund of the form after a reload, too, while the page supplies the old figures: ${name}`, async () => {
      const environment = fakeEnvironment();
      await refundOnce(environment, stale);
      const { memory, tabMemory } = environment;
      const reload = async (payment: object) => {
        const after = fakeEnvironment({ memory, tabMemory });
        after.on(PAYMENT, NO_SUMMARY);
        return drive(after, { set: (form) => (form.payment = payment as typeof PAGE_PAYMENT) });
      };
      await (await reload(stale)).waitForText('Up to KWD 87.500');
      await (await reload({ ...stale })).waitForText('Up to KWD 87.500');
      const known = 'refunds' in stale ? { ...NEW_FIGURES, refunds: [LISTED] } : NEW_FIGURES;
      await (await reload(known)).waitForText('Up to KWD 87.500');
      // The page knows it now, and nothing is kept.
      expect([...tabMemory.keys()].filter((key) => key.endsWith(':own'))).to.deep.equal([]);
    });
  }

  it('counts when what was kept of earlier refunds is unreadable', async () => {
    for (const text of ['{', '{}', '{"before":"x","refunds":[]}', '{"before":"100000","refunds":{}}', '7']) {
      const environment = fakeEnvironment({ tabMemory: new Map([[`${RECORD}:own`, text]]) });
      const ui = await drive(environment, { set: (form) => (form.payment = { ...PAGE_PAYMENT }) });
      await ui.waitForText('Up to KWD 100.000');
    }
  });

  it('does not cause a loop after a 412 that gives the refundable amount', async () => {
    const { environment, ui } = await driveWithPayment(
      problemOf('refundable_changed', 412, { effect: 'nothing', refundable: '60.000', detail: '60' }),
    );
    await ui.send();
    await ui.waitForText('Up to KWD 60.000');
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    await ui.review();
    expect(ui.heading()).to.equal('Check the refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    expect(environment.writes().map(({ headers }) => headers.get('x-expected-refundable'))).to.deep.equal([
      '100.000',
      '60.000',
    ]);
  });

  it('is read from the refund service after a 412, and the refundable amount can rise again', async () => {
    const changedReply = problemOf('refundable_changed', 412, {
      effect: 'nothing',
      refundable: '60.000',
      detail: '60',
    });
    const { environment, ui } = await driveWithPayment(changedReply, {
      json: { ...PAGE_PAYMENT, pending: '40.000', refundable: '60.000' },
    });
    await ui.send();
    await ui.waitForText('Up to KWD 60.000');
    environment.on(PAYMENT, { json: PAGE_PAYMENT });
    await setPayment(ui, { ...PAGE_PAYMENT });
    await ui.form.refresh();
    await ui.waitForText('Up to KWD 100.000');
  });
});
