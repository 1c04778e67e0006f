/** The headers on the wire between widget and proxy, on top of the provider's own request. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';
/** Always `1`. A header of our own forces a CORS preflight; the proxy rejects a write without it. */
export const REFUND_FORM = 'X-Refund-Form';
/** The refundable amount that the admin saw: a decimal string with all of the currency's decimals, `12.500`. */
export const EXPECTED_REFUNDABLE = 'X-Expected-Refundable';
/** Who the sender believes has signed in: `permission.user` of the payment, percent-encoded as by `encodeURIComponent`. */
export const EXPECTED_USER = 'X-Expected-User';
/** On the proxy's answer: `true` when the answer comes from the ledger and the provider was not called. */
export const IDEMPOTENT_REPLAYED = 'Idempotent-Replayed';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
