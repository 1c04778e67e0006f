import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { LedgerUnavailableError, SqliteLedger } from '../../proxy/index.ts';
import { MIGRATIONS } from '../../proxy/ledger/stores/sqlite/schema.ts';
import { SqliteStore } from '../../proxy/ledger/stores/sqlite/sqlite.ts';
import { sqlitePlace } from './support/ledgers.ts';

test('the ledger uses write-ahead logging', async (t) => {
  const { file, open } = await sqlitePlace(t);
  open();
  const other = new DatabaseSync(file);
  t.after(() => other.close());
  assert.equal(other.prepare('PRAGMA journal_mode').get()!['journal_mode'], 'wal');
});

test('a ledger that another process makes at the same moment is waited for', async (t) => {
  const { file } = await sqlitePlace(t);
  const isOpening = new Int32Array(new SharedArrayBuffer(4));
  // It holds the lock that a process holds while it makes the new file, and goes on until after the ledger has met it.
  const other = new Worker(
    `const { DatabaseSync } = require('node:sqlite');
     const { parentPort, workerData } = require('node:worker_threads');
     const db = new DatabaseSync(workerData.file);
     db.exec('BEGIN IMMEDIATE');
     parentPort.postMessage('locked');
     Atomics.wait(workerData.isOpening, 0, 0);
     for (let step = 0; step < 2000; step += 1) db.exec('SELECT * FROM sqlite_schema');
     db.exec('PRAGMA user_version = ' + workerData.version + '; COMMIT');
     db.close();`,
    { eval: true, workerData: { file, isOpening, version: MIGRATIONS.length } },
  );
  t.after(() => other.terminate());
  await once(other, 'message');
  Atomics.store(isOpening, 0, 1);
  Atomics.notify(isOpening, 0);
  // The default wait is for a proxy that serves; a busy machine may take longer for the steps above.
  const ledger = new SqliteLedger({ file, busyTimeoutMs: 20_000 });
  await ledger.close();
});

test('an existing file without a table is no ledger: what was sent with the one it comes from would be sent again', async (t) => {
  const { file, open } = await sqlitePlace(t);
  const whole = open();
  // All of a young ledger is in its log.
  const copy = `${file}-copy`;
  await copyFile(file, copy);
  await whole.close();
  const nothing = `${file}-nothing`;
  await writeFile(nothing, '');
  for (const empty of [copy, nothing]) {
    assert.throws(
      () => new SqliteLedger({ file: empty, busyTimeoutMs: 20 }),
      (error) =>
        error instanceof LedgerUnavailableError && /is empty: it was copied without its -wal/.test(error.message),
    );
  }
});

test('nothing is written to a file that was moved, removed or replaced, and it goes on when the file is back', async (t) => {
  const { file } = await sqlitePlace(t);
  const store = new SqliteStore({ file });
  t.after(() => store.close());
  const write = () => store.transaction((tx) => tx.sharedValue('token'));
  await write();
  await rename(file, `${file}-away`);
  await assert.rejects(
    write,
    (error) => error instanceof LedgerUnavailableError && /was moved, removed or/.test(error.message),
  );
  await writeFile(file, '');
  await assert.rejects(write, LedgerUnavailableError);
  await rename(`${file}-away`, file);
  await write();
});

test('the proxy refuses a ledger of a newer program', async (t) => {
  const { file, open, sql } = await sqlitePlace(t);
  await open().close();
  await sql('PRAGMA user_version = 99');
  assert.throws(() => new SqliteLedger({ file }), LedgerUnavailableError);
  const nowhere = path.join(path.dirname(file), 'no', 'such', 'folder');
  assert.throws(() => new SqliteLedger({ file: nowhere }), LedgerUnavailableError);
});

test('calls of replaceShared run one after the other, and each receives the value of the one before', async (t) => {
  const { file } = await sqlitePlace(t);
  const store = new SqliteStore({ file });
  t.after(() => store.close());
  const values: (string | undefined)[] = [];
  const replace = (next: string | undefined) =>
    store.replaceShared('token', async (current) => {
      values.push(current);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return next;
    });
  await Promise.all([replace('a'), replace('b'), replace(undefined), replace('c')]);
  await assert.rejects(
    () => store.replaceShared('token', () => Promise.reject(new RangeError('no network'))),
    RangeError,
  );
  await replace('d');
  assert.deepEqual(values, [undefined, 'a', 'b', undefined, 'c']);
  assert.equal(await store.read((tx) => tx.sharedValue('token')), 'd');
});

test('a failed transaction is rolled back, rethrows its error, and delays no other', async (t) => {
  const { file } = await sqlitePlace(t);
  const store = new SqliteStore({ file });
  t.after(() => store.close());
  const failing = store.transaction(async (tx) => {
    await tx.saveSharedValue('token', 'half');
    throw new RangeError('halfway');
  });
  await assert.rejects(failing, (error) => error instanceof RangeError && error.message === 'halfway');
  const odd = Object.assign(new Error('odd'), { code: 'EODD' });
  await assert.rejects(
    () => store.transaction(() => Promise.reject(odd)),
    (error) => error === odd,
  );
  await assert.rejects(
    () => store.transaction(() => Promise.reject('a text')),
    (error) => error === 'a text',
  );
  assert.equal(await store.read((tx) => tx.sharedValue('token')), undefined);
  await store.transaction((tx) => tx.saveSharedValue('token', 'whole'));
  assert.equal(await store.read((tx) => tx.sharedValue('token')), 'whole');
});

test('a locked and a closed ledger report the reason of SQLite', async (t) => {
  const { file } = await sqlitePlace(t);
  const store = new SqliteStore({ file, busyTimeoutMs: 1 });
  assert.equal(store.isShared, false);
  const other = new DatabaseSync(file);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const isUnavailable = (pattern: RegExp) => (error: unknown) =>
    error instanceof LedgerUnavailableError && error.cause instanceof Error && pattern.test(error.message);
  await assert.rejects(
    () => store.transaction(async () => undefined),
    isUnavailable(/^The ledger does not answer: .*locked/),
  );
  other.exec('ROLLBACK');
  await store.transaction(async () => undefined);
  await store.close();
  await store.close();
  await assert.rejects(() => store.transaction(async () => undefined), isUnavailable(/^The ledger does not answer: ./));
  assert.throws(
    () => new SqliteStore({ file: path.dirname(file) }),
    isUnavailable(/^The ledger .* cannot be opened: /),
  );
});

test('an upgrade does not make old successful refunds due at once', async (t) => {
  const { file, open } = await sqlitePlace(t);
  const old = new DatabaseSync(file);
  old.exec(`${MIGRATIONS.slice(0, 3).join(';')}; PRAGMA user_version = 3`);
  old.exec(`INSERT INTO reservations (merchant, provider, payment_id, currency, amount, released, refund_id, reference_ids,
    status, standing, created_at, updated_at, checks, next_check_at)
    VALUES ('default', 'uqpay', 'P1', 'USD', 1000, 0, 'RF1', '{}', 'SUCCEEDED', 'succeeded', 1, 1, 0, 5001)`);
  old.close();
  const ledger = open();
  const scope = { merchant: 'default', provider: 'uqpay' };
  const due = (at: number) => ledger.claimReservations(scope, { at, limit: 9, follows: true });
  assert.deepEqual(await due(Number.MAX_SAFE_INTEGER), []);
  const observation = {
    refundId: 'RF2',
    standing: 'succeeded',
    status: 'SUCCEEDED',
    amount: 1n,
    currency: 'USD',
  } as const;
  await ledger.observe(scope, { paymentId: 'P1', observations: [observation], source: 'list', at: 1 });
  assert.deepEqual(
    (await due(Number.MAX_SAFE_INTEGER)).map(({ refundId }) => refundId),
    ['RF2'],
  );
});

test('a ledger of an older program is upgraded once, step by step', async (t) => {
  const { file } = await sqlitePlace(t);
  const old = new DatabaseSync(file);
  old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  old.close();
  for (const _ of [1, 2]) await new SqliteLedger({ file }).close();
  const now = new DatabaseSync(file);
  t.after(() => now.close());
  assert.equal(now.prepare('PRAGMA user_version').get()!['user_version'], MIGRATIONS.length);
  now.exec('PRAGMA user_version = 99');
  assert.throws(
    () => new SqliteLedger({ file }),
    new LedgerUnavailableError(
      `The ledger has version 99, this program knows ${MIGRATIONS.length}: run the newer program, or let the newer program take the ledger back with \`refund-form proxy rollback-schema\``,
    ),
  );
});
