import type { Provider, Route } from './context.ts';
import type { ProviderName } from './scenarios.ts';
import { deleteRefund, deleteVendorsRefund } from './upayments/deletes.ts';
import { upayments } from './upayments/provider.ts';
import { checkRefund, checkRefundStatus } from './upayments/reads.ts';
import { createRefund as createOrderRefund } from './upayments/refunds.ts';
import { createVendorsRefund } from './upayments/vendors.ts';
import { connectToken } from './uqpay/auth.ts';
import { listAttempts, listIntents, retrieveAttempt, retrieveIntent } from './uqpay/payments.ts';
import { uqpay } from './uqpay/provider.ts';
import { createRefund, listRefunds, retrieveRefund } from './uqpay/refunds.ts';

export const PROVIDER: Readonly<Record<ProviderName, Provider>> = { uqpay, upayments };

type Read = Pick<Route, 'name' | 'path' | 'handler'>;

const read = (provider: ProviderName, route: Read): Route => ({
  ...route,
  provider,
  method: 'GET',
  body: 'none',
  auth: true,
  movesMoney: false,
});

const write = (provider: ProviderName, route: Read): Route => ({
  ...route,
  provider,
  method: 'POST',
  body: 'json',
  auth: true,
  movesMoney: true,
});

/** Every provider call there is. A call is looked up here and nowhere else. */
export const ROUTES: readonly Route[] = [
  {
    ...write('uqpay', { name: 'connect_token', path: '/v1/connect/token', handler: connectToken }),
    body: 'none',
    auth: false,
    movesMoney: false,
  },
  write('uqpay', { name: 'create_refund', path: '/v2/payment/refunds', handler: createRefund }),
  read('uqpay', { name: 'list_refunds', path: '/v2/payment/refunds', handler: listRefunds }),
  read('uqpay', { name: 'retrieve_refund', path: '/v2/payment/refunds/{id}', handler: retrieveRefund }),
  read('uqpay', { name: 'list_intents', path: '/v2/payment_intents', handler: listIntents }),
  read('uqpay', { name: 'retrieve_intent', path: '/v2/payment_intents/{id}', handler: retrieveIntent }),
  read('uqpay', { name: 'list_attempts', path: '/v2/payment/payment_attempts', handler: listAttempts }),
  read('uqpay', { name: 'retrieve_attempt', path: '/v2/payment/payment_attempts/{id}', handler: retrieveAttempt }),
  write('upayments', { name: 'create_refund', path: '/create-refund', handler: createOrderRefund }),
  write('upayments', {
    name: 'create_multivendor_refund',
    path: '/create-multivendor-refund',
    handler: createVendorsRefund,
  }),
  write('upayments', { name: 'delete_refund', path: '/delete-refund', handler: deleteRefund }),
  write('upayments', {
    name: 'delete_multivendor_refund',
    path: '/delete-multivendor-refund',
    handler: deleteVendorsRefund,
  }),
  read('upayments', { name: 'check_refund', path: '/check-refund/{id}', handler: checkRefund }),
  read('upayments', { name: 'check_refund_status', path: '/check-refund-status/{id}', handler: checkRefundStatus }),
];
