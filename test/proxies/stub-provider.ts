import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export interface Call {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer in full. `type` is its content type, JSON without it. */
export class Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, type = 'application/json', headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.text = text;
    this.type = type;
    this.headers = headers;
  }
}

/**
 * What is answered: an object is a 200 as JSON, a number is a status, with `drop` the connection ends, and with `drip` the
 * body comes byte by byte and has no end.
 */
export type Reply = Answer | object | number | 'drop' | 'drip';

export interface Stub {
  readonly url: string;
  /** Calls of the provider, without those for a token. */
  readonly calls: readonly Call[];
}

/** The orders and the provider of a proxy under test. `orders` and `provider` decide what each call is answered, `token` a call for a token. */
export async function stubProvider(
  t: TestContext,
  orders: (id: string) => Reply,
  provider: (call: Call) => Reply | Promise<Reply>,
  token: () => Reply = () => ({ auth_token: 'token-of-the-stub' }),
): Promise<Stub> {
  const calls: Call[] = [];
  const server = createServer((incoming, outgoing) => {
    const answer = async () => {
      const { method = '', url = '', headers } = incoming;
      const body = await text(incoming);
      let reply: Reply;
      if (url.startsWith('/orders/')) reply = orders(decodeURIComponent(url.slice('/orders/'.length)));
      else if (url.endsWith('/v1/connect/token')) reply = token();
      else {
        const call = { method, url: url.replace(/^\/(?:uqpay\/api|upayments\/api\/v1)/, ''), headers, body };
        calls.push(call);
        reply = await provider(call);
      }
      if (reply === 'drop') return incoming.socket.destroy();
      if (reply === 'drip') return drip(outgoing);
      const { status, type, headers: more, text: said } = answerOf(reply);
      outgoing.writeHead(status, { ...more, 'content-type': type });
      return outgoing.end(said);
    };
    answer().catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

function drip(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => outgoing.write(' '), 100);
  outgoing.on('close', () => clearInterval(timer));
}

function answerOf(reply: object | number): Answer {
  if (reply instanceof Answer) return reply;
  return typeof reply === 'number' ? new Answer(reply, '{"message":"no"}') : new Answer(200, JSON.stringify(reply));
}
