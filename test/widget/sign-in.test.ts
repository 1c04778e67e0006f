import { expect } from '@open-wc/testing';

import type { Environment } from '../../widget/browser/environment.ts';
import { drive, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  SUMMARY,
  uqpayRefund,
  type FakeEnvironment,
  type Reply,
} from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
const PAYMENT = 'GET /payments/*';
const RECORD = 'refund-form:/refunds:PI1';
const PENDING = 'accepted the refund';
const ENDED = 'Your sign-in has ended';
const HTML = { text: '<!doctype html><title>Sign in</title>', headers: { 'content-type': 'text/html' } };

const SIGN_INS: Readonly<Record<string, Reply>> = {
  'a redirect': { status: 302, text: '', headers: { location: '/login' } },
  'a 401 with HTML': { status: 401, ...HTML },
  'a 401 of the proxy': problemOf('unauthenticated', 401, { effect: 'nothing' }),
};
const unauthenticatedEvents = ({ events }: FormDriver) =>
  events.filter(({ name }) => name === 'refund-form-unauthenticated').length;
/** Every read of the payment gets this reply, as when a sign-in page protects the proxy. */
const signOut = (environment: FakeEnvironment, reply: Reply) => environment.on(PAYMENT, reply);

for (const [name, reply] of Object.entries(SIGN_INS)) {
  describe(`a form that receives ${name} because the sign-in has ended`, () => {
    it('says so when it loads, sends the event once, and continues after the sign-in', async () => {
      const environment = fakeEnvironment();
      signOut(environment, reply);
      const ui = await drive(environment);
      await ui.waitForHeading(ENDED);
      await ui.press('I have signed in');
      await ui.waitForHeading(ENDED);
      expect(unauthenticatedEvents(ui)).to.equal(1);
      signOut(environment, { json: SUMMARY });
      await ui.press('I have signed in');
      await ui.waitForText('Up to KWD 75.000');
    });

    it('keeps the typed values after a refresh and after a review', async () => {
      for (const step of ['refresh', 'review'] as const) {
        const environment = fakeEnvironment();
        const ui = await drive(environment);
        await waitUntil(() => ui.field('amount') !== null);
        signOut(environment, reply);
        ui.type('note', 'as agreed');
        ui.type('amount', '12.500');
        ui.choose('Returned goods');
        if (step === 'refresh') await ui.form.refresh();
        else await ui.press('Review refund');
        await ui.waitForHeading(ENDED);
        expect(unauthenticatedEvents(ui)).to.equal(1);
        signOut(environment, { json: SUMMARY });
        await ui.press('I have signed in');
        await ui.waitForText(/Up to KWD/);
        expect(ui.field('amount').value).to.equal('12.500');
        expect(ui.field('note').value).to.equal('as agreed');
        expect(environment.writes()).to.have.length(0);
      }
    });

    it('says so beside a status that it cannot read', async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      environment.on(READ, reply);
      const ui = await drive(environment);
      await ui.send();
      await ui.waitForHeading(PENDING);
      environment.advance(2000);
      await ui.waitForText('Sign in again, then check the status');
      expect(ui.heading()).to.contain(PENDING);
      expect(unauthenticatedEvents(ui)).to.equal(1);
      environment.on(READ, { json: uqpayRefund('SUCCEEDED') });
      await ui.press('Check status');
      await ui.waitForHeading('carried out');
    });

    it('shows a sent refund as unknown after a redirect, and as not made after a 401', async () => {
      const environment = fakeEnvironment();
      const ui = await drive(environment);
      await ui.review();
      await ui.waitForHeading('Check the refund');
      signOut(environment, reply);
      environment.on(CREATE, reply);
      await ui.press(/^Refund /);
      await waitUntil(() => unauthenticatedEvents(ui) === 1);
      // A server may redirect after it has carried out a request. After a 401 it has carried out nothing.
      if (name === 'a redirect') {
        await ui.waitForHeading('Do not refund again');
        expect(environment.memory.has(RECORD)).to.equal(true);
        return;
      }
      await ui.waitForHeading(ENDED);
      expect(ui.text()).to.contain('Nothing was refunded');
      expect(environment.memory.has(RECORD)).to.equal(false);
      signOut(environment, { json: SUMMARY });
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      await ui.press('I have signed in');
      await ui.waitForText(/Up to KWD/);
      expect(ui.field('amount').value).to.equal('12.500');
      await ui.send();
      await ui.waitForHeading(PENDING);
      expect(environment.writes()).to.have.length(2);
    });
  });
}

describe('an answer that does not come from the refund service', () => {
  for (const [status, more] of [
    [413, HTML],
    [429, HTML],
    [413, problemOf('body_too_large', 413, { effect: 'nothing' })],
  ] as const) {
    it(`means that no money moved when it answers the first request: ${status}, ${'text' in (more as object) ? 'HTML' : 'JSON'}`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, { ...(more as object), status });
      const ui = await drive(environment);
      await ui.send();
      await ui.waitForText('Nothing was refunded');
      expect(ui.text()).not.to.contain('answer was lost');
      expect(ui.field('amount').value).to.equal('12.500');
      expect(environment.memory.has(RECORD)).to.equal(false);
    });
  }

  it('leaves the outcome unknown with 403, because a filter may have replaced the real answer', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { status: 403, ...HTML });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    expect(environment.memory.has(RECORD)).to.equal(true);
  });

  for (const [status, words] of [
    [404, /Nothing is served at \/refunds/],
    [200, /\/refunds answered with no payment \(HTTP 200\)/],
    [403, /\/refunds answered with no payment \(HTTP 403\)/],
  ] as const) {
    it(`makes the form name its endpoint when the payment does not load: ${status}`, async () => {
      const environment = fakeEnvironment();
      environment.on(PAYMENT, { status, ...HTML });
      environment.on('GET /v2/*', { status, ...HTML });
      const ui = await drive(environment);
      await ui.waitForHeading('could not be loaded');
      expect(ui.text()).to.match(words).and.not.to.contain('connection');
    });
  }
});

describe('an event of a stream that was opened before the sign-in ended', () => {
  it('opens no form: the payment has to be read first', async () => {
    const environment = fakeEnvironment({ events: true });
    const ui = await drive(environment);
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('amount', '12.500');
    await waitUntil(() => environment.listeners.has('PI1'));
    const hear = environment.listeners.get('PI1')!;
    environment.on(PAYMENT, problemOf('unauthenticated', 401, { effect: 'nothing' }));
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'signed_out');
    hear({ ...SUMMARY, refunded: '35.000', refundable: '60.000' });
    await ui.form.refresh();
    expect(ui.form.state).to.equal('signed_out');
    environment.on(PAYMENT, { json: { ...SUMMARY, refundable: '50.000' } });
    hear({ ...SUMMARY, refunded: '35.000', refundable: '60.000' });
    await ui.waitForText('50.000');
  });
});

describe('a browser that is offline', () => {
  it('keeps the refund back at first, and sends it after a second confirmation', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.isOffline = true;
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForText('You are offline, and nothing was sent');
    expect(environment.writes()).to.have.length(0);
    expect(environment.memory.has(RECORD)).to.equal(false);
    expect(ui.field('amount').value).to.equal('12.500');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    expect(environment.writes()).to.have.length(1);
  });

  it('loads the payment again as soon as it is online', async () => {
    const environment = fakeEnvironment();
    environment.on(PAYMENT, 'drop');
    environment.on('GET /v2/*', 'drop');
    environment.isOffline = true;
    const ui = await drive(environment);
    await ui.waitForText('You are offline. The payment is loaded once you are online');
    environment.isOffline = false;
    environment.on(PAYMENT, { json: SUMMARY });
    window.dispatchEvent(new Event('online'));
    await ui.waitForText('Up to KWD 75.000');
  });
});

describe('a browser that cannot store the refund', () => {
  const throwFull = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };

  const REFUSES: Readonly<Record<string, () => void>> = {
    'becomes full': throwFull,
    'is replaced by one that throws any error': () => {
      throw new Error('no consent');
    },
    'is replaced by one that drops everything': () => {},
  };
  for (const [how, refuse] of Object.entries(REFUSES))
    it(`needs a second confirmation when its storage ${how} after the review opened`, async () => {
      const environment = fakeEnvironment();
      const storage = environment.storage()!;
      let isFull = false;
      const ui = await drive({
        ...environment,
        storage: () => ({ ...storage, setItem: (key, value) => (isFull ? refuse() : storage.setItem(key, value)) }),
      });
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      await ui.review();
      expect(ui.text()).not.to.contain('keeps no record');
      isFull = true;
      await ui.press(/^Refund /);
      await ui.waitForText('This browser keeps no record');
      const alert = ui.form.shadowRoot!.querySelector('[role=alert]');
      expect(alert?.textContent).to.contain('This browser keeps no record');
      expect(ui.heading()).to.equal('Check the refund');
      expect(environment.writes()).to.have.length(0);
      await ui.press(/^Refund /);
      await ui.waitForHeading(PENDING);
      expect(environment.writes()).to.have.length(1);
    });

  const STORAGES: Readonly<Record<string, Environment['storage']>> = {
    'has no storage': () => null,
    'has a full storage': () => ({ getItem: () => null, setItem: throwFull, removeItem: () => undefined }),
    'has one that throws any error': () => {
      throw new Error('no consent');
    },
  };
  for (const [name, storage] of Object.entries(STORAGES)) {
    it(`can send a refund when it ${name}, and the form says so before it sends`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, ['drop', { json: uqpayRefund('INITIATED') }]);
      const ui = await drive({ ...environment, storage });
      await ui.review();
      expect(ui.text()).to.contain('This browser keeps no record');
      await ui.press(/^Refund /);
      await ui.waitForHeading('Do not refund again');
      await ui.press('Check status, send if not received');
      await ui.waitForHeading(PENDING);
      expect(new Set(environment.writes().map(({ headers }) => headers.get('idempotency-key'))).size).to.equal(1);
    });
  }

  it('sends one request for two forms of one payment where the browser has Web Locks and refuses to lock', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const request = () => Promise.reject(new DOMException('a sandboxed frame', 'SecurityError'));
    const refusing = { ...environment, locks: { request } as Environment['locks'] };
    const [ui, other] = [await drive(refusing), await drive(refusing)];
    await ui.review();
    await other.review();
    await Promise.all([ui.press(/^Refund /), other.press(/^Refund /)]);
    await waitUntil(() => {
      environment.advance(100);
      return ui.heading().includes(PENDING);
    });
    expect(environment.writes()).to.have.length(1);
  });

  it('sends one request for two forms of one payment without Web Locks', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const withoutLocks = { ...environment, locks: undefined };
    const [one, two] = [await drive(withoutLocks), await drive(withoutLocks)];
    await Promise.all([one.review(), two.review()]);
    one.button(/^Refund /).click();
    two.button(/^Refund /).click();
    environment.advance(100);
    await one.waitForHeading(PENDING);
    await waitUntil(() => !/Sending|Check the refund/.test(two.heading()));
    environment.advance(5000);
    await one.form.updateComplete;
    expect(environment.writes()).to.have.length(1);
  });

  it('gives back what was typed in the one of two forms that was too late', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const [one, two] = [await drive(environment), await drive(environment)];
    await waitUntil(() => [one, two].every((ui) => ui.field('amount') !== null));
    await one.review('12.500');
    await two.review('9.000');
    one.button(/^Refund /).click();
    two.button(/^Refund /).click();
    await waitUntil(
      () => [one, two].some((ui) => ui.heading().includes(PENDING)),
      () => `${one.text()} / ${two.text()}`,
    );
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const refund = {
      idempotency_key: key,
      refund_id: 'RF1',
      amount: '12.500',
      status: 'INITIATED',
      standing: 'pending',
    };
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [refund] } });
    await Promise.all([one.form.refresh(), two.form.refresh()]);
    await waitUntil(() => [one, two].every((ui) => ui.heading().includes(PENDING)));
    expect(environment.writes().map(({ body }) => (body as { amount: string }).amount)).to.deep.equal(['12.500']);
    await two.press('Make another refund');
    await two.press('Make another refund all the same');
    await waitUntil(() => two.field('amount') !== null);
    expect(two.field('amount').value).to.equal('9.000');
  });
});
