import { expect } from '@open-wc/testing';

import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, SUMMARY, uqpayRefund, REFUND_CREATED_REPLY } from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

const root = ({ form }: FormDriver) => form.shadowRoot!;
const pressEscape = async (ui: FormDriver) => {
  const event = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
  root(ui).querySelector('h2')!.dispatchEvent(event);
  await ui.form.updateComplete;
  return event.defaultPrevented;
};
const hasButton = (ui: FormDriver, name: string) => ui.buttons().includes(name);

describe('Escape', () => {
  it('leaves the review, keeps the typed values, and sends nothing', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review();
    expect(await pressEscape(ui)).to.equal(true);
    await ui.waitForHeading('Refund');
    expect(ui.field('amount').value).to.equal('12.500');
    expect(environment.writes()).to.have.length(0);
  });

  it('answers “no” to the question about another refund', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /v2/payment/refunds', { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    await ui.press('Make another refund');
    expect(ui.buttons().some((name) => /another refund/i.test(name) && name !== 'Make another refund')).to.equal(true);
    expect(await pressEscape(ui)).to.equal(true);
    expect(hasButton(ui, 'Make another refund')).to.equal(true);
    expect(await pressEscape(ui)).to.equal(false, 'nothing is left to leave');
  });

  it('answers “no” to the question about a cancel', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    await ui.press('Cancel refund');
    expect(hasButton(ui, 'Keep it')).to.equal(true);
    expect(await pressEscape(ui)).to.equal(true);
    expect(hasButton(ui, 'Keep it')).to.equal(false);
    expect(environment.writes()).to.have.length(1);
  });

  it('does nothing in the form while the admin fills it in, so that the page can use it', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    expect(await pressEscape(ui)).to.equal(false);
  });
});

describe('Enter, held down', () => {
  const hold = (element: Element, repeat: boolean) => {
    const event = new KeyboardEvent('keydown', { key: 'Enter', repeat, bubbles: true, cancelable: true });
    element.dispatchEvent(event);
    return event.defaultPrevented;
  };

  it('presses a button once, and makes new lines in the note', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /v2/payment/refunds', 'drop');
    const ui = await drive(environment);
    await waitUntil(() => ui.field('note') !== null);
    expect(hold(ui.field('note'), true)).to.equal(false);
    expect(hold(ui.field('amount'), true)).to.equal(true);
    await ui.send();
    await ui.waitForHeading('Do not refund again');
    const check = ui.button('Check status, send if not received');
    expect([hold(check, false), hold(check, true)]).to.deep.equal([false, true]);
  });
});

describe('the bar of the payment', () => {
  it('shows the refunded part and the pending part in their proportions', async () => {
    const environment = fakeEnvironment();
    const json = { ...SUMMARY, captured: '100.000', refunded: '20.000', pending: '5.000', refundable: '75.000' };
    environment.on('GET /payments/*', { json });
    const ui = await drive(environment);
    await waitUntil(() => root(ui).querySelector('[part=bar]') !== null);
    const [open, refunded] = root(ui).querySelectorAll('[part=bar] rect');
    expect(open!.getAttribute('width')).to.equal('250');
    expect(refunded!.getAttribute('width')).to.equal('200');
    expect(root(ui).querySelector('[part=bar]')!.getAttribute('aria-hidden')).to.equal('true');
  });
});
