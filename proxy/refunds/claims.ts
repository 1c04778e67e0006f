import type { Order } from '../options.ts';
import type { Claims, FieldError } from '../providers/provider.ts';

/** What a request says of the payment itself, and the merchant's order says otherwise. */
export function wrongClaims(claims: Claims, order: Order): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (claims.currency !== undefined && claims.currency !== order.currency) {
    errors.push({ pointer: '/currency', detail: `the order is in ${order.currency}` });
  }
  const attempt = order.payment_attempt_id ?? undefined;
  if (claims.payment_attempt_id !== undefined && attempt !== undefined && claims.payment_attempt_id !== attempt) {
    errors.push({ pointer: '/payment_attempt_id', detail: 'is not the attempt that captured this order' });
  }
  return errors;
}
