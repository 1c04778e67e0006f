/**
 * Errors for whoever stands in UQPAY's place. Those before `refused` say nothing about the money of a request that was sent
 * before. The first is an envelope of its own, whose number says nothing (`docs/providers/uqpay.md#errors`).
 */
export const UQPAY_SAMPLES = {
  processing: { code: 200, message: 'The previous request is processing, please try again later' },
  keyUsed: { type: 'idempotency_error', code: 'conflict', message: 'the key was used' },
  internal: { type: 'api_error', code: 'internal_error', message: 'internal error' },
  refused: { type: 'refund_error', code: 'refused', message: 'The refund was refused' },
  forbidden: { type: 'account_error', code: 'forbidden', message: 'The account may not refund' },
} as const;
