import { expect } from '@open-wc/testing';
import type axeCore from 'axe-core';
import 'axe-core/axe.min.js';

import type { OrderItems } from '../../contract/money.ts';
import { drive, type DriveOptions, type FormDriver } from './drive.ts';
import {
  fakeEnvironment,
  problemOf,
  REFUND_CREATED_REPLY,
  SUMMARY,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
} from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

/** axe is not a module: it defines a global. */
const { axe } = globalThis as unknown as { axe: typeof axeCore };
const CREATE = 'POST /v2/payment/refunds';

/** Five cups for 20.000 less a discount of 2.500: 3.500 each. One of three plates for 5.000 each has come back before. */
const ORDER: OrderItems = {
  currency: 'KWD',
  items: [
    { id: 'cup', name: 'Brass cup', quantity: 5, unit_price: '4.000', discount: '2.500' },
    { id: 'plate', name: 'Maryam’s plate', quantity: 3, unit_price: '5.000', refunded_quantity: 1 },
  ],
  shipping: '3.000',
  refunded_shipping: '1.000',
};

interface Options extends DriveOptions {
  readonly items?: unknown;
}

async function driveWith(environment: FakeEnvironment, { items = ORDER, ...options }: Options = {}) {
  const set = (form: FormDriver['form']) => {
    form.items = items as OrderItems;
    options.set?.(form);
  };
  const ui = await drive(environment, { ...options, set });
  await waitUntil(() => scopeNames(ui).length > 0, 'expected the form');
  return ui;
}

const root = ({ form }: FormDriver) => form.shadowRoot!;
const scopes = (ui: FormDriver) => [...root(ui).querySelectorAll<HTMLInputElement>('[name=scope]')];
const scopeNames = (ui: FormDriver) =>
  scopes(ui).map((radio) => radio.labels![0]!.textContent.replace(/KWD.*/s, '').trim());

async function chooseScope(ui: FormDriver, index: number): Promise<void> {
  scopes(ui)[index]!.click();
  await ui.form.updateComplete;
}

async function chooseItems(ui: FormDriver, ...units: string[]): Promise<void> {
  await chooseScope(ui, 2);
  for (const [index, count] of units.entries()) ui.type(`item-${index}`, count);
  await ui.form.updateComplete;
}

async function review(ui: FormDriver): Promise<void> {
  ui.choose('Returned goods');
  await ui.form.updateComplete;
  await ui.press('Review refund');
}

async function press(ui: FormDriver, id: string, ...keys: string[]): Promise<void> {
  ui.field(id).focus();
  for (const key of keys) {
    ui.field(id).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    await ui.form.updateComplete;
  }
}

const help = (ui: FormDriver, id: string) => ui.field(`${id}-help`).textContent.replace(/\s+/g, ' ').trim();
const isInvalid = (ui: FormDriver, id: string) => ui.field(id).getAttribute('aria-invalid') === 'true';
const detailOf = (ui: FormDriver, name: string) => ui.events.find((event) => event.name === name)?.detail;

describe('the scope “By item”', () => {
  it('is there only when the page gives the items of the order', async () => {
    const without = await drive(fakeEnvironment());
    await waitUntil(() => scopes(without).length > 0);
    expect(scopeNames(without)).to.deep.equal(['All', 'Part']);
    const ui = await driveWith(fakeEnvironment());
    expect(scopeNames(ui)).to.deep.equal(['All', 'Part', 'By item']);
    expect(scopes(ui)[1]!.checked).to.equal(true);
  });

  it('shows each line with its price, how many were bought and how many were refunded', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui);
    const names = ['item-0', 'item-1'].map((id) => ui.field(id).labels![0]!.textContent);
    expect(names).to.deep.equal(['Brass cup', 'Maryam’s plate']);
    expect(help(ui, 'item-0')).to.equal('KWD 4.000 each, 5 bought, 0 refunded');
    expect(help(ui, 'item-1')).to.equal('KWD 5.000 each, 3 bought, 1 refunded');
    expect(help(ui, 'shipping')).to.equal('Up to KWD 2.000');
  });

  it('computes the amount from units and shipping', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    expect(ui.field('amount').value).to.equal('7.000');
    ui.type('item-1', '1');
    ui.type('shipping', '0.500');
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('12.500');
    expect(help(ui, 'amount')).to.equal('These come to KWD 12.500.');
    // A screen reader hears the new amount while the focus is in another field.
    expect(ui.field('amount-help').querySelector('[role=status]')!.textContent).to.contain('12.500');
  });

  it('sends what was reviewed, and tells the page and the provider which items it is for', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const asked: unknown[] = [];
    const set = (form: HTMLElement) =>
      form.addEventListener('refund-form-before-submit', (event) => asked.push((event as CustomEvent).detail));
    const ui = await driveWith(environment, { set });
    await chooseItems(ui, '2', '1');
    ui.type('shipping', '0.500');
    await review(ui);
    expect(ui.text()).to.contain('Brass cup × 2 KWD 7.000');
    expect(ui.text()).to.contain('Maryam’s plate × 1 KWD 5.000');
    expect(ui.text()).to.contain('Shipping KWD 0.500');
    await ui.press('Refund KWD 12.500');
    await ui.waitForHeading('has carried out the refund');

    const picked = {
      items: [
        { id: 'cup', quantity: 2, amount: '7.000' },
        { id: 'plate', quantity: 1, amount: '5.000' },
      ],
      shipping: '0.500',
    };
    const [{ waitUntil: _, ...before }] = asked as [Record<string, unknown>];
    expect(before).to.deep.equal({ paymentId: 'PI1', amount: '12.500', currency: 'KWD', ...picked });
    expect(detailOf(ui, 'refund-form-submit')).to.deep.include(picked);
    expect(detailOf(ui, 'refund-form-accepted')).to.deep.include(picked);
    expect(detailOf(ui, 'refund-form-settled')).to.deep.include(picked);
    expect(environment.writes()[0]!.body).to.deep.include({
      amount: '12.500',
      metadata: { items: '{"cup":2,"plate":1}', shipping: '0.500' },
    });
    // Names stay in the page.
    const sent = JSON.stringify([ui.events, before, environment.writes(), [...environment.memory.values()]]);
    expect(sent).not.to.match(/Brass|Maryam/);
  });

  it('ends its review with what is wrong when the page counts the units as returned meanwhile', async () => {
    const environment = fakeEnvironment();
    const ui = await driveWith(environment);
    // A pasted quantity may have a mark of direction.
    await chooseItems(ui, '\u200f٢');
    await review(ui);
    expect(ui.text()).to.contain('Brass cup × 2 KWD 7.000');
    const [cup, ...others] = ORDER.items;
    ui.form.items = { ...ORDER, items: [{ ...cup!, refunded_quantity: 1 }, ...others] };
    await ui.form.updateComplete;
    expect(ui.text(), 'two of the four that are left').to.contain('Brass cup × 2');
    ui.form.items = { ...ORDER, items: [{ ...cup!, refunded_quantity: 5 }, ...others] };
    await ui.form.updateComplete;
    await ui.form.updateComplete;
    expect(ui.form.state).to.equal('editing');
    expect(ui.field('item-0').value).to.equal('\u200f٢');
    expect(ui.field('item-0').getAttribute('aria-invalid')).to.equal('true');
    // Though none of it is left, what is typed can be corrected.
    await chooseItems(ui, '0', '1');
    await review(ui);
    expect(ui.text()).to.contain('Maryam’s plate × 1').and.not.to.contain('Brass cup');
    expect(environment.writes()).to.have.length(0);
  });

  it('ends its review with what is wrong when the page counts a part of its shipping as refunded', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    ui.type('shipping', '2');
    await ui.form.updateComplete;
    await review(ui);
    ui.form.items = { ...ORDER, refunded_shipping: '2.000' };
    await ui.form.updateComplete;
    await ui.form.updateComplete;
    expect(ui.form.state).to.equal('editing');
    expect(ui.field('shipping').getAttribute('aria-invalid')).to.equal('true');
  });

  it('comes back with its units when it was declined after a reload', async () => {
    const permission = { user: 'amal', approval_above: '1.000' };
    const asked = fakeEnvironment({ summary: { ...SUMMARY, permission } });
    asked.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
    const ui = await driveWith(asked);
    await chooseItems(ui, '2', '1');
    ui.type('shipping', '0.500');
    ui.type('amount', '12');
    await ui.form.updateComplete;
    await review(ui);
    await ui.press('Ask for approval of KWD 12.000');
    await ui.waitForHeading('waits for a second person');
    const refund = {
      idempotency_key: asked.writes()[0]!.headers.get('idempotency-key'),
      amount: '12.000',
      standing: 'failed',
      status: '',
    };
    const summary = { ...SUMMARY, permission, refunds: [{ ...refund, ended: 'declined' }] };
    const { memory, tabMemory } = asked;
    const next = await driveWith(fakeEnvironment({ memory, tabMemory, summary, lastUsedId: 100 }));
    await next.waitForText('It was declined');
    const fields = ['item-0', 'item-1', 'shipping', 'amount'].map((name) => next.field(name).value);
    expect(fields).to.deep.equal(['2', '1', '0.500', '12.000']);
    await review(next);
    expect(next.text()).to.contain('Brass cup × 2').and.to.contain('Maryam’s plate × 1');
  });

  /** Units were chosen, and after a reload the page has to fetch its items first. */
  const reloadedWithoutItems = async () => {
    const first = fakeEnvironment();
    await chooseItems(await driveWith(first), '2');
    const { memory, tabMemory } = first;
    return driveWith(fakeEnvironment({ memory, tabMemory }), { items: null });
  };

  it('does not replace an amount that was typed before the page gave its items', async () => {
    const next = await reloadedWithoutItems();
    next.type('amount', '30');
    await next.form.updateComplete;
    next.form.items = ORDER;
    await waitUntil(() => scopes(next).length === 3);
    expect(next.field('amount').value).to.equal('30');
    expect(scopes(next).map(({ checked }) => checked)).to.deep.equal([false, true, false]);
  });

  it('does not replace an amount that a percentage has filled in before the page gave its items', async () => {
    const next = await reloadedWithoutItems();
    next.type('share', '50%');
    await next.press(/×/);
    const { value } = next.field('amount');
    next.form.items = ORDER;
    await waitUntil(() => scopes(next).length === 3);
    expect(value).not.to.equal('');
    expect(next.field('amount').value).to.equal(value);
    expect(scopes(next).map(({ checked }) => checked)).to.deep.equal([false, true, false]);
  });

  it('ends its review when another price makes it another amount', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    await review(ui);
    const [cup, ...others] = ORDER.items;
    ui.form.items = { ...ORDER, items: [{ ...cup!, unit_price: '5.000' }, ...others] };
    await ui.form.updateComplete;
    await ui.form.updateComplete;
    expect(ui.form.state).to.equal('editing');
    expect(ui.field('item-0').value).to.equal('2');
    expect(ui.text()).to.contain('The figures have changed. Look at them, then review again.');
  });

  it('forgets typed shipping of which the page says that it is refunded', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    ui.type('shipping', '0.500');
    ui.form.items = { ...ORDER, refunded_shipping: ORDER.shipping };
    await ui.form.updateComplete;
    await review(ui);
    expect(ui.text()).to.contain('Brass cup × 2 KWD 7.000').and.not.to.contain('Shipping');
  });

  it('counts nothing itself: it says what came back as soon as the page has counted the accepted refund', async () => {
    for (const pageCounts of [false, true]) {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund('SUCCEEDED', { amount: '7.000' }) });
      const ui = await driveWith(environment);
      if (pageCounts) {
        ui.form.addEventListener('refund-form-accepted', ({ detail }) => {
          const [{ quantity } = { quantity: 0 }] = detail.items ?? [];
          const items = [{ ...ORDER.items[0]!, refunded_quantity: quantity }, ORDER.items[1]!];
          ui.form.items = { ...ORDER, items };
        });
      }
      await chooseItems(ui, '2');
      await review(ui);
      await ui.press('Refund KWD 7.000');
      await ui.waitForHeading('has carried out the refund');
      await ui.press('Make another refund');
      await waitUntil(() => scopes(ui).length > 0);
      await chooseItems(ui);
      const said = `KWD 4.000 each, 5 bought, ${pageCounts ? 2 : 0} refunded`;
      expect(help(ui, 'item-0')).to.equal(said);
    }
  });

  it('says nothing of items in the events of another scope', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await driveWith(environment);
    await chooseItems(ui, '2');
    await chooseScope(ui, 1);
    await ui.send();
    await ui.waitForHeading('accepted the refund');
    expect(detailOf(ui, 'refund-form-accepted')).not.to.have.any.keys('items', 'shipping');
    expect(environment.writes()[0]!.body).not.to.have.property('metadata');
  });

  it('keeps the typed units and the typed part apart', async () => {
    const ui = await driveWith(fakeEnvironment());
    ui.type('amount', '9.5');
    await chooseItems(ui, '1');
    await chooseScope(ui, 1);
    expect(ui.field('amount').value).to.equal('9.5');
    await chooseScope(ui, 2);
    expect([ui.field('item-0').value, ui.field('amount').value]).to.deep.equal(['1', '3.500']);
    ui.form.reset();
    await ui.form.updateComplete;
    await chooseScope(ui, 2);
    expect(ui.field('item-0').value).to.equal('0');
  });

  it('returns from the review as it was left', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    await review(ui);
    await ui.press('Change');
    expect(scopes(ui)[2]!.checked).to.equal(true);
    expect([ui.field('item-0').value, ui.field('amount').value]).to.deep.equal(['2', '7.000']);
  });

  it('keeps the units when the page renders again and when it creates the element again', async () => {
    const environment = fakeEnvironment();
    const ui = await driveWith(environment);
    await chooseItems(ui, '2');
    ui.form.items = structuredClone(ORDER);
    await ui.form.updateComplete;
    expect(ui.field('item-0').value).to.equal('2');
    ui.form.remove();
    const again = await driveWith(environment);
    expect([again.field('item-0').value, again.field('amount').value]).to.deep.equal(['2', '7.000']);
  });

  it('follows the page to other prices until a person types an amount', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    ui.form.items = { ...ORDER, items: [{ id: 'cup', quantity: 5, unit_price: '1.000' }] };
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('2.000');
  });

  for (const units of ['1', '9']) {
    it(`has no accessibility violation after a review of ${units} of 2 units`, async () => {
      const ui = await driveWith(fakeEnvironment());
      await chooseItems(ui, '2', units);
      await review(ui);
      if (ui.form.state === 'review') await ui.press('Change');
      const { violations } = await axe.run(ui.form, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        rules: {
          region: { enabled: false },
          'page-has-heading-one': { enabled: false },
          'heading-order': { enabled: false },
        },
      });
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).to.deep.equal([]);
    });
  }
});

describe('a name that cannot be broken', () => {
  it('leaves the fields within a form of 320 pixels, in the form and in the review', async () => {
    const items = [{ id: 'x'.repeat(65), quantity: 2, unit_price: '5.000' }, ...ORDER.items];
    const ui = await driveWith(fakeEnvironment(), {
      items: { ...ORDER, items },
      set: (form) => form.style.setProperty('inline-size', '320px'),
    });
    await chooseItems(ui, '1');
    const { right } = ui.form.getBoundingClientRect();
    const isWithin = (selector: string) =>
      [...root(ui).querySelectorAll(selector)].every((element) => element.getBoundingClientRect().right <= right + 0.5);
    expect(isWithin('.lines *')).to.equal(true);
    expect(ui.field('item-0').getBoundingClientRect().width).to.equal(72);
    await review(ui);
    expect(ui.form.state).to.equal('review');
    expect(isWithin('.facts *')).to.equal(true);
  });
});

describe('the units of a line', () => {
  it('go up and down with the arrow keys, from nothing to what is left', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui);
    await press(ui, 'item-1', 'ArrowUp', 'ArrowUp', 'ArrowUp');
    expect(ui.field('item-1').value).to.equal('2');
    expect(ui.field('item-1').getAttribute('aria-valuenow')).to.equal('2');
    expect(ui.field('item-1').getAttribute('aria-valuemax')).to.equal('2');
    await press(ui, 'item-1', 'ArrowDown', 'ArrowDown', 'ArrowDown');
    expect(ui.field('item-1').value).to.equal('0');
    ui.type('item-1', '90');
    await ui.form.updateComplete;
    await press(ui, 'item-1', 'ArrowDown');
    expect(ui.field('item-1').value).to.equal('2');
  });

  it('are replaced when a person types into the focused field', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui);
    const field = ui.field('item-0');
    field.focus();
    expect([field.selectionStart, field.selectionEnd]).to.deep.equal([0, 1]);
  });

  it('stay with their line when the page reorders the lines while a person types, with caret and fault', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '9', '1');
    await ui.press('Review refund');
    expect(ui.field('item-0-help').textContent).to.contain('for Brass cup, not “9”');
    const field = (index: number) => ui.field(`item-${index}`);
    field(0).focus();
    field(0).setSelectionRange(1, 1);
    ui.form.items = { ...ORDER, items: ORDER.items.toReversed() };
    await ui.form.updateComplete;
    expect(root(ui).activeElement?.id).to.equal('item-1');
    expect([field(0).value, field(1).value]).to.deep.equal(['1', '9']);
    expect([field(1).selectionStart, field(1).selectionEnd]).to.deep.equal([1, 1]);
    expect(ui.field('item-1-help').textContent).to.contain('for Brass cup, not “9”');
    expect(ui.field('item-0').getAttribute('aria-invalid')).to.equal('false');
  });

  it('leave the focus to the heading when the page takes away the line that is being typed', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '1');
    ui.field('item-0').focus();
    ui.form.items = { ...ORDER, items: ORDER.items.slice(1) };
    await ui.form.updateComplete;
    expect(root(ui).activeElement?.id).to.equal('heading');
    expect(ui.field('item-0').value).to.equal('0');
  });

  it('are read in the digits of every script', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui);
    for (const two of ['٢', '۲', '２', ' 2 ', '02']) {
      ui.type('item-0', '');
      ui.type('item-0', two);
      await ui.form.updateComplete;
      expect(ui.field('amount').value, two).to.equal('7.000');
    }
  });

  for (const typed of ['6', '-1', '1.5', '1,0', 'two', '1e0', '99999999999999999999999']) {
    it(`are refused, with a link to their field: ${typed}`, async () => {
      const environment = fakeEnvironment();
      const ui = await driveWith(environment);
      await chooseItems(ui, typed, '1');
      await review(ui);
      expect(ui.form.state).to.equal('editing');
      expect(help(ui, 'item-0')).to.equal(`Enter a whole number from 0 to 5 for Brass cup, not “${typed}”.`);
      expect([isInvalid(ui, 'item-0'), isInvalid(ui, 'item-1'), isInvalid(ui, 'amount')]).to.deep.equal([
        true,
        false,
        false,
      ]);
      const link = root(ui).querySelector<HTMLAnchorElement>('#faults a')!;
      expect(root(ui).querySelectorAll('#faults a')).to.have.length(1);
      link.click();
      expect(root(ui).activeElement).to.equal(ui.field('item-0'));
      ui.type('item-0', '1');
      await ui.form.updateComplete;
      expect(isInvalid(ui, 'item-0')).to.equal(false);
    });
  }

  it('cannot be typed when all are refunded', async () => {
    const items = { ...ORDER, items: [{ ...ORDER.items[0]!, refunded_quantity: 5 }, ORDER.items[1]!] };
    const ui = await driveWith(fakeEnvironment(), { items });
    await chooseItems(ui);
    expect([ui.field('item-0').disabled, ui.field('item-1').disabled]).to.deep.equal([true, false]);
    await review(ui);
    expect(help(ui, 'item-1')).to.equal('Choose what came back.');
  });

  it('are called wrong at once, as an amount that they make too large is', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '21');
    expect(help(ui, 'item-0')).to.equal('Enter a whole number from 0 to 5 for Brass cup, not “21”.');
    ui.type('item-0', '2');
    await ui.form.updateComplete;
    expect(help(ui, 'item-0')).to.contain('5 bought');
  });

  it('may belong to a line whose id is a member of every object', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '2.000' }) });
    const lines = ['__proto__', 'toString', 'constructor'].map((id) => ({ id, quantity: 1, unit_price: '1.000' }));
    const ui = await driveWith(environment, { items: { currency: 'KWD', items: lines } });
    await chooseItems(ui);
    expect(ui.field('amount').value).to.equal('0.000');
    for (const index of [0, 1]) ui.type(`item-${index}`, '1');
    await review(ui);
    await ui.press('Refund KWD 2.000');
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.body).to.have.deep.property('metadata', { items: '{"__proto__":1,"toString":1}' });
  });
});

describe('the shipping', () => {
  it('is refused above what is left of it', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui);
    ui.type('shipping', '2.001');
    await review(ui);
    expect(help(ui, 'shipping')).to.contain('“2.001” is more than can be refunded. Enter KWD 2.000 or less.');
  });

  it('can be refunded alone', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui);
    ui.type('shipping', '2');
    await review(ui);
    expect(ui.text()).to.contain('Shipping KWD 2.000');
  });

  it('has no field when none is left', async () => {
    const ui = await driveWith(fakeEnvironment(), { items: { ...ORDER, refunded_shipping: '3.000' } });
    await chooseItems(ui);
    expect(ui.field('shipping')).to.equal(null);
  });
});

describe('the amount of the items', () => {
  it('can be typed over, says by how much it differs, and is computed again for other units', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '6.250' }) });
    const ui = await driveWith(environment);
    await chooseItems(ui, '2');
    ui.type('amount', '8');
    await ui.form.updateComplete;
    expect(help(ui, 'amount')).to.equal('These come to KWD 7.000. KWD 1.000 more is refunded.');
    ui.type('item-0', '1');
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('3.500');
    ui.type('item-0', '2');
    await ui.form.updateComplete;
    ui.type('amount', '6.250');
    await ui.form.updateComplete;
    expect(help(ui, 'amount')).to.equal('These come to KWD 7.000. KWD 0.750 less is refunded.');
    await review(ui);
    expect(ui.text()).to.contain('Brass cup × 2 KWD 7.000');
    expect(ui.text()).to.contain('Amount KWD 0.750 less is refunded.');
    await ui.press('Refund KWD 6.250');
    await ui.waitForHeading('accepted the refund');
    expect(detailOf(ui, 'refund-form-accepted')).to.deep.include({
      amount: '6.250',
      items: [{ id: 'cup', quantity: 2, amount: '7.000' }],
    });
  });

  it('can be cleared while a person types another one', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    ui.type('amount', '');
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('');
    await review(ui);
    expect(help(ui, 'amount')).to.contain('Enter an amount');
  });

  it('is said at once to be more than can be refunded, and is not lowered', async () => {
    const environment = fakeEnvironment({ summary: { ...SUMMARY, refundable: '10.000' } });
    const ui = await driveWith(environment);
    await chooseItems(ui, '3');
    expect(ui.field('amount').value).to.equal('10.500');
    expect(help(ui, 'amount')).to.equal('“10.500” is more than can be refunded. Enter KWD 10.000 or less.');
    await review(ui);
    expect(ui.form.state).to.equal('editing');
    ui.type('amount', '10');
    await ui.form.updateComplete;
    expect(help(ui, 'amount')).to.equal('These come to KWD 10.500. KWD 0.500 less is refunded.');
    await ui.press('Review refund');
    expect(ui.text()).to.contain('Refund KWD 10.000');
  });

  it('is said at once to have a third decimal that the provider may drop', async () => {
    const items = { currency: 'KWD', items: [{ id: 'a', quantity: 3, unit_price: '1.005' }] };
    const ui = await driveWith(fakeEnvironment(), { provider: 'upayments', items });
    await chooseItems(ui, '1');
    expect(help(ui, 'amount')).to.contain('may drop the third decimal of 1.005');
    ui.type('item-0', '2');
    await ui.form.updateComplete;
    expect(isInvalid(ui, 'amount')).to.equal(false);
  });

  it('needs at least one unit or some shipping', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '0', '');
    ui.type('amount', '5');
    await review(ui);
    expect(ui.form.state).to.equal('editing');
    expect(help(ui, 'item-0')).to.equal('Choose what came back.');
    expect(root(ui).activeElement?.id).to.equal('item-0');
  });

  it('needs the shipping when all units are refunded, and the fault leads to its field', async () => {
    const items = ORDER.items.map((item) => ({ ...item, refunded_quantity: item.quantity }));
    const ui = await driveWith(fakeEnvironment(), { items: { ...ORDER, items } });
    await chooseItems(ui);
    await review(ui);
    expect(help(ui, 'shipping')).to.equal('Choose what came back.');
    expect(root(ui).activeElement?.id).to.equal('shipping');
    ui.button('Review refund').focus();
    root(ui).querySelector<HTMLAnchorElement>('#faults a')!.click();
    expect(root(ui).activeElement?.id).to.equal('shipping');
  });

  it('leads to a field that takes a text when nothing of the order is left', async () => {
    const items = ORDER.items.map((item) => ({ ...item, refunded_quantity: item.quantity }));
    const ui = await driveWith(fakeEnvironment(), { items: { currency: 'KWD', items } });
    await chooseItems(ui);
    await review(ui);
    expect(ui.form.state).to.equal('editing');
    expect(root(ui).activeElement?.id).to.equal('amount');
    expect(root(ui).querySelector<HTMLAnchorElement>('#faults a')!.hash).to.equal('#amount');
  });

  it('is in the locale’s form and can be reviewed as it stands', async () => {
    const ui = await driveWith(fakeEnvironment(), { set: (form) => void (form.locale = 'en-DE') });
    await chooseItems(ui, '2');
    await review(ui);
    expect(ui.form.state).to.equal('review');
  });
});

describe('the items of a lost answer', () => {
  const losing = async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, 'drop');
    const ui = await driveWith(environment, { set: (form) => void (form.reference = 'A-1') });
    await chooseItems(ui, '2', '1');
    ui.type('shipping', '0.500');
    await review(ui);
    await ui.press('Refund KWD 12.500');
    await ui.waitForHeading('We don’t know yet');
    return environment;
  };

  it('are sent again after a reload in the same bytes, even if the page gives no items now', async () => {
    const environment = await losing();
    const reloaded = fakeEnvironment({ memory: environment.memory, lastUsedId: 100 });
    reloaded.on(CREATE, { json: uqpayRefund('INITIATED') });
    const ui = await drive(reloaded);
    await ui.waitForHeading('We don’t know yet');
    await waitUntil(() => reloaded.requests.length >= 2);
    await ui.press('Check status, send if not received');
    await ui.waitForHeading('accepted the refund');
    const [first, second] = [environment, reloaded].map((one) => one.writes()[0]!);
    expect(JSON.stringify(second!.body)).to.equal(JSON.stringify(first!.body));
    expect(second!.headers.get('idempotency-key')).to.equal(first!.headers.get('idempotency-key'));
    expect(second!.body).to.have.deep.property('metadata', {
      reference: 'A-1',
      items: '{"cup":2,"plate":1}',
      shipping: '0.500',
    });
    expect(detailOf(ui, 'refund-form-accepted')).to.deep.include({ shipping: '0.500' });
  });

  it('are in the event when the summary says what became of it, and after another reload', async () => {
    const environment = await losing();
    const key = environment.writes()[0]!.headers.get('idempotency-key');
    const listed = {
      refund_id: 'RF1',
      amount: '12.500',
      standing: 'pending',
      status: 'INITIATED',
      idempotency_key: key,
    };
    const reloaded = fakeEnvironment({ memory: environment.memory, summary: { ...SUMMARY, refunds: [listed] } });
    const ui = await drive(reloaded);
    await ui.waitForHeading('accepted the refund');
    const items = [
      { id: 'cup', quantity: 2, amount: '7.000' },
      { id: 'plate', quantity: 1, amount: '5.000' },
    ];
    expect(detailOf(ui, 'refund-form-accepted')).to.deep.include({ items, shipping: '0.500' });

    const later = fakeEnvironment({ memory: reloaded.memory });
    later.on('GET /v2/payment/refunds/RF1', { json: uqpayRefund('SUCCEEDED') });
    const last = await drive(later);
    await last.waitForHeading('has carried out');
    expect(detailOf(last, 'refund-form-settled')).to.deep.include({ items, shipping: '0.500' });
  });
});

/** Asks for 7.000 of two cups, and gives all of it to the first vendor. */
async function divide(ui: FormDriver): Promise<void> {
  await chooseItems(ui, '2');
  await review(ui);
  await ui.press('Refund KWD 7.000');
  await ui.waitForHeading('Divide KWD 7.000');
  ui.type('vendor-0', '7');
  await ui.form.updateComplete;
}

describe('the provider', () => {
  it('is not told of the items when they would be too long for it, and the refund is sent all the same', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('INITIATED', { amount: '15.000' }) });
    const lines = Array.from({ length: 30 }, (_, index) => ({
      id: `a-rather-long-article-number-${index}`,
      quantity: 1,
      unit_price: '0.500',
    }));
    const ui = await driveWith(environment, { items: { currency: 'KWD', items: lines } });
    await chooseItems(ui, ...lines.map(() => '1'));
    await review(ui);
    await ui.press('Refund KWD 15.000');
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.body).not.to.have.property('metadata');
    expect((detailOf(ui, 'refund-form-accepted') as { items: unknown[] }).items).to.have.length(30);
  });

  it('is not told of the items when it takes no metadata', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', REFUND_CREATED_REPLY);
    const ui = await driveWith(environment, { provider: 'upayments' });
    await chooseItems(ui, '2');
    await review(ui);
    await ui.press('Refund KWD 7.000');
    await ui.waitForHeading('accepted the refund');
    expect(environment.writes()[0]!.body).to.deep.equal({
      orderId: 'PI1',
      totalPrice: 7,
      refundReason: 'Returned goods',
    });
    expect(detailOf(ui, 'refund-form-accepted')).to.have.deep.property('items', [
      { id: 'cup', quantity: 2, amount: '7.000' },
    ]);
  });

  for (const isReviewed of [false, true]) {
    const step = isReviewed ? 'the review of its division' : 'its division';
    it(`ends ${step} over vendors when the page counts the units as returned meanwhile`, async () => {
      const environment = fakeEnvironment();
      environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
      const ui = await driveWith(environment, { provider: 'upayments' });
      await divide(ui);
      if (isReviewed) await ui.press('Review refunds');
      const [cup, ...others] = ORDER.items;
      const count = async (quantity: number) => {
        ui.form.items = { ...ORDER, items: [{ ...cup!, refunded_quantity: quantity }, ...others] };
        await ui.form.updateComplete;
        await ui.form.updateComplete;
      };
      await count(3);
      expect(ui.form.state, 'two are left').to.equal(isReviewed ? 'vendors_review' : 'vendors');
      await count(4);
      expect(ui.form.state).to.equal('editing');
      expect(ui.field('item-0').value).to.equal('2');
      expect(ui.field('item-0').getAttribute('aria-invalid')).to.equal('true');
      // What was typed for the vendors is kept for the same amount.
      await count(3);
      await review(ui);
      await ui.press('Refund KWD 7.000');
      await ui.waitForHeading('Divide KWD 7.000');
      expect(ui.field('vendor-0').value).to.equal('7');
    });
  }

  it('stays in the review while the page has taken its items away, whatever was typed as a part before', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseScope(ui, 1);
    ui.type('amount', '12.000');
    await chooseItems(ui, '2');
    await review(ui);
    for (const items of [undefined, ORDER]) {
      ui.form.items = items;
      await ui.form.updateComplete;
      await ui.form.updateComplete;
      expect(ui.form.state).to.equal('review');
      expect(ui.text()).to.contain('Brass cup × 2 KWD 7.000');
    }
  });

  it('may divide the amount over vendors, and then no part claims the items', async () => {
    const environment = fakeEnvironment();
    environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
    environment.on('POST /create-multivendor-refund', {
      status: 201,
      json: {
        status: true,
        message: 'success',
        data: {
          responseData: {
            generated: [{ generatedInvoiceId: 'g', amount: 7, orderId: 'o1', refundOrderId: 'r1', refundArn: 'a1' }],
            dataTempered: [],
            refundIssue: [],
            insufficientBalance: [],
          },
        },
      },
    });
    const ui = await driveWith(environment, { provider: 'upayments' });
    await divide(ui);
    await ui.press('Review refunds');
    expect(ui.text()).to.contain('Brass cup × 2');
    await ui.press('Refund KWD 7.000');
    await waitUntil(() => detailOf(ui, 'refund-form-accepted') !== undefined);
    expect(detailOf(ui, 'refund-form-accepted')).not.to.have.property('items');
  });
});

describe('items that the form cannot use', () => {
  const line = ORDER.items[0]!;
  const cases: readonly (readonly [items: unknown, said: string])[] = [
    ['all', 'items/currency: expected an ISO 4217 code, received undefined'],
    [7, 'items/currency: expected an ISO 4217 code, received undefined'],
    [[], 'items/currency: expected an ISO 4217 code, received undefined'],
    [{ ...ORDER, currency: 'XXX' }, 'items/currency: expected an ISO 4217 code, received "XXX"'],
    [{ currency: 'USD', items: [{ id: 'a', quantity: 1, unit_price: '1.00' }] }, 'expected KWD, received USD'],
    [{ currency: 'KWD' }, 'items/items: expected lines, each with an id of its own, received undefined'],
    [{ currency: 'KWD', items: 'cup' }, 'items/items: expected lines, each with an id of its own, received "cup"'],
    [{ currency: 'KWD', items: [null] }, 'items/items/0/id: expected a text, received undefined'],
    [{ currency: 'KWD', items: [line, line] }, 'items/items: expected lines, each with an id of its own'],
    [{ ...ORDER, items: [{ ...line, id: 7 }] }, 'items/items/0/id: expected a text, received 7'],
    [{ ...ORDER, items: [{ ...line, name: {} }] }, 'items/items/0/name: expected a text, received an object'],
    [{ ...ORDER, items: [{ ...line, quantity: '5' }] }, 'quantity: expected a whole number from 0, received "5"'],
    [{ ...ORDER, items: [{ ...line, unit_price: 4 }] }, 'unit_price: expected a decimal string in KWD, received 4'],
    [{ ...ORDER, items: [{ ...line, unit_price: '4,0' }] }, 'received "4,0"'],
    [{ ...ORDER, items: [{ ...line, unit_price: 4n }] }, 'received 4'],
    [
      { ...ORDER, items: [{ ...line, unit_price: undefined }] },
      'unit_price: expected a decimal string, received undefined',
    ],
    [{ ...ORDER, items: [{ ...line, refunded_quantity: 6 }] }, 'expected a whole number from 0 to 5, received 6'],
    [{ ...ORDER, refunded_shipping: '3.001' }, 'expected a decimal string in KWD up to 3.000, received "3.001"'],
  ];
  for (const [items, said] of cases) {
    it(`are told in words, and the other scopes still work: ${said}`, async () => {
      const environment = fakeEnvironment();
      environment.on(CREATE, { json: uqpayRefund('INITIATED') });
      const ui = await driveWith(environment, { items });
      expect(ui.text()).to.contain('This page gives something that cannot be used').and.to.contain(said);
      expect(scopeNames(ui)).to.have.length(2);
      await ui.send();
      await ui.waitForHeading('accepted the refund');
    });
  }

  it('may come later: the form falls back to a part, and keeps the reviewed names in a review', async () => {
    const ui = await driveWith(fakeEnvironment());
    await chooseItems(ui, '2');
    await review(ui);
    ui.form.items = {} as OrderItems;
    await ui.form.updateComplete;
    expect(ui.text()).to.contain('Brass cup × 2 KWD 7.000');
    await ui.press('Change');
    expect(scopes(ui)[1]!.checked).to.equal(true);
    expect(ui.field('amount').value).to.equal('');
    ui.form.items = ORDER;
    await ui.form.updateComplete;
    expect([scopes(ui)[2]!.checked, ui.field('item-0').value]).to.deep.equal([true, '2']);
  });

  it('may be null or undefined, and then there are none', async () => {
    for (const items of [null, undefined]) {
      const ui = await driveWith(fakeEnvironment(), { set: (form) => void (form.items = items as undefined) });
      expect(scopeNames(ui)).to.have.length(2);
      expect(ui.text()).not.to.contain('cannot be used');
    }
  });
});

describe('the amount that the page gives', () => {
  const withAmount = (amount: unknown, more: Options = {}) =>
    driveWith(fakeEnvironment(), {
      ...more,
      set: (form) => {
        form.amount = amount as string;
        more.set?.(form);
      },
    });

  it('fills in the part as a person would type it, and waits for the review', async () => {
    const ui = await withAmount('12.5', { set: (form) => void (form.locale = 'de-x') });
    expect(scopes(ui)[1]!.checked).to.equal(true);
    expect(ui.field('amount').value).to.equal('12.500');
    expect(ui.form.state).to.equal('editing');
    await review(ui);
    expect(ui.text()).to.contain('Refund KWD 12.500');
  });

  it('is an attribute, too', async () => {
    const ui = await driveWith(fakeEnvironment(), { set: (form) => form.setAttribute('amount', '2.000') });
    expect(ui.field('amount').value).to.equal('2.000');
    ui.form.setAttribute('amount', '3.000');
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('3.000');
    ui.form.removeAttribute('amount');
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('');
  });

  it('replaces only what nobody has typed', async () => {
    const ui = await withAmount('2.000');
    ui.type('amount', '7');
    ui.form.amount = '3.000';
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('7');
    ui.type('amount', '');
    ui.form.amount = '4.000';
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('');
    ui.form.reset();
    await ui.form.updateComplete;
    expect(ui.field('amount').value).to.equal('4.000');
  });

  it('is refused like a typed one when it is more than can be refunded', async () => {
    const ui = await withAmount('75.001');
    await review(ui);
    expect(help(ui, 'amount')).to.contain('is more than can be refunded');
  });

  for (const [amount, received] of [
    ['12,5', '"12,5"'],
    ['-1', '"-1"'],
    ['1.0001', '"1.0001"'],
    ['KWD 5', '"KWD 5"'],
    [12.5, '12.5'],
    [{}, 'an object'],
  ] as const) {
    it(`is ignored and told when it is ${received}`, async () => {
      const ui = await withAmount(amount);
      expect(ui.text()).to.contain(`amount: expected a decimal string in KWD, received ${received}`);
      expect(ui.field('amount').value).to.equal('');
    });
  }

  it('is not filled in again for another refund', async () => {
    const environment = fakeEnvironment();
    environment.on(CREATE, { json: uqpayRefund('SUCCEEDED') });
    const ui = await driveWith(environment, { set: (form) => void (form.amount = '12.500') });
    await review(ui);
    await ui.press(/^Refund /);
    await ui.waitForHeading('has carried out');
    await ui.press('Make another refund');
    await waitUntil(() => ui.field('amount') !== null);
    expect(ui.field('amount').value).to.equal('');
  });
});

describe('a percentage or a fee', () => {
  it('is taken by Enter, which reviews no other amount', async () => {
    const ui = await driveWith(fakeEnvironment(), { set: (form) => void (form.amount = '7.000') });
    const enter = async (isComposing = false) => {
      const on = { bubbles: true, cancelable: true, composed: true };
      const event = new KeyboardEvent('keydown', { key: 'Enter', isComposing, ...on });
      ui.field('share').dispatchEvent(event);
      await ui.form.updateComplete;
      return event.defaultPrevented;
    };
    await waitUntil(() => ui.field('share') !== null);
    expect(await enter()).to.equal(true);
    expect(ui.field('amount').value).to.equal('7.000');
    ui.type('share', '50');
    await ui.form.updateComplete;
    // It ends a composition, and nothing else.
    expect(await enter(true)).to.equal(false);
    expect(ui.field('amount').value).to.equal('7.000');
    expect(await enter()).to.equal(true);
    expect([ui.field('amount').value, ui.form.state]).to.deep.equal(['50.000', 'editing']);
  });

  const typeShare = async (ui: FormDriver, share: string) => {
    ui.type('share', share);
    await ui.form.updateComplete;
    return ui.buttons().filter((name) => /[=≈]/.test(name));
  };

  it('says what it comes to, of what was paid and of what can be refunded, and then fills in the amount', async () => {
    const ui = await driveWith(fakeEnvironment());
    expect(await typeShare(ui, '12.5')).to.deep.equal([
      '12.5% × KWD 100.000 = KWD 12.500',
      'KWD 75.000 − KWD 12.500 = KWD 62.500',
    ]);
    await ui.press('12.5%');
    expect(ui.field('amount').value).to.equal('12.500');
    await ui.press('KWD 75.000 −');
    expect(ui.field('amount').value).to.equal('62.500');
    await review(ui);
    expect(ui.text()).to.contain('Refund KWD 62.500');
  });

  it('is only a percentage with a percent sign, in every script', async () => {
    const ui = await driveWith(fakeEnvironment());
    expect(await typeShare(ui, '10%')).to.deep.equal(['10% × KWD 100.000 = KWD 10.000']);
    expect(await typeShare(ui, '١٠٪')).to.deep.equal(['١٠% × KWD 100.000 = KWD 10.000']);
    expect(await typeShare(ui, '10％')).to.deep.equal(['10% × KWD 100.000 = KWD 10.000']);
  });

  it('is nothing when it is no number, nothing, or leaves nothing', async () => {
    const ui = await driveWith(fakeEnvironment());
    for (const share of ['', 'x', '0', '0%', '-5', '1e1', '%']) {
      expect(await typeShare(ui, share), share).to.deep.equal([]);
    }
    // The whole cannot be kept back; as a percentage it is a number.
    expect(await typeShare(ui, '75')).to.deep.equal(['75% × KWD 100.000 = KWD 75.000']);
  });

  it('says why it is nothing when it cannot be read', async () => {
    const ui = await driveWith(fakeEnvironment());
    // In a live region, because the focus stays in the field.
    const help = () => ui.form.shadowRoot!.querySelector('.share [role=status] #share-help')?.textContent;
    for (const [share, words] of [
      ['', undefined],
      ['10%', undefined],
      ['0', undefined],
      ['ten', '“ten” is not an amount'],
      ['12,5', '“12,5” has another decimal separator'],
    ] as const) {
      await typeShare(ui, share);
      if (words) expect(help(), share).to.contain(words);
      else expect(help(), share).to.equal(undefined);
    }
    expect(ui.field('share').getAttribute('aria-describedby')).to.match(/^share-help\b/);
    expect(ui.field('share').value).to.equal('12,5');
  });

  it('leads to the amount that it fills in', async () => {
    const ui = await driveWith(fakeEnvironment());
    await typeShare(ui, '10%');
    await ui.press('10%');
    expect(ui.form.shadowRoot!.activeElement?.id).to.equal('amount');
    expect(ui.field('amount').value).to.equal('10.000');
  });

  it('is rounded half up in minor units, and says that it is rounded', async () => {
    const summary = { ...SUMMARY, currency: 'JPY', captured: '101', refunded: '0', pending: '0', refundable: '101' };
    const ui = await driveWith(fakeEnvironment({ summary }), { items: null });
    expect(await typeShare(ui, '50%')).to.deep.equal(['50% × JPY 101 ≈ JPY 51']);
    expect(await typeShare(ui, '0.496%')).to.deep.equal(['0.496% × JPY 101 ≈ JPY 1']);
    expect(await typeShare(ui, '0.495%')).to.deep.equal([]);
  });

  it('is rounded to a decimal that the provider certainly keeps', async () => {
    const summary = { ...SUMMARY, captured: '33.330', refundable: '33.330' };
    const ui = await driveWith(fakeEnvironment({ summary }), { provider: 'upayments', items: null });
    expect((await typeShare(ui, '10%'))[0]).to.contain('≈ KWD 3.330');
    await ui.press('10%');
    await review(ui);
    expect(ui.form.state).to.equal('review');
  });

  it('is refused like a typed amount when it is more than can be refunded', async () => {
    const ui = await driveWith(fakeEnvironment());
    await typeShare(ui, '80%');
    await ui.press('80%');
    await review(ui);
    expect(help(ui, 'amount')).to.contain('“80.000” is more than can be refunded');
  });
});
