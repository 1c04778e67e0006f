import type { Route } from '../../engine/provider.ts';
import { routeMakers } from '../../engine/routes.ts';
import { connectToken } from './auth.ts';
import { listBalances, retrieveBalance } from './balances.ts';
import { cancelIntent, captureIntent, confirmIntent, createIntent, updateIntent } from './intents.ts';
import { UQPAY_OPERATIONS } from './operations.ts';
import { listAttempts, listIntents, retrieveAttempt, retrieveIntent } from './payments.ts';
import { listRefunds, retrieveRefund } from './refund-reads.ts';
import { createRefund } from './refunds.ts';

const { read, write, pay } = routeMakers('uqpay', UQPAY_OPERATIONS);

export const UQPAY_ROUTES: readonly Route[] = [
  {
    ...write({ name: 'connect_token', path: '/v1/connect/token', handler: connectToken, payment: 'none' }),
    body: 'none',
    auth: false,
    movesMoney: false,
  },
  write({ name: 'create_refund', path: '/v2/payment/refunds', handler: createRefund }),
  read({ name: 'list_refunds', path: '/v2/payment/refunds', handler: listRefunds, refund: 'none' }),
  read({ name: 'retrieve_refund', path: '/v2/payment/refunds/{id}', handler: retrieveRefund }),
  read({ name: 'list_intents', path: '/v2/payment_intents', handler: listIntents, payment: 'none' }),
  read({ name: 'retrieve_intent', path: '/v2/payment_intents/{id}', handler: retrieveIntent, refund: 'none' }),
  read({ name: 'list_attempts', path: '/v2/payment/payment_attempts', handler: listAttempts, refund: 'none' }),
  read({
    name: 'retrieve_attempt',
    path: '/v2/payment/payment_attempts/{id}',
    handler: retrieveAttempt,
    refund: 'none',
  }),
  pay({ name: 'create_intent', path: '/v2/payment_intents/create', handler: createIntent, payment: 'new' }),
  pay({ name: 'update_intent', path: '/v2/payment_intents/{id}', handler: updateIntent }),
  pay({ name: 'confirm_intent', path: '/v2/payment_intents/{id}/confirm', handler: confirmIntent }),
  pay({ name: 'capture_intent', path: '/v2/payment_intents/{id}/capture', handler: captureIntent }),
  pay({ name: 'cancel_intent', path: '/v2/payment_intents/{id}/cancel', handler: cancelIntent }),
  read({ name: 'list_balances', path: '/v2/payment/balances', handler: listBalances, payment: 'none' }),
  read({
    name: 'retrieve_balance',
    path: '/v2/payment/balances/{currency}',
    handler: retrieveBalance,
    payment: 'none',
  }),
];
