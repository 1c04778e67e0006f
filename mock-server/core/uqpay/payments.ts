import { UQPAY_ATTEMPT_STATUSES, UQPAY_INTENT_STATUSES } from '../../../contract/uqpay.ts';
import { note, type Context } from '../context.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from '../rows.ts';
import { describe, shown } from '../validation.ts';
import { ok, type Reply } from '../wire.ts';
import { formatAttempt, formatIntent } from './format.ts';
import { pageOf, parseOpenRange, parsePage } from './lists.ts';
import { invalidParameter, notFound } from './replies.ts';

/** `GET /v2/payment_intents/{id}` */
export function retrieveIntent(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const row = context.state.store.intents.get(id);
  if (!row) return notFound(context, 'payment_intent_not_found', `no payment intent ${shown(id)}`);
  context.payment = row.id;
  note(context, 'uqpay.refunded-amount');
  return ok(shownIntent(context, row));
}

export function shownIntent({ state, base }: Context, row: UqpayIntentRow): object {
  const latest = row.latest_attempt === null ? undefined : state.store.attempts.get(row.latest_attempt);
  return formatIntent(row, latest, base);
}

/** The libraries name the filters in two ways: the first name that is there counts. K */
const FILTERS = {
  status: ['intent_status', 'payment_intent_status'],
  start: ['create_start_time', 'start_time'],
  end: ['create_end_time', 'end_time'],
} as const;

const given = (query: URLSearchParams, names: readonly [string, string]) => (query.has(names[1]) ? names[1] : names[0]);

/** `GET /v2/payment_intents`, by status and time of creation. */
export function listIntents(context: Context): Reply {
  const query = new URLSearchParams(context.call.query);
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  const status = oneOf(query, given(query, FILTERS.status), UQPAY_INTENT_STATUSES);
  if (!status.ok) return status.reply;
  const names = { start: given(query, FILTERS.start), end: given(query, FILTERS.end) };
  const ranged = query.has(names.start) || query.has(names.end);
  const range = ranged ? parseOpenRange(query, context.now, names) : undefined;
  if (range && !range.ok) return range.reply;
  note(context, 'uqpay.list-order', 'uqpay.list-filters');
  const rows = context.state.store.collections.uqpay_intents.filter(
    (row) =>
      (status.value === undefined || row.intent_status === status.value) &&
      (!range || (row.create_time >= range.value.from && row.create_time <= range.value.to)),
  );
  return pageOf(rows, 0, rows.length, page.value, (row) => shownIntent(context, row));
}

/** `GET /v2/payment/payment_attempts/{id}` */
export function retrieveAttempt(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const row = context.state.store.attempts.get(id);
  if (!row) return notFound(context, 'payment_attempt_not_found', `no payment attempt ${shown(id)}`);
  context.payment = row.payment_intent;
  note(context, 'uqpay.refunded-amount');
  return ok(formatAttempt(row));
}

/** `GET /v2/payment/payment_attempts`, filters `payment_intent_id`, `attempt_status`. */
export function listAttempts(context: Context): Reply {
  const query = new URLSearchParams(context.call.query);
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  const status = oneOf(query, 'attempt_status', UQPAY_ATTEMPT_STATUSES);
  if (!status.ok) return status.reply;
  note(context, 'uqpay.list-order', 'uqpay.refunded-amount');
  const intent = query.get('payment_intent_id');
  const { store } = context.state;
  let rows: readonly UqpayAttemptRow[] = store.collections.uqpay_attempts;
  if (intent) {
    context.payment = intent;
    rows = store.attemptsByIntent.get(intent) ?? [];
  }
  if (status.value !== undefined) rows = rows.filter((row) => row.attempt_status === status.value);
  return pageOf(rows, 0, rows.length, page.value, formatAttempt);
}

type OneOf = { readonly ok: true; readonly value: string | undefined } | { readonly ok: false; readonly reply: Reply };

function oneOf(query: URLSearchParams, name: string, known: readonly string[]): OneOf {
  const text = query.get(name);
  if (text === null || text === '') return { ok: true, value: undefined };
  if (known.includes(text)) return { ok: true, value: text };
  const expected = known.join(', ');
  return { ok: false, reply: invalidParameter(`${name}: expected one of ${expected}, received ${describe(text)}`) };
}
