import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

import type { BodyFault, Call } from '../core/engine/wire.ts';
import { bodyLimit } from './body-limit.ts';
import type { Caller } from './control-guard.ts';

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/**
 * Reads a request target in absolute form, as clients behind a proxy send it. Its host replaces the `Host` header. RFC
 * 9112, 3.2.2
 */
export function takeAbsolute(incoming: IncomingMessage): void {
  const match = ABSOLUTE.exec(incoming.url ?? '');
  if (!match) return;
  const rest = (incoming.url ?? '').slice(match[0].length);
  incoming.url = rest.startsWith('/') ? rest : `/${rest}`;
  incoming.headers.host = match[1]?.replace(/^.*@/, '') ?? '';
}

export function callerOf({ method = 'GET', headers }: IncomingMessage, path: string): Caller {
  const header = (name: string) => [headers[name]].flat().join(', ') || undefined;
  return {
    method,
    path,
    host: headers.host,
    origin: headers.origin,
    site: header('sec-fetch-site'),
    mode: header('sec-fetch-mode'),
  };
}

export interface Body {
  readonly text: string;
  readonly fault?: BodyFault;
}

const NO_BODY: Body = { text: '' };

export function callOf(incoming: IncomingMessage, body: Body): Call {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    // Only set-cookie comes as an array, and nothing reads it.
    headers: incoming.headers as Call['headers'],
    body: body.text,
    bodyFault: body.fault,
    origin: `http://${incoming.headers.host ?? 'localhost'}`,
  };
}

export const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/';

/**
 * Calls back once the body is complete, and never when the client went away before that. A callback, because a promise for
 * each call is measurably slower.
 */
export function readBody(incoming: IncomingMessage, then: (body: Body) => void): void {
  if (incoming.method === 'GET' || incoming.method === 'HEAD') {
    then(NO_BODY);
    return;
  }
  const limit = bodyLimit(pathOf(incoming));
  let chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks = [];
  });
  incoming.on('end', () => {
    if (size > limit) {
      then({ text: '', fault: 'too_large' });
      return;
    }
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    then(isUtf8(bytes) ? { text: bytes.toString('utf8') } : { text: '', fault: 'not_utf8' });
  });
  // A request that is cut off ends with an error and needs no answer.
  incoming.on('error', () => undefined);
}
