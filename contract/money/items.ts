import { isCurrency } from './currency.ts';
import { readDecimal, toDecimal } from './decimal.ts';
import { splitProportionally } from './split.ts';
import { pointerOf } from '../pointer.ts';

/** One line of an order. Amounts are decimal strings in units of the order's currency. */
export interface OrderItem {
  /** Unique to this line within the order. */
  readonly id: string;
  /** For a person to read, instead of the id. No amount depends on it. */
  readonly name?: string | null | undefined;
  /** Whole units, at least 1. */
  readonly quantity: number;
  /** Of one unit, before discount and tax. */
  readonly unit_price: string;
  /** Of the whole line, at most its price. */
  readonly discount?: string | null | undefined;
  /** Of the whole line, if the price does not include it. */
  readonly tax?: string | null | undefined;
  /** Units that were refunded before. */
  readonly refunded_quantity?: number | null | undefined;
}

/** The sold order. An amount of the whole order is divided over its lines. */
export interface OrderItems {
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly OrderItem[];
  /** Of the whole order, in addition to that of the lines; at most what is left of their prices. */
  readonly discount?: string | null | undefined;
  /** Of the whole order, in addition to that of the lines, if the prices do not include it. */
  readonly tax?: string | null | undefined;
  readonly shipping?: string | null | undefined;
  /** Shipping that was refunded before. */
  readonly refunded_shipping?: string | null | undefined;
}

/** The returned items. */
export interface ReturnedItems {
  /** Whole units by the line's id. A line that is not named returned none. */
  readonly quantities: Readonly<Record<string, number>>;
  /** Shipping to refund, a decimal string. */
  readonly shipping?: string | undefined;
}

/** `pointer`: the wrong member, as a JSON pointer into the order or the returned items. */
export interface ItemsFault {
  readonly of: 'order' | 'returned';
  readonly pointer: string;
  readonly detail: string;
}

export interface ItemAmount {
  readonly id: string;
  readonly quantity: number;
  /** Minor units. */
  readonly minor: bigint;
}

export type ItemsAmount =
  | {
      readonly ok: true;
      /** Minor units: all lines and the shipping. */
      readonly minor: bigint;
      /** The lines with returned units, in the sequence of the order. */
      readonly items: readonly ItemAmount[];
      readonly shipping: bigint;
    }
  | { readonly ok: false; readonly faults: readonly ItemsFault[] };

/**
 * Computes the refund for returned units, exact in minor units. A discount or tax of the whole order is split over the
 * lines by largest remainder. For each line, a round refunds the total for all units returned so far, less the earlier
 * rounds: units refunded one at a time add up to the same amount as together, and the last takes what is left. It knows
 * nothing of the payment: its summary says how much can be refunded. It reads an order of any form: all that is wrong
 * in it is reported at once as faults, and nothing throws.
 */
export function amountOfItems(order: OrderItems, returned: ReturnedItems): ItemsAmount {
  // Pages without types call this, too.
  const { currency, items: sold, ...whole } = Object(order) as OrderItems;
  const { quantities } = returned;
  const faults: ItemsFault[] = [];
  const fault = (pointer: string, expected: string, value: unknown, of: ItemsFault['of'] = 'order') => {
    faults.push({ of, pointer, detail: `expected ${expected}, received ${received(value)}` });
    // What is wrong counts as nothing.
    return 0n;
  };
  const amount = (pointer: string, value: unknown, most?: bigint, of?: ItemsFault['of']) => {
    if (isAbsent(value)) return 0n;
    const minor = readDecimal(value, currency);
    const limit = most === undefined ? '' : ` up to ${toDecimal(most, currency)}`;
    return minor === undefined || (most !== undefined && minor > most)
      ? fault(pointer, `a decimal string in ${currency}${limit}`, value, of)
      : minor;
  };
  const count = (pointer: string, value: unknown, most?: bigint, of?: ItemsFault['of']) => {
    if (isAbsent(value)) return 0n;
    const units = Number.isSafeInteger(value) ? BigInt(value as number) : -1n;
    return units < 0n || (most !== undefined && units > most)
      ? fault(pointer, `a whole number from 0${most === undefined ? '' : ` to ${most}`}`, value, of)
      : units;
  };

  if (!isCurrency(currency)) {
    fault('/currency', 'an ISO 4217 code', currency);
    return { ok: false, faults };
  }
  const lines = (Array.isArray(sold) ? (sold as unknown[]) : []).map((given, index) => {
    const item = Object(given) as OrderItem;
    const at = (name: keyof OrderItem) => `/items/${index}/${name}`;
    const { name, unit_price } = item;
    const id = typeof item.id === 'string' ? item.id : '';
    if (!id) fault(at('id'), 'a text', item.id);
    if (!isAbsent(name) && typeof name !== 'string') fault(at('name'), 'a text', name);
    const quantity = count(at('quantity'), item.quantity) || fault(at('quantity'), 'at least 1', item.quantity);
    const refunded = count(at('refunded_quantity'), item.refunded_quantity, quantity);
    const own = Object.hasOwn(quantities, id) ? quantities[id] : 0;
    const units = count(pointerOf(['quantities', id]), own, quantity - refunded, 'returned');
    if (isAbsent(unit_price)) fault(at('unit_price'), 'a decimal string', unit_price);
    const price = amount(at('unit_price'), unit_price) * quantity;
    const net = price - amount(at('discount'), item.discount, price);
    return { id, quantity, refunded, units, net, tax: amount(at('tax'), item.tax) };
  });
  const ids = new Set(lines.map(({ id }) => id));
  if (!ids.size || ids.size < lines.length) fault('/items', 'lines, each with an id of its own', sold);
  for (const id of Object.keys(quantities)) {
    if (!ids.has(id)) fault(pointerOf(['quantities', id]), 'the id of a line', id, 'returned');
  }
  const net = lines.reduce((sum, line) => sum + line.net, 0n);
  const discount = amount('/discount', whole.discount, net);
  const tax = amount('/tax', whole.tax);
  const paid = amount('/shipping', whole.shipping);
  const before = amount('/refunded_shipping', whole.refunded_shipping, paid);
  const shipping = amount('/shipping', returned.shipping, paid - before, 'returned');
  if (faults.length > 0) return { ok: false, faults };

  const discounts = splitProportionally(
    discount,
    lines.map((line) => ({ weight: line.net, cap: line.net })),
  );
  const taxes = splitProportionally(
    tax,
    lines.map((line, index) => ({ weight: line.net - discounts[index]!, cap: tax })),
  );
  const items = lines.flatMap(({ id, quantity, refunded, units, ...line }, index) => {
    if (units === 0n) return [];
    const all = line.net - discounts[index]! + line.tax + taxes[index]!;
    const minor = ofUnits(all, refunded + units, quantity) - ofUnits(all, refunded, quantity);
    return [{ id, quantity: Number(units), minor }];
  });
  return { ok: true, minor: items.reduce((sum, item) => sum + item.minor, shipping), items, shipping };
}

/**
 * The amount for the first `units` of `quantity`, with half a minor unit rounded up. It never falls, and ends with the
 * whole.
 */
function ofUnits(whole: bigint, units: bigint, quantity: bigint): bigint {
  return (2n * whole * units + quantity) / (2n * quantity);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** A value that came instead of the expected one, as it reads in a message. */
export function received(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return Object(value) === value ? 'an object' : String(value);
}
