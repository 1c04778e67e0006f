import type { Route } from '../../engine/provider.ts';
import type { RateLimit } from '../../engine/rate-windows.ts';
import { routeMakers } from '../../engine/routes.ts';
import { MINUTE } from '../../engine/time.ts';
import { charge } from './charge.ts';
import { deleteRefund, deleteVendorsRefund } from './deletes.ts';
import { UPAYMENTS_OPERATIONS } from './operations.ts';
import { checkPaymentButtons, findPaymentStatus, getPaymentStatus } from './payments.ts';
import type { UpaymentsPolicyId } from './policies.ts';
import { checkRefund, checkRefundStatus } from './reads.ts';
import { createRefund } from './refunds.ts';
import { createVendorsRefund } from './vendors.ts';

const { read, write, pay } = routeMakers('upayments', UPAYMENTS_OPERATIONS);

/** Both reads of a payment share it. */
const STATUS_LIMIT: RateLimit = {
  window: 'upayments get_payment_status',
  calls: 30,
  per: MINUTE,
  policy: 'upayments.rate-window' satisfies UpaymentsPolicyId,
};

export const UPAYMENTS_ROUTES: readonly Route[] = [
  pay({ name: 'charge', path: '/charge', handler: charge, payment: 'new' }),
  {
    ...read({
      name: 'get_payment_status',
      path: '/get-payment-status/{track_id}',
      handler: getPaymentStatus,
      refund: 'none',
    }),
    limit: STATUS_LIMIT,
  },
  {
    ...read({ name: 'find_payment_status', path: '/get-payment-status', handler: findPaymentStatus, refund: 'none' }),
    limit: STATUS_LIMIT,
  },
  read({
    name: 'check_payment_button_status',
    path: '/check-payment-button-status',
    handler: checkPaymentButtons,
    payment: 'none',
  }),
  write({ name: 'create_refund', path: '/create-refund', handler: createRefund }),
  write({
    name: 'create_multivendor_refund',
    path: '/create-multivendor-refund',
    handler: createVendorsRefund,
  }),
  write({ name: 'delete_refund', path: '/delete-refund', handler: deleteRefund }),
  write({
    name: 'delete_multivendor_refund',
    path: '/delete-multivendor-refund',
    handler: deleteVendorsRefund,
  }),
  read({ name: 'check_refund', path: '/check-refund/{id}', handler: checkRefund }),
  read({ name: 'check_refund_status', path: '/check-refund-status/{id}', handler: checkRefundStatus }),
];
