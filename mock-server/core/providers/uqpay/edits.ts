import type { FollowEdit } from '../../engine/provider.ts';
import { parseInstant, stamp, toRfc3339, type Millis } from '../../engine/time.ts';
import { announceChanged, announceCreated } from './events.ts';
import {
  announceAttempt,
  announceAttemptCreated,
  announceDispute,
  announceIntent,
  announceIntentCreated,
} from './payment-events.ts';
import { planAttemptRow, planIntentRow, planRefundRow } from './plans.ts';
import type { UqpayCollections } from './rows.ts';

type Row<Name extends keyof UqpayCollections> = UqpayCollections[Name][number];
/** The caller has looked the row up in this collection. */
const follow = <Name extends keyof UqpayCollections>(
  work: (state: Parameters<FollowEdit>[0], row: Row<Name>, before: Readonly<Row<Name>> | undefined, at: Millis) => void,
): FollowEdit => work as unknown as FollowEdit;

/** What an edit of a row causes. A second plan for a step does nothing once the first was carried out. */
export const UQPAY_EDITS: Readonly<Partial<Record<keyof UqpayCollections, FollowEdit>>> = {
  uqpay_refunds: follow<'uqpay_refunds'>((state, row, before, at) => {
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
