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
  plan(state, 'upayments_refund', { at: settledAt(row, type, created), id: row.id });
}

function settledAt({ outcome_after: text }: UpaymentsRefundRow, type: UpaymentsPaymentType, created: Millis): Millis {
  const after = text === undefined ? undefined : parseDuration(text);
  return created + (after ?? UPAYMENTS_SETTLES_AFTER[type]);
}

/** Plans the customer's payment, which happens unless somebody uses the payment page before. P */
export function planCustomer(state: State, id: string, now: Millis): void {
  plan(state, 'upayments_customer', { at: now + CUSTOMER_PAYS_AFTER, id });
}

/** A refund from a seed or an edit continues from its status, like a refund from a call. */
export function planRefundRow(state: State, row: UpaymentsRefundRow, type: UpaymentsPaymentType | undefined): void {
  const at = settlesAt(row, type);
  if (at !== undefined) plan(state, 'upayments_refund', { at, id: row.id });
}

/** When it settles by itself, if it does. */
export function settlesAt(row: UpaymentsRefundRow, type: UpaymentsPaymentType | undefined): Millis | undefined {
  if (row.refund_status !== 'initiated' || UPAYMENTS_LIFECYCLES[row.lifecycle ?? 'default'] !== 'settles')
    return undefined;
  const created = parseInstant(row.create_time);
  return type && created !== undefined ? settledAt(row, type, created) : undefined;
}

export function planSeed(state: State, data: SeedData): void {
  const rows = data as Partial<UpaymentsCollections>;
  const types = new Map(rows.upayments_orders?.map(({ id, payment_type }) => [id, payment_type]));
  for (const row of rows.upayments_refunds ?? []) planRefundRow(state, row, types.get(row.order));
}
