import { expect } from '@open-wc/testing';

import { registerLocale } from '../../widget/define.ts';
import type { Messages } from '../../widget/element/element.ts';
import { drive, type FormDriver } from './drive.ts';
import {
  BOTH_VENDORS_REPLY,
  fakeEnvironment,
  problemOf,
  REFUND_CREATED_REPLY,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
} from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';
const PENDING = 'accepted the refund';

const root = ({ form }: FormDriver) => form.shadowRoot!;
const focusedElement = (ui: FormDriver) => root(ui).activeElement;
const label = (element: Element | null) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
/** Presses the button with the keyboard: it has the focus first. */
const press = async (ui: FormDriver, name: string | RegExp) => {
  ui.button(name).focus();
  await ui.press(name);
};

const openVendors = async () => {
  const environment = fakeEnvironment();
  environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
  environment.on('POST /create-multivendor-refund', BOTH_VENDORS_REPLY);
  const ui = await drive(environment, { provider: 'upayments' });
  await ui.send();
  await ui.waitForHeading('Divide KWD');
  return ui;
};

describe('the focus', () => {
  it('moves from Cancel to “Keep it”, and back', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await press(ui, 'Cancel refund');
    expect(label(focusedElement(ui))).to.equal('Keep it');
    await press(ui, 'Keep it');
    expect(label(focusedElement(ui))).to.equal('Cancel refund');
  });

  it('moves from one vendor’s Cancel to the same vendor’s “Keep it”, and back', async () => {
    const ui = await openVendors();
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each');
    const second = () => [...root(ui).querySelectorAll('tbody tr')][1]!;
    const cancel = second().querySelector<HTMLButtonElement>('.place button')!;
    cancel.focus();
    cancel.click();
    await ui.form.updateComplete;
    expect(label(focusedElement(ui))).to.equal('Keep it');
    expect(second().contains(focusedElement(ui))).to.equal(true);
    await press(ui, 'Keep it');
    expect(label(focusedElement(ui))).to.equal('Cancel refund');
    expect(second().contains(focusedElement(ui))).to.equal(true);
  });

  it('moves only to the question of the button that was pressed', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const ui = await drive(environment, { provider: 'upayments' });
    await ui.send();
    await ui.waitForHeading(PENDING);
    await waitUntil(() => ui.buttons().includes('Make another refund'));
    await press(ui, 'Make another refund');
    expect(label(focusedElement(ui))).to.equal('Wait for this one');
    await press(ui, 'Wait for this one');
    expect(label(focusedElement(ui))).to.equal('Make another refund');
  });

  it('moves into the question about another refund, and back', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    await press(ui, 'Make another refund');
    expect(label(focusedElement(ui))).to.equal('Wait for this one');
    await press(ui, 'Wait for this one');
    expect(label(focusedElement(ui))).to.equal('Make another refund');
  });

  it('moves to the first wrong field after each review that finds faults', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    await press(ui, 'Review refund');
    expect(focusedElement(ui)?.id).to.equal('amount');
    await press(ui, 'Review refund');
    expect(focusedElement(ui)?.id).to.equal('amount');
    // Enter in the wrong field: the focus is there already, so it moves to the summary of the faults.
    root(ui).querySelector('form')!.requestSubmit();
    await ui.form.updateComplete;
    expect(focusedElement(ui)?.id).to.equal('faults');
    // The browser clicks the button for Enter, which takes no focus from the field.
    ui.field('amount').focus();
    ui.button('Review refund').click();
    await ui.form.updateComplete;
    expect(focusedElement(ui)?.id).to.equal('faults');
  });

  it('is lost by no review whose faults are corrected before they are drawn', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    ui.button('Review refund').focus();
    ui.button('Review refund').click();
    ui.type('amount', '12.500');
    ui.choose('Returned goods');
    await ui.form.updateComplete;
    expect(root(ui).getElementById('faults')!.hidden).to.equal(true);
    expect(label(focusedElement(ui))).to.equal('Review refund');
  });

  it('moves past the fields that are right', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('amount', '12.500');
    await ui.form.updateComplete;
    await press(ui, 'Review refund');
    expect(focusedElement(ui)?.id).to.equal('reason');
    const vendors = await openVendors();
    vendors.type('vendor-0', '1');
    vendors.type('vendor-1', 'x');
    await vendors.form.updateComplete;
    await press(vendors, 'Review refunds');
    expect(focusedElement(vendors)?.id).to.equal('vendor-1');
  });

  it('says which amount of a vendor is wrong, also where the others add up', async () => {
    const ui = await openVendors();
    ui.type('vendor-0', '12.500');
    ui.type('vendor-1', '60');
    await ui.form.updateComplete;
    await press(ui, 'Review refunds');
    const alert = () => label(root(ui).querySelector('[role=alert]'));
    expect(alert()).to.contain('KW31 •••• 7457: “60” is more than can be refunded').and.not.to.contain('add up to');
    expect(root(ui).querySelector('[role=alert] a')?.getAttribute('href')).to.equal('#vendor-1');
    expect(focusedElement(ui)?.id).to.equal('vendor-1');
    // As Enter does, which leaves the focus where it is.
    ui.field('vendor-1').closest('form')!.requestSubmit();
    await ui.form.updateComplete;
    expect(focusedElement(ui)?.id).to.equal('faults');
  });

  it('moves to the first vendor when the sum is wrong; the fault is announced and linked to the fields', async () => {
    const ui = await openVendors();
    ui.type('vendor-0', '1');
    await ui.form.updateComplete;
    await press(ui, 'Review refunds');
    expect(label(root(ui).querySelector('[role=alert]'))).to.contain('add up to KWD 1.000, but KWD 12.500');
    expect(focusedElement(ui)?.id).to.equal('vendor-0');
    for (const box of root(ui).querySelectorAll('.box input')) {
      expect(box.getAttribute('aria-describedby')?.split(' ')).to.include('sum-help');
    }
    expect(label(ui.field('sum-help'))).to.contain('add up to');
    ui.button('Review refunds').focus();
    await ui.press('Review refunds');
    expect(focusedElement(ui)?.id).to.equal('vendor-0');
  });
});

describe('the text for a screen reader', () => {
  it('says of each step whether it is done', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('PROCESSING') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    const steps = [...root(ui).querySelectorAll('[part=steps] li')].map(label);
    expect(steps).to.deep.equal(['Asked (done)', 'Accepted (done)', 'Processing (now)', 'Done (not yet)']);
    const { width } = root(ui).querySelector('.said')!.getBoundingClientRect();
    expect(width).to.be.lessThan(2);
  });

  it('names each vendor’s Cancel, and the name begins with the visible text', async () => {
    const ui = await openVendors();
    await ui.press('Split in proportion');
    await ui.press('Review refunds');
    await ui.press(/^Refund /);
    await ui.waitForHeading('What became of each');
    const cancels = [...root(ui).querySelectorAll('button')].filter((button) => label(button) === 'Cancel refund');
    const names = cancels.map((button) => button.getAttribute('aria-label') ?? '');
    expect(new Set(names).size).to.equal(2);
    for (const name of names) expect(name).to.match(/^Cancel refund of KWD\s6\.250 from /);
  });

  it('marks amounts and ids as not to be translated', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    const translateFlags = () =>
      [...root(ui).querySelectorAll('bdi')]
        .filter((element) => /KWD|PI1|RF1/.test(label(element)))
        .map((element) => element.translate);
    await ui.review();
    expect(translateFlags()).to.include(false).and.not.to.include(true);
    await ui.press(/^Refund /);
    await ui.waitForHeading(PENDING);
    expect(translateFlags()).to.include(false).and.not.to.include(true);
  });
});

describe('a page that the browser translates', () => {
  /** What Chrome does: each text that may be translated is put into elements of its own. */
  const translate = (ui: FormDriver) => {
    const walker = document.createTreeWalker(root(ui), NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      const parent = text.parentElement;
      if (!parent?.translate || parent.closest('style') || !text.data.trim()) continue;
      const font = document.createElement('font');
      text.replaceWith(font);
      font.append(text.data);
    }
  };

  it('never keeps the words of an earlier state, which nobody would see change', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await drive(environment);
    await ui.review();
    translate(ui);
    await ui.press(/^Refund /);
    await ui.waitForHeading('Do not refund again');
    translate(ui);
    environment.on('GET /payments/*', 'drop');
    await ui.press('Check status, send if not received');
    await ui.waitForText(/The check at .* got no answer/);
  });
});

describe('a registered language', () => {
  it('appears at once when it is added later, with English for its missing texts', async () => {
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.locale = 'de') });
    await ui.waitForText('Review refund');
    ui.type('amount', '7');
    registerLocale({ lang: 'de', dir: 'ltr', messages: { toReview: 'Prüfen' } as Messages });
    await ui.form.updateComplete;
    expect(ui.buttons()).to.include('Prüfen');
    expect(ui.text()).to.contain('Can be refunded');
    expect(ui.field('amount').value).to.equal('7');
  });

  it('falls back to English for an undefined text, and to English numbers for an invalid tag', async () => {
    registerLocale({ lang: 'x-gap', dir: 'ltr', messages: { toReview: undefined } as unknown as Messages });
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.locale = 'x-gap') });
    await ui.waitForText('Review refund');
    expect(ui.text()).to.contain('Up to KWD 75.000');
  });

  it('appears also when another copy of the registry added it', async () => {
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.locale = 'fr') });
    await ui.waitForText('Review refund');
    const copy = (await import(`${new URL('../../widget/messages/registry.ts', import.meta.url).href}?copy`)) as {
      registerLocale: typeof registerLocale;
    };
    expect(copy.registerLocale).not.to.equal(registerLocale);
    copy.registerLocale({ lang: 'fr', dir: 'ltr', messages: { toReview: 'Kopie' } as Messages });
    await ui.form.updateComplete;
    expect(ui.buttons()).to.include('Kopie');
  });
});

describe('the focus of the page', () => {
  const search = () => {
    const field = document.createElement('input');
    document.body.append(field);
    return field;
  };
  const CHANGES: Readonly<Record<string, (form: FormDriver['form']) => void>> = {
    reasons: (form) => void (form.reasons = [{ code: 'other', label: 'Other' }]),
    messages: (form) => void (form.messages = { toReview: 'Look at it' }),
    vendorNames: (form) => void (form.vendorNames = {}),
    transport: (form) => void (form.transport = {}),
    amount: (form) => void (form.amount = '3.000'),
    headingLevel: (form) => void (form.headingLevel = 3),
  };
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`stays where it is when the page sets ${name}`, async () => {
      const ui = await drive(fakeEnvironment());
      await waitUntil(() => ui.field('amount') !== null);
      ui.field('amount').focus();
      ui.type('amount', '12.500');
      await ui.form.updateComplete;
      const field = search();
      field.focus();
      change(ui.form);
      await ui.form.updateComplete;
      expect(document.activeElement).to.equal(field);
      field.remove();
    });
  }

  it('stays in the sign-in that the page opens when it hears that the sign-in has ended', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await waitUntil(() => ui.field('amount') !== null);
    const password = search();
    ui.form.addEventListener('refund-form-unauthenticated', () => password.focus());
    environment.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
    ui.field('amount').focus();
    await ui.form.refresh();
    await waitUntil(() => ui.form.state === 'signed_out');
    await ui.form.updateComplete;
    expect(document.activeElement).to.equal(password);
    password.remove();
  });

  it('stays on the page’s button that had nothing to do', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(environment);
    await ui.send();
    await ui.waitForHeading(PENDING);
    const button = search();
    button.focus();
    ui.form.requestSubmit();
    ui.form.headingLevel = 4;
    await ui.form.updateComplete;
    expect(document.activeElement).to.equal(button);
    button.remove();
  });
});
