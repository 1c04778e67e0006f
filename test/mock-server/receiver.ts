import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A webhook that the receiver got. `raw` is the body as sent, because the signature covers it. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly body: Record<string, unknown>;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly arrived: Arrived[];
  /** Statuses of the next answers, then 200. With `null` the receiver never answers. */
  readonly answers: (number | null)[];
  /** Called before each answer. */
  onArrival: (arrived: Arrived) => Promise<void> | void;
  /** Resolves when so many webhooks have arrived, before `onArrival` has ended for the last one. */
  readonly began: (wanted: number) => Promise<void>;
  /** Resolves when so many webhooks have arrived and `onArrival` has ended for all of them. */
  readonly count: (wanted: number) => Promise<void>;
}

interface Waiting {
  readonly wanted: number;
  readonly resolve: () => void;
}

/** Starts a merchant's webhook endpoint on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const arrived: Arrived[] = [];
  const answers: (number | null)[] = [];
  const beginning: Waiting[] = [];
  const waiting: Waiting[] = [];
  const wake = (list: readonly Waiting[]) => {
    for (const { wanted, resolve } of list) if (arrived.length >= wanted) resolve();
  };
  const until = (list: Waiting[], wanted: number) =>
    new Promise<void>((resolve) => {
      if (arrived.length >= wanted) resolve();
      else list.push({ wanted, resolve });
    });
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then(async (raw) => {
      const one: Arrived = {
        path: incoming.url ?? '',
        headers: incoming.headers,
        raw,
        body: JSON.parse(raw) as Record<string, unknown>,
      };
      arrived.push(one);
      wake(beginning);
      await receiver.onArrival(one);
      wake(waiting);
      answer(outgoing, answers.shift());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    arrived,
    answers,
    onArrival: () => undefined,
    began: (wanted) => until(beginning, wanted),
    count: (wanted) => until(waiting, wanted),
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
export function verify({ headers, raw }: Arrived, secret: string, nowSeconds: number): 'valid' | 'forged' | 'expired' {
  const timestamp = String(headers['x-wk-timestamp']);
  const time = Number(timestamp);
  const seconds = time >= 1e12 ? time / 1_000 : time;
  if (Math.abs(nowSeconds - seconds) > TOLERANCE) return 'expired';
  const expected = createHmac('sha512', secret).update(raw).update(timestamp).digest('hex');
  return headers['x-wk-signature'] === expected ? 'valid' : 'forged';
}
