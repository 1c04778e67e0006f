import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Order } from '../options.ts';
import { unreadable } from './unreadable.ts';

/**
 * A sentence when the provider has the payment in another currency than the merchant's order: the amount that a person
 * read and agreed to would be refunded in that other currency.
 */
export function otherCurrency(
  { log, provider }: Pick<ProxyContext, 'log' | 'provider'>,
  { currency }: Pick<Order, 'currency'>,
  actual: string | undefined,
): string | undefined {
  if (actual === undefined || actual === currency) return undefined;
  const fields = { provider: provider.name, field: 'currency', received: currency, expected: actual };
  log.error('the order has another currency than the payment', fields);
  return (
    `The merchant's order of this payment is in ${currency}, but the provider has the payment in ${actual}. ` +
    'Nothing can be refunded before the order is corrected.'
  );
}

/** Why nothing may be sent of this order. A provider that does not tell the currency is believed to have the order's. */
export async function currencyFault(context: ProxyContext, order: Order): Promise<ProblemError | undefined> {
  const read = await context.session.currencyOf?.(order.payment_id);
  if (!read) return undefined;
  if (!read.ok) return unreadable(read, 'Nothing was sent: the payment');
  const sentence = otherCurrency(context, order, read.value);
  return sentence === undefined
    ? undefined
    : new ProblemError('not_refundable', { detail: `${sentence} Nothing was sent` });
}
