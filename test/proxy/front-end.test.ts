import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { startProxy, type Environment } from './support/process.ts';
import { standAlone } from './support/stand-alone.ts';
import { readAnswer, REFUND, scriptUqpay, uqpayBody, uuid, type Answer } from './support/test-proxy.ts';

const ORIGIN = 'https://admin.example';
const SECRET = 'a-secret-of-the-front-end';

/** A sign-in that ends TLS in front of a stand-alone proxy. It adds the user header and forwards the request. */
async function startFrontEnd(t: TestContext, more: Environment, adds: Record<string, string>) {
  const { environment, provider } = await standAlone(t);
  scriptUqpay(provider);
  const proxy = await startProxy(t, { ...environment, ...more });
  const port = Number(new URL(proxy.url).port);
  const frontEnd = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, 'x-forwarded-proto': 'https', forwarded: 'proto=https', ...adds };
    const onward = ask({ host: '127.0.0.1', port, method: incoming.method, path: incoming.url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(frontEnd, 'listening');
  t.after(() => {
    frontEnd.closeAllConnections();
    frontEnd.close();
  });
  const address = `http://127.0.0.1:${(frontEnd.address() as AddressInfo).port}`;
  let key = 0;
  const refund = async (headers: Record<string, string>, url = address): Promise<Answer> => {
    key += 1;
    const own = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(key) };
    const body = JSON.stringify(uqpayBody('1.00'));
    return readAnswer(
      await fetch(`${url}/refunds/uqpay${REFUND}`, { method: 'POST', headers: { ...own, ...headers }, body }),
    );
  };
  return { refund, provider, direct: proxy.url, stop: () => proxy.stop() };
}

test('behind TLS a page of the public origin can refund without Sec-Fetch-Site, and no other page can', async (t) => {
  const { refund, provider, stop } = await startFrontEnd(t, { REFUND_PUBLIC_ORIGIN: ORIGIN }, { 'x-user': 'admin-1' });
  const own = await refund({ origin: ORIGIN });
  assert.deepEqual([own.status, own.headers.get('access-control-allow-origin')], [200, null]);
  assert.equal((await refund({ origin: 'https://evil.example' })).problem.code, 'origin_not_allowed');
  const forwarded = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' };
  assert.equal((await refund(forwarded)).problem.code, 'origin_not_allowed', 'no forwarded header is trusted');
  assert.equal((await refund({ origin: ORIGIN, 'sec-fetch-site': 'cross-site' })).problem.code, 'origin_not_allowed');
  assert.equal(provider.callsOf(`POST ${REFUND}`).length, 1);
  await stop();
});

test('the refusal names REFUND_PUBLIC_ORIGIN if it is not set', async (t) => {
  const { refund, stop } = await startFrontEnd(t, {}, { 'x-user': 'admin-1' });
  const { problem } = await refund({ origin: ORIGIN });
  assert.equal(problem.code, 'origin_not_allowed');
  assert.match(problem.detail ?? '', /publicOrigin \(REFUND_PUBLIC_ORIGIN\)/);
  await stop();
});

test('the user header counts only with the secret of the front end', async (t) => {
  const { refund, provider, direct, stop } = await startFrontEnd(
    t,
    { REFUND_PROXY_HOST: '0.0.0.0', REFUND_USER_SECRET: SECRET },
    { 'x-user': 'admin-1', 'x-refund-user-secret': SECRET },
  );
  const url = direct.replace('0.0.0.0', '127.0.0.1');
  assert.equal((await refund({}, url)).status, 401);
  const wrong: Record<string, string>[] = [
    { 'x-user': 'admin-1' },
    { 'x-user': 'admin-1', 'x-refund-user-secret': '' },
    { 'x-user': 'admin-1', 'x-refund-user-secret': `${SECRET}x` },
    { 'x-user': 'admin-1', 'x-refund-user-secret': SECRET.toUpperCase() },
  ];
  for (const headers of wrong) {
    const { status, problem, text } = await refund(headers, url);
    assert.deepEqual([status, problem.code], [401, 'unauthenticated'], JSON.stringify(headers));
    assert.match(problem.detail ?? '', /has to send REFUND_USER_SECRET in X-Refund-User-Secret/);
    assert.ok(!text.includes(SECRET));
  }
  assert.equal(provider.calls.length, 0);
  assert.equal((await refund({})).status, 200, 'through the front end');
  assert.equal(
    (await refund({ 'x-refund-user-secret': SECRET }, url)).status,
    401,
    'with the secret and without a user',
  );
  await stop();
});
