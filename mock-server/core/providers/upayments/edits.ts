import { minorOf } from '../../engine/indexes.ts';
import { tooLow } from '../../engine/rules.ts';
import type { FollowEdit, MoveForEdit } from '../../engine/provider.ts';
import { stamp, type Millis } from '../../engine/time.ts';
import { announcePaid, announceSettled } from './events.ts';
import { UPAYMENTS_LIFECYCLES, UPAYMENTS_WEIGHTS } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { planRefundRow, settlesAt } from './plans.ts';
import type { UpaymentsCollections, UpaymentsRefundRow } from './rows.ts';
import { toPlainDateTime } from './time.ts';

type Row<Name extends keyof UpaymentsCollections> = UpaymentsCollections[Name][number];
/** The caller has looked the row up in this collection. */
const follow = <Name extends keyof UpaymentsCollections>(
  work: (state: Parameters<FollowEdit>[0], row: Row<Name>, before: Readonly<Row<Name>> | undefined, at: Millis) => void,
): FollowEdit => work as unknown as FollowEdit;

/** What an edit of a row causes. */
export const UPAYMENTS_EDITS: Readonly<Partial<Record<keyof UpaymentsCollections, FollowEdit>>> = {
  upayments_refunds: follow<'upayments_refunds'>((state, row, before, at) => {
    const type = storeOf(state).orders.get(row.order)?.payment_type;
    if (before && before.refund_status !== row.refund_status) {
      leaveCourse(row, before);
      // It would not stay so for a moment.
      if ((settlesAt(row, type) ?? Infinity) <= at) {
        row.lifecycle = 'stay_processing';
        delete row.outcome_after;
      }
    }
    planRefundRow(state, row, type);
    if (!before || before.refund_status === row.refund_status) return;
    stamp(row, before, at);
    if (row.refund_status !== 'refunded') return;
    row.refunded_date ??= toPlainDateTime(at);
    announceSettled(state, row, at);
  }),
  upayments_payments: follow<'upayments_payments'>((state, row, before, at) => {
    if (!before || before.result === row.result) return;
    stamp(row, before, at);
    announcePaid(state, row, at);
  }),
};

/** An edit of the status can lead out of the course of a refund. Then the row does not have it any longer. */
function leaveCourse(row: UpaymentsRefundRow, before: Readonly<UpaymentsRefundRow>): void {
  const isOpen = row.refund_status === 'initiated';
  if (isOpen && UPAYMENTS_LIFECYCLES[row.lifecycle ?? 'default'] === 'at_once') row.lifecycle = 'default';
  if (!isOpen) delete row.outcome_after;
  if (row.refund_status !== 'refunded' && row.refunded_date === before.refunded_date) row.refunded_date = null;
}

/** A refund is paid from its account until it is deleted. */
const heldOf = (row: UpaymentsRefundRow | undefined): bigint =>
  row && UPAYMENTS_WEIGHTS[row.refund_status].held ? minorOf(row.amount, row.currency) : 0n;

export const UPAYMENTS_MOVES: Readonly<Partial<Record<keyof UpaymentsCollections, MoveForEdit>>> = {
  upayments_refunds: (state, rowBefore, rowAfter) => {
    const [before, after] = [rowBefore, rowAfter] as (UpaymentsRefundRow | undefined)[];
    const store = storeOf(state);
    const [back, out] = [heldOf(before), heldOf(after)];
    if (after && out > 0n) {
      const returned = before?.account === after.account ? back : 0n;
      const available = minorOf(store.accounts.get(after.account)?.balance ?? '0', after.currency) + returned;
      if (out > available) return tooLow(after, available, `account "${after.account}"`);
    }
    if (before) store.payInto(before.account, back, before.currency);
    if (after) store.payInto(after.account, -out, after.currency);
    return undefined;
  },
};
