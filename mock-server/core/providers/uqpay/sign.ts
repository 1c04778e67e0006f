import { UQPAY_WEBHOOK_SIGNATURE, UQPAY_WEBHOOK_TIMESTAMP } from '../../../../contract/webhooks.ts';
import type { Signature } from '../../engine/provider.ts';
import type { TimestampUnit } from '../../engine/webhooks/delivery.ts';

const encoder = new TextEncoder();

export async function signatureHeaders({ secret, body, at, unit }: Signature): Promise<Record<string, string>> {
  const timestamp = timestampText(at, unit);
  return {
    [UQPAY_WEBHOOK_TIMESTAMP]: timestamp,
    [UQPAY_WEBHOOK_SIGNATURE]: await signWebhook(secret, body, timestamp),
  };
}

/** Lower-case hex of HMAC-SHA512 over the raw body and then the timestamp's text; `docs/providers/uqpay.md#webhooks`. K */
async function signWebhook(secret: string, body: string, timestamp: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-512' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(body + timestamp)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param at epoch milliseconds of real time */
function timestampText(at: number, unit: TimestampUnit): string {
  return String(unit === 'seconds' ? Math.floor(at / 1_000) : Math.floor(at));
}
