import type { PaymentRefundStanding } from '../../../../contract/index.ts';
import type { AuditLine, Intent, IntentKind, Reservation, StoredEvent } from '../../entities.ts';
import type { IntentState } from '../../rules/states.ts';
import type { NewReservation } from '../../rows.ts';
import { keepable } from '../../texts.ts';

export type SqlValue = string | number | bigint | Uint8Array | null;

/** A value that can be bound. */
export function storable<Value extends SqlValue>(value: Value): Value | string {
  return typeof value === 'string' ? keepable(value) : value;
}

/** A value from a driver: a 64-bit integer may be a number or text. */
export type Row = Readonly<Record<string, unknown>>;

/** An amount may exceed the exact range of a JavaScript number, so it is read as text. */
export const SELECT_RESERVATIONS = `SELECT r.id, r.merchant, r.provider, r.intent_id, i.key, r.payment_id, r.currency, r.vendor,
  CAST(r.amount AS TEXT) AS amount, r.released, r.refund_id, r.reference_ids, r.status, r.standing, r.reason,
  r.created_at, r.updated_at, r.checks, r.next_check_at FROM reservations r LEFT JOIN intents i ON i.id = r.intent_id`;

export const INSERT_RESERVATION = `INSERT INTO reservations (merchant, provider, intent_id, payment_id, currency, vendor,
  reason, created_at, amount, released, refund_id, reference_ids, status, standing, updated_at, checks, next_check_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The values of `INSERT_RESERVATION`, in its order. */
export function insertedReservation(row: NewReservation): SqlValue[] {
  return [
    row.merchant,
    row.provider,
    row.intentId ?? null,
    row.paymentId,
    row.currency,
    row.vendor ?? null,
    row.reason ?? null,
    row.createdAt,
    ...changingReservation(row),
  ];
}

/** The columns of a reservation that change, in the order of the statements. */
export function changingReservation(row: NewReservation): SqlValue[] {
  return [
    row.amount,
    row.released ? 1 : 0,
    row.refundId ?? null,
    JSON.stringify(row.references),
    row.status,
    row.standing,
    row.updatedAt,
    row.checks,
    row.nextCheckAt,
  ];
}

/** The columns of an intent that change, and its id, in the order of the statements. */
export function changing(intent: Intent): SqlValue[] {
  return [
    intent.currency,
    intent.state,
    intent.user,
    intent.answer?.status ?? null,
    intent.answer ? JSON.stringify(intent.answer.headers) : null,
    intent.answer?.body ?? null,
    intent.seenBefore ?? null,
    intent.firstSentAt,
    intent.updatedAt,
    intent.checks,
    intent.nextCheckAt,
    intent.id,
  ];
}

export function toIntent(row: Row): Intent {
  const status = row['answer_status'];
  return {
    id: String(row['id']),
    merchant: String(row['merchant']),
    provider: String(row['provider']),
    key: String(row['key']),
    fingerprint: String(row['fingerprint']),
    kind: row['kind'] as IntentKind,
    paymentId: String(row['payment_id']),
    currency: String(row['currency']),
    state: row['state'] as IntentState,
    providerKey: String(row['provider_key']),
    user: String(row['user']),
    target: number(row['target']),
    answer:
      status === null
        ? undefined
        : {
            status: Number(status),
            headers: JSON.parse(String(row['answer_headers'])) as Record<string, string>,
            body: new Uint8Array(row['answer_body'] as Uint8Array),
          },
    seenBefore: number(row['seen_before']),
    createdAt: Number(row['created_at']),
    firstSentAt: Number(row['first_sent_at']),
    updatedAt: Number(row['updated_at']),
    checks: Number(row['checks']),
    nextCheckAt: Number(row['next_check_at']),
  };
}

export function toReservation(row: Row): Reservation {
  return {
    id: Number(row['id']),
    merchant: String(row['merchant']),
    provider: String(row['provider']),
    intentId: text(row['intent_id']),
    key: text(row['key']),
    paymentId: String(row['payment_id']),
    currency: String(row['currency']),
    vendor: text(row['vendor']),
    amount: BigInt(String(row['amount'])),
    released: Number(row['released']) === 1,
    refundId: text(row['refund_id']),
    references: JSON.parse(String(row['reference_ids'])) as Record<string, string>,
    status: String(row['status']),
    standing: row['standing'] as PaymentRefundStanding,
    reason: text(row['reason']),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
    checks: Number(row['checks']),
    nextCheckAt: Number(row['next_check_at']),
  };
}

export function toAuditLine(row: Row): AuditLine {
  return {
    at: Number(row['at']),
    intentId: text(row['intent_id']),
    reservationId: number(row['reservation_id']),
    who: String(row['who']),
    what: String(row['what']),
    from: text(row['from_word']),
    to: text(row['to_word']),
    source: String(row['source']),
    detail: text(row['detail']),
  };
}

export function toStoredEvent(row: Row): StoredEvent {
  return {
    merchant: String(row['merchant']),
    provider: String(row['provider']),
    eventId: String(row['event_id']),
    refundId: String(row['refund_id']),
    paymentId: String(row['payment_id']),
    receivedAt: Number(row['received_at']),
    observation: text(row['kept']),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
