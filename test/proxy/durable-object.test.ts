import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DurableObjectLedger, LedgerUnavailableError } from '../../proxy/portable.ts';
import { DurableObjectStore } from '../../proxy/ledger/stores/durable-object.ts';
import { MIGRATIONS } from '../../proxy/ledger/stores/sqlite/schema.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { durableStorage } from './support/durable-storage.ts';

test('a failed transaction is rolled back, rethrows its error, and delays no other', async (t) => {
  const store = new DurableObjectStore({ storage: durableStorage(t) });
  const odd = new RangeError('halfway');
  const failing = store.transaction(async (tx) => {
    await tx.sharedValue('token');
    await tx.saveSharedValue('token', 'half');
    assert.equal(await tx.sharedValue('token'), 'half');
    throw odd;
  });
  await assert.rejects(failing, (error) => error === odd);
  assert.equal(await store.transaction((tx) => tx.sharedValue('token')), undefined);
  await store.transaction((tx) => tx.saveSharedValue('token', 'whole'));
  assert.equal(await store.read((tx) => tx.sharedValue('token')), 'whole');
});

test('simultaneous transactions and reads run one after the other', async (t) => {
  const store = new DurableObjectStore({ storage: durableStorage(t) });
  const steps: string[] = [];
  const step = async (name: string) => {
    steps.push(name);
    await Promise.resolve();
    steps.push(name);
  };
  await Promise.all([
    store.transaction(() => step('a')),
    store.read(() => step('b')),
    store.transaction(() => step('c')).then(() => store.read(() => step('e'))),
    store.transaction(() => step('d')),
  ]);
  assert.deepEqual(steps.join(''), 'aabbccddee');
});

test('an error of SQLite makes only that transaction fail, as LedgerUnavailableError', async (t) => {
  const storage = durableStorage(t);
  const ledger = new DurableObjectLedger({ storage });
  assert.equal((await ledger.begin(request(1))).kind, 'admitted');
  storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON reservations BEGIN SELECT RAISE(ABORT, 'is full'); END");
  await assert.rejects(
    () => ledger.begin(request(2)),
    (error) => error instanceof LedgerUnavailableError && /is full/.test(error.message),
  );
  assert.equal((await ledger.intents(SCOPE, { limit: 10 })).length, 1);
  storage.sql.exec('DROP TRIGGER full');
  assert.equal((await ledger.begin(request(2))).kind, 'admitted');
});

test('a commit that the platform does not confirm counts as failed', async (t) => {
  const storage = durableStorage(t);
  let isGone = false;
  const ledger = new DurableObjectLedger({
    storage: {
      sql: storage.sql,
      transaction: (work) => storage.transaction(work),
      transactionSync: (work) => storage.transactionSync(work),
      sync: () => (isGone ? Promise.reject(new Error('storage is gone')) : storage.sync()),
    },
  });
  isGone = true;
  await assert.rejects(() => ledger.begin(request(1)), LedgerUnavailableError);
  isGone = false;
  assert.equal((await ledger.begin(request(1))).kind, 'running');
});

test('an amount beyond the range of a JavaScript number is exact', async (t) => {
  const ledger = new DurableObjectLedger({ storage: durableStorage(t) });
  const amount = 9_007_199_254_740_993n;
  await ledger.begin(request(1, { parts: [{ amount }], limit: amount }));
  assert.deepEqual(
    (await ledger.reservationsOfPayment(SCOPE, 'P1')).map((row) => row.amount),
    [amount],
  );
});

test('a ledger of an older program is upgraded once, and a ledger of a newer program is refused', async (t) => {
  const storage = durableStorage(t);
  storage.sql.exec('CREATE TABLE versions (version INTEGER PRIMARY KEY) STRICT; INSERT INTO versions VALUES (1);');
  storage.sql.exec(MIGRATIONS[0]!);
  for (const _ of [1, 2]) assert.ok(new DurableObjectLedger({ storage }));
  const [row] = storage.sql.exec('SELECT COUNT(*) AS count, MAX(version) AS last FROM versions').toArray();
  assert.deepEqual({ ...row }, { count: MIGRATIONS.length, last: MIGRATIONS.length });
  storage.sql.exec('INSERT INTO versions VALUES (99)');
  assert.throws(
    () => new DurableObjectLedger({ storage }),
    new LedgerUnavailableError(
      `The ledger has version 99, this program knows ${MIGRATIONS.length}: run the newer program, or let the newer program take the ledger back with \`refund-form proxy rollback-schema\``,
    ),
  );
});
