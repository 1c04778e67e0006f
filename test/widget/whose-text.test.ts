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
import { waitUntil } from './support/wait-until.ts';

const PAYMENT = 'GET /payments/*';
const CREATE = 'POST /v2/payment/refunds';
const SOMEBODY_ELSE = 'Somebody else has signed in.';

const payment = (user: string, refunds: readonly PaymentRefund[] = [], permission: object = {}, more: object = {}) => ({
  ...SUMMARY,
  permission: { user, resolve: true, approve: true, ...permission },
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
  requested_by: 'ann',
  reason: 'Returned goods',
  ...more,
});
const waiting = (asked_by: string, more: Partial<PaymentRefund> = {}) =>
  listed('awaiting_approval', {
    approval: { asked_by, asked_at: '2026-11-21T08:30:00Z' },
    requested_by: asked_by,
    ...more,
  });
const root = ({ form }: FormDriver) => form.shadowRoot!;
const values = (ui: FormDriver) => ['amount', 'reason', 'note'].map((id) => ui.field(id)?.value);
const TYPED = ['10', 'Returned goods', 'ann: Jane Doe'];
const EMPTY = ['', '', ''];

const open = async (environment: FakeEnvironment, options: Parameters<typeof drive>[1] = {}) => {
  const ui = await drive(environment, options);
  await waitUntil(() => ui.field('amount') !== null);
  return ui;
};
const fill = async (ui: FormDriver, [amount, reason, note] = TYPED) => {
  ui.type('amount', amount!);
  ui.choose(reason!);
  ui.type('note', note!);
  await ui.form.updateComplete;
};
/** Somebody signs in, and the form reads it. */
const signIn = async (
  ui: FormDriver,
  environment: FakeEnvironment,
  user: string,
  refunds: readonly PaymentRefund[] = [],
  permission = {},
) => {
  environment.on(PAYMENT, { json: payment(user, refunds, permission) });
  await ui.form.refresh();
  await ui.form.updateComplete;
};
/** Whether a person sees the sentence, and hears it. */
const tells = (ui: FormDriver) =>
  [...root(ui).querySelectorAll('[role=alert]')].some(
    (alert) => alert.textContent?.includes(SOMEBODY_ELSE) && alert.getBoundingClientRect().height > 0,
  );
/** The same tab after a reload. */
const reload = ({ memory, tabMemory }: FakeEnvironment, summary: unknown) =>
  fakeEnvironment({ memory, tabMemory, summary, lastUsedId: 100 });
const keyOf = (environment: FakeEnvironment) => environment.writes().at(-1)!.headers.get('idempotency-key')!;
const annsForm = async () => {
  const environment = fakeEnvironment({ summary: payment('ann') });
  const ui = await open(environment);
  await fill(ui);
  return { environment, ui };
};

describe('what one person has typed, when another one signs in', () => {
  const roads: Record<string, (ui: FormDriver, environment: FakeEnvironment) => Promise<void>> = {
    'the form': async () => undefined,
    'a review': (ui) => ui.press('Review refund'),
    'the request of somebody else': async (ui, environment) => {
      await signIn(ui, environment, 'ann', [waiting('xena')]);
      await ui.press('Decide about KWD 12.500');
    },
    'a user between who only reads': async (ui, environment) => {
      await signIn(ui, environment, 'dan', [], { refund: false });
      expect(ui.form.state).to.equal('read_only');
    },
    'a sign-in that has ended': async (ui, environment) => {
      environment.on(PAYMENT, { status: 401, text: '' });
      await ui.form.refresh();
      await ui.waitForHeading('Your sign-in has ended');
    },
    'a payment that could not be loaded': async (ui, environment) => {
      environment.on(PAYMENT, { status: 401, text: '' });
      await ui.form.refresh();
      await ui.waitForHeading('Your sign-in has ended');
      environment.on(PAYMENT, { status: 502, text: '' });
      await ui.press('I have signed in');
      await ui.waitForHeading('could not be loaded');
    },
    'a request of the first person that waits': async (ui, environment) => {
      await signIn(ui, environment, 'ann', [], { approval_above: '1.000' });
      environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
      await ui.press('Review refund');
      await ui.press(/^Ask for approval/);
      await ui.waitForHeading('waits for a second person');
    },
  };
  for (const [road, walk] of Object.entries(roads)) {
    it(`is neither shown nor sent over ${road}, and the other one is told`, async () => {
      const { environment, ui } = await annsForm();
      await walk(ui, environment);
      const refunds = environment.writes().length ? [waiting('ann', { idempotency_key: keyOf(environment) })] : [];
      await signIn(ui, environment, 'bob', refunds);
      await waitUntil(() => ui.form.state === 'editing');
      await ui.form.updateComplete;
      expect(values(ui)).to.deep.equal(EMPTY);
      expect(tells(ui)).to.equal(true);
      const sent = environment.writes().length;
      await ui.press('Review refund');
      expect(ui.form.state).to.equal('editing');
      expect(environment.writes()).to.have.length(sent);
    });
  }

  for (const how of ['is seen again', 'is created anew', 'is loaded anew'] as const) {
    it(`is there again for that person, and his own for the other, where the form ${how}`, async () => {
      const ann = await annsForm();
      let { environment, ui } = ann;
      const next = async (user: string) => {
        environment.on(PAYMENT, { json: payment(user) });
        if (how === 'is seen again') return signIn(ui, environment, user);
        if (how === 'is created anew') ui.form.remove();
        else environment = reload(environment, payment(user));
        ui = await open(environment);
      };
      await next('bob');
      expect(values(ui)).to.deep.equal(EMPTY);
      await next('ann');
      const kept = how === 'is loaded anew' ? [...TYPED.slice(0, 2), ''] : TYPED;
      expect(values(ui)).to.deep.equal(kept);
      await next('bob');
      await fill(ui, ['7', 'Paid twice', 'bob: John']);
      await next('ann');
      expect(values(ui)).to.deep.equal(kept);
      await next('bob');
      expect(values(ui).slice(0, 2)).to.deep.equal(['7', 'Paid twice']);
      expect([...environment.tabMemory, ...environment.memory].join()).not.to.match(/Jane|John|ann|bob/);
    });
  }

  it('of a division over vendors is neither shown nor sent, and is there again', async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const ui = await open(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('over the vendors');
    ui.type('vendor-0', '12.000');
    await signIn(ui, environment, 'bob');
    expect(ui.form.state).to.equal('editing');
    expect(values(ui)).to.deep.equal(EMPTY);
    expect(tells(ui)).to.equal(true);
    await signIn(ui, environment, 'ann');
    expect(ui.field('amount').value).to.equal('12.500');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading('over the vendors');
    expect(ui.field('vendor-0').value).to.equal('12.000');
    expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).size).to.equal(1);
  });

  it('is not handed to a new form of a page that does not tell who has signed in', async () => {
    const { environment, ui } = await annsForm();
    ui.form.remove();
    environment.on(PAYMENT, { json: payment('bob') });
    const set = (form: FormDriver['form']) => void (form.payment = SUMMARY);
    expect(values(await open(environment, { set }))).to.deep.equal(EMPTY);
  });

  it('stays with whoever has typed it before the refund service told who that is', async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    const set = (form: FormDriver['form']) => void (form.payment = SUMMARY);
    const ui = await open(environment, { set });
    await fill(ui);
    environment.on(CREATE, problemOf('payment_busy', 409, { effect: 'nothing' }));
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForText('Nothing was refunded');
    expect(values(ui)).to.deep.equal(TYPED);
    ui.form.remove();
    expect(values(await open(environment, { set }))).to.deep.equal(EMPTY);
    expect(values(await open(environment))).to.deep.equal(TYPED);
  });

  it('stays hidden where the payment cannot be read, and only its refusal tells who has signed in', async () => {
    const { environment, ui } = await annsForm();
    environment.on(PAYMENT, problemOf('provider_unreachable', 502, { effect: 'nothing', user: 'bob' }));
    await ui.form.refresh();
    await ui.form.updateComplete;
    expect(values(ui)).to.deep.equal(EMPTY);
    expect(tells(ui)).to.equal(true);
  });

  it('is told of by a sentence that goes when the other one begins', async () => {
    const { environment, ui } = await annsForm();
    await signIn(ui, environment, 'bob');
    await signIn(ui, environment, 'bob');
    expect(tells(ui)).to.equal(true);
    await fill(ui, ['7', 'Paid twice', '']);
    expect(tells(ui)).to.equal(false);
  });
});

describe('what a person says about a request, when another one signs in', () => {
  it('to decline it, is neither shown to that one nor recorded for that one', async () => {
    const environment = fakeEnvironment({ summary: payment('ann', [waiting('xena')]) });
    const ui = await open(environment);
    await ui.press('Decide about KWD 12.500');
    await ui.press('Decline');
    ui.type('words', 'ann says');
    await signIn(ui, environment, 'bob', [waiting('xena')]);
    expect(tells(ui)).to.equal(true);
    expect(ui.field('words')).to.equal(null);
    await ui.press('Decide about KWD 12.500');
    await ui.press('Decline');
    expect(ui.field('words').value).to.equal('');
    ui.type('words', 'bob says');
    await signIn(ui, environment, 'ann', [waiting('xena')]);
    await ui.press('Decide about KWD 12.500');
    await ui.press('Decline');
    expect(ui.field('words').value).to.equal('ann says');
  });

  const lost = async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    environment.on(CREATE, 'drop');
    const ui = await open(environment);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    const refunds = [listed('unknown', { idempotency_key: keyOf(environment) })];
    environment.on(PAYMENT, { json: payment('ann', refunds) });
    await ui.press(/^Check status/);
    await waitUntil(() => ui.field('words') !== null);
    root(ui).querySelector('#outcome')!.closest('details')!.open = true;
    ui.type('words', 'Jane told ann');
    ui.type('outcome', 'nothing');
    root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked = true;
    return { environment, ui, refunds };
  };

  it('of a refund that nobody knows, is neither shown to that one nor recorded for that one, with its tick', async () => {
    const { environment, ui, refunds } = await lost();
    await signIn(ui, environment, 'bob', refunds);
    expect(tells(ui)).to.equal(true);
    expect(ui.form.state).to.equal('unknown');
    expect([ui.field('words').value, ui.field('outcome').value]).to.deep.equal(['', '']);
    expect(root(ui).querySelector<HTMLInputElement>('[name=sure]')!.checked).to.equal(false);
    await signIn(ui, environment, 'ann', refunds);
    expect([ui.field('words').value, ui.field('outcome').value]).to.deep.equal(['Jane told ann', 'nothing']);
  });

  it('is there again where the page creates the form anew, and is stored nowhere', async () => {
    const { environment, ui, refunds } = await lost();
    ui.form.remove();
    environment.on(PAYMENT, { json: payment('ann', refunds) });
    const again = await drive(environment);
    await again.press(/^Check status/);
    await waitUntil(() => again.field('words') !== null);
    expect(again.field('words').value).to.equal('Jane told ann');
    expect([...environment.tabMemory, ...environment.memory].join()).not.to.contain('Jane');
    again.form.reset();
    await again.form.updateComplete;
    expect(again.field('words').value).to.equal('');
  });

  it('is not answered to that one, who hears nothing of the request either', async () => {
    const environment = fakeEnvironment({ summary: payment('ann', [waiting('xena')]) });
    const ui = await open(environment);
    await ui.press('Decide about KWD 12.500');
    await ui.press('Decline');
    ui.type('words', 'ann says');
    await signIn(ui, environment, 'carol', [listed('pending', { refund_id: 'RF1', requested_by: 'xena' })]);
    expect(ui.text()).not.to.contain('It is settled by now');
    expect(ui.events.map(({ name }) => name)).not.to.include('refund-form-accepted');
  });
});

describe('what became of a person’s request, when another one signs in', () => {
  const refuse = problemOf('insufficient_balance', 400, { effect: 'nothing' });

  it('is not told to that one: it was refused', async () => {
    const { environment, ui } = await annsForm();
    environment.on(CREATE, refuse);
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForText('Nothing was refunded');
    await signIn(ui, environment, 'bob');
    expect(ui.text()).not.to.contain('Nothing was refunded');
    expect(root(ui).querySelector('[part~=changes]')).to.equal(null);
  });

  it('is not told to that one over a sign-in that has ended: it was declined', async () => {
    const { environment, ui } = await annsForm();
    await signIn(ui, environment, 'ann', [], { approval_above: '1.000' });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    await ui.press('Review refund');
    await ui.press(/^Ask for approval/);
    await ui.waitForHeading('waits for a second person');
    const approval = {
      asked_by: 'ann',
      asked_at: '',
      decided_by: 'dan',
      decision: 'declined' as const,
      reason: 'Ann is wrong',
    };
    const declined = listed('failed', { idempotency_key: keyOf(environment), ended: 'declined', approval });
    await signIn(ui, environment, 'ann', [declined]);
    await ui.waitForText('Nothing was refunded');
    environment.on(PAYMENT, { status: 401, text: '' });
    await ui.form.refresh();
    await ui.waitForHeading('Your sign-in has ended');
    await signIn(ui, environment, 'bob', [declined]);
    expect(ui.text()).not.to.contain('Nothing was refunded');
  });

  it('is not told to that one who signed in while it was sent, and its text is there for the first one', async () => {
    for (const how of ['seen', 'created anew', 'reloaded']) {
      const { environment, ui } = await annsForm();
      environment.on(CREATE, async () => {
        await signIn(ui, environment, 'bob');
        return refuse;
      });
      await ui.press('Review refund');
      await ui.press(/^Refund /);
      await waitUntil(() => ui.form.state === 'editing');
      expect(values(ui), how).to.deep.equal(EMPTY);
      expect(ui.text(), how).not.to.contain('Nothing was refunded');
      if (how === 'seen') {
        await signIn(ui, environment, 'ann');
        expect(values(ui)).to.deep.equal(TYPED);
      } else {
        ui.form.remove();
        const again = await open(
          how === 'reloaded'
            ? reload(environment, payment('ann'))
            : Object.assign(environment, environment.on(PAYMENT, { json: payment('ann') })),
        );
        expect(values(again).slice(0, 2), how).to.deep.equal(TYPED.slice(0, 2));
      }
    }
  });
});

describe('the right person', () => {
  /** The first person asks for approval. */
  const ask = async (set?: (form: FormDriver['form']) => void) => {
    const environment = fakeEnvironment({ summary: payment('ann', [], { approval_above: '1.000' }) });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const ui = await open(environment, { ...(set && { set }) });
    await fill(ui);
    await ui.press('Review refund');
    await ui.press(/^Ask for approval/);
    await ui.waitForHeading('waits for a second person');
    return { environment, ui, row: waiting('ann', { amount: '10.000', idempotency_key: keyOf(environment) }) };
  };

  it('gets back the note of a request that was declined after an approval in the same form', async () => {
    const { environment, ui, row } = await ask();
    const other = waiting('xena', { idempotency_key: 'key-x', intent_id: 'ix' });
    await signIn(ui, environment, 'ann', [row, other]);
    await ui.press('Decide about KWD 12.500');
    const made = listed('succeeded', {
      idempotency_key: 'key-x',
      intent_id: 'ix',
      refund_id: 'RFX',
      requested_by: 'xena',
    });
    environment.on('POST /intents/ix/approve', () => {
      environment.on(PAYMENT, { json: payment('ann', [row, made]) });
      return { json: {} };
    });
    await ui.press('Approve KWD 12.500');
    await waitUntil(() => ui.form.state === 'succeeded');
    const approval = { asked_by: 'ann', asked_at: '', decided_by: 'dan', decision: 'declined' as const, reason: 'No' };
    await ui.press('Make another refund');
    await ui.waitForHeading('waits for a second person');
    await signIn(ui, environment, 'ann', [{ ...row, standing: 'failed', ended: 'declined', approval }, made]);
    await waitUntil(() => ui.form.state === 'editing');
    await ui.form.updateComplete;
    expect(values(ui)).to.deep.equal(TYPED);
  });

  for (const does of ['looks', 'types'] as const) {
    it(`tries again with the own text what failed, after another one who ${does}`, async () => {
      const { environment, ui, row } = await ask((form) => (form.amount = '9.000'));
      await signIn(ui, environment, 'bob', [row]);
      if (does === 'types') await fill(ui, ['7', 'Paid twice', 'bob: John']);
      await signIn(ui, environment, 'ann', [row]);
      await ui.waitForHeading('waits for a second person');
      await signIn(ui, environment, 'ann', [{ ...row, standing: 'failed', state: 'succeeded', refund_id: 'RF1' }]);
      await ui.press('Try again');
      await waitUntil(() => ui.form.state === 'editing');
      expect(values(ui)).to.deep.equal(TYPED);
    });
  }

  it('finds again what was typed beside the request of somebody else, after that one has looked', async () => {
    const { environment, ui, row } = await ask();
    await signIn(ui, environment, 'bob', [row]);
    await fill(ui, ['7', 'Paid twice', 'bob: John']);
    await signIn(ui, environment, 'ann', [row]);
    await ui.waitForHeading('waits for a second person');
    await signIn(ui, environment, 'bob', [row]);
    expect(values(ui)).to.deep.equal(['7', 'Paid twice', 'bob: John']);
  });

  it('keeps the text of a refund that failed, also where another one presses Try again', async () => {
    const { environment, ui } = await annsForm();
    environment.on(CREATE, { json: uqpayRefund('FAILED', { amount: '10.000' }) });
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await waitUntil(() => ui.form.state === 'failed');
    await signIn(ui, environment, 'bob');
    expect(tells(ui)).to.equal(true);
    await ui.press('Try again');
    await waitUntil(() => ui.form.state === 'editing');
    expect(values(ui)).to.deep.equal(EMPTY);
    await signIn(ui, environment, 'ann');
    expect(values(ui)).to.deep.equal(TYPED);
  });

  it('keeps what was typed once more after the same was sent, while another form sends its own', async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED', { amount: '10.000' }) });
    const first = await open(environment);
    await fill(first);
    await first.press('Review refund');
    await first.press(/^Refund /);
    await waitUntil(() => first.form.state === 'succeeded');
    const made = listed('succeeded', { amount: '10.000', refund_id: 'RF1', idempotency_key: keyOf(environment) });
    environment.on(PAYMENT, { json: payment('ann', [made]) });
    await first.press('Make another refund');
    await waitUntil(() => first.form.state === 'editing');
    const second = await open(environment);
    await fill(first);
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '5.000', payment_refund_id: 'RF2' }) });
    await second.send('5.000');
    await first.waitForHeading('accepted the refund');
    await first.press('Make another refund');
    await first.press('Make another refund all the same');
    await waitUntil(() => first.form.state === 'editing');
    expect(values(first)).to.deep.equal(TYPED);
  });
});

describe('a form after a refund', () => {
  const another = async (ui: FormDriver) => {
    await ui.press('Make another refund');
    if (ui.buttons().includes('Make another refund all the same')) await ui.press('Make another refund all the same');
    await waitUntil(() => ui.form.state === 'editing');
    await ui.form.updateComplete;
  };
  const set = (form: FormDriver['form']) => void (form.amount = '10.000');
  const send = async (ui: FormDriver) => {
    ui.choose('Returned goods');
    await ui.form.updateComplete;
    await ui.press('Review refund');
    await ui.press(/^Refund /);
  };

  for (const status of ['INITIATED', 'SUCCEEDED']) {
    it(`of the page’s amount does not begin with it again: ${status}`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund(status, { amount: '10.000' }) });
      const first = await open(environment, { set });
      first.choose('Paid twice');
      first.type('note', 'of this form');
      const second = await open(environment, { set });
      second.choose('Returned goods');
      await second.form.updateComplete;
      await send(second);
      await waitUntil(() => /^(pending|succeeded)$/.test(second.form.state));
      await waitUntil(() => /^(pending|succeeded)$/.test(first.form.state));
      for (const ui of [first, second]) {
        await another(ui);
        expect(ui.field('amount').value).to.equal('');
        ui.form.reset();
        await ui.form.updateComplete;
        expect(ui.field('amount').value).to.equal('');
      }
      first.form.remove();
      const next = await drive(environment, { set });
      await waitUntil(() => next.form.state !== 'loading');
      if (next.form.state !== 'editing') await another(next);
      expect(next.field('amount').value).to.equal('');
    });
  }

  it('of somebody elsewhere does not begin with the page’s amount, also where that one is read in the open form', async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    const ui = await open(environment, { set });
    expect(ui.field('amount').value).to.equal('10.000');
    const made = listed('succeeded', { amount: '10.000' });
    environment.on(PAYMENT, { json: payment('ann', [made], {}, { refunded: '30.000', refundable: '65.000' }) });
    await ui.form.refresh();
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('');
  });

  it('does not begin with the page’s amount while a request waits, of whomever', async () => {
    const environment = fakeEnvironment({ summary: payment('ann', [], { approval_above: '1.000' }) });
    environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const ui = await open(environment, { set });
    ui.choose('Returned goods');
    await ui.form.updateComplete;
    await ui.press('Review refund');
    await ui.press(/^Ask for approval/);
    await ui.waitForHeading('waits for a second person');
    await signIn(ui, environment, 'bob', [waiting('ann', { idempotency_key: keyOf(environment) })]);
    expect(values(ui)).to.deep.equal(EMPTY);

    const elsewhere = fakeEnvironment({ summary: payment('ann') });
    const other = await open(elsewhere, { set });
    await signIn(other, elsewhere, 'ann', [waiting('xena')]);
    expect(values(other)).to.deep.equal(EMPTY);
  });

  it('is not filled by a copy of what the first tab has refunded, at once or after a reload', async () => {
    for (const isSeen of [true, false]) {
      const environment = fakeEnvironment({ summary: payment('ann') });
      const first = await open(environment);
      await fill(first);
      // A window that the page opens has a copy of the storage of the tab.
      const tabMemory = new Map(environment.tabMemory);
      const copy = fakeEnvironment({ summary: payment('ann'), tabMemory, memory: environment.memory, lastUsedId: 50 });
      const second = await open(copy);
      expect(values(second).slice(0, 2)).to.deep.equal(TYPED.slice(0, 2));
      const made = listed('succeeded', { amount: '10.000', reason: 'Returned goods: ann: Jane Doe', refund_id: 'RF1' });
      const after = payment('ann', [made], {}, { refunded: '30.000', refundable: '65.000' });
      copy.on(PAYMENT, { json: after });
      if (isSeen) await second.form.refresh();
      const ui = isSeen ? second : await open(reload(copy, after));
      await ui.form.updateComplete;
      expect(values(ui)).to.deep.equal(EMPTY);
    }
  });

  it('keeps what a person has typed that is not what was refunded', async () => {
    const { environment, ui } = await annsForm();
    const made = listed('succeeded', { amount: '5.000', refund_id: 'RF1' });
    const after = payment('ann', [made], {}, { refunded: '25.000', refundable: '70.000' });
    ui.form.remove();
    expect(values(await open(reload(environment, after))).slice(0, 2)).to.deep.equal(TYPED.slice(0, 2));
  });
});

describe('a reset while the refund is sent', () => {
  it('brings nothing back when it is refused', async () => {
    const { environment, ui } = await annsForm();
    environment.on(CREATE, () => {
      ui.form.reset();
      return problemOf('insufficient_balance', 400, { effect: 'nothing' });
    });
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForText('Nothing was refunded');
    expect(values(ui)).to.deep.equal(EMPTY);
    ui.form.remove();
    expect(values(await open(environment))).to.deep.equal(EMPTY);
  });
});

const ORDER = { currency: 'KWD', items: [{ id: 'cup', name: 'Brass cup', quantity: 2, unit_price: '10.000' }] };

describe('what only looks like an act of a person', () => {
  it('leaves the sentence about the sign-in: the page gives its items at each render', async () => {
    const { environment, ui } = await annsForm();
    await signIn(ui, environment, 'bob');
    ui.form.items = ORDER;
    await ui.form.updateComplete;
    expect(tells(ui)).to.equal(true);
    ui.type('amount', '3');
    await ui.form.updateComplete;
    expect(tells(ui)).to.equal(false);
  });

  it('keeps no copy of what the payment has got, also where the page gives its items later', async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    const first = await open(environment, { set: (form) => (form.items = ORDER) });
    root(first).querySelectorAll<HTMLInputElement>('[name=scope]')[2]!.click();
    await first.form.updateComplete;
    first.type('item-0', '2');
    first.choose('Returned goods');
    await first.form.updateComplete;
    const tabMemory = new Map(environment.tabMemory);
    const made = listed('succeeded', { amount: '20.000', refund_id: 'RF1' });
    const after = payment('ann', [made], {}, { refunded: '40.000', refundable: '55.000' });
    const second = await open(fakeEnvironment({ summary: after, tabMemory, lastUsedId: 50 }));
    second.form.items = ORDER;
    await second.form.updateComplete;
    await second.form.updateComplete;
    expect(second.field('reason').value).to.equal('');
    // What was typed since is no copy.
    await fill(second);
    second.form.items = { ...ORDER };
    await second.form.updateComplete;
    expect(values(second)).to.deep.equal(TYPED);
  });
});

describe('a person who is not known yet', () => {
  it('begins anew where the page has reset the form while it was loading', async () => {
    const { environment } = await annsForm();
    const after = reload(environment, payment('ann'));
    const ui = await drive(after, { set: (form) => void form.updateComplete.then(() => form.reset()) });
    await waitUntil(() => ui.field('amount') !== null);
    expect(values(ui)).to.deep.equal(EMPTY);
    // What is typed from then on is kept.
    await fill(ui);
    await signIn(ui, after, 'ann');
    expect(values(ui)).to.deep.equal(TYPED);
  });

  it('sees nothing of another one, when that one has been refused and nobody can read the payment', async () => {
    const { environment, ui } = await annsForm();
    await ui.press('Review refund');
    environment.on(CREATE, problemOf('user_changed', 412, { effect: 'nothing' }));
    environment.on(PAYMENT, { status: 502, text: '' });
    await ui.press(/^Refund /);
    await waitUntil(() => ui.form.state === 'editing');
    await ui.form.updateComplete;
    expect([values(ui), tells(ui)]).to.deep.equal([EMPTY, true]);
    await fill(ui, ['7', 'Paid twice', 'bob: John']);
    await signIn(ui, environment, 'bob');
    expect(values(ui)).to.deep.equal(['7', 'Paid twice', 'bob: John']);
    await signIn(ui, environment, 'ann');
    expect(values(ui)).to.deep.equal(TYPED);
  });
});

describe('the amount that the page gives', () => {
  it('stays while a refund of somebody else is refused', async () => {
    const environment = fakeEnvironment({ summary: payment('ann') });
    const ui = await open(environment, { set: (form) => (form.amount = '25.000') });
    await signIn(ui, environment, 'ann', [listed('failed', { ended: 'refused', refund_id: null })]);
    expect(ui.field('amount').value).to.equal('25.000');
  });
});
