import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import {
  currencies,
  formatAmount,
  formatTyped,
  fractionDigits,
  isCurrency,
  parseDecimal,
  parseTyped,
  splitProportionally,
  toDecimal,
  UnknownCurrencyError,
  type AmountFault,
} from '../../contract/money.ts';
import { seeded } from '../seeded.ts';

const minor = (result: ReturnType<typeof parseTyped>) => (result.ok ? result.minor : result.fault);

describe('currencies', () => {
  it('follow ISO 4217, although Intl differs for some', () => {
    assert.equal(fractionDigits('KWD'), 3);
    assert.equal(fractionDigits('JPY'), 0);
    assert.equal(fractionDigits('USD'), 2);
    assert.equal(fractionDigits('CLF'), 4);
    for (const [code, digits] of [
      ['IQD', 3],
      ['HUF', 2],
      ['IDR', 2],
    ] as const) {
      assert.equal(fractionDigits(code), digits);
      const intl = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions();
      assert.notEqual(intl.maximumFractionDigits, digits, `${code}: Intl now agrees, the table's reason is gone`);
    }
  });

  it('are refused when unknown, with the expected format', () => {
    assert.equal(isCurrency('usd'), false);
    assert.throws(
      () => fractionDigits('XYZ'),
      (error) => error instanceof UnknownCurrencyError && /"XYZ".*ISO 4217/.test(error.message),
    );
    assert.throws(() => fractionDigits('constructor'), UnknownCurrencyError);
  });

  it('are in the table once each', () => {
    assert.equal(new Set(currencies()).size, currencies().length);
    assert.ok(currencies().every((code) => /^[A-Z]{3}$/.test(code)));
  });
});

describe('a decimal string on the wire', () => {
  it('becomes exact minor units', () => {
    assert.equal(minor(parseDecimal('10.01', 'USD')), 1001n);
    assert.equal(minor(parseDecimal('50.000', 'KWD')), 50_000n);
    assert.equal(minor(parseDecimal('100', 'USD')), 10_000n);
    assert.equal(minor(parseDecimal('100.00', 'JPY')), 100n);
    assert.equal(minor(parseDecimal('007.5', 'USD')), 750n);
  });

  const invalid: [text: string, currency: string, fault: AmountFault][] = [
    ['', 'USD', 'empty'],
    ['-1', 'USD', 'sign'],
    ['+1', 'USD', 'sign'],
    ['1e3', 'USD', 'exponent'],
    ['1E3', 'USD', 'exponent'],
    ['1,5', 'USD', 'not_a_number'],
    ['1.', 'USD', 'not_a_number'],
    ['.5', 'USD', 'not_a_number'],
    [' 1', 'USD', 'not_a_number'],
    ['NaN', 'USD', 'not_a_number'],
    ['Infinity', 'USD', 'not_a_number'],
    ['0x10', 'USD', 'not_a_number'],
    ['١٢', 'USD', 'not_a_number'],
    ['1.234', 'USD', 'too_many_decimals'],
    ['0.5', 'JPY', 'too_many_decimals'],
    ['1.0005', 'KWD', 'too_many_decimals'],
    ['9'.repeat(40), 'USD', 'too_long'],
    [`1.${'0'.repeat(40)}`, 'USD', 'too_long'],
  ];
  for (const [text, currency, fault] of invalid) {
    it(`refuses ${JSON.stringify(text.slice(0, 24))} in ${currency} as ${fault}`, () => {
      assert.deepEqual(parseDecimal(text, currency), { ok: false, fault });
    });
  }

  it('survives a round trip for every currency and amount', () => {
    seeded(
      fc.property(fc.bigInt(0n, 10n ** 17n), fc.constantFrom(...currencies()), (amount, currency) => {
        assert.equal(minor(parseDecimal(toDecimal(amount, currency), currency)), amount);
      }),
    );
  });
});

describe('a typed amount', () => {
  it('is parsed with the separator of the locale', () => {
    assert.equal(minor(parseTyped('12.50', 'USD', 'en')), 1250n);
    assert.equal(minor(parseTyped('12,50', 'EUR', 'de')), 1250n);
    assert.equal(minor(parseTyped(' 12.5 ', 'KWD', 'en')), 12_500n);
    assert.equal(minor(parseTyped('1280', 'JPY', 'ja')), 1280n);
  });

  it('may have Arabic-Indic or Persian digits in any locale', () => {
    assert.equal(minor(parseTyped('١٢٫٥٠٠', 'KWD', 'ar-KW')), 12_500n);
    assert.equal(minor(parseTyped('١٢٫٥', 'KWD', 'en')), 12_500n);
    assert.equal(minor(parseTyped('۱۲٫۵', 'KWD', 'fa')), 12_500n);
    assert.equal(minor(parseTyped('١٢', 'USD', 'en')), 1200n);
  });

  const invalid: [text: string, currency: string, locale: string, fault: AmountFault][] = [
    ['', 'USD', 'en', 'empty'],
    ['   ', 'USD', 'en', 'empty'],
    ['-5', 'USD', 'en', 'sign'],
    ['5-', 'USD', 'en', 'sign'],
    ['\u22125', 'USD', 'en', 'sign'],
    ['1e3', 'USD', 'en', 'exponent'],
    ['1,5', 'USD', 'en', 'separator'],
    ['6,95', 'EUR', 'en', 'separator'],
    ['1.5', 'EUR', 'de', 'separator'],
    ['1,234', 'USD', 'en', 'grouping'],
    ['1.234', 'EUR', 'de', 'grouping'],
    ['1,23.450', 'USD', 'en', 'grouping'],
    ['1 234.50', 'USD', 'en', 'grouping'],
    ['1.2.3', 'USD', 'en', 'grouping'],
    ['1.234', 'USD', 'en', 'too_many_decimals'],
    ['2.614', 'EUR', 'en', 'too_many_decimals'],
    ['1.0', 'JPY', 'en', 'too_many_decimals'],
    ['1.0005', 'KWD', 'en', 'too_many_decimals'],
    ['9'.repeat(40), 'USD', 'en', 'too_long'],
    ['abc', 'USD', 'en', 'not_a_number'],
    ['$5', 'USD', 'en', 'not_a_number'],
    ['.', 'USD', 'en', 'not_a_number'],
    ['5.', 'USD', 'en', 'not_a_number'],
  ];
  for (const [text, currency, locale, fault] of invalid) {
    it(`refuses ${JSON.stringify(text.slice(0, 24))} in ${currency} (${locale}) as ${fault}`, () => {
      assert.deepEqual(parseTyped(text, currency, locale), { ok: false, fault });
    });
  }

  it('survives a round trip through its typed format', () => {
    const locales = ['en', 'de', 'fr', 'ja', 'ar-KW', 'fa', 'zh-Hans', 'de-CH'];
    seeded(
      fc.property(
        fc.bigInt(0n, 10n ** 15n),
        fc.constantFrom('USD', 'KWD', 'JPY', 'CLF'),
        fc.constantFrom(...locales),
        (amount, currency, locale) => {
          const text = formatTyped(amount, currency, locale);
          assert.equal(minor(parseTyped(text, currency, locale)), amount);
        },
      ),
    );
  });

  it('is refused or is the number of its digits, for any text', () => {
    const chars = fc.constantFrom(..."0123456789.,eE+-٠١٢٫٬ \u00a0'’x");
    seeded(
      fc.property(fc.array(chars, { maxLength: 14 }), (typed) => {
        const text = typed.join('');
        const result = parseTyped(text, 'KWD', 'en');
        if (!result.ok) return;
        if (!/[1-9١-٩]/.test(text)) return assert.equal(result.minor, 0n);
        const plain = text
          .trim()
          .replace(/[٠-٩]/g, (digit) => String('٠١٢٣٤٥٦٧٨٩'.indexOf(digit)))
          .replace('٫', '.');
        assert.match(plain, /^\d+(\.\d{1,3})?$/);
        assert.equal(result.minor, minor(parseDecimal(plain, 'KWD')));
      }),
    );
  });
});

describe('a formatted amount', () => {
  it('shows the code and all decimals of the currency', () => {
    assert.equal(formatAmount(12_500n, 'KWD', 'en').replace(/\s/g, ' '), 'KWD 12.500');
    assert.equal(formatAmount(12_800n, 'JPY', 'en').replace(/\s/g, ' '), 'JPY 12,800');
    assert.equal(formatAmount(5n, 'IQD', 'en').replace(/\s/g, ' '), 'IQD 0.005');
  });

  it('is exact beyond the range of a float', () => {
    assert.equal(formatAmount(99_999_999_999_999_999n, 'USD', 'en').replace(/\s/g, ' '), 'USD 999,999,999,999,999.99');
  });
});

describe('a split over vendors', () => {
  it('gives the odd unit to the largest remainder, and to the earlier one on a tie', () => {
    const equal = [1n, 1n, 1n].map((weight) => ({ weight, cap: 100n }));
    assert.deepEqual(splitProportionally(100n, equal), [34n, 33n, 33n]);
    assert.deepEqual(
      splitProportionally(10n, [
        { weight: 1n, cap: 10n },
        { weight: 2n, cap: 10n },
      ]),
      [3n, 7n],
    );
  });

  it('gives the amount above a cap to the others', () => {
    assert.deepEqual(
      splitProportionally(90n, [
        { weight: 9n, cap: 20n },
        { weight: 1n, cap: 100n },
      ]),
      [20n, 70n],
    );
    assert.deepEqual(
      splitProportionally(5n, [
        { weight: 0n, cap: 5n },
        { weight: 0n, cap: 0n },
      ]),
      [5n, 0n],
    );
  });

  it('refuses a total above the sum of all caps', () => {
    assert.throws(() => splitProportionally(11n, [{ weight: 1n, cap: 10n }]), /between 0 and 10/);
    assert.throws(() => splitProportionally(-1n, [{ weight: 1n, cap: 10n }]), RangeError);
  });

  it('always adds up exactly within every cap', () => {
    const share = fc.record({ weight: fc.bigInt(0n, 1_000_000n), cap: fc.bigInt(0n, 1_000_000n) });
    seeded(
      fc.property(fc.array(share, { minLength: 1, maxLength: 12 }), fc.nat(1000), (shares, permille) => {
        const room = shares.reduce((sum, { cap }) => sum + cap, 0n);
        const total = (room * BigInt(permille)) / 1000n;
        const split = splitProportionally(total, shares);
        assert.equal(
          split.reduce((a, b) => a + b, 0n),
          total,
        );
        assert.ok(split.every((amount, index) => amount >= 0n && amount <= shares[index]!.cap));
      }),
    );
  });
});
