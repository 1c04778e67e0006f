import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What one passed call was: the bytes that were sent, and those that were answered. */
export interface Passed {
  readonly status: number;
  readonly sent: Buffer;
  readonly answered: Buffer;
}

/** Headers of one connection. `accept-encoding` is left out, so that the answer can be read. RFC 9110, 7.6.1 */
const OWN = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'accept-encoding',
]);

/** A connection that was kept may be closed at the other end: each call has its own, so that none is lost by us. */
const AGENTS = { 'http:': new HttpAgent({ keepAlive: false }), 'https:': new HttpsAgent({ keepAlive: false }) };

/**
 * Passes one call on as it is, and its answer back. It is sent once. If the connection to the provider breaks, the
 * client's connection breaks as well: the client has to know that it does not know.
 * @returns `undefined` for a call without a whole answer
 */
export function passOn(incoming: IncomingMessage, outgoing: ServerResponse, to: URL): Promise<Passed | undefined> {
  const send = to.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const giveUp = () => {
      outgoing.destroy();
      resolve(undefined);
    };
    const sent: Buffer[] = [];
    const answered: Buffer[] = [];
    const upstream = send(to, {
      method: incoming.method,
      headers: endToEnd(incoming),
      agent: AGENTS[to.protocol as keyof typeof AGENTS],
    });
    upstream.on('error', giveUp);
    upstream.on('response', (answer) => {
      const status = answer.statusCode ?? 502;
      outgoing.writeHead(status, endToEnd(answer));
      // The provider goes on when the client is gone: its answer is still worth recording.
      answer.on('data', (chunk: Buffer) => {
        answered.push(chunk);
        if (!outgoing.destroyed) outgoing.write(chunk);
      });
      answer.on('error', giveUp);
      answer.on('end', () => {
        resolve({ status, sent: Buffer.concat(sent), answered: Buffer.concat(answered) });
        outgoing.end();
      });
    });
    incoming.on('data', (chunk: Buffer) => sent.push(chunk));
    // A client that leaves after its request was complete stops nothing: the provider may already move money.
    incoming.on('error', (error) => incoming.complete || upstream.destroy(error));
    incoming.pipe(upstream);
  });
}

function endToEnd({ headers }: IncomingMessage): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !OWN.has(name)),
  ) as Record<string, string | string[]>;
}
