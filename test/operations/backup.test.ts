import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';

import { makeRefund, ORDER, PAYMENT, REFUND, UQPAY_POST, uqpayBody } from '../proxy/support/test-proxy.ts';
import { PostgresLedger } from '../../proxy/index.ts';
import { startPostgres } from '../runner/postgres.ts';
import { block } from './support/document.ts';
import { startService, type Host } from './support/host.ts';
import { listRefunds, service } from './support/payments.ts';
import { unless } from './support/program.ts';

const database = await startPostgres();
after(() => database.stop());

/** The commands of a block without those of systemd, whose work the test does itself. */
function withoutSystemd(name: string): string {
  return block(name)
    .split('\n')
    .filter((line) => !line.startsWith('systemctl'))
    .join('\n');
}

async function runSuccessfully(
  { run }: Pick<Host, 'run'>,
  text: string,
  variables?: Record<string, string>,
): Promise<string> {
  const { code, stdout, stderr } = await run(text, variables);
  assert.equal(code, 0, stderr);
  return stdout;
}

test('a ledger restored from a backup does not repeat a refund whose key it has lost', async (t) => {
  const machine = await service(t);
  assert.equal((await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await runSuccessfully(machine, block('backup'));
  const folder = path.join(machine.folder, 'backups');
  const [name = ''] = await readdir(folder);
  assert.match(name, /^ledger-\d{8}T\d{6}Z\.sqlite$/);
  const backup = path.join(folder, name);
  assert.equal((await stat(backup)).mode & 0o777, 0o600);

  // The provider makes the refund, but the answer is lost, and then the disk.
  machine.provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(machine.refunds, headers, body);
    return 'drop';
  });
  const key = machine.nextKey();
  assert.equal((await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('20.00'), key)).status, 504);
  assert.equal(await machine.proxy.stop(), 0);
  await runSuccessfully(machine, withoutSystemd('restore'), { backup });
  assert.equal((await stat(machine.ledger)).mode & 0o777, 0o600);
  assert.match((await readdir(path.join(machine.folder, 'lib/before-restore'))).join(), /ledger\.sqlite/);

  machine.provider.on(UQPAY_POST, ({ headers, body }) => ({
    status: 200,
    json: makeRefund(machine.refunds, headers, body),
  }));
  const proxy = await startService(t, machine, { REFUND_APPROVAL_ABOVE: '' });
  const retry = await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('20.00'), key, proxy.url);
  // This provider's clock dates the refund before the backup, so only its key shows that the ledger has lost it.
  assert.deepEqual([retry.status, retry.headers.get('idempotent-replayed')], [200, 'true'], retry.text);
  assert.deepEqual(await machine.money(`/refunds/uqpay/payments/${PAYMENT}`, proxy.url), ['0.00', '21.00', '79.00']);
  assert.equal(machine.refunds.size, 2);
  await runSuccessfully(machine, block('ended'));
  assert.equal(await proxy.stop(), 0);
});

test('an operator marks a restored copy and settles the refunds that UPayments only counts', async (t) => {
  const machine = await service(t);
  await runSuccessfully(machine, block('restored'));
  listRefunds(machine.provider, 1, true);
  assert.equal(
    (await machine.post('/refunds/upayments/create-refund', { orderId: ORDER, totalPrice: 20 })).status,
    504,
  );
  const { id } = JSON.parse(await runSuccessfully(machine, block('unknown'))) as { id: string };
  await runSuccessfully(machine, block('refunded'), { id, refund: 'refund-order-1' });
  await runSuccessfully(machine, block('held'), { payment: ORDER });
  const data = { orderId: 'refund-order-2', refundOrderId: 'R2', refundArn: '2' };
  machine.provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  assert.equal((await machine.post('/refunds/upayments/create-refund', { orderId: ORDER, totalPrice: 5 })).status, 201);
  assert.deepEqual(await machine.money(), ['20.000', '5.000', '75.000']);
});

test('pg_dump and pg_restore bring a ledger back', { skip: unless('pg_dump') }, async (t) => {
  const machine = await service(t);
  const openLedger = () => {
    const ledger = new PostgresLedger({ url: database.url });
    return { ledger, [Symbol.asyncDispose]: () => ledger.close() };
  };
  const scope = { merchant: 'default', provider: 'upayments' };
  const recordElsewhere = async (refunded: bigint, reason: string) => {
    await using open = openLedger();
    const refund = { paymentId: ORDER, currency: 'KWD', amount: refunded, reason, who: 'admin-1', at: 1 };
    await open.ledger.tellElsewhere(scope, refund);
  };
  await recordElsewhere(1_000n, 'before');
  await runSuccessfully(machine, block('dump'), { ledger: database.url });
  await recordElsewhere(2_000n, 'after');
  await runSuccessfully(machine, block('undump'), { ledger: database.url });
  await using open = openLedger();
  const rows = await open.ledger.reservationsOfPayment(scope, ORDER);
  assert.deepEqual(
    rows.map(({ amount }) => amount),
    [1_000n],
  );
});

test('an upgrade makes a backup, and the schema can go back one version and forward again', async (t) => {
  const machine = await service(t);
  assert.equal((await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await runSuccessfully(machine, 'mkdir /var/backups/refund-form');
  await runSuccessfully(machine, withoutSystemd('upgrade').replace('http://127.0.0.1:4020', machine.proxy.url));
  assert.equal(await machine.proxy.stop(), 0);
  const { from, to } = JSON.parse(await runSuccessfully(machine, withoutSystemd('rollback'))) as {
    from: number;
    to: number;
  };
  assert.equal(to, from - 1);
  const proxy = await startService(t, machine, { REFUND_APPROVAL_ABOVE: '' });
  assert.deepEqual(await machine.money(`/refunds/uqpay/payments/${PAYMENT}`, proxy.url), ['0.00', '1.00', '99.00']);
  assert.equal(await proxy.stop(), 0);
});

test('export, prune and erase work as the page describes', async (t) => {
  const machine = await service(t);
  assert.equal((await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await runSuccessfully(machine, block('export'));
  const csv = await readFile(path.join(machine.folder, 'refunds.csv'), 'utf8');
  assert.match(csv, /,1\.00,USD,pending,/);
  const lines = (await readFile(path.join(machine.folder, 'refunds.jsonl'), 'utf8')).trim().split('\n');
  assert.equal((JSON.parse(lines[0]!) as { asked_by: string }).asked_by, 'admin-1');
  assert.deepEqual(JSON.parse(await runSuccessfully(machine, block('prune'))), {
    payments_pruned: 0,
    requests_kept: 0,
  });
  await runSuccessfully(machine, block('erase'));
  await runSuccessfully(machine, block('export'));
  assert.ok(!(await readFile(path.join(machine.folder, 'refunds.csv'), 'utf8')).includes('admin-1'));
});
