import { fractionDigits } from '../../contract/money/currency.ts';
import { readDecimal, toDecimal } from '../../contract/money/decimal.ts';
import { decimalSeparator, formatAmount, formatNumber, formatTyped } from '../../contract/money/format.ts';
import { amountOfItems, received, type OrderItem, type OrderItems } from '../../contract/money/items.ts';
import { splitProportionally } from '../../contract/money/split.ts';
import { bare, parseTyped, toAsciiDigits } from '../../contract/money/typed.ts';
import type { Capabilities } from '../adapters/adapter.ts';
import type { MessageKey } from '../messages/registry.ts';
import type { Values } from '../messages/texts.ts';
import type { Draft, Refund, RefundedItems, RefundRequest, RefundReason, Summary } from '../model.ts';

/** The fault of a field: a key of the message catalogue, and its parameters. */
export type Fault = readonly [key: MessageKey, values?: Values];

type Field = 'amount' | 'reason' | 'note' | 'shipping';
export type Faults = Readonly<Partial<Record<Field, Fault>> & { [line: `item-${number}`]: Fault }>;
type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

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

/** What the page gives beside the payment. None of it is checked yet. */
export interface Given {
  /** A decimal string in units of the payment's currency. */
  readonly amount?: unknown;
  /** An `OrderItems`. */
  readonly items?: unknown;
}

export function unitsLeft({ quantity, refunded_quantity }: OrderItem): number {
  return quantity - (refunded_quantity ?? 0);
}

export function shippingLeft({ shipping, refunded_shipping, currency }: OrderItems): bigint {
  return readDecimal(shipping ?? '0', currency)! - readDecimal(refunded_shipping ?? '0', currency)!;
}

/** The typed units of a line, in digits of any script; `NaN` for another text. */
export function unitsOf({ quantities = {} }: Draft, { id }: OrderItem): readonly [units: number, typed: string] {
  const typed = Object.hasOwn(quantities, id) ? quantities[id]! : '0';
  const ascii = toAsciiDigits(bare(typed));
  return [/\D/.test(ascii) ? Number.NaN : Number(ascii), typed];
}

/** What the chosen items come to. */
export interface Picking {
  readonly faults: Faults;
  /** What the items come to; `undefined` while their units are wrong. */
  readonly minor?: bigint;
  readonly picked?: RefundedItems;
  readonly names?: readonly string[];
}

/** Computes the amount of the returned items, and finds their faults. */
function pickItems(draft: Draft, order: OrderItems, { currency, locale }: AmountRules): Picking {
  const faults: Writable<Faults> = {};
  const quantities = order.items.map((item, index) => {
    const [units, typed] = unitsOf(draft, item);
    const left = unitsLeft(item);
    if (!(units <= left))
      faults[`item-${index}`] = ['fault_units', { typed, limit: countText(left, locale), name: item.name ?? item.id }];
    return [item.id, units] as const;
  });
  // A third decimal matters in the whole amount only.
  // Of shipping that is refunded already there is no field.
  const left = shippingLeft(order);
  const [shipping = 0n] = checkVendors([(left && draft.shipping) || ''], [left], { currency, locale });
  if (typeof shipping !== 'bigint') faults.shipping = shipping;
  const fee = typeof shipping === 'bigint' && shipping ? { shipping: toDecimal(shipping, currency) } : {};
  const result = amountOfItems(order, { quantities: Object.fromEntries(quantities), ...fee });
  if (!result.ok) return { faults };
  const { minor, items } = result;
  if (items.length === 0 && !shipping) {
    // A line of which nothing is left, and nothing is typed, has a disabled field, and so nothing for a person to correct.
    const line = order.items.findIndex(unitsLeft);
    const field = line < 0 ? (shippingLeft(order) ? 'shipping' : 'amount') : (`item-${line}` as const);
    faults[field] = ['fault_units_none'];
  }
  const amounts = items.map(({ id, quantity, minor }) => ({ id, quantity, amount: toDecimal(minor, currency) }));
  const names = items.map(({ id }) => order.items.find((item) => item.id === id)?.name ?? id);
  return { faults, minor, picked: { items: amounts, ...fee }, names };
}

/** What the draft means, with what the page gives. */
export interface Reading {
  readonly scope: Draft['scope'];
  /** Undefined if the page gives none that can be used. */
  readonly order?: OrderItems | undefined;
  readonly picking?: Picking | undefined;
  /** The text of the amount's field. */
  readonly typed: string;
  /** For the developer of the page: each wrong member, what was expected, and what came. */
  readonly wrong: readonly string[];
}

export function readDraft(
  draft: Draft,
  { currency, refundable }: Summary,
  { amount, items, ...rules }: Given & AmountRules,
): Reading {
  const { locale } = rules;
  const asTyped = (minor: bigint | undefined) => (minor === undefined ? '' : formatTyped(minor, currency, locale));
  const wrong: string[] = [];
  const prefilled = readDecimal(amount, currency);
  if ((amount ?? '') !== '' && prefilled === undefined) {
    wrong.push(`amount: expected a decimal string in ${currency}, received ${received(amount)}`);
  }
  let order = (items ?? undefined) as OrderItems | undefined;
  if (order) {
    const result = amountOfItems(order, { quantities: {} });
    const faults = result.ok ? [] : result.faults.map(({ pointer, detail }) => `items${pointer}: ${detail}`);
    if (result.ok && order.currency !== currency)
      faults.push(`items/currency: expected ${currency}, received ${order.currency}`);
    if (faults.length > 0) order = undefined;
    wrong.push(...faults);
  }
  // The page may have taken its items away meanwhile.
  const scope = draft.scope === 'items' && !order ? 'part' : draft.scope;
  if (scope === 'full') return { scope, order, wrong, typed: asTyped(refundable) };
  if (scope === 'part') return { scope, order, wrong, typed: draft.amount ?? asTyped(prefilled) };
  const picking = pickItems(draft, order!, rules);
  return { scope, order, wrong, picking, typed: draft.total ?? asTyped(picking.minor) };
}

/** A percentage is read with three decimals, in every currency. */
const PERCENT = 'KWD';
/** As keyboards of Latin, Arabic and Chinese have it. */
export const PERCENT_SIGN = /[%\u066a\uff05]/;
const HUNDRED = 100_000n;

/**
 * The amounts that a typed number can stand for: a percentage of what was paid, with half a step rounded up, or what can
 * be refunded less a fee. `isExact`: nothing was rounded.
 */
export function sharesOf(typed: string, { captured, refundable, currency }: Summary, rules: AmountRules) {
  const { locale } = rules;
  const unit = HUNDRED * amountStep(rules);
  const percent = parseTyped(typed.replace(PERCENT_SIGN, ''), PERCENT, locale);
  const fee = checkAmount(typed, refundable, { currency, locale });
  const product = captured * (percent.ok ? percent.minor : 0n);
  return {
    percent: ((2n * product + unit) / (2n * unit)) * amountStep(rules),
    isExact: product % unit === 0n,
    fee: typeof fee === 'bigint' ? fee : 0n,
    fault: typed.trim() && !percent.ok && typeof fee !== 'bigint' ? fee : undefined,
  };
}

export function countText(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** Reason and note as the provider receives them. */
export function reasonText(reason: Partial<RefundReason> | undefined, note: string): string {
  return [!reason?.noteRequired && reason?.code, note.trim()].filter(Boolean).join(': ');
}

export interface Checks extends AmountRules, Given {
  readonly paymentId: string;
  readonly reference?: string | undefined;
  readonly reasons: readonly RefundReason[];
  readonly capabilities: Capabilities;
}

/** The refund request of the draft, or its faults. */
export function checkDraft(draft: Draft, summary: Summary, checks: Checks): RefundRequest | Faults {
  const { refundable, currency, attemptId } = summary;
  const { reasonLimit, reasonRequired } = checks.capabilities;
  const { typed, picking } = readDraft(draft, summary, checks);
  const amount = checkAmount(typed, refundable, checks);

  const chosen = checks.reasons.find(({ code }) => code === draft.reason);
  const reason = reasonText(chosen, draft.note);
  const faults: Writable<Faults> = { ...picking?.faults };
  // What is wrong with the items comes first: the amount follows from them.
  if (typeof amount !== 'bigint' && Object.keys(faults).length === 0) faults.amount = amount;
  if (!chosen && reasonRequired) faults.reason = ['fault_reason'];
  if (chosen?.noteRequired && !draft.note.trim()) faults.note = ['fault_note'];
  if (reason.length > reasonLimit) faults.note = ['fault_long', { count: reason.length, limit: reasonLimit }];

  if (typeof amount !== 'bigint' || Object.keys(faults).length > 0) return faults;
  const { paymentId, reference } = checks;
  const { minor: computed, picked, names } = picking ?? {};
  return { paymentId, attemptId, amount, currency, reason, reference, picked, names, computed };
}

/** Whether the page counts the items of a reviewed order otherwise by now. */
export function isRecounted(checked: RefundRequest | Faults, { amount }: RefundRequest): boolean {
  if ('paymentId' in checked) return !!checked.picked && checked.amount !== amount;
  return /item|shipping/.test(String(Object.keys(checked)));
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

/** The sum of the parts that are known to be refused, in minor units. */
export function refusedSum(refunds: readonly Refund[]): bigint {
  return sumOf(
    refunds.map(({ standing, amount, currency }) => (standing === 'failed' && readDecimal(amount, currency)) || 0n),
  );
}

/** What was refused, as it is typed: the same amount, for the same vendors. */
export function retryOf(refunds: readonly Refund[], locale: string): Partial<Draft> {
  const typed = (minor: bigint, currency: string) => formatTyped(minor, currency, locale);
  const divided = refunds.flatMap(({ standing, row, amount, currency }) =>
    row && standing === 'failed' ? [[row, typed(readDecimal(amount, currency) ?? 0n, currency)]] : [],
  );
  const amount = typed(refusedSum(refunds), refunds[0]!.currency);
  return { scope: 'part', amount, divided: Object.fromEntries(divided) as Record<string, string> };
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
