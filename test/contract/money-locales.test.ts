import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import {
  currencies,
  decimalSeparator,
  formatAmount,
  formatNumber,
  formatTyped,
  fractionDigits,
  parseTyped,
  toAsciiDigits,
  toDecimal,
} from '../../contract/money.ts';
import { everyLocale } from '../locales.ts';
import { seeded } from '../seeded.ts';

const LOCALES = everyLocale();
const SYSTEMS = Intl.supportedValuesOf('numberingSystem');
/** A currency for each number of decimals, and those with special separators: EUR in en-CZ, CVE in kea. */
const SAMPLE_CURRENCIES = ['KWD', 'USD', 'EUR', 'JPY', 'CLF', 'CVE', 'CHF'];
/** A locale for each pair of separators, in plain numbers and in amounts. */
const SAMPLE_LOCALES =
  'en de de-AT de-CH fr fr-CH es pl bg ja hi bn mr ne ar-AE ar-KW ar-MA fa he kea pt-CV pt-PT en-BE en-CH en-CZ en-DE ' +
  'en-FI en-FR en-IN en-ZA ff-Adlm nqo sd ur ccp my ckb dz zh-u-nu-hanidec de-u-nu-arab en-u-nu-fullwide';
const AMOUNTS = [1n, 999n, 1_230n, 12_500n, 1_234_567n, 2_500_000n, 123_456_789_012n];

/** Checks that a displayed amount is parsed as itself, and so is the text of `formatTyped`. */
function check(minor: bigint, currency: string, locale: string): void {
  const place = `${currency} in ${locale}`;
  const separator = decimalSeparator(currency, locale);
  const amount = formatAmount(minor, currency, locale);
  const number = formatNumber(minor, currency, locale);
  const partCount = fractionDigits(currency) === 0 ? 1 : 2;
  assert.equal(number.split(separator).length, partCount, `${place}: ${number} is not separated by ${separator}`);
  assert.ok(amount.includes(number), `${place}: ${number} is no part of ${amount}`);
  const fault = locale.endsWith('-nu-hanidec') && 'not_a_number';
  const plainSpaces = amount.replace(/\s/g, ' ');
  for (const text of [amount, number, plainSpaces, `\u2068${amount}\u2069`, ` ${amount.toLowerCase()}\u200f`]) {
    assert.deepEqual(
      parseTyped(text, currency, locale),
      fault ? { ok: false, fault } : { ok: true, minor },
      `${place}: ${text}`,
    );
  }
  const typed = formatTyped(minor, currency, locale);
  assert.deepEqual(parseTyped(typed, currency, locale), { ok: true, minor }, `${place}: ${typed}`);
}

describe('an amount in English', () => {
  it('is written as the locale’s own data have it, in every currency and of any size', () => {
    for (const locale of ['en', 'en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-u-nu-arab'])
      for (const currency of currencies())
        for (const minor of [0n, 5n, ...AMOUNTS, 10n ** 15n - 1n]) {
          const digits = fractionDigits(currency);
          const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
          const coded = { ...options, style: 'currency', currency, currencyDisplay: 'code' } as const;
          const text = toDecimal(minor, currency) as Intl.StringNumericLiteral;
          const place = `${text} ${currency} in ${locale}`;
          const written = new Intl.NumberFormat(locale, coded).format(text);
          assert.equal(formatAmount(minor, currency, locale), written, place);
          const number = written.replace(currency, '').trim();
          assert.equal(formatNumber(minor, currency, locale), number, place);
        }
  });

  it('is typed as it is displayed, without grouping', () => {
    assert.equal(formatTyped(1_234_567_890n, 'KWD', 'en'), '1234567.890');
    assert.equal(formatTyped(1_234_567_890n, 'JPY', 'en-GB'), '1234567890');
  });
});

describe('a displayed amount that is typed back is the same amount', () => {
  it('needs Node with full ICU', () => {
    assert.ok(LOCALES.length > 900, `${LOCALES.length} locales`);
    for (const locale of ['en-DE', 'fr-CH', 'ar-KW', 'sr-Latn-ME']) assert.ok(LOCALES.includes(locale), locale);
  });

  it('in every locale', () => {
    for (const [index, locale] of LOCALES.entries())
      for (const [at, currency] of SAMPLE_CURRENCIES.entries())
        check(AMOUNTS[(index + at) % AMOUNTS.length]!, currency, locale);
  });

  it('in every currency', () => {
    for (const locale of SAMPLE_LOCALES.split(' '))
      for (const [index, currency] of currencies().entries()) check(AMOUNTS[index % AMOUNTS.length]!, currency, locale);
  });

  it('in every numbering system', () => {
    for (const system of SYSTEMS)
      for (const language of ['en', 'de', 'ar', 'hi', 'fr-CH'])
        for (const minor of AMOUNTS) check(minor, 'KWD', `${language}-u-nu-${system}`);
  });

  it('in any of their combinations', () => {
    seeded(
      fc.property(
        fc.bigInt(0n, 10n ** 15n),
        fc.constantFrom(...currencies()),
        fc.constantFrom(...LOCALES),
        fc.constantFrom('', ...SYSTEMS.map((system) => `-u-nu-${system}`)),
        (minor, currency, locale, system) => check(minor, currency, locale + system),
      ),
      { runs: 3000 },
    );
  });
});

describe('a text of digits and separators', () => {
  /** The amount that a person would read. `undefined` when the text has two readings or none. */
  function reading(text: string, currency: string, locale: string): bigint | undefined {
    const digitsOnly = text.replace(/\D/g, '');
    const alike = (written: string) => toAsciiDigits(written).replace(/\s/g, ' ').replaceAll('’', "'");
    // With all decimals and the groups of the locale there is one reading.
    if (alike(formatNumber(BigInt(digitsOnly || 0), currency, locale)) === alike(text)) return BigInt(digitsOnly);
    const grouped =
      formatNumber(10n ** 15n, currency, locale).includes('.') && decimalSeparator(currency, locale) !== '.';
    const separators = [decimalSeparator(currency, locale), '\u066b', ...(grouped ? [] : ['.'])];
    let parts = [text];
    for (const separator of separators) parts = parts.flatMap((part) => part.split(separator));
    const [whole = '', decimals = '', ...more] = parts;
    const digits = fractionDigits(currency);
    if (more.length > 0 || /\D/.test(whole + decimals) || decimals.length > digits) return undefined;
    return BigInt(whole + decimals.padEnd(digits, '0'));
  }

  it('is refused or read as a person would read it, and zeros are zero', () => {
    const chars = fc.constantFrom(..."0123456789.,٫٬،$ \u00a0\u202f'’⹁");
    const text = fc.array(chars, { maxLength: 9 }).map((typed) => typed.join('').trim());
    seeded(
      fc.property(
        text,
        fc.constantFrom(...SAMPLE_CURRENCIES),
        fc.constantFrom(...SAMPLE_LOCALES.split(' ')),
        (typed, currency, locale) => {
          const parsed = parseTyped(typed, currency, locale);
          if (!parsed.ok) return;
          if (/[1-9]/.test(typed)) assert.equal(parsed.minor, reading(typed, currency, locale));
          else assert.equal(parsed.minor, 0n);
        },
      ),
      { runs: 5000 },
    );
  });
});

describe('an accepted text', () => {
  it('is the same amount in every locale that accepts it', () => {
    const texts = fc.stringMatching(/^\d{1,3}(?:[.,' \u00a0]\d{3}){0,2}(?:[.,]\d{0,4})?$/);
    seeded(
      fc.property(texts, fc.constantFrom(...SAMPLE_CURRENCIES), (typed, currency) => {
        const amounts = SAMPLE_LOCALES.split(' ').flatMap((locale) => {
          const parsed = parseTyped(typed, currency, locale);
          return parsed.ok ? [parsed.minor] : [];
        });
        assert.ok(new Set(amounts).size <= 1, `${typed} ${currency}: ${amounts.join(' and ')}`);
      }),
      { runs: 3000 },
    );
  });
});

describe('decimal digits', () => {
  it('are converted from every script', () => {
    const all: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const char = String.fromCodePoint(code);
      if (/\p{Nd}/u.test(char)) all.push(char);
    }
    assert.ok(all.length >= 680);
    assert.equal(toAsciiDigits(all.join('')), '0123456789'.repeat(all.length / 10));
  });

  it('are converted from every numbering system of Intl', () => {
    for (const system of SYSTEMS.filter((name) => name !== 'hanidec')) {
      const format = new Intl.NumberFormat(`en-u-nu-${system}`, { useGrouping: false });
      assert.equal(toAsciiDigits(format.format(9_876_543_210)), '9876543210', system);
    }
  });
});
