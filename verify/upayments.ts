import * as z from 'zod/mini';

import {
  judgeUpayments,
  upaymentsCreateRefundAnswer,
  upaymentsEnvelope,
  upaymentsError,
  upaymentsRefund,
  upaymentsVendorsOpened,
  upaymentsVendorsRefundAnswer,
} from '../contract/index.ts';
import { parse } from './drive.ts';
import { template, type Payment, type Profile } from './profile.ts';
import type { Reply } from './recorder.ts';
import type { NewRows, Sandbox } from './sandbox.ts';

const CREATE = '/create-refund';
const DETOUR = 'https://stranger.invalid/verify-hook';

/** UPayments; the facts are in `docs/providers/upayments.md`. */
export const upayments: Profile = {
  name: 'upayments',
  prefix: '/upayments/api/v1',
  paymentPrefix: 'verify',
  currency: 'KWD',
  captured: '100.000',
  tenders: [],
  deduplicates: false,
  refundPath: CREATE,
  delicateAmount: '1.005',
  amountMember: 'totalPrice',
  oddAmounts: [-80, 0, '1,000', 'NaN', '-80', '', null, [-80]],
  served: [
    /^POST \/(?:create-refund|create-multivendor-refund|delete-refund|delete-multivendor-refund)$/,
    /^GET \/(?:check-refund|check-refund-status|get-payment-status)\/[^/]+$/,
  ],
  probes: [
    { method: 'POST', path: '/charge' },
    { method: 'GET', path: '/check-payment-button-status' },
    { method: 'DELETE', path: '/check-refund/1' },
    { method: 'PUT', path: CREATE },
    { method: 'POST', path: '/add-funds' },
    { method: 'GET', path: '/nothing/of/this/name' },
  ],
  secretHeaders: ['authorization'],
  strangers: {
    'x-upayments-token': 'verify-stranger-token',
    'proxy-authorization': 'Bearer verify-stranger-token',
    cookie: 'session=verify-stranger-session',
  },
  optionalMembers: { reference: 'Order 7', refundReason: 'Returned goods' },
  otherMembers: [{ refundReason: 'Damaged goods' }, { reference: 'Order 8' }],
  configured: { notifyUrl: DETOUR },
  body: (payment, amount) => ({ orderId: payment.id, totalPrice: Number(amount) }),
  refundId: (json) => refundOf(json)?.orderId,
  judge: judgeUpayments,
  isError: (json) => z.safeParse(upaymentsError, json).success,
  reads: readsOf,
  missingCredentials: (headers) =>
    headers['authorization']?.startsWith('Bearer ') ? undefined : 'authorization: Bearer <token>',
  unheardOf: (text) =>
    text.replace(/("message"\s*:\s*)"[^"]*"/, '$1"Refund is held for review","holdReason":"velocity"'),
  rowsOf: async (sandbox, payment) => [await orderRow(sandbox, payment, false)],
  vendors: {
    path: '/create-multivendor-refund',
    captured: '80.000',
    async rowsOf(sandbox, payment, isPaid) {
      // The provider knows the vendors' 100.000, and the merchant's own order captured less: the proxy has to hold to that.
      const order = await orderRow(sandbox, { ...payment, captured: '100.000' }, true);
      const vendor = await template(sandbox, 'upayments_vendors', () => true);
      const { currency, id } = payment;
      const ofVendors = ['1000.000', isPaid ? '1000.000' : '0.000'].flatMap((balance, index): NewRows => {
        const account = `vendor-${id}-${index}`;
        const row = { ...vendor, id: btoa(`${id}-${index}`), order: id, account, currency, total_paid: '50.000' };
        return [
          ['upayments_accounts', { id: account, balance, currency }],
          ['upayments_vendors', row],
        ];
      });
      return [order, ...ofVendors];
    },
    secondStep(opened, amounts) {
      const data = z.safeParse(upaymentsCreateRefundAnswer, opened).data?.data;
      const step = z.safeParse(upaymentsVendorsOpened, data).data;
      return (
        step && {
          orderId: step.orderId,
          refundPayload: step.refundPayload.flatMap((row, index) => {
            const amount = amounts[index];
            return amount === undefined ? [] : [{ ...row, amountToRefund: amount }];
          }),
        }
      );
    },
    lists(json) {
      const lists = rowsOf(json);
      if (!lists) return undefined;
      const { generated, dataTempered, refundIssue, insufficientBalance } = lists;
      const all = Object.entries({ generated, dataTempered, refundIssue, insufficientBalance });
      return Object.fromEntries(all.flatMap(([name, rows]) => (rows.length > 0 ? [[name, rows.length]] : [])));
    },
    expected: { generated: 1, insufficientBalance: 1 },
    withoutRefused: (text) => text.replace(/("insufficientBalance"\s*:\s*)\[[^\]]*\]/, '$1[]'),
    cancel: {
      path: '/delete-multivendor-refund',
      body(done) {
        const [row] = rowsOf(done)?.generated ?? [];
        if (!row) return undefined;
        const { generatedInvoiceId, orderId, refundOrderId, refundArn } = row;
        return { generatedInvoiceId, orderId, refundOrderId, refundArn };
      },
    },
  },
  cancel: {
    path: '/delete-refund',
    body(created) {
      const refund = refundOf(created);
      return refund && { orderId: refund.orderId, refundOrderId: refund.refundOrderId };
    },
    isDone: (json) => z.safeParse(upaymentsEnvelope, json).data?.status === true,
    carriedOut(payment, id) {
      const how = { is_refunded: true, refunded_date: '2026-11-20 09:00:00' };
      const [ofPayment = '', ofRefund = ''] = readsOf(payment, id);
      return { [ofPayment]: received({ refund: [{ order_id: id, ...how }] }), [ofRefund]: received(how) };
    },
  },
  refusedWith2xx: 'status_false',
  // Callbacks are not signed or documented, so anybody can forge one (`docs/providers/upayments.md#callbacks`).
  forgedEvents(payment, created) {
    const refund = refundOf(created);
    if (!refund) return [];
    const { orderId, refundOrderId, refundArn } = refund;
    const ids = { orderId, refundOrderId, refundArn, order_id: payment.id };
    return ['failed', 'cancelled', 'deleted'].map((word) => ({
      what: `a callback that says ${word}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ids, status: word, refund_status: word, result: word, is_refunded: false }),
    }));
  },
  statuses: {
    answered: [{ standing: 'pending' }],
    later: [{ scenario: 'fast_success', word: 'refunded', standing: 'succeeded' }],
  },
  list: {
    path: '/check-refund/',
    empty: (text) => changeList(text, () => []),
    rename: (text) =>
      changeList(text, (rows) => rows.map((row, index) => ({ ...row, order_id: `verify-other-${index}` }))),
  },
  missing: {
    status: 404,
    text: JSON.stringify({ status: false, message: 'Refund not found', data: null }),
    headers: { 'content-type': 'application/json' },
  },
  refunds: async (sandbox, { id }) =>
    (await sandbox.rows('upayments_refunds', { order: id })).filter(
      (row) => row['order'] === id && (row['refund_status'] === 'initiated' || row['refund_status'] === 'refunded'),
    ),
};

function readsOf(payment: Payment, refundId: string): readonly string[] {
  return [`/check-refund/${encodeURIComponent(payment.id)}`, `/check-refund-status/${encodeURIComponent(refundId)}`];
}

const lists = z.looseObject({ data: z.looseObject({ refund: z.array(z.looseObject({})) }) });

function changeList(text: string, change: (rows: readonly object[]) => readonly object[]): string {
  const list = z.safeParse(lists, parse(text)).data;
  return list ? JSON.stringify({ ...list, data: { ...list.data, refund: change(list.data.refund) } }) : text;
}

function received(data: object): Reply {
  const text = JSON.stringify({ status: true, message: 'Data received', data });
  return { status: 200, text, headers: { 'content-type': 'application/json' } };
}

/** The lists in the answer to step 2 of a refund over vendors. */
function rowsOf(json: unknown) {
  return z.safeParse(upaymentsVendorsRefundAnswer, json).data?.data.responseData;
}

function refundOf(json: unknown) {
  const data = z.safeParse(upaymentsCreateRefundAnswer, json).data?.data;
  return z.safeParse(upaymentsRefund, data).data;
}

async function orderRow(
  sandbox: Sandbox,
  { id, currency, captured }: Payment,
  multivendor: boolean,
): Promise<NewRows[number]> {
  const order = await template(sandbox, 'upayments_orders', (row) => row['captured'] === true);
  const row = {
    ...order,
    id,
    currency,
    total_price: captured,
    captured: true,
    multivendor,
    offered: null,
  };
  return ['upayments_orders', row];
}
