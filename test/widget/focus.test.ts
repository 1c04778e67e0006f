import { expect, waitUntil } from '@open-wc/testing';

import { registerLocale } from '../../widget/define.ts';
import type { Messages } from '../../widget/element/element.ts';
import { drive, type Driven } from './drive.ts';
import { farSide, upaymentsMade, uqpayRefund, VENDORS_OPENED } from './far-side.ts';

const CREATE = 'POST /v2/payment/refunds';
const PENDING = 'accepted the refund';

const root = ({ form }: Driven) => form.shadowRoot!;
const focused = (ui: Driven) => root(ui).activeElement;
const label = (element: Element | null) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
/** As a keyboard presses it. */
const press = async (ui: Driven, name: string | RegExp) => {
  ui.button(name).focus();
  await ui.press(name);
};

const generated = [1, 2].map((generatedInvoiceId) => ({
  generatedInvoiceId,
  amount: 6.25,
  orderId: `g${generatedInvoiceId}`,
  refundOrderId: 'ro',
  refundArn: 'arn',
}));
const BOTH = upaymentsMade({ responseData: { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] } });

const divide = async () => {
  const far = farSide();
  far.on('POST /create-refund', VENDORS_OPENED);
  far.on('POST /create-multivendor-refund', BOTH);
  const ui = await drive(far, { provider: 'upayments' });
  await ui.send();
  await ui.at('Divide KWD');
  return ui;
};

describe('the focus', () => {
  it('goes from Cancel to “Keep it”, and back', async () => {
    const far = farSide();
    far.on('POST /create-refund', upaymentsMade({ orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' }));
    const ui = await drive(far, { provider: 'upayments' });
    await ui.send();
    await ui.at(PENDING);
    await press(ui, 'Cancel refund');
    expect(label(focused(ui))).to.equal('Keep it');
    await press(ui, 'Keep it');
    expect(label(focused(ui))).to.equal('Cancel refund');
  });

  it('goes from one vendor’s Cancel to that vendor’s “Keep it”, and back', async () => {
    const ui = await divide();
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.at('What became of each');
    const second = () => [...root(ui).querySelectorAll('tbody tr')][1]!;
    const cancel = second().querySelector('button')!;
    cancel.focus();
    cancel.click();
    await ui.form.updateComplete;
    expect(label(focused(ui))).to.equal('Keep it');
    expect(second().contains(focused(ui))).to.equal(true);
    await press(ui, 'Keep it');
    expect(label(focused(ui))).to.equal('Cancel refund');
    expect(second().contains(focused(ui))).to.equal(true);
  });

  it('is not drawn to one question by the button of another', async () => {
    const far = farSide();
    far.on('POST /create-refund', upaymentsMade({ orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' }));
    const ui = await drive(far, { provider: 'upayments' });
    await ui.send();
    await ui.at(PENDING);
    await waitUntil(() => ui.buttons().includes('Make another refund'));
    await press(ui, 'Make another refund');
    expect(label(focused(ui))).to.equal('Wait for this one');
    await press(ui, 'Wait for this one');
    expect(label(focused(ui))).to.equal('Make another refund');
  });

  it('stays in the question whether another refund is meant, and comes back', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    await press(ui, 'Make another refund');
    expect(label(focused(ui))).to.equal('Wait for this one');
    await press(ui, 'Wait for this one');
    expect(label(focused(ui))).to.equal('Make another refund');
  });

  it('moves again with each review that finds faults', async () => {
    const ui = await drive(farSide());
    await waitUntil(() => ui.field('amount') !== null);
    await press(ui, 'Review refund');
    expect(focused(ui)?.id).to.equal('amount');
    await press(ui, 'Review refund');
    expect(focused(ui)?.id).to.equal('amount');
    // By Enter in the field that is wrong: it moves all the same.
    root(ui).querySelector('form')!.requestSubmit();
    await ui.form.updateComplete;
    expect(focused(ui)?.id).to.equal('faults');
  });

  it('goes to the first vendor when the sum is wrong, which is announced and linked', async () => {
    const ui = await divide();
    ui.type('vendor-0', '1');
    await ui.form.updateComplete;
    await press(ui, 'Review refunds');
    expect(label(root(ui).querySelector('[role=alert]'))).to.contain('add up to KWD 1.000, but KWD 12.500');
    expect(focused(ui)?.id).to.equal('vendor-0');
    for (const box of root(ui).querySelectorAll('.box input')) {
      expect(box.getAttribute('aria-describedby')?.split(' ')).to.include('sum-help');
    }
    expect(label(ui.field('sum-help'))).to.contain('add up to');
    ui.button('Review refunds').focus();
    await ui.press('Review refunds');
    expect(focused(ui)?.id).to.equal('vendor-0');
  });
});

describe('what is read aloud', () => {
  it('tells with each step whether it is done', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('PROCESSING') });
    const ui = await drive(far);
    await ui.send();
    await ui.at(PENDING);
    const steps = [...root(ui).querySelectorAll('[part=steps] li')].map(label);
    expect(steps).to.deep.equal(['Asked (done)', 'Accepted (done)', 'Processing (now)', 'Done (not yet)']);
    const { width } = root(ui).querySelector('.said')!.getBoundingClientRect();
    expect(width).to.be.lessThan(2);
  });

  it('names the Cancel of each vendor, with the words that are seen first', async () => {
    const ui = await divide();
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.at('What became of each');
    const cancels = [...root(ui).querySelectorAll('button')].filter((button) => label(button) === 'Cancel refund');
    const names = cancels.map((button) => button.getAttribute('aria-label') ?? '');
    expect(new Set(names).size).to.equal(2);
    for (const name of names) expect(name).to.match(/^Cancel refund of KWD\s6\.250 to /);
  });

  it('translates no amount and no id', async () => {
    const far = farSide();
    far.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(far);
    const untouched = () =>
      [...root(ui).querySelectorAll('bdi')]
        .filter((element) => /KWD|PI1|RF1/.test(label(element)))
        .map((element) => element.translate);
    await ui.review();
    expect(untouched()).to.include(false).and.not.to.include(true);
    await ui.press(/^Refund /);
    await ui.at(PENDING);
    expect(untouched()).to.include(false).and.not.to.include(true);
  });
});

describe('a language', () => {
  it('that is added later is drawn at once, without a text that it lacks in any other but English', async () => {
    const ui = await drive(farSide(), { set: (form) => (form.locale = 'de') });
    await ui.shows('Review refund');
    ui.type('amount', '7');
    registerLocale({ lang: 'de', dir: 'ltr', messages: { toReview: 'Prüfen' } as Messages });
    await ui.form.updateComplete;
    expect(ui.buttons()).to.include('Prüfen');
    expect(ui.text()).to.contain('Can be refunded');
    expect(ui.field('amount').value).to.equal('7');
  });

  it('with a text that is undefined falls back to English, and with a tag that is none to English numbers', async () => {
    registerLocale({ lang: 'x-gap', dir: 'ltr', messages: { toReview: undefined } as unknown as Messages });
    const ui = await drive(farSide(), { set: (form) => (form.locale = 'x-gap') });
    await ui.shows('Review refund');
    expect(ui.text()).to.contain('Up to KWD 75.000');
  });

  it('that another copy of the registry adds is seen here', async () => {
    const ui = await drive(farSide(), { set: (form) => (form.locale = 'fr') });
    await ui.shows('Review refund');
    const copy = (await import(`${new URL('../../widget/messages/registry.ts', import.meta.url).href}?copy`)) as {
      registerLocale: typeof registerLocale;
    };
    expect(copy.registerLocale).not.to.equal(registerLocale);
    copy.registerLocale({ lang: 'fr', dir: 'ltr', messages: { toReview: 'Kopie' } as Messages });
    await ui.form.updateComplete;
    expect(ui.buttons()).to.include('Kopie');
  });
});
