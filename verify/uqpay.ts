import * as z from 'zod/mini';

import { judgeUqpay, uqpayError, uqpayLegacyError, uqpayRefund } from '../contract/index.ts';
import { template, type Profile } from './profile.ts';

const REFUNDS = '/v2/payment/refunds';
const DIGITS = /^PI\d{19}$/;

/** UQPAY; every fact is from `uqpay.md`. */
export const uqpay: Profile = {
  name: 'uqpay',
  prefix: '/uqpay/api',
  paymentPrefix: 'PI',
  currency: 'USD',
  captured: '250.00',
  deduplicates: true,
  refundPath: REFUNDS,
  tokenPath: '/v1/connect/token',
  delicateAmount: '1.10',
  served: [
    /^POST \/v1\/connect\/token$/,
    /^(?:GET|POST) \/v2\/payment\/refunds$/,
    /^GET \/v2\/payment\/refunds\/[^/]+$/,
    // What the form reads where a proxy has no summary of its own.
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
  configured: {},
  keyHeader: 'x-idempotency-key',
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
  async addPayment(sandbox, { id, currency, captured }) {
    const intent = await template(sandbox, 'uqpay_intents', (row) => row['intent_status'] === 'SUCCEEDED');
    const attempt = await template(sandbox, 'uqpay_attempts', (row) => row['payment_intent'] === intent.id);
    const attemptId = DIGITS.test(id) ? id.replace('PI', 'PA') : `PA-${id}`;
    const amounts = { amount: captured, captured_amount: captured, currency };
    await sandbox.addRow('uqpay_intents', { ...intent, ...amounts, id, latest_attempt: attemptId });
    const refunded = { refunded_amount: '0.00' };
    await sandbox.addRow('uqpay_attempts', { ...attempt, ...amounts, ...refunded, id: attemptId, payment_intent: id });
  },
  refunds: async (sandbox, { id }) =>
    (await sandbox.rows('uqpay_refunds')).filter(
      (row) => row['payment_intent'] === id && row['refund_status'] !== 'FAILED',
    ),
};
