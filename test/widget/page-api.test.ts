import { expect, waitUntil } from '@open-wc/testing';

import { drive, type Driven, type DriveOptions } from './drive.ts';
import { farSide, problemOf, SUMMARY, uqpayRefund, type FarSide } from './far-side.ts';

const CREATE = 'POST /v2/payment/refunds';

type Detail = Record<string, unknown> & { readonly waitUntil: (promise: Promise<unknown>) => void };

/** A form whose page listens for one event. */
async function listening(
  far: FarSide,
  name: string,
  listener: (event: CustomEvent<Detail>) => void,
  options: DriveOptions = {},
): Promise<Driven> {
  const set = (form: HTMLElement) => form.addEventListener(name, (event) => listener(event as CustomEvent<Detail>));
  return drive(far, { ...options, set });
}

describe('refund-form-load', () => {
  it('says once what can be refunded', async () => {
    const details: unknown[] = [];
    const ui = await listening(farSide(), 'refund-form-load', ({ detail }) => details.push(detail));
    await ui.at('Refund');
    await ui.form.refresh();
    const { currency, refundable } = SUMMARY;
    expect(details).to.deep.equal([{ paymentId: 'PI1', currency, refundable }]);
  });

  it('is an error event when the payment cannot be read', async () => {
    const far = farSide();
    far.on('GET /payments/*', problemOf('forbidden', 403));
    const details: unknown[] = [];
    await listening(far, 'refund-form-load-error', ({ detail }) => details.push(detail));
    await waitUntil(() => details.length > 0);
    expect(details).to.deep.equal([{ paymentId: 'PI1', code: 'forbidden' }]);
  });
});

describe('refund-form-before-submit', () => {
  it('keeps a refund back, and nothing is sent or stored', async () => {
    const far = farSide();
    const ui = await listening(far, 'refund-form-before-submit', (event) => event.preventDefault());
    await ui.send();
    await waitUntil(() => ui.form.state === 'review');
    expect(far.writes()).to.have.length(0);
    expect(ui.told.map(({ name }) => name)).not.to.include('refund-form-submit');
  });

  it('waits for the page, then sends what was reviewed', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    let finish!: () => void;
    const details: Detail[] = [];
    const ui = await listening(far, 'refund-form-before-submit', ({ detail }) => {
      details.push(detail);
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    expect(ui.form.state).to.equal('sending');
    expect(far.writes()).to.have.length(0);
    const [{ waitUntil: _, ...detail }] = details as [Detail];
    expect(detail).to.deep.equal({ paymentId: 'PI1', amount: '12.500', currency: SUMMARY.currency });
    finish();
    await ui.at('accepted the refund');
    expect(far.writes()).to.have.length(1);
  });

  it('returns to the review when the page refuses later, and asks again', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    let tries = 0;
    const ui = await listening(far, 'refund-form-before-submit', ({ detail }) => {
      tries += 1;
      detail.waitUntil(tries === 1 ? Promise.reject(new Error('The second sign-in failed')) : Promise.resolve());
    });
    await ui.send();
    await waitUntil(() => ui.form.state === 'review');
    expect(far.writes()).to.have.length(0);
    await ui.press(/^Refund /);
    await ui.at('accepted the refund');
    expect(tries).to.equal(2);
  });

  it('sends nothing when the form was given another payment meanwhile', async () => {
    const far = farSide();
    let finish!: () => void;
    const ui = await listening(far, 'refund-form-before-submit', ({ detail }) => {
      detail.waitUntil(new Promise<void>((resolve) => (finish = resolve)));
    });
    await ui.send();
    ui.form.paymentId = 'PI2';
    await ui.form.updateComplete;
    finish();
    await ui.at('Refund');
    expect(far.writes()).to.have.length(0);
  });
});

describe('the methods of the element', () => {
  it('take a refund from the form to its outcome without a button of the form', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const set = (form: Driven['form']) => void (form.hideActions = true);
    const ui = await drive(far, { set });
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
    await ui.at('accepted the refund');
    expect(far.writes()).to.have.length(1);
    ui.form.requestSubmit();
    expect(ui.form.state).to.equal('pending');
  });

  it('clear what is typed, and leave a review', async () => {
    const ui = await drive(farSide());
    await ui.review();
    ui.form.reset();
    await ui.form.updateComplete;
    expect([ui.form.state, ui.field('amount').value]).to.deep.equal(['editing', '']);
  });

  it('focus the first field', async () => {
    const ui = await drive(farSide());
    await waitUntil(() => ui.field('amount') !== null);
    ui.form.focus();
    expect(ui.form.shadowRoot!.activeElement?.getAttribute('type')).to.equal('radio');
  });
});

describe('the state of the element', () => {
  it('is a property, and a state for CSS', async () => {
    const ui = await drive(farSide());
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.form.state).to.equal('editing');
    expect(ui.form.matches(':state(editing)')).to.equal(true);
    await ui.review();
    expect(ui.form.matches(':state(review)')).to.equal(true);
    expect(ui.form.matches(':state(editing)')).to.equal(false);
  });
});
