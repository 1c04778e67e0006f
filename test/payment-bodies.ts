/** Bodies that take a payment at each provider, as its page shows them; a test overrides what it is about. */

/** `docs/providers/uqpay.md`: POST /v2/payment_intents/create. */
export const NEW_INTENT = {
  amount: '10.00',
  currency: 'USD',
  merchant_order_id: 'US-9001',
  return_url: 'https://shop.example/return',
  description: 'Two mugs',
};

/** With the members that the SDKs mark required; `docs/providers/uqpay.md#payment-intents`. */
export const CARD = {
  card_number: '4176660000000027',
  network: 'visa',
  billing: { first_name: 'Huda' },
  authorization_type: 'final_authorization',
  three_ds_action: 'skip_3ds',
};

/** `docs/providers/upayments.md`: POST /charge. `notificationUrl` is required, and one test leaves it out. */
export const CHARGE = {
  order: { id: 'KW-7001', reference: 'ref-1', description: 'Two mugs', currency: 'KWD', amount: 20.5 },
  reference: { id: 'ref-1' },
  language: 'en',
  paymentGateway: { src: 'knet' },
  returnUrl: 'https://shop.example/return',
  cancelUrl: 'https://shop.example/cancel',
};
