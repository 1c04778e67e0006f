import { expect } from '@open-wc/testing';
import { emulateMedia } from '@web/test-runner-commands';

import type { OrderItems } from '../../contract/money.ts';
import type { PaymentSummary } from '../../contract/payment.ts';
import '../../widget/locales/ar.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, SUMMARY, upaymentsSuccess, VENDOR_ROWS } from './fake-environment.ts';
import { reach, root, textOf } from './support/states.ts';
import { waitUntil } from './support/wait-until.ts';

type Media = Parameters<typeof emulateMedia>[0];
const IS_CHROMIUM = 'chrome' in window;
const one = (ui: FormDriver, selector: string) => root(ui).querySelector<HTMLElement>(selector)!;
const all = (ui: FormDriver, selector: string) => [...root(ui).querySelectorAll<HTMLElement>(selector)];
const boxOf = (ui: FormDriver, selector: string) => one(ui, selector).getBoundingClientRect();
const width = (pixels: number) => ({
  set: (form: HTMLElement) => form.style.setProperty('inline-size', `${pixels}px`),
});
const ORDER_ITEMS: OrderItems = {
  currency: 'KWD',
  shipping: '2.000',
  items: [{ id: 'cup', name: 'Brass cup', quantity: 3, unit_price: '4.000' }],
};
const arabic = {
  set: (form: HTMLElement) => {
    form.setAttribute('locale', 'ar');
    form.style.setProperty('inline-size', '440px');
  },
};

describe('the form’s measures', () => {
  it('are 44 pixels for a segment, with the amount inside, and 40 for a field and a button', async () => {
    const { ui } = await reach('editing', width(440));
    expect(all(ui, '.choice').map((choice) => choice.getBoundingClientRect().height)).to.deep.equal([44, 44]);
    expect(textOf(one(ui, '.choice'))).to.contain('KWD 75.000');
    for (const selector of ['.box', 'select', 'button']) {
      expect(boxOf(ui, selector).height, selector).to.be.closeTo(40, 1);
    }
  });

  it('are 24 pixels between groups, 16 between fields, 6 below a label and 4 above a hint', async () => {
    const { ui } = await reach('editing', width(440));
    const [amount, reason, note] = all(ui, '.field').map((field) => field.getBoundingClientRect());
    expect(boxOf(ui, 'fieldset').top - boxOf(ui, '[part=bar]').bottom).to.be.closeTo(24, 0.5);
    expect(amount!.top - boxOf(ui, 'fieldset').bottom).to.be.closeTo(24, 0.5);
    expect(reason!.top - amount!.bottom).to.be.closeTo(16, 0.5);
    expect(note!.top - reason!.bottom).to.be.closeTo(16, 0.5);
    expect(boxOf(ui, 'button').top - note!.bottom).to.be.closeTo(24, 0.5);
    expect(boxOf(ui, '.box').top - boxOf(ui, '[part=label]').bottom).to.be.closeTo(6, 0.5);
    expect(boxOf(ui, '#amount-help').top - boxOf(ui, '.box').bottom).to.be.closeTo(4, 0.5);
    // A help line without a text takes no room.
    expect(reason!.bottom).to.equal(boxOf(ui, 'select').bottom);
  });

  for (const [language, direction] of Object.entries({ English: 'ltr', Arabic: 'rtl' })) {
    it(`put the units of an item beside its name, and leave room for an amount of shipping, in ${language}`, async () => {
      const { ui } = await reach('editing', {
        set: (form) => {
          form.style.setProperty('inline-size', '400px');
          form.setAttribute('locale', language === 'Arabic' ? 'ar' : 'en');
          form.items = ORDER_ITEMS;
        },
      });
      all(ui, 'input[type=radio]').at(-1)!.click();
      await ui.form.updateComplete;
      const fields = all(ui, '.lines .field');
      expect(fields).to.have.length(2);
      const end = direction === 'rtl' ? 'left' : 'right';
      for (const field of fields) {
        const box = field.querySelector('.box')!.getBoundingClientRect();
        const label = field.querySelector('[part=label]')!.getBoundingClientRect();
        expect(box[end]).to.be.closeTo(field.getBoundingClientRect()[end], 0.5);
        expect(Math.abs(box.top - label.top)).to.be.below(4);
        expect(direction === 'rtl' ? box.right <= label.left : box.left >= label.right).to.equal(true);
      }
      expect(fields[1]!.querySelector('.box input')!.getBoundingClientRect().width).to.be.above(80);
    });
  }

  for (const [language, options] of Object.entries({ English: width(440), Arabic: arabic })) {
    it(`end the figures where the typed amount ends, in ${language}`, async () => {
      const { ui } = await reach('editing', options);
      ui.type('amount', '12.500');
      const input = one(ui, '#amount');
      const figure = one(ui, '.figures > :last-child dd');
      const { fontSize, lineHeight, fontWeight } = getComputedStyle(figure);
      expect([fontSize, lineHeight, fontWeight]).to.deep.equal(['22px', '28px', '650']);
      const rtl = language === 'Arabic';
      const side = rtl ? 'left' : 'right';
      expect(input.getBoundingClientRect()[side]).to.be.closeTo(figure.getBoundingClientRect()[side], 1);
      const { textAlign, direction } = getComputedStyle(input);
      expect([textAlign, direction]).to.deep.equal([rtl ? 'start' : 'end', 'ltr']);
      // The currency is part of the field, at its other side.
      const currency = boxOf(ui, '.box span');
      expect(rtl ? currency.left > boxOf(ui, '#amount').right : currency.right < boxOf(ui, '#amount').left).to.equal(
        true,
      );
    });
  }

  for (const pixels of [320, 440, 560]) {
    it(`of the skeleton are within 8 pixels of the form’s height, at ${pixels} pixels`, async () => {
      const heights = [];
      for (const look of ['loading', 'editing']) {
        const { ui } = await reach(look, width(pixels));
        heights.push(ui.form.getBoundingClientRect().height);
      }
      expect(Math.abs(heights[0]! - heights[1]!), heights.join(' and ')).to.be.at.most(8);
    });
  }

  it('put the primary button at the inline end of one row, and below 400 pixels all in full width and one height', async () => {
    const { ui } = await reach('review', width(440));
    const [confirm, change] = all(ui, 'button').map((button) => button.getBoundingClientRect());
    expect(confirm!.right).to.equal(boxOf(ui, 'section').right);
    expect(confirm!.left - change!.right).to.equal(12);
    expect(confirm!.top).to.equal(change!.top);
    ui.form.style.setProperty('inline-size', '320px');
    const [first, second] = all(ui, 'button').map((button) => button.getBoundingClientRect());
    expect([first!.width, second!.width]).to.deep.equal([320, 320]);
    expect(first!.height).to.equal(second!.height);
  });
});

describe('the vendors at 320 pixels', () => {
  it('labels every value of the vendors, whose heads are not drawn', async () => {
    for (const [look, labels] of [
      ['vendors', ['Remaining', 'Amount']],
      ['vendors, with a result', ['Amount', 'Result']],
    ] as const) {
      const { ui } = await reach(look, width(320));
      expect(boxOf(ui, 'thead').height).to.equal(0);
      const cells = all(ui, 'tbody tr:first-child td');
      expect(cells.map((cell) => cell.dataset['label'])).to.deep.equal(labels);
      for (const cell of cells) {
        // Firefox computes the function, the others its value.
        expect(getComputedStyle(cell, '::before').content).to.be.oneOf([
          'attr(data-label)',
          `"${cell.dataset['label']}"`,
        ]);
      }
    }
  });
});

describe('the parts', () => {
  it('name every label, hint, error, figure, field and button', async () => {
    const missing = async (look: string, selector: string) => {
      const { ui } = await reach(look);
      return all(ui, selector)
        .filter((element) => element.part.length === 0)
        .map(textOf);
    };
    const named = '.field, .field > :is(label, p), .box, .choice, .box input, select, textarea, button, dl, h2';
    for (const look of ['editing', 'faults', 'review', 'pending, with a cancel', 'vendors']) {
      expect(await missing(look, named), look).to.deep.equal([]);
    }
    const { ui } = await reach('faults');
    expect(all(ui, '[part=error]')).to.have.length(2);
    expect(all(ui, '[part=figure]')).to.have.length(4);
  });
});

describe('the amount', () => {
  it('takes the focus wherever its field is pressed, also on the currency', async () => {
    const { ui } = await reach('editing');
    one(ui, '.box span').click();
    expect(root(ui).activeElement?.id).to.equal('amount');
  });
});

describe('an optional field', () => {
  it('says so in its label, until its text is required', async () => {
    const { ui } = await reach('editing');
    const label = () => textOf(one(ui, 'label[for=note]'));
    expect(label()).to.equal('Note (optional)');
    ui.choose('Other');
    await ui.form.updateComplete;
    expect(label()).to.equal('Note');
    expect(textOf(one(ui, 'label[for=reason]'))).to.equal('Reason');
    const { ui: other } = await reach('editing', { provider: 'upayments' });
    expect(textOf(one(other, 'label[for=reason]'))).to.equal('Reason (optional)');
  });
});

describe('the heading', () => {
  it('has the level that the page gives, and 2 without one', async () => {
    const { ui } = await reach('editing');
    expect(one(ui, 'h2').hasAttribute('aria-level')).to.equal(false);
    ui.form.setAttribute('heading-level', '4');
    await ui.form.updateComplete;
    expect(one(ui, 'h2').getAttribute('aria-level')).to.equal('4');
    ui.form.setAttribute('heading-level', 'x');
    await ui.form.updateComplete;
    expect(one(ui, 'h2').hasAttribute('aria-level')).to.equal(false);
  });

  it('shows its focus as a bar of 3 pixels at its start, within the form', async function () {
    const { ui } = await reach('editing');
    one(ui, 'h2').focus();
    // Without a key pressed before, other engines may find that this focus is not to be seen.
    if (!IS_CHROMIUM && !one(ui, 'h2').matches(':focus-visible')) this.skip();
    expect(getComputedStyle(one(ui, 'h2')).outlineStyle).to.equal('none');
    const { borderInlineStartWidth, borderInlineStartStyle } = getComputedStyle(one(ui, '.head'));
    expect([borderInlineStartWidth, borderInlineStartStyle]).to.deep.equal(['3px', 'solid']);
    expect(boxOf(ui, '.head').left).to.be.at.least(ui.form.getBoundingClientRect().left);
  });
});

describe('an outcome', () => {
  it('has an icon of 20 pixels, a large amount, and dots of 10 pixels', async () => {
    const { ui } = await reach('pending');
    expect([boxOf(ui, '[part=icon]').width, boxOf(ui, '[part=icon]').height]).to.deep.equal([20, 20]);
    const { fontSize, lineHeight } = getComputedStyle(one(ui, '[part=amount-echo]'));
    expect([fontSize, lineHeight]).to.deep.equal(['28px', '34px']);
    for (const dot of all(ui, 'li svg')) expect(dot.getBoundingClientRect().width).to.equal(10);
  });

  it('names the provider’s ids in words, and an id without words as the provider does', async () => {
    const { ui } = await reach('pending, with a cancel');
    expect(all(ui, '.facts dt').map(textOf)).to.deep.equal(['Refund number', 'Bank reference (ARN)']);
  });

  it('offers no other refund while anything is unknown', async () => {
    for (const look of ['unknown', 'unrecognised', 'reversing', 'reversed']) {
      const { ui } = await reach(look);
      const offers = ui.buttons().includes('Make another refund');
      expect(offers, look).to.equal(look.startsWith('revers'));
      // Nobody knows what became of the money: the question says that it is paid on top.
      if (!offers) continue;
      await ui.press('Make another refund');
      expect(ui.text(), look).to.contain('Another refund is paid on top of it');
    }
  });
});

describe('the history', () => {
  const refund = (number: number) => ({
    refund_id: `R${number}`,
    amount: `${number}.000`,
    status: 'initiated',
    standing: 'pending',
    create_time: '2026-11-20T09:00:00Z',
    references: { refundOrderId: `R${number}` },
  });
  const open = async () => {
    const summary = { ...SUMMARY, refunds: [refund(1), refund(2)], cancels: [] } as unknown as PaymentSummary;
    const ui = await drive(fakeEnvironment({ summary }), { provider: 'upayments' });
    await waitUntil(() => one(ui, '.history .copy') !== null, 'expected the history');
    const button = one(ui, '.history .copy');
    return { ui, button, drawn: [...button.querySelectorAll('path')].map((path) => getComputedStyle(path)) };
  };

  it('draws the icon of its copy buttons in the colour of the text, on no colour of its own', async () => {
    const { button, drawn } = await open();
    const { color, backgroundColor } = getComputedStyle(button);
    expect(drawn.map(({ stroke }) => stroke)).to.deep.equal([color, color]);
    expect(drawn.map(({ opacity }) => opacity)).to.deep.equal(['1', '0']);
    expect(backgroundColor).to.equal('rgba(0, 0, 0, 0)');
  });

  it('has nothing of the rail of steps: no line between its rows, no dots, no muted text', async () => {
    const { ui } = await open();
    for (const row of all(ui, '.history li')) {
      expect(getComputedStyle(row, '::after').content).to.equal('none');
      expect(getComputedStyle(row).color).to.equal(getComputedStyle(one(ui, '.history')).color);
      const [line] = row.children;
      expect(line!.getBoundingClientRect().right).to.equal(row.getBoundingClientRect().right);
    }
  });
});

describe('an unknown refund', () => {
  it('shows no figures, and the facts after what to do', async () => {
    const { ui } = await reach('unknown');
    expect(root(ui).querySelector('.figures')).to.equal(null);
    expect(boxOf(ui, 'dl').top).to.be.greaterThan(boxOf(ui, 'button').bottom);
  });
});

describe('forced colours', () => {
  /** Chromium can pretend them; another engine that cannot skips the test. */
  const pretend = async (test: Mocha.Context, media: Media, query: string) => {
    try {
      await emulateMedia(media);
    } catch (error) {
      if (IS_CHROMIUM) throw error;
    }
    if (!IS_CHROMIUM && !matchMedia(query).matches) test.skip();
    expect(matchMedia(query).matches, query).to.equal(true);
  };
  afterEach(async function () {
    const media: Media = { forcedColors: 'none', reducedMotion: 'no-preference' };
    if (this.currentTest?.state !== 'pending') await emulateMedia(media);
  });

  it('keep the primary button, an invalid field and the skeleton apart from the others', async function () {
    await pretend(this, { forcedColors: 'active' }, '(forced-colors: active)');
    const { ui } = await reach('review');
    const [confirm, change] = all(ui, 'button').map((button) => getComputedStyle(button).backgroundColor);
    expect(confirm).not.to.equal(change);
    const { ui: faulty } = await reach('faults');
    expect(getComputedStyle(one(faulty, '.bad .box')).borderStyle).to.equal('double');
    expect(boxOf(faulty, '.bad .box').height).to.equal(40);
    expect(getComputedStyle(one(faulty, 'textarea')).borderStyle).to.equal('solid');
    const { ui: loading } = await reach('loading');
    const { stroke, fill } = getComputedStyle(one(loading, 'rect'));
    expect(stroke).not.to.equal('none');
    expect(fill).to.equal('none');
  });

  it('and reduced motion leave no animation', async function () {
    await pretend(this, { reducedMotion: 'reduce' }, '(prefers-reduced-motion: reduce)');
    const { ui } = await reach('loading');
    const moving = all(ui, '*').filter((element) => {
      const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
      return (animationName !== 'none' && animationDuration !== '0s') || transitionDuration !== '0s';
    });
    expect(moving.map(({ className }) => className)).to.deep.equal([]);
  });
});

describe('the vendors', () => {
  it('show the page’s names above the masked IBANs, and an IBAN in full only after its button', async () => {
    const { ui } = await reach('vendors');
    const iban = VENDOR_ROWS[0]!.ibanNumber;
    const cell = one(ui, 'tbody th');
    expect(textOf(cell)).to.match(/^Al-Salam Perfumes ?KW91 •••• 3254/);
    expect(root(ui).innerHTML).not.to.contain(iban);
    expect(one(ui, '#vendor-0').getAttribute('aria-label')).to.equal('Amount for Al-Salam Perfumes, KW91 •••• 3254');
    const show = cell.querySelector('button')!;
    expect(show.getAttribute('aria-label')).to.match(/^Show IBAN KW91/);
    show.click();
    ui.type('vendor-0', '1');
    await ui.form.updateComplete;
    expect(textOf(cell)).to.contain(iban);
    expect(show.ariaPressed).to.equal('true');
    show.click();
    expect(root(ui).innerHTML).not.to.contain(iban);
  });

  it('have their names in the result, found by the masked IBAN, and no name where two fit', async () => {
    const { ui } = await reach('vendors, with a result');
    const names = () => all(ui, 'tbody th').map((cell) => textOf(cell.querySelector('b')));
    expect(names()).to.deep.equal(['Al-Salam Perfumes', 'Bayan Sweets and Pastry']);
    ui.form.vendorNames = { KW91XXXX0000000000000000003254: 'One', KW91YYYY0000000000000000003254: 'Two' };
    await ui.form.updateComplete;
    expect(names()).to.deep.equal(['', '']);
    ui.form.vendorNames = { 'KW91 KFHO 0000 0000 0051 0101 7325 4': 'Spaced', r1: 'By its row' };
    await ui.form.updateComplete;
    expect(names()).to.deep.equal(['Spaced', 'By its row']);
  });

  it('never have their names in storage or in events', async () => {
    const { ui, environment } = await reach('vendors, with a result');
    expect([...environment.memory.values()].join() + JSON.stringify(ui.events)).not.to.match(/Salam|KFHO/);
  });

  it('can be given the whole amount, one of them, where its limit allows', async () => {
    const { ui } = await reach('vendors');
    ui.type('vendor-0', '3');
    await ui.form.updateComplete;
    const buttons = all(ui, 'tbody button').filter((button) => textOf(button) === 'All of it');
    expect(buttons).to.have.length(2);
    expect(new Set(buttons.map((button) => button.getAttribute('aria-label')))).to.have.property('size', 2);
    buttons[1]!.click();
    await ui.form.updateComplete;
    expect([ui.field('vendor-0').value, ui.field('vendor-1').value]).to.deep.equal(['', '12.500']);
    expect(textOf(one(ui, '#sum-help'))).to.contain('Left to place KWD 0.000');
    await ui.press('Review refunds');
    expect(ui.heading()).to.equal('Check the refunds');
  });

  it('keep the sum in a live region that describes every amount', async () => {
    const { ui } = await reach('vendors');
    const status = one(ui, '#sum-help [role=status]');
    ui.type('vendor-0', '2.5');
    await ui.form.updateComplete;
    expect(one(ui, '#sum-help [role=status]')).to.equal(status);
    expect(textOf(status)).to.contain('Placed KWD 2.500').and.to.contain('Left to place KWD 10.000');
    for (const input of all(ui, '.box input')) {
      expect(input.getAttribute('aria-describedby')?.split(' ')).to.include('sum-help');
    }
    const amount = boxOf(ui, 'tbody .box').top;
    expect(Math.abs(amount - boxOf(ui, 'tbody td').top)).to.be.lessThan(10);
  });

  it('are counted in the heading, also those whose part is not known', async () => {
    const { ui } = await reach('vendors, with a result');
    expect(ui.heading()).to.equal('What became of each vendor’s refund: 1 of 2 accepted');
  });

  it('offer no new refund, not even of a refused part, while a part is not known', async () => {
    const { ui, environment } = await reach('vendors, in review');
    const responseData = { generated: [], dataTempered: [], refundIssue: [], insufficientBalance: [VENDOR_ROWS[1]] };
    environment.on('POST /create-multivendor-refund', upaymentsSuccess({ responseData }));
    await ui.press(/^Refund /);
    await ui.waitForHeading('0 of 2 accepted, 1 not known');
    expect(ui.text()).to.contain('Not known. Do not refund it again.').and.to.contain('balance is too low');
    expect(ui.buttons().join()).not.to.match(/refused|another/);
  });

  it('whose part was refused get a new refund of exactly that amount, reviewed again, under a new key', async () => {
    const { ui, environment } = await reach('vendors, with a result');
    const before = environment.writes().length;
    await ui.press('Try the refused KWD 6.250 again');
    await ui.waitForHeading(/^Refund$/);
    await ui.waitForText('Review refund');
    expect(ui.field('amount').value).to.equal('6.250');
    expect(environment.writes()).to.have.length(before);
    await ui.press('Review refund');
    expect(ui.heading()).to.equal('Check the refund');
    await ui.press(/^Refund /);
    await ui.waitForHeading('Divide');
    expect(environment.writes().at(-1)).to.deep.include({ path: '/create-refund' });
    expect(environment.writes().at(-1)?.body).to.have.property('totalPrice', 6.25);
    const keys = environment.writes().map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys)).to.have.property('size', keys.length);
  });
  it('are not offered again once the payment lists a later refund, whoever made it and however it is divided', async () => {
    const { ui, environment } = await reach('vendors, with a result');
    const key = environment.writes().at(-1)!.headers.get('idempotency-key');
    const row = { status: 'initiated', standing: 'pending', amount: '6.250' };
    const refunds = [
      { ...row, refund_id: 'before', idempotency_key: 'a' },
      { ...row, refund_id: null, standing: 'failed', status: 'refused', idempotency_key: key },
    ];
    const list = async (later: readonly object[]) => {
      environment.on('GET /payments/*', { json: { ...SUMMARY, refunds: [...refunds, ...later] } });
      await ui.form.refresh();
    };
    await list([{ ...row, refund_id: 'none', standing: 'failed', idempotency_key: 'c' }]);
    expect(ui.buttons().join()).to.contain('Try the refused');
    await list([{ ...row, refund_id: 'by-boss', amount: '2.000', idempotency_key: 'd' }]);
    expect(ui.buttons().join()).not.to.contain('Try the refused');
    await ui.press('Make another refund');
    expect(ui.text()).to.contain('The refund of KWD 2.000 may still reach the customer.');
  });
});
