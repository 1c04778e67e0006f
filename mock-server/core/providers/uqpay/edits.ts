import { minorOf } from '../../engine/indexes.ts';
import { tooLow } from '../../engine/rules.ts';
import type { FollowEdit, MoveForEdit } from '../../engine/provider.ts';
import { parseInstant, stamp, toRfc3339, type Millis } from '../../engine/time.ts';
import { announceChanged, announceCreated } from './events.ts';
import { outcomeStep, UQPAY_LIFECYCLES, UQPAY_STAYS, UQPAY_WEIGHTS, uqpaySteps } from './lifecycle.ts';
import { storeOf } from './model.ts';
import {
  announceAttempt,
  announceAttemptCreated,
  announceDispute,
  announceIntent,
  announceIntentCreated,
} from './payment-events.ts';
import { planAttemptRow, planIntentRow, planRefundRow } from './plans.ts';
import { balanceKey, type UqpayCollections, type UqpayRefundRow } from './rows.ts';

type Row<Name extends keyof UqpayCollections> = UqpayCollections[Name][number];
/** The caller has looked the row up in this collection. */
const follow = <Name extends keyof UqpayCollections>(
  work: (state: Parameters<FollowEdit>[0], row: Row<Name>, before: Readonly<Row<Name>> | undefined, at: Millis) => void,
): FollowEdit => work as unknown as FollowEdit;

/** What an edit of a row causes. A second plan for a step does nothing once the first was carried out. */
export const UQPAY_EDITS: Readonly<Partial<Record<keyof UqpayCollections, FollowEdit>>> = {
  uqpay_refunds: follow<'uqpay_refunds'>((state, row, before, at) => {
    if (before && before.refund_status !== row.refund_status) leaveCourse(row, before, at);
    planRefundRow(state, row);
    if (!before) announceCreated(state, row, parseInstant(row.create_time) ?? at);
    if (!before || before.refund_status === row.refund_status) return;
    stamp(row, before, at);
    const hasResult = row.refund_status === 'SUCCEEDED' || row.refund_status === 'FAILED';
    if (hasResult && row.complete_time === before.complete_time) row.complete_time = toRfc3339(at);
    announceChanged(state, row, at);
  }),
  uqpay_intents: follow<'uqpay_intents'>((state, row, before, at) => {
    planIntentRow(state, row);
    if (!before) announceIntentCreated(state, row, at);
    if (!before || before.intent_status === row.intent_status) return;
    stamp(row, before, at);
    const isDone = row.intent_status === 'SUCCEEDED' || row.intent_status === 'FAILED';
    if (isDone && row.complete_time === before.complete_time) row.complete_time = toRfc3339(at);
    if (row.intent_status === 'CANCELLED' && row.cancel_time === before.cancel_time) row.cancel_time = toRfc3339(at);
    announceIntent(state, row, at);
  }),
  uqpay_attempts: follow<'uqpay_attempts'>((state, row, before, at) => {
    if (before && before.attempt_status !== row.attempt_status) stamp(row, before, at);
    planAttemptRow(state, row);
    if (!before) announceAttemptCreated(state, row, at);
    else if (before.attempt_status !== row.attempt_status) announceAttempt(state, row, at);
  }),
  uqpay_disputes: follow<'uqpay_disputes'>((state, row, before, at) => {
    if (!before && row.status === 'open') announceDispute(state, row, at);
  }),
};

/**
 * An edit of the status can lead out of the course of a refund, or back to where that would not leave it for a moment. The row
 * then has the one that ends in this status.
 */
function leaveCourse(row: UqpayRefundRow, before: Readonly<UqpayRefundRow>, at: Millis): void {
  const { refund_status: status, lifecycle, outcome_after: after } = row;
  const step = UQPAY_LIFECYCLES[lifecycle].findIndex((one) => one.status === status);
  if (step < 0 && lifecycle !== 'default') row.lifecycle = UQPAY_STAYS[status];
  // Its outcome is here already.
  if (after !== undefined && (step < 0 || step >= outcomeStep(lifecycle))) delete row.outcome_after;
  const next = step < 0 ? undefined : uqpaySteps(row)[step + 1];
  const created = parseInstant(row.create_time);
  if (next && created !== undefined && created + next.after <= at) {
    row.lifecycle = UQPAY_STAYS[status];
    delete row.outcome_after;
  }
  const isOpen = status === 'INITIATED' || status === 'PROCESSING';
  if (isOpen && row.complete_time === before.complete_time) row.complete_time = null;
}

/** A refund is paid from the balance of its account until it has failed; `uqpay.balances`. P */
const heldOf = (row: UqpayRefundRow | undefined): bigint =>
  row && UQPAY_WEIGHTS[row.refund_status].held ? minorOf(row.amount, row.currency) : 0n;

export const UQPAY_MOVES: Readonly<Partial<Record<keyof UqpayCollections, MoveForEdit>>> = {
  uqpay_refunds: (state, rowBefore, rowAfter) => {
    const [before, after] = [rowBefore, rowAfter] as (UqpayRefundRow | undefined)[];
    const store = storeOf(state);
    const accountOf = (row: UqpayRefundRow) => store.intents.get(row.payment_intent)?.account ?? null;
    const keyOf = (row: UqpayRefundRow) => balanceKey(accountOf(row), row.currency);
    const [back, out] = [heldOf(before), heldOf(after)];
    if (after && out > 0n) {
      const returned = before && keyOf(before) === keyOf(after) ? back : 0n;
      const available = store.available(accountOf(after), after.currency) + returned;
      if (out > available) return tooLow(after, available, `balance "${keyOf(after)}"`);
    }
    if (before && back > 0n) store.moveAvailable(accountOf(before), before.currency, back);
    if (after && out > 0n) store.moveAvailable(accountOf(after), after.currency, -out);
    return undefined;
  },
};
