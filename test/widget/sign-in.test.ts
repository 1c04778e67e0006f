import { expect, waitUntil } from '@open-wc/testing';

import type { Environment } from '../../widget/browser/environment.ts';
import { drive, type Driven } from './drive.ts';
import { farSide, problemOf, SUMMARY, uqpayRefund, type FarSide, type Reply } from './far-side.ts';

const CREATE = 'POST /v2/payment/refunds';
const READ = 'GET /v2/payment/refunds/RF1';
const PAYMENT = 'GET /payments/*';
const RECORD = 'refund-form:/refunds:PI1';
const PENDING = 'accepted the refund';
const ENDED = 'Your sign-in has ended';
const HTML = { text: '<!doctype html><title>Sign in</title>', headers: { 'content-type': 'text/html' } };

const SIGN_INS: Readonly<Record<string, Reply>> = {
  'a redirect': { status: 302, text: '', headers: { location: '/login' } },
  '401 of HTML': { status: 401, ...HTML },
  '401 of the proxy': problemOf('unauthenticated', 401, { effect: 'nothing' }),
};
const asked = ({ told }: Driven) => told.filter(({ name }) => name === 'refund-form-unauthenticated').length;
/** No way of the provider is open either: a sign-in stands before all of them. */
const signOut = (far: FarSide, reply: Reply) => far.on(PAYMENT, reply);

for (const [name, reply] of Object.entries(SIGN_INS)) {
  describe(`${name}, where the sign-in has ended`, () => {
    it('is told on load, once, and the form goes on after it', async () => {
      const far = farSide();
      signOut(far, reply);
      const ui = await drive(far);
      await ui.at(ENDED);
      await ui.press('I have signed in');
      await ui.at(ENDED);
      expect(asked(ui)).to.equal(1);
      signOut(far, { json: SUMMARY });
      await ui.press('I have signed in');
      await ui.shows('Up to KWD 75.000');
    });

    it('keeps what is typed, on a refresh and on a review', async () => {
      for (const step of ['refresh', 'review'] as const) {
        const far = farSide();
        const ui = await drive(far);
        await waitUntil(() => ui.field('amount') !== null);
        signOut(far, reply);
        ui.type('note', 'as agreed');
        ui.type('amount', '12.500');
        ui.choose('Returned goods');
        if (step === 'refresh') await ui.form.refresh();
        else await ui.press('Review refund');
        await ui.at(ENDED);
        expect(asked(ui)).to.equal(1);
        signOut(far, { json: SUMMARY });
        await ui.press('I have signed in');
        await ui.shows(/Up to KWD/);
        expect(ui.field('amount').value).to.equal('12.500');
        expect(ui.field('note').value).to.equal('as agreed');
        expect(far.writes()).to.have.length(0);
      }
    });

    it('says so beside a status that cannot be read', async () => {
      const far = farSide();
      far.on(CREATE, { json: uqpayRefund('INITIATED') });
      far.on(READ, reply);
      const ui = await drive(far);
      await ui.send();
      await ui.at(PENDING);
      far.advance(2000);
      await ui.shows('Sign in again, then check the status');
      expect(ui.heading()).to.contain(PENDING);
      expect(asked(ui)).to.equal(1);
      far.on(READ, { json: uqpayRefund('SUCCEEDED') });
      await ui.press('Check status');
      await ui.at('carried out');
    });

    it('says nothing untrue of a refund that was sent', async () => {
      const far = farSide();
      const ui = await drive(far);
      await ui.review();
      await ui.at('Check the refund');
      signOut(far, reply);
      far.on(CREATE, reply);
      await ui.press(/^Refund /);
      await waitUntil(() => asked(ui) === 1);
      // A redirect may follow what was carried out; a 401 has not been applied.
      if (name === 'a redirect') {
        await ui.at('Do not refund again');
        expect(far.memory.has(RECORD)).to.equal(true);
        return;
      }
      await ui.at(ENDED);
      expect(ui.text()).to.contain('Nothing was refunded');
      expect(far.memory.has(RECORD)).to.equal(false);
      signOut(far, { json: SUMMARY });
      far.on(CREATE, { json: uqpayRefund('INITIATED') });
      await ui.press('I have signed in');
      await ui.shows(/Up to KWD/);
      expect(ui.field('amount').value).to.equal('12.500');
      await ui.send();
      await ui.at(PENDING);
      expect(far.writes()).to.have.length(2);
    });
  });
}

describe('an answer that is none of the refund service’s', () => {
  for (const [status, more] of [
    [413, HTML],
    [429, HTML],
    [413, problemOf('body_too_large', 413, { effect: 'nothing' })],
  ] as const) {
    it(`is certain on a first write: ${status}, ${'text' in (more as object) ? 'HTML' : 'JSON'}`, async () => {
      const far = farSide();
      far.on(CREATE, { ...(more as object), status });
      const ui = await drive(far);
      await ui.send();
      await ui.shows('Nothing was refunded');
      expect(ui.text()).not.to.contain('answer was lost');
      expect(ui.field('amount').value).to.equal('12.500');
      expect(far.memory.has(RECORD)).to.equal(false);
    });
  }

  it('leaves it unknown with 403, which a filter of answers gives too', async () => {
    const far = farSide();
    far.on(CREATE, { status: 403, ...HTML });
    const ui = await drive(far);
    await ui.send();
    await ui.at('Do not refund again');
    expect(far.memory.has(RECORD)).to.equal(true);
  });

  for (const [status, words] of [
    [404, /Nothing is served at \/refunds/],
    [200, /\/refunds answered with no payment \(HTTP 200\)/],
    [403, /\/refunds answered with no payment \(HTTP 403\)/],
  ] as const) {
    it(`names the endpoint on load: ${status}`, async () => {
      const far = farSide();
      far.on(PAYMENT, { status, ...HTML });
      far.on('GET /v2/*', { status, ...HTML });
      const ui = await drive(far);
      await ui.at('could not be loaded');
      expect(ui.text()).to.match(words).and.not.to.contain('connection');
    });
  }
});

describe('a browser that is offline', () => {
  it('is refused before anything is sent, and sends when that is confirmed once more', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    far.isOffline = true;
    const ui = await drive(far);
    await ui.send();
    await ui.shows('You are offline, and nothing was sent');
    expect(far.writes()).to.have.length(0);
    expect(far.memory.has(RECORD)).to.equal(false);
    expect(ui.field('amount').value).to.equal('12.500');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.at(PENDING);
    expect(far.writes()).to.have.length(1);
  });

  it('loads again as soon as it is online', async () => {
    const far = farSide();
    far.on(PAYMENT, 'drop');
    far.on('GET /v2/*', 'drop');
    far.isOffline = true;
    const ui = await drive(far);
    await ui.shows('You are offline. The payment is loaded once you are online');
    far.isOffline = false;
    far.on(PAYMENT, { json: SUMMARY });
    window.dispatchEvent(new Event('online'));
    await ui.shows('Up to KWD 75.000');
  });
});

describe('a browser that keeps no record', () => {
  const FULL = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };

  it('is told of in the review, and what is full only now needs a second confirmation', async () => {
    const far = farSide();
    const memory = far.storage()!;
    let full = false;
    const ui = await drive({
      ...far,
      storage: () => ({ ...memory, setItem: (key, value) => (full ? FULL() : memory.setItem(key, value)) }),
    });
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    await ui.review();
    expect(ui.text()).not.to.contain('keeps no record');
    full = true;
    await ui.press(/^Refund /);
    await ui.shows('This browser keeps no record');
    expect(ui.heading()).to.equal('Check the refund');
    expect(far.writes()).to.have.length(0);
    await ui.press(/^Refund /);
    await ui.at(PENDING);
    expect(far.writes()).to.have.length(1);
  });

  const STORAGES: Readonly<Record<string, Environment['storage']>> = {
    'has none': () => null,
    'is full from the start': () => ({ getItem: () => null, setItem: FULL, removeItem: () => undefined }),
  };
  for (const [name, storage] of Object.entries(STORAGES)) {
    it(`works where it ${name}, and says so before anything is sent`, async () => {
      const far = farSide();
      far.on(CREATE, ['drop', { json: uqpayRefund('INITIATED') }]);
      const ui = await drive({ ...far, storage });
      await ui.review();
      expect(ui.text()).to.contain('This browser keeps no record');
      await ui.press(/^Refund /);
      await ui.at('Do not refund again');
      await ui.press('Check status or send again');
      await ui.at(PENDING);
      expect(new Set(far.writes().map(({ headers }) => headers.get('idempotency-key'))).size).to.equal(1);
    });
  }

  it('sends one key for two forms of one payment, without Web Locks', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const environment = { ...far, locks: undefined };
    const [one, two] = [await drive(environment), await drive(environment)];
    await Promise.all([one.review(), two.review()]);
    one.button(/^Refund /).click();
    two.button(/^Refund /).click();
    far.advance(100);
    await one.at(PENDING);
    await waitUntil(() => !/Sending|Check the refund/.test(two.heading()));
    far.advance(5000);
    await one.form.updateComplete;
    expect(far.writes()).to.have.length(1);
  });
});
