import { readUqpayRefusal } from '../../../contract/index.ts';
import { checkCredentials } from '../check-credentials.ts';
import type { Provider } from '../provider.ts';
import type { UqpayOptions } from './options.ts';
import { toObservation } from './records.ts';
import { createRefund, listRefunds, retrieveRefund } from './routes.ts';
import { UqpaySession } from './session.ts';
import { uqpayWebhooks } from './webhook.ts';

/**
 * Answers are kept for 24 hours (`docs/providers/uqpay.md#idempotency`). Ten minutes are left for clock differences and
 * the way.
 */
const RESEND_WINDOW_MS = 86_400_000 - 600_000;

/** UQPAY. The facts are in `docs/providers/uqpay.md`. */
export function uqpay(options: UqpayOptions): Provider {
  const wanted = {
    required: ['clientId', 'apiKey'],
    optional: ['onBehalfOf', 'webhookSecret', 'previousWebhookSecret'],
    mayBeFunctions: ['clientId', 'apiKey', 'webhookSecret', 'previousWebhookSecret'],
    inHeaders: ['clientId', 'apiKey', 'onBehalfOf'],
    secrets: ['webhookSecret', 'previousWebhookSecret'],
    domain: 'uqpaytech.com',
    end: '/api',
  };
  const baseUrl = checkCredentials('uqpay', options, wanted, ({ webhookSecret, previousWebhookSecret }) =>
    webhookSecret === undefined && previousWebhookSecret !== undefined
      ? ['previousWebhookSecret: is given without webhookSecret; give the secret of now too']
      : [],
  );
  const { webhookSecret: current, previousWebhookSecret: previous } = options;
  return {
    name: 'uqpay',
    routes: [createRefund, listRefunds, retrieveRefund],
    resendWindowMs: RESEND_WINDOW_MS,
    // No source defines the `REVERSAL_*` statuses.
    reverses: true,
    readRefusal: readUqpayRefusal,
    webhook: current === undefined ? undefined : uqpayWebhooks({ current, previous }, toObservation),
    connect: (io) => new UqpaySession(io, { ...options, baseUrl }),
  };
}
