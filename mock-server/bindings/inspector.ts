import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

import { INSPECTOR_PAGE, MISSING_PAGE } from './inspector-page.ts';

/** What the inspector's page may do: its own scripts, styles and answers, nothing of a third party. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

const FILES: Readonly<Record<string, string>> = {
  'inspector.js': 'text/javascript; charset=utf-8',
  'inspector.css': 'text/css; charset=utf-8',
};

/** The built files, seen from the sources and from the two places that a build puts this file in. */
const FOLDERS = ['../../dist/inspector', '../../inspector', '../../../inspector'].map((folder) =>
  path.join(import.meta.dirname, folder),
);

/** The paths of the page: the root, the root of a namespace, and `/_sandbox` of both. */
const PAGE = /^((?:\/ns\/[^/]+)?)(\/?|\/_sandbox\/?)$/;
const FILE = /^(?:\/ns\/[^/]+)?\/_sandbox\/inspector\/([\w.]+)$/;

/** A part of the inspector that a request asks for. */
export type InspectorPart =
  | { readonly is: 'page' }
  | { readonly is: 'redirect'; readonly to: string }
  | { readonly is: 'file'; readonly name: string };

/**
 * The part of the inspector that a request asks for; `undefined` where it is for the sandbox itself. At the paths of the
 * page a browser gets the page, and a client that does not ask for HTML gets what it always got.
 * @param called path below the server root
 */
export function inspectorPart({ method, headers }: IncomingMessage, called: string): InspectorPart | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  const name = FILE.exec(called)?.[1];
  if (name !== undefined && Object.hasOwn(FILES, name)) return { is: 'file', name };
  const [, namespace = ''] = PAGE.exec(called) ?? [undefined];
  if (!PAGE.test(called) || !prefersHtml(headers.accept)) return undefined;
  const to = `${namespace}/_sandbox/`;
  return called === to ? { is: 'page' } : { is: 'redirect', to };
}

/** Whether HTML is named, and is liked better than JSON. */
function prefersHtml(accept = ''): boolean {
  return qualityOf(accept, 'text/html') > qualityOf(accept, 'application/json');
}

/** The weight of a media type that an Accept header names; 0 when it does not name it. RFC 9110, 12.5.1 */
function qualityOf(accept: string, type: string): number {
  for (const part of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0;
  }
  return 0;
}

export async function serveInspector(
  part: InspectorPart,
  { method }: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const send = (status: number, headers: Readonly<Record<string, string>>, body: string | Buffer) => {
    outgoing.writeHead(status, { ...HEADERS, ...headers, 'content-length': Buffer.byteLength(body) });
    outgoing.end(method === 'HEAD' ? undefined : body);
  };
  const html = { 'content-type': 'text/html; charset=utf-8', vary: 'Accept' };
  const folder = FOLDERS.find((one) => existsSync(path.join(one, 'inspector.js')));
  if (part.is === 'redirect') send(302, { location: part.to, vary: 'Accept' }, '');
  else if (folder === undefined) send(503, html, MISSING_PAGE);
  else if (part.is === 'page') send(200, html, INSPECTOR_PAGE);
  else send(200, { 'content-type': FILES[part.name] ?? '' }, await readFile(path.join(folder, part.name)));
}
