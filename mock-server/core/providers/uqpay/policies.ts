interface Policy {
  readonly text: string;
  /** What would change it. */
  readonly until: string;
}

/**
 * What no source says and we decided (P in `uqpay.md` and `upayments.md`). An answer that rests on one names it in the
 * journal, so that nobody takes our choice for the provider's.
 */
export const POLICIES = {
  'uqpay.refundable': {
    text: 'Refundable = captured minus every refund that is not FAILED; pending refunds and reversals go on counting.',
    until: 'The provider documents how pending and reversed refunds count.',
  },
  'uqpay.lifecycle-times': {
    text: 'PROCESSING after 5 seconds and the outcome after 20 are ours: no source gives times.',
    until: 'The provider gives times, or they are measured in its own sandbox.',
  },
  'uqpay.reversal': {
    text: 'REVERSAL_* is in the enum and defined nowhere: it is reached by scenario only.',
    until: 'The provider defines REVERSAL_*.',
  },
  'uqpay.error-codes': {
    text: 'The type and its HTTP status are documented; this code and message are ours.',
    until: 'The provider lists its error codes, or an answer of its own shows this one.',
  },
  'uqpay.idempotency-kept': {
    text: 'An answer is kept for its key once the request began executing; a validation error is not kept.',
    until: 'The provider documents which answers are kept.',
  },
  'uqpay.idempotency-running': {
    text: 'The legacy envelope comes with HTTP 400 and code 200; clients go by the message.',
    until: 'A recorded answer of the provider shows another status or number.',
  },
  'uqpay.token-stale': {
    text: 'A token that a newer one replaced, or that looks like a token and is not known, is told to have expired: clients then sign in again once instead of being refused until their own clock says so.',
    until: 'A recorded answer of the provider to a replaced token shows another message.',
  },
  'uqpay.token-signature': {
    text: 'The third part of the token is filler: tokens are known by heart, not by signature.',
    until: 'A client turns out to verify the signature.',
  },
  'uqpay.client-id-optional': {
    text: "x-client-id is documented as required; one of the provider's own libraries never sends it, so a missing one is taken from the token.",
    until: 'The library sends it, or the provider is seen to refuse a call without it.',
  },
  'uqpay.idempotency-key-format': {
    text: "The page asks for a UUID and one of the provider's own libraries takes any 1 to 64 characters: any 1 to 64 visible characters are accepted, and this key is no UUID.",
    until: 'The provider is seen to refuse a key that is no UUID.',
  },
  'uqpay.connected-accounts': {
    text: 'A connected account sees its own payments, refunds, balances and idempotency keys and no others, and so does the master account; that the refusal of an unknown one is worded so, and has this code, is ours.',
    until: 'The provider documents what a master account sees of its connected accounts.',
  },
  'uqpay.amounts': {
    text: 'Clients saw an amount as it was sent and without zeros at the end, in different places: which one is a setting, for all of them at once. What was not sent has all decimals of its currency.',
    until: 'The provider documents how each amount is written.',
  },
  'uqpay.balances': {
    text: 'A capture is available at once, a refund is taken out when it is created and a failed one is put back; nothing is ever pending.',
    until: 'The provider documents when money becomes available.',
  },
  'uqpay.balance-members': {
    text: 'The names are those of the libraries; that all that is available is payable, and nothing is reserved, frozen or in the margin unless a row says so, is ours, and so is the form of balance_id.',
    until: 'The provider documents what each balance holds.',
  },
  'uqpay.payment-outcomes': {
    text: 'What a confirmed payment comes to is ours: a card is captured, or authorised with auto_capture false or a pre_authorization; enforce_3ds and every other method wait for the customer; a card number that ends in 0002 is declined.',
    until: 'The provider lists its test cards and what each method leads to.',
  },
  'uqpay.attempt-members': {
    text: 'The names of cancellation_reason, advice_code, authentication_data and the card are documented, what is in them is ours; texts that are not there are empty.',
    until: 'A recorded attempt of the provider shows their content.',
  },
  'uqpay.attempt-steps': {
    text: 'CAPTURE_REQUESTED, SETTLED, SUCCEEDED is the documented order; 20 and 60 seconds after the capture are ours.',
    until: 'The provider gives times, or they are measured in its own sandbox.',
  },
  'uqpay.intent-expiry': {
    text: 'An intent expires after 30 minutes; that it is then CANCELLED as abandoned, its attempt EXPIRED, and that one which is authorised or pending does not, is ours.',
    until: 'The provider documents the status of an expired intent.',
  },
  'uqpay.customer-action': {
    text: 'The customer has paid after 30 seconds of the virtual clock, or as the page at next_action is told; the shape of next_action is ours.',
    until: 'The provider documents next_action.',
  },
  'uqpay.intent-steps': {
    text: 'From which status an intent can be updated, confirmed, captured or cancelled is ours.',
    until: 'The provider documents the states of an intent.',
  },
  'uqpay.capture-once': {
    text: 'One capture an intent; what is authorised beyond it is released.',
    until: 'The provider documents several captures.',
  },
  'uqpay.disputes': {
    text: 'That no refund is made while a dispute is open is documented; the code of the refusal, and that a dispute is opened by scenario or as a row and closed as a row, are ours.',
    until: 'The provider documents the refusal, or a call that closes a dispute.',
  },
  'uqpay.payment-events': {
    text: 'The names of the events are documented; that data is the object as its retrieve call answers it, and which status has an event, is ours. The libraries spell canceled.',
    until: 'A recorded webhook of a payment shows its body.',
  },
  'uqpay.list-filters': {
    text: "The provider's own libraries name the filters of the intents differently, and one writes statuses in small letters: both sets of names and any case are taken, an empty filter is none, and a filter that is not served is refused by name.",
    until: 'The provider documents the filters of each list.',
  },
  'uqpay.list-order': {
    text: 'Newest first.',
    until: 'The provider documents the order.',
  },
  'uqpay.list-range': {
    text: 'The default range of one month applies only where neither a payment nor a merchant order narrows the list.',
    until: 'The provider documents the range of a narrowed list.',
  },
  'uqpay.refunded-amount': {
    text: "An attempt's refunded_amount counts SUCCEEDED and REVERSAL_* refunds.",
    until: 'The provider documents what it counts.',
  },
  'uqpay.webhook-retries': {
    text: 'Acknowledged by a 200 only is documented; eight attempts over a day, and which statuses have an event, are ours.',
    until: 'The provider documents its retries.',
  },
  'uqpay.attempt-default': {
    text: 'Without payment_attempt_id the latest attempt of the intent is refunded.',
    until: 'The provider documents the default.',
  },
  'upayments.refundable': {
    text: 'Refundable = order total minus what is initiated or refunded; a deleted refund does not count.',
    until: 'The provider documents how initiated refunds count.',
  },
  'upayments.error-body': {
    text: 'The error bodies are ours: only the HTTP status is documented.',
    until: 'A recorded refusal of the provider shows its body.',
  },
  'upayments.over-refund': {
    text: 'An amount above the refundable gets 422 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.insufficient-balance': {
    text: 'A balance below the amount gets 422 with status false, and nothing is initiated.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.not-refundable': {
    text: 'An order that was not captured gets 422 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.mobile-number': {
    text: 'The page limits customerMobileNumber to 10 and shows 12: up to 16 are taken.',
    until: 'The page is corrected.',
  },
  'upayments.amount-decimals': {
    text: 'Three decimals of KWD are taken, although the field is described as 10,2.',
    until: 'The provider says what becomes of a third decimal.',
  },
  'upayments.amount-text': {
    text: "amountToRefund is documented as a number and the provider's own iOS sample sends text: text that is a plain decimal is read as that number.",
    until: 'The provider is seen to refuse text, or the sample sends a number.',
  },
  'upayments.get-status': {
    text: "The provider's OpenAPI document types this read as 201 and some clients saw 200: 201, or 200 by a setting.",
    until: 'The provider is seen to answer one of them only.',
  },
  'upayments.order-id': {
    text: 'A refund goes by refund_order_id. That order_id of get-payment-status is another id, which nothing can be refunded or looked up by, is ours, so that a client which takes the wrong one notices.',
    until: 'A recorded payment of the provider shows both ids.',
  },
  'upayments.step-one': {
    text: 'The multivendor answer moves no money: it only opens the second step.',
    until: 'The provider says that step one moves money.',
  },
  'upayments.lists': {
    text: 'Which of the four lists a row lands in, and its message, are ours.',
    until: 'The provider documents the lists.',
  },
  'upayments.settling-time': {
    text: 'Cards settle after 48 hours, KNET after 4: the page gives ranges.',
    until: 'The provider gives exact times.',
  },
  'upayments.check-refund': {
    text: 'check-refund takes an order id and lists its refunds, or one refund id and lists that; deleted ones are left out.',
    until: 'The provider documents which id each call takes.',
  },
  'upayments.delete': {
    text: 'A refund that is not initiated any more cannot be deleted: 422 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.callback': {
    text: 'The body of the callback, and that it comes once the refund settles, are ours: a review of the official pages says that there is none. It can be switched off, and a client must not need it.',
    until: 'The provider documents a refund webhook.',
  },
  'upayments.payment-callback': {
    text: 'That notificationUrl is called is known at second hand; that it is called once the customer is through, with what the return address gets as a query, is ours.',
    until: 'The provider documents the call and its body.',
  },
  'upayments.callback-retries': {
    text: 'No source says that callbacks are repeated: as for UQPAY, until a 200 comes.',
    until: 'The provider documents its retries.',
  },
  'upayments.local-time': {
    text: 'Dates are in Kuwait time: the provider gives no offset.',
    until: 'The provider names an offset.',
  },
  'upayments.not-found': {
    text: 'An unknown id gets 404 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.charge': {
    text: 'The link is a page of the sandbox: it pays the order or fails it, and untouched the order is paid after 30 seconds of the virtual clock.',
    until: "It does not: no sandbox can show the provider's own page.",
  },
  'upayments.charge-vendors': {
    text: 'Any extraMerchantData makes a multivendor order; the amounts may not exceed the order, and each is paid into an account of its IBAN.',
    until: 'The provider documents how the parts are checked.',
  },
  'upayments.payment-result': {
    text: 'Clients saw CAPTURED, PENDING, AUTHORIZED, APPROVED, NOT CAPTURED, FAILED, ERROR, CANCELED, null, REFUND and VOIDED; PENDING, CAPTURED, NOT CAPTURED and CANCELED are those that this sandbox has a use for.',
    until: 'The provider documents which result means what.',
  },
  'upayments.rate-window': {
    text: 'The 30 calls a minute are counted over all payments, in a sliding minute, although the FAQ speaks of 800.',
    until: 'The provider documents how calls are counted.',
  },
  'upayments.pay-buttons': {
    text: 'Which buttons are on, and that the account is no white label, is ours.',
    until: 'It does not: it differs from merchant to merchant.',
  },
} as const satisfies Readonly<Record<string, Policy>>;

export type PolicyId = keyof typeof POLICIES;

/** As the journal and the delivery log name them. */
export const shownPolicies = (ids: readonly PolicyId[]): { readonly id: string; readonly text: string }[] =>
  ids.map((id) => ({ id, text: POLICIES[id].text }));
