import { toDecimal } from '../../contract/index.ts';
import { moneyOf, readOrder, type Looking, type ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import { totalOf } from '../ledger/rules/admission.ts';
import { isTold, type ToldElsewhere } from '../ledger/rules/elsewhere.ts';
import { countListed } from './count-listed.ts';
import { listing } from './evidence.ts';
import { findUnaccounted } from './unaccounted.ts';

type Told = Pick<ToldElsewhere, 'paymentId' | 'currency' | 'amount'>;
type Comparing = Looking & Pick<ProxyContext, 'orders' | 'hookMs'>;

/**
 * Compares a person's word about a refund that was made elsewhere with the order and the provider: what is recorded
 * counts for good.
 * @throws ProblemError when the order is of another currency or smaller than the refund, and, without `confirm`, when the
 * provider shows no refund that is not counted already, or cannot be read.
 */
export async function checkElsewhere(
  context: Comparing,
  { paymentId, currency, amount }: Told,
  confirm = false,
): Promise<void> {
  const { ledger, scope, session } = context;
  const order = await readOrder(context, paymentId);
  if (order.currency !== currency) throw wrong('--currency', `the order is in ${order.currency}`);
  const { limit } = moneyOf(order);
  const captured = `${order.captured} ${currency}`;
  if (amount > limit) throw wrong('--amount', `only ${captured} were captured of this payment`);
  if (confirm) return;
  if (session.listRefunds) {
    throw unconfirmed('The provider lists its refunds with their amounts, and they count without a word');
  }
  const counted = await countListed(context, paymentId);
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const held = totalOf(rows.filter((row) => !row.released && row.currency === currency));
  if (held + amount > limit) {
    throw unconfirmed(
      `${toDecimal(held, currency)} of the ${captured} captured count already, and more would be refunded`,
    );
  }
  if (!counted) return;
  if (!counted.ok) throw unconfirmed(unread(counted.why));
  if (await findUnaccounted(context, counted.value, rows, order)) return;
  throw unconfirmed(`${listing(counted.value.length)}, and each counts already`);
}

/**
 * The same for a refund of which nothing but this ledger can be asked.
 * @throws ProblemError when the ledger has the payment in another currency, and without `confirm`.
 */
export async function checkUnseen(
  { ledger, scope }: Pick<Looking, 'ledger' | 'scope'>,
  { paymentId, currency }: Told,
  { why, confirm }: { readonly why: string; readonly confirm: boolean },
): Promise<void> {
  const { rows, intents } = await ledger.paymentRecord(scope, paymentId);
  const other = [...rows, ...intents].find((one) => one.currency !== currency);
  if (other) throw wrong('--currency', `this ledger knows the payment in ${other.currency}`);
  if (!confirm) throw unconfirmed(why);
}

/**
 * Compares the list with what counts once the record of such a refund is taken back. `context`: or why nobody was asked.
 * @throws ProblemError when the provider then lists a refund that does not count, or cannot be read.
 */
export async function checkWithdrawn(
  context: Comparing | string,
  { paymentId, currency, amount }: Told,
): Promise<void> {
  if (typeof context === 'string') throw unconfirmed(context, WITHDRAWN);
  const { ledger, scope } = context;
  const order = await readOrder(context, paymentId);
  const counted = await countListed(context, paymentId);
  if (!counted) return;
  if (!counted.ok) throw unconfirmed(unread(counted.why), WITHDRAWN);
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const told = rows.findLast((row) => isTold(row, currency, amount));
  const unaccounted = await findUnaccounted(
    context,
    counted.value,
    rows.filter((row) => row !== told),
    order,
  );
  if (told && unaccounted)
    throw unconfirmed(`${listing(counted.value.length)}, and without this one not all of them would count`, WITHDRAWN);
}

function unread(why: string): string {
  return `The provider cannot be read now (${why}), so nothing is compared with its list`;
}

function wrong(flag: string, why: string): ProblemError {
  return new ProblemError('invalid_request', { detail: `${flag}: ${why}` });
}

const MADE = 'If this refund was made all the same, and does not count yet';
const WITHDRAWN = 'If it was never made all the same';

function unconfirmed(why: string, but = MADE): ProblemError {
  return new ProblemError('confirmation_required', { detail: `${why}. ${but}, say so again with --confirm` });
}
