import { expect } from '@open-wc/testing';

import type { PaymentSummary } from '../../contract/payment.ts';
import { openChannel } from '../../widget/browser/browser.ts';
import { SUMMARY } from './fake-environment.ts';
import { deliverMessages, fakeBrowser, type Tab } from './tabs.ts';
import { waitUntil } from './support/wait-until.ts';

const summaryOf = (payment_id: string, refunded = '0.000'): PaymentSummary => ({ ...SUMMARY, payment_id, refunded });

let endpoints = 0;
/** An endpoint of one test: locks and channels are real and named by the endpoint, so no two tests may share one. */
const freshEndpoint = () => `https://shop.example/refunds-${++endpoints}`;

/** Follows a payment as a form does, and records the refunded amount of each event. */
function followPayment(tab: Tab, endpoint: string, paymentId: string, maxPayments = 50) {
  const amounts: string[] = [];
  const repeatFlags: boolean[] = [];
  const watch = tab.listen({ endpoint, paymentId, most: maxPayments }, (summary, isRepeated = false) => {
    amounts.push(summary.refunded);
    repeatFlags.push(isRepeated);
  });
  return { amounts, repeatFlags, ...watch };
}

/** Moves the clock until the condition holds. Channels and locks are real, so their delivery takes real time. */
const advanceUntil = (browser: ReturnType<typeof fakeBrowser>, condition: () => boolean, expected: string) =>
  waitUntil(async () => {
    await deliverMessages();
    browser.advance(100);
    return condition();
  }, expected);

/** Gives every message and timer of the next second the time to arrive. */
const settle = async (browser: ReturnType<typeof fakeBrowser>) => {
  for (let round = 0; round < 10; round += 1) {
    await deliverMessages();
    browser.advance(100);
  }
};

for (const [where, locks] of [
  ['with locks', navigator.locks],
  ['on plain HTTP, which has no locks', undefined],
] as const) {
  describe(`live status ${where}`, () => {
    it('has one stream for all forms of a page, and each form receives the events of its payment', async () => {
      const browser = fakeBrowser({ locks });
      const tab = browser.tab('A');
      const endpoint = freshEndpoint();
      const forms = ['PI1', 'PI 2&', 'PI1'].map((id) => followPayment(tab, endpoint, id));
      await advanceUntil(browser, () => browser.streams().length > 0, 'a stream');
      const [stream] = browser.streams();
      expect(stream!.url).to.match(/^https:\/\/shop\.example\/refunds-\d+\/events\?payment=/);
      expect(stream!.payments).to.deep.equal(['PI1', 'PI 2&']);
      expect(forms.map(({ live }) => live())).to.deep.equal([false, false, false]);
      stream!.send(summaryOf('PI1', '1.000'));
      expect(forms.map(({ amounts }) => amounts)).to.deep.equal([['1.000'], [], ['1.000']]);
      expect(forms.map(({ live }) => live())).to.deep.equal([true, false, true]);
      await settle(browser);
      expect(browser.allStreams).to.have.length(1);
    });

    it('has one stream for all tabs: the leader requests all payments and passes the events on', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const tabs = ['A', 'B', 'C'].map((name) => browser.tab(name));
      const forms = tabs.map((tab, index) => followPayment(tab, endpoint, `PI${index}`));
      await advanceUntil(browser, () => browser.streams()[0]?.payments.length === 3, 'a stream of all three');
      expect(browser.streams()).to.have.length(1);
      for (const id of ['PI0', 'PI1', 'PI2']) browser.streams()[0]!.send(summaryOf(id, `${id.at(-1)}.000`));
      await advanceUntil(browser, () => forms.every(({ amounts }) => amounts.length === 1), 'an event each');
      expect(forms.map(({ amounts }) => amounts[0])).to.deep.equal(['0.000', '1.000', '2.000']);
      expect(forms.every(({ live }) => live())).to.equal(true);
      await settle(browser);
      expect(browser.streams()).to.have.length(1);
    });

    it('moves to another tab when the leader is hidden, and loses or repeats no event', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [browser.tab('A'), browser.tab('B')];
      const forms = [followPayment(first, endpoint, 'PI1')];
      await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
      forms.push(followPayment(second, endpoint, 'PI1'));
      await settle(browser);
      browser.streams()[0]!.send(summaryOf('PI1', '1.000'));
      await advanceUntil(browser, () => forms[1]!.amounts.length === 1, 'the second to hear');
      first.show(false);
      expect(browser.streams()).to.have.length(0);
      await advanceUntil(browser, () => browser.streams().length === 1, 'another stream');
      expect(browser.streams()[0]!.tab).to.equal('B');
      browser.streams()[0]!.send(summaryOf('PI1', '1.000'));
      browser.streams()[0]!.send(summaryOf('PI1', '2.000'));
      first.show(true);
      await advanceUntil(browser, () => forms[0]!.live(), 'the first to hear again');
      expect(browser.streams().map(({ tab }) => tab)).to.deep.equal(['B']);
      expect(forms.map(({ amounts }) => amounts)).to.deep.equal([
        ['1.000', '2.000'],
        ['1.000', '2.000'],
      ]);
    });

    it('marks an event as repeated for a form that begins to listen later, in the same tab or another', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [browser.tab('A'), browser.tab('B')];
      const forms = [followPayment(first, endpoint, 'PI1')];
      await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
      browser.streams()[0]!.send(summaryOf('PI1', '1.000'));
      forms.push(followPayment(first, endpoint, 'PI1'), followPayment(second, endpoint, 'PI1'));
      await advanceUntil(browser, () => forms.every(({ amounts }) => amounts.length === 1), 'all to hear');
      browser.streams()[0]!.send(summaryOf('PI1', '2.000'));
      await advanceUntil(browser, () => forms.every(({ amounts }) => amounts.length === 2), 'all to hear again');
      expect(forms.map(({ repeatFlags }) => repeatFlags)).to.deep.equal([
        [false, false],
        [true, false],
        [true, false],
      ]);
    });

    it('has no stream while every tab is hidden or no form listens', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [browser.tab('A'), browser.tab('B')];
      const [one, two] = [followPayment(first, endpoint, 'PI1'), followPayment(second, endpoint, 'PI2')];
      await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
      first.show(false);
      second.show(false);
      await settle(browser);
      expect(browser.streams()).to.have.length(0);
      expect(one.live() || two.live()).to.equal(false);
      first.show(true);
      await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
      one.stop();
      await settle(browser);
      expect(browser.streams()).to.have.length(0);
    });

    it('opens a new stream when a payment is added, but not when one is removed', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const tab = browser.tab('A');
      const first = followPayment(tab, endpoint, 'PI1');
      await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
      browser.streams()[0]!.send(summaryOf('PI1'));
      const second = followPayment(tab, endpoint, 'PI2');
      const third = followPayment(tab, endpoint, 'PI1');
      await advanceUntil(browser, () => browser.allStreams.length === 2, 'a wider stream');
      expect(browser.streams().map(({ payments }) => payments)).to.deep.equal([['PI1', 'PI2']]);
      expect(third.amounts).to.deep.equal(['0.000']);
      browser.streams()[0]!.send(summaryOf('PI1'));
      expect(first.amounts).to.deep.equal(['0.000']);
      second.stop();
      await settle(browser);
      expect(browser.allStreams).to.have.length(2);
      browser.streams()[0]!.send(summaryOf('PI2'));
      expect(second.amounts).to.deep.equal([]);
    });

    it('follows the most payments that a stream may have, always the same ones; the other forms poll', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const tabs = [browser.tab('A'), browser.tab('B')];
      const forms = tabs.flatMap((tab, index) => [0, 1].map((n) => followPayment(tab, endpoint, `PI${index}${n}`, 3)));
      await advanceUntil(browser, () => browser.streams()[0]?.payments.length === 3, 'a stream of three');
      await settle(browser);
      const { length } = browser.allStreams;
      browser.streams()[0]!.fail('broken');
      await settle(browser);
      expect(browser.allStreams).to.have.length(length);
      for (const id of browser.streams()[0]!.payments) browser.streams()[0]!.send(summaryOf(id));
      await settle(browser);
      const live = forms.map((each) => each.live());
      expect(live.filter(Boolean)).to.have.length(3);
      // A later form takes no place of an earlier one, not even in the tab that has the stream.
      for (const tab of tabs) forms.push(followPayment(tab, endpoint, `PI-LATE-${forms.length}`, 3));
      await settle(browser);
      expect(browser.allStreams).to.have.length(length);
      expect(forms.map((each) => each.live())).to.deep.equal([...live, false, false]);
    });

    // With locks, the browser itself frees the lock of a killed tab: `test/e2e` kills a real one.
    if (locks) return;

    it('moves to another tab when the leader is killed', async () => {
      const browser = fakeBrowser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [browser.tab('A'), browser.tab('B')];
      followPayment(first, endpoint, 'PI1');
      await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
      const remaining = followPayment(second, endpoint, 'PI2');
      await settle(browser);
      first.kill();
      expect(browser.streams()).to.have.length(0);
      browser.advance(5400);
      await advanceUntil(browser, () => browser.streams().length === 1, 'another stream');
      browser.streams()[0]!.send(summaryOf('PI2'));
      expect(remaining.amounts).to.deep.equal(['0.000']);
    });
  });
}

describe('a stream of live status', () => {
  it('is left to the browser to open again after a break, and no form is live in the meantime', async () => {
    const browser = fakeBrowser({ locks: navigator.locks });
    const { amounts, live } = followPayment(browser.tab('A'), freshEndpoint(), 'PI1');
    await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
    const [stream] = browser.streams();
    stream!.send(summaryOf('PI1'));
    stream!.fail('broken');
    expect(live()).to.equal(false);
    await settle(browser);
    expect(browser.allStreams).to.have.length(1);
    stream!.send(summaryOf('PI1'));
    expect([live(), amounts]).to.deep.equal([true, ['0.000']]);
  });

  it('is opened again one minute after a refusal, then after two; after a success, again after one', async () => {
    const browser = fakeBrowser({ locks: navigator.locks });
    const { live } = followPayment(browser.tab('A'), freshEndpoint(), 'PI1');
    await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
    const waits: number[] = [];
    for (let tries = 1; tries <= 3; tries += 1) {
      if (tries === 3) browser.streams()[0]!.send(summaryOf('PI1'));
      browser.streams()[0]!.fail('refused');
      expect(live()).to.equal(false);
      let seconds = 0;
      for (; browser.streams().length === 0; seconds += 1) browser.advance(1000);
      waits.push(seconds);
    }
    expect(waits).to.deep.equal([60, 120, 60]);
  });

  it('ignores unreadable events and messages of other pages on its channel', async () => {
    const browser = fakeBrowser({ locks: navigator.locks });
    const endpoint = freshEndpoint();
    const { amounts } = followPayment(browser.tab('A'), endpoint, 'PI1');
    await advanceUntil(browser, () => browser.streams().length === 1, 'a stream');
    const [stream] = browser.streams();
    for (const data of ['', '{', 'null', '{"payment_id":7}', summaryOf('PI-OTHER')]) stream!.send(data);
    const channel = openChannel(`refund-form-live:${stream!.url.replace('/events?payment=PI1', '')}`, () => {});
    for (const message of [undefined, 'lead', { tab: 7 }, { tab: 'X', want: 'PI2' }, { tab: 'X', data: '{' }])
      channel.say(message);
    await settle(browser);
    channel.close();
    stream!.send(summaryOf('PI1', '3.000'));
    expect(amounts).to.deep.equal(['3.000']);
    expect(browser.allStreams).to.have.length(1);
  });

  it('is missing without an error when the browser has no event streams', async () => {
    const browser = fakeBrowser({ locks: navigator.locks });
    const { live, stop } = followPayment(browser.tab('A', { able: false }), freshEndpoint(), 'PI1');
    await settle(browser);
    expect(live()).to.equal(false);
    expect(browser.allStreams).to.have.length(0);
    stop();
  });

  it('exists once for each endpoint', async () => {
    const browser = fakeBrowser({ locks: navigator.locks });
    const tab = browser.tab('A');
    const endpoint = freshEndpoint();
    followPayment(tab, endpoint, 'PI1');
    followPayment(tab, endpoint.replace(/\/$/, ''), 'PI2');
    followPayment(tab, freshEndpoint(), 'PI3');
    await advanceUntil(browser, () => browser.streams().length === 2, 'two streams');
    expect(browser.streams().map(({ payments }) => payments)).to.deep.equal([['PI1', 'PI2'], ['PI3']]);
  });
});
