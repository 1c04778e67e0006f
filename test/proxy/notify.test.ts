import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';

import { refundChange, type RefundChange } from '../../contract/change.ts';
import { ownPort } from '../runner/ports.ts';
import { runProxy, startProxy } from './support/process.ts';
import { PAYMENT, REFUND, scriptUqpay, UQPAY_POST, temporaryFolder, uqpayBody, uuid } from './support/test-proxy.ts';
import { post, standAlone, USER } from './support/stand-alone.ts';

const SECRETS = ['c2VjcmV0LW9mLXRoZS1zaG9wLTIwMjYtMDE=', 'c2VjcmV0LW9mLXRoZS1zaG9wLTIwMjYtMDI='].map(
  (base64) => `whsec_${base64}`,
);

/** The signature as Standard Webhooks 1.0 defines it, implemented a second time for the test. */
function signature(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

/** A merchant's server. `state` is its next answer. `until` waits for a condition after a call. */
async function shop(t: TestContext) {
  const changes: RefundChange[] = [];
  const requests: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const state = { status: 200, headers: {} as Record<string, string> };
  const waiters: (() => void)[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body });
      response.writeHead(state.status, state.headers).end();
      if (state.status === 200) changes.push(refundChange.parse(JSON.parse(body)));
      for (const look of waiters) look();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/refund-changes`,
    changes,
    requests,
    state,
    /** Resolves once `isThere` is true after a call. */
    async until(isThere: () => boolean): Promise<void> {
      while (!isThere()) {
        await new Promise<void>((resolve) => {
          waiters.push(resolve);
        });
      }
    },
  };
}

async function setUp(t: TestContext, more: Readonly<Record<string, string>> = {}) {
  const receiver = await shop(t);
  const { provider, environment } = await standAlone(t);
  const settings = {
    ...environment,
    REFUND_RECONCILE_SECONDS: '0',
    REFUND_NOTIFY_URL: receiver.url,
    REFUND_NOTIFY_SECRET: SECRETS.join(','),
    ...more,
  };
  return { receiver, provider, settings, start: () => startProxy(t, settings) };
}

/** Resolves once the process has logged the words. */
function logs({ stdout }: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: stdout! }).on('line', (line) => {
      if (line.includes(words)) resolve();
    });
  });
}

test('a change is posted and signed with each secret, as Standard Webhooks defines it', async (t) => {
  const { receiver, provider, start } = await setUp(t);
  scriptUqpay(provider);
  const { url } = await start();
  assert.equal((await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'))).status, 200);
  await receiver.until(() => receiver.changes.length > 0);
  const [{ headers, body }] = receiver.requests as [(typeof receiver.requests)[number]];
  const [change] = receiver.changes;
  assert.equal(change?.type, 'refund.accepted');
  assert.equal(headers['webhook-id'], change?.id);
  assert.equal(headers['content-type'], 'application/json');
  const timestamp = String(headers['webhook-timestamp']);
  assert.match(timestamp, /^\d{10}$/);
  const signed = `${change?.id}.${timestamp}.${body}`;
  assert.equal(headers['webhook-signature'], SECRETS.map((secret) => signature(secret, signed)).join(' '));
});

test('a change is still sent after its process was killed, and a redirect is not accepted as an answer', async (t) => {
  const { receiver, provider, start } = await setUp(t, { REFUND_LOG_LEVEL: 'warn' });
  scriptUqpay(provider);
  receiver.state.status = 307;
  receiver.state.headers = { location: receiver.url.replace('refund-changes', 'elsewhere') };
  const first = await start();
  // If the process died during a call, the next one would wait for the lease: `announce-again` tests that with a clock.
  const isPutOff = logs(first.child, 'a change was not taken');
  await post(first.url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'));
  await isPutOff;
  await first.kill();
  const calls = receiver.requests.length;
  receiver.state.status = 200;
  await start();
  await receiver.until(() => receiver.changes.length > 0);
  assert.equal(receiver.changes[0]?.payment_id, PAYMENT);
  assert.equal(receiver.requests[0]?.headers['webhook-id'], receiver.requests[calls]?.headers['webhook-id']);
});

test('a refund that a person settles by command is reported by the running proxy', async (t) => {
  const { receiver, provider, settings, start } = await setUp(t);
  scriptUqpay(provider);
  provider.on(UQPAY_POST, 'drop');
  provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  const { url } = await start();
  await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'));
  await receiver.until(() => receiver.changes.length > 0);
  const { intent_id: id } = receiver.changes[0]!;
  const args = ['resolve', String(id), '--outcome', 'refunded', '--reason', 'found in the portal', '--user', 'auditor'];
  const { code, stderr } = await runProxy(settings, ...args);
  assert.equal(code, 0, stderr);
  await receiver.until(() => receiver.changes.length > 1);
  assert.deepEqual(
    receiver.changes.map(({ type }) => type),
    ['refund.unknown', 'refund.settled'],
  );
  assert.equal(receiver.changes[1]?.source, 'person');
});

test('the signing secret can be in a file, and a new secret is used without a restart', async (t) => {
  const file = path.join(await temporaryFolder(t), 'secret');
  await writeFile(file, `${SECRETS[0]}\n`);
  const { receiver, provider, start } = await setUp(t, {
    REFUND_NOTIFY_SECRET: '',
    REFUND_NOTIFY_SECRET_FILE: file,
  });
  scriptUqpay(provider);
  const { url } = await start();
  const signers = () =>
    receiver.requests.map(({ headers, body }) => {
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      return SECRETS.findIndex((secret) => signature(secret, signed) === headers['webhook-signature']);
    });
  await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'));
  await receiver.until(() => receiver.changes.length > 0);
  await writeFile(file, `${SECRETS[1]}\n`);
  await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'), USER, uuid(2));
  await receiver.until(() => receiver.changes.length > 1);
  assert.deepEqual(signers(), [0, 1]);
});

const WRONG: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
  [{ REFUND_NOTIFY_SECRET: '' }, /REFUND_NOTIFY_SECRET: expected a secret to sign with/],
  [{ REFUND_NOTIFY_URL: '' }, /REFUND_NOTIFY_SECRET: does nothing without REFUND_NOTIFY_URL/],
  [{ REFUND_NOTIFY_SECRET: 'hunter2-hunter2-hunter2-hunter2' }, /REFUND_NOTIFY_SECRET: expected whsec_/],
  [{ REFUND_NOTIFY_SECRET: [...SECRETS, SECRETS[0]].join(',') }, /expected at most two secrets/],
  [{ REFUND_NOTIFY_URL: 'http://shop.example/hook' }, /REFUND_NOTIFY_URL: http:\/\/ would tell of refunds in clear/],
  [{ REFUND_NOTIFY_URL: 'shop.example' }, /REFUND_NOTIFY_URL: expected an http\(s\) address/],
];

for (const [more, words] of WRONG) {
  test(`refuses to start with ${JSON.stringify(Object.keys(more))}: ${words.source}`, async (t) => {
    const { settings } = await setUp(t, more);
    const { code, stderr } = await runProxy(settings);
    assert.equal(code, 1);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /hunter2/);
  });
}

test('a posted change never contains a user of the proxy', async (t) => {
  const { receiver, provider, start } = await setUp(t);
  scriptUqpay(provider);
  const { url } = await start();
  await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'));
  await receiver.until(() => receiver.changes.length > 0);
  assert.ok(!receiver.requests.some(({ body }) => body.includes(USER['x-user'])));
});

/** Sends a request byte for byte, and ends the connection. @returns the status of the answer, or nothing */
async function sendRaw(port: number, headers: string, body = ''): Promise<string | undefined> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.end(Buffer.from(`POST / HTTP/1.1\r\nhost: shop.example\r\n${headers}\r\n\r\n${body}`, 'latin1'));
  return /^HTTP\/1\.1 (\d{3})/.exec(await text(socket))?.[1];
}

test('the receiver in the docs accepts a signed change, handles it once, and refuses anything else', async (t) => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../docs/proxy/behaviour.md'), 'utf8');
  const code = /<!-- receiver -->\n\n```js\n([^]*?)```/.exec(page)?.[1] ?? '';
  const file = path.join(await temporaryFolder(t), 'receiver.mjs');
  await writeFile(file, code);
  const port = await ownPort();
  const [secret] = SECRETS as [string];
  const environment = { PORT: String(port), REFUND_NOTIFY_SECRET: secret };
  const child = spawn(process.execPath, [file], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready');

  const { provider, settings } = await setUp(t, { REFUND_NOTIFY_URL: `http://127.0.0.1:${port}/` });
  scriptUqpay(provider);
  const { url } = await startProxy(t, settings);
  await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'));
  assert.equal((await lines.next()).value, `refund.accepted: 10.00 USD of ${PAYMENT}`);

  const now = String(Math.floor(Date.now() / 1_000));
  const postChange = async (id: string, timestamp: string, signedWith: string) => {
    const body = JSON.stringify({ type: 'refund.settled', amount: id, currency: 'USD', payment_id: 'forged' });
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature(signedWith, `${id}.${timestamp}.${body}`),
    };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await postChange('a', now, SECRETS[1]!), 401);
  // As many characters as a signature has, and one byte more.
  const odd = `v1,${'a'.repeat(43)}\u00e9`;
  assert.equal(await sendRaw(port, `webhook-signature: ${odd}\r\ncontent-length: 0\r\nconnection: close`), '401');
  // The body ends in its middle, and so does the connection.
  await sendRaw(port, 'content-length: 100', '{');
  assert.equal(await postChange('b', String(Number(now) - 600), secret), 401);
  assert.equal(await postChange('c', now, secret), 204);
  assert.equal(await postChange('c', now, secret), 204);
  assert.equal(await postChange('d', now, secret), 204);
  assert.deepEqual(
    [(await lines.next()).value, (await lines.next()).value],
    ['refund.settled: c USD of forged', 'refund.settled: d USD of forged'],
  );
});
