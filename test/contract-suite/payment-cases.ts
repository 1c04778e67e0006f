import * as z from 'zod/mini';

import {
  uqpayAttempt,
  uqpayAuthError,
  uqpayError,
  uqpayIntent,
  uqpayPage,
  uqpayRefund,
  upaymentsCreateRefundAnswer,
  upaymentsVendorsOpened,
  type UqpayIntent,
} from '../../contract/index.ts';
import {
  upaymentsChargeAnswer,
  upaymentsPaymentStatus,
  upaymentsPayButtons,
} from '../../contract/upayments/payment.ts';
import { uqpayBalance } from '../../contract/uqpay/balance.ts';
import { CARD, CHARGE as BODY, NEW_INTENT } from '../payment-bodies.ts';
import { TOKEN_EXPIRED } from './token-expired.ts';
import { holds, same, type Answer, type Case, type World } from './world.ts';

const INTENTS = '/v2/payment_intents';
const NEW = { ...NEW_INTENT, amount: '12.50' };
const AUTHORISE = { payment_method: { type: 'card', card: { ...CARD, authorization_type: 'pre_authorization' } } };

function intentOf(answer: Answer): UqpayIntent {
  same(answer.status, 200, `status of ${answer.text.slice(0, 300)}`);
  return z.parse(uqpayIntent, answer.json);
}

const step = (world: World, path: string, body: object) => world.write('uqpay', `${INTENTS}${path}`, { body });

async function newIntent(world: World): Promise<string> {
  const intent = intentOf(await step(world, '/create', NEW));
  same(intent.intent_status, 'REQUIRES_PAYMENT_METHOD', 'a new intent');
  holds(/^PI\d{19}$/.test(intent.payment_intent_id), `id ${intent.payment_intent_id}`);
  return intent.payment_intent_id;
}

function expectRefusal(answer: Answer, type: string, what: string): void {
  same([answer.status, z.parse(uqpayError, answer.json).type], [400, type], `${what}: ${answer.text}`);
}

async function available(world: World): Promise<number> {
  const answer = await world.read('uqpay', '/v2/payment/balances/USD');
  same(answer.status, 200, answer.text);
  return Math.round(Number(z.parse(uqpayBalance, answer.json).available_balance) * 100);
}

const CHARGE = { ...BODY, notificationUrl: 'https://shop.example/notify' };

async function charge(world: World, body: object = {}): Promise<string> {
  const answer = await world.write('upayments', '/charge', { body: { ...CHARGE, ...body } });
  same(answer.status, 201, answer.text);
  const { link, trackId } = z.parse(upaymentsChargeAnswer, answer.json).data;
  holds(URL.canParse(link) && trackId !== undefined, `link ${link}`);
  return trackId;
}

async function paymentOf(world: World, trackId: string) {
  const answer = await world.read('upayments', `/get-payment-status/${trackId}`);
  // As the provider's OpenAPI document types it; `docs/providers/upayments.md#reading-a-refund`.
  same(answer.status, 201, answer.text);
  return z.parse(upaymentsPaymentStatus, answer.json).data.transaction;
}

/** Calls that come before a refund. The proxy passes none of them on. */
export const PAYMENT_CASES: readonly Case[] = [
  {
    name: 'UQPAY authorises, captures and refunds a payment, and its balance follows',
    async run(world) {
      const before = await available(world);
      const id = await newIntent(world);
      same(intentOf(await step(world, `/${id}/confirm`, AUTHORISE)).intent_status, 'REQUIRES_CAPTURE', 'confirmed');
      const early = { payment_intent_id: id, amount: '1.00', reason: 'early' };
      expectRefusal(
        await world.write('uqpay', '/v2/payment/refunds', { body: early }),
        'refund_error',
        'before the capture',
      );
      const captured = intentOf(await step(world, `/${id}/capture`, { amount_to_capture: 10.1 }));
      same([captured.intent_status, captured.captured_amount], ['SUCCEEDED', '10.10'], 'captured');
      same((await available(world)) - before, 1010, 'balance after the capture');
      const all = { payment_intent_id: id, amount: '10.10', reason: 'all of it' };
      const refund = await world.write('uqpay', '/v2/payment/refunds', { body: all });
      same(refund.status, 200, refund.text);
      same(
        z.parse(uqpayRefund, refund.json).payment_attempt_id,
        captured.latest_payment_attempt?.attempt_id,
        'attempt',
      );
      same(await available(world), before, 'balance after the refund');
      const more = { ...all, amount: '0.01' };
      expectRefusal(
        await world.write('uqpay', '/v2/payment/refunds', { body: more }),
        'refund_error',
        'beyond the capture',
      );
    },
  },
  {
    name: 'UQPAY changes and cancels a payment only before it is paid',
    async run(world) {
      const id = await newIntent(world);
      same(intentOf(await step(world, `/${id}`, { description: 'One mug' })).description, 'One mug', 'description');
      const cancelled = intentOf(await step(world, `/${id}/cancel`, { cancellation_reason: 'abandoned' }));
      same([cancelled.intent_status, cancelled.cancellation_reason], ['CANCELLED', 'abandoned'], 'cancelled');
      expectRefusal(await step(world, `/${id}/confirm`, AUTHORISE), 'payment_error', 'confirm');
      expectRefusal(await step(world, `/${id}/capture`, {}), 'payment_error', 'capture');
      expectRefusal(await step(world, '/PI0/cancel', {}), 'not_found', 'unknown payment');
      expectRefusal(
        await step(world, '/create', { ...NEW, amount: 12.5 }),
        'invalid_request_error',
        'amount as a number',
      );
    },
  },
  {
    name: 'UQPAY waits for a customer who pays on another page',
    async run(world) {
      const id = await newIntent(world);
      const sent = intentOf(await step(world, `/${id}/confirm`, { payment_method: { type: 'alipaycn' } }));
      same(sent.intent_status, 'REQUIRES_CUSTOMER_ACTION', 'at once');
      holds(typeof sent.next_action === 'object' && sent.next_action !== null, 'next_action');
      await world.advance('PT1M');
      const paid = intentOf(await world.read('uqpay', `${INTENTS}/${id}`));
      same(
        [paid.intent_status, paid.captured_amount, paid.next_action],
        ['SUCCEEDED', '12.50', null],
        'a minute later',
      );
      const query = `page_size=5&page_number=1&payment_intent_id=${id}&attempt_status=settled`;
      const attempts = await world.read('uqpay', `/v2/payment/payment_attempts?${query}`);
      same(z.parse(uqpayPage(uqpayAttempt), attempts.json).data.length, 1, 'attempts');
    },
  },
  {
    name: 'UQPAY lists payments by the filters of each client library',
    async run(world) {
      const total = async (query: string) => {
        const answer = await world.read('uqpay', `${INTENTS}?page_size=50&page_number=1&${query}`);
        same(answer.status, 200, `${query}: ${answer.text.slice(0, 200)}`);
        return z.parse(uqpayPage(uqpayIntent), answer.json).total_items;
      };
      for (const name of ['intent_status', 'payment_intent_status'])
        same(await total(`${name}=REQUIRES_CAPTURE`), 1, name);
      // As one library sends them: the plus of the offset is not encoded and arrives as a space.
      same(await total('start_time=2001-01-01T00:00:00+08:00&end_time=2001-02-01T00:00:00+08:00'), 0, 'start_time');
      const instant = '2026-11-01T01:07:00Z';
      same(await total(`create_start_time=${instant}&create_end_time=${instant}`), 1, 'create_start_time');
    },
  },
  {
    name: 'UQPAY shows balances in pages and one by one',
    async run(world) {
      const answer = await world.read('uqpay', '/v2/payment/balances?page_size=2&page_number=1');
      const page = z.parse(uqpayPage(uqpayBalance), answer.json);
      same([page.data.length, page.total_items > 2], [2, true], answer.text);
      expectRefusal(await world.read('uqpay', '/v2/payment/balances/XPF'), 'not_found', 'a currency without a balance');
    },
  },
  {
    name: 'UQPAY accepts a UUID as a key, in small letters and in capitals, and nothing else',
    async run(world) {
      const body = { payment_intent_id: 'PI1234567890123456789', amount: '1.00', reason: 'Return good' };
      const create = async (key: string) => world.write('uqpay', '/v2/payment/refunds', { body, key });
      const key = 'f3b0c442-98fc-4c14-9afb-f4c8996fb924';
      const first = await create(key);
      same(first.status, 200, first.text);
      same((await create(key)).text, first.text, 'replay');
      same((await create(key.toUpperCase())).text, first.text, 'in capitals');
      for (const odd of ['unique-key', key.slice(0, -1), `{${key}}`, 'two words']) {
        expectRefusal(await create(odd), 'idempotency_error', odd);
      }
    },
  },
  {
    name: 'UQPAY answers a replaced token with the message that clients look for',
    async run(world) {
      const signIn = async () => {
        const headers = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
        const answer = await world.raw('uqpay', 'POST', '/v1/connect/token', { headers });
        return String((answer.json as { auth_token: unknown }).auth_token);
      };
      const read = async (token: string) =>
        world.raw('uqpay', 'GET', '/v2/payment/balances', { headers: { 'x-auth-token': `Bearer ${token}` } });
      const first = await signIn();
      same((await read(first)).status, 200, 'the first token');
      const second = await signIn();
      for (const token of [first, 'eyJhbGciOiJIUzI1NiJ9.eyJjbGllbnRfaWQiOiJ4In0.c2ln']) {
        const answer = await read(token);
        same(answer.status, 401, answer.text);
        holds(TOKEN_EXPIRED.test(z.parse(uqpayAuthError, answer.json).error), answer.text);
      }
      same((await read(second)).status, 200, 'the second token');
    },
  },
  {
    name: 'UPayments charges an order, and refunds it after the customer has paid',
    async run(world) {
      const trackId = await charge(world);
      same((await paymentOf(world, trackId)).status, 'pending', 'at once');
      await world.advance('PT1M');
      const paid = await paymentOf(world, trackId);
      same(
        [paid.result, paid.status, paid.total_price, paid.track_id],
        ['CAPTURED', 'done', '20.500', trackId],
        'paid',
      );
      const body = { orderId: paid.refund_order_id, totalPrice: 20.5 };
      const refund = await world.write('upayments', '/create-refund', { body });
      same(refund.status, 201, refund.text);
    },
  },
  {
    name: 'UPayments opens a refund with a row for each vendor of the order',
    async run(world) {
      const extraMerchantData = [
        { amount: 12.5, knetCharge: 0.25, knetChargeType: 'fixed', ibanNumber: 'KW91KFHO0000000000051010173254' },
        { amount: 8, knetCharge: 0.25, knetChargeType: 'fixed', ibanNumber: 'KW31NBOK0000000000002010177457' },
      ];
      const trackId = await charge(world, { extraMerchantData });
      await world.advance('PT1M');
      const { refund_order_id: orderId } = await paymentOf(world, trackId);
      const stepOne = await world.write('upayments', '/create-refund', { body: { orderId, totalPrice: 5 } });
      const { refundPayload } = z.parse(
        upaymentsVendorsOpened,
        z.parse(upaymentsCreateRefundAnswer, stepOne.json).data,
      );
      same(
        refundPayload.map(({ totalPaid, remainingLimit }) => [totalPaid, remainingLimit]),
        [
          ['12.500', 12.5],
          ['8.000', 8],
        ],
        'rows',
      );
    },
  },
  {
    name: 'UPayments answers 30 reads of a payment status in a minute, and 429 to more',
    async run(world) {
      const read = () => world.read('upayments', '/get-payment-status/404');
      for (let n = 0; n < 30; n += 1) same((await read()).status, 404, `call ${n + 1}`);
      const beyond = await read();
      same(beyond.status, 429, beyond.text);
      holds(Number(beyond.headers.get('retry-after')) > 0, `retry-after ${beyond.headers.get('retry-after')}`);
      await world.advance('PT1M');
      same((await read()).status, 404, 'a minute later');
    },
  },
  {
    name: 'UPayments says which payment buttons are on',
    async run(world) {
      const answer = await world.read('upayments', '/check-payment-button-status');
      same(answer.status, 201, answer.text);
      const { isWhiteLabel, payButtons } = z.parse(upaymentsPayButtons, answer.json).data;
      same([isWhiteLabel, payButtons['knet']], [false, true], answer.text);
    },
  },
];
