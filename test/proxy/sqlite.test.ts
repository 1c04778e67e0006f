import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { LedgerUnavailableError, SqliteLedger } from '../../proxy/index.ts';
import { sqlitePlace } from './support/ledgers.ts';

test('commits are synced and written ahead', async (t) => {
  const { file, open } = await sqlitePlace(t);
  open();
  const other = new DatabaseSync(file);
  t.after(() => other.close());
  assert.equal(other.prepare('PRAGMA journal_mode').get()!['journal_mode'], 'wal');
});

test('a ledger of a newer program is refused instead of being misread', async (t) => {
  const { file, open, sql } = await sqlitePlace(t);
  await open().close();
  await sql('PRAGMA user_version = 99');
  assert.throws(() => new SqliteLedger({ file }), LedgerUnavailableError);
  const nowhere = path.join(path.dirname(file), 'no', 'such', 'folder');
  assert.throws(() => new SqliteLedger({ file: nowhere }), LedgerUnavailableError);
});
