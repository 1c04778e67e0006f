import type { ProxyContext } from '../context.ts';
import type { Order } from '../options.ts';
import { ProblemError } from '../http/problem.ts';
import { countListed } from './count-listed.ts';
import { readWithTotal } from './read-all.ts';
import type { ToldOfPayment } from '../ledger/rules/compare.ts';

/**
 * After a restore of the ledger: reads everything that the provider has of the payment, and records it. From then on
 * its requests may be sent.
 * @throws ProblemError `outcome_unknown` when the provider cannot be read: the request may have been carried out before
 * the restore.
 */
export async function compare(context: ProxyContext, order: Order): Promise<void> {
  const { ledger, scope, now } = context;
  const { payment_id: paymentId } = order;
  const account = await ask(context, paymentId, order.refunded_elsewhere_count ?? 0);
  await ledger.compare(scope, { paymentId, account, at: now() });
}

/** The same, for a payment that is not known to have been compared yet. */
export async function compareFirst(context: ProxyContext, order: Order): Promise<void> {
  const { ledger, scope } = context;
  if (await ledger.isUncompared(scope, order.payment_id)) await compare(context, order);
}

async function ask(context: ProxyContext, paymentId: string, elsewhere: number): Promise<ToldOfPayment> {
  const { session } = context;
  if (session.listRefunds) {
    const read = await readWithTotal(session, paymentId);
    if (!read.ok) throw unreadRestored(read.why);
    const { listed, total } = read.value;
    return { observations: listed, total, source: read.source };
  }
  const counted = await countListed(context, paymentId);
  if (!counted?.ok) throw unreadRestored(counted?.why ?? 'it has no list');
  return { listed: counted.value.map(({ refundId }) => refundId), elsewhere };
}

/** The request may have been carried out before the restore, and nothing shows whether it was. */
export function unreadRestored(why: string): ProblemError {
  return new ProblemError('outcome_unknown', {
    detail:
      `The ledger was restored, and the provider's refunds of this payment cannot be read (${why}). Nothing was sent now, ` +
      'and this request may have been sent before: check the status with the same key',
  });
}
