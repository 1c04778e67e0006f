import { fractionDigits, isCurrency, parseDecimal, toDecimal } from '../../../../contract/money.ts';
import { balanceKey, COLLECTION_NAMES, type CollectionName, type SeedData } from './rows.ts';
import { rowsFault } from '../../engine/rules.ts';
import { toPlainDateTime, toRfc3339, type Millis } from '../../engine/time.ts';
import { describe } from '../../engine/validation.ts';

type Loose = Readonly<Record<string, unknown>>;
type LooseRows = Readonly<Partial<Record<CollectionName, readonly Loose[]>>>;

export type ParsedSeed = { readonly data: SeedData } | { readonly fault: string };

/**
 * Rows as a person writes them: only what matters, the rest filled in, so that a paid order is an id, an amount and a
 * currency. The result is checked like any other data.
 * @param now when a row without `create_time` was made
 */
export function parseSeed(input: unknown, now: Millis): ParsedSeed {
  if (!isObject(input)) return { fault: `expected an object of collections, received ${describe(input)}` };
  for (const [name, rows] of Object.entries(input)) {
    if (!isCollection(name)) {
      return { fault: `${name}: no such collection, expected ${COLLECTION_NAMES.join(', ')}` };
    }
    if (!Array.isArray(rows)) return { fault: `${name}: expected an array of rows, received ${describe(rows)}` };
    const odd = rows.findIndex((row) => !isObject(row));
    if (odd >= 0) return { fault: `${name}.${odd}: expected a row, received ${describe(rows[odd])}` };
  }
  const filled = fill(input, now);
  const fault = rowsFault(filled);
  return fault === undefined ? { data: filled as unknown as SeedData } : { fault };
}

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCollection = (name: string): name is CollectionName => (COLLECTION_NAMES as string[]).includes(name);

/** In major units: more than anyone refunds by accident, and less than what a decimal of the schema can hold. */
const AMPLE = 1_000_000n;

function fill(given: LooseRows, now: Millis): Partial<Record<CollectionName, Loose[]>> {
  const time = toRfc3339(now);
  const stamped = (row: Loose) => ({ create_time: time, update_time: row['create_time'] ?? time, ...row });
  const of = (name: CollectionName) => given[name] ?? [];

  const intents = of('uqpay_intents').map((row) => intentOf(stamped(row)));
  const attempts = [
    ...of('uqpay_attempts').map((row) => attemptOf(stamped(row), intents)),
    ...attemptsOf(intents, of('uqpay_attempts')),
  ];
  const vendors = of('upayments_vendors').map((row) => ({
    currency: 'KWD',
    merchant_type: 'vendor',
    account: `vendor-${String(row['id'])}`,
    ...row,
  }));
  const orders = of('upayments_orders').map((row) => ({
    currency: 'KWD',
    payment_type: 'knet',
    order_id: `order-${text(row['id']).slice(0, 200)}`,
    captured: true,
    multivendor: vendors.some((vendor) => (vendor as Loose)['order'] === row['id']),
    reference: null,
    offered: null,
    create_time: time,
    ...row,
  }));
  return {
    uqpay_accounts: of('uqpay_accounts').map((row) => ({ name: '', ...row, id: lower(row['id']) })),
    uqpay_intents: intents,
    uqpay_attempts: attempts,
    uqpay_refunds: of('uqpay_refunds').map((row) => refundOf(stamped(row), intents)),
    uqpay_disputes: of('uqpay_disputes').map((row) => disputeOf({ create_time: time, ...row }, intents)),
    uqpay_balances: given.uqpay_balances?.map(balanceOf) ?? balancesOf(intents),
    upayments_orders: orders,
    upayments_payments: of('upayments_payments').map((row) => ({
      merchant_order_id: null,
      session_id: `session-${String(row['id'])}`,
      invoice_id: `invoice-${String(row['id'])}`,
      payment_id: null,
      result: 'CAPTURED',
      reference: null,
      customer_unique_id: null,
      return_url: null,
      cancel_url: null,
      notify_url: null,
      transaction_date: toPlainDateTime(now),
      ...stamped(row),
    })),
    upayments_vendors: vendors,
    upayments_accounts: accountsOf(of('upayments_accounts'), vendors),
    upayments_refunds: of('upayments_refunds').map((row) => orderRefundOf(stamped(row), orders, vendors, now)),
  };
}

/** An account may be written in capitals; it is looked up in small letters. */
const lower = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const byId = (rows: readonly Loose[], id: unknown): Loose | undefined => rows.find((row) => row['id'] === id);

function zero(currency: unknown): string {
  return isCurrency(text(currency)) ? toDecimal(0n, text(currency)) : '0';
}

/** What is made of an amount that makes no sense would be a second complaint about the same member. */
function amountOr0(amount: unknown, currency: unknown): string {
  const sound = isCurrency(text(currency)) && parseDecimal(text(amount), text(currency)).ok;
  return sound ? text(amount) : zero(currency);
}

function ample(currency: unknown): string {
  const code = isCurrency(text(currency)) ? text(currency) : 'KWD';
  return toDecimal(AMPLE * 10n ** BigInt(fractionDigits(code)), code);
}

/** Same digits, as the provider's own example has it. */
const attemptId = (intent: unknown) => text(intent).replace(/^(?:PI)?/, 'PA');

/** Written with the decimals of its currency; anything that is no amount stays as it is and is refused later. */
function decimals(row: Loose, ...members: readonly string[]): Loose {
  const copy: Record<string, unknown> = { ...row };
  for (const member of members) {
    const currency = text(row['currency']);
    const amount = isCurrency(currency) ? parseDecimal(text(row[member]), currency) : undefined;
    if (amount?.ok) copy[member] = toDecimal(amount.minor, currency);
  }
  return copy;
}

function intentOf(row: Loose): Loose {
  const { id, amount, currency, intent_status: status = 'SUCCEEDED' } = row;
  const paid = status === 'SUCCEEDED';
  return decimals(
    {
      account: null,
      captured_amount: paid ? amountOr0(amount, currency) : zero(currency),
      intent_status: status,
      merchant_order_id: text(id),
      description: null,
      metadata: {},
      return_url: null,
      payment_method: 'card',
      latest_attempt: attemptId(id),
      client_secret: `${text(id)}_secret`,
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

/** Of the whole payment, unless it says how much. */
function disputeOf(row: Loose, intents: readonly Loose[]): Loose {
  const intent = byId(intents, row['payment_intent']);
  return decimals(
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

function attemptOf(row: Loose, intents: readonly Loose[]): Loose {
  const intent = byId(intents, row['payment_intent']);
  return decimals(
    {
      amount: amountOr0(intent?.['amount'], intent?.['currency']),
      currency: intent?.['currency'],
      captured_amount: intent?.['captured_amount'],
      refunded_amount: zero(row['currency'] ?? intent?.['currency']),
      attempt_status: ATTEMPT_STATUS[text(intent?.['intent_status'])] ?? 'INITIATED',
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

/** The attempts that intents name and nobody wrote down. */
function attemptsOf(intents: readonly Loose[], given: readonly Loose[]): Loose[] {
  return intents
    .filter((intent) => isCurrency(text(intent['currency'])))
    .filter((intent) => typeof intent['latest_attempt'] === 'string' && !byId(given, intent['latest_attempt']))
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

function refundOf(row: Loose, intents: readonly Loose[]): Loose {
  const intent = byId(intents, row['payment_intent']);
  const status = row['refund_status'] ?? 'SUCCEEDED';
  return decimals(
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

function balanceOf(row: Loose): Loose {
  const account = row['account'] === undefined ? null : lower(row['account']);
  return {
    id: balanceKey(typeof account === 'string' ? account : null, text(row['currency'])),
    pending_balance: zero(row['currency']),
    ...row,
    account,
  };
}

function balancesOf(intents: readonly Loose[]): Loose[] {
  const found = new Map<string, Loose>();
  for (const { account, currency } of intents) {
    if (!isCurrency(text(currency))) continue;
    const row = balanceOf({ account, currency, available_balance: ample(currency) });
    found.set(text(row['id']), row);
  }
  return [...found.values()];
}

/** The merchant's account and each vendor's are there, with enough, unless they are given. */
function accountsOf(given: readonly Loose[], vendors: readonly Loose[]): Loose[] {
  const needed = new Set(['merchant', ...vendors.map((vendor) => text(vendor['account']))]);
  for (const row of given) needed.delete(text(row['id']));
  return [
    ...given.map((row) => decimals({ currency: 'KWD', ...row }, 'balance')),
    ...[...needed].map((id) => ({ id, currency: 'KWD', balance: ample('KWD') })),
  ];
}

function orderRefundOf(row: Loose, orders: readonly Loose[], vendors: readonly Loose[], now: Millis): Loose {
  const order = byId(orders, row['order']);
  const vendor = byId(vendors, row['vendor']);
  const status = row['refund_status'] ?? 'refunded';
  return decimals(
    {
      // The provider's own example: an id ends with its refundOrderId, and the ARN begins with a date.
      refund_order_id: text(row['id']).slice(-32),
      refund_arn: toPlainDateTime(now).slice(0, 10).replaceAll('-', '').padEnd(30, '0'),
      vendor: null,
      generated_invoice_id: null,
      account: vendor?.['account'] ?? 'merchant',
      currency: order?.['currency'] ?? 'KWD',
      refund_status: status,
      refunded_date: status === 'refunded' ? toPlainDateTime(now) : null,
      reference: null,
      notify_url: null,
      ...row,
    },
    'amount',
  );
}
