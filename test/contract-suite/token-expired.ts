/** Messages of an expired token. Clients fetch a new token once, only after such a message (`docs/providers/uqpay.md`). */
export const TOKEN_EXPIRED = /token has expired|login expired|token expired|jwt expired/i;
