import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_MS = 300_000;

/** Whether UQPAY signed this body within the last five minutes. The body has to be the bytes that arrived. */
function isGenuine(rawBody, headers, secret) {
  const timestamp = headers['x-wk-timestamp'] ?? '';
  // Either milliseconds or seconds.
  const signedAt = Number(timestamp) >= 1e12 ? Number(timestamp) : Number(timestamp) * 1000;
  if (!(Math.abs(Date.now() - signedAt) <= TOLERANCE_MS)) return false;
  const expected = createHmac('sha512', secret).update(rawBody).update(timestamp).digest();
  const given = Buffer.from(headers['x-wk-signature'] ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Takes UQPAY's webhooks for a `node:http` server. `onEvent` gets each event once: the provider may send it twice. */
export function webhookHandler({ secret, onEvent }) {
  const seen = new Set();
  const take = async (request) => {
    const rawBody = Buffer.concat(await request.toArray());
    if (!isGenuine(rawBody, request.headers, secret)) return 401;
    const event = JSON.parse(rawBody.toString());
    if (!seen.has(event.event_id)) onEvent(event);
    seen.add(event.event_id);
    return 200;
  };
  return (request, response) => {
    const answer = (status) => response.writeHead(status).end();
    // Whatever went wrong, the provider sends an event again that was not answered with 200.
    take(request).then(answer, () => answer(500));
  };
}
