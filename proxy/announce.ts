import { within, type ProxyContext } from './context.ts';
import { toRefundChange, type DuePayment } from './ledger/outbox.ts';
import { errorFields } from './log.ts';
import type { OnChange } from './options.ts';

/** Payments told of at once. */
const A_ROUND = 20;
/** A change that is not taken is told again after 2 seconds, then after twice as long each time, at last every hour. P */
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 3_600_000;
/** How much longer than one call an instance has a payment to itself. P */
const LEASE_MARGIN_MS = 10_000;

/**
 * Tells the merchant of what has changed, at least once, and of each payment in order: the next change is told when the one
 * before was taken. A payment whose change is not taken holds up no other. Returns how many changes were taken.
 */
export async function announce(context: ProxyContext, onChange: OnChange, signal?: AbortSignal): Promise<number> {
  const { ledger, scope, now } = context;
  const due = await ledger.takeOnPayments(scope, { at: now(), limit: A_ROUND, leasedUntil: leaseEnd(context) });
  const taken = await Promise.all(due.map((payment) => tellOf(context, onChange, payment, signal)));
  return taken.reduce((sum, count) => sum + count, 0);
}

async function tellOf(
  context: ProxyContext,
  onChange: OnChange,
  { paymentId, attempts }: DuePayment,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { ledger, scope, now, hookMs, log } = context;
  let count = 0;
  let taken: number | undefined;
  for (;;) {
    const entry = await ledger.nextChange(scope, { paymentId, taken, leasedUntil: leaseEnd(context) });
    if (!entry) return count;
    // What stops here is told by the next round, of this instance or another.
    if (signal?.aborted) {
      await ledger.putOffPayment(scope, paymentId, { attempts: 0, nextAt: now() });
      return count;
    }
    try {
      await within(hookMs, (given) => onChange(toRefundChange(entry), { signal: given }));
    } catch (error) {
      const failed = count > 0 ? 1 : attempts + 1;
      await ledger.putOffPayment(scope, paymentId, { attempts: failed, nextAt: now() + retryDelay(failed) });
      log.warn('a change was not taken', { ...errorFields(error), provider: scope.provider, count: failed });
      return count;
    }
    taken = entry.id;
    count += 1;
  }
}

function leaseEnd({ now, hookMs }: ProxyContext): number {
  return now() + hookMs + LEASE_MARGIN_MS;
}

function retryDelay(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_RETRY_MS);
}
