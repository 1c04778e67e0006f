import { within, type ProxyContext } from './context.ts';
import { toRefundChange, type DuePayment } from './ledger/outbox.ts';
import { errorFields } from './log.ts';
import type { OnChange } from './options.ts';

/** Payments told of at once. P */
const MAX_AT_ONCE = 20;
/** A change that is not taken is told again after 2 seconds, then after twice as long each time, at last every hour. P */
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 3_600_000;
/** How much longer than one call an instance has a payment to itself. P */
const LEASE_MARGIN_MS = 10_000;

/**
 * Tells the merchant of what has changed, at least once, and of each payment in order: the next change is told when the one
 * before was taken. A payment whose change is not taken holds up no other.
 */
export class Announcer {
  readonly #context: ProxyContext;
  readonly #onChange: OnChange;
  #busy = 0;

  constructor(context: ProxyContext, onChange: OnChange) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** Tells what is due. A round may begin while another one waits for an answer. Returns how many changes were taken. */
  async round(signal?: AbortSignal): Promise<number> {
    let count = 0;
    for (;;) {
      const told = signal?.aborted ? [] : await this.#tellSome(signal);
      if (told.length === 0) return count;
      for (const one of told) count += one;
    }
  }

  /** For each payment that was due, how many of its changes were taken. */
  async #tellSome(signal: AbortSignal | undefined): Promise<number[]> {
    const { ledger, scope, now, hookMs } = this.#context;
    const limit = MAX_AT_ONCE - this.#busy;
    if (limit === 0) return [];
    this.#busy += limit;
    let due: readonly DuePayment[] = [];
    try {
      const maxNextAt = now() + MAX_RETRY_MS + hookMs + LEASE_MARGIN_MS;
      due = await ledger.takeOnPayments(scope, { at: now(), maxNextAt, limit, leasedUntil: this.#leaseEnd() });
    } finally {
      this.#busy -= limit - due.length;
    }
    const work = due.map((payment) =>
      this.#tellOf(payment, signal).finally(() => {
        this.#busy -= 1;
      }),
    );
    // What the others have begun is waited for, too, when one of them cannot reach the ledger.
    await Promise.allSettled(work);
    return Promise.all(work);
  }

  async #tellOf(payment: DuePayment, signal: AbortSignal | undefined): Promise<number> {
    const { ledger, scope, now, hookMs, log } = this.#context;
    const { paymentId } = payment;
    let { attempts, nextAt: from } = payment;
    let count = 0;
    let taken: number | undefined;
    for (;;) {
      const leasedUntil = this.#leaseEnd();
      const entry = await ledger.nextChange(scope, { paymentId, attempts, nextAt: from, taken, leasedUntil });
      if (!entry) return count;
      from = leasedUntil;
      // What stops here is told by the next round, of this instance or another.
      if (signal?.aborted) {
        await ledger.putOffPayment(scope, paymentId, { attempts, nextAt: now(), from });
        return count;
      }
      try {
        await within(hookMs, (given) => this.#onChange(toRefundChange(entry), { signal: given }));
      } catch (error) {
        attempts += 1;
        await ledger.putOffPayment(scope, paymentId, { attempts, nextAt: now() + retryDelay(attempts), from });
        log.warn('a change was not taken', { ...errorFields(error), provider: scope.provider, count: attempts });
        return count;
      }
      taken = entry.id;
      attempts = 0;
      count += 1;
    }
  }

  #leaseEnd(): number {
    const { now, hookMs } = this.#context;
    return now() + hookMs + LEASE_MARGIN_MS;
  }
}

function retryDelay(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20), MAX_RETRY_MS);
}
