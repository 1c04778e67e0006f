import { fractionDigits } from '../../contract/money/currency.ts';
import { decimalSeparator, formatAmount, formatNumber, formatTyped } from '../../contract/money/format.ts';
import { splitProportionally } from '../../contract/money/split.ts';
import { parseTyped } from '../../contract/money/typed.ts';
import type { Capabilities } from '../adapters/adapter.ts';
import type { MessageKey } from '../messages/registry.ts';
import type { Values } from '../messages/texts.ts';
import type { Draft, RefundRequest, RefundReason, Summary } from '../model.ts';

/** The fault of a field: a key of the message catalogue, and its parameters. */
export type Fault = readonly [key: MessageKey, values?: Values];

type Field = 'amount' | 'reason' | 'note';
export type Faults = Readonly<Partial<Record<Field, Fault>>>;

/** The limits of an amount. */
export interface AmountRules {
  readonly currency: string;
  readonly locale: string;
  /** How many decimals the provider certainly keeps; `undefined` for all of the currency's. */
  readonly decimals?: number | undefined;
}

/** Fifteen digits survive any JSON number, and no refund has more. */
const MAX_MINOR = 10n ** 15n;

/** The smallest step that the provider certainly keeps, in minor units: 10 if a third decimal may get lost. */
function amountStep({ currency, decimals = Infinity }: AmountRules): bigint {
  return 10n ** BigInt(Math.max(0, fractionDigits(currency) - decimals));
}

/**
 * Reads a typed amount. `limit` and the result are in minor units. Each fault names what was typed and what is
 * expected.
 */
export function checkAmount(typed: string, limit: bigint, rules: AmountRules): bigint | Fault {
  const { currency, locale } = rules;
  const digits = fractionDigits(currency);
  const separator = decimalSeparator(currency, locale);
  const step = amountStep(rules);
  const fault = (key: MessageKey): Fault => {
    // An example that is itself valid: 12.500, or the limit if that is smaller.
    const usual = (25n * 10n ** BigInt(digits)) / 2n;
    const most = usual < limit ? usual : limit;
    const shown = formatNumber(most - (most % step), currency, locale);
    // Numerals such as 十二 are displayed and cannot be typed.
    const example = parseTyped(shown, currency, locale).ok
      ? shown
      : formatTyped(most - (most % step), currency, locale);
    const allowed = formatAmount(limit, currency, locale);
    return [key, { typed: typed.trim(), example, separator, currency, digits, limit: allowed }];
  };
  const parsed = parseTyped(typed, currency, locale);
  if (!parsed.ok) return fault(`fault_${parsed.fault}`);
  if (parsed.minor >= MAX_MINOR) return fault('fault_too_long');
  if (parsed.minor === 0n) return fault('fault_zero');
  if (parsed.minor > limit) return fault('fault_above');
  return parsed.minor % step ? fault('fault_third') : parsed.minor;
}

/** Reason and note as the provider receives them. */
export function reasonText(reason: Partial<RefundReason> | undefined, note: string): string {
  return [!reason?.noteRequired && reason?.code, note.trim()].filter(Boolean).join(': ');
}

export interface Checks extends AmountRules {
  readonly paymentId: string;
  readonly reference?: string | undefined;
  readonly reasons: readonly RefundReason[];
  readonly capabilities: Capabilities;
}

/** The refund request of the draft, or its faults. */
export function checkDraft(draft: Draft, summary: Summary, checks: Checks): RefundRequest | Faults {
  const { refundable, currency, attemptId } = summary;
  const { reasonLimit, reasonRequired } = checks.capabilities;
  const full = draft.scope === 'full';
  const typed = full ? formatTyped(refundable, currency, checks.locale) : draft.amount;
  const amount = checkAmount(typed, refundable, checks);

  const chosen = checks.reasons.find(({ code }) => code === draft.reason);
  const reason = reasonText(chosen, draft.note);
  const faults: Partial<Record<Field, Fault>> = {};
  if (typeof amount !== 'bigint') faults.amount = amount;
  if (!chosen && reasonRequired) faults.reason = ['fault_reason'];
  if (chosen?.noteRequired && !draft.note.trim()) faults.note = ['fault_note'];
  if (reason.length > reasonLimit) faults.note = ['fault_long', { count: reason.length, limit: reasonLimit }];

  if (typeof amount !== 'bigint' || faults.reason || faults.note) return faults;
  const { paymentId, reference } = checks;
  return { paymentId, attemptId, amount, currency, reason, reference };
}

/**
 * Reads the amount for each vendor: minor units, or its fault. An empty field or a zero takes nothing and is not a
 * fault.
 */
export function checkVendors(
  typed: readonly string[],
  limits: readonly bigint[],
  rules: AmountRules,
): (bigint | Fault)[] {
  return typed.map((text, index) => {
    const checked = checkAmount(text, limits[index]!, rules);
    return typeof checked !== 'bigint' && /empty|zero/.test(checked[0]) ? 0n : checked;
  });
}

export function sumOf(amounts: readonly (bigint | Fault)[]): bigint {
  return amounts.reduce<bigint>((sum, amount) => (typeof amount === 'bigint' ? sum + amount : sum), 0n);
}

/**
 * Divides the requested amount in proportion to what each vendor has left, as typed texts; unchanged if there is not
 * enough left.
 */
export function splitVendors(total: bigint, limits: readonly bigint[], rules: AmountRules): string[] | undefined {
  // In steps of ten minor units if a third decimal may get lost, unless that cannot add up.
  for (const step of [amountStep(rules), 1n]) {
    const shares = limits.map((weight) => ({ weight, cap: weight / step }));
    const room = shares.reduce((sum, { cap }) => sum + cap, 0n);
    if (total % step === 0n && total / step <= room) {
      const parts = splitProportionally(total / step, shares);
      return parts.map((part) => formatTyped(part * step, rules.currency, rules.locale));
    }
  }
  return undefined;
}
