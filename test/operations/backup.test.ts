import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';

import { makeRefund, ORDER, PAYMENT, REFUND, UQPAY_POST, uqpayBody } from '../proxy/support/test-proxy.ts';
import { PostgresLedger } from '../../proxy/index.ts';
import { startPostgres } from '../runner/postgres.ts';
import { block } from './support/document.ts';
import { startService, type Host } from './support/host.ts';
import { listed, service } from './support/payments.ts';
import { unless } from './support/program.ts';

const database = await startPostgres();
after(() => database.stop());

/** The commands of a block but those of systemd, whose part the test does. */
function withoutSystemd(name: string): string {
  return block(name)
    .split('\n')
    .filter((line) => !line.startsWith('systemctl'))
    .join('\n');
}

async function done({ run }: Pick<Host, 'run'>, text: string, variables?: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await run(text, variables);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('a backup beside the running proxy, restored by the page: a key that it has forgotten refunds nothing twice', async (t) => {
  const set = await service(t);
  assert.equal((await set.post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await done(set, block('backup'));
  const folder = path.join(set.folder, 'backups');
  const [name = ''] = await readdir(folder);
  assert.match(name, /^ledger-\d{8}T\d{6}Z\.sqlite$/);
  const backup = path.join(folder, name);
  assert.equal((await stat(backup)).mode & 0o777, 0o600);

  // The provider carries it out, the answer is lost, and so is the disk.
  set.provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(set.made, headers, body);
    return 'drop';
  });
  const key = set.nextKey();
  assert.equal((await set.post(`/uqpay${REFUND}`, uqpayBody('20.00'), key)).status, 504);
  assert.equal(await set.proxy.stop(), 0);
  await done(set, withoutSystemd('restore'), { backup });
  assert.equal((await stat(set.ledger)).mode & 0o777, 0o600);
  assert.match((await readdir(path.join(set.folder, 'lib/before-restore'))).join(), /ledger\.sqlite/);

  set.provider.on(UQPAY_POST, ({ headers, body }) => ({ status: 200, json: makeRefund(set.made, headers, body) }));
  const proxy = await startService(t, set, { REFUND_APPROVAL_ABOVE: '' });
  const again = await set.post(`/uqpay${REFUND}`, uqpayBody('20.00'), key, proxy.url);
  // By the clock of this provider the refund is older than the backup: its key tells that it was forgotten.
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [200, 'true'], again.text);
  assert.deepEqual(await set.money(`/uqpay/payments/${PAYMENT}`, proxy.url), ['0.00', '21.00', '79.00']);
  assert.equal(set.made.size, 2);
  await done(set, block('ended'));
  assert.equal(await proxy.stop(), 0);
});

test('a copy made otherwise: the operator says so, and settles what UPayments only counts', async (t) => {
  const set = await service(t);
  await done(set, block('restored'));
  listed(set.provider, 1);
  assert.equal((await set.post('/upayments/create-refund', { orderId: ORDER, totalPrice: 20 })).status, 504);
  const { id } = JSON.parse(await done(set, block('unknown'))) as { id: string };
  await done(set, block('refunded'), { id, refund: 'refund-order-1' });
  await done(set, block('held'), { payment: ORDER });
  const data = { orderId: 'refund-order-2', refundOrderId: 'R2', refundArn: '2' };
  set.provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  assert.equal((await set.post('/upayments/create-refund', { orderId: ORDER, totalPrice: 5 })).status, 201);
  assert.deepEqual(await set.money(), ['20.000', '5.000', '75.000']);
});

test('pg_dump and pg_restore bring a ledger back', { skip: unless('pg_dump') }, async (t) => {
  const set = await service(t);
  const opened = () => {
    const ledger = new PostgresLedger({ url: database.url });
    return { ledger, [Symbol.asyncDispose]: () => ledger.close() };
  };
  const scope = { merchant: 'default', provider: 'upayments' };
  const tell = async (refunded: bigint, reason: string) => {
    await using open = opened();
    const told = { paymentId: ORDER, currency: 'KWD', amount: refunded, reason, who: 'admin-1', at: 1 };
    await open.ledger.tellElsewhere(scope, told);
  };
  await tell(1_000n, 'before');
  await done(set, block('dump'), { ledger: database.url });
  await tell(2_000n, 'after');
  await done(set, block('undump'), { ledger: database.url });
  await using open = opened();
  const rows = await open.ledger.reservationsOfPayment(scope, ORDER);
  assert.deepEqual(
    rows.map(({ amount }) => amount),
    [1_000n],
  );
});

test('an upgrade is backed up, and a schema goes back by one version and forward again', async (t) => {
  const set = await service(t);
  assert.equal((await set.post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await done(set, 'mkdir /var/backups/refund-form');
  await done(set, withoutSystemd('upgrade').replace('http://127.0.0.1:4020', set.proxy.url));
  assert.equal(await set.proxy.stop(), 0);
  const { from, to } = JSON.parse(await done(set, withoutSystemd('rollback'))) as { from: number; to: number };
  assert.equal(to, from - 1);
  const proxy = await startService(t, set, { REFUND_APPROVAL_ABOVE: '' });
  assert.deepEqual(await set.money(`/uqpay/payments/${PAYMENT}`, proxy.url), ['0.00', '1.00', '99.00']);
  assert.equal(await proxy.stop(), 0);
});

test('export, prune and erase do what they say', async (t) => {
  const set = await service(t);
  assert.equal((await set.post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await done(set, block('export'));
  const csv = await readFile(path.join(set.folder, 'refunds.csv'), 'utf8');
  assert.match(csv, /,1\.00,USD,pending,/);
  const lines = (await readFile(path.join(set.folder, 'refunds.jsonl'), 'utf8')).trim().split('\n');
  assert.equal((JSON.parse(lines[0]!) as { asked_by: string }).asked_by, 'admin-1');
  assert.deepEqual(JSON.parse(await done(set, block('prune'))), { payments_pruned: 0, requests_kept: 0 });
  await done(set, block('erase'));
  await done(set, block('export'));
  assert.ok(!(await readFile(path.join(set.folder, 'refunds.csv'), 'utf8')).includes('admin-1'));
});
