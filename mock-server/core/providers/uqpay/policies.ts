import type { Policies } from '../../engine/policies.ts';

/** Decisions of this project where no source of the provider says anything. */
export const UQPAY_POLICIES = {
  'uqpay.refundable': {
    section: 'docs/providers/uqpay.md#refund-rules',
    text:
      'Refundable = captured minus every refund that is not FAILED; pending refunds and reversals go on counting. ' +
      'Where a payment has several attempts, the same holds for the attempt that is refunded.',
    until: 'The provider documents how pending and reversed refunds count.',
  },
  'uqpay.lifecycle-times': {
    section: 'docs/providers/uqpay.md#refund-rules',
    text: 'PROCESSING after 5 seconds and the outcome after 20 are ours: no source gives times.',
    until: 'The provider gives times, or they are measured in its own sandbox.',
  },
  'uqpay.reversal': {
    section: 'docs/providers/uqpay.md#refund-object',
    text: 'REVERSAL_* is in the enum and defined nowhere: it is reached by scenario only.',
    until: 'The provider defines REVERSAL_*.',
  },
  'uqpay.error-codes': {
    section: 'docs/providers/uqpay.md#errors',
    text: 'The type and its HTTP status are documented; this code and message are ours.',
    until: 'The provider lists its error codes, or an answer of its own shows this one.',
  },
  'uqpay.idempotency-kept': {
    section: 'docs/providers/uqpay.md#idempotency',
    text: 'An answer is kept for its key once the request began executing; a validation error is not kept.',
    until: 'The provider documents which answers are kept.',
  },
  'uqpay.idempotency-running': {
    section: 'docs/providers/uqpay.md#idempotency',
    text: 'The legacy envelope comes with HTTP 400 and code 200; clients go by the message.',
    until: 'A recorded answer of the provider shows another status or number.',
  },
  'uqpay.token-stale': {
    section: 'docs/providers/uqpay.md#base-and-credentials',
    text: 'A token that a newer one replaced, or that looks like a token and is not known, is told to have expired: clients then sign in again once instead of being refused until their own clock says so.',
    until: 'A recorded answer of the provider to a replaced token shows another message.',
  },
  'uqpay.token-signature': {
    section: 'docs/providers/uqpay.md#base-and-credentials',
    text: 'The third part of the token is filler: tokens are known by heart, not by signature.',
    until: 'A client turns out to verify the signature.',
  },
  'uqpay.client-id-optional': {
    section: 'docs/providers/uqpay.md#base-and-credentials',
    text: "x-client-id is documented as required; one of the provider's own libraries never sends it, so a missing one is taken from the token.",
    until: 'The library sends it, or the provider is seen to refuse a call without it.',
  },
  'uqpay.idempotency-key-format': {
    section: 'docs/providers/uqpay.md#idempotency',
    text: "The page asks for a UUID, and one of the provider's own libraries lets any 1 to 64 characters pass: a key that is no UUID is refused as malformed, with this code. Its version does not matter.",
    until: 'The provider is seen to take a key that is no UUID, or to refuse one of some version.',
  },
  'uqpay.connected-accounts': {
    section: 'docs/providers/uqpay.md#connected-accounts',
    text: 'A connected account sees its own payments, refunds, balances and idempotency keys and no others, and so does the master account; that the refusal of an unknown one is worded so, and has this code, is ours.',
    until: 'The provider documents what a master account sees of its connected accounts.',
  },
  'uqpay.amounts': {
    section: 'docs/providers/uqpay.md#amounts-and-times',
    text: 'Clients saw an amount as it was sent and without zeros at the end, in different places: which one is a setting, for all of them at once. What was not sent has all decimals of its currency.',
    until: 'The provider documents how each amount is written.',
  },
  'uqpay.balances': {
    section: 'docs/providers/uqpay.md#balances',
    text: 'A capture is available at once, a refund is taken out when it is created and a failed one is put back; nothing is ever pending.',
    until: 'The provider documents when money becomes available.',
  },
  'uqpay.balance-members': {
    section: 'docs/providers/uqpay.md#balances',
    text: 'The names are those of the libraries; that all that is available is payable, and nothing is reserved, frozen or in the margin unless a row says so, is ours, and so is the form of balance_id.',
    until: 'The provider documents what each balance holds.',
  },
  'uqpay.payment-outcomes': {
    section: 'docs/providers/uqpay.md#payment-intents',
    text: 'What a confirmed payment comes to is ours: a card is captured, or authorised with auto_capture false or a pre_authorization; enforce_3ds and every other method wait for the customer; a card number that ends in 0002 is declined.',
    until: 'The provider lists its test cards and what each method leads to.',
  },
  'uqpay.attempt-members': {
    section: 'docs/providers/uqpay.md#payment-attempts',
    text: 'The names of cancellation_reason, advice_code, authentication_data and the card are documented, what is in them is ours; texts that are not there are empty.',
    until: 'A recorded attempt of the provider shows their content.',
  },
  'uqpay.attempt-steps': {
    section: 'docs/providers/uqpay.md#payment-attempts',
    text: 'CAPTURE_REQUESTED, SETTLED, SUCCEEDED is the documented order; 20 and 60 seconds after the capture are ours.',
    until: 'The provider gives times, or they are measured in its own sandbox.',
  },
  'uqpay.intent-expiry': {
    section: 'docs/providers/uqpay.md#payment-intents',
    text: 'An intent expires after 30 minutes; that it is then CANCELLED as abandoned, its attempt EXPIRED, and that one which is authorised or pending does not, is ours.',
    until: 'The provider documents the status of an expired intent.',
  },
  'uqpay.customer-action': {
    section: 'docs/providers/uqpay.md#payment-intents',
    text: 'The customer has paid after 30 seconds of the virtual clock, or as the page at next_action is told; the shape of next_action is ours.',
    until: 'The provider documents next_action.',
  },
  'uqpay.intent-steps': {
    section: 'docs/providers/uqpay.md#payment-intents',
    text: 'From which status an intent can be updated, confirmed, captured or cancelled is ours.',
    until: 'The provider documents the states of an intent.',
  },
  'uqpay.capture-once': {
    section: 'docs/providers/uqpay.md#payment-intents',
    text: 'One capture an intent; what is authorised beyond it is released.',
    until: 'The provider documents several captures.',
  },
  'uqpay.disputes': {
    section: 'docs/providers/uqpay.md#disputes',
    text: 'That no refund is made while a dispute is open is documented; the code of the refusal, and that a dispute is opened by scenario or as a row and closed as a row, are ours.',
    until: 'The provider documents the refusal, or a call that closes a dispute.',
  },
  'uqpay.payment-events': {
    section: 'docs/providers/uqpay.md#webhooks',
    text: 'The names of the events are documented; that data is the object as its retrieve call answers it, and which status has an event, is ours. The libraries spell canceled.',
    until: 'A recorded webhook of a payment shows its body.',
  },
  'uqpay.list-filters': {
    section: 'docs/providers/uqpay.md#lists',
    text: "The provider's own libraries name the filters of the intents differently, and one writes statuses in small letters: both sets of names and any case are taken, an empty filter is none, and a filter that is not served is refused by name.",
    until: 'The provider documents the filters of each list.',
  },
  'uqpay.list-order': {
    section: 'docs/providers/uqpay.md#lists',
    text: 'Newest first.',
    until: 'The provider documents the order.',
  },
  'uqpay.list-range': {
    section: 'docs/providers/uqpay.md#lists',
    text: 'The default range of one month applies only where neither a payment nor a merchant order narrows the list.',
    until: 'The provider documents the range of a narrowed list.',
  },
  'uqpay.raw-plus': {
    section: 'docs/providers/uqpay.md#lists',
    text: "A plus in the offset of a time that is not percent-encoded arrives as a space. One of the provider's own libraries sends it like that, so it is taken for a plus. A client that encodes it is right either way.",
    until: 'The provider is seen to refuse such a time.',
  },
  'uqpay.refunded-amount': {
    section: 'docs/providers/uqpay.md#payment-attempts',
    text: "An attempt's refunded_amount counts SUCCEEDED and REVERSAL_* refunds.",
    until: 'The provider documents what it counts.',
  },
  'uqpay.webhook-retries': {
    section: 'docs/providers/uqpay.md#webhooks',
    text: 'Acknowledged by a 200 only is documented; eight attempts over a day, and which statuses have an event, are ours.',
    until: 'The provider documents its retries.',
  },
  'uqpay.attempt-default': {
    section: 'docs/providers/uqpay.md#refund-rules',
    text: 'Without payment_attempt_id the latest attempt of the intent is refunded.',
    until: 'The provider documents the default.',
  },
} as const satisfies Policies;

export type UqpayPolicyId = keyof typeof UQPAY_POLICIES;
