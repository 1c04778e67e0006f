import { aTimeout, expect } from '@open-wc/testing';

import { drive, type FormDriver, type DriveOptions } from './drive.ts';
import { fakeEnvironment, problemOf, SUMMARY, uqpayRefund, type FakeEnvironment } from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';

type Detail = Record<string, unknown> & { readonly waitUntil: (promise: Promise<unknown>) => void };

/** Shows a form in a page that listens for one event. */
async function driveWithListener(
  environment: FakeEnvironment,
  name: string,
  listener: (event: CustomEvent<Detail>) => void,
  options: DriveOptions = {},
): Promise<FormDriver> {
  const set = (form: HTMLElement) => form.addEventListener(name, (event) => listener(event as CustomEvent<Detail>));
  return drive(environment, { ...options, set });
}

describe('refund-form-load', () => {
  it('fires once, with the refundable amount', async () => {
    const details: unknown[] = [];
    const ui = await driveWithListener(fakeEnvironment(), 'refund-form-load', ({ detail }) => details.push(detail));
    await ui.waitForHeading('Refund');
    await ui.form.refresh();
    const { currency, refundable } = SUMMARY;
    expect(details).to.deep.equal([{ paymentId: 'PI1', currency, refundable }]);
  });

  it('is replaced by refund-form-load-error when the payment cannot be read', async () => {
    const environment = fakeEnvironment();
    environment.on('GET /payments/*', problemOf('forbidden', 403));
    const details: unknown[] = [];
    await driveWithListener(environment, 'refund-form-load-error', ({ detail }) => details.push(detail));
    await waitUntil(() => details.length > 0);
    expect(details).to.deep.equal([{ paymentId: 'PI1', code: 'forbidden' }]);
  });
});

describe('refund-form-before-submit', () => {
  it('cancels the request when the page prevents the default, so that nothing is sent', async () => {
    const environment = fakeEnvironment();
    const ui = await driveWithListener(environment, 'refund-form-before-submit', (event) => event.preventDefault());
    await ui.send();
    await waitUntil(() => ui.form.state === 'review');
    expect(environment.writes()).to.have.length(0);
    expect(ui.events.map(({ name }) => name)).not.to.include('refund-form-submit');
  });

  it('makes the form wait for the page, and then the form sends the reviewed refund', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    let finish!: () => void;
    const details: Detail[] = [];
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      details.push(detail);
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    await ui.form.updateComplete;
    // Nothing is being sent yet, so the form does not say so.
    expect(ui.form.state).to.equal('review');
    expect(ui.button(/^Refund /).getAttribute('aria-disabled')).to.equal('true');
    await ui.press(/^Refund /);
    expect(details).to.have.length(1);
    expect(environment.writes()).to.have.length(0);
    const [{ waitUntil: _, ...detail }] = details as [Detail];
    expect(detail).to.deep.equal({ paymentId: 'PI1', amount: '12.500', currency: SUMMARY.currency });
    finish();
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
  });

  it('returns the form to the review when the page rejects, and fires again on the next try', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    let tries = 0;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      tries += 1;
      detail.waitUntil(tries === 1 ? Promise.reject(new Error('The second sign-in failed')) : Promise.resolve());
    });
    await ui.send();
    await ui.waitForText('Not sent');
    expect(ui.form.state).to.equal('review');
    expect(environment.writes()).to.have.length(0);
    await ui.press(/^Refund /);
    expect(ui.text()).not.to.contain('Not sent');
    await ui.waitForHeading('accepted the refund');
    expect(tries).to.equal(2);
  });

  it('leads to no request when the payment changes while the form waits, and to a new review', async () => {
    const environment = fakeEnvironment();
    const { refundable } = SUMMARY;
    environment.on('GET /payments/*', [
      { json: SUMMARY },
      { json: SUMMARY },
      { json: { ...SUMMARY, refundable: '50.000' } },
    ]);
    let finish!: () => void;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    while (ui.form.state === 'review') await ui.form.refresh();
    expect(refundable).not.to.equal('50.000');
    finish();
    await ui.waitForText('The payment has changed');
    expect([ui.form.state, ui.field('amount').value]).to.deep.equal(['editing', '12.500']);
    expect(environment.writes()).to.have.length(0);
  });

  it('says who is to blame when somebody else has signed in while the form waits', async () => {
    const environment = fakeEnvironment({ summary: { ...SUMMARY, permission: { user: 'ann' } } });
    const ui = await drive(environment);
    ui.form.addEventListener('refund-form-before-submit', ({ detail }) => {
      environment.on('GET /payments/*', { json: { ...SUMMARY, permission: { user: 'bob' } } });
      detail.waitUntil(Promise.resolve());
    });
    await ui.review();
    await ui.press(/^Refund /);
    await ui.waitForText('Somebody else has signed in. What others typed is not shown.');
    expect(ui.text()).not.to.contain('The payment has changed');
    expect(environment.writes()).to.have.length(0);
  });

  it('leads to no request when the admin leaves the review while the form waits', async () => {
    const environment = fakeEnvironment();
    let finish!: () => void;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    await ui.press('Change');
    finish();
    await ui.form.updateComplete;
    expect(ui.form.state).to.equal('editing');
    expect(environment.writes()).to.have.length(0);
  });

  it('leaves no lock behind when the admin leaves the review, though the page never answers', async () => {
    const environment = fakeEnvironment();
    let times = 0;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      times += 1;
      if (times === 1) detail.waitUntil(new Promise<void>(() => {}));
    });
    await ui.send();
    expect(ui.button(/^Refund /).getAttribute('aria-busy')).to.equal('true');
    await ui.press('Change');
    await ui.review('12');
    expect(ui.button(/^Refund /).getAttribute('aria-busy')).to.equal('false');
    await ui.press(/^Refund /);
    await waitUntil(() => environment.writes().length === 1);
    expect(environment.writes()[0]!.body).to.include({ amount: '12.000' });
  });

  it('leads to no request when the form is taken out while it waits', async () => {
    const environment = fakeEnvironment();
    let finish!: () => void;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    const parent = ui.form.parentElement!;
    ui.form.remove();
    finish();
    await aTimeout(0);
    expect(environment.writes()).to.have.length(0);
    parent.append(ui.form);
    await waitUntil(() => ui.button(/^Refund /).getAttribute('aria-busy') === 'false');
    expect(environment.writes()).to.have.length(0);
  });

  it('leads to no request when the person leaves the page while it waits and comes back to it, and says so', async () => {
    const environment = fakeEnvironment();
    let finish!: () => void;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    finish();
    await waitUntil(() => ui.button(/^Refund /).getAttribute('aria-busy') === 'false');
    await ui.waitForText('Not sent');
    await ui.form.refresh();
    expect(environment.writes()).to.have.length(0);
  });

  it('leads to no request when the page changes the payment while the form waits', async () => {
    const environment = fakeEnvironment();
    let finish!: () => void;
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    finish();
    await ui.waitForHeading('Refund');
    expect(environment.writes()).to.have.length(0);
  });
});

describe('a listener of refund-form-before-submit that comes late', () => {
  it('is told that it stops nothing', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const errors: unknown[] = [];
    const ui = await driveWithListener(environment, 'refund-form-before-submit', ({ detail }) => {
      void Promise.resolve()
        .then(() => detail.waitUntil(new Promise(() => {})))
        .catch((error: unknown) => errors.push(error));
    });
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    expect(errors).to.have.length(1);
    expect(errors[0]).to.be.instanceOf(DOMException).and.include({ name: 'InvalidStateError' });
  });
});

describe('the methods of the element', () => {
  it('carry out a whole refund without a button of the form', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const set = (form: FormDriver['form']) => void (form.hideActions = true);
    const ui = await drive(environment, { set });
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.buttons()).to.deep.equal([]);
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    ui.form.requestSubmit();
    expect(ui.form.state).to.equal('review');
    await ui.form.updateComplete;
    expect(ui.buttons()).to.deep.equal(['Change']);
    environment.advance(1000);
    ui.form.requestSubmit();
    ui.form.requestSubmit();
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
    ui.form.requestSubmit();
    expect(ui.form.state).to.equal('pending');
  });

  it('clear the typed values and leave the review', async () => {
    const ui = await drive(fakeEnvironment());
    await ui.review();
    ui.form.reset();
    await ui.form.updateComplete;
    expect([ui.form.state, ui.field('amount').value]).to.deep.equal(['editing', '']);
  });

  it('focus the first field', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    ui.form.focus();
    expect(ui.form.shadowRoot!.activeElement?.getAttribute('type')).to.equal('radio');
  });
});

describe('the state of the element', () => {
  it('is a property and a custom state for CSS', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.form.state).to.equal('editing');
    expect(ui.form.matches(':state(editing)')).to.equal(true);
    await ui.review();
    expect(ui.form.matches(':state(review)')).to.equal(true);
    expect(ui.form.matches(':state(editing)')).to.equal(false);
  });
});

describe('the events about a request', () => {
  const ATTEMPT = { paymentId: 'PI1', amount: '12.500', currency: 'KWD' };
  const NOTE = 'Mrs Al-Sabah called';
  const sendWithNote = async (ui: FormDriver) => {
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('note', NOTE);
    await ui.send();
  };
  const detailOf = async (ui: FormDriver, name: string) => {
    await waitUntil(() => ui.events.some((event) => event.name === name), name);
    return ui.events.find((event) => event.name === name)!.detail;
  };

  it('say the amount and the currency, and never what is typed', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, [
      problemOf('payment_busy', 409, { effect: 'nothing' }),
      problemOf('approval_required', 403, { effect: 'running' }),
    ]);
    const ui = await drive(environment);
    await sendWithNote(ui);
    expect(await detailOf(ui, 'refund-form-submit')).to.deep.equal(ATTEMPT);
    expect(await detailOf(ui, 'refund-form-refused')).to.deep.equal({ ...ATTEMPT, code: 'payment_busy' });
    await ui.send();
    expect(await detailOf(ui, 'refund-form-approval')).to.deep.equal(ATTEMPT);
    expect(ui.events.map(({ name }) => name)).not.to.include('refund-form-unknown');
    expect(JSON.stringify(ui.events)).not.to.match(/Sabah|Returned|0000-4000/);
  });

  it('say “unknown” for an answer that was lost, and not “approval”', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await sendWithNote(ui);
    expect(await detailOf(ui, 'refund-form-unknown')).to.deep.equal(ATTEMPT);
    expect(ui.events.map(({ name }) => name)).not.to.include('refund-form-approval');
    expect(JSON.stringify(ui.events)).not.to.match(/Sabah|Returned|0000-4000/);
  });

  it('say the amount of a refusal that is found out after a reload', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    await (await drive(environment)).send();
    await waitUntil(() => environment.writes().length > 0);
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const refund = { idempotency_key: key, amount: '12.500', standing: 'failed', status: '', ended: 'declined' };
    const after = fakeEnvironment({ memory: environment.memory, summary: { ...SUMMARY, refunds: [refund] } });
    expect(await detailOf(await drive(after), 'refund-form-refused')).to.deep.equal({ ...ATTEMPT, code: 'declined' });
  });
});

describe('refund-form-state-change', () => {
  it('lets the page enable a button of its own, and is fired when the state is drawn', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const button = document.createElement('button');
    const states: string[] = [];
    const ui = await driveWithListener(
      environment,
      'refund-form-state-change',
      ({ detail: { state, paymentId }, target }) => {
        expect(paymentId).to.equal('PI1');
        expect((target as FormDriver['form']).state).to.equal(state);
        expect((target as Element).matches(`:state(${String(state)})`)).to.equal(true);
        states.push(String(state));
        button.disabled = !['editing', 'review', 'vendors', 'vendors_review'].includes(String(state));
      },
    );
    await waitUntil(() => !button.disabled && states.includes('editing'));
    ui.form.hideActions = true;
    await ui.form.updateComplete;
    button.addEventListener('click', () => ui.form.requestSubmit());
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    button.click();
    await ui.form.updateComplete;
    environment.advance(1000);
    button.click();
    await ui.waitForHeading('carried out');
    expect(button.disabled).to.equal(true);
    expect(states).to.deep.equal(['loading', 'editing', 'review', 'sending', 'succeeded']);
  });
});

describe('the slots', () => {
  const put = (form: HTMLElement, name: string) => {
    const element = document.createElement('p');
    element.slot = name;
    element.textContent = name;
    form.append(element);
    return element;
  };
  const isVisible = (element: HTMLElement) => element.getBoundingClientRect().height > 0;

  /** As a component of the page does, which has the form in its own shadow root and hands on what is put into it. */
  const forward = (form: HTMLElement, name: string) => {
    const wrapper = form.getRootNode() instanceof ShadowRoot ? null : document.createElement('div');
    if (wrapper) form.parentElement!.append(wrapper);
    wrapper?.attachShadow({ mode: 'open' }).append(form);
    const slot = document.createElement('slot');
    Object.assign(slot, { name, slot: name });
    form.append(slot);
    return put((form.getRootNode() as ShadowRoot).host as HTMLElement, name);
  };

  for (const [how, fill] of Object.entries({ directly: put, 'by a component around the form': forward }))
    it(`give the focus to the heading when the one that has it is drawn no more: filled ${how}`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, 'drop');
      const ui = await drive(environment);
      const [help, support] = [fill(ui.form, 'help'), fill(ui.form, 'support')];
      for (const element of [help, support]) element.tabIndex = 0;
      await ui.send();
      await ui.waitForText('We don’t know');
      support.focus();
      expect(document.activeElement).to.equal(support);
      const key = environment.writes()[0]!.headers.get('idempotency-key');
      const refund = {
        idempotency_key: key,
        intent_id: 'i1',
        amount: '12.500',
        status: 'SUCCESS',
        standing: 'succeeded',
      };
      environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [{ ...refund, refund_id: 'RF1' }] } });
      await ui.form.refresh();
      await waitUntil(() => ui.form.state !== 'unknown');
      await ui.form.updateComplete;
      expect(ui.form.shadowRoot!.activeElement?.id).to.equal('heading');
      help.focus();
      await ui.form.refresh();
      await ui.form.updateComplete;
      expect(document.activeElement).to.equal(help);
    });

  it('are drawn in every state, in their places, and the form keeps its size without them', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    const slotted = ['header', 'help', 'footer'].map((name) => put(ui.form, name));
    const support = put(ui.form, 'support');
    const seen = new Set<string>();
    const check = async () => {
      await ui.form.updateComplete;
      seen.add(ui.form.state);
      const tops = slotted.map((element) => element.getBoundingClientRect().top);
      const heading = ui.form.shadowRoot!.getElementById('heading')!.getBoundingClientRect().top;
      expect(slotted.map(isVisible), ui.form.state).to.deep.equal([true, true, true]);
      const [header, help, footer] = tops as [number, number, number];
      expect(header < heading && heading < help && help < footer, ui.form.state).to.equal(true);
      expect(isVisible(support), ui.form.state).to.equal(ui.form.state === 'unknown');
      for (const element of [...slotted, support]) element.remove();
      const { height } = ui.form.getBoundingClientRect();
      for (const slot of ui.form.shadowRoot!.querySelectorAll('slot')) slot.hidden = true;
      expect(ui.form.getBoundingClientRect().height, ui.form.state).to.equal(height);
      for (const slot of ui.form.shadowRoot!.querySelectorAll('slot')) slot.hidden = false;
      ui.form.append(...slotted, support);
    };
    await check();
    await waitUntil(() => ui.form.state === 'editing');
    await check();
    await ui.review();
    await check();
    await ui.press(/^Refund /);
    await check();
    await ui.waitForText('We don’t know');
    await check();
    expect([...seen]).to.deep.equal(['loading', 'editing', 'review', 'sending', 'unknown']);
  });
});
