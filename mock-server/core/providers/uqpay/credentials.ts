import type { Credentials, State } from '../../engine/provider.ts';

/** Credentials that are accepted unless the options give others. */
export const UQPAY_CREDENTIALS = {
  uqpayClientId: 'sandbox-client',
  uqpayApiKey: 'sandbox-key',
  /** Secret of UQPAY's webhooks, unless an endpoint has its own. */
  uqpayWebhookSecret: 'sandbox-webhook-secret',
};
export type UqpayCredentials = Readonly<typeof UQPAY_CREDENTIALS>;

export const asUqpay = (credentials: Credentials): UqpayCredentials => credentials as UqpayCredentials;
export const credentialsOf = ({ options }: State): UqpayCredentials => asUqpay(options.credentials);
