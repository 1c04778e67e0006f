import { expect, waitUntil } from '@open-wc/testing';

import { drive, type FormDriver, type DriveOptions } from './drive.ts';
import { fakeEnvironment, problemOf, SUMMARY, uqpayRefund, type FakeEnvironment } from './fake-environment.ts';

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
    await waitUntil(() => ui.form.state === 'review');
    expect(environment.writes()).to.have.length(0);
    await ui.press(/^Refund /);
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
    expect(ui.buttons()).to.deep.equal([]);
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
