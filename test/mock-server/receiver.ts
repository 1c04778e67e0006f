import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A webhook as it arrived: raw, because a signature is over the raw body. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly body: Record<string, unknown>;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly arrived: Arrived[];
  /** Statuses of the answers to come; 200 once they are used up. `null` never answers. */
  readonly answers: (number | null)[];
  /** Called before each answer. */
  onArrival: (arrived: Arrived) => Promise<void> | void;
  /** Resolves when so many have arrived in all, before `onArrival` is through with the last. */
  readonly began: (wanted: number) => Promise<void>;
  /** Resolves when so many have arrived in all, and `onArrival` is through with them. */
  readonly count: (wanted: number) => Promise<void>;
}

interface Waiting {
  readonly wanted: number;
  readonly resolve: () => void;
}

/** A merchant's endpoint on a free port of this machine. */
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
 * What a receiver has to do, as the provider's libraries do it: HMAC-SHA512 in hex over body and timestamp, and at most
 * 300 seconds between the timestamp, in milliseconds or seconds, and its own clock.
 */
export function verify({ headers, raw }: Arrived, secret: string, nowSeconds: number): 'valid' | 'forged' | 'expired' {
  const timestamp = String(headers['x-wk-timestamp']);
  const given = Number(timestamp);
  const seconds = given >= 1e12 ? given / 1_000 : given;
  if (Math.abs(nowSeconds - seconds) > TOLERANCE) return 'expired';
  const expected = createHmac('sha512', secret).update(raw).update(timestamp).digest('hex');
  return headers['x-wk-signature'] === expected ? 'valid' : 'forged';
}
