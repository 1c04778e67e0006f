/** What a proxy needs to start. Nothing listens at its upstream. */
const COMMON = {
  REFUND_UPSTREAM: 'http://127.0.0.1:9',
  REFUND_ORDERS: 'http://127.0.0.1:9/{id}',
  REFUND_SESSION: 'a',
  REFUND_LEDGER: 'ledger.db',
} as const;
export const UQPAY = {
  ...COMMON,
  REFUND_PROVIDER: 'uqpay',
  REFUND_CLIENT_ID: 'a',
  REFUND_API_KEY: 'a',
  REFUND_WEBHOOK_SECRET: 'a',
} as const;
export const UPAYMENTS = { ...COMMON, REFUND_PROVIDER: 'upayments', REFUND_TOKEN: 'a' } as const;
