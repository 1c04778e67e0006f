import { expect } from '@open-wc/testing';

import type { PaymentSummary } from '../../contract/payment.ts';
import '../../widget/locales/zh.ts';
import { drive, type FormDriver } from './drive.ts';
import { fakeEnvironment, SUMMARY } from './fake-environment.ts';
import { reach, root, textOf } from './support/states.ts';
import { waitUntil } from './support/wait-until.ts';

const one = (ui: FormDriver, selector: string) => root(ui).querySelector<HTMLElement>(selector)!;
const all = (ui: FormDriver, selector: string) => [...root(ui).querySelectorAll<HTMLElement>(selector)];
const boxOf = (ui: FormDriver, selector: string) => one(ui, selector).getBoundingClientRect();
const styleOf = (ui: FormDriver, selector: string) => getComputedStyle(one(ui, selector));
const width = (pixels: number) => ({
  set: (form: HTMLElement) => form.style.setProperty('inline-size', `${pixels}px`),
});
/** Where the text itself is, without the room around it. */
const textBoxOf = (element: Element): DOMRect => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getBoundingClientRect();
};

describe('the percentage beside the amount', () => {
  it('is not marked as wrong with the amount', async () => {
    const { ui } = await reach('faults');
    one(ui, '.share').setAttribute('open', '');
    expect(styleOf(ui, '.bad > .box').borderTopColor).not.to.equal(styleOf(ui, '.share .box').borderTopColor);
  });

  it('leaves room for the focus ring of its field, and has its own off the box above', async () => {
    const { ui } = await reach('editing', width(400));
    const boundary = boxOf(ui, '.box').bottom;
    const summary = one(ui, '.share summary');
    summary.focus();
    const { outlineWidth, outlineOffset } = getComputedStyle(summary);
    const ring = parseFloat(outlineWidth) + parseFloat(outlineOffset);
    expect(summary.getBoundingClientRect().top - ring).to.be.at.least(boundary);
    one(ui, '.share').setAttribute('open', '');
    expect(boxOf(ui, '.share .box').top - textBoxOf(summary).bottom).to.be.at.least(8);
  });

  it('stands apart from a long fault', async () => {
    const { ui } = await reach('faults', width(320));
    ui.type('amount', '75.001');
    await ui.press('Review refund');
    expect(boxOf(ui, '.share').left - textBoxOf(one(ui, '#amount-help')).right).to.be.at.least(15);
  });
});

describe('the status of an unknown refund in the list', () => {
  it('has the colour of a warning, and not the panel of one', async () => {
    const lost = { idempotency_key: 'k', amount: '5.000', status: '', standing: 'unknown', reason: 'Returned goods' };
    const summary = { ...SUMMARY, refunds: [lost], cancels: [] } as unknown as PaymentSummary;
    const ui = await drive(fakeEnvironment({ summary }));
    await waitUntil(() => one(ui, '.line span') !== null, 'expected the list');
    expect(styleOf(ui, '.line span').color).not.to.equal(styleOf(ui, '.line').color);
    expect(styleOf(ui, '.line span').backgroundColor).to.equal('rgba(0, 0, 0, 0)');
    expect(styleOf(ui, '.panel.warning').backgroundColor).not.to.equal('rgba(0, 0, 0, 0)');
  });
});

describe('the largest figure', () => {
  it('is what can be refunded, also where that is nothing', async () => {
    const { ui } = await reach('not refundable');
    expect(textOf(all(ui, '.figures > div').at(-1))).to.match(/^Can be refunded\s+KWD\s0\.000$/);
  });

  it('ends where the others end, also where it has a line of its own', async () => {
    const environment = fakeEnvironment({
      summary: { ...SUMMARY, captured: '99998780.622', refundable: '99998765.622' },
    });
    const ui = await drive(environment, width(280));
    await ui.waitForText('Can be refunded');
    const [figure, others] = ['.figures > :last-child dd', '.figures > :first-child dd'].map((name) => boxOf(ui, name));
    expect(figure!.top).to.be.above(boxOf(ui, '.figures > :last-child dt').top + 10);
    expect(figure!.right).to.be.closeTo(others!.right, 0.5);
  });
});

describe('the form that settles a refund', () => {
  it('is a panel of its own, apart from the form that refunds', async () => {
    const { ui } = await reach('settling what another browser has lost');
    expect(one(ui, '#outcome').closest('.panel')).not.to.equal(null);
    expect(root(ui).querySelector('.panel .panel')).to.equal(null);
  });
});

describe('a check that somebody asked for', () => {
  it('is seen while it runs', async () => {
    for (const [look, route] of [
      ['unknown', 'POST /v2/payment/refunds'],
      ['pending', 'GET /v2/payment/refunds/*'],
    ] as const) {
      const { ui, environment } = await reach(look);
      environment.on(route, 'hang');
      environment.on('GET /payments/*', 'hang');
      await ui.press('Check status');
      const texts = all(ui, 'p').filter((line) => textOf(line) === 'Checking…');
      expect(Math.max(...texts.map((line) => textBoxOf(line).width && line.clientWidth)), look).to.be.above(40);
    }
  });
});

describe('the vendors’ IBANs', () => {
  it('in full leave the amounts their room', async () => {
    const { ui } = await reach('vendors', width(400));
    const room = boxOf(ui, '#vendor-0').width;
    for (const button of all(ui, 'tbody th button')) button.click();
    expect(boxOf(ui, '#vendor-0').width).to.be.closeTo(room, 8);
  });
});

describe('the vendors’ results at 320 pixels', () => {
  it('begin at one edge, whatever their length', async () => {
    const { ui } = await reach('vendors, with a result', width(320));
    const starts = all(ui, 'td > :first-child').map((value) => value.getBoundingClientRect().left);
    expect(starts.length).to.be.above(3);
    expect(new Set(starts)).to.have.property('size', 1);
  });
});

describe('the link buttons of a refund', () => {
  for (const pixels of [320, 440]) {
    it(`stand apart, at ${pixels} pixels`, async () => {
      const { ui } = await reach('pending', {
        set: (form) => {
          form.style.setProperty('inline-size', `${pixels}px`);
          form.canSendReceipt = true;
        },
      });
      const [print, send] = all(ui, '.row button').map((button) => button.getBoundingClientRect());
      expect(send!.left - print!.right).to.be.closeTo(16, 0.5);
    });
  }
});

describe('what the customer will see, and when,', () => {
  it('stands under the steps, before the numbers', async () => {
    const { ui } = await reach('pending');
    expect(textOf(one(ui, 'ol + p'))).to.equal('Usually reaches the customer in 5 to 10 working days.');
  });
});

describe('the new figures after a change', () => {
  it('have the colour of their panel', async () => {
    const environment = fakeEnvironment();
    const ui = await drive(environment);
    await ui.review();
    environment.on('GET /payments/*', { json: { ...SUMMARY, refunded: '30.000', refundable: '65.000' } });
    await ui.form.refresh();
    await ui.waitForText('The payment has changed');
    expect(styleOf(ui, '[part=changes] dd strong').color).to.equal(styleOf(ui, '[part=changes]').borderTopColor);
  });
});

describe('Chinese text', () => {
  const chinese = { set: (form: HTMLElement) => form.setAttribute('locale', 'zh-CN') };

  it('has no space at its full-width signs', async () => {
    const { ui } = await reach('pending', chinese);
    expect(textOf(one(ui, '[part=words]'))).to.equal('UQPAY 的说明：PROCESSING');
    const { ui: form } = await reach('editing', chinese);
    expect(textOf(one(form, 'label[for=note]'))).to.equal('备注（选填）');
  });

  it('is not balanced, which would end lines within its words', async () => {
    const { ui } = await reach('unknown', chinese);
    expect(styleOf(ui, 'h2').getPropertyValue('text-wrap')).not.to.contain('balance');
    const { ui: english } = await reach('unknown');
    expect(styleOf(english, 'h2').getPropertyValue('text-wrap')).to.contain('balance');
  });
});

describe('a form in a container without a width of its own', () => {
  const containers: readonly (readonly [name: string, style: string])[] = [
    ['a float', 'float: inline-start'],
    ['an inline block', 'display: inline-block'],
    ['a flex item', 'display: flex; inline-size: max-content'],
    ['an absolute box', 'position: absolute'],
    ['a column that is as wide as its content', 'display: grid; grid-template-columns: auto 1fr; inline-size: 900px'],
  ];
  for (const [name, style] of containers) {
    it(`has a width that can be worked in: ${name}`, async () => {
      const ui = await drive(fakeEnvironment());
      await waitUntil(() => ui.field('amount') !== null);
      const container = document.createElement('div');
      container.style.cssText = style;
      ui.form.replaceWith(container);
      container.append(ui.form);
      await waitUntil(() => ui.form.getBoundingClientRect().width >= 280);
      container.remove();
    });
  }

  const narrow: readonly (readonly [name: string, style: string, around: string, most: number])[] = [
    ['a block', 'inline-size: 240px', '', 240],
    ['a flex container', 'display: flex; inline-size: 240px', '', 240],
    ['a grid', 'display: grid; inline-size: 240px', '', 240],
    [
      'an item of a grid with two columns',
      'min-inline-size: auto',
      'display: grid; grid-template-columns: 2fr 1fr; inline-size: 760px',
      254,
    ],
    ['a flex item that shrinks', 'flex: 1 1 0%', 'display: flex; inline-size: 200px', 200],
    ['a flex item with a basis', 'flex: 0 1 300px', 'display: flex; inline-size: 760px', 300],
    ['a float in a narrow block', 'float: inline-start', 'inline-size: 200px', 200],
  ];
  for (const [name, style, around, most] of narrow) {
    it(`never makes its container wider: ${name}`, async () => {
      const ui = await drive(fakeEnvironment());
      await waitUntil(() => ui.field('amount') !== null);
      const [outer, container] = [document.createElement('div'), document.createElement('div')];
      outer.style.cssText = around;
      container.style.cssText = style;
      // In the grid it is the second column.
      outer.append(...(around.includes('2fr') ? [document.createElement('p')] : []), container);
      ui.form.replaceWith(outer);
      container.append(ui.form);
      await ui.form.updateComplete;
      expect(container.getBoundingClientRect().width).to.be.at.most(most);
      expect(ui.form.getBoundingClientRect().width).to.be.at.most(most);
      outer.remove();
    });
  }
});
