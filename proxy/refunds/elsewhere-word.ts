import { toDecimal } from '../../contract/index.ts';
import { moneyOf, readOrder, type Looking, type ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import { totalOf } from '../ledger/rules/admission.ts';
import type { ToldElsewhere } from '../ledger/rules/elsewhere.ts';
import { countListed } from './count-listed.ts';
import { findUnaccounted } from './unaccounted.ts';

/**
 * Compares a person's word about a refund that was made elsewhere with the order and the provider: what is recorded
 * counts for good. Returns what could not be compared, in one sentence.
 * @throws ProblemError when the order is of another currency or smaller than the refund, and, without `confirm`, when the
 * provider shows no refund that is not counted already.
 */
export async function checkElsewhere(
  context: Looking & Pick<ProxyContext, 'orders' | 'hookMs'>,
  { paymentId, currency, amount }: Pick<ToldElsewhere, 'paymentId' | 'currency' | 'amount'>,
  confirm = false,
): Promise<string | undefined> {
  const { ledger, scope, session } = context;
  const order = await readOrder(context, paymentId);
  if (order.currency !== currency) throw wrong('--currency', `the order is in ${order.currency}`);
  const { limit } = moneyOf(order);
  const captured = `${order.captured} ${currency}`;
  if (amount > limit) throw wrong('--amount', `only ${captured} were captured of this payment`);
  if (session.listRefunds) {
    if (!confirm) throw unconfirmed('The provider lists its refunds with their amounts, and they count without a word');
    return undefined;
  }
  const counted = await countListed(context, paymentId);
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const held = totalOf(rows.filter((row) => !row.released && row.currency === currency));
  if (!confirm && held + amount > limit) {
    throw unconfirmed(
      `${toDecimal(held, currency)} of the ${captured} captured count already, and more would be refunded`,
    );
  }
  if (!counted) return undefined;
  if (!counted.ok) return `The provider could not be asked (${counted.why}): nothing was compared with its list.`;
  const unaccounted = await findUnaccounted(context, counted.value, rows, order);
  if (confirm || unaccounted) return undefined;
  const { length: listed } = counted.value;
  const refunds = listed === 1 ? 'refund' : 'refunds';
  throw unconfirmed(`The provider lists ${listed} ${refunds} of this payment, and each counts already`);
}

function wrong(flag: string, why: string): ProblemError {
  return new ProblemError('invalid_request', { detail: `${flag}: ${why}` });
}

function unconfirmed(why: string): ProblemError {
  return new ProblemError('confirmation_required', {
    detail: `${why}. If this refund was made all the same, and does not count yet, say so again with --confirm`,
  });
}
