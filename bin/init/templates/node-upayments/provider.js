import { upayments } from 'refund-form-server/proxy';

for (const name of ['UPAYMENTS_BASE_URL', 'UPAYMENTS_TOKEN']) {
  if (!process.env[name])
    throw new Error(`${name} is not set: set it in .env (copy .env.example) or in the environment of the server`);
}
const { UPAYMENTS_BASE_URL, UPAYMENTS_TOKEN } = process.env;

export const basePath = '/refunds/upayments';

export const provider = upayments({ baseUrl: UPAYMENTS_BASE_URL, token: UPAYMENTS_TOKEN });

export const isSandbox = ['127.0.0.1', 'localhost'].includes(new URL(UPAYMENTS_BASE_URL).hostname);
