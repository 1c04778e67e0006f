import * as z from 'zod/mini';

import { upaymentsCallback } from '../../contract/webhooks.ts';
import { parseJson } from '../json.ts';
import type { WebhookMessage, WebhookReading } from './provider.ts';

const MOST_IDS = 8;

/** Nothing of a callback is signed, so nothing of it is believed: its ids only say what to read (`docs/providers/upayments.md#callbacks`). */
export async function readCallback({ body }: WebhookMessage): Promise<WebhookReading> {
  const parsed = z.safeParse(upaymentsCallback, members(new TextDecoder().decode(body)));
  if (!parsed.success) return { kind: 'ignored' };
  const { orderId, refundOrderId, refundArn } = parsed.data;
  const ids = [orderId, refundOrderId, refundArn].filter(
    (id) => typeof id === 'string' && id !== '' && id.length <= 255,
  );
  const references = [...new Set(ids as string[])].slice(0, MOST_IDS);
  return references.length === 0 ? { kind: 'ignored' } : { kind: 'hint', references };
}

/** No source says in which form it is sent: JSON in our sandbox, and a posted form is taken too. */
function members(text: string): unknown {
  const json = parseJson(text);
  return json.ok ? json.value : Object.fromEntries(new URLSearchParams(text));
}
