import * as z from 'zod/mini';

import type { Description } from '../../engine/openapi/operation.ts';
import { attempt, balance, failed, intent, legacy, refund, refused, token, unauthenticated } from './answers.ts';

export const UQPAY_DESCRIPTION: Description = {
  title: 'UQPAY, as the sandbox reproduces it',
  about:
    'Sign in at `/v1/connect/token`, then send the token as `x-auth-token: Bearer <token>` with `x-client-id`. ' +
    'Every write wants `x-idempotency-key`, a UUID: the same key with the same body is answered with the first answer for 24 hours.',
  schemas: {
    Refund: refund,
    PaymentIntent: intent,
    PaymentAttempt: attempt,
    Balance: balance,
    Token: token,
    Refused: refused,
    StillProcessing: legacy,
    Unauthenticated: unauthenticated,
    Failed: failed,
  },
  refusals: {
    400: {
      about: 'Refused, `not_found` included; or the first request with this idempotency key is still running',
      schema: z.union([refused, legacy]),
    },
    401: { about: 'The credentials or the token are missing, wrong or expired', schema: unauthenticated },
    429: { about: 'Too many requests', schema: failed },
    '5XX': { about: 'The provider failed: whether money moved is not known', schema: failed },
  },
  always: ['400', '401', '429', '5XX'],
  security: {
    schemes: {
      token: { type: 'apiKey', in: 'header', name: 'x-auth-token', description: '`Bearer <token>`' },
      clientId: { type: 'apiKey', in: 'header', name: 'x-client-id' },
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    },
    signedIn: ['token', 'clientId'],
    signingIn: ['clientId', 'apiKey'],
  },
  headers: {
    'x-on-behalf-of': {
      schema: z.union([z.literal(''), z.uuid()]),
      about: "A connected account's id; the master account without it",
    },
  },
  writeHeaders: {
    'x-idempotency-key': {
      schema: z.guid(),
      about: 'A UUID of any version',
      required: true,
      example: '4f8c2d1e-7b3a-4c5d-9e6f-0a1b2c3d4e5f',
    },
  },
};
