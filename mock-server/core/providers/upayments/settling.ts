import type { State } from '../../engine/provider.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { announceSettled } from './events.ts';
import { storeOf } from './model.ts';
import type { UpaymentsRefundRow } from './rows.ts';
import { toPlainDateTime } from './time.ts';

export function settleRefund(state: State, row: UpaymentsRefundRow, at: Millis): void {
  storeOf(state).changeRefund(row, 'refunded', toRfc3339(at));
  row.refunded_date = toPlainDateTime(at);
  announceSettled(state, row, at);
}
