import { expect } from '@open-wc/testing';

import { IntentStore } from '../../widget/flow/intent-store.ts';
import { fingerprint } from '../../widget/flow/typed-store.ts';
import { fakeEnvironment } from './fake-environment.ts';

const INTENT = { key: 'K1', sentAt: 1 };
const throwDenied = () => {
  throw new DOMException('denied', 'SecurityError');
};

describe('the intent store', () => {
  it('finds an intent again after a reload', () => {
    const environment = fakeEnvironment();
    new IntentStore(environment, '/refunds', 'PI1').write({ intent: INTENT });
    expect(new IntentStore(environment, '/refunds', 'PI1').read()).to.deep.equal({ intent: INTENT });
  });

  it('knows what its page has sent for a request, and for no other call with its key', () => {
    const environment = fakeEnvironment();
    const order = { paymentId: 'PI1', amount: 12_500n, currency: 'KWD', reason: '' };
    const call = { path: '/create-refund', body: { note: 'of ann' } };
    const approval = { path: '/intents/i1/approve', body: {} };
    const intent = { ...INTENT, print: fingerprint(call) };
    const store = new IntentStore(environment, '/refunds', 'PI1');
    store.sent = { key: 'K1', call, order };
    const next = new IntentStore(environment, '/refunds', 'PI1');
    expect(next.sentFor(intent)?.call).to.equal(call);
    expect(next.sentFor({ ...intent, key: 'K2' })).to.equal(undefined);
    expect(new IntentStore(environment, '/refunds', 'PI2').sentFor(intent)).to.equal(undefined);
    // An approval goes by the key of the request.
    next.sent = { key: 'K1', call: approval, order };
    expect(store.sentFor(intent)?.call).to.equal(call);
    expect(store.sentFor({ key: 'K1', print: fingerprint(approval) })?.call).to.equal(approval);
    // After a reload.
    expect(new IntentStore(fakeEnvironment(), '/refunds', 'PI1').sentFor(intent)).to.equal(undefined);
  });

  it('keeps payments and endpoints apart', () => {
    const environment = fakeEnvironment();
    new IntentStore(environment, '/refunds', 'PI1').write({ intent: INTENT });
    expect(new IntentStore(environment, '/refunds', 'PI2').read()).to.deep.equal({});
    expect(new IntentStore(environment, '/other', 'PI1').read()).to.deep.equal({});
  });

  it('keeps the intent in memory and is not durable when the browser stores nothing', () => {
    const store = new IntentStore({ ...fakeEnvironment(), storage: throwDenied }, '/refunds', 'PI1');
    expect(store.durable).to.equal(false);
    store.write({ intent: INTENT });
    expect(store.read()).to.deep.equal({ intent: INTENT });
    store.clear();
    expect(store.read()).to.deep.equal({});
  });

  it('treats an unreadable record as an intent with an unknown outcome', () => {
    for (const record of ['{', 'null', '{}', '[]', '{"intent":{}}']) {
      const memory = new Map([['refund-form:/refunds:PI1', record]]);
      expect(new IntentStore(fakeEnvironment({ memory }), '/refunds', 'PI1').read().intent, record).to.deep.include({
        key: '',
      });
    }
  });

  it('treats what another version may have stored as one, too', () => {
    const refund = { id: 'RF1', amount: '20.00', currency: 'USD', standing: 'pending' };
    for (const record of [
      { refunds: 'abc' },
      { refunds: [null] },
      { refunds: [{ id: 'RF1' }] },
      { refunds: [{ ...refund, currency: 'XXQ' }] },
      { refunds: [{ ...refund, references: null }] },
      { refunds: [{ ...refund, vendor: null, row: 'v2' }] },
      { refunds: [{ ...refund, currency: '' }] },
      { intent: { key: 5, sentAt: 'x' } },
      { intent: { ...INTENT, sentAt: 1e20 } },
      { intent: { ...INTENT, amount: '20.00' } },
      { intent: { ...INTENT, amount: '20.00', currency: 'XXQ' } },
      { intent: INTENT, refunds: [{ ...refund, amount: 20 }] },
    ]) {
      const memory = new Map([['refund-form:/refunds:PI1', JSON.stringify(record)]]);
      const read = new IntentStore(fakeEnvironment({ memory }), '/refunds', 'PI1').read();
      expect(read, JSON.stringify(record)).to.deep.equal({ intent: { key: '', sentAt: 0 } });
    }
    const memory = new Map([
      ['refund-form:/refunds:PI1', JSON.stringify({ refunds: [{ ...refund, standing: 'paused' }], made: 'K1' })],
    ]);
    expect(new IntentStore(fakeEnvironment({ memory }), '/refunds', 'PI1').read()).to.deep.equal({
      refunds: [{ ...refund, standing: 'unrecognised' }],
      made: 'K1',
    });
  });

  it('lets only one tab at a time refund a payment', async () => {
    const environment = { ...fakeEnvironment(), locks: navigator.locks };
    const [one, two] = [
      new IntentStore(environment, '/refunds', 'PI1'),
      new IntentStore(environment, '/refunds', 'PI1'),
    ];
    const nestedResult = await one.exclusively(() => two.exclusively(() => Promise.resolve('both')));
    expect(nestedResult).to.equal(undefined);
    expect(await two.exclusively(() => Promise.resolve('after'))).to.equal('after');
  });

  it('does its work once, with locks, without them and where the browser refuses to lock, also if the work fails', async () => {
    const refusing = { request: () => Promise.reject(new DOMException('no', 'SecurityError')) };
    for (const locks of [fakeEnvironment().locks, undefined, refusing as unknown as LockManager]) {
      const store = new IntentStore({ ...fakeEnvironment(), locks }, '/refunds', 'PI1');
      let runs = 0;
      const work = () => {
        runs += 1;
        return Promise.reject(new Error('broken'));
      };
      const failed = await store.exclusively(work).catch((error: unknown) => error);
      expect([runs, String(failed)]).to.deep.equal([1, 'Error: broken']);
      expect(await store.exclusively(() => Promise.resolve('next'))).to.equal('next');
    }
  });

  it('waits for what it has begun, also where a script of the page takes the lock away', async () => {
    const store = new IntentStore({ ...fakeEnvironment(), locks: navigator.locks }, '/refunds', 'PI1');
    let finish: (value: string) => void = () => {};
    const answer = store.exclusively(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    await navigator.locks.request(store.name, { steal: true }, () => finish('accepted'));
    expect(await answer).to.equal('accepted');
  });

  it('keeps in memory what a storage drops without a word, also over an older record, until another tab stores one', async () => {
    const name = 'refund-form:/refunds:PI1';
    const older = JSON.stringify({ intent: { ...INTENT, key: 'older' } });
    for (const memory of [new Map<string, string>(), new Map([[name, older]])]) {
      const environment = fakeEnvironment({ memory });
      const real = environment.storage()!;
      const dropping = { ...environment, storage: () => ({ ...real, setItem: () => {}, removeItem: () => {} }) };
      const store = new IntentStore(dropping, '/refunds', 'PI1');
      expect(store.write({ intent: INTENT })).to.equal(false);
      expect([store.durable, await store.holds(INTENT)]).to.deep.equal([false, true]);
      memory.set(name, JSON.stringify({ intent: { ...INTENT, key: 'of another tab' } }));
      expect([store.read().intent?.key, await store.holds(INTENT)]).to.deep.equal(['of another tab', false]);
    }
  });

  it('computes different fingerprints for different requests', () => {
    const call = (note: string) => ({ path: '/x', body: { reason: note } });
    expect(fingerprint(call('a'))).to.equal(fingerprint(call('a')));
    expect(fingerprint(call('a'))).not.to.equal(fingerprint(call('b')));
  });
});
