import { expect } from '@open-wc/testing';

import { PROVIDERS } from '../../widget/adapters/index.ts';
import {
  checkAmount,
  checkDraft,
  checkVendors,
  reasonText,
  splitVendors,
  sumOf,
  type AmountRules,
} from '../../widget/draft.ts';
import { textsFor, usualReasons } from '../../widget/messages.ts';
import type { Draft, Summary } from '../../widget/model.ts';

const EN = textsFor('en', { provider: 'UQPAY' });
const USD: AmountRules = { currency: 'USD', locale: 'en' };
const KWD: AmountRules = { currency: 'KWD', locale: 'en' };
const CENTS: AmountRules = { ...KWD, decimals: 2 };

const fault = (typed: string, rules: AmountRules, limit = 75_00n) => {
  const checked = checkAmount(typed, limit, rules);
  return typeof checked === 'bigint' ? checked : EN.s(...checked);
};

describe('a typed amount', () => {
  it('is read exactly', () => {
    expect(checkAmount('12.5', 75_00n, USD)).to.equal(12_50n);
    expect(checkAmount('١٢٫٥', 75_00n, { ...USD, locale: 'ar-EG' })).to.equal(12_50n);
    expect(checkAmount('12,50', 75_00n, { ...USD, locale: 'de' })).to.equal(12_50n);
    expect(checkAmount('1500', 2000n, { currency: 'JPY', locale: 'en' })).to.equal(1500n);
  });

  for (const [typed, says] of [
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
    it(`is refused, naming what came and what is expected: ${typed || 'nothing'}`, () => {
      expect(fault(typed, USD)).to.contain(says.replace('USD 75', 'USD\u00a075'));
    });
  }

  it('never silently loses a decimal', () => {
    expect(fault('2.614', USD)).to.contain('too many decimals');
    expect(checkAmount('2.614', 75_000n, KWD)).to.equal(2_614n);
  });

  it('is refused with a third decimal where the provider may drop it', () => {
    expect(fault('1.005', CENTS, 75_000n)).to.contain('may drop the third decimal of 1.005');
    expect(checkAmount('1.010', 75_000n, CENTS)).to.equal(1_010n);
  });

  it('comes with an example that is itself allowed', () => {
    expect(fault('', CENTS, 3_337n)).to.contain('such as 3.330.');
    expect(fault('', USD, 100n)).to.contain('such as 1.00.');
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
  const checks = { ...USD, paymentId: 'PI1', reasons: usualReasons(EN), capabilities: PROVIDERS.uqpay.capabilities };
  const draft: Draft = { scope: 'part', amount: '10', reason: 'Returned goods', note: '' };

  it('becomes an order', () => {
    expect(checkDraft(draft, summary, checks)).to.deep.include({
      paymentId: 'PI1',
      attemptId: 'PA1',
      amount: 10_00n,
      reason: 'Returned goods',
    });
  });

  it('means everything that remains, never everything that was paid', () => {
    expect(checkDraft({ ...draft, scope: 'full', amount: '' }, summary, checks)).to.deep.include({ amount: 75_00n });
  });

  it('needs a reason where the provider does, and a note where the reason is another', () => {
    expect(checkDraft({ ...draft, reason: '' }, summary, checks)).to.have.all.keys('reason');
    expect(checkDraft({ ...draft, reason: 'Other' }, summary, checks)).to.have.all.keys('note');
    expect(checkDraft({ ...draft, reason: 'Other', note: ' as agreed ' }, summary, checks)).to.deep.include({
      reason: 'as agreed',
    });
    const { capabilities } = PROVIDERS.upayments;
    expect(checkDraft({ ...draft, reason: '' }, summary, { ...checks, capabilities })).to.deep.include({ reason: '' });
  });

  it('holds as many characters as the provider takes', () => {
    const note = (length: number) => ({ ...draft, note: 'x'.repeat(length) });
    const taken = 100 - 'Returned goods: '.length;
    expect(checkDraft(note(taken), summary, checks)).to.deep.include({ paymentId: 'PI1' });
    expect(checkDraft(note(taken + 1), summary, checks)).to.have.all.keys('note');
  });

  it('joins reason and note as they are sent', () => {
    expect(reasonText({ value: 'Fraud' }, ' seen twice ')).to.equal('Fraud: seen twice');
    expect(reasonText(undefined, '')).to.equal('');
  });
});

describe('the parts of several vendors', () => {
  it('take nothing where nothing is typed, and say at once what is above a limit', () => {
    const placed = checkVendors(['', '0', '٠', '10', '26'], [1n, 1n, 1n, 50_000n, 25_000n], CENTS);
    expect(placed.slice(0, 4)).to.deep.equal([0n, 0n, 0n, 10_000n]);
    expect(placed[4]).to.include('fault_above');
    expect(sumOf(placed)).to.equal(10_000n);
  });

  it('are split exactly, within limits, and without a third decimal where it may get lost', () => {
    expect(splitVendors(30_000n, [60_000n, 30_000n], CENTS)).to.deep.equal(['20.000', '10.000']);
    expect(splitVendors(10_000n, [50_000n, 50_000n, 50_000n], CENTS)).to.deep.equal(['3.340', '3.330', '3.330']);
    expect(splitVendors(10_000n, [50_000n, 50_000n, 50_000n], KWD)).to.deep.equal(['3.334', '3.333', '3.333']);
    expect(splitVendors(6_670n, [3_335n, 3_335n], CENTS)).to.deep.equal(['3.335', '3.335']);
    expect(splitVendors(10_000n, [1_000n], CENTS)).to.equal(undefined);
  });
});
