import { fractionDigits } from '../contract/money/currency.ts';
import type { AmountFault } from '../contract/money/decimal.ts';
import { formatAmount, formatTyped } from '../contract/money/format.ts';
import { splitProportionally } from '../contract/money/split.ts';
import { decimalSeparator, parseTyped } from '../contract/money/typed.ts';
import type { Adapter } from './adapter.ts';
import type { MessageKey } from './messages.ts';
import type { Draft, Order, RefundReason, Summary } from './model.ts';

/** What is wrong with a field: a text of the catalogue and what to fill in. */
export interface Fault {
  readonly key: MessageKey;
  readonly values: Readonly<Record<string, string>>;
}

export type Field = 'amount' | 'reason' | 'note';
export type Faults = Readonly<Partial<Record<Field, Fault>>>;

/** What amounts are checked against. */
export interface AmountRules {
  readonly provider: string;
  readonly currency: string;
  readonly locale: string;
  /** Decimals that the provider surely keeps, or undefined for all of the currency's. */
  readonly decimals?: number | undefined;
}

export type CheckedAmount =
  | { readonly minor: bigint; readonly fault?: undefined }
  | { readonly fault: Fault; readonly minor?: undefined };

const FAULTS: Readonly<Record<AmountFault, MessageKey>> = {
  empty: 'faultEmpty',
  not_a_number: 'faultNotANumber',
  sign: 'faultSign',
  exponent: 'faultExponent',
  grouping: 'faultGrouping',
  separator: 'faultSeparator',
  too_many_decimals: 'faultDecimals',
  too_long: 'faultTooLong',
};

/** The smallest step of an amount that the provider surely keeps, in minor units: 10 where a third decimal may get lost. */
export function amountStep({ currency, decimals }: AmountRules): bigint {
  const surplus = fractionDigits(currency) - (decimals ?? Infinity);
  return surplus > 0 ? 10n ** BigInt(surplus) : 1n;
}

/** Reads a typed amount; `limit` in minor units. Every fault names what came and what is expected. */
export function checkAmount(typed: string, limit: bigint, rules: AmountRules): CheckedAmount {
  const { currency, locale, provider } = rules;
  const separator = decimalSeparator(locale);
  const step = amountStep(rules);
  const whole = 10n ** BigInt(fractionDigits(currency));
  // An example that is itself allowed: 12.500, or the limit where that is smaller.
  const usual = (25n * whole) / 2n;
  const example = usual - (usual % step) < limit ? usual - (usual % step) : limit - (limit % step);
  const fault = (key: MessageKey): CheckedAmount => ({
    fault: {
      key,
      values: {
        typed: typed.trim(),
        example: formatTyped(example, currency, separator),
        separator,
        currency,
        digits: String(fractionDigits(currency)),
        limit: formatAmount(limit, currency, locale),
        provider,
      },
    },
  });
  const parsed = parseTyped(typed, currency, locale);
  if (!parsed.ok) return fault(FAULTS[parsed.fault]);
  if (parsed.minor === 0n) return fault('faultZero');
  if (parsed.minor > limit) return fault('faultAbove');
  return parsed.minor % step ? fault('faultThird') : { minor: parsed.minor };
}

/** Reason and note as the provider receives them. */
export function reasonText({ value, noteRequired }: Partial<RefundReason>, note: string): string {
  return [noteRequired ? '' : value, note.trim()].filter(Boolean).join(': ');
}

export interface Checks {
  readonly summary: Summary;
  readonly reasons: readonly RefundReason[];
  readonly adapter: Pick<Adapter, 'capabilities' | 'name'>;
  readonly rules: AmountRules;
  readonly reference?: string | undefined;
}

/** The order that the draft stands for, or what is wrong with it. */
export function checkDraft(draft: Draft, checks: Checks): { readonly order?: Order; readonly faults: Faults } {
  const { summary, reasons, adapter, rules, reference } = checks;
  const { refundable, currency, paymentId, attemptId } = summary;
  const { reasonLimit, reasonRequired } = adapter.capabilities;
  const faults: Partial<Record<Field, Fault>> = {};

  const full = formatTyped(refundable, currency, decimalSeparator(rules.locale));
  const amount = checkAmount(draft.scope === 'full' ? full : draft.amount, refundable, rules);
  if (amount.fault) faults.amount = amount.fault;

  const chosen = reasons.find(({ value }) => value === draft.reason);
  const reason = reasonText(chosen ?? {}, draft.note);
  const values = { provider: adapter.name, count: String(reason.length), limit: String(reasonLimit) };
  if (!chosen && reasonRequired) faults.reason = { key: 'faultReason', values };
  if (chosen?.noteRequired && !draft.note.trim()) faults.note = { key: 'faultNote', values };
  if (reason.length > reasonLimit) faults.note = { key: 'faultLong', values };

  if (amount.fault || faults.reason || faults.note) return { faults };
  return { faults, order: { paymentId, attemptId, amount: amount.minor, currency, reason, reference } };
}

export interface Placing {
  /** One a row; 0 where nothing or nothing readable is typed. */
  readonly amounts: readonly bigint[];
  readonly faults: readonly (Fault | undefined)[];
  readonly sum: bigint;
  /** Left to place; negative when too much is placed. */
  readonly rest: bigint;
}

/** Reads what is typed for each vendor. An empty field takes nothing and is no fault. */
export function checkVendors(typed: readonly string[], limits: readonly bigint[], asked: bigint, rules: AmountRules): Placing {
  const checked = typed.map((text, index) =>
    /^[\s0٠۰]*$/.test(text) ? { minor: 0n } : checkAmount(text, limits[index] ?? 0n, rules),
  );
  const amounts = checked.map(({ minor = 0n }) => minor);
  const sum = amounts.reduce((total, amount) => total + amount, 0n);
  return { amounts, faults: checked.map((row) => ('fault' in row ? row.fault : undefined)), sum, rest: asked - sum };
}

/** Divides what was asked for in proportion to what each vendor has left, as typed texts. */
export function splitVendors(limits: readonly bigint[], asked: bigint, rules: AmountRules): string[] | undefined {
  const room = (step: bigint) => limits.reduce((total, limit) => total + limit / step, 0n);
  const wanted = amountStep(rules);
  // Steps of ten minor units where a third decimal may get lost, unless that cannot add up.
  const step = asked % wanted === 0n && asked / wanted <= room(wanted) ? wanted : 1n;
  if (asked / step > room(step)) return undefined;
  const shares = limits.map((limit) => ({ weight: limit, cap: limit / step }));
  const separator = decimalSeparator(rules.locale);
  return splitProportionally(asked / step, shares).map((part) => formatTyped(part * step, rules.currency, separator));
}
