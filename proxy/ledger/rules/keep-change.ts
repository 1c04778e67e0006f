import type { ChangeType } from '../../../contract/change.ts';
import { toDecimal, type PaymentRefundStanding } from '../../../contract/index.ts';
import { scopeOf, type Reservation, type Scope } from '../entities.ts';
import type { KeptChange } from '../outbox.ts';
import type { LedgerTransaction } from '../store.ts';

/** The scopes with a listener, for each running transaction. */
const listeningScopes = new WeakMap<LedgerTransaction, ReadonlySet<string>>();

export function tellingOf(tx: LedgerTransaction, scopes: ReadonlySet<string>): void {
  listeningScopes.set(tx, scopes);
}

export function scopeKey({ merchant, provider }: Scope): string {
  return JSON.stringify([merchant, provider]);
}

const TYPES: Readonly<Record<PaymentRefundStanding, ChangeType>> = {
  pending: 'refund.accepted',
  succeeded: 'refund.settled',
  failed: 'refund.failed',
  cancelled: 'refund.cancelled',
  unknown: 'refund.unknown',
  reversing: 'refund.reversing',
  reversed: 'refund.reversed',
  unrecognised: 'refund.unrecognised',
};

interface Circumstances {
  readonly at: number;
  readonly source: string;
  readonly before?: PaymentRefundStanding | undefined;
  readonly isContradiction?: boolean;
}

/** Stores the change of a reservation in the same transaction, if somebody listens. The payment must be locked. */
export async function keepChange(
  tx: LedgerTransaction,
  row: Reservation,
  { at, source, before, isContradiction = false }: Circumstances,
): Promise<void> {
  if (!listeningScopes.get(tx)?.has(scopeKey(row))) return;
  const { intentId, key, paymentId, refundId, vendor, standing, amount, currency } = row;
  const change: KeptChange = {
    type: isContradiction ? 'refund.contradicted' : TYPES[standing],
    at: new Date(at).toISOString(),
    amount: toDecimal(amount, currency),
    currency,
    idempotency_key: key ?? null,
    intent_id: intentId ?? null,
    refund_id: refundId ?? null,
    vendor: vendor ?? null,
    standing,
    before: before ?? null,
    source,
  };
  await tx.outbox.add({ ...scopeOf(row), paymentId, at, change });
}
