import { parseInstant, toPlainDateTime, toRfc3339, type Millis } from './time.ts';
import type { CollectionName, Collections } from '../providers/uqpay/rows.ts';
import { planAttemptRow, planIntentRow, planOrderRow, planUqpayRow } from './settle.ts';
import type { SandboxState } from './state.ts';
import { announceChanged, announceCreated, announcePaid, announceSettled } from '../providers/uqpay/events.ts';
import {
  announceAttempt,
  announceAttemptCreated,
  announceDispute,
  announceIntent,
  announceIntentCreated,
} from '../providers/uqpay/payment-events.ts';

type Row = Collections[CollectionName][number];

export interface Edit {
  readonly collection: CollectionName;
  /** As it was before; `undefined` for a row that was added. */
  readonly before: Readonly<Row> | undefined;
  /** The row of the state itself; `undefined` for one that was taken out. */
  readonly after: Row | undefined;
  readonly at: Millis;
}

/**
 * What follows a row that a person edited: it goes on from where it stands now, and a status that has changed announces
 * itself as the provider would.
 */
export function followEdit(state: SandboxState, { collection, before, after, at }: Edit): void {
  if (after) (FOLLOW[collection] as FollowAny | undefined)?.(state, after, before, at);
}

type Follow<Of> = (state: SandboxState, row: Of, before: Readonly<Of> | undefined, at: Millis) => void;
/** Row and collection belong together: whoever edits has looked the row up there. */
type FollowAny = Follow<Row>;
type Followers = { readonly [Name in CollectionName]?: Follow<Collections[Name][number]> };

/** A second plan for the same step is void once the first was carried out. */
const FOLLOW: Followers = {
  uqpay_refunds: (state, row, before, at) => {
    planUqpayRow(state, row);
    if (!before) announceCreated(state, row, parseInstant(row.create_time) ?? at);
    if (!before || before.refund_status === row.refund_status) return;
    stamp(row, before, at);
    const done = row.refund_status === 'SUCCEEDED' || row.refund_status === 'FAILED';
    if (done && row.complete_time === before.complete_time) row.complete_time = toRfc3339(at);
    announceChanged(state, row, at);
  },
  uqpay_intents: (state, row, before, at) => {
    planIntentRow(state, row);
    if (!before) announceIntentCreated(state, row, at);
    if (!before || before.intent_status === row.intent_status) return;
    stamp(row, before, at);
    announceIntent(state, row, at);
  },
  uqpay_attempts: (state, row, before, at) => {
    if (before && before.attempt_status !== row.attempt_status) stamp(row, before, at);
    planAttemptRow(state, row);
    if (!before) announceAttemptCreated(state, row, at);
    else if (before.attempt_status !== row.attempt_status) announceAttempt(state, row, at);
  },
  uqpay_disputes: (state, row, before, at) => {
    if (!before && row.status === 'open') announceDispute(state, row, at);
  },
  upayments_refunds: (state, row, before, at) => {
    planOrderRow(state, row, state.store.orders.get(row.order)?.payment_type);
    if (!before || before.refund_status === row.refund_status) return;
    stamp(row, before, at);
    if (row.refund_status !== 'refunded') return;
    row.refunded_date ??= toPlainDateTime(at);
    announceSettled(state, row, at);
  },
  upayments_payments: (state, row, before, at) => {
    if (!before || before.result === row.result) return;
    stamp(row, before, at);
    announcePaid(state, row, at);
  },
};

/** Whoever changes a status and not its time means now. */
function stamp(row: { update_time: string }, before: { readonly update_time: string }, at: Millis): void {
  if (row.update_time === before.update_time) row.update_time = toRfc3339(at);
}
