import { UQPAY_ATTEMPT_STATUSES, UQPAY_INTENT_STATUSES } from '../../../../contract/uqpay.ts';
import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { describe, quote } from '../../engine/validation.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import { formatAttempt, formatIntent } from './format.ts';
import { pageOf, parseOpenRange, parsePage, type Parsed } from './lists.ts';
import { storeOf } from './model.ts';
import { ownAttempt, ownIntent } from './own.ts';
import { invalidParameter, notFound } from './replies.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from './rows.ts';
import { amountStyle } from './settings.ts';

/** `GET /v2/payment_intents/{id}` */
export function retrieveIntent(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const row = ownIntent(context, id);
  if (!row) return notFound(context, 'payment_intent_not_found', `no payment intent ${quote(id)}`);
  context.payment = row.id;
  note(context, 'uqpay.refunded-amount', 'uqpay.attempt-members');
  return ok(intentObject(context, row));
}

export function intentObject({ state, base }: Context, row: UqpayIntentRow): object {
  const latest = row.latest_attempt === null ? undefined : storeOf(state).attempts.get(row.latest_attempt);
  return formatIntent(row, latest, { base, style: amountStyle(state) });
}

const attemptObject = ({ state }: Context, row: UqpayAttemptRow): object => formatAttempt(row, amountStyle(state));

/** The libraries name the filters in two ways. K */
const FILTERS = {
  status: ['intent_status', 'payment_intent_status'],
  start: ['create_start_time', 'start_time'],
  end: ['create_end_time', 'end_time'],
} as const;

/** The name by which a filter came. Both names at once are refused, because one would have no effect. */
function filterName(query: URLSearchParams, [first, second]: readonly [string, string]): Parsed<string> {
  if (!query.has(second)) return { ok: true, value: first };
  if (!query.has(first)) return { ok: true, value: second };
  return { ok: false, reply: invalidParameter(`${second}: is the same filter as ${first}: expected one of them`) };
}

/** `GET /v2/payment_intents`, by status and time of creation. */
export function listIntents(context: Context): Reply {
  const query = new URLSearchParams(context.call.query);
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  const [name, start, end] = [
    filterName(query, FILTERS.status),
    filterName(query, FILTERS.start),
    filterName(query, FILTERS.end),
  ];
  if (!name.ok) return name.reply;
  if (!start.ok) return start.reply;
  if (!end.ok) return end.reply;
  const status = oneOf(query, name.value, UQPAY_INTENT_STATUSES);
  if (!status.ok) return status.reply;
  const names = { start: start.value, end: end.value };
  const ranged = query.has(names.start) || query.has(names.end);
  const range = ranged ? parseOpenRange(context, query, names) : undefined;
  if (range && !range.ok) return range.reply;
  note(context, 'uqpay.list-order', 'uqpay.list-filters');
  const rows = storeOf(context.state).collections.uqpay_intents.filter(
    (row) =>
      row.account === context.account &&
      (status.value === undefined || row.intent_status === status.value) &&
      (!range || (row.create_time >= range.value.from && row.create_time <= range.value.to)),
  );
  return pageOf(rows, 0, rows.length, page.value, (row) => intentObject(context, row));
}

/** `GET /v2/payment/payment_attempts/{id}` */
export function retrieveAttempt(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const row = ownAttempt(context, id);
  if (!row) return notFound(context, 'payment_attempt_not_found', `no payment attempt ${quote(id)}`);
  context.payment = row.payment_intent;
  note(context, 'uqpay.refunded-amount', 'uqpay.attempt-members');
  return ok(attemptObject(context, row));
}

/** `GET /v2/payment/payment_attempts`, filters `payment_intent_id`, `attempt_status`. */
export function listAttempts(context: Context): Reply {
  const query = new URLSearchParams(context.call.query);
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  const status = oneOf(query, 'attempt_status', UQPAY_ATTEMPT_STATUSES);
  if (!status.ok) return status.reply;
  note(context, 'uqpay.list-order', 'uqpay.list-filters', 'uqpay.refunded-amount', 'uqpay.attempt-members');
  const intent = query.get('payment_intent_id');
  const store = storeOf(context.state);
  let rows: readonly UqpayAttemptRow[] = store.collections.uqpay_attempts;
  if (intent) {
    context.payment = intent;
    rows = store.attemptsByIntent.get(intent) ?? [];
  }
  rows = rows.filter(
    (row) =>
      (status.value === undefined || row.attempt_status === status.value) && ownIntent(context, row.payment_intent),
  );
  return pageOf(rows, 0, rows.length, page.value, (row) => attemptObject(context, row));
}

/** In any case: the Java client writes statuses in small letters. K P */
function oneOf(query: URLSearchParams, name: string, known: readonly string[]): Parsed<string | undefined> {
  const text = query.get(name);
  if (text === null || text === '') return { ok: true, value: undefined };
  const status = text.toUpperCase();
  if (known.includes(status)) return { ok: true, value: status };
  const expected = known.join(', ');
  return { ok: false, reply: invalidParameter(`${name}: expected one of ${expected}, received ${describe(text)}`) };
}
