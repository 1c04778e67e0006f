/** An expired token's message holds one of these; clients refresh once, on exactly these (`docs/providers/uqpay.md`). */
export const TOKEN_EXPIRED = /token has expired|login expired|token expired|jwt expired/i;
