import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

import type { PaymentRefundStanding } from '../../contract/index.ts';
import type { Intent, IntentKind, Reservation } from './entities.ts';
import type { IntentState } from './states.ts';

export type Row = Record<string, SQLOutputValue>;

/** An amount may exceed what a JavaScript number holds exactly: it is read as text. */
export const SELECT_RESERVATIONS = `SELECT r.id, r.merchant, r.provider, r.intent_id, i.key, r.payment_id, r.currency, r.vendor,
  CAST(r.amount AS TEXT) AS amount, r.released, r.refund_id, r.reference_ids, r.status, r.standing, r.reason,
  r.created_at, r.updated_at, r.checks, r.next_check_at FROM reservations r LEFT JOIN intents i ON i.id = r.intent_id`;

/** The columns of an intent that change, and its id, in the order of the statements that write them. */
export function changing(intent: Intent): SQLInputValue[] {
  return [
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
    target: row['target'] === null ? undefined : Number(row['target']),
    answer:
      status === null
        ? undefined
        : {
            status: Number(status),
            headers: JSON.parse(String(row['answer_headers'])) as Record<string, string>,
            body: row['answer_body'] as Uint8Array,
          },
    seenBefore: row['seen_before'] === null ? undefined : Number(row['seen_before']),
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
    released: row['released'] === 1,
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

export function text(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
