import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import { createRefundProxy, LedgerUnavailableError, SqliteLedger, uqpay } from '../../proxy/index.ts';
import { request } from './support/begin-request.ts';
import { sqlitePlace } from './support/ledgers.ts';
import { runProxy, startProxy } from './support/process.ts';
import { scriptedProvider } from './support/provider.ts';
import {
  makeRefund,
  PAYMENT,
  readAnswer,
  REFUND,
  scriptUqpay,
  temporaryFolder,
  uqpayBody,
  uuid,
} from './support/test-proxy.ts';
import { holdAnswer, post, standAlone } from './support/stand-alone.ts';

test('a second proxy on the same file does not start, names the first, and settles nothing as lost', async (t) => {
  const { environment, provider } = await standAlone(t);
  const { received, answer } = holdAnswer(provider);
  const first = await startProxy(t, environment);
  const refund = post(first.url, `/refunds/uqpay${REFUND}`, uqpayBody('1.00'));
  const { headers, body } = await received;

  const file = environment['REFUND_PROXY_DB']!;
  const link = path.join(await temporaryFolder(t), 'linked.sqlite');
  await symlink(file, link);
  for (const name of [file, link]) {
    const second = await runProxy({ ...environment, REFUND_PROXY_DB: name, REFUND_PROXY_PORT: '0' });
    assert.equal(second.code, 1);
    assert.ok(
      second.stderr.startsWith(
        `The ledger ${file} belongs to another proxy that runs (process ${first.child.pid} on ${hostname()}): stop that one first`,
      ),
      second.stderr,
    );
    assert.match(second.stderr, /PostgreSQL ledger \(REFUND_PROXY_DB=postgres:/);
    assert.equal(second.stderr.trim().split('\n').length, 1);
  }

  answer({ status: 200, json: makeRefund(new Map(), headers, body) });
  assert.equal((await refund).status, 200);
  const { stdout } = await runProxy(environment, 'intents', '--state', 'succeeded');
  assert.equal(JSON.parse(stdout).state, 'succeeded', 'the refund that was being sent was not counted as lost');
  assert.equal((await runProxy(environment, 'intents')).stdout, '', 'the commands run beside the proxy');
  assert.equal(await first.stop(), 0);
  const next = await startProxy(t, environment);
  assert.equal((await post(next.url, `/refunds/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await next.stop();
});

test('a killed process leaves no lock behind, and the next process is named as the owner', async (t) => {
  const { environment, provider } = await standAlone(t);
  scriptUqpay(provider);
  for (let round = 0; round < 3; round += 1) {
    const proxy = await startProxy(t, environment);
    const second = await runProxy({ ...environment, REFUND_PROXY_PORT: '0' });
    assert.match(second.stderr, new RegExp(`\\(process ${proxy.child.pid} on `));
    await proxy.kill();
  }
});

test('only one of several proxies that start at once on one file runs', async (t) => {
  const { environment } = await standAlone(t);
  const started = await Promise.allSettled([1, 2, 3].map(() => startProxy(t, environment)));
  const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(running.length, 1);
  for (const one of started) {
    if (one.status === 'rejected') assert.match(String(one.reason), /belongs to another proxy that runs/);
  }
  await running[0]!.stop();
});

test('proxies of one process share a ledger object, and a second object on its file is refused', async (t) => {
  const { file } = await sqlitePlace(t);
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  scriptUqpay(provider);
  const ledger = new SqliteLedger({ file });
  t.after(() => ledger.close());
  const logged: string[] = [];
  const createProxy = (sharedLedger: SqliteLedger, merchant = 'default') =>
    createRefundProxy({
      provider: uqpay({ baseUrl: provider.url, clientId: 'c', apiKey: 'k' }),
      basePath: '/refunds',
      merchant,
      ledger: sharedLedger,
      orders: async () => ({ payment_id: PAYMENT, currency: 'USD', captured: '100.00' }),
      authorize: async () => ({ user: 'admin-1' }),
      logger: {
        info: () => undefined,
        warn: (fields, message) => logged.push(JSON.stringify({ ...fields, message })),
        error: (fields, message) => logged.push(JSON.stringify({ ...fields, message })),
      },
    });
  const refund = async (proxy: ReturnType<typeof createProxy>, key: number) =>
    readAnswer(
      await proxy.fetch(
        new Request(`https://shop.example/refunds${REFUND}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(key) },
          body: JSON.stringify(uqpayBody('1.00')),
        }),
      ),
    );
  const [one, two] = [createProxy(ledger), createProxy(ledger, 'other')];
  await Promise.all([one.recover(), two.recover()]);
  assert.deepEqual([(await refund(one, 1)).status, (await refund(two, 2)).status], [200, 200]);

  const other = new SqliteLedger({ file });
  t.after(() => other.close());
  await assert.rejects(createProxy(other).recover(), LedgerUnavailableError);
  // A merchant may forget to call recover(). The proxy still sends nothing.
  const unrecovered = await refund(createProxy(other), 3);
  assert.deepEqual([unrecovered.problem.code, unrecovered.problem.effect], ['ledger_unavailable', 'nothing']);
  assert.match(logged.join('\n'), /"reason":"The ledger .* belongs to another proxy that runs/);
  assert.equal(await other.intent(uuid(3)), undefined, 'the second object can still read');
  await ledger.close();
  assert.equal((await refund(createProxy(other), 3)).status, 200, 'the file is free after the first object is closed');
});

test('each ledger in memory is separate', async () => {
  const [one, two] = [new SqliteLedger({ file: ':memory:' }), new SqliteLedger({ file: ':memory:' })];
  for (const ledger of [one, two]) assert.equal((await ledger.begin(request(1))).kind, 'admitted');
  await Promise.all([one.close(), two.close()]);
});

test('a ledger that cannot be created names the folder that is missing or not writable', async (t) => {
  const { environment } = await standAlone(t);
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'text'), 'no database, and longer than the header of one: '.repeat(4));
  const cases: readonly (readonly [db: string, fault: RegExp])[] = [
    [path.join(folder, 'no', 'ledger.sqlite'), /the folder \S*\/no does not exist, or may not be looked into: make it/],
    [path.join(folder, 'text', 'ledger.sqlite'), /\/text is no folder/],
    [folder, /it is no file: name a file within it/],
    [path.join(folder, 'text'), /file is not a database/],
  ];
  for (const [db, fault] of cases) {
    const { code, stderr } = await runProxy({ ...environment, REFUND_PROXY_DB: db });
    assert.deepEqual([code, stderr.trim().split('\n').length], [1, 1], stderr);
    assert.ok(stderr.startsWith(`The ledger ${db} cannot be opened: `), stderr);
    assert.match(stderr, fault);
  }
  const readOnlyFolder = path.join(folder, 'locked');
  await mkdir(readOnlyFolder);
  await new SqliteLedger({ file: path.join(readOnlyFolder, 'old.sqlite') }).close();
  await chmod(folder, 0o755);
  await chmod(readOnlyFolder, 0o555);
  await chmod(path.join(readOnlyFolder, 'old.sqlite'), 0o444);
  assert.match(
    await openedByNobody(t, path.join(readOnlyFolder, 'new.sqlite')),
    /the folder \S*\/locked cannot be written \(EACCES\)/,
  );
  assert.match(
    await openedByNobody(t, path.join(readOnlyFolder, 'old.sqlite')),
    /cannot be written \(EACCES\): let the user that/,
  );
  await chmod(readOnlyFolder, 0o755);
});

test('the commands do not create a missing ledger', async (t) => {
  const db = path.join(await temporaryFolder(t), 'elsewhere.sqlite');
  const { code, stderr } = await runProxy({ REFUND_PROXY_DB: db }, 'intents');
  assert.deepEqual(
    [code, stderr],
    [1, `There is no ledger ${db}: name the one of the proxy that runs in REFUND_PROXY_DB\n`],
  );
});

test('SqliteLedger without a file throws an error about `file`', () => {
  for (const [options, received] of [
    [{}, 'nothing'],
    [{ file: '' }, 'an empty string'],
    [{ file: 7 }, 'the number 7'],
  ] as const) {
    assert.throws(
      () => new SqliteLedger(options as { file: string }),
      new TypeError(`SqliteLedger: file: expected the path of a file, received ${received}`),
    );
  }
});

/** The error message for a user without rights. Root may write everywhere, so the test needs another user. */
async function openedByNobody(t: TestContext, file: string): Promise<string> {
  const module = pathToFileURL(path.resolve(import.meta.dirname, '../../proxy/ledger/stores/sqlite/sqlite.ts')).href;
  const script = `const { SqliteLedger } = await import(${JSON.stringify(module)});
    try { new SqliteLedger({ file: ${JSON.stringify(file)} }); } catch (error) { console.log(error.message); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(process.getuid?.() === 0 && { uid: 65_534, gid: 65_534 }),
  });
  t.after(() => child.kill());
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return output;
}
