import { uqpay } from 'refund-form-server/proxy';

for (const name of ['UQPAY_BASE_URL', 'UQPAY_CLIENT_ID', 'UQPAY_API_KEY']) {
  if (!process.env[name])
    throw new Error(`${name} is not set: set it in .env (copy .env.example) or in the environment of the server`);
}
const { UQPAY_BASE_URL, UQPAY_CLIENT_ID, UQPAY_API_KEY, UQPAY_WEBHOOK_SECRET } = process.env;

export const basePath = '/refunds/uqpay';

export const provider = uqpay({
  baseUrl: UQPAY_BASE_URL,
  clientId: UQPAY_CLIENT_ID,
  apiKey: UQPAY_API_KEY,
  // UQPAY posts to /refunds/uqpay/webhooks. Without a secret nobody is believed there.
  ...(UQPAY_WEBHOOK_SECRET && { webhookSecret: UQPAY_WEBHOOK_SECRET }),
});

export const isSandbox = ['127.0.0.1', 'localhost'].includes(new URL(UQPAY_BASE_URL).hostname);
