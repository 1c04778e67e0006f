import { parseDecimal } from './decimal.ts';
import { splitProportionally } from './split.ts';
import { pointerOf } from '../pointer.ts';

/** One line of an order. Amounts are decimal strings in units of the order's currency. */
export interface OrderItem {
  /** Unique to this line within the order. */
  readonly id: string;
  /** Whole units, at least 1. */
  readonly quantity: number;
  /** Of one unit, before discount and tax. */
  readonly unit_price: string;
  /** Of the whole line, at most its price. */
  readonly discount?: string | undefined;
  /** Of the whole line, if the price does not include it. */
  readonly tax?: string | undefined;
  /** Units that were refunded before. */
  readonly refunded_quantity?: number | undefined;
}

/** The sold order. An amount of the whole order is divided over its lines. */
export interface OrderItems {
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly OrderItem[];
  /** Of the whole order, in addition to that of the lines; at most what is left of their prices. */
  readonly discount?: string | undefined;
  /** Of the whole order, in addition to that of the lines, if the prices do not include it. */
  readonly tax?: string | undefined;
  readonly shipping?: string | undefined;
  /** Shipping that was refunded before. */
  readonly refunded_shipping?: string | undefined;
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

interface Line {
  readonly id: string;
  readonly quantity: bigint;
  readonly refunded: bigint;
  readonly returned: bigint;
  /** Its price less its own discount. */
  readonly net: bigint;
  readonly tax: bigint;
}

/**
 * Computes the refund for returned units, exact in minor units. A discount or tax of the whole order is split over the
 * lines by largest remainder. For each line, a round refunds the total for all units returned so far, less the earlier
 * rounds: units refunded one at a time add up to the same amount as together, and the last takes what is left. It knows
 * nothing of the payment: its summary says how much can be refunded.
 * @throws UnknownCurrencyError
 */
export function amountOfItems(order: OrderItems, returned: ReturnedItems): ItemsAmount {
  const reader = new Reader(order.currency);
  const lines = order.items.map((item, index) => lineOf(reader, item, `/items/${index}`, returned));
  if (lines.length === 0) reader.fault('order', '/items', 'expected at least one line');
  const ids = new Set(lines.map(({ id }) => id));
  if (ids.size < lines.length) reader.fault('order', '/items', 'expected an id of its own for each line');
  for (const id of Object.keys(returned.quantities)) {
    if (!ids.has(id)) reader.fault('returned', pointerOf(['quantities', id]), 'expected the id of a line of the order');
  }
  const discount = reader.amount('order', '/discount', order.discount);
  const tax = reader.amount('order', '/tax', order.tax);
  const net = lines.reduce((sum, line) => sum + line.net, 0n);
  if (discount > net) reader.fault('order', '/discount', 'expected at most what the lines come to');
  const shipping = shippingOf(reader, order, returned);
  if (reader.faults.length > 0) return { ok: false, faults: reader.faults };

  const discounts = splitProportionally(
    discount,
    lines.map((line) => ({ weight: line.net, cap: line.net })),
  );
  const taxes = splitProportionally(
    tax,
    lines.map((line, index) => ({ weight: line.net - discounts[index]!, cap: tax })),
  );
  const items = lines.flatMap(({ id, quantity, refunded, returned: units, ...line }, index) => {
    if (units === 0n) return [];
    const whole = line.net - discounts[index]! + line.tax + taxes[index]!;
    const minor = ofUnits(whole, refunded + units, quantity) - ofUnits(whole, refunded, quantity);
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

function lineOf(reader: Reader, item: OrderItem, pointer: string, { quantities }: ReturnedItems): Line {
  const { id } = item;
  const quantity = reader.count('order', `${pointer}/quantity`, item.quantity);
  if (quantity === 0n) reader.fault('order', `${pointer}/quantity`, 'expected at least 1');
  const refunded = reader.count('order', `${pointer}/refunded_quantity`, item.refunded_quantity);
  if (refunded > quantity) reader.fault('order', `${pointer}/refunded_quantity`, `expected at most ${quantity}`);
  const own = Object.hasOwn(quantities, id) ? quantities[id] : undefined;
  const at = pointerOf(['quantities', id]);
  const units = reader.count('returned', at, own);
  if (refunded <= quantity && units > quantity - refunded) {
    reader.fault('returned', at, `expected at most ${quantity - refunded}: ${refunded} of ${quantity} are refunded`);
  }
  const price = reader.amount('order', `${pointer}/unit_price`, item.unit_price) * quantity;
  const discount = reader.amount('order', `${pointer}/discount`, item.discount);
  if (discount > price) reader.fault('order', `${pointer}/discount`, 'expected at most the price of the line');
  const tax = reader.amount('order', `${pointer}/tax`, item.tax);
  return { id, quantity, refunded, returned: units, net: price - discount, tax };
}

function shippingOf(reader: Reader, order: OrderItems, returned: ReturnedItems): bigint {
  const paid = reader.amount('order', '/shipping', order.shipping);
  const before = reader.amount('order', '/refunded_shipping', order.refunded_shipping);
  if (before > paid) reader.fault('order', '/refunded_shipping', 'expected at most the shipping');
  const now = reader.amount('returned', '/shipping', returned.shipping);
  if (before <= paid && now > paid - before) {
    reader.fault('returned', '/shipping', 'expected at most what is left of the shipping');
  }
  return now;
}

/** Reads members and collects their faults, so that all of them are reported at once. */
class Reader {
  readonly faults: ItemsFault[] = [];
  readonly #currency: string;

  constructor(currency: string) {
    this.#currency = currency;
  }

  fault(of: ItemsFault['of'], pointer: string, detail: string): void {
    this.faults.push({ of, pointer, detail });
  }

  /** Minor units; zero if the member is absent. */
  amount(of: ItemsFault['of'], pointer: string, text: string | undefined): bigint {
    if (text === undefined) return 0n;
    const parsed = typeof text === 'string' ? parseDecimal(text, this.#currency) : undefined;
    if (parsed?.ok) return parsed.minor;
    const received = typeof text === 'string' ? `received ${JSON.stringify(text)}` : `received a ${typeof text}`;
    this.fault(of, pointer, `expected a decimal string in ${this.#currency}, ${received}`);
    return 0n;
  }

  count(of: ItemsFault['of'], pointer: string, value: number | undefined): bigint {
    if (value === undefined) return 0n;
    if (Number.isSafeInteger(value) && value >= 0) return BigInt(value);
    this.fault(of, pointer, `expected a whole number from 0, received ${String(value)}`);
    return 0n;
  }
}
