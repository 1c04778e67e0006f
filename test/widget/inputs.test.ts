import { expect, fixture, html } from '@open-wc/testing';

import { registerLocale } from '../../widget/define.ts';
import type { Messages, RefundFormElement, VendorNames } from '../../widget/element/element.ts';
import { drive, driverOf, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  SUMMARY,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
} from './fake-environment.ts';
import { sending } from './support/sending.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const OTHER = { ...SUMMARY, payment_id: 'PI2', refundable: '60.000' };

const isShown = (ui: FormDriver) => waitUntil(() => ui.form.state === 'editing');

/** Brings a form into a state, with a refund of KWD 12.500 that is typed, reviewed, sent or lost. */
const STATES: Readonly<Record<string, (ui: FormDriver, environment: FakeEnvironment) => Promise<unknown>>> = {
  editing: async (ui) => {
    await isShown(ui);
    ui.type('amount', '12.500');
  },
  review: (ui) => ui.review(),
  sending: async (ui, environment) => {
    await ui.send();
    await waitUntil(() => environment.writes().length === 1);
  },
  unknown: async (ui) => {
    await ui.send();
    await waitUntil(() => ui.form.state === 'unknown');
  },
};

describe('an attribute that changes', () => {
  for (const [state, reach] of Object.entries(STATES)) {
    const start = async () => {
      const environment = fakeEnvironment();
      environment.on('GET /payments/PI2', { json: OTHER });
      environment.on('GET /b/payments/PI1', { json: { ...OTHER, payment_id: 'PI1' } });
      environment.on(CREATE, state === 'unknown' ? 'drop' : 'hang');
      const ui = await drive(environment);
      await reach(ui, environment);
      expect(ui.form.state).to.equal(state);
      return { environment, ui, writes: environment.writes().length };
    };

    for (const [name, value] of [
      ['payment-id', 'PI2'],
      ['endpoint', '/refunds/b'],
    ] as const) {
      it(`shows another payment from then on: ${name} while ${state}`, async () => {
        const { environment, ui, writes } = await start();
        ui.form.setAttribute(name, value);
        await ui.waitForText('60.000');
        await isShown(ui);
        await ui.form.updateComplete;
        expect(ui.field('amount').value).to.equal('');
        expect(environment.writes()).to.have.length(writes);
        // What was sent is found again.
        ui.form.setAttribute(name, name === 'endpoint' ? '/refunds' : 'PI1');
        const expected = { editing: 'editing', review: 'editing', sending: 'unknown', unknown: 'unknown' }[state];
        await ui.form.updateComplete;
        await waitUntil(() => ui.form.state === expected);
        await ui.form.updateComplete;
        if (expected === 'editing') expect(ui.field('amount').value).to.equal('12.500');
        expect(environment.writes()).to.have.length(writes);
      });
    }

    it(`is the same payment if the page writes it in another way: while ${state}`, async () => {
      const { environment, ui } = await start();
      const { requests } = environment;
      const before = [requests.length, ui.events.length];
      for (const endpoint of [`${location.origin}/refunds`, '/refunds/', '/refunds?now', '/refunds'])
        ui.form.setAttribute('endpoint', endpoint);
      Object.assign(ui.form, { paymentId: { toString: () => 'PI1' } });
      await ui.form.updateComplete;
      expect(ui.form.state).to.equal(state);
      expect([requests.length, ui.events.length]).to.deep.equal(before);
    });

    it(`begins anew where a relative address leads elsewhere by now: while ${state}`, async () => {
      const base = document.createElement('base');
      base.href = '/one/';
      document.head.prepend(base);
      try {
        const environment = fakeEnvironment();
        environment.on('GET /two/payments/PI1', { json: { ...OTHER, payment_id: 'PI1' } });
        environment.on('GET /one/payments/PI1', { json: SUMMARY });
        environment.on('POST /one/v2/payment/refunds', state === 'unknown' ? 'drop' : 'hang');
        const ui = await drive(environment, { set: (form) => (form.endpoint = 'refunds') });
        await reach(ui, environment);
        base.href = '/two/';
        const { length } = environment.requests;
        ui.form.endpoint = '/one/refunds';
        await ui.form.updateComplete;
        expect([ui.form.state, environment.requests.length]).to.deep.equal([state, length]);
        ui.form.endpoint = '/two/refunds';
        await ui.waitForText('60.000');
        expect(environment.requests.slice(length).map(({ path }) => path)).to.include('/two/payments/PI1');
      } finally {
        base.remove();
      }
    });

    it(`begins with another provider, or says that there is none: while ${state}`, async () => {
      const { environment, ui, writes } = await start();
      ui.form.setAttribute('provider', 'nobody');
      await ui.form.updateComplete;
      expect(ui.form.state).to.equal('');
      expect(ui.form.shadowRoot!.querySelector('[role=alert]')!.textContent).to.include('needs a provider');
      ui.form.setAttribute('provider', 'upayments');
      const sent = state === 'sending' || state === 'unknown';
      await waitUntil(() => ui.form.state === (sent ? 'unknown' : 'editing'));
      expect(environment.writes()).to.have.length(writes);
    });

    it(`does no more than draw: locale, reference and allow-third-decimal while ${state}`, async () => {
      const { environment, ui, writes } = await start();
      const { length } = environment.requests;
      for (const [name, value] of [
        ['locale', 'en-IN'],
        ['locale', 'no_TAG'],
        ['reference', 'Order 7'],
        ['allow-third-decimal', ''],
        ['hide-actions', ''],
      ] as const) {
        ui.form.setAttribute(name, value);
        await ui.form.updateComplete;
        expect(ui.form.state, name).to.equal(state);
      }
      expect(environment.requests).to.have.length(length);
      expect(environment.writes()).to.have.length(writes);
    });
  }

  it('is off where it is said to be false: a framework writes so for what is bound by the name of an attribute', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.form.state === 'editing');
    for (const [value, isOn] of [
      ['', true],
      ['false', false],
      ['true', true],
      [null, false],
    ] as const) {
      for (const name of ['hide-actions', 'allow-third-decimal', 'can-send-receipt']) {
        if (value === null) ui.form.removeAttribute(name);
        else ui.form.setAttribute(name, value);
      }
      await ui.form.updateComplete;
      const { hideActions, allowThirdDecimal, canSendReceipt } = ui.form;
      expect([hideActions, allowThirdDecimal, canSendReceipt], `${value}`).to.deep.equal([isOn, isOn, isOn]);
      expect(ui.buttons().includes('Review refund')).to.equal(!isOn);
    }
  });

  it('changes nothing of what was reviewed', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment, { set: (form) => void (form.reference = 'Order 7') });
    await ui.review();
    ui.form.reference = 'Order 8';
    ui.form.reasons = [{ code: 'broken', label: 'It is broken' }];
    await ui.form.updateComplete;
    await ui.press(/^Refund /);
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.body).to.deep.include({
      reason: 'Returned goods',
      metadata: { reference: 'Order 7' },
    });
  });

  it('counts for the method that the page calls next', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await isShown(ui);
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    ui.form.reference = 'Order 7';
    ui.form.requestSubmit();
    environment.advance(1000);
    ui.form.requestSubmit();
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.body).to.deep.include({ metadata: { reference: 'Order 7' } });
  });

  it('does not show the figures of the payment before, while the page has not set the next one', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/PI2', { json: OTHER });
    const ui = await drive(environment, { set: (form) => void (form.payment = { ...SUMMARY, refundable: '70.000' }) });
    await ui.waitForText('70.000');
    ui.form.paymentId = 'PI2';
    await ui.waitForText('60.000');
    ui.form.payment = { ...OTHER, refundable: '50.000' };
    await ui.waitForText('50.000');
  });
});

describe('a form that is removed while it sends and comes back', () => {
  it('shows the answer that came meanwhile, and sends nothing twice', async () => {
    const { environment, ui, answer } = await sending();
    const parent = ui.form.parentElement!;
    ui.form.remove();
    await answer({ json: uqpayRefund('INITIATED') });
    await ui.form.updateComplete;
    parent.append(ui.form);
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
  });
});

describe('a form that is out of the page', () => {
  it('hears nothing of another form of its payment, and catches up when it is back', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    environment.on('GET /payments/PI1', { status: 404, json: { title: '', status: 404, code: 'path_not_allowed' } });
    const set = (form: RefundFormElement) => void (form.payment = { ...SUMMARY });
    const away = await drive(environment, { set });
    await isShown(away);
    const parent = away.form.parentElement!;
    away.form.remove();
    const other = await drive(environment, { set });
    await other.send();
    await other.waitForHeading('accepted the refund');
    expect(away.form.state).to.equal('editing');
    // The last request of the other form: what comes after it is of the form that is back.
    await waitUntil(() => environment.requests.some(({ path }) => path.endsWith('/RF1')));
    const before = environment.requests.length;
    parent.append(away.form);
    await waitUntil(() => environment.requests.length > before);
    // The figures of the page may be older than that refund: the refund service is asked first.
    expect(environment.requests[before]!.path).to.equal('/payments/PI1');
  });
});

describe('what a framework gives while it has nothing better', () => {
  it('is as good as nothing: null for names of vendors, headers, reasons, items and texts', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const nothing = { vendorNames: null, transport: { headers: null }, reasons: null, items: null, messages: null };
    const ui = await drive(environment, {
      provider: 'upayments',
      set: (form) => void Object.assign(form, nothing),
    });
    await ui.send();
    await ui.waitForHeading('Divide KWD');
    expect(ui.text()).to.contain('KW');
  });

  it('is taken as text: a locale that is an object, an order id that is a number', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment, {
      set: (form) => void Object.assign(form, { locale: new Intl.Locale('en-GB'), paymentId: 5 }),
    });
    await waitUntil(() => ui.form.state === 'editing');
    expect(ui.heading()).to.equal('Refund');
  });

  it('is named in place of what was drawn before, where it cannot be drawn', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('Divide KWD');
    const told: unknown[] = [];
    const tell = (event: ErrorEvent) => {
      event.preventDefault();
      told.push(event.error);
    };
    // The test runner would take it for its own.
    const { onerror } = window;
    Object.assign(window, { onerror: null });
    window.addEventListener('error', tell);
    const broken = new RangeError('no names');
    ui.form.vendorNames = new Proxy<VendorNames>(
      {},
      {
        ownKeys() {
          throw broken;
        },
      },
    );
    await ui.form.updateComplete;
    window.removeEventListener('error', tell);
    Object.assign(window, { onerror });
    expect(told).to.deep.equal([broken]);
    expect(ui.form.shadowRoot!.textContent).to.contain('Tell the developer').and.to.contain('no names');
    expect(ui.buttons()).to.deep.equal([]);
    ui.form.vendorNames = {};
    await ui.form.updateComplete;
    expect(ui.heading()).to.contain('Divide KWD');
  });
});

describe('a form that moves to another document', () => {
  it('is drawn where it was made in one and put into the other at once', async () => {
    const place = await fixture<HTMLDivElement>(html`<div><iframe></iframe></div>`);
    const form = document.createElement('refund-form');
    Object.assign(form, { environment: fakeEnvironment(), provider: 'uqpay', paymentId: 'PI1', endpoint: '/refunds' });
    place.querySelector('iframe')!.contentDocument!.body.append(form);
    await waitUntil(() => form.state === 'editing');
    await form.updateComplete;
    expect(getComputedStyle(form.shadowRoot!.querySelector('section')!).display).not.to.equal('block');
  });

  it('keeps its looks there and on the way back', async () => {
    const ui = await drive(fakeEnvironment());
    await isShown(ui);
    const root = ui.form.shadowRoot!;
    const look = () => getComputedStyle(root.querySelector('section')!).display;
    const own = look();
    const count = root.adoptedStyleSheets.length;
    const parent = ui.form.parentElement!;
    const frame = document.createElement('iframe');
    parent.append(frame);
    frame.contentDocument!.body.append(ui.form);
    expect(root.adoptedStyleSheets).to.have.length(count);
    expect(look()).to.equal(own);
    expect(own).not.to.equal('block');
    parent.append(ui.form);
    await ui.form.updateComplete;
    expect(root.adoptedStyleSheets).to.have.length(count);
    expect(look()).to.equal(own);
    frame.remove();
  });
});

describe('a form that begins out of the page', () => {
  it('follows nothing until it is back, whether it was removed at once or got another payment out there', async () => {
    const environment = fakeEnvironment({ events: true });
    const ui = await drive(environment);
    await waitUntil(() => environment.listeners.size > 0);
    const parent = ui.form.parentElement!;
    ui.form.remove();
    expect(environment.listeners.size).to.equal(0);
    ui.form.paymentId = 'PI2';
    await waitUntil(() => ui.form.state === 'editing');
    await ui.form.updateComplete;
    expect([...environment.listeners.keys()]).to.deep.equal([]);
    parent.append(ui.form);
    await waitUntil(() => environment.listeners.has('PI2'));

    const other = document.createElement('refund-form');
    Object.assign(other, { environment, provider: 'uqpay', paymentId: 'PI3', endpoint: '/refunds', locale: 'en' });
    parent.append(other);
    other.remove();
    await waitUntil(() => other.state === 'editing');
    await other.updateComplete;
    expect([...environment.listeners.keys()]).to.deep.equal(['PI2']);
    parent.append(other);
    await waitUntil(() => environment.listeners.has('PI3'));
  });
});

describe('properties that are set before the element is defined', () => {
  it('count as if they were set after', async () => {
    const { form } = await drive(fakeEnvironment());
    const Form = form.constructor as CustomElementConstructor;
    const early = document.createElement('refund-form-late') as RefundFormElement;
    Object.assign(early, {
      provider: 'uqpay',
      endpoint: '/refunds',
      paymentId: 'PI1',
      locale: 'en',
      environment: fakeEnvironment(),
      hideActions: true,
      payment: { ...SUMMARY, refundable: '33.000' },
      reasons: [{ code: 'broken', label: 'It is broken' }],
      transport: { headers: { 'x-own': 'a' } },
    });
    const parent = await fixture<HTMLDivElement>(html`<div></div>`);
    parent.append(early);
    customElements.define('refund-form-late', class extends Form {});
    const ui = driverOf(early);
    await ui.waitForText('33.000');
    expect(ui.text()).to.include('It is broken');
    expect(ui.buttons()).to.deep.equal([]);
    // The accessors are back: a change is drawn.
    early.payment = { ...SUMMARY, refundable: '22.000' };
    await ui.waitForText('22.000');
  });
});

describe('the reasons of the page', () => {
  const { error } = console;
  let told: unknown[][] = [];
  beforeEach(() => {
    told = [];
    console.error = (...words: unknown[]) => void told.push(words);
  });
  afterEach(() => void (console.error = error));
  const optionsOf = ({ form }: FormDriver) =>
    [...form.shadowRoot!.querySelectorAll('option')].map(({ value, label }) => [value, label.trim()]);
  const driveWith = async (reasons: unknown) => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment, { set: (form) => void (form.reasons = reasons as []) });
    await isShown(ui);
    return { ui, environment };
  };

  it('have a code for the provider, a label for the admin, and may require a note', async () => {
    const { ui, environment } = await driveWith([
      { code: 'BRK', label: 'It is broken' },
      { code: 'OTH', label: 'Another', noteRequired: true },
    ]);
    expect(optionsOf(ui)).to.deep.equal([
      ['', 'Choose a reason'],
      ['BRK', 'It is broken'],
      ['OTH', 'Another'],
    ]);
    ui.type('amount', '12.500');
    ui.choose('OTH');
    await ui.press('Review refund');
    expect(ui.text()).to.include('Write what the reason is.');
    ui.choose('BRK');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.body).to.have.property('reason', 'BRK');
    expect(told).to.deep.equal([]);
  });

  it('that are wrong are left out and told to the developer, and the others can be chosen', async () => {
    const wrong = [
      { code: '', label: 'Empty' },
      { code: 'B', label: 'Again' },
      { value: 'C', label: 'C' },
      null,
      'D',
      7,
    ];
    const { ui } = await driveWith([{ code: 'B', label: 'First' }, ...wrong]);
    expect(optionsOf(ui).slice(1)).to.deep.equal([['B', 'First']]);
    expect(told).to.have.length(1);
    expect(told[0]![0]).to.include('`reasons`');
    expect(told[0]![1]).to.deep.equal(wrong);
  });

  it('that are no list, or of which none is right, give way to the usual ones', async () => {
    for (const reasons of [null, {}, 'Broken', 7, [], [{}]]) {
      const { ui } = await driveWith(reasons);
      expect(optionsOf(ui).map(([code]) => code)).to.include('Returned goods');
    }
    expect(told).to.have.length(5);
  });

  it('may change after a reload, and a lost refund is still asked for with its own reason', async () => {
    const { ui, environment } = await driveWith([{ code: 'BRK', label: 'It is broken' }]);
    environment.on(CREATE, 'drop');
    ui.type('amount', '12.500');
    ui.choose('BRK');
    await ui.press('Review refund');
    await ui.press(/^Refund /);
    await ui.waitForText('We don’t know');
    const after = fakeEnvironment({ memory: environment.memory, lastUsedId: 100 });
    after.on(CREATE, { json: uqpayRefund('INITIATED') });
    const again = await drive(after, { set: (form) => void (form.reasons = [{ code: 'NEW', label: 'New' }]) });
    await again.waitForText('We don’t know');
    await waitUntil(() => again.buttons().includes('Check status, send if not received'));
    await again.press('Check status, send if not received');
    await again.waitForHeading('accepted the refund');
    expect(after.writes()[0]!.body).to.deep.equal(environment.writes()[0]!.body);
  });
});

describe('twenty forms of a page', () => {
  it('have one record each, follow their payments, and leave no listener behind when they go', async () => {
    const listeners = new Map<string, number>();
    const add = (type: string, by: number) => listeners.set(type, (listeners.get(type) ?? 0) + by);
    const count = (target: EventTarget, name: 'addEventListener' | 'removeEventListener', by: number) => {
      const original = target[name].bind(target) as (...args: unknown[]) => void;
      Object.defineProperty(target, name, {
        configurable: true,
        value: (type: string, ...rest: unknown[]) => {
          add(type, by);
          // A signal removes a listener, too.
          const { signal } = Object(rest[1]) as AddEventListenerOptions;
          if (by > 0) signal?.addEventListener('abort', () => add(type, -by), { once: true });
          original(type, ...rest);
        },
      });
    };
    const targets = [window, document];
    for (const target of targets) {
      count(target, 'addEventListener', 1);
      count(target, 'removeEventListener', -1);
    }
    try {
      const environment = fakeEnvironment({ events: true });
      const forms = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const payment_id = `P${index}`;
          environment.on(`GET /payments/${payment_id}`, { json: { ...SUMMARY, payment_id, pending: '1.000' } });
          return drive(environment, { paymentId: payment_id });
        }),
      );
      await waitUntil(() => forms.every(({ form }) => form.state === 'editing'));
      // The description of the proxy, and the payment.
      expect(environment.requests).to.have.length(40);
      await waitUntil(() => environment.listeners.size === 20);
      expect([...listeners.values()].every((open) => open === 20)).to.equal(true);
      for (const { form } of forms) form.remove();
      expect([...listeners.values()].filter(Boolean)).to.deep.equal([]);
      expect(environment.listeners.size).to.equal(0);
      const { length } = environment.requests;
      environment.advance(900_000);
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('online'));
      await forms[0]!.form.updateComplete;
      expect(environment.requests).to.have.length(length);
      let drawn = 0;
      for (const { form } of forms) Object.assign(form, { requestUpdate: () => (drawn += 1) });
      registerLocale({ lang: 'xx', dir: 'ltr', messages: {} as Messages });
      document.documentElement.lang = 'xx';
      // An observer is told in a microtask, before this.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      document.documentElement.removeAttribute('lang');
      expect(drawn).to.equal(0);
    } finally {
      for (const target of targets) {
        for (const name of ['addEventListener', 'removeEventListener']) Reflect.deleteProperty(target, name);
      }
    }
  });
});
