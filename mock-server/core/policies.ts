/**
 * What no source says and we decided (P in `uqpay.md` and `upayments.md`). An answer that rests on one names it in the
 * journal, so that nobody takes our choice for the provider's.
 */
export const POLICIES = {
  'uqpay.refundable':
    'Refundable = captured minus every refund that is not FAILED; pending refunds and reversals go on counting.',
  'uqpay.lifecycle-times': 'PROCESSING after 5 seconds and the outcome after 20 are ours: no source gives times.',
  'uqpay.reversal': 'REVERSAL_* is in the enum and defined nowhere: it is reached by scenario only.',
  'uqpay.error-codes': 'The type and its HTTP status are documented; this code and message are ours.',
  'uqpay.idempotency-kept':
    'An answer is kept for its key once the request began executing; a validation error is not kept.',
  'uqpay.idempotency-running': 'The legacy envelope comes with HTTP 400 and code 200; clients go by the message.',
  'uqpay.token-stale':
    'A token that a newer one replaced, or that looks like a token and is not known, is told to have expired: clients then sign in again once instead of being refused until their own clock says so.',
  'uqpay.token-signature': 'The third part of the token is filler: tokens are known by heart, not by signature.',
  'uqpay.client-id-optional':
    "x-client-id is documented as required; one of the provider's own libraries never sends it, so a missing one is taken from the token.",
  'uqpay.idempotency-key-format':
    "The page asks for a UUID and one of the provider's own libraries takes any 1 to 64 characters: any 1 to 64 visible characters are accepted, and this key is no UUID.",
  'uqpay.balances':
    'A capture is available at once, a refund is taken out when it is created and a failed one is put back; nothing is ever pending.',
  'uqpay.payment-outcomes':
    'What a confirmed payment comes to is ours: a card is captured, or authorised with auto_capture false; enforce_3ds and every other method wait for the customer; a card number that ends in 0002 is declined.',
  'uqpay.customer-action':
    'The customer has paid after 30 seconds of the virtual clock, or as the page at next_action is told; the shape of next_action is ours.',
  'uqpay.intent-steps': 'From which status an intent can be updated, confirmed, captured or cancelled is ours.',
  'uqpay.capture-once': 'One capture an intent; what is authorised beyond it is released.',
  'uqpay.list-filters':
    "The provider's own libraries name the filters of this list differently: both sets of names are taken.",
  'uqpay.list-order': 'Newest first.',
  'uqpay.list-range':
    'The default range of one month applies only where neither a payment nor a merchant order narrows the list.',
  'uqpay.refunded-amount': "An attempt's refunded_amount counts SUCCEEDED and REVERSAL_* refunds.",
  'uqpay.webhook-retries':
    'Acknowledged by a 200 only is documented; eight attempts over a day, and which statuses have an event, are ours.',
  'uqpay.attempt-default': 'Without payment_attempt_id the latest attempt of the intent is refunded.',
  'upayments.refundable':
    'Refundable = order total minus what is initiated or refunded; a deleted refund does not count.',
  'upayments.error-body': 'The error bodies are ours: only the HTTP status is documented.',
  'upayments.over-refund': 'An amount above the refundable gets 422 with status false.',
  'upayments.insufficient-balance': 'A balance below the amount gets 422 with status false, and nothing is initiated.',
  'upayments.not-refundable': 'An order that was not captured gets 422 with status false.',
  'upayments.mobile-number': 'The page limits customerMobileNumber to 10 and shows 12: up to 16 are taken.',
  'upayments.amount-decimals': 'Three decimals of KWD are taken, although the field is described as 10,2.',
  'upayments.step-one': 'The multivendor answer moves no money: it only opens the second step.',
  'upayments.lists': 'Which of the four lists a row lands in, and its message, are ours.',
  'upayments.settling-time': 'Cards settle after 48 hours, KNET after 4: the page gives ranges.',
  'upayments.check-refund':
    'check-refund takes an order id and lists its refunds, or one refund id and lists that; deleted ones are left out.',
  'upayments.delete': 'A refund that is not initiated any more cannot be deleted: 422 with status false.',
  'upayments.callback': 'The body of the callback, and that it comes once the refund settles, are ours.',
  'upayments.callback-retries': 'No source says that callbacks are repeated: as for UQPAY, until a 200 comes.',
  'upayments.local-time': 'Dates are in Kuwait time: the provider gives no offset.',
  'upayments.not-found': 'An unknown id gets 404 with status false.',
  'upayments.charge':
    'The link is a page of the sandbox: it pays the order or fails it, and untouched the order is paid after 30 seconds of the virtual clock.',
  'upayments.charge-vendors':
    'Any extraMerchantData makes a multivendor order; the amounts may not exceed the order, and each is paid into an account of its IBAN.',
  'upayments.payment-result': 'Only CAPTURED is documented: PENDING, NOT CAPTURED and CANCELED are our words.',
  'upayments.rate-window': 'The 30 calls a minute are counted over all payments, in a sliding minute.',
  'upayments.pay-buttons': 'Which buttons are on is ours.',
} as const;

export type PolicyId = keyof typeof POLICIES;
