import { DEFAULT_SEED, type SeedData } from '../../mock-server/index.ts';

/** So many orders that each gets only a few refunds, as in a shop. The captured amount is more than a run refunds. */
export const ORDERS = 4_000;
export const CAPTURED = '99999999.00';

const TEMPLATE = '1234567890123456789';

/** The payment intent of order number `n`, from 0. */
export function paymentOf(n: number): string {
  return `PI7${String(n % ORDERS).padStart(18, '0')}`;
}

/** The default seed, with a copy of the seed page's payment for every order. */
export function manyOrders(): SeedData {
  const { uqpay_intents = [], uqpay_attempts = [] } = DEFAULT_SEED;
  return {
    ...DEFAULT_SEED,
    uqpay_intents: copies(uqpay_intents),
    uqpay_attempts: copies(uqpay_attempts),
    uqpay_refunds: [],
  };
}

function copies<Row extends object>(rows: readonly Row[]): Row[] {
  const template = rows.find((row) => JSON.stringify(row).includes(TEMPLATE));
  if (!template) throw new Error('The default shop has no payment of the seed page any more');
  const text = JSON.stringify({ ...template, amount: CAPTURED, captured_amount: CAPTURED });
  return Array.from({ length: ORDERS }, (_, n) => JSON.parse(text.replaceAll(TEMPLATE, paymentOf(n).slice(2))) as Row);
}
