import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A webhook that the receiver got. `raw` is the body as sent, because the signature covers it. */
export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly body: Record<string, unknown>;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly webhooks: ReceivedWebhook[];
  /** Statuses of the next answers, then 200. With `null` the receiver never answers. */
  readonly answers: (number | null)[];
  /** Called before each answer. */
  onArrival: (webhook: ReceivedWebhook) => Promise<void> | void;
  /** Resolves when so many webhooks have arrived, before `onArrival` has ended for the last one. */
  readonly untilArrived: (wanted: number) => Promise<void>;
  /** Resolves when so many webhooks have arrived and `onArrival` has ended for all of them. */
  readonly untilHandled: (wanted: number) => Promise<void>;
}

interface Waiter {
  readonly wanted: number;
  readonly resolve: () => void;
}

/** Starts a merchant's webhook endpoint on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const webhooks: ReceivedWebhook[] = [];
  const answers: (number | null)[] = [];
  const arrivalWaiters: Waiter[] = [];
  const handledWaiters: Waiter[] = [];
  const wake = (list: readonly Waiter[]) => {
    for (const { wanted, resolve } of list) if (webhooks.length >= wanted) resolve();
  };
  const until = (list: Waiter[], wanted: number) =>
    new Promise<void>((resolve) => {
      if (webhooks.length >= wanted) resolve();
      else list.push({ wanted, resolve });
    });
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then(async (raw) => {
      const webhook: ReceivedWebhook = {
        path: incoming.url ?? '',
        headers: incoming.headers,
        raw,
        body: JSON.parse(raw) as Record<string, unknown>,
      };
      webhooks.push(webhook);
      wake(arrivalWaiters);
      await receiver.onArrival(webhook);
      wake(handledWaiters);
      answer(outgoing, answers.shift());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    webhooks,
    answers,
    onArrival: () => undefined,
    untilArrived: (wanted) => until(arrivalWaiters, wanted),
    untilHandled: (wanted) => until(handledWaiters, wanted),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

function answer(outgoing: ServerResponse, status: number | null = 200): void {
  if (status === null) return;
  outgoing.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
  outgoing.end('ok');
}

export const SECRET = 'sandbox-webhook-secret';
const TOLERANCE = 300;

/**
 * Verifies a webhook as the provider's libraries do: HMAC-SHA512 in hex over body and timestamp. The timestamp, in
 * milliseconds or seconds, may differ from the receiver's clock by at most 300 seconds.
 */
export function verify(
  { headers, raw }: ReceivedWebhook,
  secret: string,
  nowSeconds: number,
): 'valid' | 'forged' | 'expired' {
  const timestamp = String(headers['x-wk-timestamp']);
  const time = Number(timestamp);
  const seconds = time >= 1e12 ? time / 1_000 : time;
  if (Math.abs(nowSeconds - seconds) > TOLERANCE) return 'expired';
  const expected = createHmac('sha512', secret).update(raw).update(timestamp).digest('hex');
  return headers['x-wk-signature'] === expected ? 'valid' : 'forged';
}
