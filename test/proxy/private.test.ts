import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { test } from 'node:test';

import { SqliteStore } from '../../proxy/ledger/stores/sqlite/sqlite.ts';
import { runProxy, startProxy } from './support/process.ts';
import {
  PAYMENT,
  readAnswer,
  REFUND,
  startTestProxy,
  scriptUqpay,
  temporaryFolder,
  uqpayBody,
  uuid,
} from './support/test-proxy.ts';
import { post, standAlone, USER } from './support/stand-alone.ts';

const PASSWORD = 'hunter2';

/** The part of the password after its first special character must not appear either. */
const ADDRESSES = [
  `postgres://user:${PASSWORD}@127.0.0.1:1/ledger`,
  `postgres://user:${PASSWORD}@127.0.0.1:port/ledger`,
  `postgres://user:/${PASSWORD}@127.0.0.1:1/ledger`,
  `postgres://user:1/${PASSWORD}@127.0.0.1:1/ledger`,
  `postgres://user:1#${PASSWORD}@127.0.0.1:1/ledger`,
  `postgres://user:#${PASSWORD}@127.0.0.1:1/ledger`,
  `postgres://user:%${PASSWORD}@127.0.0.1:1/ledger`,
  `postgres://user:${PASSWORD} @127.0.0.1 :1/ledger`,
  `POSTGRES://user:${PASSWORD}@127.0.0.1:1/ledger`,
  `postgresq://user:${PASSWORD}@127.0.0.1:1/ledger`,
  `mysql://user:${PASSWORD}@127.0.0.1:1/ledger`,
];

test('a password in the database address appears in no output of the commands', async (t) => {
  const { environment } = await standAlone(t);
  const runs = ADDRESSES.flatMap((address) => [
    { address, args: [] },
    { address, args: ['intents'] },
  ]);
  for (const { address, args } of runs) {
    const { code, stdout, stderr } = await runProxy({ ...environment, REFUND_PROXY_DB: address }, ...args);
    assert.notEqual(code, 0, address);
    assert.notEqual(stderr, '', address);
    assert.ok(!(stdout + stderr).includes(PASSWORD), `${address}: ${stderr}`);
    assert.doesNotMatch(stderr, /\n\s+at /, 'a sentence without a stack trace');
  }
});

test('only the user that runs the proxy can read the ledger, its log and its lock', async (t) => {
  const before = process.umask(0o022);
  t.after(() => process.umask(before));
  const folder = await temporaryFolder(t);
  const store = new SqliteStore({ file: path.join(folder, 'ledger.sqlite') });
  t.after(() => store.close());
  store.own();
  await store.transaction((tx) => tx.sharedValue('token'));
  const files = await readdir(folder);
  assert.ok(files.includes('ledger.sqlite') && files.includes('ledger.sqlite-wal'));
  for (const file of files) {
    const { mode } = await stat(path.join(folder, file));
    assert.equal((mode & 0o777).toString(8), '600', file);
  }
});

test('a deleted value is no longer in the ledger file', async (t) => {
  const file = path.join(await temporaryFolder(t), 'ledger.sqlite');
  const store = new SqliteStore({ file });
  const body = JSON.stringify(Array.from({ length: 2_000 }, () => 'layla@shop.example'));
  await store.transaction(async (tx) => {
    await tx.sharedValue('kept');
    await tx.saveSharedValue('kept', body);
  });
  await store.transaction((tx) => tx.saveSharedValue('kept', undefined));
  await store.close();
  assert.ok(!(await readFile(file)).includes('layla@shop.example'));
});

test('a user who is not signed in causes no call of the orders hook', async (t) => {
  let calls = 0;
  const {
    get,
    refund,
    post: send,
  } = await startTestProxy(t, {
    authenticate: async ({ headers }) => (headers.get('x-user') ? undefined : { refuse: 'unauthenticated' }),
    orders: async (id) => {
      calls += 1;
      return { payment_id: id, currency: 'USD', captured: '100.00' };
    },
  });
  const user = { headers: { 'x-user': 'admin-1' } };
  assert.equal((await refund('1.00', user)).status, 200);
  calls = 0;
  assert.equal((await refund('1.00')).status, 401);
  assert.equal(calls, 0);
  const answers = [
    await get(`/payments/${PAYMENT}`),
    await get(`/payments/${PAYMENT}/events`),
    await get(`/events?payment=${PAYMENT}`),
    await get(`${REFUND}?payment_intent_id=${PAYMENT}`),
    await get(`${REFUND}/RF1`),
    await send(`/intents/${uuid(1, 9)}/resolve`, { body: { outcome: 'nothing', reason: 'seen' } }),
    await send(`/intents/${uuid(1, 9)}/approve`, { body: {} }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    answers.map(() => 401),
  );
  assert.equal(calls, 0);
  // An earlier request with this key may have sent a refund.
  assert.equal((await refund('1.00', { key: uuid(1, 1) })).problem.effect, 'unknown');
});

test('an authenticate hook that fails or gives a wrong verdict refuses the request', async (t) => {
  for (const verdict of [true, 'no', { refuse: 'nonsense' }, { user: 'x' }, {}]) {
    const { refund, logged } = await startTestProxy(t, { authenticate: async () => verdict as unknown as undefined });
    assert.equal((await refund('1.00')).problem.code, 'forbidden', JSON.stringify(verdict));
    assert.ok(logged.some((line) => line.includes('the authenticate hook')));
  }
  const { refund, provider } = await startTestProxy(t, { authenticate: () => Promise.reject(new Error('down')) });
  assert.equal((await refund('1.00')).problem.code, 'forbidden');
  assert.equal(provider.calls.length, 0);
});

for (const id of ['.', '..']) {
  test(`a payment id ${id} is not found without a call of the orders hook`, async (t) => {
    const ids: string[] = [];
    const { post: send } = await startTestProxy(t, {
      orders: async (payment) => {
        ids.push(payment);
        return undefined;
      },
    });
    const answer = await send(REFUND, { body: { ...uqpayBody('1.00'), payment_intent_id: id } });
    assert.deepEqual([answer.problem.code, ids], ['payment_not_found', []]);
  });
}

/** The status of a read with this name in `Host`, and with any other header that a page may send. */
function statusAs(base: string, name: string): Promise<number | undefined> {
  const { port } = new URL(base);
  return new Promise((resolve, reject) => {
    const url = `${base}/refunds/uqpay/payments/${PAYMENT}`;
    const headers = { host: `${name}:${port}`, 'x-user': 'chief', 'x-refund-user-secret': 'guessed-by-the-page' };
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

const LOCAL = ['localhost', '127.0.0.1', '[::1]'];
const REBOUND = ['rebound.example', '127.0.0.1.rebound.example', '10.0.0.1', 'admin.example.rebound.example'];

test('anonymous use is limited to local host names, so a page with DNS rebinding is refused', async (t) => {
  const { provider, environment } = await standAlone(t);
  scriptUqpay(provider);
  const { REFUND_USER_HEADER: _none, ...rest } = environment as Record<string, string>;
  const proxy = await startProxy(t, { ...rest, REFUND_ALLOW_ANONYMOUS: '1', REFUND_RECONCILE_SECONDS: '0' });
  for (const host of LOCAL) assert.equal(await statusAs(proxy.url, host), 200, host);
  for (const host of REBOUND) assert.equal(await statusAs(proxy.url, host), 403, host);
  assert.equal((await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'), {})).status, 200);
  await proxy.stop();
});

test('without a secret, a page with DNS rebinding reads nothing as a user of its choice', async (t) => {
  const { provider, environment } = await standAlone(t);
  scriptUqpay(provider);
  const proxy = await startProxy(t, { ...environment, REFUND_PUBLIC_ORIGIN: 'https://admin.example' });
  for (const host of [...LOCAL, 'admin.example']) assert.equal(await statusAs(proxy.url, host), 200, host);
  for (const host of REBOUND) assert.equal(await statusAs(proxy.url, host), 403, host);
  await proxy.stop();
  const withoutOrigin = await startProxy(t, environment);
  assert.equal(await statusAs(withoutOrigin.url, 'admin.example'), 403);
  await withoutOrigin.stop();
});

test('with a secret, the front end may pass on any host, and the secret decides', async (t) => {
  const { provider, environment } = await standAlone(t);
  scriptUqpay(provider);
  const others = await startProxy(t, { ...environment, REFUND_USER_SECRET: 'not-the-one-of-the-page' });
  assert.equal(await statusAs(others.url, 'rebound.example'), 401);
  await others.stop();
  const proxy = await startProxy(t, { ...environment, REFUND_USER_SECRET: 'guessed-by-the-page' });
  assert.equal(await statusAs(proxy.url, 'admin.example'), 200);
  await proxy.stop();
});

test('the stand-alone proxy does not call the orders URL for a user who is not signed in', async (t) => {
  const { provider, environment } = await standAlone(t);
  const { REFUND_ORDERS_FILE: _file, ...rest } = environment as Record<string, string>;
  provider.on(`GET /orders/${PAYMENT}`, {
    status: 200,
    json: { payment_id: PAYMENT, currency: 'USD', captured: '100.00' },
  });
  scriptUqpay(provider);
  const proxy = await startProxy(t, { ...rest, REFUND_ORDERS_URL: `${provider.url}/orders/{id}` });
  const anonymous = await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'), {});
  assert.equal((await readAnswer(anonymous)).problem.code, 'unauthenticated');
  assert.equal(provider.calls.length, 0);
  assert.equal((await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'), USER)).status, 200);
  await proxy.stop();
});
