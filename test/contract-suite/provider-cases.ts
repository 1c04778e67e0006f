import * as z from 'zod/mini';

import { upaymentsError, uqpayAuthError, uqpayError, uqpayToken, UQPAY_ERROR_STATUS } from '../../contract/index.ts';
import { SEED_UPAYMENTS, SEED_UQPAY } from '../contract/seed-pages.ts';
import { TOKEN_EXPIRED } from './token-expired.ts';
import { PAYMENT_CASES } from './payment-cases.ts';
import { UPAYMENTS_ROW_CASES } from './upayments-cases.ts';
import { UQPAY_PAYMENT_CASES } from './uqpay-cases.ts';
import { holds, same, type Answer, type Case, type World } from './world.ts';

/** Cases for a caller with the provider's credentials. The proxy does not pass such calls on: it answers itself. */
const JSON_BODY = { 'content-type': 'application/json' };
const KEY = { 'x-idempotency-key': 'b7c9e3a4-5d61-4f0e-9a8b-1c2d3e4f5a6b' };
const CLIENT = { 'x-client-id': 'sandbox-client' };
const UPAYMENTS_TOKEN = { authorization: 'Bearer jtest123' };

async function token(world: World): Promise<Record<string, string>> {
  const answer = await world.raw('uqpay', 'POST', '/v1/connect/token', {
    headers: { ...CLIENT, 'x-api-key': 'sandbox-key' },
  });
  same(answer.status, 200, 'status of the token');
  const { auth_token, expired_at } = z.parse(uqpayToken, answer.json);
  holds(auth_token.split('.').length === 3, 'the token has three parts');
  holds(Number.isInteger(expired_at), 'expired_at is unix seconds');
  return { ...CLIENT, 'x-auth-token': `Bearer ${auth_token}` };
}

function expectTypedError(answer: Answer, type: keyof typeof UQPAY_ERROR_STATUS, what: string) {
  const error = z.safeParse(uqpayError, answer.json);
  holds(error.success, `${what}: not the typed envelope but ${answer.text}`);
  same([error.data.type, answer.status], [type, UQPAY_ERROR_STATUS[type]], what);
  return error.data;
}

function expectUnauthorised(answer: Answer, what: string): string {
  same(answer.status, 401, `${what}: ${answer.text}`);
  return z.parse(uqpayAuthError, answer.json).error;
}

const uqpayCreate = (world: World, headers: Record<string, string>, body: unknown = SEED_UQPAY.request) =>
  world.raw('uqpay', 'POST', '/v2/payment/refunds', {
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const upaymentsCreate = (world: World, headers: Record<string, string>, body: unknown = SEED_UPAYMENTS.request) =>
  world.raw('upayments', 'POST', '/create-refund', {
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

function expectErrorEnvelope(answer: Answer, status: number, what: string) {
  same(answer.status, status, `${what}: ${answer.text}`);
  const error = z.safeParse(upaymentsError, answer.json);
  holds(error.success, `${what}: not the envelope but ${answer.text}`);
  return error.data;
}

export const PROVIDER_CASES: readonly Case[] = [
  {
    name: 'UQPAY refuses a call without a token, with a wrong token, and without the Bearer prefix',
    async run(world) {
      const headers = await token(world);
      expectUnauthorised(await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...CLIENT }), 'no token');
      expectUnauthorised(
        await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...CLIENT, 'x-auth-token': 'Bearer a.b.c' }),
        'wrong token',
      );
      const bare = String(headers['x-auth-token']).replace('Bearer ', '');
      expectUnauthorised(
        await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...CLIENT, 'x-auth-token': bare }),
        'no prefix',
      );
      expectUnauthorised(
        await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...headers, 'x-client-id': 'someone' }),
        'other client',
      );
      same((await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...headers })).status, 200, 'all as it should be');
    },
  },
  {
    name: 'UQPAY issues no token for wrong credentials',
    async run(world) {
      const answer = await world.raw('uqpay', 'POST', '/v1/connect/token', {
        headers: { ...CLIENT, 'x-api-key': 'wrong' },
      });
      same(answer.status, 401, answer.text);
    },
  },
  {
    name: 'UQPAY makes a token invalid when it issues the next one',
    async run(world) {
      const first = await token(world);
      await world.advance('PT1S');
      const second = await token(world);
      expectUnauthorised(await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...first }), 'the first token');
      same((await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...second })).status, 200, 'the second token');
    },
  },
  {
    name: 'UQPAY answers a token after 30 minutes with the expiry message that clients look for',
    async run(world) {
      const headers = await token(world);
      await world.advance('PT31M');
      const message = expectUnauthorised(await uqpayCreate(world, { ...JSON_BODY, ...KEY, ...headers }), 'expired');
      holds(TOKEN_EXPIRED.test(message), `message ${message}`);
    },
  },
  {
    name: 'UQPAY refuses a write without a key, with an invalid key, and with a key of another body',
    async run(world) {
      const headers = { ...JSON_BODY, ...(await token(world)) };
      expectTypedError(await uqpayCreate(world, headers), 'idempotency_error', 'no key');
      expectTypedError(
        await uqpayCreate(world, { ...headers, 'x-idempotency-key': 'x'.repeat(65) }),
        'idempotency_error',
        'long key',
      );
      same((await uqpayCreate(world, { ...headers, ...KEY })).status, 200, 'first');
      const other = { ...SEED_UQPAY.request, amount: '10.02' };
      expectTypedError(await uqpayCreate(world, { ...headers, ...KEY }, other), 'idempotency_error', 'other body');
    },
  },
  {
    name: 'UQPAY replays status and body for 24 hours, and stores no validation error',
    async run(world) {
      const headers = { ...JSON_BODY, ...KEY };
      expectTypedError(
        await uqpayCreate(world, { ...headers, ...(await token(world)) }, { amount: 'x' }),
        'invalid_request_error',
        'invalid',
      );
      const first = await uqpayCreate(world, { ...headers, ...(await token(world)) });
      await world.advance('PT23H');
      const replayed = await uqpayCreate(world, { ...headers, ...(await token(world)) });
      same([replayed.status, replayed.text], [first.status, first.text], 'replay');
      await world.advance('PT2H');
      const afterExpiry = await uqpayCreate(world, { ...headers, ...(await token(world)) });
      same(afterExpiry.status, 200, 'after 24 hours');
      holds(afterExpiry.text !== first.text, 'the key did not expire');
    },
  },
  {
    name: 'UQPAY answers invalid input with its own errors',
    async run(world) {
      const headers = { ...JSON_BODY, ...KEY, ...(await token(world)) };
      expectTypedError(await uqpayCreate(world, headers, '{"amount": "1'), 'invalid_request_error', 'malformed JSON');
      expectTypedError(await uqpayCreate(world, headers, '[]'), 'invalid_request_error', 'an array');
      expectTypedError(await uqpayCreate(world, headers, ''), 'invalid_request_error', 'no body');
      expectTypedError(await uqpayCreate(world, headers, '['.repeat(10_000)), 'invalid_request_error', 'deep and open');
      expectTypedError(
        await uqpayCreate(world, headers, '{"__proto__":{"amount":"1.00"}}'),
        'invalid_request_error',
        '__proto__',
      );
      const text = await uqpayCreate(world, { ...headers, 'content-type': 'text/plain' });
      expectTypedError(text, 'invalid_request_error', 'content type');
      const unknown = { ...SEED_UQPAY.request, payment_intent_id: 'PI0' };
      expectTypedError(await uqpayCreate(world, headers, unknown), 'not_found', 'unknown intent');
      const missing = await world.raw('uqpay', 'GET', '/v2/payment/refunds/RF0', { headers });
      expectTypedError(missing, 'not_found', 'unknown refund');
      const path = await world.raw('uqpay', 'GET', '/v2/nothing/here', { headers });
      holds(
        path.status >= 400 && path.status < 500 && z.safeParse(uqpayError, path.json).success,
        `path: ${path.text}`,
      );
    },
  },
  {
    name: 'UPayments answers 401 without its token, and invalid input with its own errors',
    async run(world) {
      expectErrorEnvelope(await upaymentsCreate(world, JSON_BODY), 401, 'no token');
      expectErrorEnvelope(
        await upaymentsCreate(world, { ...JSON_BODY, authorization: 'Bearer wrong' }),
        401,
        'wrong token',
      );
      expectErrorEnvelope(await upaymentsCreate(world, { ...JSON_BODY, authorization: 'jtest123' }), 401, 'no prefix');
      const headers = { ...JSON_BODY, ...UPAYMENTS_TOKEN };
      const text = { ...SEED_UPAYMENTS.request, totalPrice: '10' };
      const { errors } = expectErrorEnvelope(await upaymentsCreate(world, headers, text), 422, 'totalPrice as text');
      same(Object.keys(errors ?? {}), ['totalPrice'], 'fields');
      const malformed = await upaymentsCreate(world, headers, '{"orderId":');
      holds(
        malformed.status >= 400 && malformed.status < 500 && z.safeParse(upaymentsError, malformed.json).success,
        'malformed',
      );
      const path = await world.raw('upayments', 'GET', '/nothing/here', { headers });
      holds(path.status === 404 && z.safeParse(upaymentsError, path.json).success, `path: ${path.text}`);
    },
  },
  ...UQPAY_PAYMENT_CASES,
  ...PAYMENT_CASES,
  ...UPAYMENTS_ROW_CASES,
];
