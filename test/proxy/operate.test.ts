import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { createRefundProxy, serveProxies, uqpay } from '../../proxy/index.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { runProxy, startProxy } from './support/process.ts';
import type { ScriptedProvider } from './support/provider.ts';
import {
  makeRefund,
  ORDER,
  PAYMENT,
  readAnswer,
  REFUND,
  startTestProxy,
  scriptUqpay,
  UQPAY_POST,
  uqpayBody,
  uuid,
} from './support/test-proxy.ts';
import { post, standAlone, USER } from './support/stand-alone.ts';
import { SECRET, webhook } from './support/webhook.ts';

async function refundAt(url: string, amount: string, key = uuid(1)) {
  return readAnswer(await post(url, `/refunds/uqpay${REFUND}`, uqpayBody(amount), USER, key));
}

test('the stand-alone proxy has a webhook, an approval limit with approvers, a readiness check and metrics', async (t) => {
  const { environment, provider } = await standAlone(t, {
    UQPAY_WEBHOOK_SECRET: SECRET,
    REFUND_WEBHOOK_PATH: '/from/uqpay',
    REFUND_APPROVAL_ABOVE: 'USD 40.00, KWD 1.000',
    REFUND_APPROVERS: 'chief',
    REFUND_METRICS: '1',
  });
  scriptUqpay(provider);
  const proxy = await startProxy(t, environment);
  const { url } = proxy;
  assert.equal((await fetch(`${url}/ready`)).status, 200);
  assert.equal((await refundAt(url, '40.00')).status, 200);
  const waiting = await refundAt(url, '40.01', uuid(2));
  assert.equal(waiting.problem.code, 'approval_required');
  const approve = (user: string) => post(url, `${String(waiting.problem['instance'])}/approve`, {}, { 'x-user': user });
  assert.equal((await approve('admin-2')).status, 403);
  assert.equal((await approve('chief')).status, 200);

  const { headers, body } = webhook({ refund: 'RF1', status: 'SUCCEEDED', amount: '40.00' }, { at: Date.now() });
  const answer = await fetch(`${url}/refunds/uqpay/from/uqpay`, { method: 'POST', headers, body });
  assert.deepEqual(await answer.json(), { received: 'changed' });

  const metrics = await (await fetch(`${url}/metrics`)).text();
  const route = `POST ${REFUND}`;
  for (const line of [
    `refund_proxy_requests_total{provider="uqpay",route="${route}",status="403",code="approval_required"} 1`,
    'refund_proxy_sends_total{provider="uqpay",kind="refund",state="succeeded"} 2',
    'refund_proxy_webhooks_total{provider="uqpay",became="changed"} 1',
    'refund_proxy_unknown_intents{provider="uqpay"} 0',
  ]) {
    assert.ok(metrics.includes(`${line}\n`), line);
  }
  assert.equal(await proxy.stop(), 0);
});

test('a refund in a currency without a limit waits while other currencies have one', async (t) => {
  const { environment, provider } = await standAlone(t, {
    REFUND_APPROVAL_ABOVE: 'KWD 1.000',
    REFUND_APPROVERS: 'chief',
  });
  scriptUqpay(provider);
  const proxy = await startProxy(t, environment);
  assert.equal((await refundAt(proxy.url, '0.01')).problem.code, 'approval_required');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  assert.equal(await proxy.stop(), 0);
});

test('a limit that is no amount stops the start, and metrics are served only if they are enabled', async (t) => {
  const { environment } = await standAlone(t, { REFUND_APPROVAL_ABOVE: 'USD 1.005' });
  const wrong = await runProxy(environment);
  assert.deepEqual([wrong.code, /REFUND_APPROVAL_ABOVE: expected amounts such as/.test(wrong.stderr)], [1, true]);
  const proxy = await startProxy(t, { ...environment, REFUND_APPROVAL_ABOVE: '' });
  assert.equal((await fetch(`${proxy.url}/metrics`)).status, 404);
  await proxy.stop();
});

test('the proxy sends nothing while its disk is full, and with free space the same keys make one refund each', async (t) => {
  const { environment, provider } = await standAlone(t, { REFUND_RATE_LIMIT: '0' }, { captured: '100000.00' });
  const refunds = scriptUqpay(provider);
  const limited = await startProxy(t, environment, { largestFileKb: 512 });
  let number = 0;
  let answer;
  do {
    number += 1;
    answer = await refundAt(limited.url, '1.00', uuid(number));
  } while (answer.status === 200 && number < 1_000);
  // The disk may be full at the record of the outcome: then that refund is unknown, and the next one is not sent.
  const calls = provider.callsOf(UQPAY_POST).length;
  for (let more = 0; more < 5; more += 1) {
    const refusal = await refundAt(limited.url, '1.00', uuid(number + 1 + more));
    assert.deepEqual(
      [refusal.status, refusal.problem.code, refusal.problem.effect],
      [503, 'ledger_unavailable', 'nothing'],
    );
  }
  assert.equal((await fetch(`${limited.url}/health`)).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, calls);
  await limited.kill();

  const unlimited = await startProxy(t, environment);
  for (let key = 1; key <= number + 5; key += 1) {
    const { status } = await refundAt(unlimited.url, '1.00', uuid(key));
    assert.equal(status, 200, `key ${key}`);
  }
  assert.equal(refunds.size, number + 5);
  await unlimited.stop();
});

test('while the proxy stops, it finishes what it is sending and refuses new requests without a claim about old keys', async (t) => {
  const origin = 'https://admin.example';
  const { proxy, provider, refund } = await startTestProxy(t, { allowedOrigins: [origin] });
  const refunds = new Map<string, object>();
  let closing: Promise<void> | undefined;
  let answers: Awaited<ReturnType<typeof refund>>[] = [];
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    closing = proxy.close();
    const from = { origin };
    answers = [
      await refund('1.00', { key: uuid(1), headers: from }),
      await refund('1.00', { key: uuid(2), headers: from }),
    ];
    assert.equal(await proxy.ready(), false);
    return { status: 200, json: makeRefund(refunds, headers, body) };
  });
  const first = await refund('1.00', { key: uuid(1) });
  await closing;
  assert.equal(first.status, 200);
  assert.deepEqual(
    answers.map(({ status, problem }) => [status, problem.code, problem.effect]),
    [
      [503, 'stopping', 'unknown'],
      [503, 'stopping', 'nothing'],
    ],
  );
  assert.equal(
    answers[0]?.headers.get('access-control-allow-origin'),
    origin,
    'a page of another origin can read the answer',
  );
  assert.equal(refunds.size, 1);
});

test('stopping waits for a request that has not yet been sent', async (t) => {
  let admit: (verdict: { user: string }) => void = () => undefined;
  let noteCall: () => void = () => undefined;
  const authorizeCalled = new Promise<void>((resolve) => {
    noteCall = resolve;
  });
  const { proxy, refund, provider } = await startTestProxy(t, {
    authorize: () =>
      new Promise((resolve) => {
        admit = resolve;
        noteCall();
      }),
  });
  const answer = refund('1.00');
  await authorizeCalled;
  let isClosed = false;
  const closed = proxy.close().then(() => {
    isClosed = true;
  });
  admit({ user: 'admin-1' });
  assert.equal((await answer).status, 200);
  await closed;
  assert.deepEqual([isClosed, provider.callsOf(UQPAY_POST).length], [true, 1]);
});

test('stopping waits for no request that is still being read, in any host, and says that it was not sent', async (t) => {
  const { proxy, provider } = await startTestProxy(t);
  let sent: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (sent = controller) });
  const headers = { 'content-type': 'application/json', 'idempotency-key': uuid(1), 'x-refund-form': '1' };
  const url = `http://proxy.test${proxy.basePath}${REFUND}`;
  const answer = proxy.fetch(new Request(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit));
  sent!.enqueue(new TextEncoder().encode('{'));
  await proxy.close();
  const { status, problem } = await readAnswer(await answer);
  assert.deepEqual([status, problem.code, problem.effect], [503, 'stopping', 'nothing']);
  assert.equal(provider.calls.length, 0);
});

test('a proxy whose ledger does not answer is not ready, but serves its other endpoints', async (t) => {
  const { proxy, ledger } = await startTestProxy(t);
  assert.equal(await proxy.ready(), true);
  await ledger.close();
  assert.equal(await proxy.ready(), false);
  const served = await serveProxies({
    proxies: [{ ...proxy, recover: async () => 0 }],
    port: 0,
    host: '127.0.0.1',
  });
  t.after(() => served.close());
  assert.equal((await fetch(`${served.url}/ready`)).status, 503);
  assert.equal((await fetch(`${served.url}/health`)).status, 200);
});

test('a hook that never answers is aborted at the timeout, and nothing is sent', async (t) => {
  const aborted: string[] = [];
  const never = (name: string, signal: AbortSignal) =>
    new Promise<never>(() => signal.addEventListener('abort', () => aborted.push(name)));
  const slowOrders = await startTestProxy(t, { timeoutMs: 50, orders: (_id, { signal }) => never('orders', signal) });
  assert.equal((await slowOrders.refund('1.00')).problem.code, 'orders_unavailable');
  const slowAuthorize = await startTestProxy(t, {
    timeoutMs: 50,
    authorize: (_request, { signal }) => never('authorize', signal),
  });
  assert.equal((await slowAuthorize.refund('1.00')).problem.code, 'forbidden');
  assert.deepEqual(aborted, ['orders', 'authorize']);
  assert.equal(slowOrders.provider.calls.length + slowAuthorize.provider.calls.length, 0);
});

test('the connection to a provider that never answers is closed at the timeout', async (t) => {
  const { refund, provider } = await startTestProxy(t, { timeoutMs: 100 });
  provider.on(UQPAY_POST, 'hang');
  assert.equal((await refund('1.00')).problem.code, 'outcome_unknown');
  await provider.callsOf(UQPAY_POST)[0]!.gone;
});

test('a proxy cannot be created without an authorize hook', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const provider = uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: 'c', apiKey: 'k' });
  const options = { provider, basePath: '/refunds', ledger, orders: async () => undefined };
  assert.throws(
    () => createRefundProxy(options as unknown as Parameters<typeof createRefundProxy>[0]),
    /authorize: is missing/,
  );
});

test('a body without an end is refused as soon as it is too long', async (t) => {
  const { proxy, provider } = await startTestProxy(t, { maxBodyBytes: 100 });
  const served = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1' });
  t.after(() => served.close());
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const slow = request(`${served.url}/refunds${REFUND}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1) },
    });
    slow.on('response', ({ statusCode }) => {
      resolve(statusCode);
      slow.destroy();
    });
    slow.on('error', reject);
    slow.write('"'.padEnd(101, 'x'));
  });
  assert.equal(status, 413);
  assert.equal(provider.calls.length, 0);
});

test('a request that is only half sent does not delay the end of the proxy until its time is up', async (t) => {
  const { environment } = await standAlone(t);
  const proxy = await startProxy(t, environment);
  const half = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  half.setEncoding('utf8');
  const received: string[] = [];
  half.on('data', (text: string) => received.push(text));
  half.on('error', () => undefined);
  const ended = once(half, 'close');
  const head = [
    'Host: x',
    'Content-Type: application/json',
    'X-Refund-Form: 1',
    'X-User: admin-1',
    'Content-Length: 90',
  ];
  half.write(`POST /refunds/uqpay${REFUND} HTTP/1.1\r\n${head.join('\r\n')}\r\nIdempotency-Key: ${uuid(1)}\r\n\r\n{"a`);
  // The proxy has begun to read it when it answers the next one.
  assert.equal((await fetch(`${proxy.url}/health`)).status, 200);
  assert.equal(await proxy.stop(), 0);
  await ended;
  // After the time for one request the server itself would have answered 408.
  assert.match(received.join(''), /^HTTP\/1\.1 503 .*"code":"stopping","effect":"nothing"/s);
});

test('the command `elsewhere` records a refund made elsewhere, and names every wrong flag', async (t) => {
  const { environment, provider } = await standAlone(t);
  list(provider, 1);
  // The command needs an existing ledger.
  await (await startProxy(t, environment)).stop();
  const runElsewhere = (...flags: string[]) =>
    runProxy(environment, 'elsewhere', ORDER, '--provider', 'upayments', ...flags);
  const wrong = await runElsewhere('--amount', '40.0001', '--currency', 'KWD', '--reason', 'x', '--user', ' ');
  assert.equal(wrong.code, 2);
  assert.deepEqual(wrong.stderr.trim().split('\n'), [
    '--amount: expected an amount of KWD above zero, such as 40.000',
    '--reason: expected 3 to 500 characters',
    '--user: expected 1 to 255 characters',
  ]);
  const more = ['--currency', 'KWD', '--reason', 'Seen there', '--user', 'op-1'];
  for (const [flags, sentence] of [
    [[], '--amount: expected an amount of KWD above zero, such as 40.000'],
    [['--amount', '4', '--outcome', 'nothing'], '--amount: expected none with --outcome nothing'],
    [['--amount', '4', '--outcome', 'refunded'], '--outcome: expected together with --refund-id'],
    [['--refund-id', 'R9'], `--refund-id: the provider contradicts no refund R9 of ${ORDER} in KWD`],
    [['--refund-id', 'R9', '--withdraw'], '--refund-id: expected without --withdraw'],
  ] as const) {
    const refusal = await runElsewhere(...flags, ...more);
    assert.ok(
      refusal.code === (sentence.includes('contradicts') ? 1 : 2) && refusal.stderr.includes(sentence),
      refusal.stderr,
    );
  }
  const flags = ['--amount', '40', '--currency', 'KWD', '--reason', 'Seen in the dashboard', '--user', 'op-1'];
  const result = await runElsewhere(...flags);
  assert.equal(result.stderr, '');
  assert.deepEqual(JSON.parse(result.stdout), {
    merchant: 'default',
    provider: 'upayments',
    payment_id: ORDER,
    amount: '40.000',
    currency: 'KWD',
    status: 'elsewhere',
    standing: 'succeeded',
  });
  const ledger = new DatabaseSync(environment['REFUND_PROXY_DB']!, { readOnly: true });
  t.after(() => ledger.close());
  const [line] = ledger.prepare("SELECT who, source, detail FROM audit WHERE what = 'elsewhere'").all();
  assert.deepEqual({ ...line }, { who: 'op-1', source: 'person', detail: 'Seen in the dashboard' });
});

test('the command `elsewhere` compares the word with the order and the provider’s list, and takes a record back', async (t) => {
  const { environment, provider } = await standAlone(t);
  const proxy = await startProxy(t, environment);
  const figures = async () => {
    const answer = await fetch(`${proxy.url}/refunds/upayments/payments/${ORDER}`, { headers: USER });
    const { refunded, refundable, refunds = [] } = (await answer.json()) as PaymentSummary;
    return [refunded, refundable, refunds.length];
  };
  const run = (payment: string, currency: string, ...flags: string[]) =>
    runProxy(
      environment,
      'elsewhere',
      payment,
      '--currency',
      currency,
      '--reason',
      'Seen there',
      '--user',
      'op',
      ...flags,
    );
  const ours = ['--provider', 'upayments', '--amount'];
  const refuses = async (made: ReturnType<typeof run>, why: RegExp) => {
    const { code, stdout, stderr } = await made;
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, why);
  };
  list(provider, 1);
  await refuses(run(ORDER, 'USD', ...ours, '40.00'), /^--currency: the order is in KWD\n$/);
  await refuses(run(ORDER, 'KWD', ...ours, '400'), /^--amount: only 100\.000 KWD were captured of this payment\n$/);
  await refuses(run('nope', 'KWD', ...ours, '40'), /^Check the payment id\n$/);
  const listed = ['--provider', 'uqpay', '--amount', '20.00'];
  await refuses(run(PAYMENT, 'USD', ...listed), /^The provider lists its refunds with their amounts, [^]*--confirm\n$/);
  assert.equal((await run(ORDER, 'KWD', ...ours, '40')).code, 0);
  // The same line once more, as two operators would enter it.
  await refuses(run(ORDER, 'KWD', ...ours, '40'), /^The provider lists 1 refund of this payment, and each counts/);
  await refuses(run(ORDER, 'KWD', ...ours, '70'), /^40\.000 of the 100\.000 KWD captured count already/);
  assert.deepEqual(await figures(), ['40.000', '60.000', 1]);
  assert.equal((await run(ORDER, 'KWD', ...ours, '4', '--confirm')).code, 0);
  assert.deepEqual(await figures(), ['44.000', '56.000', 2]);
  await refuses(
    run(ORDER, 'KWD', ...ours, '5', '--withdraw'),
    /^--withdraw: nobody has recorded a refund of 5\.000 KWD of/,
  );
  const taken = await run(ORDER, 'KWD', ...ours, '4', '--withdraw');
  const { status, standing } = JSON.parse(taken.stdout) as Record<string, string>;
  assert.deepEqual([taken.stderr, status, standing], ['', 'withdrawn', 'failed']);
  await refuses(
    run(ORDER, 'KWD', ...ours, '40', '--withdraw'),
    /without this one not all of them would count\. .*--confirm/,
  );
  await refuses(run(ORDER, 'KWD', ...ours, '4', '--withdraw'), /^--withdraw: nobody has recorded/);
  assert.deepEqual(await figures(), ['40.000', '60.000', 1]);
  // What cannot be compared has to be confirmed.
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, json: {} });
  await refuses(
    run(ORDER, 'KWD', ...ours, '1'),
    /^The provider cannot be read now \([^)]+\), so nothing is compared .*--confirm/,
  );
  assert.equal((await run(ORDER, 'KWD', ...ours, '1', '--confirm')).code, 0);
  const REFUND_PROXY_DB = environment['REFUND_PROXY_DB']!;
  const bare = (currency: string, ...flags: string[]) => {
    const said = ['--currency', currency, '--reason', 'Seen there', '--user', 'op', ...flags];
    return runProxy({ REFUND_PROXY_DB }, 'elsewhere', ORDER, ...ours, '2', ...said);
  };
  await refuses(bare('KWD'), /^The provider was not asked, because .*UPAYMENTS_TOKEN.* --confirm/);
  // A record that is taken back frees its amount: unread or unasked, that has to be confirmed, too.
  await refuses(run(ORDER, 'KWD', ...ours, '1', '--withdraw'), /cannot be read now [^]*--confirm/);
  await refuses(bare('KWD', '--withdraw'), /^The provider was not asked, because .*UPAYMENTS_TOKEN.* --confirm/);
  await refuses(bare('USD', '--confirm'), /^--currency: this ledger knows the payment in KWD\n$/);
  assert.equal((await bare('KWD', '--confirm')).code, 0);
  assert.deepEqual(await figures(), ['43.000', '57.000', 3]);
  const ledger = new DatabaseSync(REFUND_PROXY_DB, { readOnly: true });
  t.after(() => ledger.close());
  const [line] = ledger.prepare("SELECT who, detail FROM audit WHERE to_word = 'withdrawn'").all();
  assert.deepEqual({ ...line }, { who: 'op', detail: 'Seen there' });
});

/** UPayments lists so many refunds of the order, without their amounts. */
function list(provider: ScriptedProvider, count: number): void {
  const refund = Array.from({ length: count }, (_, index) => ({
    order_id: `refund-${index}`,
    is_refunded: true,
    refunded_date: null,
  }));
  provider.on(`GET /check-refund/${ORDER}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
}
