import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  formatAmount,
  formatNumber,
  parseDecimal,
  parseTyped,
  splitProportionally,
  toDecimal,
} from '../../contract/money.ts';

const faultOf = (text: string, currency = 'KWD') => {
  const parsed = parseDecimal(text, currency);
  return parsed.ok ? parsed.minor : parsed.fault;
};
const typed = (text: string, locale = 'en', currency = 'KWD') => {
  const parsed = parseTyped(text, currency, locale);
  return parsed.ok ? parsed.minor : parsed.fault;
};

test('decimal strings are parsed or refused at the limits of the format', () => {
  const table: Readonly<Record<string, unknown>> = {
    '000012.500': 12_500n,
    '0': 0n,
    '00': 0n,
    '-1': 'sign',
    '+1': 'sign',
    '1-': 'not_a_number',
    '1-1': 'not_a_number',
    '12e3': 'exponent',
    '1.5E2': 'exponent',
    e3: 'not_a_number',
    x1e3: 'not_a_number',
    '': 'empty',
  };
  for (const [text, expected] of Object.entries(table)) assert.equal(faultOf(text), expected, JSON.stringify(text));
});

test('a negative amount is written with one sign, and zero without a sign', () => {
  assert.equal(toDecimal(-1_250n, 'KWD'), '-1.250');
  assert.equal(toDecimal(-5n, 'JPY'), '-5');
  assert.equal(toDecimal(0n, 'KWD'), '0.000');
});

test('typed amounts are parsed or refused at the limits of the format', () => {
  const table: Readonly<Record<string, unknown>> = {
    '-1': 'sign',
    '1-': 'sign',
    '\u22121': 'sign',
    '1-1': 'not_a_number',
    '12e3': 'exponent',
    '1.5e+10': 'exponent',
    '12e': 'exponent',
    '12e3x': 'not_a_number',
    x12e3: 'not_a_number',
    '12': 12_000n,
    '12.5': 12_500n,
    '1,5': 'separator',
    '1234,567': 'separator',
    '12,34': 'separator',
    '1,234': 'grouping',
    '123,456': 'grouping',
    '1,2345': 'separator',
    '1,2,3': 'grouping',
    ',5': 'grouping',
    '1 234': 'grouping',
    '1.2.3': 'grouping',
    '12.': 'not_a_number',
    '.5': 'not_a_number',
    '1.2345': 'too_many_decimals',
  };
  for (const [text, expected] of Object.entries(table)) assert.equal(typed(text), expected, JSON.stringify(text));
});

test('an amount is formatted with its code or as a plain number', () => {
  assert.match(formatAmount(12_500n, 'KWD', 'en'), /^KWD\s12\.500$/);
  assert.equal(formatNumber(1_012_500n, 'KWD', 'en'), '1,012.500');
});

test('a split gives odd units to the largest remainders, ties to the first, and nothing beyond a cap', () => {
  const split = (total: bigint, ...shares: readonly (readonly [weight: bigint, cap: bigint])[]) =>
    splitProportionally(
      total,
      shares.map(([weight, cap]) => ({ weight, cap })),
    );
  assert.deepEqual(split(10n, [1n, 100n], [1n, 100n], [1n, 100n]), [4n, 3n, 3n]);
  assert.deepEqual(split(10n, [1n, 0n], [1n, 100n]), [0n, 10n]);
  assert.deepEqual(split(11n, [5n, 100n], [3n, 100n], [2n, 100n]), [6n, 3n, 2n]);
  assert.deepEqual(split(10n, [1n, 2n], [1n, 100n]), [2n, 8n]);
});
