import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';

import type { Clock } from './clock.ts';
import type { StartLine } from './gate.ts';

/** With the value `chunked` the body is sent in chunks, and nothing says before how long it is. */
export const CHUNKED = 'Transfer-Encoding';

/** One request below the endpoint, exactly as it is sent: `path` is not normalised. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** When the end of a request is sent, and when its browser is gone. */
export interface Timing {
  /** Where the request waits for the others that must arrive together with it. */
  readonly start?: StartLine | undefined;
  /** When the browser goes away and drops its connection. Without it the browser waits for the answer. */
  readonly leaves?: Promise<void> | undefined;
  /** How an answer is read that may not end by itself. Without it to its end. */
  readonly reads?: Reading | undefined;
}

interface Reading {
  /** Called with all that has come so far, whenever more has come. */
  readonly onText: (text: string) => void;
  /** What has come until then is the answer. */
  readonly until: Promise<void>;
}

/** What the proxy answered. `lost` says why there was no answer, or only a part of one. `status` is 0 then. */
export interface Answer {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** `undefined` when the body is not JSON. */
  readonly json: unknown;
  readonly lost: string | undefined;
  /** Milliseconds from the first byte sent to the last byte read. */
  readonly ms: number;
}

export interface Exchange {
  readonly sent: Sent;
  /** Whether the same request with the same key had already ended, with or without an answer. */
  readonly resent: boolean;
  readonly answer: Answer;
  /** How many calls of the provider the run had seen when it was sent, and when it ended. */
  readonly calls?: readonly [before: number, after: number];
}

/**
 * Sends one request on its own connection. `fetch` cannot be used: it rewrites paths and does not send some headers.
 * Never rejects: a dropped connection is an answer with `lost`.
 */
export function drive(
  endpoint: URL,
  sent: Sent,
  { now }: Clock,
  timeoutMs: number,
  { start: startLine, leaves, reads }: Timing = {},
): Promise<Answer> {
  const start = now();
  // Of the whole answer: one that comes drop by drop is never idle.
  const limit = reads ? undefined : AbortSignal.timeout(timeoutMs);
  const base = endpoint.pathname.replace(/\/+$/, '');
  const { request } = endpoint.protocol === 'https:' ? https : http;
  return new Promise((resolve) => {
    const tooLate = `no answer within ${timeoutMs} ms`;
    let hasBegun = false;
    const lose = (error: unknown) => {
      const why = limit?.aborted === true ? tooLate : reason(error);
      const lost = hasBegun ? `half an answer (${why})` : why;
      resolve({ status: 0, headers: {}, text: '', json: undefined, lost, ms: now() - start });
    };
    const outgoing = request(
      {
        host: endpoint.hostname.replace(/^\[|\]$/g, ''),
        port: endpoint.port,
        method: sent.method,
        path: `${base}${sent.path}`,
        headers: {
          ...sent.headers,
          ...(sent.body !== undefined && lengthOf(sent.headers, sent.body)),
        },
        agent: false,
        timeout: timeoutMs,
        ...(limit && { signal: limit }),
      },
      (incoming) => {
        hasBegun = true;
        (reads ? readUntil(incoming, reads) : read(incoming)).then(
          (text) =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: flat(incoming.headers),
              text,
              json: parse(text),
              lost: undefined,
              ms: now() - start,
            }),
          lose,
        );
      },
    );
    void leaves?.then(() => outgoing.destroy(new Error('the browser went away before the answer')));
    void reads?.until.then(() => outgoing.destroy(new Error('no answer in this time')));
    outgoing.on('timeout', () => outgoing.destroy(new Error(tooLate)));
    outgoing.on('error', (error) => {
      void startLine?.ready();
      lose(error);
    });
    const bytes = Buffer.from(sent.body ?? '');
    if (!startLine || bytes.byteLength === 0) {
      outgoing.end(sent.body);
      return;
    }
    const last = bytes.byteLength - 1;
    outgoing.write(bytes.subarray(0, last), () => {
      void startLine.ready().then(() => outgoing.end(bytes.subarray(last)));
    });
  });
}

/** The header that says how long the body is. One that is sent in chunks has none (RFC 9112 section 6.1). */
function lengthOf(headers: Sent['headers'], body: string): Record<string, number> {
  return headers[CHUNKED] === undefined ? { 'content-length': Buffer.byteLength(body) } : {};
}

/** No message of a proxy or a provider is longer, in bytes. One that never ends would fill the memory. */
const MOST_BYTES = 16 * 2 ** 20;
const TOO_LONG = `it is longer than ${MOST_BYTES / 2 ** 20} MB`;

/** @throws an error when it breaks off or is longer than any message */
export async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).byteLength;
    if (size > MOST_BYTES) throw new Error(TOO_LONG);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads until the reader has enough, or to the end. */
function readUntil(incoming: IncomingMessage, { onText, until }: Reading): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MOST_BYTES) {
        incoming.destroy(new Error(TOO_LONG));
        return;
      }
      onText(text);
    });
    incoming.on('end', () => resolve(text));
    incoming.on('error', reject);
    // Before the connection is cut for it, which would be an error.
    void until.then(() => resolve(text));
  });
}

export function flat(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** The headers that have a value. */
export function defined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
