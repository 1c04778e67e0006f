import * as z from 'zod/mini';

import { base, credential, webhookSecret } from '../../server/stand-alone/schemas.ts';
import { standAloneProvider } from '../../server/stand-alone/stand-alone-provider.ts';
import { uqpay } from './uqpay.ts';

const SANDBOX_SECRET = 'sandbox-webhook-secret';

/**
 * Whoever knows the secret can say of a refund that it failed, and everybody knows that of the sandbox. So it holds at no
 * real address, beside which the demo mode may have been left on.
 */
function isOfSandbox(values: { UQPAY_BASE_URL?: string | undefined; UQPAY_WEBHOOK_SECRET?: string | undefined }) {
  return values.UQPAY_WEBHOOK_SECRET === SANDBOX_SECRET && values.UQPAY_BASE_URL?.startsWith('https:') === true;
}

/** UQPAY in the stand-alone proxy. */
export const standAloneUqpay = standAloneProvider({
  name: 'uqpay',
  variables: {
    UQPAY_BASE_URL: {
      about: 'address of the API, ends in /api',
      demo: 'http://127.0.0.1:4010/uqpay/api',
      schema: z.optional(base),
    },
    UQPAY_CLIENT_ID: {
      about: 'x-client-id',
      demo: 'sandbox-client',
      schema: z.optional(credential),
      isSecret: true,
    },
    UQPAY_API_KEY: { about: 'x-api-key', demo: 'sandbox-key', schema: z.optional(credential), isSecret: true },
    UQPAY_ON_BEHALF_OF: { about: 'optional: id of a connected account', schema: z.optional(credential) },
    UQPAY_WEBHOOK_SECRET: {
      about: 'secret that signs the webhooks, at least 8 characters; without it no webhook is accepted',
      demo: SANDBOX_SECRET,
      schema: z.optional(webhookSecret),
      isSecret: true,
    },
    UQPAY_PREVIOUS_WEBHOOK_SECRET: {
      about: 'old secret, at least 8 characters, accepted too while you change to the new one above',
      schema: z.optional(webhookSecret),
      isSecret: true,
    },
  },
  required: ['UQPAY_BASE_URL', 'UQPAY_CLIENT_ID', 'UQPAY_API_KEY'],
  address: { variable: 'UQPAY_BASE_URL', end: '/api' },
  faults: (values) =>
    values.UQPAY_PREVIOUS_WEBHOOK_SECRET !== undefined && values.UQPAY_WEBHOOK_SECRET === undefined
      ? ['UQPAY_PREVIOUS_WEBHOOK_SECRET: is set without UQPAY_WEBHOOK_SECRET; set the secret of now too']
      : [],
  create: (values, secret, plain) =>
    uqpay({
      ...plain,
      baseUrl: values.UQPAY_BASE_URL!,
      clientId: secret('UQPAY_CLIENT_ID')!,
      apiKey: secret('UQPAY_API_KEY')!,
      onBehalfOf: values.UQPAY_ON_BEHALF_OF,
      webhookSecret: isOfSandbox(values) ? undefined : secret('UQPAY_WEBHOOK_SECRET'),
      previousWebhookSecret: secret('UQPAY_PREVIOUS_WEBHOOK_SECRET'),
    }),
});
