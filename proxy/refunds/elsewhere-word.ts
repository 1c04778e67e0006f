import { toDecimal } from '../../contract/index.ts';
import { moneyOf, readOrder, type Looking } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Reservation } from '../ledger/entities.ts';
import { totalOf } from '../ledger/rules/admission.ts';
import { isTold, type ToldElsewhere } from '../ledger/rules/elsewhere.ts';
import { countListed } from './count-listed.ts';
import { listing } from './evidence.ts';
import { accountFor, findUnaccounted, type Comparing } from './unaccounted.ts';

type Told = Pick<ToldElsewhere, 'paymentId' | 'currency' | 'amount'>;

/**
 * Compares a person's word about a refund that was made elsewhere with the order and the provider: what is recorded
 * counts for good. Returns what the ledger had of the payment, which has to be unchanged when the word is recorded.
 * @throws ProblemError when the order is of another currency or smaller than the refund, and, without `confirm`, when the
 * provider shows no refund that is not counted already, or cannot be read.
 */
export async function checkElsewhere(
  context: Comparing,
  { paymentId, currency, amount }: Told,
  confirm = false,
): Promise<readonly Reservation[]> {
  const { ledger, scope, session } = context;
  const order = await readOrder(context, paymentId);
  if (order.currency !== currency) throw wrong('--currency', `the order is in ${order.currency}`);
  const { limit } = moneyOf(order);
  const captured = `${order.captured} ${currency}`;
  if (amount > limit) throw wrong('--amount', `only ${captured} were captured of this payment`);
  if (!confirm && session.listRefunds) {
    throw unconfirmed('The provider lists its refunds with their amounts, and they count without a word');
  }
  const counted = confirm ? undefined : await countListed(context, paymentId);
  let rows: readonly Reservation[] = [];
  const read = async () => (rows = await ledger.reservationsOfPayment(scope, paymentId));
  await read();
  if (confirm) return rows;
  const held = totalOf(rows.filter((row) => !row.released && row.currency === currency));
  if (held + amount > limit) {
    throw unconfirmed(
      `${toDecimal(held, currency)} of the ${captured} captured count already, and more would be refunded`,
    );
  }
  if (!counted) return rows;
  if (!counted.ok) throw unconfirmed(unread(counted.why));
  if (await accountFor(context, counted, read, order)) return rows;
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
): Promise<readonly Reservation[]> {
  const { rows, intents } = await ledger.paymentRecord(scope, paymentId);
  const other = [...rows, ...intents].find((one) => one.currency !== currency);
  if (other) throw wrong('--currency', `this ledger knows the payment in ${other.currency}`);
  if (!confirm) throw unconfirmed(why);
  return rows;
}

/**
 * Compares the list with what counts once the record of such a refund is taken back. `asked`: or why nobody was asked.
 * Returns the same as for a refund that is recorded.
 * @throws ProblemError when the provider then lists a refund that does not count, or cannot be read, unless `confirm`.
 */
export async function checkWithdrawn(
  { ledger, scope }: Pick<Looking, 'ledger' | 'scope'>,
  { paymentId, currency, amount }: Told,
  { asked, confirm }: { readonly asked: Comparing | string; readonly confirm: boolean },
): Promise<readonly Reservation[]> {
  if (confirm) return ledger.reservationsOfPayment(scope, paymentId);
  if (typeof asked === 'string') throw unconfirmed(asked, WITHDRAWN);
  const order = await readOrder(asked, paymentId);
  const counted = await countListed(asked, paymentId);
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  if (!counted) return rows;
  if (!counted.ok) throw unconfirmed(unread(counted.why), WITHDRAWN);
  const told = rows.findLast((row) => isTold(row, currency, amount));
  const unaccounted = await findUnaccounted(
    asked,
    counted.value,
    rows.filter((row) => row !== told),
    order,
  );
  if (told && unaccounted)
    throw unconfirmed(`${listing(counted.value.length)}, and without this one not all of them would count`, WITHDRAWN);
  return rows;
}

function unread(why: string): string {
  return `The provider cannot be read now (${why}), so nothing is compared with its list`;
}

export function wrong(flag: string, why: string): ProblemError {
  return new ProblemError('invalid_request', { detail: `${flag}: ${why}` });
}

const MADE = 'If this refund was made all the same, and does not count yet';
const WITHDRAWN = 'If it was never made all the same';

export function unconfirmed(why: string, but = MADE): ProblemError {
  return new ProblemError('confirmation_required', { detail: `${why}. ${but}, say so again with --confirm` });
}
