import assert from 'node:assert/strict';
import { copyFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { runProxy, startProxy, type Environment } from './support/process.ts';
import { post as send, USER } from './support/stand-alone.ts';
import { ORDER, PAYMENT, REFUND, readAnswer, temporaryFolder, uqpayBody, uuid } from './support/test-proxy.ts';

test('UQPAY: a forgotten key is answered with its own refund, and a new key with the remaining amount', async (t) => {
  const shop = await setUp(t);
  await shop.refund('uqpay', '10.00', 1);
  const backup = await shop.backUp();
  await shop.lose('uqpay', '20.00', 2);
  await shop.refund('uqpay', '5.00', 3);
  await shop.restore(backup);
  const again = await shop.refund('uqpay', '20.00', 2);
  assert.equal(again.status, 200);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal((await shop.refund('uqpay', '5.00', 3)).status, 200);
  assert.equal((await shop.refundsOf('uqpay')).length, 3);
  const above = await shop.refund('uqpay', '215.01', 4);
  assert.equal(above.problem.code, 'amount_above_refundable');
  assert.equal(above.problem.refundable, '215.00');
  // This has the same amount as a refund that is known to belong to another key.
  assert.equal((await shop.refund('uqpay', '20.00', 5)).status, 200);
  assert.equal((await shop.refundsOf('uqpay')).length, 4);
});

test('UQPAY: an unknown refund of the backup is not sent again before the proxy has read the provider’s list', async (t) => {
  const shop = await setUp(t);
  await shop.lose('uqpay', '20.00', 1);
  const backup = await shop.backUp();
  assert.equal((await shop.refund('uqpay', '20.00', 1)).status, 200);
  await shop.restore(backup);
  await shop.control.scenario('server_error', { provider: 'uqpay', route: '*', times: 20 });
  const unread = await shop.refund('uqpay', '20.00', 1);
  const forgotten = await shop.refund('uqpay', '30.00', 2);
  await shop.control.clearScenarios();
  assert.deepEqual([unread.problem.code, forgotten.problem.code], ['outcome_unknown', 'outcome_unknown']);
  assert.equal((await shop.posts('uqpay')).length, 2);
  assert.equal((await shop.refund('uqpay', '20.00', 1)).status, 200);
  assert.equal((await shop.refundsOf('uqpay')).length, 1);
  assert.equal((await shop.posts('uqpay')).length, 2);
});

test('UQPAY: a key is refunded once, even if the ledger is lost and nobody has said so', async (t) => {
  const shop = await setUp(t);
  assert.equal((await shop.refund('uqpay', '20.00', 1)).status, 200);
  await shop.forget();
  // UQPAY knows the key, and no other ledger can have sent it.
  const again = await shop.refund('uqpay', '20.00', 1);
  assert.deepEqual([again.status, again.problem.code, again.problem.effect], [504, 'outcome_unknown', 'unknown']);
  assert.equal((await shop.refundsOf('uqpay')).length, 1);
  // The list shows the refund with the mark of this key.
  const read = await fetch(`${shop.url}/refunds/uqpay/payments/${PAYMENT}`, { headers: USER });
  assert.equal(((await read.json()) as PaymentSummary).refundable, '230.00');
  const found = await shop.refund('uqpay', '20.00', 1);
  assert.deepEqual([found.status, found.headers.get('idempotent-replayed')], [200, 'true']);
  assert.equal((await shop.refundsOf('uqpay')).length, 1);
});

test('UQPAY: a lost ledger does not say that nothing was refunded with a key, also after it has read the payment', async (t) => {
  const shop = await setUp(t);
  await shop.lose('uqpay', '250.00', 1);
  await shop.forget();
  const read = await fetch(`${shop.url}/refunds/uqpay/payments/${PAYMENT}`, { headers: USER });
  assert.equal(((await read.json()) as PaymentSummary).refundable, '0.00');
  const expecting = { ...USER, 'x-expected-refundable': '250.00' };
  const body = uqpayBody('250.00');
  const again = await readAnswer(await send(shop.url, `/refunds/uqpay${REFUND}`, body, expecting, uuid(1)));
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [200, 'true']);
  // Another key is another request.
  const other = await readAnswer(await send(shop.url, `/refunds/uqpay${REFUND}`, body, expecting, uuid(2)));
  assert.deepEqual([other.problem.code, other.problem.effect], ['refundable_changed', 'nothing']);
  assert.equal((await shop.refundsOf('uqpay')).length, 1);
});

test('UPayments: one refund that the backup does not know blocks every request of the payment until a person decides', async (t) => {
  const shop = await setUp(t);
  await shop.refund('upayments', 10, 1);
  const backup = await shop.backUp();
  await shop.lose('upayments', 20, 2);
  await shop.restore(backup);
  for (const number of [2, 3]) {
    const answer = await shop.refund('upayments', 20, number);
    assert.deepEqual([answer.status, answer.problem.code, answer.problem.effect], [504, 'outcome_unknown', 'unknown']);
  }
  assert.equal((await shop.refundsOf('upayments')).length, 2);

  const list = await shop.run('intents', '--provider', 'upayments');
  assert.match(list.stderr, /was restored from a backup/);
  const ids = list.stdout
    .trim()
    .split('\n')
    .map((text) => (JSON.parse(text) as { id: string }).id);
  assert.equal(ids.length, 2);
  const early = [
    'resolve',
    ids[1]!,
    '--outcome',
    'nothing',
    '--reason',
    'No refund in the mail',
    '--user',
    'auditor-7',
  ];
  const unsure = await shop.run(...early);
  assert.deepEqual([unsure.code, /lists 2 refunds .* say so again with --confirm/.test(unsure.stderr)], [1, true]);
  const ownRefund = (await shop.refundsOf('upayments')).find(({ amount }) => amount === '20.000');
  const decision = ['--reason', 'As the dashboard shows it', '--user', 'auditor-7'];
  assert.equal(
    (await shop.run('resolve', ids[0]!, '--outcome', 'initiated', '--refund-id', ownRefund!.id, ...decision)).code,
    0,
  );
  assert.equal((await shop.run('resolve', ids[1]!, '--outcome', 'nothing', '--confirm', ...decision)).code, 0);
  assert.equal((await shop.refund('upayments', 20, 2)).problem.effect, 'unknown');
  assert.equal((await shop.refund('upayments', 20, 3)).problem.code, 'settled_nothing');
  assert.equal((await shop.refund('upayments', 5, 4)).problem.code, 'outcome_unknown');
  const last = (await shop.run('intents', '--provider', 'upayments')).stdout;
  await shop.run('resolve', (JSON.parse(last) as { id: string }).id, '--outcome', 'nothing', '--confirm', ...decision);
  const freed = await shop.run('restored', '--payment', ORDER, '--provider', 'upayments', ...decision);
  assert.equal(freed.code, 0, freed.stderr);
  assert.equal((await shop.refund('upayments', 5, 5)).status, 201);
  assert.equal((await shop.refundsOf('upayments')).length, 3);
});

test('UPayments: a payment without forgotten refunds goes on after one comparison', async (t) => {
  const shop = await setUp(t);
  await shop.refund('upayments', 10, 1);
  await shop.restore(await shop.backUp());
  assert.equal((await shop.refund('upayments', 20, 2)).status, 201);
  assert.equal((await shop.refund('upayments', 10, 1)).headers.get('idempotent-replayed'), 'true');
  assert.equal((await shop.refundsOf('upayments')).length, 2);
});

test('a refusal of a key that the backup may have forgotten does not say that nothing was refunded', async (t) => {
  const shop = await setUp(t);
  const backup = await shop.backUp();
  await shop.lose('uqpay', '20.00', 1);
  await shop.restore(backup);
  const refusal = await readAnswer(await send(shop.url, `/refunds/uqpay${REFUND}`, uqpayBody('20.00'), {}, uuid(1)));
  assert.deepEqual([refusal.status, refusal.problem.effect], [401, 'unknown']);
});

test('the operator can mark a ledger as restored, and can end that mode', async (t) => {
  const shop = await setUp(t);
  await shop.refund('uqpay', '10.00', 1);
  const decision = ['--reason', 'Point-in-time restore', '--user', 'operator'];
  for (const wrong of [
    ['--since', 'yesterday'],
    ['--since', '2026-02-30T00:00:00Z'],
    ['--since', '2999-01-01T00:00:00Z'],
    ['--end'],
    ['--payment', PAYMENT],
  ]) {
    const { code, stderr } = await shop.run('restored', ...wrong, ...decision);
    assert.equal(code, wrong[0] === '--end' ? 1 : 2, wrong.join(' '));
    assert.match(stderr, new RegExp(wrong[0]!));
  }
  assert.equal((await shop.run('restored', ...decision)).code, 0);
  await shop.control.scenario('server_error', { provider: 'uqpay', route: '*', times: 20 });
  assert.equal((await shop.refund('uqpay', '1.00', 2)).problem.code, 'outcome_unknown');
  await shop.control.clearScenarios();
  assert.equal((await shop.run('restored', '--end', ...decision)).code, 0);
  assert.equal((await shop.refund('uqpay', '1.00', 2)).status, 200);
});

test('a backup is private and checked, overwrites nothing, and is not possible for PostgreSQL', async (t) => {
  const shop = await setUp(t);
  await shop.refund('uqpay', '10.00', 1);
  const backup = await shop.backUp();
  assert.equal((await stat(backup)).mode & 0o777, 0o600);
  const again = await shop.run('backup', backup);
  assert.deepEqual([again.code, /overwrites nothing/.test(again.stderr)], [1, true]);
  const nowhere = await shop.run('backup', path.join(shop.folder, 'no', 'copy.sqlite'));
  assert.deepEqual([nowhere.code, /does not exist/.test(nowhere.stderr)], [1, true]);
  await writeFile(
    path.join(shop.folder, 'damaged.sqlite'),
    'not a database at all, and long enough to be one'.repeat(99),
  );
  const damaged = await runProxy(
    { REFUND_PROXY_DB: path.join(shop.folder, 'damaged.sqlite') },
    'backup',
    path.join(shop.folder, 'copy.sqlite'),
  );
  assert.equal(damaged.code, 1);
  await assert.rejects(stat(path.join(shop.folder, 'copy.sqlite')));
  await assert.rejects(stat(path.join(shop.folder, 'copy.sqlite.part')));
  const postgres = await runProxy({ REFUND_PROXY_DB: 'postgres://u:secret@127.0.0.1:1/x' }, 'backup', 'copy.sqlite');
  assert.deepEqual([postgres.code, /pg_basebackup/.test(postgres.stderr)], [1, true]);
  assert.ok(!postgres.stderr.includes('secret'));
});

/** A sandbox, and the stand-alone proxy as a process on a SQLite file. */
async function setUp(t: TestContext) {
  const sandbox = await createSandbox({});
  t.after(() => sandbox.close());
  const control = createSandboxClient(sandbox.url);
  const folder = await temporaryFolder(t);
  const orders = path.join(folder, 'orders.json');
  await writeFile(
    orders,
    JSON.stringify([
      { payment_id: PAYMENT, currency: 'USD', captured: '250.00' },
      { payment_id: ORDER, currency: 'KWD', captured: '100.000' },
    ]),
  );
  const file = path.join(folder, 'ledger.sqlite');
  const environment: Environment = {
    REFUND_PROXY_DB: file,
    REFUND_ORDERS_FILE: orders,
    REFUND_USER_HEADER: 'x-user',
    REFUND_LOG_LEVEL: 'silent',
    REFUND_RECONCILE_SECONDS: '0',
    UQPAY_BASE_URL: sandbox.uqpayUrl,
    UQPAY_CLIENT_ID: 'sandbox-client',
    UQPAY_API_KEY: 'sandbox-key',
    UPAYMENTS_BASE_URL: sandbox.upaymentsUrl,
    UPAYMENTS_TOKEN: 'jtest123',
  };
  let proxy = await startProxy(t, environment);
  let backups = 0;
  const refund = async (provider: 'uqpay' | 'upayments', amount: string | number, number: number) => {
    const isUqpay = provider === 'uqpay';
    const body = isUqpay ? uqpayBody(String(amount)) : { orderId: ORDER, totalPrice: Number(amount) };
    const below = isUqpay ? `/refunds/uqpay${REFUND}` : '/refunds/upayments/create-refund';
    return readAnswer(await send(proxy.url, below, body, USER, uuid(number)));
  };
  return {
    control,
    folder,
    get url() {
      return proxy.url;
    },
    refund,
    /** Sends a refund whose answer is lost. */
    async lose(...[provider, amount, number]: Parameters<typeof refund>) {
      await control.scenario('drop_after_commit', { provider });
      const lost = await refund(provider, amount, number);
      assert.equal(lost.problem.code, 'outcome_unknown');
    },
    run: (...args: string[]) => runProxy(environment, ...args),
    async backUp() {
      backups += 1;
      const copy = path.join(folder, `backup-${backups}.sqlite`);
      const { code, stderr } = await runProxy(environment, 'backup', copy);
      assert.equal(code, 0, stderr);
      return copy;
    },
    async restore(backup: string) {
      await proxy.kill();
      for (const suffix of ['', '-wal', '-shm', '-owner']) await rm(file + suffix, { force: true });
      await copyFile(backup, file);
      proxy = await startProxy(t, environment);
    },
    /** The ledger is lost, and the proxy starts with a new one. */
    async forget() {
      await proxy.kill();
      for (const suffix of ['', '-wal', '-shm', '-owner']) await rm(file + suffix, { force: true });
      proxy = await startProxy(t, environment);
    },
    async refundsOf(provider: 'uqpay' | 'upayments') {
      const rows = await control.db(`${provider}_refunds`);
      const payment = provider === 'uqpay' ? PAYMENT : ORDER;
      return rows
        .filter((row) => (row['payment_intent'] ?? row['order']) === payment)
        .map((row) => ({ id: String(row['id']), amount: String(row['amount']) }));
    },
    async posts(provider: 'uqpay' | 'upayments') {
      const calls = await control.journal({ provider });
      return calls.filter(({ method, path: callPath }) => method === 'POST' && callPath.endsWith(REFUND));
    },
  };
}
