import { expect, fixture, html } from '@open-wc/testing';

import { formatAmount, toDecimal } from '../../contract/money.ts';
import { registerLocale } from '../../widget/define.ts';
import { en } from '../../widget/messages/en.ts';
import { BLOCK, packMessages, unpackMessages } from '../../widget/messages/pack.ts';
import { plural } from '../../widget/messages/plural.ts';
import type { Messages } from '../../widget/messages/registry.ts';
import { textsFor } from '../../widget/messages/texts.ts';
import { drive } from './drive.ts';
import { fakeEnvironment, SUMMARY } from './fake-environment.ts';
import { waitUntil } from './support/wait-until.ts';

describe('an amount in English', () => {
  it('is written as this browser writes it', () => {
    for (const locale of ['en', 'en-US', 'en-GB'])
      for (const [currency, digits] of [
        ['USD', 2],
        ['KWD', 3],
        ['JPY', 0],
      ] as const) {
        const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, currency };
        const written = new Intl.NumberFormat(locale, { ...options, style: 'currency', currencyDisplay: 'code' });
        for (const minor of [0n, 12_500n, 123_456_789_012_345n])
          expect(formatAmount(minor, currency, locale)).to.equal(
            written.format(toDecimal(minor, currency) as Intl.StringNumericLiteral),
          );
      }
  });
});

describe('the plural form of a number', () => {
  const ARABIC = 'zero|one|two|few #|many #|other #';
  for (const [value, expected] of [
    [0, 'zero'],
    [1, 'one'],
    [2, 'two'],
    [3, 'few 3'],
    [11, 'many 11'],
    [100, 'other 100'],
    [1_203, 'few 1,203'],
  ] as const) {
    it(`is one of six in Arabic: ${value}`, () => {
      expect(plural(value, ARABIC, 'ar', 'en')).to.equal(expected);
    });
  }

  it('has the digits and separators of the locale', () => {
    expect(plural(1_203, ARABIC, 'ar', 'ar-EG')).to.equal('few ١٬٢٠٣');
    expect(plural(3, '#', 'zh', 'zh')).to.equal('3');
  });

  it('is the last one when a text has fewer forms than the language', () => {
    // French distinguishes millions since CLDR 38.
    expect(plural(1, '# caractère|# caractères', 'fr', 'fr')).to.equal('1 caractère');
    expect(plural(1_000_000, '# caractère|# caractères', 'fr', 'en')).to.equal('1,000,000 caractères');
  });

  it('is English where a language lacks the text, whatever language is shown', () => {
    registerLocale({ lang: 'lv', dir: 'ltr', messages: {} as Messages });
    expect(textsFor('lv', {}).s('noteLeft', { count: 1 })).to.equal('1 character left');
    expect(textsFor('lv', {}).s('noteLeft', { count: 10 })).to.equal('10 characters left');
  });

  it('is shown for the characters that are left', async () => {
    const ui = await drive(fakeEnvironment());
    await waitUntil(() => ui.field('amount') !== null);
    for (const [length, expected] of [
      [98, '2 characters left'],
      [99, '1 character left'],
    ] as const) {
      ui.type('note', 'x'.repeat(length));
      await ui.form.updateComplete;
      expect(ui.text()).to.include(expected);
    }
    ui.choose('Returned goods');
    ui.type('amount', '1');
    ui.type('note', 'x'.repeat(100));
    await ui.form.updateComplete;
    // It is a fault as soon as it is typed: less than nothing is not left.
    expect(ui.text())
      .to.include('have 116 characters together')
      .and.not.to.match(/-16|left/);
    expect(ui.field('note').getAttribute('aria-invalid')).to.equal('true');
    await ui.press('Review refund');
    expect(ui.text()).to.include('have 116 characters together. UQPAY takes 100.');
  });
});

describe('a built language', () => {
  const packed = packMessages(en);

  it('has every text, and no key', () => {
    expect(unpackMessages(packed)).to.deep.equal(en);
    expect(packed).not.to.include('refused_payment_busy');
  });

  it('of another version lacks some texts and never has a text under a wrong key', () => {
    const lines = packed.split('\n');
    const known: Readonly<Record<string, string>> = en;
    const isTrue = (text: string) =>
      Object.entries(unpackMessages(text)).every(([key, message]) => known[key] === message);
    // The hash of the keys of a block, and then their texts.
    for (let at = 0; at < lines.length; at += BLOCK + 1) {
      const without = [...lines.slice(0, at), ...lines.slice(at + BLOCK + 1)].join('\n');
      const another = lines.with(at, 'zzzzzz').join('\n');
      for (const text of [without, another]) {
        expect(isTrue(text)).to.equal(true);
        expect(Object.keys(unpackMessages(text))).to.have.length.below(Object.keys(en).length);
      }
    }
    expect(unpackMessages('')).to.deep.equal({});
  });
});

describe('a form in English', () => {
  const builtLocale = (name: string) => `/dist/widget/locales/${name}.js`;
  const shown = (form: HTMLElement) => form.shadowRoot!.querySelector('section')!;

  it('is drawn again when the language of its page arrives', async () => {
    const ui = await drive(fakeEnvironment(), { set: (form) => void (form.locale = 'zh-CN') });
    await waitUntil(() => ui.field('amount') !== null);
    ui.type('amount', '12.500');
    expect([shown(ui.form).lang, ui.heading()]).to.deep.equal(['en', 'Refund']);
    // A file of its own, as a page loads it: it brings a copy of the registry's address and nothing else.
    await import(builtLocale('zh'));
    await ui.form.updateComplete;
    expect([shown(ui.form).lang, ui.heading()]).to.deep.equal(['zh', '退款']);
    expect(ui.field('amount').value).to.equal('12.500');
  });

  it('follows the language of an ancestor, and its own, within a shadow root', async () => {
    const host = await fixture<HTMLElement>(html`<div></div>`);
    const inner = document.createElement('div');
    inner.lang = 'en';
    host.attachShadow({ mode: 'open' }).append(inner);
    const ui = await drive(fakeEnvironment(), { set: (form) => (form.locale = undefined) });
    inner.append(ui.form);
    await waitUntil(() => shown(ui.form).lang === 'en');
    await import(builtLocale('ar'));
    inner.lang = 'ar';
    await waitUntil(() => shown(ui.form).lang === 'ar');
    ui.form.lang = 'en';
    await waitUntil(() => shown(ui.form).lang === 'en');
    if (!('moveBefore' in inner)) return;
    const other = await fixture<HTMLElement>(html`<div></div>`);
    const place = document.createElement('div');
    other.attachShadow({ mode: 'open' }).append(place);
    ui.form.lang = '';
    (place as unknown as { moveBefore: (node: Node, child: null) => void }).moveBefore(ui.form, null);
    ui.form.removeAttribute('lang');
    place.lang = 'ar';
    await waitUntil(() => shown(ui.form).lang === 'ar');
    place.lang = 'en';
    await waitUntil(() => shown(ui.form).lang === 'en');
  });

  it('follows the language of the page, of an ancestor, and of the place to which it is moved', async () => {
    const page = document.documentElement;
    const before = page.lang;
    page.lang = 'en';
    try {
      const ui = await drive(fakeEnvironment(), { set: (form) => void (form.locale = undefined) });
      await waitUntil(() => ui.field('amount') !== null);
      ui.type('amount', '12.500');
      expect(shown(ui.form).dir).to.equal('ltr');
      await import(builtLocale('ar'));
      page.lang = 'ar-KW';
      await waitUntil(() => shown(ui.form).lang === 'ar');
      expect([shown(ui.form).dir, ui.field('amount').value]).to.deep.equal(['rtl', '12.500']);
      ui.form.parentElement!.lang = 'en';
      await waitUntil(() => shown(ui.form).lang === 'en');
      const place = await fixture<HTMLElement>(html`<div lang="ar"></div>`);
      place.append(ui.form);
      await ui.form.updateComplete;
      expect(shown(ui.form).lang).to.equal('ar');
      // Its own `dir` wins over the direction of its language.
      ui.form.dir = 'ltr';
      await waitUntil(() => shown(ui.form).dir === 'ltr');
      ui.form.removeAttribute('dir');
      await waitUntil(() => shown(ui.form).dir === 'rtl');
    } finally {
      page.lang = before;
    }
  });
});

describe('an amount of the form', () => {
  for (const locale of ['ar-KW', 'ar-EG', 'fa', 'de-CH', 'fr-FR', 'en-IN', 'hi-IN-u-nu-deva', 'sv-SE', 'pt-BR', 'zh']) {
    it(`can be pasted as it is displayed, and the example of a fault, too: ${locale}`, async () => {
      registerLocale({ lang: locale, dir: 'ltr', messages: en });
      const environment = fakeEnvironment({ summary: { ...SUMMARY, captured: '9999.999', refundable: '1234.500' } });
      const ui = await drive(environment, { set: (form) => void (form.locale = locale) });
      await waitUntil(() => ui.field('amount') !== null);
      const displayed = ui.form.shadowRoot!.querySelector('.figures > :last-child bdi')!.textContent;
      ui.choose('Returned goods');
      ui.type('amount', 'x');
      await ui.press('Review refund');
      const [, example = ''] = /Enter digits, such as (\S+)\. /.exec(ui.text())!;
      for (const text of [displayed, example]) {
        ui.type('amount', text);
        await ui.press('Review refund');
        expect(ui.form.state, text).to.equal('review');
        await ui.press('Change');
      }
      expect(/\d/.test(example)).to.equal(/\d/.test(displayed));
    });
  }
});
