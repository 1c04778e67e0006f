import { expect, waitUntil } from '@open-wc/testing';

import type { PaymentSummary } from '../../contract/payment.ts';
import { openChannel } from '../../widget/browser/browser.ts';
import { SUMMARY } from './fake-environment.ts';
import { browser, delivered, type Tab } from './tabs.ts';

const summaryOf = (payment_id: string, refunded = '0.000'): PaymentSummary => ({ ...SUMMARY, payment_id, refunded });

let endpoints = 0;
/** Locks and channels are the real ones: no two tests may share theirs. */
const freshEndpoint = () => `../refunds-${++endpoints}/`;

/** A form that writes down what it heard. */
function form(tab: Tab, endpoint: string, paymentId: string, most = 50) {
  const heard: string[] = [];
  const repeated: boolean[] = [];
  const watch = tab.listen({ endpoint, paymentId, most }, (summary, again = false) => {
    heard.push(summary.refunded);
    repeated.push(again);
  });
  return { heard, repeated, ...watch };
}

/** Moves the clock until what is looked for is there: channels and locks take their own time. */
const until = (world: ReturnType<typeof browser>, holds: () => boolean, what: string) =>
  waitUntil(async () => {
    await delivered();
    world.advance(100);
    return holds();
  }, what);

const settled = async (world: ReturnType<typeof browser>) => {
  for (let round = 0; round < 10; round += 1) {
    await delivered();
    world.advance(100);
  }
};

for (const [where, locks] of [
  ['with locks', navigator.locks],
  ['on plain HTTP, which has no locks', undefined],
] as const) {
  describe(`live status ${where}`, () => {
    it('has one stream for all forms of a page, and tells each of its own payment', async () => {
      const world = browser({ locks });
      const tab = world.tab('A');
      const endpoint = freshEndpoint();
      const forms = ['PI1', 'PI 2&', 'PI1'].map((id) => form(tab, endpoint, id));
      await until(world, () => world.streams().length > 0, 'a stream');
      const [stream] = world.streams();
      expect(stream!.url).to.match(/^https:\/\/shop\.example\/refunds-\d+\/events\?payment=/);
      expect(stream!.payments).to.deep.equal(['PI1', 'PI 2&']);
      expect(forms.map(({ live }) => live())).to.deep.equal([false, false, false]);
      stream!.send(summaryOf('PI1', '1.000'));
      expect(forms.map(({ heard }) => heard)).to.deep.equal([['1.000'], [], ['1.000']]);
      expect(forms.map(({ live }) => live())).to.deep.equal([true, false, true]);
      await settled(world);
      expect(world.opened).to.have.length(1);
    });

    it('has one stream for all tabs: the one that leads asks for all payments and passes events on', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const tabs = ['A', 'B', 'C'].map((name) => world.tab(name));
      const forms = tabs.map((tab, index) => form(tab, endpoint, `PI${index}`));
      await until(world, () => world.streams()[0]?.payments.length === 3, 'a stream of all three');
      expect(world.streams()).to.have.length(1);
      for (const id of ['PI0', 'PI1', 'PI2']) world.streams()[0]!.send(summaryOf(id, `${id.at(-1)}.000`));
      await until(world, () => forms.every(({ heard }) => heard.length === 1), 'an event each');
      expect(forms.map(({ heard }) => heard[0])).to.deep.equal(['0.000', '1.000', '2.000']);
      expect(forms.every(({ live }) => live())).to.equal(true);
      await settled(world);
      expect(world.streams()).to.have.length(1);
    });

    it('hands over when the tab that leads is hidden, tells what was missed, and nothing twice', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [world.tab('A'), world.tab('B')];
      const forms = [form(first, endpoint, 'PI1')];
      await until(world, () => world.streams().length === 1, 'a stream');
      forms.push(form(second, endpoint, 'PI1'));
      await settled(world);
      world.streams()[0]!.send(summaryOf('PI1', '1.000'));
      await until(world, () => forms[1]!.heard.length === 1, 'the second to hear');
      first.show(false);
      expect(world.streams()).to.have.length(0);
      await until(world, () => world.streams().length === 1, 'another stream');
      expect(world.streams()[0]!.tab).to.equal('B');
      world.streams()[0]!.send(summaryOf('PI1', '1.000'));
      world.streams()[0]!.send(summaryOf('PI1', '2.000'));
      first.show(true);
      await until(world, () => forms[0]!.live(), 'the first to hear again');
      expect(world.streams().map(({ tab }) => tab)).to.deep.equal(['B']);
      expect(forms.map(({ heard }) => heard)).to.deep.equal([
        ['1.000', '2.000'],
        ['1.000', '2.000'],
      ]);
    });

    it('says of an event that it repeats one, to a form that begins to listen in the same tab or in another', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [world.tab('A'), world.tab('B')];
      const forms = [form(first, endpoint, 'PI1')];
      await until(world, () => world.streams().length === 1, 'a stream');
      world.streams()[0]!.send(summaryOf('PI1', '1.000'));
      forms.push(form(first, endpoint, 'PI1'), form(second, endpoint, 'PI1'));
      await until(world, () => forms.every(({ heard }) => heard.length === 1), 'all to hear');
      world.streams()[0]!.send(summaryOf('PI1', '2.000'));
      await until(world, () => forms.every(({ heard }) => heard.length === 2), 'all to hear again');
      expect(forms.map(({ repeated }) => repeated)).to.deep.equal([
        [false, false],
        [true, false],
        [true, false],
      ]);
    });

    it('has no stream while every tab is hidden or no form is left', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [world.tab('A'), world.tab('B')];
      const [one, two] = [form(first, endpoint, 'PI1'), form(second, endpoint, 'PI2')];
      await until(world, () => world.streams().length === 1, 'a stream');
      first.show(false);
      second.show(false);
      await settled(world);
      expect(world.streams()).to.have.length(0);
      expect(one.live() || two.live()).to.equal(false);
      first.show(true);
      await until(world, () => world.streams().length === 1, 'a stream');
      one.stop();
      await settled(world);
      expect(world.streams()).to.have.length(0);
    });

    it('opens the stream again for a payment that it does not tell of, and not for one less', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const tab = world.tab('A');
      const first = form(tab, endpoint, 'PI1');
      await until(world, () => world.streams().length === 1, 'a stream');
      world.streams()[0]!.send(summaryOf('PI1'));
      const second = form(tab, endpoint, 'PI2');
      const third = form(tab, endpoint, 'PI1');
      await until(world, () => world.opened.length === 2, 'a wider stream');
      expect(world.streams().map(({ payments }) => payments)).to.deep.equal([['PI1', 'PI2']]);
      expect(third.heard).to.deep.equal(['0.000']);
      world.streams()[0]!.send(summaryOf('PI1'));
      expect(first.heard).to.deep.equal(['0.000']);
      second.stop();
      await settled(world);
      expect(world.opened).to.have.length(2);
      world.streams()[0]!.send(summaryOf('PI2'));
      expect(second.heard).to.deep.equal([]);
    });

    it('tells of no more payments than a stream may have, of the same ones all the time; the others poll', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const tabs = [world.tab('A'), world.tab('B')];
      const forms = tabs.flatMap((tab, index) => [0, 1].map((n) => form(tab, endpoint, `PI${index}${n}`, 3)));
      await until(world, () => world.streams()[0]?.payments.length === 3, 'a stream of three');
      await settled(world);
      const { length } = world.opened;
      world.streams()[0]!.fail('broken');
      await settled(world);
      expect(world.opened).to.have.length(length);
      for (const id of world.streams()[0]!.payments) world.streams()[0]!.send(summaryOf(id));
      await settled(world);
      const live = forms.map((each) => each.live());
      expect(live.filter(Boolean)).to.have.length(3);
      // A form that comes later takes nobody's place, also not in the tab that has the stream.
      for (const tab of tabs) forms.push(form(tab, endpoint, `PI-LATE-${forms.length}`, 3));
      await settled(world);
      expect(world.opened).to.have.length(length);
      expect(forms.map((each) => each.live())).to.deep.equal([...live, false, false]);
    });

    // A lock of a killed tab is given free by the browser: `test/e2e` kills a real one.
    if (locks) return;

    it('goes to another tab when the one that leads is killed', async () => {
      const world = browser({ locks });
      const endpoint = freshEndpoint();
      const [first, second] = [world.tab('A'), world.tab('B')];
      form(first, endpoint, 'PI1');
      await until(world, () => world.streams().length === 1, 'a stream');
      const left = form(second, endpoint, 'PI2');
      await settled(world);
      first.kill();
      expect(world.streams()).to.have.length(0);
      world.advance(5400);
      await until(world, () => world.streams().length === 1, 'another stream');
      world.streams()[0]!.send(summaryOf('PI2'));
      expect(left.heard).to.deep.equal(['0.000']);
    });
  });
}

describe('a stream', () => {
  it('that breaks is tried again by the browser, and meanwhile no form counts on it', async () => {
    const world = browser({ locks: navigator.locks });
    const { heard, live } = form(world.tab('A'), freshEndpoint(), 'PI1');
    await until(world, () => world.streams().length === 1, 'a stream');
    const [stream] = world.streams();
    stream!.send(summaryOf('PI1'));
    stream!.fail('broken');
    expect(live()).to.equal(false);
    await settled(world);
    expect(world.opened).to.have.length(1);
    stream!.send(summaryOf('PI1'));
    expect([live(), heard]).to.deep.equal([true, ['0.000']]);
  });

  it('that the proxy refuses is tried again after a minute, then after two, and after one once it went well', async () => {
    const world = browser({ locks: navigator.locks });
    const { live } = form(world.tab('A'), freshEndpoint(), 'PI1');
    await until(world, () => world.streams().length === 1, 'a stream');
    const waits: number[] = [];
    for (let tries = 1; tries <= 3; tries += 1) {
      if (tries === 3) world.streams()[0]!.send(summaryOf('PI1'));
      world.streams()[0]!.fail('refused');
      expect(live()).to.equal(false);
      let seconds = 0;
      for (; world.streams().length === 0; seconds += 1) world.advance(1000);
      waits.push(seconds);
    }
    expect(waits).to.deep.equal([60, 120, 60]);
  });

  it('may say what cannot be read, and another page of the origin may speak on the channel', async () => {
    const world = browser({ locks: navigator.locks });
    const endpoint = freshEndpoint();
    const { heard } = form(world.tab('A'), endpoint, 'PI1');
    await until(world, () => world.streams().length === 1, 'a stream');
    const [stream] = world.streams();
    for (const data of ['', '{', 'null', '{"payment_id":7}', summaryOf('PI-OTHER')]) stream!.send(data);
    const channel = openChannel(`refund-form-live:${stream!.url.replace('/events?payment=PI1', '')}`, () => {});
    for (const said of [undefined, 'lead', { tab: 7 }, { tab: 'X', want: 'PI2' }, { tab: 'X', data: '{' }])
      channel.say(said);
    await settled(world);
    channel.close();
    stream!.send(summaryOf('PI1', '3.000'));
    expect(heard).to.deep.equal(['3.000']);
    expect(world.opened).to.have.length(1);
  });

  it('is not there where the browser has none, and that is no error', async () => {
    const world = browser({ locks: navigator.locks });
    const { live, stop } = form(world.tab('A', { able: false }), freshEndpoint(), 'PI1');
    await settled(world);
    expect(live()).to.equal(false);
    expect(world.opened).to.have.length(0);
    stop();
  });

  it('is one for each endpoint', async () => {
    const world = browser({ locks: navigator.locks });
    const tab = world.tab('A');
    const endpoint = freshEndpoint();
    form(tab, endpoint, 'PI1');
    form(tab, endpoint.replace(/\/$/, ''), 'PI2');
    form(tab, freshEndpoint(), 'PI3');
    await until(world, () => world.streams().length === 2, 'two streams');
    expect(world.streams().map(({ payments }) => payments)).to.deep.equal([['PI1', 'PI2'], ['PI3']]);
  });
});
