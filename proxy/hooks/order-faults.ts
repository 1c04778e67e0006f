import type * as z from 'zod/mini';

import { fractionDigits, isCurrency, parseDecimal } from '../../contract/index.ts';
import { kindOf, received, type Fault } from './received.ts';

/** The name of the order itself, when a fault concerns no single field. */
const WHOLE_ORDER = 'order';

const AN_ORDER = 'an object with payment_id, currency and captured, or undefined when there is no such payment';
const A_TEXT = 'a string, or nothing';

const EXPECTED: Readonly<Record<string, string>> = {
  [WHOLE_ORDER]: AN_ORDER,
  payment_id: "the payment's id, a string of 1 to 255 characters",
  currency: 'an active ISO 4217 code in capitals such as "USD"',
  captured: 'a decimal string such as "12.50", without a sign and without grouping',
  refunded_elsewhere: 'a decimal string such as "12.50", without a sign and without grouping, or nothing',
  refunded_elsewhere_count: 'a whole number, 0 or more, or nothing',
  not_refundable: A_TEXT,
  payment_attempt_id: A_TEXT,
  payment_method: A_TEXT,
};

/** The members of an order that the proxy reads. */
export const ORDER_MEMBERS: readonly string[] = Object.keys(EXPECTED).filter((name) => name !== WHOLE_ORDER);

interface Amounts {
  readonly currency: string;
  readonly captured: string;
  readonly refunded_elsewhere?: string | null | undefined;
}

/** A check in the order's schema: the amounts are exact in its currency. */
export function exactAmounts({ value, issues }: z.core.ParsePayload<Amounts>): void {
  const { currency } = value;
  // Without a currency this cannot be decided, and the currency has an issue of its own.
  if (!isCurrency(currency)) return;
  for (const field of ['captured', 'refunded_elsewhere'] as const) {
    const text = value[field];
    if (typeof text !== 'string' || parseDecimal(text, currency).ok) continue;
    const digits = fractionDigits(currency);
    const decimals = digits === 0 ? `no decimals for ${currency}` : `at most ${digits} decimals for ${currency}`;
    issues.push({ code: 'custom', input: text, path: [field], message: `${EXPECTED[field]}, with ${decimals}` });
  }
}

/** The faults of an order that the schema refused, one for each field. `at` says where the order stands. */
export function orderFaults(error: z.core.$ZodError, found: unknown): readonly Fault[] {
  const byField = new Map<string, Fault>();
  for (const issue of error.issues) {
    const field = String(issue.path[0] ?? WHOLE_ORDER);
    const value = field === WHOLE_ORDER ? found : memberOf(found, field);
    const isAmount = issue.code === 'custom' && field !== 'currency';
    const expected = isAmount ? issue.message : (EXPECTED[field] ?? A_TEXT);
    if (!byField.has(field)) byField.set(field, fault(field, value, expected));
  }
  return [...byField.values()];
}

/** The order has the expected form, but belongs to another payment. */
export function otherPayment(paymentId: unknown): Fault {
  return fault('payment_id', paymentId, 'the id of the payment that was asked for');
}

export function fault(field: string, value: unknown, expected: string): Fault {
  return {
    field,
    received: received(value, (text) => PLAIN[field]?.test(text) ?? false),
    kind: kindOf(value),
    expected,
  };
}

const AMOUNT = /^[^\p{L}@]{0,20}(?:\p{L}{1,3})?[^\p{L}@]{0,4}$/u;

/** Texts that hold no personal data, so they may be logged. */
const PLAIN: Readonly<Record<string, RegExp>> = {
  payment_id: /^[\w.:-]{1,80}$/,
  currency: /^\p{L}{1,4}$/u,
  captured: AMOUNT,
  refunded_elsewhere: AMOUNT,
};

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
