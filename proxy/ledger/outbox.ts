import type { PaymentRefundStanding } from '../../contract/index.ts';
import type { ChangeType, RefundChange } from '../../contract/change.ts';
import { toDecimal } from '../../contract/index.ts';
import { scopeOf, type Intent, type Reservation, type Scope } from './entities.ts';
import type { LedgerTransaction } from './store.ts';

/** A change as it is kept. Its place in the outbox gives it the rest. */
export type KeptChange = Omit<RefundChange, 'id' | 'sequence' | 'merchant' | 'provider' | 'payment_id'>;

/** A change that was not taken yet. Times are milliseconds since the epoch. */
export interface OutboxEntry extends Scope {
  /** Grows within one payment. */
  readonly id: number;
  readonly paymentId: string;
  readonly at: number;
  readonly change: KeptChange;
}

/** A payment whose oldest change is due to be told. */
export interface DuePayment {
  readonly paymentId: string;
  /** How often its oldest change was told in vain. */
  readonly attempts: number;
}

export interface Backlog {
  /** Payments with changes that nobody has taken, at most the limit that was asked for. */
  readonly payments: number;
  /** When the oldest change was written; `undefined` where there is none. Milliseconds since the epoch. */
  readonly oldestAt: number | undefined;
}

/** Rows of the outbox, within one transaction of the ledger. */
export interface Outbox {
  add(entry: Omit<OutboxEntry, 'id'>): Promise<void>;
  /** Payments that are due; of several instances one takes a payment. */
  due(scope: Scope, at: number, limit: number): Promise<DuePayment[]>;
  putOff(scope: Scope, paymentId: string, next: { readonly attempts: number; readonly nextAt: number }): Promise<void>;
  oldest(scope: Scope, paymentId: string): Promise<OutboxEntry | undefined>;
  remove(id: number): Promise<void>;
  /** Nothing of the payment is left to be told. */
  close(scope: Scope, paymentId: string): Promise<void>;
  backlog(scope: Scope, limit: number): Promise<Backlog>;
}

/** Which scopes are told of, for every transaction that is under way. */
const told = new WeakMap<LedgerTransaction, ReadonlySet<string>>();

export function tellingOf(tx: LedgerTransaction, scopes: ReadonlySet<string>): void {
  told.set(tx, scopes);
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

/** Keeps what a reservation came to in the same transaction, where somebody is to be told. The payment has to be locked. */
export async function keepChange(tx: LedgerTransaction, row: Reservation, about: Circumstances): Promise<void> {
  const { intentId, key, refundId, vendor, standing, currency } = row;
  await keep(tx, row, about, {
    amount: toDecimal(row.amount, currency),
    currency,
    idempotency_key: key ?? null,
    intent_id: intentId ?? null,
    refund_id: refundId ?? null,
    vendor: vendor ?? null,
    standing,
  });
}

/** The same of a whole intent whose answer was lost, or refused. */
export async function keepOutcome(
  tx: LedgerTransaction,
  intent: Intent,
  rows: readonly Reservation[],
  { standing, ...about }: Circumstances & { readonly standing: 'unknown' | 'failed' },
): Promise<void> {
  const { currency } = intent;
  // Of the others an event or a person has told before.
  const open = rows.filter((row) => row.standing === 'unknown');
  if (open.length === 0) return;
  const amount = open.reduce((sum, row) => sum + row.amount, 0n);
  await keep(tx, intent, about, {
    amount: toDecimal(amount, currency),
    currency,
    idempotency_key: intent.key,
    intent_id: intent.id,
    refund_id: null,
    vendor: null,
    standing,
  });
}

async function keep(
  tx: LedgerTransaction,
  subject: Scope & { readonly paymentId: string },
  { at, source, before, isContradiction = false }: Circumstances,
  rest: Omit<KeptChange, 'type' | 'at' | 'source' | 'before'> & { readonly standing: PaymentRefundStanding },
): Promise<void> {
  if (!told.get(tx)?.has(scopeKey(subject))) return;
  const type = isContradiction ? 'refund.contradicted' : TYPES[rest.standing];
  const change = { type, at: new Date(at).toISOString(), ...rest, before: before ?? null, source } as KeptChange;
  await tx.outbox.add({ ...scopeOf(subject), paymentId: subject.paymentId, at, change });
}

/** As it is told: with an id that stays, and that no ledger which was set back gives to another change. */
export function toRefundChange({ id, merchant, provider, paymentId, at, change }: OutboxEntry): RefundChange {
  return {
    id: `change_${at}_${id}`,
    sequence: id,
    merchant,
    provider,
    payment_id: paymentId,
    ...change,
  } as RefundChange;
}
