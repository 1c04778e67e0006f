import type { TimestampUnit } from '../../engine/webhooks/delivery.ts';

const encoder = new TextEncoder();

/** Lower-case hex of HMAC-SHA512 over the raw body and then the timestamp's text; `uqpay.md`, Webhooks. K */
export async function signWebhook(secret: string, body: string, timestamp: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-512' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(body + timestamp)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param at epoch milliseconds of real time */
export function timestampText(at: number, unit: TimestampUnit): string {
  return String(unit === 'seconds' ? Math.floor(at / 1_000) : Math.floor(at));
}
