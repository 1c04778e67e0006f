import type { Policies } from '../../engine/policies.ts';

/** Decisions of this project where no source of the provider says anything. */
export const UPAYMENTS_POLICIES = {
  'upayments.refundable': {
    section: 'docs/providers/upayments.md#refund-rules',
    text: 'Refundable = order total minus what is initiated or refunded; a deleted refund does not count.',
    until: 'The provider documents how initiated refunds count.',
  },
  'upayments.error-body': {
    section: 'docs/providers/upayments.md#errors',
    text: 'The error bodies are ours: only the HTTP status is documented.',
    until: 'A recorded refusal of the provider shows its body.',
  },
  'upayments.over-refund': {
    section: 'docs/providers/upayments.md#errors',
    text: 'An amount above the refundable gets 422 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.insufficient-balance': {
    section: 'docs/providers/upayments.md#errors',
    text: 'A balance below the amount gets 422 with status false, and nothing is initiated.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.not-refundable': {
    section: 'docs/providers/upayments.md#errors',
    text: 'An order that was not captured gets 422 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.mobile-number': {
    section: 'docs/providers/upayments.md#create-a-refund',
    text: 'The page limits customerMobileNumber to 10 and shows 12: up to 16 are taken.',
    until: 'The page is corrected.',
  },
  'upayments.amount-decimals': {
    section: 'docs/providers/upayments.md#create-a-refund',
    text: 'Three decimals of KWD are taken, although the field is described as 10,2.',
    until: 'The provider says what becomes of a third decimal.',
  },
  'upayments.amount-text': {
    section: 'docs/providers/upayments.md#several-vendors',
    text: "amountToRefund is documented as a number and the provider's own iOS sample sends text: text that is a plain decimal is read as that number.",
    until: 'The provider is seen to refuse text, or the sample sends a number.',
  },
  'upayments.get-status': {
    section: 'docs/providers/upayments.md#reading-a-refund',
    text: "The provider's OpenAPI document types this read as 201 and some clients saw 200: 201, or 200 by a setting.",
    until: 'The provider is seen to answer one of them only.',
  },
  'upayments.order-id': {
    section: 'docs/providers/upayments.md#payments',
    text: 'A refund goes by refund_order_id. That order_id of get-payment-status is another id, which nothing can be refunded or looked up by, is ours, so that a client which takes the wrong one notices.',
    until: 'A recorded payment of the provider shows both ids.',
  },
  'upayments.step-one': {
    section: 'docs/providers/upayments.md#several-vendors',
    text: 'The multivendor answer moves no money: it only opens the second step.',
    until: 'The provider says that step one moves money.',
  },
  'upayments.lists': {
    section: 'docs/providers/upayments.md#several-vendors',
    text: 'Which of the four lists a row lands in, and its message, are ours.',
    until: 'The provider documents the lists.',
  },
  'upayments.settling-time': {
    section: 'docs/providers/upayments.md#refund-rules',
    text: 'Cards settle after 48 hours, KNET after 4: the page gives ranges.',
    until: 'The provider gives exact times.',
  },
  'upayments.check-refund': {
    section: 'docs/providers/upayments.md#reading-a-refund',
    text: 'check-refund takes an order id and lists its refunds, or one refund id and lists that; deleted ones are left out.',
    until: 'The provider documents which id each call takes.',
  },
  'upayments.delete': {
    section: 'docs/providers/upayments.md#deleting-a-refund',
    text: 'A refund that is not initiated any more cannot be deleted: 422 with status false.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.callback': {
    section: 'docs/providers/upayments.md#callbacks',
    text: 'The body of the callback, and that it comes once the refund settles, are ours: a review of the official pages says that there is none. It can be switched off, and a client must not need it.',
    until: 'The provider documents a refund webhook.',
  },
  'upayments.payment-callback': {
    section: 'docs/providers/upayments.md#callbacks',
    text: 'That notificationUrl is called is known at second hand; that it is called once the customer is through, with what the return address gets as a query, is ours.',
    until: 'The provider documents the call and its body.',
  },
  'upayments.callback-retries': {
    section: 'docs/providers/upayments.md#callbacks',
    text: 'No source says that callbacks are repeated: as for UQPAY, until a 200 comes.',
    until: 'The provider documents its retries.',
  },
  'upayments.local-time': {
    section: 'docs/providers/upayments.md#reading-a-refund',
    text: 'Dates are in Kuwait time: the provider gives no offset.',
    until: 'The provider names an offset.',
  },
  'upayments.not-found': {
    section: 'docs/providers/upayments.md#errors',
    text: 'A read of an unknown id gets 404 with status false; a refund or a delete of one gets 422.',
    until: 'A recorded refusal of the provider shows another status.',
  },
  'upayments.charge': {
    section: 'docs/providers/upayments.md#payments',
    text: 'The link is a page of the sandbox: it pays the order or fails it, and untouched the order is paid after 30 seconds of the virtual clock.',
    until: "It does not: no sandbox can show the provider's own page.",
  },
  'upayments.charge-vendors': {
    section: 'docs/providers/upayments.md#payments',
    text: 'Any extraMerchantData makes a multivendor order; the amounts may not exceed the order, and each is paid into an account of its IBAN.',
    until: 'The provider documents how the parts are checked.',
  },
  'upayments.payment-result': {
    section: 'docs/providers/upayments.md#payments',
    text: 'Clients saw CAPTURED, PENDING, AUTHORIZED, APPROVED, NOT CAPTURED, FAILED, ERROR, CANCELED, null, REFUND and VOIDED; PENDING, CAPTURED, NOT CAPTURED and CANCELED are those that this sandbox has a use for.',
    until: 'The provider documents which result means what.',
  },
  'upayments.rate-window': {
    section: 'docs/providers/upayments.md#rate-limits',
    text: 'The 30 calls a minute are counted over all payments, in a sliding minute, although the FAQ speaks of 800.',
    until: 'The provider documents how calls are counted.',
  },
  'upayments.pay-buttons': {
    section: 'docs/providers/upayments.md#payments',
    text: 'Which buttons are on, and that the account is no white label, is ours.',
    until: 'It does not: it differs from merchant to merchant.',
  },
} as const satisfies Policies;

export type UpaymentsPolicyId = keyof typeof UPAYMENTS_POLICIES;
