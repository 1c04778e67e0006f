import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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

/** As Standard Webhooks 1.0 says, written a second time here. */
function signature(secret: string, signed: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

/** A merchant's server. `answer` is what it does next; `heard` resolves with the next change that it took. */
async function shop(t: TestContext) {
  const taken: RefundChange[] = [];
  const seen: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const state = { status: 200, headers: {} as Record<string, string> };
  const waiting: (() => void)[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void text(request).then((body) => {
      seen.push({ headers: request.headers, body });
      response.writeHead(state.status, state.headers).end();
      if (state.status === 200) taken.push(refundChange.parse(JSON.parse(body)));
      for (const look of waiting) look();
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
    taken,
    seen,
    state,
    /** Resolves once `isThere` holds after a call. */
    async until(isThere: () => boolean): Promise<void> {
      while (!isThere()) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
        });
      }
    },
  };
}

async function world(t: TestContext, more: Readonly<Record<string, string>> = {}) {
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

/** Resolves once the process has logged it. */
function says({ stdout }: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: stdout! }).on('line', (line) => {
      if (line.includes(words)) resolve();
    });
  });
}

test('a change is posted, signed with each secret as Standard Webhooks says', async (t) => {
  const { receiver, provider, start } = await world(t);
  scriptUqpay(provider);
  const { url } = await start();
  assert.equal((await post(url, `/uqpay${REFUND}`, uqpayBody('10.00'))).status, 200);
  await receiver.until(() => receiver.taken.length > 0);
  const [{ headers, body }] = receiver.seen as [(typeof receiver.seen)[number]];
  const [change] = receiver.taken;
  assert.equal(change?.type, 'refund.accepted');
  assert.equal(headers['webhook-id'], change?.id);
  assert.equal(headers['content-type'], 'application/json');
  const timestamp = String(headers['webhook-timestamp']);
  assert.match(timestamp, /^\d{10}$/);
  const signed = `${change?.id}.${timestamp}.${body}`;
  assert.equal(headers['webhook-signature'], SECRETS.map((secret) => signature(secret, signed)).join(' '));
});

test('a change outlives the process that wrote it, and a redirect is no answer', async (t) => {
  const { receiver, provider, start } = await world(t, { REFUND_LOG_LEVEL: 'warn' });
  scriptUqpay(provider);
  receiver.state.status = 307;
  receiver.state.headers = { location: receiver.url.replace('refund-changes', 'elsewhere') };
  const first = await start();
  // In the middle of a call the other process would wait for its lease to end: `announce-again` does that by a clock.
  const isPutOff = says(first.child, 'a change was not taken');
  await post(first.url, `/uqpay${REFUND}`, uqpayBody('10.00'));
  await isPutOff;
  await first.kill();
  const calls = receiver.seen.length;
  receiver.state.status = 200;
  await start();
  await receiver.until(() => receiver.taken.length > 0);
  assert.equal(receiver.taken[0]?.payment_id, PAYMENT);
  assert.equal(receiver.seen[0]?.headers['webhook-id'], receiver.seen[calls]?.headers['webhook-id']);
});

test('what a person settles by the command is told by the proxy that runs beside it', async (t) => {
  const { receiver, provider, settings, start } = await world(t);
  scriptUqpay(provider);
  provider.on(UQPAY_POST, 'drop');
  provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  const { url } = await start();
  await post(url, `/uqpay${REFUND}`, uqpayBody('10.00'));
  await receiver.until(() => receiver.taken.length > 0);
  const { intent_id: id } = receiver.taken[0]!;
  const args = ['resolve', String(id), '--outcome', 'refunded', '--reason', 'found in the portal', '--user', 'auditor'];
  const { code, stderr } = await runProxy(settings, ...args);
  assert.equal(code, 0, stderr);
  await receiver.until(() => receiver.taken.length > 1);
  assert.deepEqual(
    receiver.taken.map(({ type }) => type),
    ['refund.unknown', 'refund.settled'],
  );
  assert.equal(receiver.taken[1]?.source, 'person');
});

test('the secret may stand in a file, and a new one signs without a restart', async (t) => {
  const file = path.join(await temporaryFolder(t), 'secret');
  await writeFile(file, `${SECRETS[0]}\n`);
  const { receiver, provider, start } = await world(t, {
    REFUND_NOTIFY_SECRET: '',
    REFUND_NOTIFY_SECRET_FILE: file,
  });
  scriptUqpay(provider);
  const { url } = await start();
  const signers = () =>
    receiver.seen.map(({ headers, body }) => {
      const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
      return SECRETS.findIndex((secret) => signature(secret, signed) === headers['webhook-signature']);
    });
  await post(url, `/uqpay${REFUND}`, uqpayBody('10.00'));
  await receiver.until(() => receiver.taken.length > 0);
  await writeFile(file, `${SECRETS[1]}\n`);
  await post(url, `/uqpay${REFUND}`, uqpayBody('10.00'), USER, uuid(2));
  await receiver.until(() => receiver.taken.length > 1);
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
    const { settings } = await world(t, more);
    const { code, stderr } = await runProxy(settings);
    assert.equal(code, 1);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /hunter2/);
  });
}

test('a user of the proxy is never among what is posted', async (t) => {
  const { receiver, provider, start } = await world(t);
  scriptUqpay(provider);
  const { url } = await start();
  await post(url, `/uqpay${REFUND}`, uqpayBody('10.00'));
  await receiver.until(() => receiver.taken.length > 0);
  assert.ok(!receiver.seen.some(({ body }) => body.includes(USER['x-user'])));
});

test('the receiver in the docs takes what is signed, once, and nothing else', async (t) => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../docs/proxy.md'), 'utf8');
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

  const { provider, settings } = await world(t, { REFUND_NOTIFY_URL: `http://127.0.0.1:${port}/` });
  scriptUqpay(provider);
  const { url } = await startProxy(t, settings);
  await post(url, `/uqpay${REFUND}`, uqpayBody('10.00'));
  assert.equal((await lines.next()).value, `refund.accepted: 10.00 USD of ${PAYMENT}`);

  const now = String(Math.floor(Date.now() / 1_000));
  const sent = async (id: string, timestamp: string, signedWith: string) => {
    const body = JSON.stringify({ type: 'refund.settled', amount: id, currency: 'USD', payment_id: 'forged' });
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature(signedWith, `${id}.${timestamp}.${body}`),
    };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await sent('a', now, SECRETS[1]!), 401);
  assert.equal(await sent('b', String(Number(now) - 600), secret), 401);
  assert.equal(await sent('c', now, secret), 204);
  assert.equal(await sent('c', now, secret), 204);
  assert.equal(await sent('d', now, secret), 204);
  assert.deepEqual(
    [(await lines.next()).value, (await lines.next()).value],
    ['refund.settled: c USD of forged', 'refund.settled: d USD of forged'],
  );
});
