import { createHmac } from 'node:crypto';

import { PAYMENT, START } from './test-proxy.ts';

export const SECRET = 'whsec-of-ours';

export interface EventParts {
  readonly refund: string;
  readonly status: string;
  readonly event?: string;
  readonly amount?: string;
  readonly payment?: string;
  readonly intent?: string | undefined;
  /** The idempotency key in the mark. */
  readonly key?: string;
  readonly type?: string;
}

let next = 0;

/** A webhook of UQPAY as in `docs/providers/uqpay.md#webhooks`, signed as the provider's libraries check it. */
export function webhook(parts: EventParts, { at = START, secret = SECRET }: { at?: number; secret?: string } = {}) {
  const { refund, status, amount = '10.00', payment = PAYMENT, intent, key } = parts;
  next += 1;
  const word = status === 'SUCCEEDED' ? 'succeeded' : status === 'FAILED' ? 'failed' : 'created';
  const body = JSON.stringify({
    version: 'V1.6.0',
    event_name: 'ACQUIRING',
    event_type: parts.type ?? `acquiring.refund.${word}`,
    event_id: parts.event ?? `00000000-0000-4000-8000-e${String(next).padStart(11, '0')}`,
    source_id: refund,
    data: {
      amount,
      complete_time: null,
      create_time: '2026-11-20T17:00:00+08:00',
      currency: 'USD',
      metadata: intent === undefined ? null : { refund_form_id: intent, ...(key && { refund_form_key: key }) },
      payment_attempt_id: 'PA1234567890123456789',
      payment_intent_id: payment,
      payment_refund_id: refund,
      reason: 'Return good',
      refund_status: status,
    },
  });
  return signed(body, String(at), secret);
}

export function signed(body: string, timestamp: string, secret = SECRET) {
  const signature = createHmac('sha512', secret)
    .update(body + timestamp)
    .digest('hex');
  return {
    body,
    headers: { 'content-type': 'application/json', 'x-wk-timestamp': timestamp, 'x-wk-signature': signature },
  };
}

export function requestOf(
  { body, headers }: { body: string; headers: Record<string, string> },
  path = '/refunds/webhooks',
): Request {
  return new Request(`https://shop.example${path}`, { method: 'POST', headers, body });
}
