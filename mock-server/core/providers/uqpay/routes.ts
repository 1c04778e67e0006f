import type { Provider, Route } from '../../engine/context.ts';
import type { Operation } from '../../engine/openapi/operation.ts';
import type { RateLimit } from '../../engine/rate-windows.ts';
import type { ProviderName } from '../../engine/scenarios/scenarios.ts';
import type { Settings } from '../../engine/settings.ts';
import { MINUTE } from '../../engine/time.ts';
import { charge } from '../upayments/charge.ts';
import { deleteRefund, deleteVendorsRefund } from '../upayments/deletes.ts';
import { checkPaymentButtons, findPaymentStatus, getPaymentStatus } from '../upayments/payments.ts';
import { UPAYMENTS_OPERATIONS } from '../upayments/operations.ts';
import { upayments } from '../upayments/provider.ts';
import { checkRefund, checkRefundStatus } from '../upayments/reads.ts';
import { createRefund as createOrderRefund } from '../upayments/refunds.ts';
import { createVendorsRefund } from '../upayments/vendors.ts';
import { connectToken } from './auth.ts';
import { listBalances, retrieveBalance } from './balances.ts';
import { cancelIntent, captureIntent, confirmIntent, createIntent, updateIntent } from './intents.ts';
import { listAttempts, listIntents, retrieveAttempt, retrieveIntent } from './payments.ts';
import { UQPAY_OPERATIONS } from './operations.ts';
import { uqpay } from './provider.ts';
import { createRefund, listRefunds, retrieveRefund } from './refunds.ts';

export const PROVIDER: Readonly<Record<ProviderName, Provider>> = { uqpay, upayments };

const OPERATIONS = { uqpay: UQPAY_OPERATIONS, upayments: UPAYMENTS_OPERATIONS } as const;

/** A route goes by the name of its operation: one without schemas does not compile. */
interface Described<Name extends ProviderName> extends Pick<Route, 'path' | 'handler'> {
  readonly name: keyof (typeof OPERATIONS)[Name] & string;
}

const described = <Name extends ProviderName>(provider: Name, route: Described<Name>) => {
  const operation = (OPERATIONS[provider] as Readonly<Record<string, Operation>>)[route.name]!;
  const { status, settable } = operation.answer;
  const query = [...Object.keys(operation.query ?? {}), ...(operation.aliases ?? [])];
  return { ...route, operation, query, success: (settings: Settings) => (settable ? settings[settable] : status) };
};

const read = <Name extends ProviderName>(provider: Name, route: Described<Name>): Route => ({
  ...described(provider, route),
  provider,
  method: 'GET',
  body: 'none',
  auth: true,
  movesMoney: false,
});

const write = <Name extends ProviderName>(provider: Name, route: Described<Name>): Route => ({
  ...described(provider, route),
  provider,
  method: 'POST',
  body: 'json',
  auth: true,
  movesMoney: true,
});

/** A step of a payment: `optional`, because a confirm, capture or cancel may come without a body. */
const pays = <Name extends ProviderName>(provider: Name, route: Described<Name>): Route => ({
  ...write(provider, route),
  body: 'optional',
  movesMoney: false,
});

/** However a payment is asked for. */
const STATUS_LIMIT: RateLimit = {
  window: 'upayments get_payment_status',
  calls: 30,
  per: MINUTE,
  policy: 'upayments.rate-window',
};

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
  pays('uqpay', { name: 'create_intent', path: '/v2/payment_intents/create', handler: createIntent }),
  pays('uqpay', { name: 'update_intent', path: '/v2/payment_intents/{id}', handler: updateIntent }),
  pays('uqpay', { name: 'confirm_intent', path: '/v2/payment_intents/{id}/confirm', handler: confirmIntent }),
  pays('uqpay', { name: 'capture_intent', path: '/v2/payment_intents/{id}/capture', handler: captureIntent }),
  pays('uqpay', { name: 'cancel_intent', path: '/v2/payment_intents/{id}/cancel', handler: cancelIntent }),
  read('uqpay', { name: 'list_balances', path: '/v2/payment/balances', handler: listBalances }),
  read('uqpay', { name: 'retrieve_balance', path: '/v2/payment/balances/{currency}', handler: retrieveBalance }),
  pays('upayments', { name: 'charge', path: '/charge', handler: charge }),
  {
    ...read('upayments', {
      name: 'get_payment_status',
      path: '/get-payment-status/{track_id}',
      handler: getPaymentStatus,
    }),
    limit: STATUS_LIMIT,
  },
  {
    ...read('upayments', { name: 'find_payment_status', path: '/get-payment-status', handler: findPaymentStatus }),
    limit: STATUS_LIMIT,
  },
  read('upayments', {
    name: 'check_payment_button_status',
    path: '/check-payment-button-status',
    handler: checkPaymentButtons,
  }),
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
