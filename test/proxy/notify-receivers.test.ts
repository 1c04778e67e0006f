import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { readConfig } from '../../proxy/server/stand-alone/config.ts';
import { deferred } from './support/deferred.ts';
import { startTestProxy } from './support/test-proxy.ts';
import { standAlone } from './support/stand-alone.ts';

const MINUTE = 60_000;

/** `late` resolves after the proxy has given up. */
type Answer = (response: ServerResponse, late: Promise<void>) => Promise<void> | void;

/** A proxy with a test clock that posts to a real server. The server accepts everything once `answers` is empty. */
async function setUp(t: TestContext, answers: Answer[]) {
  const late = deferred();
  const ids: unknown[] = [];
  const server = createServer((request, response) => {
    ids.push(request.headers['webhook-id']);
    request.resume();
    void Promise.resolve((answers.shift() ?? answer(204))(response, late.promise));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { environment } = await standAlone(t, {
    REFUND_NOTIFY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    REFUND_NOTIFY_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS1zaG9wLTIwMjYtMDE=',
  });
  const { onChange } = await readConfig(environment);
  return { ids, late, ...(await startTestProxy(t, { onChange: onChange!, timeoutMs: 500 })) };
}

function answer(status: number, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers).end('what a server says');
  };
}

const FAILURES: readonly (readonly [string, Answer])[] = [
  ['500, as while it restarts', answer(500)],
  ['410, which does not end the posts', answer(410)],
  ['401, as with a wrong secret', answer(401)],
  ['a redirect to a server that would take it', answer(308, { location: '/elsewhere' })],
  ['a connection that is cut', (response) => void response.destroy()],
  ['no answer', () => undefined],
  ['a success that comes too late', (response, late) => late.then(() => void response.writeHead(200).end())],
];

for (const [name, first] of FAILURES) {
  test(`a change that was answered by ${name} is posted again later, under the same id`, async (t) => {
    const { ids, late, proxy, clock, refund, logged } = await setUp(t, [first]);
    assert.equal((await refund('10.00')).status, 200);
    assert.equal(await proxy.announce(), 0);
    late.resolve();
    assert.equal(await proxy.announce(), 0);
    assert.equal(ids.length, 1);
    clock.now += MINUTE;
    assert.equal(await proxy.announce(), 1);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
    clock.now += MINUTE;
    assert.equal(await proxy.announce(), 0);
    const lines = logged.filter((line) => line.includes('a change was not taken'));
    assert.equal(lines.length, 1);
    if (/^\d+/.test(name)) assert.match(lines[0]!, new RegExp(`REFUND_NOTIFY_URL answered ${name.slice(0, 3)}`));
    assert.doesNotMatch(lines[0]!, /10\.00|what a server says|whsec_/);
  });
}
