import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { PAYMENT, UQPAY_POST, uqpayBody, uuid } from '../../proxy/support/test-proxy.ts';
import { holdAnswer } from '../../proxy/support/stand-alone.ts';
import { signed, webhook } from '../../proxy/support/webhook.ts';
import { until } from './program.ts';
import { session, siteInFrontOf, wholeSite, type StartFrontEnd } from './site.ts';

const READ = `/refunds/uqpay/payments/${PAYMENT}`;

/** A front end with a wrong answer may keep a test waiting. */
const LIMIT_MS = 120_000;

/** Tests for every front end of the document. `skip` says why they cannot run here. */
export function frontEndCases(name: string, startFrontEnd: StartFrontEnd, skip: string | false): void {
  const frontEndTest = (title: string, run: (t: TestContext) => Promise<void>): void => {
    void test(`${name}: ${title}`, { skip, timeout: LIMIT_MS }, run);
  };

  frontEndTest('a signed-in user can refund from its own page, and a page of another origin cannot', async (t) => {
    const { refund, provider, proxy } = await wholeSite(t, startFrontEnd);
    const answer = await refund(uuid(1));
    assert.equal(answer.status, 200, answer.text);
    assert.equal((await refund(uuid(2), { headers: { origin: 'https://evil.example' } })).status, 403);
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
    assert.equal(await proxy.stop(), 0);
  });

  frontEndTest(
    'no page of another origin shows the pages in a frame, and they keep a policy of their own',
    async (t) => {
      const { ask } = await wholeSite(t, startFrontEnd);
      const { text, headers } = await ask('/');
      assert.equal(text, 'a page of the merchant');
      const policies = headers.get('content-security-policy')?.split(', ');
      assert.deepEqual(policies?.toSorted(), ["default-src 'self'", "frame-ancestors 'self'"]);
    },
  );

  frontEndTest('the front end ignores user headers that a client sends', async (t) => {
    const { ask, refund, provider } = await wholeSite(t, startFrontEnd);
    const claims = [
      { 'x-user': 'chief' },
      { 'X-User': 'chief', 'X-Auth-Request-User': 'chief' },
      { 'x-user': 'chief', 'x-refund-user-secret': 'a-guess-of-a-secret' },
      { x_user: 'chief', 'x-forwarded-user': 'chief' },
    ];
    for (const headers of claims) {
      const claim = JSON.stringify(headers);
      assert.equal((await ask('/refunds/uqpay/intents', { headers })).status, 401, claim);
      // The sign-in accepts this session, but returns no user.
      assert.equal(
        (await ask('/refunds/uqpay/intents', { headers: { ...headers, ...session('') } })).status,
        401,
        claim,
      );
      const asAdmin = await ask('/refunds/uqpay/intents', { headers: { ...headers, ...session('admin-1') } });
      assert.equal(asAdmin.problem.code, 'forbidden', claim);
    }
    assert.equal((await ask('/refunds/uqpay/intents', { headers: session('chief') })).status, 200);
    assert.equal((await refund(uuid(1), { headers: { cookie: '' } })).status, 401);
    assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  });

  frontEndTest('the webhook path needs no sign-in and leads to nothing else', async (t) => {
    const { ask, refund, signInRequests } = await wholeSite(t, startFrontEnd);
    assert.equal((await refund(uuid(1), { amount: '10.00' })).status, 200);
    const before = signInRequests.length;
    const post = ({ headers, body }: ReturnType<typeof signed>, path = '/refunds/uqpay/webhooks') =>
      ask(path, { method: 'POST', headers, body });
    const answer = await post(webhook({ refund: 'RF1', status: 'SUCCEEDED' }, { at: Date.now() }));
    assert.deepEqual([answer.status, answer.json], [200, { received: 'changed' }]);
    const forgedWebhook = await post(
      webhook({ refund: 'RF1', status: 'FAILED' }, { at: Date.now(), secret: 'not-the-secret' }),
    );
    assert.equal(forgedWebhook.problem.code, 'webhook_refused');
    assert.equal(signInRequests.length, before, 'the sign-in was not asked');
    const headers = { 'x-user': 'chief', 'x-refund-user-secret': 'a-guess-of-a-secret' };
    for (const path of [
      `/refunds/uqpay/webhooks/../payments/${PAYMENT}`,
      `/refunds/uqpay/payments/${PAYMENT}/../../webhooks`,
      `/refunds/uqpay/payments/${PAYMENT}/%2e%2e/%2e%2e/webhooks`,
      `/refunds/uqpay/payments/${PAYMENT}%2f..%2f..%2fwebhooks`,
      '/refunds/uqpay/webhooks',
      '//refunds/uqpay/intents',
      '/refunds/uqpay//intents',
      '/refunds/uqpay/%69ntents',
      '/UQPAY/intents',
    ]) {
      const { status, text } = await ask(path, { headers });
      assert.ok(status >= 400, `GET ${path}: ${status} ${text}`);
    }
  });

  frontEndTest('the paths for the operator are not reachable', async (t) => {
    const { ask } = await wholeSite(t, startFrontEnd);
    for (const path of [
      '/metrics',
      '/ready',
      '/health',
      '/refunds/uqpay/../metrics',
      '/refunds/uqpay/%2e%2e/metrics',
      '//metrics',
    ]) {
      const { status, text } = await ask(path, { headers: session('chief') });
      assert.ok(status >= 400 && !text.includes('refund_proxy_'), `${path}: ${status} ${text}`);
    }
  });

  frontEndTest('an open status stream reports a refund', async (t) => {
    const { open, refund, proxy } = await wholeSite(t, startFrontEnd);
    const stream = await open(`${READ}/events`, { headers: session('admin-1') });
    assert.equal(stream.statusCode, 200);
    const streamText = collectText(stream);
    await until(
      () => `No first event: ${streamText()}`,
      () => streamText().includes('"refundable":"100.00"'),
    );
    assert.equal((await refund(uuid(1))).status, 200);
    await until(
      () => `No event of the refund: ${streamText()}`,
      () => streamText().includes('"refundable":"99.00"'),
    );
    stream.destroy();
    assert.equal(await proxy.stop(), 0);
  });

  frontEndTest('the front end refuses a body that is too large and sends nothing', async (t) => {
    const { refund, provider } = await wholeSite(t, startFrontEnd);
    const body = JSON.stringify({ ...uqpayBody('1.00'), reason: 'x'.repeat(70_000) });
    assert.equal((await refund(uuid(1), { body })).status, 413);
    assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  });

  frontEndTest('an answer after the time limit is unknown, and the same key returns it later', async (t) => {
    const { refund, provider } = await wholeSite(t, startFrontEnd, (text) => text.replaceAll('120s', '1s'));
    const { received, answer } = holdAnswer(provider);
    const first = refund(uuid(1));
    await received;
    assert.ok([502, 504].includes((await first).status));
    assert.equal((await refund(uuid(1))).problem.code, 'idempotency_key_running');
    answer({
      status: 200,
      json: {
        payment_refund_id: 'RF1',
        payment_attempt_id: 'PA1234567890123456789',
        refund_status: 'SUCCEEDED',
        amount: '1.00',
        currency: 'USD',
      },
    });
    let last = await refund(uuid(1));
    await until(
      () => `${last.status} ${last.text}`,
      async () => {
        last = await refund(uuid(1));
        return last.status === 200;
      },
    );
    assert.equal(last.headers.get('idempotent-replayed'), 'true');
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  });

  frontEndTest('the front end sends a request only once if its proxy dies', async (t) => {
    const requestLines: string[] = [];
    // Answers one GET and keeps the connection open. A front end may use that connection again, which then breaks.
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        const line = /^(\w+ \S+) HTTP/.exec(bytes.toString())?.[1];
        if (line === undefined) return;
        requestLines.push(line);
        if (line.startsWith('GET')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        else socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { ask, refund } = await siteInFrontOf(
      t,
      `127.0.0.1:${(server.address() as AddressInfo).port}`,
      startFrontEnd,
    );
    assert.equal((await ask(READ, { headers: session('admin-1') })).status, 200);
    assert.equal((await refund(uuid(1))).status, 502);
    assert.equal((await refund(uuid(2))).status, 502);
    assert.deepEqual(
      requestLines.map((line) => line.split(' ')[0]),
      ['GET', 'POST', 'POST'],
    );
  });

  frontEndTest('plain HTTP redirects to HTTPS', async (t) => {
    const { httpPort } = await wholeSite(t, startFrontEnd);
    const httpRequest = get({ host: '127.0.0.1', port: httpPort, path: READ, headers: { host: 'admin.example' } });
    const [answer] = (await once(httpRequest, 'response')) as [IncomingMessage];
    answer.resume();
    assert.match(String(answer.statusCode), /^30[178]$/);
    assert.match(answer.headers.location ?? '', new RegExp(`^https://admin\\.example(:\\d+)?${READ}$`));
  });
}

function collectText(stream: IncomingMessage): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (part: string) => (text += part));
  stream.on('error', () => undefined);
  return () => text;
}
