import type { ProblemEffect } from './problem.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly effect: ProblemEffect;
}

/* @__NO_SIDE_EFFECTS__ */
const kind = (status: number, title: string, effect: ProblemEffect = 'nothing'): ProblemKind => ({
  status,
  title,
  effect,
});

/** The proxy's own errors, by `code`. A provider's error passes through as it came and is none of these. */
export const PROBLEMS = {
  refund_form_header_required: kind(400, 'The X-Refund-Form header is missing'),
  idempotency_key_required: kind(400, 'The Idempotency-Key header is missing'),
  idempotency_key_invalid: kind(400, 'The Idempotency-Key is not a UUID'),
  malformed_json: kind(400, 'The body is not valid JSON'),
  invalid_request: kind(400, 'The request does not fit the contract'),
  confirmation_required: kind(400, 'What the provider shows has to be confirmed by a person'),
  unauthenticated: kind(401, 'Sign in to refund'),
  webhook_refused: kind(401, 'The webhook is not signed as expected'),
  forbidden: kind(403, 'You may not do this with this payment'),
  origin_not_allowed: kind(403, 'This page may not use the proxy'),
  approval_required: kind(403, 'This refund needs the approval of a second person'),
  path_not_allowed: kind(404, 'The proxy does not serve this path'),
  payment_not_found: kind(404, 'The payment is not among the orders'),
  method_not_allowed: kind(405, 'The path does not take this method'),
  idempotency_key_running: kind(409, 'The first request with this key is still running', 'running'),
  payment_busy: kind(409, 'Another refund of this payment is in flight or unknown'),
  refunded_elsewhere: kind(409, 'The provider lists refunds whose amounts nobody has told the proxy'),
  refundable_changed: kind(412, 'The refundable amount has changed'),
  user_changed: kind(412, 'Somebody else has signed in'),
  settled_nothing: kind(410, 'This request was settled without a refund: no money moved'),
  body_too_large: kind(413, 'The body is too large'),
  unsupported_media_type: kind(415, 'The body must be application/json'),
  idempotency_key_reused: kind(422, 'The key was used for another request'),
  amount_above_refundable: kind(422, 'The amount is above what can be refunded'),
  not_refundable: kind(422, 'Nothing of this payment can be refunded now'),
  rate_limited: kind(429, 'Too many requests'),
  body_already_read: kind(500, 'The body was read before the proxy received the request'),
  internal_error: kind(500, 'The proxy failed', 'unknown'),
  provider_unreachable: kind(502, 'The provider could not be reached, so this request was not sent'),
  credentials_refused: kind(502, "The provider refused the proxy's credentials"),
  orders_unavailable: kind(503, 'The order could not be read, so this request was not sent'),
  stopping: kind(503, 'The proxy is stopping, so this request was not sent'),
  ledger_unavailable: kind(503, 'The ledger is not available, so this request was not sent'),
  outcome_unknown: kind(504, 'The answer was lost: the outcome of this request is not known', 'unknown'),
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}
