import { uqpay } from 'refund-form-server/proxy';

import { address, setting } from './settings.js';

const baseUrl = address('UQPAY_BASE_URL');
const { UQPAY_WEBHOOK_SECRET } = process.env;

export const basePath = '/refunds/uqpay';

export const provider = uqpay({
  baseUrl,
  clientId: setting('UQPAY_CLIENT_ID'),
  apiKey: setting('UQPAY_API_KEY'),
  // UQPAY posts to /refunds/uqpay/webhooks. Without a secret nobody is believed there.
  ...(UQPAY_WEBHOOK_SECRET && { webhookSecret: UQPAY_WEBHOOK_SECRET }),
});

export const isSandbox = ['127.0.0.1', 'localhost'].includes(new URL(baseUrl).hostname);
