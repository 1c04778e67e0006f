import * as z from 'zod/mini';

import {
  UQPAY_REFUND_EVENT,
  UQPAY_WEBHOOK_SIGNATURE,
  UQPAY_WEBHOOK_TIMESTAMP,
  UQPAY_WEBHOOK_TOLERANCE_MS,
  uqpayRefundEvent,
  uqpayWebhook,
} from '../../contract/webhooks.ts';
import { parseJson } from '../json.ts';
import type { Observation } from '../ledger/facts.ts';
import { fieldErrors } from './fields.ts';
import type { WebhookMessage, WebhookReading } from './provider.ts';

/** Below it a timestamp counts seconds, above it milliseconds: the year 5138 and March 1973. */
const SECONDS_BELOW = 100_000_000_000;
const SIGNATURE = /^[0-9a-f]{128}$/i;

type ToObservation = (refund: z.infer<typeof uqpayRefundEvent>) => Observation | undefined;

/** Reads UQPAY's webhooks: HMAC-SHA512 over the raw body and the timestamp header (`docs/providers/uqpay.md#webhooks`). */
export function uqpayWebhooks(secret: string, toObservation: ToObservation) {
  const key = crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-512' },
    false,
    ['verify'],
  );
  return async (message: WebhookMessage): Promise<WebhookReading> => {
    const forged = await refusal(message, await key);
    if (forged !== undefined) return { kind: 'refused', why: forged };
    const json = parseJson(new TextDecoder().decode(message.body));
    const parsed = z.safeParse(uqpayWebhook, json.ok ? json.value : undefined);
    if (!parsed.success) return { kind: 'unreadable', errors: fieldErrors(parsed.error) };
    const { event_id: eventId, event_type: type, data } = parsed.data;
    if (!UQPAY_REFUND_EVENT.test(type)) return { kind: 'ignored' };
    const refund = z.safeParse(uqpayRefundEvent, data);
    if (!refund.success) return { kind: 'unreadable', errors: fieldErrors(refund.error) };
    const observation = toObservation(refund.data);
    if (!observation) {
      return { kind: 'unreadable', errors: [{ pointer: '/amount', detail: 'is not exact in its currency' }] };
    }
    return { kind: 'event', event: { eventId, paymentId: refund.data.payment_intent_id, observation } };
  };
}

/** Why the message is not believed. The signature is compared by Web Crypto, in constant time. */
async function refusal({ headers, body, now }: WebhookMessage, key: CryptoKey): Promise<string | undefined> {
  const timestamp = headers.get(UQPAY_WEBHOOK_TIMESTAMP) ?? '';
  const signature = headers.get(UQPAY_WEBHOOK_SIGNATURE) ?? '';
  if (!/^\d{1,16}$/.test(timestamp) || !SIGNATURE.test(signature)) return 'its signature or timestamp is missing';
  const signed = new Uint8Array([...body, ...new TextEncoder().encode(timestamp)]);
  if (!(await crypto.subtle.verify('HMAC', key, fromHex(signature), signed))) return 'its signature is of another text';
  const number = Number(timestamp);
  const at = number < SECONDS_BELOW ? number * 1000 : number;
  return Math.abs(now - at) > UQPAY_WEBHOOK_TOLERANCE_MS ? 'its timestamp is not of these minutes' : undefined;
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
