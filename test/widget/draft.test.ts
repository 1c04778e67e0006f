import { expect } from '@open-wc/testing';
import fc from 'fast-check';

import { currencies, formatAmount, formatTyped, fractionDigits } from '../../contract/money.ts';
import { adapterOf } from '../../widget/adapters/index.ts';
import {
  checkAmount,
  checkDraft,
  checkVendors,
  reasonText,
  splitVendors,
  sumOf,
  type AmountRules,
} from '../../widget/flow/draft.ts';
import { textsFor, usualReasons } from '../../widget/messages/texts.ts';
import type { Draft, Summary } from '../../widget/model.ts';
import { everyLocale } from '../locales.ts';
import { seeded } from '../seeded.ts';

describe('the locale of numbers and times', () => {
  it('is the page’s locale when the texts are in that language, and else the language of the texts', () => {
    const tags = ['en-GB', 'EN-in', 'en', 'de-AT', 'en_US', 'enm'];
    expect(tags.map((tag) => textsFor(tag, {}).locale)).to.deep.equal(['en-GB', 'EN-in', 'en', 'en', 'en', 'en']);
  });
});

const EN = textsFor('en', { provider: 'UQPAY' });
const USD: AmountRules = { currency: 'USD', locale: 'en' };
const KWD: AmountRules = { currency: 'KWD', locale: 'en' };
const CENTS: AmountRules = { ...KWD, decimals: 2 };

const rules = fc
  .record({
    currency: fc.constantFrom(...currencies()),
    locale: fc.constantFrom(...everyLocale()),
    system: fc.constantFrom('', ...Intl.supportedValuesOf('numberingSystem').map((system) => `-u-nu-${system}`)),
    decimals: fc.constantFrom(undefined, 2),
  })
  .map(({ system, ...rules }): AmountRules => ({ ...rules, locale: rules.locale + system }));

const amountOrFault = (typed: string, rules: AmountRules, limit = 75_00n) => {
  const result = checkAmount(typed, limit, rules);
  return typeof result === 'bigint' ? result : EN.s(...result);
};

describe('a typed amount', () => {
  it('is read exactly', () => {
    expect(checkAmount('12.5', 75_00n, USD)).to.equal(12_50n);
    expect(checkAmount('١٢٫٥', 75_00n, { ...USD, locale: 'ar-EG' })).to.equal(12_50n);
    expect(checkAmount('12,50', 75_00n, { ...USD, locale: 'de' })).to.equal(12_50n);
    expect(checkAmount('1500', 2000n, { currency: 'JPY', locale: 'en' })).to.equal(1500n);
  });

  for (const [typed, message] of [
    ['', 'Enter an amount, such as 12.50.'],
    ['   ', 'Enter an amount, such as 12.50.'],
    ['0', '“0” is nothing to refund.'],
    ['0.00', '“0.00” is nothing to refund.'],
    ['-5', '“-5” has a sign.'],
    ['1e3', '“1e3” is in exponent form.'],
    ['1,5', '“1,5” has another decimal separator. Use “.”'],
    ['1,234', '“1,234” can be read as two amounts.'],
    ['1.234', '“1.234” has too many decimals. USD has 2'],
    ['12abc', '“12abc” is not an amount.'],
    ['9'.repeat(40), 'has too many digits'],
    ['75.01', '“75.01” is more than can be refunded. Enter USD 75.00 or less.'],
  ] as const) {
    it(`is refused with the typed text and the expected form: ${typed || 'nothing'}`, () => {
      expect(amountOrFault(typed, USD)).to.contain(message.replace('USD 75', 'USD\u00a075'));
    });
  }

  it('never loses a decimal silently', () => {
    expect(amountOrFault('2.614', USD)).to.contain('too many decimals');
    expect(checkAmount('2.614', 75_000n, KWD)).to.equal(2_614n);
  });

  it('is refused with a third decimal when the provider may drop it', () => {
    expect(amountOrFault('1.005', CENTS, 75_000n)).to.contain('may drop the third decimal of 1.005');
    expect(checkAmount('1.010', 75_000n, CENTS)).to.equal(1_010n);
  });

  it('is refused with an example that is allowed', () => {
    expect(amountOrFault('', CENTS, 3_337n)).to.contain('such as 3.330.');
    expect(amountOrFault('', USD, 100n)).to.contain('such as 1.00.');
  });

  it('is refused with an example that the same field accepts, in every locale and currency', () => {
    const invalidText = fc.constantFrom('', 'x', '-1', '1e3', '1,5', '1.5', '1,234.5', '0', '1.00001', '9'.repeat(40));
    seeded(
      fc.property(rules, invalidText, fc.bigInt(1n, 10n ** 15n - 1n), (rules, typed, steps) => {
        const limit = rules.decimals === 2 ? steps * 100n : steps;
        const result = checkAmount(typed, limit, rules);
        if (typeof result === 'bigint') return;
        const [, { example, limit: shownLimit } = {}] = result;
        expect(checkAmount(String(example), limit, rules), `${String(example)} of ${limit}`).to.be.a('bigint');
        expect(shownLimit).to.equal(formatAmount(limit, rules.currency, rules.locale));
      }),
      { runs: 1000 },
    );
  });

  it('is read in the same format as it is displayed', () => {
    const english = { ...KWD, locale: 'en-DE' };
    expect(amountOrFault('1,230', english, 2_500_000n)).to.contain('can be read as two amounts');
    expect(amountOrFault('2500.001', english, 2_500_000n)).to.contain('Enter KWD\u00a02,500.000 or less');
    expect(amountOrFault('1,23', english, 2_500_000n)).to.contain('Use “.”, as in 12.500.');
    expect(checkAmount('KWD\u00a0230.000', 2_500_000n, english)).to.equal(230_000n);
  });
});

describe('a draft', () => {
  const summary: Summary = {
    currency: 'USD',
    captured: 100_00n,
    refunded: 25_00n,
    pending: 0n,
    refundable: 75_00n,
    attemptId: 'PA1',
  };
  const checks = {
    ...USD,
    paymentId: 'PI1',
    reasons: usualReasons(EN),
    capabilities: adapterOf('uqpay')!.capabilities,
  };
  const draft: Draft = { scope: 'part', amount: '10', reason: 'Returned goods', note: '' };

  it('becomes a refund request', () => {
    expect(checkDraft(draft, summary, checks)).to.deep.include({
      paymentId: 'PI1',
      attemptId: 'PA1',
      amount: 10_00n,
      reason: 'Returned goods',
    });
  });

  it('refunds the whole refundable amount with scope “full”, never the whole captured amount', () => {
    expect(checkDraft({ ...draft, scope: 'full', amount: '' }, summary, checks)).to.deep.include({ amount: 75_00n });
  });

  it('refunds the whole refundable amount in every locale and currency', () => {
    seeded(
      fc.property(rules, fc.bigInt(1n, 10n ** 15n - 1n), ({ currency, locale }, refundable) => {
        const fullDraft = { ...draft, scope: 'full', amount: '' } as const;
        const order = checkDraft(fullDraft, { ...summary, currency, refundable }, { ...checks, currency, locale });
        expect(order).to.deep.include({ amount: refundable });
      }),
    );
  });

  it('needs a reason when the provider requires one, and a note when the reason is “Other”', () => {
    expect(checkDraft({ ...draft, reason: '' }, summary, checks)).to.have.all.keys('reason');
    expect(checkDraft({ ...draft, reason: 'Other' }, summary, checks)).to.have.all.keys('note');
    expect(checkDraft({ ...draft, reason: 'Other', note: ' as agreed ' }, summary, checks)).to.deep.include({
      reason: 'as agreed',
    });
    const { capabilities } = adapterOf('upayments')!;
    expect(checkDraft({ ...draft, reason: '' }, summary, { ...checks, capabilities })).to.deep.include({ reason: '' });
  });

  it('accepts as many characters as the provider does', () => {
    const draftWithNote = (length: number) => ({ ...draft, note: 'x'.repeat(length) });
    const maxLength = 100 - 'Returned goods: '.length;
    expect(checkDraft(draftWithNote(maxLength), summary, checks)).to.deep.include({ paymentId: 'PI1' });
    expect(checkDraft(draftWithNote(maxLength + 1), summary, checks)).to.have.all.keys('note');
  });

  it('joins the reason and the note into one text', () => {
    expect(reasonText({ code: 'Fraud' }, ' seen twice ')).to.equal('Fraud: seen twice');
    expect(reasonText(undefined, '')).to.equal('');
  });
});

describe('the amounts of several vendors', () => {
  it('are zero when nothing is typed, and have a fault when one is above its limit', () => {
    const amounts = checkVendors(['', '0', '٠', '10', '26'], [1n, 1n, 1n, 50_000n, 25_000n], CENTS);
    expect(amounts.slice(0, 4)).to.deep.equal([0n, 0n, 0n, 10_000n]);
    expect(amounts[4]).to.include('fault_above');
    expect(sumOf(amounts)).to.equal(10_000n);
  });

  it('may be zero in every currency, locale and script, also when the limit is zero', () => {
    const zeros = ['', ' ', '\u200f', '0', '00', '0.000', '0,00', '٠', '٠٫٠٠٠', '۰', '०', '০', '０．００', 'KWD 0.000'];
    for (const locale of ['en', 'de', 'en-DE', 'fr-CH', 'ar-KW', 'fa', 'hi', 'bn'])
      for (const limit of [0n, 50_000n])
        for (const zero of zeros)
          expect(checkVendors([zero], [limit], { ...KWD, locale }), `${zero} in ${locale}`).to.deep.equal([0n]);
    expect(checkVendors(['0', '0.00', '٠'], [0n, 1n, 1n], { currency: 'JPY', locale: 'ja' })).to.deep.equal([
      0n,
      0n,
      0n,
    ]);
  });

  it('are not zero when the text is not a zero', () => {
    for (const typed of ['-0', '0e3', '0x', '.', '0.0001'])
      expect(checkVendors([typed], [50_000n], KWD)[0], typed).not.to.be.a('bigint');
  });

  it('are accepted as the split wrote them, also when one limit is zero', () => {
    const split = splitVendors(10_000n, [0n, 50_000n], KWD)!;
    expect(split).to.deep.equal(['0.000', '10.000']);
    expect(checkVendors(split, [0n, 50_000n], KWD)).to.deep.equal([0n, 10_000n]);
  });

  it('are accepted as the split wrote them in every locale and currency', () => {
    const limits = fc.array(fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n ** 12n)), { minLength: 1, maxLength: 6 });
    seeded(
      fc.property(rules, limits, fc.nat(1000), (rules, limits, permille) => {
        const step = 10n ** BigInt(Math.max(0, fractionDigits(rules.currency) - (rules.decimals ?? Infinity)));
        const room = sumOf(limits.map((limit) => limit / step));
        const total = ((room * BigInt(permille)) / 1000n) * step;
        const split = splitVendors(total, limits, rules)!;
        const amounts = checkVendors(split, limits, rules);
        expect(amounts.every((amount) => typeof amount === 'bigint')).to.equal(true, split.join(' '));
        expect(sumOf(amounts)).to.equal(total);
        expect(split).to.deep.equal(
          amounts.map((amount) => typeof amount === 'bigint' && formatTyped(amount, rules.currency, rules.locale)),
        );
      }),
    );
  });

  it('have a third-decimal fault when the split needs a third decimal', () => {
    const amounts = checkVendors(splitVendors(6_670n, [3_335n, 3_335n], CENTS)!, [3_335n, 3_335n], CENTS);
    for (const fault of amounts) expect(fault).to.include('fault_third');
  });

  it('are split exactly, within the limits, and without a third decimal when it may be lost', () => {
    expect(splitVendors(30_000n, [60_000n, 30_000n], CENTS)).to.deep.equal(['20.000', '10.000']);
    expect(splitVendors(10_000n, [50_000n, 50_000n, 50_000n], CENTS)).to.deep.equal(['3.340', '3.330', '3.330']);
    expect(splitVendors(10_000n, [50_000n, 50_000n, 50_000n], KWD)).to.deep.equal(['3.334', '3.333', '3.333']);
    expect(splitVendors(6_670n, [3_335n, 3_335n], CENTS)).to.deep.equal(['3.335', '3.335']);
    expect(splitVendors(10_000n, [1_000n], CENTS)).to.equal(undefined);
  });
});
