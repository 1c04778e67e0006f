import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createGzip, type Gzip } from 'node:zlib';

import { nodeHandler } from '../../proxy/index.ts';
import { Stream } from './support/event-stream.ts';
import { PAYMENT, startTestProxy } from './support/test-proxy.ts';

/**
 * What `compression()` of Express does to an answer: it is compressed unless `Cache-Control` has `no-transform`, and its
 * bytes wait in the compressor until there are enough of them.
 */
function compress(response: ServerResponse): void {
  const plain = {
    write: response.write.bind(response),
    end: response.end.bind(response),
    writeHead: response.writeHead.bind(response),
  };
  let gzip: Gzip | undefined;
  Object.assign(response, {
    writeHead(status: number, headers: Record<string, string> = {}) {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      if (!/(?:^|,)\s*no-transform\s*(?:,|$)/.test(String(response.getHeader('cache-control')))) {
        response.setHeader('content-encoding', 'gzip');
        response.removeHeader('content-length');
        gzip = createGzip();
        gzip.on('data', (chunk: Buffer) => plain.write(chunk)).on('end', () => plain.end());
      }
      return plain.writeHead(status);
    },
    write: (chunk: Uint8Array) => (gzip ? gzip.write(chunk) : plain.write(chunk)),
    end: (chunk?: Uint8Array) => (gzip ? gzip.end(chunk) : plain.end(chunk)),
  });
}

test('live status arrives at once although a server compresses its answers', { timeout: 20_000 }, async (t) => {
  const { proxy, refund } = await startTestProxy(t);
  t.after(() => proxy.close());
  const handle = nodeHandler(proxy);
  const server = createServer((request, response) => {
    compress(response);
    handle(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/refunds`;
  const read = await fetch(`${base}/payments/${PAYMENT}`, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(read.headers.get('content-encoding'), 'gzip', 'other answers are compressed');
  assert.equal(((await read.json()) as { refundable: string }).refundable, '100.00');

  const answer = await fetch(`${base}/payments/${PAYMENT}/events`, { headers: { 'accept-encoding': 'gzip' } });
  assert.deepEqual(
    [answer.headers.get('content-encoding'), answer.headers.get('cache-control')],
    [null, 'no-store, no-transform'],
  );
  const stream = new Stream(answer);
  assert.equal((await stream.next())?.summary.refundable, '100.00');
  await refund('10.00');
  assert.equal((await stream.until(({ refundable }) => refundable !== '100.00')).summary.refundable, '90.00');
  await stream.stop();
});
