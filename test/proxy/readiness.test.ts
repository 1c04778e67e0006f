import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { serveProxies, type RefundProxy } from '../../proxy/index.ts';
import { deferred } from './support/deferred.ts';
import { startProxy } from './support/process.ts';
import { readAnswer, REFUND, startTestProxy, scriptUqpay, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';
import { post, standAlone, USER } from './support/stand-alone.ts';

const statusOf = async (url: string) => (await fetch(url)).status;

test('a request to a locked ledger is answered in time, and the process answers other requests meanwhile', async (t) => {
  const { provider, environment } = await standAlone(t);
  scriptUqpay(provider);
  const proxy = await startProxy(t, { ...environment, REFUND_RATE_LIMIT: '0', REFUND_RECONCILE_SECONDS: '0' });
  // It has a token and has read the payment.
  await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'), USER, uuid(99));
  const other = new DatabaseSync(environment['REFUND_PROXY_DB']!);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const order: string[] = [];
  const startedAt = performance.now();
  const posts = Array.from({ length: 12 }, async (_, n) => {
    const response = await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'), USER, uuid(n + 1));
    order.push('refund');
    return readAnswer(response);
  });
  const notReady = statusOf(`${proxy.url}/ready`);
  for (let n = 0; n < 5; n += 1) {
    assert.equal(await statusOf(`${proxy.url}/health`), 200);
    order.push('health');
  }
  const answers = await Promise.all(posts);
  const ms = performance.now() - startedAt;
  assert.deepEqual(
    order.slice(0, 5),
    Array.from({ length: 5 }, () => 'health'),
    'these requests do not wait for the lock',
  );
  assert.ok(answers.every(({ status, problem }) => status === 503 && problem.code === 'ledger_unavailable'));
  // One after the other they would take nine seconds.
  assert.ok(ms < 3_000, `${Math.round(ms)} ms`);
  t.diagnostic(`12 requests at a locked ledger were answered within ${Math.round(ms)} ms`);
  assert.equal(await notReady, 503);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  other.exec('ROLLBACK');
  assert.equal((await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'))).status, 200);
  await proxy.stop();
});

test('a request waits for a lock that is released in time', async (t) => {
  const { place, refund } = await startTestProxy(t);
  const other = new DatabaseSync(place.environment['REFUND_PROXY_DB']!);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const answer = refund('1.00');
  setTimeout(() => other.exec('ROLLBACK'), 10);
  assert.equal((await answer).status, 200);
});

test('a proxy with a full disk is not ready, although it can read its ledger', async (t) => {
  const { provider, environment } = await standAlone(t);
  scriptUqpay(provider);
  const limited = await startProxy(
    t,
    { ...environment, REFUND_RATE_LIMIT: '0', REFUND_RECONCILE_SECONDS: '0' },
    { largestFileKb: 512 },
  );
  assert.equal(await statusOf(`${limited.url}/ready`), 200);
  let status = 200;
  for (let n = 1; status === 200 && n < 1_000; n += 1) {
    ({ status } = await post(`${limited.url}/refunds/uqpay`, REFUND, uqpayBody('0.01'), USER, uuid(n)));
  }
  assert.equal(status, 503);
  assert.equal(await statusOf(`${limited.url}/ready`), 503);
  assert.equal(
    (await fetch(`${limited.url}/refunds/uqpay/intents`, { headers: USER })).status,
    403,
    'it can still read',
  );
  await limited.kill();
});

test('a stopping proxy is not ready and refuses requests at once, while a reconcile round still waits for its provider', async (t) => {
  const { proxy } = await startTestProxy(t);
  let end: () => void = () => undefined;
  const { promise: started, resolve: start } = deferred();
  const hanging: RefundProxy = {
    ...proxy,
    reconcile: () => {
      start();
      return new Promise((resolve) => {
        end = () => resolve({ checked: 0, changed: 0, settled: 0 });
      });
    },
  };
  const served = await serveProxies({ proxies: [hanging], port: 0, host: '127.0.0.1', reconcileEveryMs: 1 });
  await started;
  assert.equal(await statusOf(`${served.url}/ready`), 200);
  let isClosed = false;
  const closed = served.close().then(() => {
    isClosed = true;
  });
  assert.equal(await statusOf(`${served.url}/ready`), 503);
  const refusal = await post(`${served.url}/refunds`, REFUND, uqpayBody('1.00'));
  assert.equal((await readAnswer(refusal)).problem.code, 'stopping');
  assert.equal(isClosed, false);
  end();
  await closed;
});

test('a provider that does not answer delays no reconciling of another provider', async (t) => {
  const first = await startTestProxy(t);
  const second = await startTestProxy(t);
  const { promise: read, resolve } = deferred();
  let end: () => void = () => undefined;
  const none = { checked: 0, changed: 0, settled: 0 };
  const hangingProxy: RefundProxy = {
    ...first.proxy,
    basePath: '/first',
    reconcile: () =>
      new Promise((done) => {
        end = () => done(none);
      }),
  };
  const otherProxy: RefundProxy = {
    ...second.proxy,
    reconcile: async () => {
      resolve();
      return none;
    },
  };
  const served = await serveProxies({
    proxies: [hangingProxy, otherProxy],
    port: 0,
    host: '127.0.0.1',
    reconcileEveryMs: 1,
  });
  await read;
  end();
  await served.close();
});

test('an idle connection stays open for longer than a load balancer keeps it, so that no refund meets it while it closes', async (t) => {
  const { environment } = await standAlone(t);
  const proxy = await startProxy(t, environment);
  const { headers } = await fetch(`${proxy.url}/health`);
  assert.equal(headers.get('keep-alive'), 'timeout=75');
  await proxy.stop();
});
