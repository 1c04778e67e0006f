import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { PROXIES } from './list.ts';
import { stubProvider } from './stub-provider.ts';
import { startProxy } from './support.ts';

eachProxy('nobody else may read the files of the ledger of the proxy in', async (t, program) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-ledger-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = path.join(folder, 'ledger.db');
  const recorder = 'http://127.0.0.1:9';
  const endpoint = await startProxy(t, { ...program, provider: 'upayments', recorder, ledger });
  await fetch(`${endpoint}/payments/1`, { headers: SESSION });
  const files = readdirSync(folder);
  assert.ok(files.includes('ledger.db'), files.join());
  for (const file of files) {
    const found = statSync(path.join(folder, file));
    // Beside the ledger nginx has a folder.
    assert.equal(found.mode & 0o777, found.isDirectory() ? 0o700 : 0o600, file);
  }
});

const php = PROXIES.find(({ language }) => language === 'PHP')!;

test(
  'a ledger that another program holds at the first request is waited for by the proxy in PHP',
  {
    skip: php.skip,
  },
  async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'refund-ledger-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const ledger = path.join(folder, 'ledger.db');
    const stub = await stubProvider(
      t,
      () => ({ currency: 'KWD', captured: '30.000' }),
      () => ({ status: true, data: { refund: [] } }),
    );
    const log: string[] = [];
    const endpoint = await startProxy(t, { ...php, provider: 'upayments', recorder: stub.url, ledger, log });
    const db = new DatabaseSync(ledger);
    t.after(() => db.close());
    db.exec('BEGIN IMMEDIATE');
    const answer = fetch(`${endpoint}/payments/1`, { headers: SESSION });
    // PHP's server says so when it has the request. What it does then takes it less time than a script of another PHP.
    while (!log.join('').includes('Accepted')) await nextTurn();
    spawnSync('php', ['-r', '']);
    db.exec('ROLLBACK');
    assert.equal((await answer).status, 200);
  },
);
