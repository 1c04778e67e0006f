import type { FilledRows, LooseRows } from '../../engine/data-model.ts';
import { byId, groupBy, minorOf } from '../../engine/indexes.ts';
import { firstFault, timesFault, unlike, written, zeroFault, type WrittenRow } from '../../engine/seed-check.ts';
import { parseDuration, parseInstant, SECOND } from '../../engine/time.ts';
import { toDecimal } from '../../../../contract/money.ts';
import { outcomeStep, UQPAY_LIFECYCLES } from './lifecycle.ts';
import type { UqpayAttemptRow, UqpayIntentRow, UqpayRefundRow } from './rows.ts';

/**
 * Why rows that a person wrote contradict themselves, or have a member without an effect. An edit may leave such rows for a
 * while, because it changes one member after the other, so this is asked of seeds only.
 */
export function uqpaySeedFault(given: LooseRows, filled: FilledRows): string | undefined {
  const intents = written<UqpayIntentRow>('uqpay_intents', given, filled);
  const attempts = written<UqpayAttemptRow>('uqpay_attempts', given, filled);
  const refunds = written<UqpayRefundRow>('uqpay_refunds', given, filled);
  const payments = byId((filled['uqpay_intents'] ?? []) as readonly UqpayIntentRow[]);
  const attemptsOf = groupBy(
    (filled['uqpay_attempts'] ?? []) as readonly UqpayAttemptRow[],
    (row) => row.payment_intent,
  );
  const own = ({ id }: UqpayIntentRow) => attemptsOf.get(id) ?? [];
  const writtenTime = new Set(
    intents.filter(({ given: { create_time: time } }) => time !== undefined).map(({ row }) => row.id),
  );
  return (
    firstFault(
      intents,
      (row) => idFault(row, 'PI') ?? timesFault(row) ?? capturedFault(row) ?? attemptsFault(row, own(row.row)),
    ) ??
    firstFault(attempts, (row) => {
      const payment = payments.get(row.row.payment_intent);
      return (
        idFault(row, 'PA') ??
        timesFault(row) ??
        (payment && own(payment).length === 1 ? onlyAttemptFault(row, payment) : undefined)
      );
    }) ??
    firstFault(
      refunds,
      (row) => idFault(row, 'RF') ?? timesFault(row) ?? zeroFault(row) ?? courseFault(row) ?? completeFault(row),
    ) ??
    firstFault(refunds, (row) => {
      const { payment_intent: id } = row.row;
      return writtenTime.has(id) ? earlyFault(row, payments.get(id)) : undefined;
    })
  );
}

const MAX_ID = 36;

/** The provider's own ids, `docs/providers/uqpay.md`: a client may check them, and no call takes a longer one. */
function idFault({ at, row: { id } }: WrittenRow<{ readonly id: string }>, prefix: string): string | undefined {
  if (new RegExp(`^${prefix}\\d+$`).test(id) && id.length <= MAX_ID) return undefined;
  const expected = `${prefix} and digits, at most ${MAX_ID} characters, such as ${prefix}1234567890123456789`;
  return unlike(`${at}.id`, expected, id);
}

/** What a payment has captured and its status have to go together. A status that the sandbox does not know may do so. */
function capturedFault({ at, row }: WrittenRow<UqpayIntentRow>): string | undefined {
  const { intent_status: status, amount, captured_amount: captured, currency } = row;
  if (row.unknown_status !== undefined) return undefined;
  const minor = minorOf(captured, currency);
  if (status === 'SUCCEEDED' && minor === 0n && minorOf(amount, currency) > 0n) {
    return unlike(`${at}.captured_amount`, 'more than zero for a payment that is SUCCEEDED', captured);
  }
  if ((status === 'FAILED' || status === 'CANCELLED') && minor > 0n) {
    return unlike(`${at}.captured_amount`, `zero for a payment that is ${status}`, captured);
  }
  return undefined;
}

/** A refund is of an attempt, so a payment cannot have captured more than its attempts. */
function attemptsFault(
  { at, row: { currency, captured_amount: captured } }: WrittenRow<UqpayIntentRow>,
  attempts: readonly UqpayAttemptRow[],
): string | undefined {
  const own = attempts.filter((attempt) => attempt.currency === currency);
  const sum = own.reduce((total, attempt) => total + minorOf(attempt.captured_amount, currency), 0n);
  if (own.length === 0 || minorOf(captured, currency) <= sum) return undefined;
  const most = `at most the ${toDecimal(sum, currency)} that its attempts have captured`;
  return unlike(`${at}.captured_amount`, most, captured);
}

/** The only attempt of a paid payment has captured what the payment has. */
function onlyAttemptFault(
  { at, row: { currency, captured_amount: captured } }: WrittenRow<UqpayAttemptRow>,
  payment: UqpayIntentRow,
): string | undefined {
  if (payment.intent_status !== 'SUCCEEDED' || payment.currency !== currency) return undefined;
  if (minorOf(captured, currency) <= minorOf(payment.captured_amount, currency)) return undefined;
  const most = `at most the ${payment.captured_amount} that its payment has captured`;
  return unlike(`${at}.captured_amount`, most, captured);
}

/** The status has to be one of the lifecycle, and an outcome that is still planned has to be to come. */
function courseFault({ at, given, row }: WrittenRow<UqpayRefundRow>): string | undefined {
  const { lifecycle, refund_status: status, outcome_after: after } = row;
  const statuses: readonly string[] = UQPAY_LIFECYCLES[lifecycle].map((step) => step.status);
  // Every row has this one: it also stands beside a status that ends elsewhere.
  if (lifecycle !== 'default' && !statuses.includes(status)) {
    return unlike(`${at}.refund_status`, `a status of its lifecycle ${lifecycle}: ${statuses.join(', ')}`, status);
  }
  if (after === undefined) return undefined;
  const step = statuses.indexOf(status);
  if (step >= 0 && step < outcomeStep(lifecycle)) return undefined;
  const reached = parseInstant(row.update_time) ?? 0;
  const planned = (parseInstant(row.create_time) ?? 0) + (parseDuration(after) ?? 0);
  // The times of rows are in whole seconds.
  if (step >= 0 && reached + SECOND > planned) return undefined;
  return unlike(`${at}.outcome_after`, `none for a refund that is ${status} already`, given['outcome_after']);
}

function completeFault({ at, row }: WrittenRow<UqpayRefundRow>): string | undefined {
  const { refund_status: status, complete_time: complete } = row;
  const isOpen = (status === 'INITIATED' || status === 'PROCESSING') && row.unknown_status === undefined;
  return isOpen && complete !== null
    ? unlike(`${at}.complete_time`, `null for a refund that is ${status}`, complete)
    : undefined;
}

/** A payment is there before its refunds. */
function earlyFault(
  { at, given, row }: WrittenRow<UqpayRefundRow>,
  payment: UqpayIntentRow | undefined,
): string | undefined {
  if (given['create_time'] === undefined || !payment || row.create_time >= payment.create_time) return undefined;
  const from = `a time from the create_time of its payment on, ${payment.create_time}`;
  return unlike(`${at}.create_time`, from, row.create_time);
}
