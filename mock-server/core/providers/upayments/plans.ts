import { CUSTOMER_PAYS_AFTER } from '../../engine/checkout.ts';
import type { SeedData } from '../../engine/data-model.ts';
import type { DueEvent } from '../../engine/due.ts';
import type { State } from '../../engine/provider.ts';
import { parseDuration, parseInstant, type Millis } from '../../engine/time.ts';
import { UPAYMENTS_LIFECYCLES, UPAYMENTS_SETTLES_AFTER, type UpaymentsPaymentType } from './lifecycle.ts';
import type { UpaymentsCollections, UpaymentsRefundRow } from './rows.ts';

/** Kinds of planned events; `timers.ts` carries them out. */
export type UpaymentsEvent = 'upayments_refund' | 'upayments_declined' | 'upayments_customer';

export function plan({ due }: State, kind: UpaymentsEvent, { at, id }: Pick<DueEvent, 'at' | 'id'>): void {
  due.plan({ at, kind, id, step: 0 });
}

export function planRefund(state: State, row: UpaymentsRefundRow, type: UpaymentsPaymentType, created: Millis): void {
  const after = row.outcome_after === undefined ? undefined : parseDuration(row.outcome_after);
  plan(state, 'upayments_refund', { at: created + (after ?? UPAYMENTS_SETTLES_AFTER[type]), id: row.id });
}

/** Plans the customer's payment, which happens unless somebody uses the payment page before. P */
export function planCustomer(state: State, id: string, now: Millis): void {
  plan(state, 'upayments_customer', { at: now + CUSTOMER_PAYS_AFTER, id });
}

/** A refund from a seed or an edit continues from its status, like a refund from a call. */
export function planRefundRow(state: State, row: UpaymentsRefundRow, type: UpaymentsPaymentType | undefined): void {
  if (row.refund_status !== 'initiated' || UPAYMENTS_LIFECYCLES[row.lifecycle ?? 'default'] !== 'settles') return;
  const created = parseInstant(row.create_time);
  if (type && created !== undefined) planRefund(state, row, type, created);
}

export function planSeed(state: State, data: SeedData): void {
  const rows = data as Partial<UpaymentsCollections>;
  const types = new Map(rows.upayments_orders?.map(({ id, payment_type }) => [id, payment_type]));
  for (const row of rows.upayments_refunds ?? []) planRefundRow(state, row, types.get(row.order));
}
