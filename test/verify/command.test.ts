import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { createSandbox } from '../../mock-server/index.ts';
import { CHECK_IDS, runVerify, type Report } from '../../verify/index.ts';
import { ownPort } from '../runner/ports.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import type { Fault } from './planted.ts';
import { OTHER_SESSION, SESSION } from './session.ts';
import { ourProxy, PROXY_TIMEOUT_MS } from './support.ts';

const SIGN_IN = ['--header', `X-Session: ${SESSION['X-Session']}`];
const OTHER_SIGN_IN = ['--other-header', `X-Session: ${OTHER_SESSION['X-Session']}`];

/** Runs the command as a person would. Returns its exit code and what it printed. */
async function runCommand(args: readonly string[]) {
  const printed: string[] = [];
  const complained: string[] = [];
  const code = await runVerify(args, {
    startSandbox: () => createSandbox(),
    print: (text) => printed.push(text),
    complain: (text) => complained.push(text),
  });
  return { code, out: printed.join('\n'), err: complained.join('\n') };
}

async function setUp(t: TestContext, fault?: Fault) {
  const port = await ownPort();
  const upstream = `http://127.0.0.1:${port}`;
  const proxy = await startFaultyProxy({ provider: 'uqpay', upstream, timeoutMs: PROXY_TIMEOUT_MS, fault });
  t.after(() => proxy.close());
  const common = ['--port', String(port), '--proxy-timeout', String(PROXY_TIMEOUT_MS), ...SIGN_IN];
  return { endpoint: proxy.endpoint, port, upstream, common };
}

test('the command starts its own sandbox, and ends with 0 for a proxy that passes', async (t) => {
  const { endpoint, common } = await setUp(t);
  const { code, out } = await runCommand([endpoint, ...common, '--run', '1', '--only', 'success-unchanged,guard-cors']);
  assert.equal(code, 0);
  assert.match(out, /^ok {3}success-unchanged/m);
  assert.match(out, /required: 2 of 2 hold/);
  assert.match(out, /passes: every check holds/);
});

test('the sign-in of somebody who may not refund is checked, and never shown', async (t) => {
  const { endpoint, common } = await setUp(t, 'permission-ignored');
  const { code, out } = await runCommand([endpoint, ...common, ...OTHER_SIGN_IN, '--run', '1', '--only', 'permission']);
  assert.equal(code, 1);
  assert.match(out, /^FAIL permission \(required\)/m);
  assert.doesNotMatch(out, new RegExp(OTHER_SESSION['X-Session']));
});

test('a failed required check ends with 1, and the report shows request, answer, expectation and remedy', async (t) => {
  const { endpoint, common } = await setUp(t, 'form-header-ignored');
  const { code, out } = await runCommand([endpoint, ...common, '--run', '1', '--only', 'guard-form-header']);
  assert.equal(code, 1);
  for (const part of [
    /^FAIL guard-form-header \(required\)/m,
    /^ {2}sent {8}POST \/v2\/payment\/refunds$/m,
    /^ {2}came {8}200 application\/json/m,
    /^ {2}provider {4}POST \/uqpay\/api\/v2\/payment\/refunds -> 200$/m,
    /^ {2}expected {4}a refund not to be carried out$/m,
    /^ {2}why /m,
    /^ {2}mend {8}Refuse every write/m,
    /^FAILS: /m,
  ]) {
    assert.match(out, part);
  }
});

test('a failed recommended check changes the exit code only with --strict', async (t) => {
  const { endpoint, common } = await setUp(t, 'any-content-type');
  const both = [endpoint, ...common, '--only', 'guard-content-type,guard-cors'];
  assert.equal((await runCommand([...both, '--run', '2'])).code, 0);
  assert.equal((await runCommand([...both, '--run', '3', '--strict'])).code, 1);
});

test('a recommended check that could not be judged is said, and ends with 2 under --strict', async (t) => {
  const { endpoint, common } = await setUp(t, 'token-never-renewed');
  const both = [endpoint, ...common, '--only', 'token-missing,guard-cors'];
  const { code, out } = await runCommand([...both, '--run', '2']);
  assert.equal(code, 0);
  assert.match(out, /not judged {2}The proxy fetched no token[^\n]*: see token-renewed/);
  assert.match(out, /some recommended ones do not or could not be judged/);
  assert.equal((await runCommand([...both, '--run', '3', '--strict'])).code, 2);
});

test('--json prints the whole report, and nothing else, on standard output', async (t) => {
  const { endpoint, common } = await setUp(t, 'any-origin');
  const args = [endpoint, ...common, '--run', '5', '--json', '--only', 'guard-origin,guard-cors'];
  const { out, err } = await runCommand(args);
  const report = JSON.parse(out) as Report;
  assert.equal(report.version, 1);
  assert.equal(report.verdict, 'passes_required');
  assert.deepEqual(report.recommended, { passed: 0, failed: 1, not_judged: 0 });
  const failed = report.results.find(({ outcome }) => outcome === 'failed');
  assert.equal(failed?.id, 'guard-origin');
  assert.equal(failed.exchange?.sent.headers['Origin'], 'https://verify-stranger.invalid');
  assert.match(err, /Listening on http/);
});

test('the report shows no credential and no sign-in from --header', async (t) => {
  const { endpoint, common } = await setUp(t, 'secrets-in-headers');
  const only = ['--only', 'credentials-not-leaked', '--json', '--run', '1'];
  const { code, out } = await runCommand([endpoint, ...common, ...only]);
  assert.equal(code, 1);
  assert.doesNotMatch(out, /sandbox-key|session-of-the-merchant/);
});

test('a run that can judge nothing ends with 2 and says what to do', async (t) => {
  const { endpoint, common, port } = await setUp(t);
  const noProxy = await runCommand([`http://127.0.0.1:${await ownPort()}/x`, ...common, '--run', '1']);
  assert.deepEqual([noProxy.code, /no proxy answers there \(ECONNREFUSED\)/.test(noProxy.err)], [2, true]);

  const notCalled = await runCommand([
    endpoint,
    '--port',
    String(await ownPort()),
    '--run',
    '2',
    '--provider',
    'uqpay',
    ...SIGN_IN,
  ]);
  assert.equal(notCalled.code, 2);
  assert.match(
    notCalled.err,
    /The provider was not called\. Is http:\/\/127\.0\.0\.1:\d+\/uqpay\/api what the proxy has/,
  );

  const noSandbox = await runCommand([
    endpoint,
    '--sandbox',
    `http://127.0.0.1:${await ownPort()}`,
    '--port',
    String(port),
  ]);
  assert.deepEqual([noSandbox.code, /no sandbox answers \(ECONNREFUSED\)/.test(noSandbox.err)], [2, true]);

  for (const [host, why] of [
    // TEST-NET-1, RFC 5737: no machine has this address.
    ['192.0.2.1', ''],
    ['999.1.1.1', ', \\w.*'],
  ] as const) {
    const noHost = await runCommand([endpoint, '--port', '0', '--host', host]);
    const sentence = `^--host: expected an address of this machine, such as 127\\.0\\.0\\.1, received ${host}${why}$`;
    assert.deepEqual([noHost.code, new RegExp(sentence).test(noHost.err)], [2, true], noHost.err);
  }
  const noPort = await runCommand([endpoint, '--port', '99999']);
  const inRange = '--port: expected a whole number from 0 to 65535, received 99999';
  assert.deepEqual([noPort.code, noPort.err], [2, inRange]);
  const noAddress = await runCommand([endpoint, '--port', '0', '--sandbox', 'nonsense']);
  const anAddress = 'sandbox: expected an address such as http://127.0.0.1:4009, received nonsense';
  assert.deepEqual([noAddress.code, noAddress.err], [2, anAddress]);

  const unknown = await runCommand([endpoint, ...common, '--only', 'nothing']);
  assert.deepEqual([unknown.code, /no check "nothing": expected one of paths-allowlist/.test(unknown.err)], [2, true]);

  assert.match((await runCommand(['no address'])).err, /endpoint: expected an address/);
  assert.match((await runCommand([`${endpoint}?x=1`])).err, /endpoint: expected an address without a query .*\?x=1$/);
  assert.match((await runCommand([])).err, /endpoint: is missing/);
  for (const flag of ['--payment', '--restart']) {
    const empty = await runCommand([endpoint, flag, '']);
    assert.deepEqual(
      [empty.code, new RegExp(`${flag} .*Expected a text that is not empty`).test(empty.err)],
      [2, true],
    );
  }

  const badPort = await runCommand([endpoint, '--port', 'http']);
  assert.deepEqual([badPort.code, /--port <number>.*Expected a whole number/.test(badPort.err)], [2, true]);
});

test('a run number that was used before is named as the cause', async (t) => {
  const port = await ownPort();
  const { uqpay: proxy } = await ourProxy(t, `http://127.0.0.1:${port}`);
  const args = [proxy, '--port', String(port), '--run', '7', '--only', 'guard-cors', ...SIGN_IN];
  assert.equal((await runCommand(args)).code, 0);
  const { code, err } = await runCommand(args);
  assert.equal(code, 2);
  assert.match(err, /The proxy knows this key: run 7 was used before\. Give another number with --run/);
  assert.doesNotMatch(err, /Is .* what the proxy has/);
});

test('a port that is taken is to be freed first, because the proxy calls that address', async (t) => {
  const { endpoint } = await setUp(t);
  await using sandbox = await createSandbox();
  const { code, err } = await runCommand([endpoint, '--port', String(sandbox.port)]);
  assert.equal(code, 2);
  assert.match(err, /is taken: stop what runs there first, such as a sandbox of yours/);
  assert.match(err, /With another --port, give your proxy that address too/);
});

test('verify recognises a refused sign-in and suggests --header', async (t) => {
  const { endpoint, port } = await setUp(t);
  const bare = [endpoint, '--port', String(port), '--run', '1'];
  const unnamed = await runCommand(bare);
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.err, /was answered 401\. Your sign-in refused it: [^\n]*--header 'Cookie: session=…'/);
  const named = await runCommand([...bare, '--provider', 'uqpay']);
  assert.equal(named.code, 2);
  assert.match(named.err, /came: 401 [^]*Your sign-in refused it: give verify a session of your own with --header/);
  const stale = await runCommand([...bare, '--provider', 'uqpay', '--header', 'X-Session: of-yesterday']);
  assert.match(stale.err, /Your sign-in does not take what --header gives/);
  assert.doesNotMatch(stale.err, /of-yesterday/);
});

test('verify does not blame the sign-in when the provider refused the credentials of the proxy', async (t) => {
  const port = await ownPort();
  // A proxy that still uses a token of another sandbox, and passes on what the provider says to it.
  const proxy = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    void fetch(`http://127.0.0.1:${port}/uqpay/api/v2/payment/refunds`, {
      method: 'POST',
      headers: { 'x-auth-token': 'of another sandbox', 'content-type': 'application/json' },
      body: '{}',
    }).then(({ status }) => response.writeHead(status).end());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  t.after(() => proxy.close());
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const { code, err } = await runCommand([endpoint, '--port', String(port), '--run', '1', '--provider', 'uqpay']);
  assert.equal(code, 2);
  assert.match(err, /The provider refused what your proxy signs in with: give it the credentials of the sandbox/);
  assert.doesNotMatch(err, /Your sign-in/);
});

test('a run without a sign-in notes that it did not check who may refund', async (t) => {
  const port = await ownPort();
  const upstream = `http://127.0.0.1:${port}`;
  const open = { provider: 'uqpay', upstream, timeoutMs: PROXY_TIMEOUT_MS, fault: 'sign-in-missing' } as const;
  const proxy = await startFaultyProxy(open);
  t.after(() => proxy.close());
  const { out, code } = await runCommand([
    proxy.endpoint,
    '--port',
    String(port),
    '--only',
    'sign-in,permission,guard-cors',
    '--run',
    '1',
  ]);
  assert.equal(code, 0);
  assert.match(
    out,
    /note: nobody signed in, so nothing is said of who may refund\. Give your own sign-in with --header/,
  );
  assert.match(out, /note: nobody signed in who may not refund, [^\n]*--other-header/);
});

test('a failed summary check names the wrong member and its expected value', async (t) => {
  for (const [fault, check, words] of [
    ['summary-number', 'payment-summary', /expected {4}a payment summary\n {2}but {9}captured: /],
    [
      'summary-with-words',
      'payment-summary',
      /expected {4}pending: a decimal string in USD\n {2}but {9}it is "1\.00 USD"/,
    ],
    [
      'refund-ids-unlisted',
      'payment-summary',
      /expected {4}refund_id: [^\n]*\n {2}but {9}the refund is listed without it/,
    ],
    ['pending-forgotten', 'summary-true', /expected {4}refundable: 249\.00\n {2}but {9}refundable is 250\.00/],
  ] as const) {
    const { endpoint, common } = await setUp(t, fault);
    const { out } = await runCommand([endpoint, ...common, '--only', check, '--run', '1']);
    assert.match(out, words);
  }
});

test('a proxy without a ledger and a description ends with 3, or with 1 under --strict', async (t) => {
  const { endpoint, common } = await setUp(t, 'ledger-missing');
  const args = [endpoint, ...common, '--provider', 'uqpay', '--only', 'over-refund-unsent,guard-cors'];
  const { code, out } = await runCommand([...args, '--run', '1']);
  assert.equal(code, 3);
  assert.match(out, /FAIL over-refund-unsent \(ledger\)/);
  assert.match(out, /WITHOUT A LEDGER[^]*only while all of this is so:[^]*What can still happen then:/);
  assert.equal((await runCommand([...args, '--run', '2', '--strict'])).code, 1);
  const { out: json } = await runCommand([...args, '--run', '3', '--json']);
  const report = JSON.parse(json) as Report;
  assert.equal(report.verdict, 'no_ledger');
  assert.ok((report.without_ledger?.settings.length ?? 0) > 0);
});

test('--help gives the address that the proxy must call', async () => {
  const { code, out } = await runCommand(['--help']);
  assert.equal(code, 0);
  assert.match(out, /http:\/\/127\.0\.0\.1:4010\/uqpay\/api/);
});

test('--list names the checks, and --print-orders prints the orders of a later run', async () => {
  const list = await runCommand(['--list']);
  assert.deepEqual([list.code, list.out.split('\n')], [0, CHECK_IDS]);
  const orders = await runCommand(['--print-orders', '--run', '7', '--provider', 'uqpay']);
  const [order] = JSON.parse(orders.out) as object[];
  assert.deepEqual(order, { payment_id: 'PI0000000000000700000', currency: 'USD', captured: '250.00' });
  assert.match((await runCommand(['--print-orders'])).err, /needs --provider and --run/);
});

test('verify uses its own namespace of a running sandbox, and only the payments from --payment', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.close());
  const port = await ownPort();
  const { upayments } = await ourProxy(t, `http://127.0.0.1:${port}`);
  const flags = [
    ...SIGN_IN,
    '--sandbox',
    sandbox.url,
    '--port',
    String(port),
    '--run',
    '9',
    '--payment',
    'order-a',
    '--payment',
    'order-b',
  ];
  const { code, out } = await runCommand([upayments, ...flags, '--only', 'success-unchanged,numbers-unchanged']);
  assert.equal(code, 2);
  assert.match(out, /numbers-unchanged.*: Numbers come back[^\n]*\n {2}not judged {2}It needs a payment/);
  const journal = (await (await fetch(`${sandbox.url}/_sandbox/journal/count`)).json()) as { count: number };
  assert.equal(journal.count, 0, 'nothing happened outside of the namespace');
  assert.doesNotMatch(await (await fetch(`${sandbox.url}/ns`)).text(), /verify-9/, 'the namespace is gone');
});
