import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';

import type { Problem } from '../../contract/index.ts';
import { deferred } from '../proxy/support/deferred.ts';
import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';
import { eachProxy, type Program } from './each.ts';
import { newFolder } from './starting.ts';
import { Answer, stubProvider, type Call, type Reply, type Stub } from './stub-provider.ts';
import { keyOf } from './stubbed.ts';
import { startProxy } from './support.ts';

// What a real provider, its network and the host of a proxy do, and the sandbox on the same machine does not.

const MADE = {
  uqpay: { payment_refund_id: 'r-1', refund_status: 'INITIATED', amount: '1.00', currency: 'USD' },
  upayments: { status: true, data: { orderId: 'r-1', refundOrderId: 'ro', refundArn: 'arn' } },
} as const;
const LIST = { uqpay: { total_pages: 0, data: [] }, upayments: { status: true, data: { refund: [] } } } as const;

async function start(
  t: TestContext,
  { command, args }: Program,
  provider: ProviderName,
  {
    answer = () => MADE[provider],
    token,
    ledger,
  }: { answer?: (call: Call) => Reply | Promise<Reply>; token?: () => Reply; ledger?: string } = {},
) {
  const stub = await stubProvider(
    t,
    () => ({ currency: provider === 'uqpay' ? 'USD' : 'KWD', captured: '100.000' }),
    (call) => (call.method === 'GET' ? LIST[provider] : answer(call)),
    token,
  );
  let child: ChildProcess | undefined;
  const started = (its: ChildProcess) => (child = its);
  const endpoint = await startProxy(t, {
    command,
    args,
    provider,
    recorder: stub.url,
    started,
    ...(ledger && { ledger }),
  });
  const refund = (number: number, amount = '1.00') => {
    const [below, body] =
      provider === 'uqpay'
        ? ['/v2/payment/refunds', { payment_intent_id: 'p-1', amount, reason: 'Return good' }]
        : ['/create-refund', { orderId: 'p-1', totalPrice: Number(amount) }];
    const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(number) };
    return fetch(endpoint + below, { method: 'POST', headers: { ...SESSION, ...form }, body: JSON.stringify(body) });
  };
  return { refund, calls: stub.calls, child: child! };
}

eachProxy('a refund that is on its way when the proxy is stopped gets its answer:', async (t, program) => {
  // PHP's own server is for trials: on a host, PHP-FPM ends what it has begun.
  if (program.command === 'php') return;
  const [arrived, gate] = [deferred(), deferred()];
  const answer = () => {
    arrived.resolve();
    return gate.promise.then(() => MADE.upayments);
  };
  const { refund, child } = await start(t, program, 'upayments', { answer });
  const sent = refund(1);
  await arrived.promise;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  // It has received the signal once it takes no new request.
  for (;;) {
    const isStopping = await refund(2).then(
      ({ body }) => body?.cancel().then(() => false),
      () => true,
    );
    if (isStopping) break;
  }
  gate.resolve();
  assert.equal((await sent).status, 200);
  await ended;
});

eachProxy(
  'an answer is asked for uncompressed, and is read with a byte order mark and with long headers:',
  async (t, program) => {
    const headers = { 'content-security-policy': `default-src ${'https://cdn.example '.repeat(500)}` };
    const answer = () => new Answer(200, `\uFEFF${JSON.stringify(MADE.upayments)}`, 'application/json', headers);
    const { refund, calls } = await start(t, program, 'upayments', { answer });
    const { status } = await refund(1);
    assert.equal(status, 200);
    assert.deepEqual([...new Set(calls.map((call) => call.headers['accept-encoding']))], ['identity']);
  },
);

eachProxy('a page in the place of a token is forgotten once there is one again:', async (t, program) => {
  let isDown = true;
  const page = new Answer(200, '<html>We are back soon</html>', 'text/html');
  const token = () => (isDown ? page : { auth_token: 'token-of-the-stub' });
  const { refund } = await start(t, program, 'uqpay', { token });
  assert.equal((await refund(1)).status, 502);
  isDown = false;
  assert.equal((await refund(2)).status, 200);
});

eachProxy('an answer without an end is cut off, and is no answer:', async (t, program) => {
  const answer = () => new Answer(200, `{"a":"${'x'.repeat(8 << 20)}"}`);
  const { refund } = await start(t, program, 'upayments', { answer });
  const status = await refund(1).then(
    (got) => got.status,
    () => undefined,
  );
  // nginx closes the connection: for the form that is no answer either.
  assert.equal(status, program.args(0).join().includes('nginx') ? undefined : 504);
});

eachProxy('an answer that comes drop by drop is no answer once its time is over:', async (t, program) => {
  // The time limits of nginx are for each read. The request counts as lost all the same, after seven times the limit.
  if (program.args(0).join().includes('nginx')) return;
  const { refund } = await start(t, program, 'upayments', { answer: () => 'drip' });
  assert.equal((await refund(1)).status, 504);
});

eachProxy('amounts are sent as they were asked for, whatever php.ini says:', async (t, { command, args }) => {
  if (command !== 'php') return;
  const old = (port: number) => ['-d', 'serialize_precision=17', '-d', 'precision=17', ...args(port)];
  let made = 0;
  const answer = () => {
    made += 1;
    return { ...MADE.upayments, data: { orderId: `r-${made}`, refundOrderId: `ro-${made}`, refundArn: 'arn' } };
  };
  const { refund, calls } = await start(t, { command, args: old }, 'upayments', { answer });
  for (const [number, amount] of ['0.29', '1.23', '33.33'].entries()) {
    await refund(number + 1, amount);
    assert.match(calls.at(-1)!.body, new RegExp(`"totalPrice":${amount.replace('.', String.raw`\.`)}[,}]`));
  }
});

eachProxy('a token goes to nobody but the address that gave it, with the same client and key:', async (t, program) => {
  const ledger = path.join(newFolder(t), 'ledger.db');
  const stubOf = (name: string) => {
    let tokens = 0;
    const token = () => ({ auth_token: `${name}-${(tokens += 1)}` });
    return stubProvider(
      t,
      () => ({ currency: 'USD', captured: '1.00' }),
      () => LIST.uqpay,
      token,
    );
  };
  const [live, sandbox] = [await stubOf('live'), await stubOf('sandbox')];
  const tokensOf = async ({ url: recorder, calls }: Stub, env: Readonly<Record<string, string>> = {}) => {
    const before = calls.length;
    const endpoint = await startProxy(t, { ...program, provider: 'uqpay', recorder, ledger, env });
    const { status } = await fetch(`${endpoint}/payments/p-1`, { headers: SESSION });
    assert.equal(status, 200);
    return [...new Set(calls.slice(before).map(({ headers }) => headers['x-auth-token']))];
  };
  assert.deepEqual(await tokensOf(live), ['Bearer live-1']);
  assert.deepEqual(await tokensOf(sandbox), ['Bearer sandbox-1']);
  assert.deepEqual(await tokensOf(sandbox, { REFUND_CLIENT_ID: 'another' }), ['Bearer sandbox-2']);
  assert.deepEqual(await tokensOf(sandbox, { REFUND_API_KEY: 'newer' }), ['Bearer sandbox-3']);
  // PHP keeps the token beside the ledger, for all its processes.
  const kept = program.command === 'php' ? 'sandbox-3' : 'sandbox-4';
  assert.deepEqual(await tokensOf(sandbox, { REFUND_API_KEY: 'newer' }), [`Bearer ${kept}`]);
});

eachProxy('a log that cannot be written keeps no answer away:', async (t, { command, args }) => {
  // PHP's own server says only in its log that it listens.
  if (command === 'php') return;
  const full = (port: number) => ['-c', 'exec "$0" "$@" 2>/dev/full', command, ...args(port)];
  const { refund, calls } = await start(t, { command: 'sh', args: full }, 'upayments', { answer: () => 500 });
  // What becomes of this one is logged, too.
  assert.equal((await refund(1)).status, 504);
  assert.equal((await refund(2)).status, 409);
  assert.equal(calls.filter(({ method }) => method === 'POST').length, 1);
});

eachProxy('no warning stands before an answer, whatever php.ini says:', async (t, { command, args }) => {
  if (command !== 'php') return;
  const loud = (port: number) => ['-d', 'display_errors=1', '-d', 'output_buffering=0', ...args(port)];
  const ledger = path.join(newFolder(t), 'ledger.db');
  mkdirSync(`${ledger}.token`); // The token cannot be kept.
  const { refund } = await start(t, { command, args: loud }, 'uqpay', { ledger });
  const answer = await refund(1);
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [502, 'application/problem+json']);
  assert.equal(((await answer.json()) as Problem).effect, 'nothing');
});
