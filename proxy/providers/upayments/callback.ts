import * as z from 'zod/mini';

import { upaymentsCallback } from '../../../contract/webhooks.ts';
import { parseJson } from '../../http/json.ts';
import type { WebhookMessage, WebhookReading } from '../provider.ts';

const MAX_IDS = 8;

/**
 * A callback is not signed, so its content is not believed: its ids only say what to read
 * (`docs/providers/upayments.md#callbacks`).
 */
export async function readCallback({ body }: WebhookMessage): Promise<WebhookReading> {
  const parsed = z.safeParse(upaymentsCallback, members(new TextDecoder().decode(body)));
  if (!parsed.success) return { kind: 'ignored' };
  const { orderId, refundOrderId, refundArn } = parsed.data;
  const ids = [orderId, refundOrderId, refundArn].filter(
    (id) => typeof id === 'string' && id !== '' && id.length <= 255,
  );
  const references = [...new Set(ids as string[])].slice(0, MAX_IDS);
  return references.length === 0 ? { kind: 'ignored' } : { kind: 'hint', references };
}

/** No source says whether it is JSON or a form. Our sandbox sends JSON; both are accepted. */
function members(text: string): unknown {
  const json = parseJson(text);
  return json.ok ? json.value : Object.fromEntries(new URLSearchParams(text));
}
