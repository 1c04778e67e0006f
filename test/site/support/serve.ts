import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

export const SITE = path.resolve(import.meta.dirname, '../../../dist/site');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.avif': 'image/avif',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const COMPRESSED = new Set(['.html', '.js', '.css', '.svg', '.json']);

/** The file of an address within the site, as any static server finds it. */
export function fileOf(pathname: string): string | undefined {
  const file = path.join(SITE, decodeURIComponent(pathname));
  const whole = existsSync(file) && statSync(file).isDirectory() ? path.join(file, 'index.html') : file;
  return existsSync(whole) ? whole : undefined;
}

/** Bytes that a static server with gzip sends for the file. */
export function sentBytes(file: string): number {
  const bytes = readFileSync(file);
  return COMPRESSED.has(path.extname(file)) ? gzipSync(bytes).byteLength : bytes.byteLength;
}

export interface Served {
  readonly origin: string;
  readonly close: () => void;
}

/** Serves the built site on a free port. */
export async function serveSite(): Promise<Served> {
  const server = createServer((request, response) => {
    const file = fileOf(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (file === undefined) return response.writeHead(404).end();
    response.setHeader('content-type', TYPES[path.extname(file)] ?? 'application/octet-stream');
    return response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
