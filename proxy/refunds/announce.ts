import { within, type ProxyContext } from '../context.ts';
import { toRefundChange, type DuePayment } from '../ledger/outbox.ts';
import { hookErrorFields } from '../telemetry/log.ts';
import type { OnChange } from '../options.ts';

/** Payments whose changes are delivered at the same time. P */
const MAX_AT_ONCE = 20;
/** After a failed delivery: 2 seconds, then twice as long each time, at most an hour. P */
const FIRST_RETRY_MS = 2_000;
const MAX_RETRY_MS = 3_600_000;
/** The lease of a payment outlives one delivery by this much. P */
const LEASE_MARGIN_MS = 10_000;

/**
 * Delivers changes to the merchant at least once, and those of one payment in order: the next one goes out after the
 * one before was accepted. A payment whose change is not accepted delays no other payment.
 */
export class Announcer {
  readonly #context: ProxyContext;
  readonly #onChange: OnChange;
  #busy = 0;

  constructor(context: ProxyContext, onChange: OnChange) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /**
   * Delivers what is due. A round may start while an earlier one still waits for an answer. Returns how many changes
   * were accepted.
   */
  async round(signal?: AbortSignal): Promise<number> {
    let count = 0;
    for (;;) {
      const batch = signal?.aborted ? [] : await this.#tellSome(signal);
      if (batch.length === 0) return count;
      for (const one of batch) count += one;
    }
  }

  /** For each payment that was due, how many of its changes were accepted. */
  async #tellSome(signal: AbortSignal | undefined): Promise<number[]> {
    const { ledger, scope, now, hookMs } = this.#context;
    const limit = MAX_AT_ONCE - this.#busy;
    if (limit === 0) return [];
    this.#busy += limit;
    let due: readonly DuePayment[] = [];
    try {
      const maxNextAt = now() + MAX_RETRY_MS + hookMs + LEASE_MARGIN_MS;
      due = await ledger.claimPayments(scope, { at: now(), maxNextAt, limit, leasedUntil: this.#leaseEnd() });
    } finally {
      this.#busy -= limit - due.length;
    }
    const work = due.map((payment) =>
      this.#tellOf(payment, signal).finally(() => {
        this.#busy -= 1;
      }),
    );
    // One payment may fail because the ledger cannot be reached: the others still finish what they have begun.
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
      // The next round, of this instance or another, delivers it.
      if (signal?.aborted) {
        await ledger.putOffPayment(scope, paymentId, { attempts, nextAt: now(), from });
        return count;
      }
      try {
        await within(hookMs, (given) => this.#onChange(toRefundChange(entry), { signal: given }));
      } catch (error) {
        attempts += 1;
        await ledger.putOffPayment(scope, paymentId, { attempts, nextAt: now() + retryDelay(attempts), from });
        log.warn('a change was not taken', { ...hookErrorFields(error), provider: scope.provider, count: attempts });
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
