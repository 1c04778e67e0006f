import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
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
  for (const file of files) assert.equal(statSync(path.join(folder, file)).mode & 0o777, 0o600, file);
});
