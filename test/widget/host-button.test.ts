import { expect } from '@open-wc/testing';

import { drive, type DriveOptions, type FormDriver } from './drive.ts';
import { fakeEnvironment, uqpayRefund, VENDORS_OPENED_REPLY, type FakeEnvironment } from './fake-environment.ts';
import { LOOK_NAMES, ONE_OF_TWO_REPLY, reach } from './support/states.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
/** As long as calls belong to one press. */
const PAUSE = 1000;
/** States in which docs/embedding.md enables the page’s button. */
const STEPS = new Set(['editing', 'review', 'vendors', 'vendors_review']);

const hideActions = (form: FormDriver['form']) => void (form.hideActions = true);

/** A form beside the page’s own button, as docs/embedding.md shows it. */
async function driveBeside(environment: FakeEnvironment, options: DriveOptions = {}) {
  const button = document.createElement('button');
  const ui = await drive(environment, {
    ...options,
    set: (form) => {
      hideActions(form);
      button.addEventListener('click', () => form.requestSubmit());
      form.addEventListener('refund-form-state-change', ({ detail }) => {
        button.disabled = !STEPS.has(detail.state);
      });
    },
  });
  await waitUntil(() => ui.form.state === 'editing');
  const press = async () => {
    button.click();
    await ui.form.updateComplete;
  };
  const fill = async () => {
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    await ui.form.updateComplete;
  };
  return { ui, button, press, fill };
}

describe('a button of the page', () => {
  it('leads to the first fault, as the form’s own does', async () => {
    const { ui, button, press } = await driveBeside(fakeEnvironment());
    ui.form.after(button);
    button.focus();
    await press();
    expect(ui.form.shadowRoot!.activeElement?.id).to.equal('amount');
  });

  it('reviews, and refunds only when it is pressed again after a pause', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const { ui, press, fill } = await driveBeside(environment);
    await fill();
    await press();
    await press();
    expect(ui.form.state).to.equal('review');
    environment.advance(PAUSE);
    await press();
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()).to.have.length(1);
  });

  it('refunds nothing while a key is held on it, however long', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const { ui, press, fill } = await driveBeside(environment);
    await fill();
    await press();
    environment.advance(PAUSE - 1);
    for (let repeat = 0; repeat < 30; repeat += 1) {
      await press();
      environment.advance(33);
    }
    expect(ui.form.state).to.equal('review');
    environment.advance(PAUSE);
    await press();
    await ui.waitForHeading('accepted the refund');
  });

  it('is not locked by a clock that was set back', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const { ui, press, fill } = await driveBeside(environment);
    await fill();
    await press();
    environment.advance(-3_600_000);
    await press();
    expect(ui.form.state).to.equal('review');
    environment.advance(PAUSE);
    await press();
    await ui.waitForHeading('accepted the refund');
  });

  it('reviews at once, also right after a review that found faults', async () => {
    const { ui, press, fill } = await driveBeside(fakeEnvironment());
    await press();
    expect(ui.text()).to.contain('Correct this first');
    await fill();
    await press();
    expect(ui.form.state).to.equal('review');
  });

  it('leads through a refund over vendors, and the form’s own Change back out of each review', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    environment.on('POST /create-multivendor-refund', ONE_OF_TWO_REPLY);
    const { ui, button, press, fill } = await driveBeside(environment, { provider: 'upayments' });
    await fill();
    await press();
    expect(ui.buttons()).to.deep.equal(['Change']);
    await ui.press('Change');
    expect(ui.form.state).to.equal('editing');
    await press();
    environment.advance(PAUSE);
    await press();
    await waitUntil(() => ui.form.state === 'vendors');
    expect(ui.buttons()).not.to.include('Review refunds');
    for (const field of ['vendor-0', 'vendor-1']) ui.type(field, '6.25');
    await press();
    expect(ui.form.state).to.equal('vendors_review');
    await ui.press('Change');
    expect(ui.form.state).to.equal('vendors');
    await press();
    await press();
    expect([ui.form.state, environment.writes().length]).to.deep.equal(['vendors_review', 1]);
    environment.advance(PAUSE);
    await press();
    await waitUntil(() => ui.form.state === 'vendors_result');
    expect(environment.writes()).to.have.length(2);
    expect(button.disabled).to.equal(true);
  });

  it('asks about a refund after a reload with the note that was typed again', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const first = await drive(environment);
    await waitUntil(() => first.field('note') !== null);
    first.type('note', 'as agreed');
    await first.send();
    await first.waitForText('We don’t know');
    const after = fakeEnvironment({ memory: environment.memory, lastUsedId: 1 });
    after.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(after, { set: hideActions });
    await waitUntil(() => ui.field('note') !== null);
    ui.field('note').value = 'as agreed';
    ui.form.requestSubmit();
    await ui.waitForHeading('accepted the refund');
    expect(after.writes()[0]!.body).to.deep.equal(environment.writes()[0]!.body);
  });
});

describe('a form without the buttons that review and confirm', () => {
  /** Nothing can be done there now. */
  const WAITS = ['loading', 'sending', 'not_refundable'];
  for (const look of LOOK_NAMES) {
    it(`leaves a way on: ${look}`, async () => {
      const { ui } = await reach(look);
      hideActions(ui.form);
      await ui.form.updateComplete;
      const { state } = ui.form;
      const goesOn = ui.form.shadowRoot!.querySelector('[part~=primary]') !== null;
      // The page’s button is enabled, or the form has one of its own.
      const own = ui.buttons().filter((name) => name !== 'Record this');
      expect(own.length > 0, state).to.equal(![...WAITS, 'editing'].includes(state));
      if (STEPS.has(state)) expect(goesOn, state).to.equal(false);
    });
  }
});

describe('an element that was never in a page', () => {
  it('does nothing when its methods are called, and works once it is in one', async () => {
    const environment = fakeEnvironment();
    const form = document.createElement('refund-form');
    const call = async () => {
      form.focus();
      form.requestSubmit();
      form.reset();
      await form.refresh();
    };
    await call();
    Object.assign(form, { environment, provider: 'uqpay', paymentId: 'PI1', endpoint: '/refunds', locale: 'en' });
    await call();
    expect([form.state, environment.requests.length]).to.deep.equal(['', 0]);
    document.body.append(form);
    await call();
    await waitUntil(() => form.state === 'editing');
    form.remove();
  });
});
