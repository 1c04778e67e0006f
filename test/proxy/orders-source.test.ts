import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';

import { readOrdersFile } from '../../proxy/server/stand-alone/orders-file.ts';
import { runProxy, startProxy, type Environment } from './support/process.ts';
import { post, standAlone } from './support/stand-alone.ts';
import { PAYMENT, readAnswer, REFUND, scriptUqpay, temporaryFolder, uqpayBody } from './support/test-proxy.ts';

const GOOD = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };

async function fileOf(t: TestContext, text: string): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'orders.json');
  await writeFile(file, text);
  return file;
}

test('a wrong row of the orders file stops the start, and is named by its number and payment', async (t) => {
  const { environment } = await standAlone(t);
  const rows = [
    GOOD,
    { payment_id: 'PI-2', currency: 'USD', captured: 100 },
    { currency: 'usd', captured: '1.00' },
    { payment_id: 'PI-4', currency: 'KWD', captured: '1.0005', not_refundable: 5 },
    GOOD,
    'PI-6',
  ];
  const file = await fileOf(t, JSON.stringify(rows));
  const { code, stderr } = await runProxy({ ...environment, REFUND_ORDERS_FILE: file });
  const decimal = 'a decimal string such as "12.50", without a sign and without grouping';
  assert.deepEqual(
    [code, stderr.trim().split('\n')],
    [
      1,
      [
        `row 2 (payment "PI-2"): captured: expected ${decimal}, received the number 100`,
        "row 3: payment_id: expected the payment's id, a string of 1 to 255 characters, received nothing",
        'row 3: currency: expected an active ISO 4217 code in capitals such as "USD", received the string "usd"',
        'row 4 (payment "PI-4"): not_refundable: expected a string, or nothing, received the number 5',
        `row 5 (payment "${PAYMENT}"): payment_id: expected an id that no row before it has, received the string "${PAYMENT}"`,
        'row 6: order: expected an object with payment_id, currency and captured, or undefined when there is no such payment, received a string of 4 characters',
      ].map((line) => `REFUND_ORDERS_FILE: ${line}`),
    ],
  );
});

test('an orders file that is missing, no JSON or no array is named as such, and its content is not quoted', async (t) => {
  const faultOf = async (text: string) => (await readOrdersFile(await fileOf(t, text))).faults.join('\n');
  assert.equal(await faultOf('{"orders":[]}'), 'expected a JSON array of orders, received an object');
  assert.match(await faultOf('[\n{"payment_id": "Layla",}\n]'), /^is not JSON(?:: it is wrong in line 2)?$/);
  assert.equal(await faultOf(''), 'is not JSON');
  const missing = await readOrdersFile(path.join(await temporaryFolder(t), 'none.json'));
  assert.match(missing.faults.join(), /^cannot be read: ENOENT/);
  const withByteOrderMark = await readOrdersFile(await fileOf(t, `\uFEFF${JSON.stringify([GOOD])}`));
  assert.deepEqual([withByteOrderMark.faults, [...withByteOrderMark.orders.keys()]], [[], [PAYMENT]]);
  // A file may have more than an order needs.
  const misspelt = [
    { ...GOOD, refunded_elswhere: '1.00', customer: 'x', payment_methods: 'card', payment_method: 'card' },
  ];
  assert.deepEqual((await readOrdersFile(await fileOf(t, JSON.stringify(misspelt)))).faults, [
    `row 1 (payment "${PAYMENT}"): refunded_elswhere is not read: did you mean refunded_elsewhere?`,
  ]);
  const many = await readOrdersFile(await fileOf(t, JSON.stringify(Array.from({ length: 25 }, () => ({})))));
  assert.deepEqual([many.faults.length, many.faults.at(-1)], [21, 'and 55 more']);
});

/** A merchant's order server with answers that the test sets, and a stand-alone proxy that calls it. */
async function ordersServer(t: TestContext, more: Environment = {}) {
  const requests: { url: string; headers: IncomingHttpHeaders }[] = [];
  let act: (response: ServerResponse) => void = (response) => response.end(JSON.stringify(GOOD));
  const server = createServer(({ url = '', headers }, response) => {
    requests.push({ url, headers });
    act(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { environment: whole, provider } = await standAlone(t);
  const { REFUND_ORDERS_FILE: _none, ...environment } = whole as Record<string, string>;
  scriptUqpay(provider);
  const proxy = await startProxy(t, {
    ...environment,
    REFUND_ORDERS_URL: `http://127.0.0.1:${port}/orders/{id}?part=all`,
    REFUND_ORDERS_HEADER: 'authorization: Bearer token-of-the-shop',
    REFUND_LOG_LEVEL: 'info',
    REFUND_PROXY_TIMEOUT_MS: '1000',
    ...more,
  });
  const logged: Record<string, string>[] = [];
  createInterface({ input: proxy.child.stdout! }).on('line', (line) => logged.push(JSON.parse(line)));
  const refund = async (id = PAYMENT) =>
    readAnswer(await post(proxy.url, `/refunds/uqpay${REFUND}`, { ...uqpayBody('1.00'), payment_intent_id: id }));
  return {
    requests,
    provider,
    proxy,
    server,
    refund,
    answerWith: (next: typeof act) => {
      act = next;
    },
    /** Sends a refund that must fail, and returns the log line about it. */
    failing: async () => {
      const from = logged.length;
      const answer = await refund();
      assert.deepEqual([answer.problem.code, answer.problem.effect], ['orders_unavailable', 'nothing']);
      // The log is written before the answer, and its last line is about the answer.
      while (!logged.slice(from).some(({ msg }) => msg === 'answered')) await once(proxy.child.stdout!, 'data');
      const line = logged.slice(from).find(({ msg }) => msg?.startsWith('the orders hook'));
      assert.ok(!JSON.stringify(logged).includes('token-of-the-shop'));
      return line;
    },
  };
}

test('the orders URL is called with its header once per refund, and 404 means payment_not_found', async (t) => {
  const { requests, refund, answerWith, provider, proxy } = await ordersServer(t);
  assert.equal((await refund()).status, 200);
  assert.deepEqual(
    [requests[0]?.url, requests[0]?.headers.authorization],
    [`/orders/${PAYMENT}?part=all`, 'Bearer token-of-the-shop'],
  );
  answerWith((response) => response.writeHead(404).end('<p>none</p>'));
  const none = await readAnswer(
    await fetch(`${proxy.url}/refunds/uqpay/payments/PI-none`, { headers: { 'x-user': 'admin-1' } }),
  );
  assert.equal(none.problem.code, 'payment_not_found');
  assert.equal(provider.callsOf(`POST ${REFUND}`).length, 1);
  await proxy.stop();
});

test('the log names what the orders URL answered instead of an order', async (t) => {
  const { failing, answerWith, requests, provider, proxy, server } = await ordersServer(t);
  const cases: readonly (readonly [act: (response: ServerResponse) => void, reason: string])[] = [
    [
      (response) => response.writeHead(401).end('{}'),
      'REFUND_ORDERS_URL answered 401: it wants a credential, check REFUND_ORDERS_HEADER',
    ],
    [
      (response) => response.writeHead(403).end('{}'),
      'REFUND_ORDERS_URL answered 403: it wants a credential, check REFUND_ORDERS_HEADER',
    ],
    [
      (response) => response.writeHead(302, { location: '/sign-in' }).end(),
      'REFUND_ORDERS_URL answered 302: redirects are not followed, give the address it leads to',
    ],
    [
      (response) => response.writeHead(500).end('{}'),
      'REFUND_ORDERS_URL answered 500, where 200 with the order or 404 was expected',
    ],
    [
      (response) => response.writeHead(204).end(),
      'REFUND_ORDERS_URL answered 204, where 200 with the order or 404 was expected',
    ],
    [
      (response) => response.end('<h1>Sign in, Layla</h1>'),
      'REFUND_ORDERS_URL answered with something that is not JSON',
    ],
    [
      (response) => response.end(JSON.stringify('x'.repeat(1_100_000))),
      'REFUND_ORDERS_URL answered with more than one order can be',
    ],
  ];
  for (const [act, reason] of cases) {
    answerWith(act);
    const line = await failing();
    assert.deepEqual([line?.['msg'], line?.['reason']], ['the orders hook failed', reason]);
  }
  assert.ok(
    requests.every(({ url }) => url.startsWith('/orders/')),
    'no redirect is followed',
  );
  answerWith((response) => response.end(JSON.stringify({ ...GOOD, captured: 100 })));
  const wrong = await failing();
  assert.deepEqual([wrong?.['field'], wrong?.['received']], ['captured', 'the number 100']);
  answerWith(() => undefined);
  assert.equal((await failing())?.['msg'], 'the orders hook did not answer in time');
  server.closeAllConnections();
  server.close();
  const unreachable = await failing();
  assert.equal(unreachable?.['reason'], 'REFUND_ORDERS_URL could not be reached (ECONNREFUSED)');
  assert.equal(provider.calls.length, 0);
  await proxy.stop();
});
