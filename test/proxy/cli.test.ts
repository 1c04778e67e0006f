import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { runProxy, startProxy } from './support/process.ts';
import { holdAnswer, post, standAlone, USER } from './support/stand-alone.ts';
import {
  makeRefund,
  ORDER,
  PAYMENT,
  REFUND,
  scriptUqpay,
  temporaryFolder,
  UQPAY_POST,
  uqpayBody,
  uuid,
} from './support/test-proxy.ts';

test('the command names missing and wrong variables without their values, and exits with 1', async () => {
  const withoutVariables = await runProxy({});
  assert.equal(withoutVariables.code, 1);
  for (const name of ['UQPAY_BASE_URL', 'REFUND_USER_HEADER', 'REFUND_ORDERS_FILE'])
    assert.match(withoutVariables.stderr, new RegExp(name));
  const withSome = await runProxy({ UQPAY_CLIENT_ID: 'c', UQPAY_API_KEY: 'very-secret', REFUND_PROXY_PORT: 'x' });
  assert.match(withSome.stderr, /REFUND_PROXY_PORT: expected a whole number/);
  assert.ok(!withSome.stderr.includes('very-secret'));
  const open = await runProxy({
    REFUND_PROXY_DEMO: '1',
    REFUND_ALLOW_ANONYMOUS: '1',
    REFUND_PROXY_HOST: '0.0.0.0',
    REFUND_ORDERS_URL: 'http://127.0.0.1:1/{id}',
  });
  assert.match(open.stderr, /REFUND_ALLOW_ANONYMOUS/);
});

test('a misspelt command is refused as a command, with the name that was meant, and nothing is served', async () => {
  for (const [given, answer] of [
    ['intent', "error: unknown command 'intent': did you mean intents?\n"],
    ['reslove', "error: unknown command 'reslove': did you mean resolve?\n"],
  ] as const) {
    const { code, stderr } = await runProxy({}, given, '--state', 'unknown');
    assert.deepEqual([code, stderr], [2, answer]);
  }
  for (const args of [
    ['--nope'],
    ['intents', '--state', 'lost'],
    ['intents', '--payment', ''],
    ['intents', '--merchant', ' '],
    ['prune', '--older-than', 'P400D', '--by', ''],
    ['resolve'],
    ['elsewhere', '--nope'],
  ]) {
    const { code, stderr } = await runProxy({}, ...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, /^error: [^\n]*\n$/);
  }
  const strange = await runProxy({}, 'nonsense');
  assert.match(strange.stderr, /^error: unknown command 'nonsense': expected one of help, serve, intents, resolve, /);
});

test('the help describes every variable', async () => {
  const { stdout, code } = await runProxy({}, '--help');
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: refund-form proxy \[options\] \[command\]\n/);
  for (const name of ['REFUND_PROXY_DB', 'UQPAY_ON_BEHALF_OF', 'UPAYMENTS_NOTIFY_URL', 'REFUND_RESOLVERS']) {
    assert.ok(stdout.includes(name), name);
  }
});

test('the proxy refunds with the configured credentials, requires a user, and stops on request', async (t) => {
  const { environment, provider } = await standAlone(t);
  scriptUqpay(provider);
  const proxy = await startProxy(t, environment);
  assert.equal((await fetch(`${proxy.url}/health`)).status, 200);
  const anonymous = await post(proxy.url, `/refunds/uqpay${REFUND}`, uqpayBody('1.00'), {});
  assert.equal(anonymous.status, 401);
  const refunded = await post(proxy.url, `/refunds/uqpay${REFUND}`, uqpayBody('1.00'));
  assert.equal(refunded.status, 200);
  assert.equal(provider.callsOf(UQPAY_POST)[0]!.headers['x-client-id'], 'client-of-ours');
  const occupied = await runProxy({
    ...environment,
    REFUND_PROXY_DB: path.join(await temporaryFolder(t), 'other.sqlite'),
    REFUND_PROXY_PORT: new URL(proxy.url).port,
  });
  assert.deepEqual([occupied.code, /port is taken/.test(occupied.stderr)], [1, true]);
  assert.equal(await proxy.stop(), 0);
});

test('a stopping proxy waits for the refund that is being sent, and its record', async (t) => {
  const { environment, provider } = await standAlone(t);
  const { received, answer } = holdAnswer(provider);
  const proxy = await startProxy(t, environment);
  const refund = post(proxy.url, `/refunds/uqpay${REFUND}`, uqpayBody('1.00'));
  const { headers, body } = await received;
  const stopped = proxy.stop();
  answer({ status: 200, json: makeRefund(new Map(), headers, body) });
  assert.equal((await refund).status, 200);
  assert.equal(await stopped, 0);
  const { stdout } = await runProxy(environment, 'intents', '--provider', 'uqpay', '--state', 'succeeded');
  assert.equal((JSON.parse(stdout) as { parts: { refund_id: string }[] }).parts[0]?.refund_id, 'RF1');
});

test('a refund of a killed process is unknown after the restart, and its key settles it as one refund', async (t) => {
  const { environment, provider } = await standAlone(t);
  const refunds = scriptUqpay(provider);
  const { received } = holdAnswer(provider);
  const first = await startProxy(t, environment);
  const firstAnswer = post(first.url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00')).catch((error: unknown) => error);
  const { headers, body } = await received;
  makeRefund(refunds, headers, body);
  await first.kill();
  assert.ok((await firstAnswer) instanceof Error);

  provider.on(UQPAY_POST, (call) => ({ status: 200, json: makeRefund(refunds, call.headers, call.body) }));
  const second = await startProxy(t, environment);
  const { stdout } = await runProxy(environment, 'intents', '--provider', 'uqpay');
  assert.equal((JSON.parse(stdout) as { state: string }).state, 'unknown');
  const none = await runProxy(environment, 'intents', '--payment', 'PI-other');
  assert.deepEqual([none.code, none.stdout], [0, '']);
  assert.equal(none.stderr, 'No intent with state unknown of payment PI-other (merchant default)\n');
  const answers = await Promise.all(
    [1, 2, 3].map(() => post(second.url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'))),
  );
  assert.ok(answers.some(({ status }) => status === 200));
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
  assert.equal(refunds.size, 1);
  await second.stop();
});

test('a UPayments refund of a killed process is not sent again until a person has settled it', async (t) => {
  const { environment, provider } = await standAlone(t);
  const { received } = holdAnswer(provider, 'POST /create-refund');
  const body = { orderId: ORDER, totalPrice: 10 };
  const first = await startProxy(t, environment);
  const firstAnswer = post(first.url, '/refunds/upayments/create-refund', body).catch((error: unknown) => error);
  await received;
  await first.kill();
  await firstAnswer;

  // Whoever looks before the proxy runs again is told where it is, and what to do.
  const before = await runProxy(environment, 'intents', '--provider', 'upayments');
  assert.deepEqual([before.code, before.stdout], [0, '']);
  assert.match(before.stderr, /--state sending .* If the proxy was killed, start it/);
  const sending = await runProxy(environment, 'intents', '--state', 'sending');
  const { id: early } = JSON.parse(sending.stdout) as { id: string };
  const said = ['--outcome', 'nothing', '--reason', 'As the dashboard shows it', '--user', 'auditor-7'];
  assert.match(
    (await runProxy(environment, 'resolve', early, ...said)).stderr,
    /If the proxy was killed, start it first/,
  );

  const second = await startProxy(t, environment);
  assert.equal((await post(second.url, '/refunds/upayments/create-refund', body)).status, 504);
  assert.equal((await post(second.url, '/refunds/upayments/create-refund', body, USER, uuid(2))).status, 409);
  assert.equal(provider.callsOf('POST /create-refund').length, 1);

  const { stdout } = await runProxy(environment, 'intents', '--provider', 'upayments');
  const { id } = JSON.parse(stdout) as { id: string };
  const withoutReason = await runProxy(
    environment,
    'resolve',
    id,
    '--outcome',
    'nothing',
    '--reason',
    '?',
    '--user',
    'a',
  );
  assert.deepEqual([withoutReason.code, withoutReason.stderr], [2, '--reason: expected at least 3 characters\n']);
  const settle = ['resolve', id, '--outcome', 'nothing', '--reason', 'Not in the dashboard', '--user', 'auditor-7'];
  const nobody = await runProxy(environment, ...settle.slice(0, -1), ' ', '--confirm');
  assert.deepEqual([nobody.code, nobody.stderr], [2, '--user: expected 1 to 255 characters\n']);
  // The provider's list cannot be read here: the word that makes the amount free is not taken unseen.
  const unseen = await runProxy(environment, ...settle);
  assert.deepEqual([unseen.code, /say so again with --confirm/.test(unseen.stderr)], [1, true], unseen.stderr);
  assert.equal((await runProxy(environment, ...settle, '--confirm')).code, 0);
  const twice = await runProxy(environment, ...settle, '--confirm');
  assert.deepEqual([twice.code, /Nothing about this intent is unknown/.test(twice.stderr)], [1, true]);
  // Nobody is asked to confirm what cannot be said, also where nobody can ask the provider.
  const { REFUND_PROXY_DB = '' } = environment;
  const bare = await runProxy({ REFUND_PROXY_DB }, ...settle);
  assert.deepEqual(
    [bare.code, bare.stderr],
    [1, 'Nothing about this intent is unknown: a person has settled it as nothing already\n'],
  );
  // A word is taken back only where the provider can be compared.
  const made = settle.map((one) => (one === 'nothing' ? 'refunded' : one));
  const back = await runProxy({ REFUND_PROXY_DB }, ...made, '--take-back', '--confirm');
  assert.equal(back.code, 1);
  assert.match(back.stderr, /^--take-back: The provider was not asked, .* give its credentials\n$/);
  const created = { orderId: 'o1', refundOrderId: 'R1', refundArn: '2' };
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data: created } });
  assert.equal((await post(second.url, '/refunds/upayments/create-refund', body)).status, 410);
  assert.equal((await post(second.url, '/refunds/upayments/create-refund', body, USER, uuid(2))).status, 201);
  await second.stop();
});

/** A refund of UQPAY whose answer was lost. `id`: of its intent. */
async function loseRefund(t: TestContext) {
  const { environment, provider } = await standAlone(t, { REFUND_RECONCILE_SECONDS: '0' });
  const refunds = scriptUqpay(provider);
  provider.on(UQPAY_POST, 'drop');
  const proxy = await startProxy(t, environment);
  assert.equal((await post(proxy.url, `/refunds/uqpay${REFUND}`, uqpayBody('10.00'))).status, 504);
  const { stdout } = await runProxy(environment, 'intents', '--provider', 'uqpay');
  const { id } = JSON.parse(stdout) as { id: string };
  return { environment, provider, refunds, proxy, id };
}

test('`nothing` reads the provider’s list first, and requires --confirm if the list has a similar refund', async (t) => {
  const { environment, provider, refunds, proxy, id } = await loseRefund(t);
  const nothing = ['resolve', id, '--outcome', 'nothing', '--reason', 'Not in the dashboard', '--user', 'auditor-7'];

  // This refund has the same amount and not our id, and is too late to settle the request by itself.
  const similar = { payment_refund_id: 'RF7', amount: '10.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  refunds.set('somebody', { ...similar, create_time: '2099-01-01T00:00:00Z' });
  const result = await runProxy(environment, ...nothing);
  assert.equal(result.code, 1);
  assert.match(result.stderr, /The provider lists the refund RF7 of this amount, made since.*confirm/);
  const state = async () => {
    const { stdout: listed } = await runProxy(environment, 'intents', '--provider', 'uqpay');
    return listed === '' ? 'none' : (JSON.parse(listed.split('\n')[0]!) as { state: string }).state;
  };
  assert.equal(await state(), 'unknown');
  const confirmed = await runProxy(environment, ...nothing, '--confirm');
  assert.equal(confirmed.code, 0, confirmed.stderr);
  assert.match(confirmed.stderr, /RF7/);
  assert.equal(await state(), 'none');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  await proxy.stop();
});

test('a number that the provider does not list is recorded by no command', async (t) => {
  const { environment, refunds, proxy, id } = await loseRefund(t);
  const refunded = ['resolve', id, '--outcome', 'refunded', '--reason', 'Seen there', '--user', 'auditor-7'];
  const mistyped = await runProxy(environment, ...refunded, '--refund-id', 'RF8');
  assert.deepEqual([mistyped.code, /lists no refund RF8/.test(mistyped.stderr)], [1, true], mistyped.stderr);
  const { REFUND_PROXY_DB = '' } = environment;
  const unseen = await runProxy({ REFUND_PROXY_DB }, ...refunded, '--refund-id', 'RF8');
  assert.deepEqual(
    [unseen.code, /--refund-id: The provider was not asked, .*UQPAY_CLIENT_ID/.test(unseen.stderr)],
    [1, true],
    unseen.stderr,
  );

  const seen = { payment_refund_id: 'RF7', amount: '10.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  refunds.set('somebody', { ...seen, create_time: '2099-01-01T00:00:00Z' });
  const settled = await runProxy(environment, ...refunded, '--refund-id', 'RF7');
  assert.equal(settled.code, 0, settled.stderr);
  await proxy.stop();
});

test('a name that a reverse proxy writes in UTF-8 is the one in the lists of users and in the ledger', async (t) => {
  const { environment, provider } = await standAlone(t, { REFUND_RESOLVERS: 'Jörg,Zoë' });
  scriptUqpay(provider);
  const proxy = await startProxy(t, environment);
  const requester = async (bytes: Buffer) => {
    const user = { 'x-user': bytes.toString('latin1') };
    await post(proxy.url, `/refunds/uqpay${REFUND}`, uqpayBody('1.00'), user, uuid(bytes.length));
    const answer = await fetch(`${proxy.url}/refunds/uqpay/payments/${PAYMENT}`, { headers: user });
    const { permission, refunds } = (await answer.json()) as {
      permission: { resolve: boolean };
      refunds: { requested_by: string }[];
    };
    return [refunds.at(-1)?.requested_by, permission.resolve];
  };
  assert.deepEqual(await requester(Buffer.from('Jörg')), ['Jörg', true]);
  // An older one writes Latin-1.
  assert.deepEqual(await requester(Buffer.from('Zoë', 'latin1')), ['Zoë', true]);
  await proxy.stop();
});
