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
import { heldReply } from './support/held.ts';
import { sending } from './support/sending.ts';
import { waitUntil } from './support/wait-until.ts';

const NAME = 'refund-form:/refunds:PI1';
const CREATE = 'POST /v2/payment/refunds';
const PAYMENT = 'GET /payments/*';
const STATUS = 'GET /v2/payment/refunds/*';
const UNKNOWN = 'Do not refund again';

/** The storage of one browser, which tells its tabs of each change as a `storage` event does: later, with its text. */
class BrowserStorage extends Map<string, string> {
  readonly #untold: (readonly [name: string, text: string | null])[] = [];

  override set(name: string, text: string): this {
    if (this.get(name) !== text) this.#untold.push([name, text]);
    return super.set(name, text);
  }

  override delete(name: string): boolean {
    if (this.has(name)) this.#untold.push([name, null]);
    return super.delete(name);
  }

  /** `false`: the events are lost, as for a page in the back-forward cache. */
  tell(arrives = true): void {
    for (const [key, newValue] of this.#untold.splice(0)) {
      if (arrives && key === NAME) window.dispatchEvent(new StorageEvent('storage', { key, newValue }));
    }
  }
}

let memory: BrowserStorage;
let ids = 0;
beforeEach(() => {
  memory = new BrowserStorage();
});

function tab(): FakeEnvironment {
  ids += 100;
  return fakeEnvironment({ memory, lastUsedId: ids });
}

const stored = () => memory.get(NAME) ?? '';
const keyOf = (environment: FakeEnvironment) => environment.writes().at(-1)!.headers.get('idempotency-key')!;

/** Reviews 12.500 in the first form and 5.000 in the second, each with a note about it. */
async function reviewBoth(first: FormDriver, second: FormDriver): Promise<void> {
  for (const [ui, amount] of [
    [first, '12.500'],
    [second, '5.000'],
  ] as const) {
    await waitUntil(() => ui.field('note') !== null);
    ui.type('note', `about ${amount}`);
    await ui.review(amount);
  }
}

/** A tab that has made a refund of 10.000, which is pending. */
async function pendingTab(): Promise<{ environment: FakeEnvironment; ui: FormDriver }> {
  const environment = tab();
  environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '10.000' }) });
  const ui = await drive(environment);
  await ui.send('10.000');
  await ui.waitForHeading('UQPAY accepted the refund');
  return { environment, ui };
}

/** Another tab, whose refund of 20.000 has no answer. */
async function lostTab(summary: unknown = SUMMARY): Promise<{ environment: FakeEnvironment; ui: FormDriver }> {
  const environment = tab();
  environment.on(PAYMENT, { json: summary });
  environment.on(CREATE, 'drop');
  const ui = await drive(environment);
  await waitUntil(() => /^Refund$|accepted/.test(ui.heading()));
  if (ui.heading() !== 'Refund') {
    await waitUntil(() => ui.buttons().includes('Make another refund'));
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await waitUntil(() => ui.field('amount') !== null);
  }
  await ui.send('20.000');
  await ui.waitForHeading(UNKNOWN);
  memory.tell();
  return { environment, ui };
}

describe('the lock of an unknown refund', () => {
  for (const status of ['PROCESSING', 'SUCCEEDED', 'FAILED']) {
    it(`stays when another tab reads that its older refund is ${status}`, async () => {
      const older = await pendingTab();
      const { environment, ui } = await lostTab();
      const key = keyOf(environment);
      older.environment.on(STATUS, { json: uqpayRefund(status, { amount: '10.000' }) });
      await older.ui.press('Check status');
      await older.ui.waitForText(status);
      memory.tell();
      expect(stored()).to.contain(key);
      expect(ui.heading()).to.contain(UNKNOWN);
    });
  }

  it('stays when another tab makes another refund, and holds there, too', async () => {
    const older = await pendingTab();
    older.environment.on(STATUS, { json: uqpayRefund('SUCCEEDED', { amount: '10.000' }) });
    await older.ui.press('Check status');
    await older.ui.waitForHeading('has carried out the refund');
    const { environment, ui } = await lostTab();
    await older.ui.press('Make another refund');
    await older.ui.waitForHeading(UNKNOWN);
    memory.tell();
    expect(stored()).to.contain(keyOf(environment));
    expect(ui.heading()).to.contain(UNKNOWN);
  });

  it('stays when another tab with a pending refund asks for another one', async () => {
    const older = await pendingTab();
    const { environment } = await lostTab();
    await older.ui.press('Make another refund');
    await older.ui.press('Make another refund all the same');
    await older.ui.waitForHeading(UNKNOWN);
    expect(stored()).to.contain(keyOf(environment));
  });

  it('is not taken off by a person who unlocks the refund of another tab', async () => {
    const environment = fakeEnvironment({ memory, deduplicates: false });
    environment.on('POST /create-refund', 'drop');
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    await ui.press('Check status');
    await waitUntil(() => ui.buttons().includes('Unlock the form'));
    // Another tab has unlocked it, has sent another refund, and waits for its answer.
    memory.set(NAME, stored().replaceAll(keyOf(environment), 'the-newer-one'));
    ui.form.shadowRoot!.querySelector<HTMLInputElement>('[name=sure]')!.click();
    await ui.press('Unlock the form');
    await ui.waitForText('Key ends in er-one');
    expect(stored()).to.contain('the-newer-one');
  });
});

describe('a lost refund that another tab settles', () => {
  /** Two tabs with the same lost refund. The first one has sent it. */
  async function both() {
    const first = await lostTab();
    const environment = tab();
    const second = { environment, ui: await drive(environment) };
    await second.ui.waitForHeading(UNKNOWN);
    return { first, second, key: keyOf(first.environment) };
  }

  for (const [standing, heading] of [
    ['SUCCEEDED', 'has carried out the refund'],
    ['INITIATED', 'accepted the refund'],
  ] as const) {
    it(`is shown as ${standing} where it was sent, and is not offered again`, async () => {
      const { first, second } = await both();
      second.environment.on(CREATE, { json: uqpayRefund(standing, { amount: '20.000' }) });
      await second.ui.press('Check status, send if not received');
      await second.ui.waitForHeading(heading);
      memory.tell();
      await first.ui.waitForHeading(heading);
      expect(first.ui.field('amount')).to.equal(null);
      expect(first.ui.events.filter(({ name }) => name === 'refund-form-accepted')).to.have.length(1);
      expect(stored().includes('RF1')).to.equal(standing === 'INITIATED');
    });
  }

  it('is read from the payment where the browser did not tell of it', async () => {
    const { first, second, key } = await both();
    second.environment.on(CREATE, { json: uqpayRefund('SUCCEEDED', { amount: '20.000' }) });
    await second.ui.press('Check status, send if not received');
    await second.ui.waitForHeading('has carried out the refund');
    memory.tell(false);
    const refund = {
      refund_id: 'RF1',
      idempotency_key: key,
      amount: '20.000',
      status: 'SUCCEEDED',
      standing: 'succeeded',
    };
    first.environment.on(PAYMENT, { json: { ...SUMMARY, refunds: [refund] } });
    window.dispatchEvent(new StorageEvent('storage', { key: NAME, newValue: null }));
    await first.ui.waitForHeading('has carried out the refund');
    expect(first.ui.field('amount')).to.equal(null);
  });

  it('comes back as it was typed where nothing came of it', async () => {
    const { first, second } = await both();
    second.environment.on(CREATE, problemOf('settled_nothing', 409, { effect: 'nothing' }));
    await second.ui.press('Check status, send if not received');
    await waitUntil(() => !second.ui.heading().includes(UNKNOWN));
    memory.tell();
    await waitUntil(() => first.ui.field('amount') !== null);
    expect(first.ui.field('amount').value).to.equal('20.000');
    expect(first.ui.events.some(({ name }) => name === 'refund-form-accepted')).to.equal(false);
  });
});

describe('an answer that comes after the refund is settled', () => {
  it('takes nothing back, and is told to the page once', async () => {
    const environment = fakeEnvironment({ events: true });
    const { reply, answer } = heldReply();
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(UNKNOWN);
    const key = keyOf(environment);
    environment.on(CREATE, reply);
    await waitUntil(() => environment.listeners.has('PI1'));
    await ui.press('Check status, send if not received');
    await waitUntil(() => environment.writes().length === 2);
    const refund = {
      refund_id: 'RF1',
      idempotency_key: key,
      amount: '12.500',
      status: 'SUCCEEDED',
      standing: 'succeeded',
    } as const;
    environment.on(PAYMENT, { json: { ...SUMMARY, refunds: [refund] } });
    environment.listeners.get('PI1')!({ ...SUMMARY, refunds: [refund] });
    await ui.waitForHeading('has carried out the refund');
    const told = ui.events.map(({ name }) => name);
    await answer({ json: uqpayRefund('INITIATED') });
    // What the form would do with the answer comes before another request of it is answered.
    await ui.form.refresh();
    expect(ui.heading()).to.contain('has carried out the refund');
    expect(ui.events.map(({ name }) => name)).to.deep.equal(told);
    expect([...environment.memory.values()].join()).not.to.contain(key);
  });
});

describe('an answer that never comes to a form that shows another payment by now', () => {
  it('is not told, and locks nothing, once another form has learned what became of the refund', async () => {
    const { environment, ui, answer } = await sending();
    const key = keyOf(environment);
    ui.form.paymentId = 'PI2';
    await waitUntil(() => ui.field('amount') !== null);
    const refunds = [
      { refund_id: 'RF1', idempotency_key: key, amount: '12.500', status: 'SUCCEEDED', standing: 'succeeded' },
    ];
    environment.on('GET /payments/PI1', { json: { ...SUMMARY, refunds } });
    ui.form.paymentId = 'PI1';
    await ui.waitForHeading('has carried out the refund');
    const told = ui.events.map(({ name }) => name);
    await answer('drop');
    await ui.form.refresh();
    expect(ui.events.map(({ name }) => name)).to.deep.equal(told);
    expect([...environment.memory.values()].join()).not.to.contain(key);
  });
});

describe('a division whose second step finds the sign-in ended', () => {
  it('is there again after a reload, and its first step is not asked for anew', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    environment.on('POST /create-multivendor-refund', problemOf('unauthenticated', 401, { effect: 'nothing' }));
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('Divide KWD 12.500');
    await ui.press('Split in proportion');
    const typed = ui.field('vendor-0').value;
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForText('sign-in has ended');
    const { tabMemory } = environment;
    const after = fakeEnvironment({ memory: environment.memory, tabMemory, lastUsedId: 500 });
    after.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const again = await drive(after, { provider: 'upayments' });
    await again.waitForText('Can be refunded');
    await again.press('Review refund');
    await again.press(/^Refund /);
    await again.waitForHeading('Divide KWD 12.500');
    expect(keyOf(after)).to.equal(environment.writes()[0]!.headers.get('idempotency-key'));
    expect(again.field('vendor-0').value).to.equal(typed);
  });
});

describe('another tab that still waits for an answer, though the payment lists its refund already', () => {
  it('is named as the cause where nothing is sent for it, and what was typed stays', async () => {
    const { environment: first } = await pendingTab();
    const environment = tab();
    const made = { refund_id: 'RF1', amount: '10.000', status: 'INITIATED', standing: 'pending', state: 'succeeded' };
    environment.on(PAYMENT, { json: { ...SUMMARY, refunds: [{ ...made, idempotency_key: keyOf(first) }] } });
    environment.on(STATUS, { json: uqpayRefund('INITIATED', { amount: '10.000' }) });
    let isHeld = false;
    const { locks } = environment;
    const request = (name: string, how: LockOptions, work: LockGrantedCallback<unknown>) =>
      isHeld ? work(null) : locks!.request(name, how, work);
    const ui = await drive({ ...environment, locks: { request } as unknown as LockManager });
    await ui.waitForHeading('UQPAY accepted the refund');
    await ui.press('Make another refund');
    await ui.press('Make another refund all the same');
    await ui.review('7.000');
    isHeld = true;
    await ui.press(/^Refund /);
    await ui.waitForText('Another refund of this payment is under way or unknown');
    expect([ui.heading(), ui.field('amount').value]).to.deep.equal(['Refund', '7.000']);
    expect(environment.writes()).to.have.length(0);
    isHeld = false;
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { payment_refund_id: 'RF2', amount: '7.000' }) });
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await waitUntil(() => environment.writes().length === 1);
  });
});

describe('a refund that is checked', () => {
  it('stays locked when the page has emptied the storage without a word meanwhile', async () => {
    const { environment, ui } = await lostTab();
    const key = keyOf(environment);
    const { reply, answer } = heldReply();
    environment.on(PAYMENT, reply);
    await ui.press('Check status, send if not received');
    memory.clear();
    await answer({ status: 401 });
    environment.on(PAYMENT, { json: SUMMARY });
    await ui.form.refresh();
    expect(ui.heading()).to.contain(UNKNOWN);
    environment.on(CREATE, 'drop');
    await ui.press('Check status, send if not received');
    await waitUntil(() => environment.writes().length === 2);
    expect([keyOf(environment), stored().includes(key)]).to.deep.equal([key, true]);
  });

  it('is let go when another tab lets it go meanwhile, and is locked again in neither', async () => {
    const signedIn = (user: string) => ({ ...SUMMARY, permission: { user } });
    const { environment, ui } = await lostTab(signedIn('amal'));
    // It is not sent in the name of somebody else, so that the check only looks.
    environment.on(PAYMENT, { json: signedIn('basma') });
    const { reply, answer } = heldReply();
    const asked = () => environment.requests.filter(({ path }) => path === '/').length;
    const before = asked();
    environment.on('GET /', reply);
    await ui.press('Check status');
    await waitUntil(() => asked() > before, 'expected that the proxy is asked to describe itself');
    memory.delete(NAME);
    memory.tell();
    await ui.form.refresh();
    await ui.form.refresh();
    await answer({ status: 404 });
    environment.on('GET /', { status: 404 });
    await waitUntil(() => ui.form.state === 'editing', 'expected the free form');
    expect([stored(), environment.writes().length]).to.deep.equal(['', 1]);
  });

  it('is let go although the tab that checks it reads the payment while another one lets it go', async () => {
    const { environment, ui } = await lostTab();
    const { reply, answer } = heldReply();
    environment.on(PAYMENT, reply);
    const before = environment.requests.length;
    await ui.press('Check status, send if not received');
    await waitUntil(() => environment.requests.length > before);
    environment.on(PAYMENT, { json: SUMMARY });
    memory.delete(NAME);
    memory.tell();
    await answer({ json: SUMMARY });
    await waitUntil(() => ui.form.state === 'editing', 'expected the free form');
    expect([stored(), environment.writes().length]).to.deep.equal(['', 1]);
  });

  it('is sent again at the next check, when another tab has let it go while it was sent and its answer was lost', async () => {
    const { environment, ui } = await lostTab();
    const key = keyOf(environment);
    const { reply, answer } = heldReply();
    environment.on(CREATE, reply);
    await ui.press('Check status, send if not received');
    await waitUntil(() => environment.writes().length === 2);
    memory.delete(NAME);
    memory.tell();
    await ui.form.refresh();
    await ui.form.refresh();
    await answer({ status: 504 });
    await ui.waitForText('still not known');
    expect(stored()).to.contain(key);
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '20.000' }) });
    await ui.press('Check status, send if not received');
    await ui.waitForHeading('accepted the refund');
    expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).size).to.equal(1);
  });
});

describe('two frames of one tab, which share its storage', () => {
  it('do not take what is typed in one for a refund in the other', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review();
    expect(environment.tabMemory.size).to.be.above(0);
    for (const [key, newValue] of environment.tabMemory) {
      window.dispatchEvent(new StorageEvent('storage', { key, newValue }));
    }
    await ui.form.updateComplete;
    expect([ui.form.state, ui.heading()]).to.deep.equal(['review', 'Check the refund']);
  });
});

describe('a browser whose storage is emptied', () => {
  it('keeps the lock of a refund whose answer was lost', async () => {
    const { environment, ui } = await lostTab();
    const key = keyOf(environment);
    // A page that signs out may empty everything.
    memory.clear();
    window.dispatchEvent(new StorageEvent('storage', { key: null, newValue: null }));
    await ui.form.refresh();
    expect(ui.heading()).to.contain(UNKNOWN);
    expect(stored()).to.contain(key);
  });

  it('sends the same request again at the next check, though nothing told that it was emptied', async () => {
    const { environment, ui } = await lostTab();
    memory.clear();
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '20.000' }) });
    await ui.press('Check status, send if not received');
    await ui.waitForHeading('accepted the refund');
    expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).size).to.equal(1);
  });

  it('keeps the lock of a refund that was being sent meanwhile', async () => {
    const environment = tab();
    const { reply, answer } = heldReply();
    environment.on(CREATE, reply);
    const ui = await drive(environment);
    await ui.send('20.000');
    await waitUntil(() => environment.writes().length === 1);
    memory.clear();
    window.dispatchEvent(new StorageEvent('storage', { key: null, newValue: null }));
    await answer('drop');
    await ui.waitForHeading(UNKNOWN);
    expect(stored()).to.contain(keyOf(environment));
  });
});

describe('two forms of a page that stores nothing', () => {
  it('know of each other’s refund all the same', async () => {
    const environment = Object.assign(fakeEnvironment(), { storage: () => undefined });
    environment.on(CREATE, 'drop');
    const [first, second] = [await drive(environment), await drive(environment)];
    await waitUntil(() => second.field('amount') !== null && first.field('amount') !== null);
    await first.review('20.000');
    await first.press(/^Refund /);
    await first.waitForHeading(UNKNOWN);
    await second.waitForHeading(UNKNOWN);
    expect(environment.writes()).to.have.length(1);
  });
});

describe('a first step over vendors that is approved while the payment is open in another tab, too', () => {
  const FIRST = 'POST /create-refund';
  const SECOND = 'POST /create-multivendor-refund';
  const summaryOf = (key: string | null, ended?: string) => ({
    ...SUMMARY,
    permission: { user: 'amal', approval_above: '10.000' },
    refunds: key
      ? [
          {
            idempotency_key: key,
            intent_id: 'i1',
            amount: '12.500',
            status: ended ?? '',
            standing: ended ? 'failed' : 'awaiting_approval',
            ...(ended && { ended }),
          },
        ]
      : [],
  });

  /** One tab has asked, with a note that only it knows, and the other one was open before. */
  const twoTabs = async (note = 'as agreed') => {
    const [asker, other] = [tab(), tab()];
    for (const environment of [asker, other]) environment.on(PAYMENT, { json: summaryOf(null) });
    asker.on(FIRST, problemOf('approval_required', 403, { effect: 'running' }));
    const asks = await drive(asker, { provider: 'upayments' });
    const looks = await drive(other, { provider: 'upayments' });
    await waitUntil(() => asks.field('note') !== null);
    asks.type('note', note);
    await asks.review();
    await asks.press('Ask for approval');
    await asks.waitForHeading('waits for a second person');
    memory.tell();
    const key = keyOf(asker);
    other.on(PAYMENT, { json: summaryOf(key) });
    await looks.form.refresh();
    await looks.waitForHeading('waits for a second person');
    /** It is approved, and the other tab hears of it first. */
    const approve = async () => {
      for (const environment of [asker, other]) {
        environment.on(PAYMENT, { json: summaryOf(key, 'vendors_opened') });
        environment.on(FIRST, VENDORS_OPENED_REPLY);
      }
      await looks.form.refresh();
      memory.tell();
      await looks.form.refresh();
      expect(looks.form.state).to.equal('editing');
    };
    return { asker, asks, other, looks, key, approve };
  };

  it('goes on in the tab that asked, and the other one says so and keeps its record', async () => {
    const { asker, asks, looks, key, approve } = await twoTabs();
    await approve();
    expect(looks.text()).to.contain('Whoever asked for it divides it now');
    expect(stored()).to.contain(key);
    await asks.form.refresh();
    await asks.waitForHeading('Divide KWD 12.500 over the vendors');
    expect(keyOf(asker)).to.equal(key);
    memory.tell();
    expect(stored()).to.equal('');
  });

  it('is not gone on with in a form that comes back into its page after another one has divided it', async () => {
    const { asker, asks, key, approve } = await twoTabs('');
    asks.form.remove();
    const since = tab();
    since.on(PAYMENT, { json: summaryOf(key) });
    const divides = await drive(since, { provider: 'upayments' });
    await divides.waitForHeading('waits for a second person');
    await approve();
    since.on(PAYMENT, { json: summaryOf(key, 'vendors_opened') });
    since.on(FIRST, VENDORS_OPENED_REPLY);
    await divides.form.refresh();
    await divides.waitForHeading('Divide');
    divides.type('vendor-0', '12.500');
    await divides.press('Review refunds');
    // Its answer is lost, and the record says so.
    since.on(SECOND, 'drop');
    await divides.press(/^Ask for approval/);
    await divides.waitForHeading(UNKNOWN);
    const record = stored();
    // While it was out of the page it heard nothing.
    memory.tell(false);
    document.body.append(asks.form);
    await asks.waitForHeading(UNKNOWN);
    expect([asker.writes().length, stored()]).to.deep.equal([1, record]);
  });

  it('is what Back from a colleague’s request leads to, also in the other one', async () => {
    const { other, looks, key } = await twoTabs();
    const summary = summaryOf(key);
    const colleague = {
      ...summary.refunds[0]!,
      idempotency_key: 'c0ffee00-0000-4000-8000-000000000000',
      intent_id: 'i2',
      amount: '20.000',
      approval: { asked_by: 'basma', asked_at: '2026-11-21T08:30:00Z' },
    };
    const permission = { ...summary.permission, approve: true };
    other.on(PAYMENT, { json: { ...summary, permission, refunds: [...summary.refunds, colleague] } });
    await looks.form.refresh();
    await looks.press('Decide about KWD 20.000');
    await looks.press('Back');
    await looks.waitForHeading('waits for a second person');
  });

  it('goes on in the other one, too, for the same amount, reason and note', async () => {
    const { other, looks, key, approve } = await twoTabs();
    await approve();
    looks.type('note', 'as agreed');
    await looks.send();
    await looks.waitForHeading('Divide KWD 12.500 over the vendors');
    expect(keyOf(other)).to.equal(key);
  });

  it('keeps the other one from no other refund', async () => {
    const { other, looks, key, approve } = await twoTabs();
    await approve();
    await looks.send('5.000');
    await looks.waitForHeading('Divide KWD 5.000 over the vendors');
    expect(keyOf(other)).not.to.equal(key);
  });

  it('is told of the other refund that came to nothing there, and is kept for the tab that asked', async () => {
    const { other, looks, key, approve } = await twoTabs();
    await approve();
    other.on(FIRST, problemOf('forbidden', 403));
    await looks.review('5.000');
    await looks.press(/^Refund /);
    await looks.waitForText('You may not do this with this payment');
    await looks.form.refresh();
    expect([looks.form.state, looks.field('amount').value]).to.deep.equal(['editing', '5.000']);
    expect(stored()).to.contain(key);
  });

  it('goes on in the tab that asked, though one that was opened since and does not know the note has heard of it first', async () => {
    const { asker, asks, key, approve } = await twoTabs();
    const since = tab();
    since.on(PAYMENT, { json: summaryOf(key) });
    const late = await drive(since, { provider: 'upayments' });
    await late.waitForHeading('waits for a second person');
    since.on(PAYMENT, { json: summaryOf(key, 'vendors_opened') });
    await approve();
    await late.form.refresh();
    await late.waitForText('Whoever asked for it divides it now');
    memory.tell();
    await asks.form.refresh();
    await asks.waitForHeading('Divide KWD 12.500 over the vendors');
    expect([keyOf(asker), since.writes().length]).to.deep.equal([key, 0]);
  });

  it('does not go on in a hidden tab that was opened since, and a seen one that is late says so', async () => {
    const { asker, asks, key, approve } = await twoTabs('');
    const since = tab();
    since.on(PAYMENT, { json: summaryOf(key) });
    const late = await drive(since, { provider: 'upayments' });
    await late.waitForHeading('waits for a second person');
    since.on(PAYMENT, { json: summaryOf(key, 'vendors_opened') });
    since.on(FIRST, VENDORS_OPENED_REPLY);
    since.isHidden = true;
    await approve();
    await late.form.refresh();
    expect(since.writes()).to.have.length(0);
    await asks.form.refresh();
    await asks.waitForHeading('Divide');
    since.isHidden = false;
    memory.tell();
    await late.waitForText('Whoever asked for it divides it now');
    expect([late.form.state, asks.form.state]).to.deep.equal(['editing', 'vendors']);
    expect([since.writes().length, keyOf(asker)]).to.deep.equal([0, key]);
  });
});

describe('two forms, of which one divides an amount over vendors', () => {
  const FIRST = 'POST /create-refund';
  const open = async (environment: FakeEnvironment, amount: string) => {
    const ui = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => ui.field('note') !== null);
    return Object.assign(ui, {
      async divide() {
        // The other form may be sending.
        await waitUntil(() => ui.field('note') !== null);
        ui.type('note', `about ${amount}`);
        await ui.send(amount);
        await ui.waitForHeading('Divide');
      },
    });
  };

  it('keep what is typed for the vendors when the other one opens its own division', async () => {
    const environment = fakeEnvironment();
    environment.on(FIRST, VENDORS_OPENED_REPLY);
    const [first, second] = [await open(environment, '12.500'), await open(environment, '5.000')];
    await first.divide();
    first.type('vendor-0', '4.250');
    await second.divide();
    await waitUntil(() => first.form.state === 'editing');
    expect([first.field('amount').value, first.field('note').value]).to.deep.equal(['12.500', 'about 12.500']);
    await first.press('Review refund');
    await first.press(/^Refund /);
    await first.waitForHeading('Divide');
    expect(first.field('vendor-0').value).to.equal('4.250');
    const keys = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys)).to.have.property('size', 3);
  });

  it('send again what was sent, with its note, also after the other one has lost the race', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', 'drop');
    const [first, second] = [await open(environment, '12.500'), await open(environment, '5.000')];
    await reviewBoth(first, second);
    environment.advance(2_000);
    // In one turn: the first one sends. The second one does not, or checks what it has heard of the first by then.
    for (const ui of [first, second]) ui.form.requestSubmit();
    await waitUntil(() => first.form.state === 'unknown' && second.form.state === 'unknown');
    const { length } = environment.writes();
    await first.press('Check status, send if not received');
    await waitUntil(() => environment.writes().length > length);
    const sent = environment.writes().map(({ headers, body }) => [headers.get('idempotency-key'), body]);
    for (const again of sent) expect(again).to.deep.equal(sent[0]);
  });

  it('say nothing of a refusal in the form that nobody has touched', async () => {
    const environment = fakeEnvironment();
    environment.on(FIRST, ({ headers }) => {
      const key = headers.get('idempotency-key');
      const refund = { idempotency_key: key, intent_id: 'i1', state: 'succeeded', amount: '12.500', status: '' };
      const refunds = [{ ...refund, standing: 'failed', ended: 'vendors_opened' }];
      environment.on('GET /payments/*', { json: { ...SUMMARY, refunds } });
      return VENDORS_OPENED_REPLY;
    });
    const first = await open(environment, '12.500');
    const second = await drive(environment, { provider: 'upayments' });
    await waitUntil(() => second.field('amount') !== null);
    await first.divide();
    await second.form.refresh();
    await waitUntil(() => second.form.state === 'editing');
    expect(second.text()).not.to.contain('Nothing was refunded');
    expect(second.field('amount').value).to.equal('');
    expect(second.events.map(({ name }) => name)).not.to.include('refund-form-refused');
  });
});

describe('a status that is read slowly in one tab', () => {
  it('brings back no record of a refund that another tab has heard the end of', async () => {
    const { environment: first, ui } = await pendingTab();
    const second = tab();
    const slow = heldReply();
    second.on(STATUS, slow.reply);
    const other = await drive(second);
    await other.waitForHeading('UQPAY accepted the refund');
    first.on(STATUS, { json: uqpayRefund('FAILED', { amount: '10.000' }) });
    await ui.press('Check status');
    await ui.waitForHeading('could not carry out');
    expect(memory.has(NAME)).to.equal(false);
    await slow.answer({ json: uqpayRefund('INITIATED', { amount: '10.000' }) });
    await other.form.refresh();
    expect(memory.has(NAME)).to.equal(false);
  });
});

describe('two tabs that send at the same moment', () => {
  it('give back to each what was typed in it, where they have sent at the same moment and nothing came of it', async () => {
    const [winner, loser] = [tab(), tab()];
    const { reply, answer } = heldReply();
    winner.on(CREATE, reply);
    const [first, second] = [await drive(winner), await drive(loser)];
    await reviewBoth(first, second);
    for (const environment of [winner, loser]) environment.advance(2_000);
    for (const ui of [first, second]) ui.form.requestSubmit();
    await waitUntil(() => winner.writes().length === 1);
    await second.waitForHeading(UNKNOWN);
    memory.tell();
    await answer(problemOf('insufficient_balance', 422, { effect: 'nothing' }));
    await waitUntil(() => first.form.state === 'editing');
    memory.tell();
    await waitUntil(() => second.form.state === 'editing');
    expect([second.field('amount').value, second.field('note').value]).to.deep.equal(['5.000', 'about 5.000']);
    expect(loser.writes()).to.have.length(0);
  });
});
