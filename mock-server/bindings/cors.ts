import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = /^https?:\/\/(?:localhost|[\w-]+\.localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** Whether a page was served from this machine. */
export const isLoopback = (origin: string): boolean => LOOPBACK.test(origin);

const EXPOSED = 'Retry-After, Location, X-Total-Count, Link';

/** Pages served from this machine may read the answers; any other origin gets no permission. */
export function corsHeaders(origin: string): Record<string, string> {
  if (!LOOPBACK.test(origin)) return { vary: 'Origin' };
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'Origin' };
}

/** Allows everything that a preflight from a page of this machine requests. */
export function preflightHeaders(request: IncomingHttpHeaders): Record<string, string> {
  const headers = corsHeaders(request.origin ?? '');
  if ('access-control-allow-origin' in headers) {
    headers['access-control-allow-methods'] = 'GET, POST, PUT, PATCH, DELETE';
    headers['access-control-allow-headers'] = request['access-control-request-headers'] ?? '';
    headers['access-control-max-age'] = '600';
  }
  return headers;
}
