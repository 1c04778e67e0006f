import * as z from 'zod/mini';

import { UQPAY_ATTEMPT_STATUSES, UQPAY_INTENT_STATUSES, uqpayCreateRefund } from '../../../../contract/uqpay.ts';
import {
  uqpayCancelIntent,
  uqpayCaptureIntent,
  uqpayConfirmIntent,
  uqpayCreateIntent,
  uqpayUpdateIntent,
} from '../../../../contract/uqpay/payment-writes.ts';
import type { Operation, Parameter } from '../../engine/openapi/operation.ts';
import { attempt, balance, intent, page, refund, token } from './answers.ts';
import { MAX_WHOLE } from './lists.ts';

const size: Parameter = {
  schema: z.int().check(z.minimum(1), z.maximum(100)),
  about: 'Rows a page, 1 to 100',
  required: true,
  example: 10,
};
const number: Parameter = {
  schema: z.int().check(z.minimum(1), z.maximum(MAX_WHOLE)),
  about: 'From 1',
  required: true,
  example: 1,
};
const paging = { page_size: size, page_number: number };
const time = (about: string): Parameter => ({
  schema: z.iso.datetime({ offset: true }),
  about,
  example: '2026-11-01T09:00:00+08:00',
});
const id = (about: string): Parameter => ({ schema: z.string().check(z.maxLength(36)), about });
const intentId = id('The payment intent');
const attemptId = id('The payment attempt');

const answers = (about: string, schema: z.ZodMiniType): Operation['answer'] => ({ status: 200, about, schema });

/** By the names of the routes. The examples are the ones of the provider's Create Refund page. S */
export const UQPAY_OPERATIONS = {
  connect_token: {
    summary: 'Get a token for x-auth-token; it replaces the one before at once',
    answer: answers('A token for 30 minutes', token),
  },
  create_refund: {
    summary: 'Create a refund',
    body: {
      schema: uqpayCreateRefund,
      example: {
        payment_intent_id: 'PI1234567890123456789',
        amount: '10.01',
        reason: 'Return good',
        payment_attempt_id: 'PA1234567890123456789',
        metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
      },
    },
    answer: {
      status: 200,
      about: 'Refund created successfully',
      schema: refund,
      examples: {
        page: {
          payment_refund_id: 'RF123456789',
          payment_attempt_id: 'PA123456789',
          amount: '10.01',
          currency: 'USD',
          refund_status: 'SUCCEEDED',
          create_time: '2024-03-01T00:00:00+08:00',
          update_time: '2024-03-01T00:00:00+08:00',
          reason: 'Order 1234 has been returned',
          metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
        },
      },
    },
  },
  list_refunds: {
    summary: 'List refunds, newest first',
    query: {
      ...paging,
      start_time: time('Created at this time or later; one month before the end by default, at most three'),
      end_time: time('Created at this time or earlier; now by default'),
      payment_intent_id: intentId,
      merchant_order_id: { schema: z.string(), about: "The merchant's own order id, which is not unique" },
    },
    answer: answers('A page of refunds', page(refund)),
  },
  retrieve_refund: {
    summary: 'Retrieve a refund',
    path: { id: { ...id('The refund'), example: 'RF123456789' } },
    answer: answers('The refund', refund),
  },
  create_intent: {
    summary: 'Create a payment intent; with a payment method it is confirmed at once',
    body: {
      schema: uqpayCreateIntent,
      example: {
        amount: '10.01',
        currency: 'USD',
        merchant_order_id: 'order_6789',
        return_url: 'https://shop.example/return',
        description: 'Order 6789',
      },
    },
    answer: answers('The payment intent', intent),
  },
  list_intents: {
    summary: 'List payment intents, newest first',
    query: {
      ...paging,
      intent_status: { schema: z.enum(UQPAY_INTENT_STATUSES), about: 'With this status' },
      payment_intent_status: { schema: z.enum(UQPAY_INTENT_STATUSES), about: 'Another name of intent_status' },
      create_start_time: time('Created at this time or later'),
      start_time: time('Another name of create_start_time'),
      create_end_time: time('Created at this time or earlier; now by default'),
      end_time: time('Another name of create_end_time'),
    },
    answer: answers('A page of payment intents', page(intent)),
  },
  retrieve_intent: {
    summary: 'Retrieve a payment intent',
    path: { id: intentId },
    answer: answers('The payment intent', intent),
  },
  update_intent: {
    summary: 'Change a payment intent that is not confirmed yet',
    path: { id: intentId },
    body: { schema: uqpayUpdateIntent, optional: true },
    answer: answers('The payment intent', intent),
  },
  confirm_intent: {
    summary: 'Pay a payment intent',
    path: { id: intentId },
    body: { schema: uqpayConfirmIntent, example: { payment_method: { type: 'card' } }, optional: true },
    answer: answers('The payment intent', intent),
  },
  capture_intent: {
    summary: 'Capture what was authorised, or part of it',
    path: { id: intentId },
    body: { schema: uqpayCaptureIntent, example: { amount_to_capture: '10.01' }, optional: true },
    answer: answers('The payment intent', intent),
  },
  cancel_intent: {
    summary: 'Cancel a payment intent that is not captured yet',
    path: { id: intentId },
    body: { schema: uqpayCancelIntent, example: { cancellation_reason: 'duplicate' }, optional: true },
    answer: answers('The payment intent', intent),
  },
  list_attempts: {
    summary: 'List payment attempts, newest first',
    query: {
      ...paging,
      payment_intent_id: intentId,
      attempt_status: { schema: z.enum(UQPAY_ATTEMPT_STATUSES), about: 'Where the attempt stands' },
    },
    answer: answers('A page of payment attempts', page(attempt)),
  },
  retrieve_attempt: {
    summary: 'Retrieve a payment attempt',
    path: { id: attemptId },
    answer: answers('The payment attempt', attempt),
  },
  list_balances: {
    summary: 'List balances; the first ten without page parameters',
    query: { page_size: { ...size, required: false }, page_number: { ...number, required: false } },
    answer: answers('A page of balances', page(balance)),
  },
  retrieve_balance: {
    summary: 'Retrieve the balance in one currency',
    path: { currency: { schema: z.string(), about: 'ISO 4217, in capitals', example: 'USD' } },
    answer: answers('The balance', balance),
  },
} as const satisfies Readonly<Record<string, Operation>>;
