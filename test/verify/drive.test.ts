import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { drive } from '../../verify/drive.ts';

const CLOCK = { now: () => 0, wall: () => 0, pause: () => Promise.resolve() };
const SENT = { method: 'GET', path: '/', headers: {}, body: undefined };

async function endpointOf(t: TestContext, answer: RequestListener): Promise<URL> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test('an answer that comes drop by drop and never ends is lost in the time that an answer has', async (t) => {
  const endpoint = await endpointOf(t, (_, response) => {
    const drip = () => {
      if (response.destroyed) return;
      response.write(' ');
      setImmediate(drip);
    };
    drip();
  });
  const { lost, status } = await drive(endpoint, SENT, CLOCK, 300);
  assert.deepEqual([status, lost], [0, 'half an answer (no answer within 300 ms)']);
});

test('an answer that is longer than any message is lost before it fills the memory', async (t) => {
  const endless = (response: Parameters<RequestListener>[1]) => {
    const part = Buffer.alloc(2 ** 20, ' ');
    const more = () => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', more);
    more();
  };
  const endpoint = await endpointOf(t, (_, response) => endless(response));
  const { lost } = await drive(endpoint, SENT, CLOCK, 20_000);
  assert.equal(lost, 'half an answer (it is longer than 16 MB)');
  const reads = { onText: () => undefined, until: new Promise<void>(() => {}) };
  const stream = await drive(endpoint, SENT, CLOCK, 20_000, { reads });
  assert.equal(stream.lost, 'half an answer (it is longer than 16 MB)');
});
