import * as z from 'zod/mini';

import {
  UQPAY_REFUND_EVENT,
  UQPAY_WEBHOOK_SIGNATURE,
  UQPAY_WEBHOOK_TIMESTAMP,
  UQPAY_WEBHOOK_TOLERANCE_MS,
  uqpayRefundEvent,
  uqpayWebhook,
} from '../../../contract/webhooks.ts';
import type { UqpayRefundStatus } from '../../../contract/index.ts';
import { parseJson } from '../../http/json.ts';
import type { Observation } from '../../ledger/facts.ts';
import { fieldErrors } from '../fields.ts';
import { readCredential, type Credential } from '../credential.ts';
import type { SigningSecret, WebhookMessage, WebhookReading } from '../provider.ts';

/** Smaller timestamps are seconds, larger ones milliseconds: the limit means the year 5138 or March 1973. */
const SECONDS_BELOW = 100_000_000_000;
const SIGNATURE = /^[0-9a-f]{128}$/i;

interface Secrets {
  readonly current: Credential;
  readonly previous: Credential | undefined;
}

type ToObservation = (refund: z.infer<typeof uqpayRefundEvent>) => Observation | undefined;

/**
 * Verifies and reads UQPAY's webhooks: HMAC-SHA512 over the raw body and the timestamp header
 * (`docs/providers/uqpay.md#webhooks`).
 */
export function uqpayWebhooks(secrets: Secrets, toObservation: ToObservation) {
  const keys = new Map<string, Promise<CryptoKey>>();
  return async (message: WebhookMessage): Promise<WebhookReading> => {
    const { signedBy, refused } = await check(message, await keysOf(secrets, keys));
    if (refused !== undefined) return { kind: 'refused', why: refused };
    const by = signedBy && { signedBy };
    const json = parseJson(new TextDecoder().decode(message.body));
    const parsed = z.safeParse(uqpayWebhook, json.ok ? json.value : undefined);
    if (!parsed.success) return { kind: 'unreadable', errors: fieldErrors(parsed.error) };
    const { event_id: eventId, event_type: type, data } = parsed.data;
    if (!UQPAY_REFUND_EVENT.test(type)) return { kind: 'ignored', ...by };
    const refund = z.safeParse(uqpayRefundEvent, data);
    if (!refund.success) return { kind: 'unreadable', errors: fieldErrors(refund.error) };
    // An event that contradicts itself tells nothing. The refund is read all the same.
    if (DENIED[type.split('.').at(-1) ?? ''] === refund.data.refund_status) return { kind: 'ignored', ...by };
    const observation = toObservation(refund.data);
    if (!observation) {
      return { kind: 'unreadable', errors: [{ pointer: '/amount', detail: 'is not exact in its currency' }] };
    }
    return { kind: 'event', event: { eventId, paymentId: refund.data.payment_intent_id, observation }, ...by };
  };
}

/** The status that the last word of an event's name denies. */
const DENIED: Readonly<Record<string, UqpayRefundStatus>> = { succeeded: 'FAILED', failed: 'SUCCEEDED' };

type Keys = readonly (readonly [SigningSecret, CryptoKey])[];

/** The keys of the current secrets. Each is derived once. */
async function keysOf({ current, previous }: Secrets, cache: Map<string, Promise<CryptoKey>>): Promise<Keys> {
  const named: [SigningSecret, string][] = [['current', await readCredential('webhookSecret', current)]];
  if (previous !== undefined) named.push(['previous', await readCredential('previousWebhookSecret', previous)]);
  const secrets = new Set(named.map(([, secret]) => secret));
  for (const secret of cache.keys()) if (!secrets.has(secret)) cache.delete(secret);
  const keyOf = (secret: string) => {
    const key = cache.get(secret) ?? importKey(secret);
    cache.set(secret, key);
    return key;
  };
  return Promise.all(named.map(async ([name, secret]) => [name, await keyOf(secret)] as const));
}

function importKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-512' };
  return crypto.subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['verify']);
}

interface Checked {
  readonly signedBy?: SigningSecret;
  /** Why the message is refused. */
  readonly refused?: string;
}

/**
 * Web Crypto compares signatures in constant time, and every secret is tried, so that the time does not reveal which
 * one fits.
 */
async function check({ headers, body, now }: WebhookMessage, keys: Keys): Promise<Checked> {
  const timestamp = headers.get(UQPAY_WEBHOOK_TIMESTAMP) ?? '';
  const signature = headers.get(UQPAY_WEBHOOK_SIGNATURE) ?? '';
  if (!/^\d{1,16}$/.test(timestamp) || !SIGNATURE.test(signature))
    return { refused: 'its signature or timestamp is missing' };
  const signed = new Uint8Array([...body, ...new TextEncoder().encode(timestamp)]);
  const given = fromHex(signature);
  const fits = await Promise.all(keys.map(([, key]) => crypto.subtle.verify('HMAC', key, given, signed)));
  const signedBy = keys[fits.indexOf(true)]?.[0];
  if (signedBy === undefined) return { refused: 'its signature is of another text' };
  const number = Number(timestamp);
  const at = number < SECONDS_BELOW ? number * 1000 : number;
  const isLate = Math.abs(now - at) > UQPAY_WEBHOOK_TOLERANCE_MS;
  return isLate ? { refused: 'its timestamp is not of these minutes' } : { signedBy };
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
