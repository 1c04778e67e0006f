import { upayments } from 'refund-form-server/proxy';

import { address, setting } from './settings.js';

const baseUrl = address('UPAYMENTS_BASE_URL');

export const basePath = '/refunds/upayments';

export const provider = upayments({ baseUrl, token: setting('UPAYMENTS_TOKEN') });

export const isSandbox = ['127.0.0.1', 'localhost'].includes(new URL(baseUrl).hostname);
