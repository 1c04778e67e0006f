import { createHmac } from 'node:crypto';

import * as z from 'zod/mini';

import { judgeUqpay, toDecimal, uqpayError, uqpayLegacyError, uqpayRefund } from '../contract/index.ts';
import { UQPAY_SAMPLES } from '../contract/uqpay/samples.ts';
import { UQPAY_WEBHOOK_SIGNATURE, UQPAY_WEBHOOK_TIMESTAMP, UQPAY_WEBHOOK_TOLERANCE_MS } from '../contract/webhooks.ts';
import { parse } from './drive.ts';
import { template, type ForgedEvent, type Payment, type Profile } from './profile.ts';
import type { Reply } from './recorder.ts';

const REFUNDS = '/v2/payment/refunds';
const DIGITS = /^PI\d{19}$/;

/** UQPAY; the facts are in `docs/providers/uqpay.md`. */
export const uqpay: Profile = {
  name: 'uqpay',
  prefix: '/uqpay/api',
  paymentPrefix: 'PI',
  currency: 'USD',
  captured: '250.00',
  tenders: [
    { currency: 'KWD', captured: '100.000', delicateAmounts: ['1.005', '2.500'] },
    { currency: 'JPY', captured: '25000', delicateAmounts: ['1200'] },
  ],
  deduplicates: true,
  refundPath: REFUNDS,
  tokenPath: '/v1/connect/token',
  delicateAmount: '1.10',
  amountMember: 'amount',
  oddAmounts: ['-200.00', '0.00', '1,00', 'NaN', '-1e2', '', null, -200],
  served: [
    /^POST \/v1\/connect\/token$/,
    /^(?:GET|POST) \/v2\/payment\/refunds$/,
    /^GET \/v2\/payment\/refunds\/[^/]+$/,
    // What the form reads when the proxy has no payment summary.
    /^GET \/v2\/payment_intents\/[^/]+$/,
    /^GET \/v2\/payment\/payment_attempts(?:\/[^/]+)?$/,
  ],
  probes: [
    { method: 'POST', path: '/v1/connect/token' },
    { method: 'POST', path: '/v2/payment_intents/create' },
    { method: 'POST', path: '/v2/payment_intents/PI1234567890123456789/cancel' },
    { method: 'GET', path: '/v2/payment/balances' },
    { method: 'GET', path: '/v2/payment/balances/USD' },
    { method: 'DELETE', path: `${REFUNDS}/RF1` },
    { method: 'PUT', path: REFUNDS },
    { method: 'GET', path: '/v2/nothing/of/this/name' },
  ],
  secretHeaders: ['x-auth-token', 'x-api-key', 'authorization'],
  strangers: {
    'x-on-behalf-of': '0badcafe-0000-4000-8000-00000000beef',
    'x-auth-token': 'Bearer verify-stranger-token',
    'x-api-key': 'verify-stranger-key',
    'x-client-id': 'verify-stranger-client',
    'x-idempotency-key': '0badcafe-0000-4000-8000-00000000cafe',
    cookie: 'session=verify-stranger-session',
  },
  optionalMembers: { metadata: { reference: 'Order 7' } },
  otherMembers: [{ reason: 'Damaged good' }, { metadata: { reference: 'Order 8' } }],
  configured: {},
  keyHeader: 'x-idempotency-key',
  keyHours: 24,
  body: (payment, amount) => ({ payment_intent_id: payment.id, amount, reason: 'Return good' }),
  refundId: (json) => z.safeParse(uqpayRefund, json).data?.payment_refund_id,
  judge: judgeUqpay,
  isError: (json) => z.safeParse(uqpayError, json).success || z.safeParse(uqpayLegacyError, json).success,
  reads: (_payment, refundId) => [`${REFUNDS}/${refundId}`],
  missingCredentials(headers) {
    if (!headers['x-auth-token']?.startsWith('Bearer ')) return 'x-auth-token: Bearer <token>';
    return headers['x-client-id'] ? undefined : 'x-client-id';
  },
  unheardOf: (text) =>
    text.replace(/("refund_status"\s*:\s*)"[A-Z_]+"/, '$1"HELD_FOR_REVIEW","hold_reason":"velocity"'),
  withAmount,
  withStatus,
  withCurrency: (text, currency) => text.replace(/("currency"\s*:\s*)"[A-Z]+"/, `$1"${currency}"`),
  failed: (text, amount) => withStatus(amount === undefined ? text : withAmount(text, amount), 'FAILED'),
  // They may be about the second request alone.
  resentRefusals: {
    'the answer that the first is being worked on': refusal(UQPAY_SAMPLES.processing),
    'a refusal for the key': refusal(UQPAY_SAMPLES.keyUsed),
    'a 429': { ...refusal(UQPAY_SAMPLES.internal), status: 429 },
    'a refusal for the payment': refusal({ type: 'not_found', code: 'not_found', message: 'no such payment' }),
    'a 401': { ...refusal({ type: 'unauthorized_error', code: 'unauthorized', message: 'sign in' }), status: 401 },
    'a 413': { ...refusal(UQPAY_SAMPLES.internal), status: 413 },
    'a 403 for the account': { ...refusal(UQPAY_SAMPLES.forbidden), status: 403 },
    'a 404': { ...refusal({ type: 'not_found', code: 'not_found', message: 'no such path' }), status: 404 },
    'a 403 that is a page': { status: 403, text: '<html></html>', headers: { 'content-type': 'text/html' } },
  },
  async rowsOf(sandbox, { id, currency, captured }) {
    const intent = await template(sandbox, 'uqpay_intents', (row) => row['intent_status'] === 'SUCCEEDED');
    const attempt = await template(sandbox, 'uqpay_attempts', (row) => row['payment_intent'] === intent.id);
    const attemptId = DIGITS.test(id) ? id.replace('PI', 'PA') : `PA-${id}`;
    const amounts = { amount: captured, captured_amount: captured, currency };
    const refunded = { refunded_amount: toDecimal(0n, currency) };
    return [
      ['uqpay_intents', { ...intent, ...amounts, id, latest_attempt: attemptId }],
      ['uqpay_attempts', { ...attempt, ...amounts, ...refunded, id: attemptId, payment_intent: id }],
    ];
  },
  forgedEvents(payment, created, now) {
    const bodyOf = eventsOf(payment, created, now, 'FAILED');
    if (!bodyOf) return [];
    return [
      { what: 'an event without a signature', ...signEvent(bodyOf('unsigned'), now, undefined) },
      {
        what: "an event signed with a stranger's secret",
        ...signEvent(bodyOf('foreign'), now, 'verify-stranger-secret'),
      },
      { what: 'an event signed with an empty secret', ...signEvent(bodyOf('empty'), now, '') },
      {
        what: 'an event with a signature that is too old',
        ...signEvent(bodyOf('stale'), now - 2 * UQPAY_WEBHOOK_TOLERANCE_MS, SANDBOX_SECRET),
      },
      {
        what: 'an event with the signature of another body',
        ...signEvent(bodyOf('signed'), now, SANDBOX_SECRET),
        body: bodyOf('changed'),
      },
    ];
  },
  statusEvent(payment, created, now, word) {
    const body = eventsOf(payment, created, now, word)?.('genuine');
    return body === undefined ? undefined : { what: 'a genuine event', ...signEvent(body, now, SANDBOX_SECRET) };
  },
  statuses: {
    answered: [
      { scenario: 'stay_initiated', standing: 'pending' },
      { scenario: 'fast_success', standing: 'succeeded' },
      { scenario: 'fast_fail', standing: 'failed' },
    ],
    later: [
      { scenario: 'fast_success', word: 'SUCCEEDED', standing: 'succeeded' },
      { scenario: 'fast_fail', word: 'FAILED', standing: 'failed' },
    ],
  },
  list: {
    path: `${REFUNDS}$`,
    ofAccount: `${REFUNDS}?page_size=100&page_number=1`,
    empty: (text) => changeList(text, () => []),
    rename: (text) => changeList(text, (rows) => rows.map((row, index) => ({ ...row, ...otherRefund(index) }))),
  },
  missing: { ...refusal({ type: 'not_found', code: 'not_found', message: 'no such refund' }), status: 404 },
  refunds: async (sandbox, { id }) =>
    (await sandbox.rows('uqpay_refunds', { payment_intent: id })).filter(
      (row) => row['payment_intent'] === id && row['refund_status'] !== 'FAILED',
    ),
};

function withAmount(text: string, amount: string): string {
  return text.replace(/("amount"\s*:\s*)"[^"]+"/, `$1"${amount}"`);
}

function withStatus(text: string, word: string): string {
  return text.replace(/("refund_status"\s*:\s*)"[A-Z_]+"/g, `$1"${word}"`);
}

const lists = z.looseObject({ data: z.array(z.looseObject({})) });

function changeList(text: string, change: (rows: readonly object[]) => readonly object[]): string {
  const list = z.safeParse(lists, parse(text)).data;
  if (!list) return text;
  const data = change(list.data);
  return JSON.stringify({ ...list, total_items: data.length, total_pages: Math.min(1, data.length), data });
}

/** A refund that failed, so that it adds nothing to a sum. */
const otherRefund = (index: number) => ({ payment_refund_id: `RF-verify-other-${index}`, refund_status: 'FAILED' });

function refusal(body: object): Reply {
  return { status: 400, text: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

/** The sandbox's default webhook secret. A proxy with another secret refuses these events anyway. */
const SANDBOX_SECRET = 'sandbox-webhook-secret';

function signEvent(body: string, at: number, secret: string | undefined): Omit<ForgedEvent, 'what'> {
  const timestamp = String(at);
  const signature = secret === undefined ? undefined : createHmac('sha512', secret).update(body).update(timestamp);
  return {
    headers: {
      'content-type': 'application/json',
      [UQPAY_WEBHOOK_TIMESTAMP]: timestamp,
      ...(signature && { [UQPAY_WEBHOOK_SIGNATURE]: signature.digest('hex') }),
    },
    body,
  };
}

/** The last word of an event's type, by the status that it tells. */
const EVENT_TYPES: Readonly<Record<string, string>> = {
  INITIATED: 'created',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
};

/** Makes the body of an event that says that the refund has this status. `name` makes its event id unique. */
function eventsOf(
  payment: Payment,
  created: unknown,
  now: number,
  word: string,
): ((name: string) => string) | undefined {
  const refund = z.safeParse(uqpayRefund, created).data;
  if (!refund) return undefined;
  const at = new Date(now).toISOString();
  // An event about the create is about its time.
  const times = word === 'INITIATED' ? {} : { update_time: at, complete_time: at };
  const data = { ...refund, payment_intent_id: payment.id, refund_status: word, ...times };
  const { payment_refund_id: id } = refund;
  const type = `acquiring.refund.${EVENT_TYPES[word] ?? word.toLowerCase()}`;
  const about = { version: 'V1.6.0', event_name: 'ACQUIRING', event_type: type, source_id: id };
  return (name) => JSON.stringify({ ...about, event_id: `verify-${name}-${word}-${id}`, data });
}
