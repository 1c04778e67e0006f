import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { decimalSeparator, formatAmount, formatNumber, formatTyped, parseTyped } from '../../contract/money.ts';

type Row = readonly [text: string, currency: string, locale: string, expected: bigint | string];

function read(text: string, currency: string, locale: string): bigint | string {
  const parsed = parseTyped(text, currency, locale);
  return parsed.ok ? parsed.minor : parsed.fault;
}

/** The text with every character outside printable ASCII written as its code. */
const visible = (text: string) =>
  JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (char) => `<${char.codePointAt(0)!.toString(16)}>`);

function table(rows: readonly Row[]): void {
  for (const [text, currency, locale, expected] of rows) {
    it(`${visible(text.slice(0, 40))}, ${currency} in ${locale}: ${expected}`, () => {
      assert.equal(read(text, currency, locale), expected);
    });
  }
}

describe('the decimal separator', () => {
  it('is the one of displayed amounts, which plain numbers do not always use', () => {
    for (const [currency, locale, separator] of [
      ['KWD', 'en-DE', '.'],
      ['CHF', 'fr-CH', '.'],
      ['CZK', 'en-CZ', ','],
      ['EUR', 'en-CZ', '.'],
      ['EUR', 'pt-CV', '$'],
      ['CVE', 'kea', '$'],
      ['EUR', 'kea', ','],
      ['JPY', 'de', ','],
      ['KWD', 'ar-KW', '٫'],
    ] as const) {
      assert.equal(decimalSeparator(currency, locale), separator, `${currency} in ${locale}`);
      const typed = formatTyped(1000n, currency, locale);
      assert.equal(typed.replaceAll(/\p{Nd}/gu, ''), currency === 'JPY' ? '' : separator);
    }
  });

  it('comes with the displayed digits, so that nobody reads its separator as one of thousands', () => {
    assert.equal(formatTyped(12_500n, 'KWD', 'ar-KW'), '١٢٫٥٠٠');
    assert.equal(formatTyped(12_500_000n, 'KWD', 'fa'), '۱۲۵۰۰٫۰۰۰');
    assert.equal(formatTyped(12_500n, 'KWD', 'ar-u-nu-latn'), '12.500');
    // These are no decimal digits, so nobody types them.
    assert.equal(formatTyped(12_500n, 'KWD', 'zh-u-nu-hanidec'), '12.500');
  });

  it('is also used for an amount without its code', () => {
    assert.equal(formatNumber(2_500_000n, 'KWD', 'en-DE'), '2,500.000');
    assert.match(formatAmount(2_500_000n, 'KWD', 'en-DE'), /2,500\.000/);
  });

  table([
    ['1,230', 'KWD', 'en-DE', 'grouping'],
    ['1,23', 'KWD', 'en-DE', 'separator'],
    ['1.230', 'KWD', 'en-DE', 1_230n],
    ['12,50', 'CHF', 'fr-CH', 'separator'],
    ['12.50', 'CHF', 'fr-CH', 1250n],
    ['12,50', 'CZK', 'en-CZ', 1250n],
    ['12,50', 'EUR', 'en-CZ', 'separator'],
    ['12$50', 'CVE', 'pt-CV', 1250n],
    ['12$50', 'CVE', 'kea', 1250n],
    ['12$50', 'EUR', 'kea', 'not_a_number'],
    ['12,50', 'CVE', 'pt-CV', 'separator'],
  ]);
});

describe('a decimal point', () => {
  table([
    ['12.500', 'KWD', 'ar-KW', 12_500n],
    ['12.500', 'KWD', 'ar-SA', 12_500n],
    ['12.500', 'KWD', 'ar-EG', 12_500n],
    ['12.500', 'KWD', 'fa', 12_500n],
    ['١٢.٥٠٠', 'KWD', 'ar-KW', 12_500n],
    ['12.500', 'KWD', 'ar-AE', 12_500n],
    ['12.500', 'KWD', 'fr', 12_500n],
    ['12.50', 'SEK', 'sv', 1250n],
    ['12.500', 'KWD', 'ar-MA', 'grouping'],
    ['12.500', 'KWD', 'de', 'grouping'],
    ['12.50', 'EUR', 'de-AT', 'separator'],
    ['1.234,50', 'EUR', 'fr', 'grouping'],
    ['1.234٫5', 'KWD', 'ar-KW', 'grouping'],
    ['1٫234.5', 'KWD', 'ar-KW', 'grouping'],
    ['1.234.5', 'KWD', 'ar-KW', 'grouping'],
    ['12٫5', 'KWD', 'de', 12_500n],
    ['1.234٫5', 'KWD', 'de', 'grouping'],
    ['12,5٫0', 'KWD', 'de', 'grouping'],
  ]);
});

describe('digits of other scripts', () => {
  table([
    ['١٢٫٥٠٠', 'KWD', 'ar-KW', 12_500n],
    ['۱۲٫۵', 'KWD', 'fa', 12_500n],
    ['১২.৫', 'KWD', 'bn', 12_500n],
    ['१२.५', 'KWD', 'mr', 12_500n],
    ['१२.५', 'KWD', 'hi', 12_500n],
    ['१२.५', 'KWD', 'ne', 12_500n],
    ['๑๒.๕', 'THB', 'th', 1250n],
    ['１２．５', 'USD', 'ja', 1250n],
    ['１２，５', 'EUR', 'de', 1250n],
    ['１，２３４', 'USD', 'ja', 'grouping'],
    ['𝟏𝟐', 'JPY', 'ja', 12n],
    ['𝟡𝟘', 'JPY', 'ja', 90n],
    ['𝟏𝟚', 'JPY', 'ja', 'not_a_number'],
    ['1٢', 'KWD', 'ar-KW', 'not_a_number'],
    ['١۲', 'KWD', 'ar-KW', 'not_a_number'],
    ['12.٥', 'KWD', 'en', 'not_a_number'],
    ['1２', 'JPY', 'ja', 'not_a_number'],
    ['0١', 'KWD', 'en', 'not_a_number'],
    ['十二', 'JPY', 'ja', 'not_a_number'],
    ['五', 'CNY', 'zh-u-nu-hanidec', 'not_a_number'],
    ['1²', 'USD', 'en', 'not_a_number'],
    ['⁵', 'USD', 'en', 'not_a_number'],
    ['½', 'USD', 'en', 'not_a_number'],
    ['Ⅻ', 'USD', 'en', 'not_a_number'],
    ['XII', 'USD', 'en', 'not_a_number'],
    ['①②', 'USD', 'en', 'not_a_number'],
    ['1\ufe0f\u20e32\ufe0f\u20e3', 'USD', 'en', 'not_a_number'],
    ['1\ufe0f2\ufe0f', 'USD', 'en', 'not_a_number'],
    ['0x12', 'USD', 'en', 'not_a_number'],
    ['1_000', 'USD', 'en', 'not_a_number'],
    ['1/2', 'USD', 'en', 'not_a_number'],
    ['5%', 'USD', 'en', 'not_a_number'],
    ['NaN', 'USD', 'en', 'not_a_number'],
    ['Infinity', 'USD', 'en', 'not_a_number'],
    ['\ud835', 'USD', 'en', 'not_a_number'],
    ['1\udfcf', 'USD', 'en', 'not_a_number'],
  ]);
});

describe('grouping separators', () => {
  table([
    ['1,234', 'KWD', 'ar-KW', 'grouping'],
    ['١٬٢٣٤', 'KWD', 'ar-KW', 'grouping'],
    ['١٢،٥٠٠', 'KWD', 'ar-KW', 'grouping'],
    ['١٢،٥', 'KWD', 'ar-KW', 'separator'],
    ['1\u00a0234', 'EUR', 'fr', 'grouping'],
    ['1\u2009234', 'EUR', 'fr', 'grouping'],
    ['1 234', 'EUR', 'fr', 'grouping'],
    ['1\t234', 'EUR', 'fr', 'grouping'],
    ['12\n34', 'EUR', 'fr', 'grouping'],
    ['1.2.x', 'USD', 'en', 'not_a_number'],
  ]);
});

describe('a grouped amount exactly as it is displayed, which has one reading', () => {
  table([
    ['1,234.500', 'KWD', 'en', 1_234_500n],
    ['KWD\u00a01,234.500', 'KWD', 'en', 1_234_500n],
    ['١٬٢٣٤٫٥٠٠', 'KWD', 'ar-KW', 1_234_500n],
    ['\u200fKWD\u00a0١٬٢٣٤٫٥٠٠\u200f', 'KWD', 'ar-EG', 1_234_500n],
    ['۱٬۲۳۴٫۵۰۰', 'KWD', 'fa', 1_234_500n],
    ["1'234.50", 'CHF', 'de-CH', 123_450n],
    ['1’234.50', 'CHF', 'de-CH', 123_450n],
    ['1\u202f234,50', 'EUR', 'fr', 123_450n],
    ['1\u00a0234,50 EUR', 'EUR', 'fr-FR', 123_450n],
    ['1 234,50', 'EUR', 'fr', 123_450n],
    ['1\u00a0234,50', 'SEK', 'sv-SE', 123_450n],
    ['1.234,50', 'BRL', 'pt-BR', 123_450n],
    ['1,23,456.00', 'INR', 'en-IN', 12_345_600n],
    ['१,२३,४५६.००', 'INR', 'hi-IN-u-nu-deva', 12_345_600n],
    ['1,234.50', 'CNY', 'zh', 123_450n],
    ['１，２３４．５０', 'CNY', 'zh', 123_450n],
    ['1,234', 'JPY', 'ja', 1234n],
    ['1.234', 'JPY', 'de', 1234n],
    // Almost as displayed: these have another reading, or none.
    ['1,234.5', 'KWD', 'en', 'grouping'],
    ['1,234.50', 'KWD', 'en', 'grouping'],
    ['12,34.500', 'KWD', 'en', 'grouping'],
    ['1,23,456.00', 'USD', 'en', 'grouping'],
    ['123,456.00', 'INR', 'en-IN', 'grouping'],
    ['1.234.50', 'USD', 'en', 'grouping'],
    ['1,234,50', 'EUR', 'de', 'grouping'],
    ['1.234', 'KWD', 'de', 'grouping'],
    ['1,234', 'KWD', 'en', 'grouping'],
    ['1,234', 'JPY', 'de', 'too_many_decimals'],
    ['0,001.00', 'USD', 'en', 'grouping'],
    ['9'.repeat(19).replace(/\B(?=(\d{3})+$)/g, ','), 'JPY', 'ja', 'grouping'],
  ]);
});

describe('a separator at the start or end', () => {
  table([
    ['12.', 'USD', 'en', 'not_a_number'],
    ['.5', 'USD', 'en', 'not_a_number'],
    ['12,', 'EUR', 'de', 'not_a_number'],
    [',5', 'EUR', 'de', 'not_a_number'],
    ['٫٥', 'KWD', 'ar-KW', 'not_a_number'],
    ['.', 'USD', 'en', 'not_a_number'],
    ['٫', 'KWD', 'en', 'not_a_number'],
    ['12。', 'JPY', 'ja', 'not_a_number'],
  ]);
});

describe('a sign', () => {
  const minuses = ['-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\u207b', '\u208b'];
  const signs = [...minuses, '\ufe58', '\ufe63', '\uff0d', '+', '\uff0b', '\ufe62', '\u207a', '±'];
  table([
    ...signs.flatMap((sign): Row[] => [
      [`${sign}5`, 'USD', 'en', 'sign'],
      [`5${sign}`, 'USD', 'en', 'sign'],
      [`USD ${sign}5`, 'USD', 'en', 'sign'],
      [`${sign}USD 5`, 'USD', 'en', 'sign'],
      [`\u200e${sign}٥`, 'USD', 'ar-EG', 'sign'],
    ]),
    ['➖5', 'USD', 'en', 'not_a_number'],
    ['(5.00)', 'USD', 'en', 'not_a_number'],
    ['1-1', 'USD', 'en', 'not_a_number'],
    ['-0', 'USD', 'en', 'sign'],
  ]);
});

describe('an exponent', () => {
  table([
    ['1e3', 'USD', 'en', 'exponent'],
    ['1E3', 'USD', 'en', 'exponent'],
    ['1e-3', 'KWD', 'en', 'exponent'],
    ['١e٣', 'KWD', 'ar-KW', 'exponent'],
    ['١٫٥e٣', 'KWD', 'ar-KW', 'exponent'],
    ['0e3', 'KWD', 'en', 'exponent'],
    ['1×10³', 'USD', 'en', 'not_a_number'],
  ]);
});

describe('text around an amount', () => {
  table([
    ['KWD 12.500', 'KWD', 'en', 12_500n],
    ['12.500 KWD', 'KWD', 'en', 12_500n],
    ['KWD12.500', 'KWD', 'en', 12_500n],
    ['kwd\u00a012.500', 'KWD', 'en', 12_500n],
    ['\u200f12.500\u00a0KWD\u200f', 'KWD', 'ar-KW', 12_500n],
    ['\u200eKWD\u00a0۱۲٫۵۰۰', 'KWD', 'fa', 12_500n],
    ['\u2068KWD\u2069 \u206612.500\u2069', 'KWD', 'en', 12_500n],
    ['\u061c12.500', 'KWD', 'en', 12_500n],
    ['\ufeff\u200b12.500\u200b', 'KWD', 'en', 12_500n],
    ['12\u200b.5\u206000', 'KWD', 'en', 12_500n],
    ['\u202a12.500\u202c', 'KWD', 'en', 12_500n],
    ['\u300012.500\u2003\t', 'KWD', 'en', 12_500n],
    ['\u202e005.21\u202c', 'KWD', 'en', 'not_a_number'],
    ['\u202d12.500\u202c', 'KWD', 'en', 'not_a_number'],
    ['12.\u200e500', 'KWD', 'en', 'not_a_number'],
    ['12\u200f34', 'KWD', 'en', 'not_a_number'],
    ['12\u2066.5\u2069', 'KWD', 'en', 'not_a_number'],
    ['12\u00ad5', 'KWD', 'en', 'not_a_number'],
    ['2\u20625', 'KWD', 'en', 'not_a_number'],
    ['12\u00005', 'KWD', 'en', 'not_a_number'],
    ['USD 12.500', 'KWD', 'en', 'not_a_number'],
    ['KWD 12.500 KWD', 'KWD', 'en', 'not_a_number'],
    ['KWD KWD 12.500', 'KWD', 'en', 'not_a_number'],
    ['KWD', 'KWD', 'en', 'not_a_number'],
    ['12KWD500', 'KWD', 'en', 'not_a_number'],
    ['ßP 12', 'SSP', 'en', 'not_a_number'],
    ['$12', 'USD', 'en', 'not_a_number'],
    ['US$ 12', 'USD', 'en', 'not_a_number'],
    ['د.ك.\u200f 12.500', 'KWD', 'ar-KW', 'not_a_number'],
    ['12.500 د.ك.\u200f', 'KWD', 'ar-KW', 'not_a_number'],
    ['12.500 KWD', 'KWD', 'de', 'grouping'],
    ['\u200b\u200e', 'KWD', 'en', 'empty'],
    ['\u2068\u2069', 'KWD', 'en', 'empty'],
  ]);
});

describe('a zero', () => {
  const zeros = [
    '0',
    '00',
    '0.000',
    '0,00',
    '0,000',
    '0.0',
    '٠',
    '٠٫٠٠٠',
    '۰',
    '०',
    '০',
    '０',
    '𝟎',
    '0٫0',
    '.0',
    'KWD 0.000',
  ];
  for (const zero of zeros) {
    it(`is zero in every currency and locale: ${zero}`, () => {
      for (const currency of ['KWD', 'USD', 'JPY', 'CLF'])
        for (const locale of ['en', 'de', 'fr', 'ar-KW', 'en-DE', 'hi', 'pt-CV'])
          assert.equal(read(zero.replace('KWD', currency), currency, locale), 0n, `${currency} in ${locale}`);
    });
  }
  table([
    ['0$00', 'CVE', 'pt-CV', 0n],
    ['0 0', 'USD', 'en', 'grouping'],
    ['0x', 'USD', 'en', 'not_a_number'],
    ['0.001', 'USD', 'en', 'too_many_decimals'],
  ]);
});

describe('a very long text', () => {
  const long = 200_000;
  for (const [name, text, expected] of [
    ['digits', '9'.repeat(long), 'too_long'],
    ['digits of mathematics', '𝟿'.repeat(long), 'too_long'],
    ['zeros', '0'.repeat(long), 0n],
    ['zeros before a digit', `${'0'.repeat(long)}5`, 500n],
    ['spaces', ' '.repeat(long), 'empty'],
    ['spaces between digits', `1${' '.repeat(long)}1`, 'grouping'],
    ['marks between digits', `1${'\u200f'.repeat(long)}1`, 'not_a_number'],
    ['points', '.'.repeat(long), 'grouping'],
    ['points and a letter', `${'.0'.repeat(long)}x`, 'not_a_number'],
    ['digits and a letter', `${'1'.repeat(long)}x`, 'not_a_number'],
    ['codes', 'USD'.repeat(long), 'not_a_number'],
  ] as const) {
    it(`is parsed without delay: ${name}`, { timeout: 5000 }, () => {
      assert.equal(read(text, 'USD', 'en'), expected);
    });
  }
});
