import type * as z from 'zod/mini';

import { fractionDigits, type AmountFault } from '../../contract/index.ts';
import { pointerOf } from '../../contract/pointer.ts';
import { assertNever } from '../assert-never.ts';
import type { FieldError } from './provider.ts';

/** Turns a schema's issues into pointers and sentences. They never repeat the received value, which may be personal. */
export function fieldErrors(error: z.core.$ZodError): FieldError[] {
  return error.issues.map((issue) => ({ pointer: pointerOf(issue.path), detail: sentence(issue) }));
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`;
  if (issue.code === 'too_small') return `expected at least ${issue.minimum} ${unit(issue.origin)}`;
  if (issue.code === 'too_big') return `expected at most ${issue.maximum} ${unit(issue.origin)}`;
  return 'does not fit the contract';
}

function unit(origin: string): string {
  return origin === 'string' ? 'characters' : origin === 'array' ? 'items' : '';
}

/** The fault of an amount, in one sentence that says what to send. */
export function amountFault(fault: AmountFault | 'zero', currency: string): string {
  const digits = fractionDigits(currency);
  const expected = `expected an amount of ${currency} above zero with at most ${digits} decimals`;
  switch (fault) {
    case 'empty':
      return `is empty: ${expected}`;
    case 'zero':
      return `is zero: ${expected}`;
    case 'sign':
      return `has a sign: ${expected}`;
    case 'exponent':
      return `has an exponent: ${expected}`;
    case 'too_many_decimals':
      return `has too many decimals: ${expected}`;
    case 'too_long':
      return `is too long: ${expected}`;
    case 'not_a_number':
    case 'grouping':
    case 'separator':
      return `is not a plain number such as ${digits === 0 ? '12' : `12.${'5'.padEnd(digits, '0')}`}: ${expected}`;
    default:
      return assertNever(fault);
  }
}
