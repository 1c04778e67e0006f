import { isCurrency, parseDecimal, toDecimal } from '../../../../contract/money.ts';
import type { LooseRow, LooseRows } from '../../engine/data-model.ts';
import { groupBy } from '../../engine/indexes.ts';
import { amountOrZero, ampleIn, idFor, rowById, textOf, withDecimals, zeroIn } from '../../engine/seed-rows.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { UQPAY_LIFECYCLES, type UqpayLifecycle } from './lifecycle.ts';
import { balanceKey } from './rows.ts';

/** Statuses of attempts that a later attempt has paid for, if the payment is paid. */
const WITHOUT_PAYMENT: ReadonlySet<unknown> = new Set(['FAILED', 'CANCELLED', 'EXPIRED']);

/** Fills in what the rows of a seed leave out: attempts and balances of the intents, statuses, times. */
export function fillUqpayRows(given: LooseRows, now: Millis): Readonly<Record<string, readonly LooseRow[]>> {
  const time = toRfc3339(now);
  const stamped = (row: LooseRow) => ({ create_time: time, update_time: row['create_time'] ?? time, ...row });
  const of = (name: string) => given[name] ?? [];
  const isPaid = (row: LooseRow) => (row['attempt_status'] ?? 'SUCCEEDED') === 'SUCCEEDED';
  const open = of('uqpay_attempts').filter((row) => !WITHOUT_PAYMENT.has(row['attempt_status']));
  // One that has paid counts more than one that was made after it.
  const attempts = new Map(
    [...open.filter((row) => !isPaid(row)), ...open.filter(isPaid)].map((row) => [row['payment_intent'], row['id']]),
  );
  const intents = of('uqpay_intents').map((row) => {
    const latest = attempts.get(row['id']);
    return intentOf(stamped({ ...(latest !== undefined && { latest_attempt: latest }), ...row }));
  });
  const made = [
    ...of('uqpay_attempts').map((row) => attemptOf(stamped(row), intents)),
    ...attemptsOf(intents, of('uqpay_attempts')),
  ];
  const madeFor = groupBy(made, (row) => textOf(row['payment_intent']));
  return {
    uqpay_accounts: of('uqpay_accounts').map((row) => ({ name: '', ...row, id: lower(row['id']) })),
    uqpay_intents: intents.map((row, index) => {
      const isWritten = of('uqpay_intents')[index]?.['captured_amount'] !== undefined;
      return isWritten ? row : { ...row, ...capturedBy(madeFor.get(textOf(row['id'])) ?? [], row) };
    }),
    uqpay_attempts: made,
    uqpay_refunds: of('uqpay_refunds').map((row) => refundOf(stamped(row), intents)),
    uqpay_disputes: of('uqpay_disputes').map((row) => disputeOf({ create_time: time, ...row }, intents)),
    uqpay_balances: given['uqpay_balances']?.map(balanceOf) ?? balancesOf(intents),
  };
}

/** An account may be written in capitals; it is looked up in small letters. */
const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** The same digits as the intent's, as in the provider's example. */
const attemptId = (intent: unknown) => idFor('PA', textOf(intent).replace(/^PI/, ''));

function intentOf(row: LooseRow): LooseRow {
  const { id, amount, currency, intent_status: status = 'SUCCEEDED' } = row;
  const paid = status === 'SUCCEEDED';
  return withDecimals(
    {
      account: null,
      captured_amount: paid ? amountOrZero(amount, currency) : zeroIn(currency),
      intent_status: status,
      merchant_order_id: textOf(id),
      description: null,
      metadata: {},
      return_url: null,
      payment_method: 'card',
      latest_attempt: attemptId(id),
      client_secret: `${textOf(id)}_secret`,
      complete_time: paid ? row['create_time'] : null,
      cancel_time: null,
      cancellation_reason: null,
      ...row,
      ...(row['account'] !== undefined && { account: lower(row['account']) }),
    },
    'amount',
    'captured_amount',
  );
}

/** A dispute is about the whole payment unless it has an amount. */
function disputeOf(row: LooseRow, intents: readonly LooseRow[]): LooseRow {
  const intent = rowById(intents, row['payment_intent']);
  return withDecimals(
    {
      amount: intent?.['captured_amount'],
      currency: intent?.['currency'],
      reason: 'goods_not_received',
      status: 'open',
      ...row,
    },
    'amount',
  );
}

const ATTEMPT_STATUS: Readonly<Record<string, string>> = { SUCCEEDED: 'SUCCEEDED', REQUIRES_CAPTURE: 'AUTHORIZED' };

/** Where nothing is captured, or not yet. */
const NOT_CAPTURED: ReadonlySet<string> = new Set([
  'INITIATED',
  'AUTHENTICATION_REDIRECTED',
  'PENDING_AUTHORIZATION',
  'AUTHORIZED',
  'CANCELLED',
  'EXPIRED',
  'FAILED',
]);

function attemptOf(row: LooseRow, intents: readonly LooseRow[]): LooseRow {
  const intent = rowById(intents, row['payment_intent']);
  return withDecimals(
    {
      amount: amountOrZero(intent?.['amount'], intent?.['currency']),
      currency: intent?.['currency'],
      captured_amount: capturedOf(row, intent),
      refunded_amount: zeroIn(row['currency'] ?? intent?.['currency']),
      attempt_status: ATTEMPT_STATUS[textOf(intent?.['intent_status'])] ?? 'INITIATED',
      payment_method: intent?.['payment_method'],
      auth_code: null,
      arn: null,
      rrn: null,
      failure_code: null,
      complete_time: intent?.['complete_time'],
      ...row,
    },
    'amount',
    'captured_amount',
  );
}

/** All that the payment has captured, as far as the amount of the attempt goes. */
function capturedOf({ amount, currency, attempt_status: status }: LooseRow, intent: LooseRow | undefined): unknown {
  const code = textOf(currency ?? intent?.['currency']);
  if (NOT_CAPTURED.has(textOf(status))) return zeroIn(code);
  const captured = intent?.['captured_amount'];
  if (!isCurrency(code)) return captured;
  const [own, whole] = [amount, captured].map((one) => parseDecimal(textOf(one), code));
  return own?.ok && whole?.ok && own.minor < whole.minor ? amount : captured;
}

/** A payment has captured no more than its attempts, which may be of a part of it. */
function capturedBy(attempts: readonly LooseRow[], { currency, captured_amount: captured }: LooseRow): LooseRow {
  const code = textOf(currency);
  const own = attempts.filter((row) => row['currency'] === currency);
  if (own.length === 0 || !isCurrency(code)) return {};
  const amounts = own.map((row) => parseDecimal(textOf(row['captured_amount']), code));
  const sum = amounts.reduce((total, amount) => total + (amount.ok ? amount.minor : 0n), 0n);
  const whole = parseDecimal(textOf(captured), code);
  return whole.ok && amounts.every(({ ok }) => ok) && sum < whole.minor
    ? { captured_amount: toDecimal(sum, code) }
    : {};
}

/** The attempts that intents name and the seed does not have. */
function attemptsOf(intents: readonly LooseRow[], given: readonly LooseRow[]): LooseRow[] {
  return intents
    .filter((intent) => isCurrency(textOf(intent['currency'])))
    .filter((intent) => typeof intent['latest_attempt'] === 'string' && !rowById(given, intent['latest_attempt']))
    .map((intent) =>
      attemptOf(
        {
          id: intent['latest_attempt'],
          payment_intent: intent['id'],
          create_time: intent['create_time'],
          update_time: intent['update_time'],
        },
        intents,
      ),
    );
}

function refundOf(row: LooseRow, intents: readonly LooseRow[]): LooseRow {
  const intent = rowById(intents, row['payment_intent']);
  const status = row['refund_status'] ?? firstStatus(row);
  return withDecimals(
    {
      payment_attempt: intent?.['latest_attempt'],
      currency: intent?.['currency'],
      refund_status: status,
      lifecycle: 'default',
      reason: 'Seeded',
      metadata: null,
      complete_time: status === 'SUCCEEDED' || status === 'FAILED' ? row['create_time'] : null,
      ...row,
    },
    'amount',
  );
}

/** A refund that has a course of its own is at its beginning. Any other one is done. */
function firstStatus({ lifecycle, outcome_after: after }: LooseRow): string {
  const name = textOf(lifecycle ?? 'default');
  const isPlanned = lifecycle !== undefined || after !== undefined;
  // A name that is none is refused later.
  return isPlanned && Object.hasOwn(UQPAY_LIFECYCLES, name)
    ? UQPAY_LIFECYCLES[name as UqpayLifecycle][0].status
    : 'SUCCEEDED';
}

function balanceOf(row: LooseRow): LooseRow {
  const account = row['account'] === undefined ? null : lower(row['account']);
  return {
    id: balanceKey(typeof account === 'string' ? account : null, textOf(row['currency'])),
    pending_balance: zeroIn(row['currency']),
    ...row,
    account,
  };
}

function balancesOf(intents: readonly LooseRow[]): LooseRow[] {
  const balances = new Map<string, LooseRow>();
  for (const { account, currency } of intents) {
    if (!isCurrency(textOf(currency))) continue;
    const row = balanceOf({ account, currency, available_balance: ampleIn(currency) });
    balances.set(textOf(row['id']), row);
  }
  return [...balances.values()];
}
