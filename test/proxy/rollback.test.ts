import assert from 'node:assert/strict';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { after, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { MIGRATIONS as POSTGRES } from '../../proxy/ledger/stores/postgres/schema.ts';
import { POSTGRES_DOWN, SQLITE_DOWN } from '../../proxy/ledger/stores/rollback.ts';
import { MIGRATIONS as SQLITE } from '../../proxy/ledger/stores/sqlite/schema.ts';
import { startPostgres } from '../runner/postgres.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { postgresPlaces, sqlitePlace, type NewPlace } from './support/ledgers.ts';
import { runProxy } from './support/process.ts';
import { temporaryFolder, uuid } from './support/test-proxy.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the newest version of each schema has a rollback script', () => {
  assert.ok(SQLITE_DOWN[SQLITE.length], `SQLITE_DOWN has no script for version ${SQLITE.length}`);
  assert.ok(POSTGRES_DOWN[POSTGRES.length], `POSTGRES_DOWN has no script for version ${POSTGRES.length}`);
});

const server = await startPostgres();
after(() => server.stop());
const PLACES: Readonly<
  Record<string, { readonly newPlace: NewPlace; readonly schema: string; readonly newest: number }>
> = {
  SQLite: { newPlace: sqlitePlace, schema: 'sqlite', newest: SQLITE.length },
  PostgreSQL: { newPlace: postgresPlaces(server), schema: 'postgres', newest: POSTGRES.length },
};

for (const [name, { newPlace, schema, newest }] of Object.entries(PLACES)) {
  test(`${name}: an older release refuses a newer ledger, runs after the rollback, and the ledger can be upgraded again`, async (t) => {
    const place = await newPlace(t);
    const environment = { ...place.environment };
    const ledger = place.open();
    assert.equal((await ledger.begin(request(1))).kind, 'admitted');
    await ledger.close();

    const older = await olderRelease(t, schema);
    const refusal = older(environment);
    assert.equal(refusal.status, 1);
    assert.match(refusal.stderr, new RegExp(`version ${newest}, this program knows ${newest - 1}: .* rollback-schema`));

    const row = "'default', 'uqpay', 'P1', 1, '{}'";
    await place.sql(`INSERT INTO outbox (merchant, provider, payment_id, at, change) VALUES (${row})`);
    const waiting = await runProxy(environment, 'rollback-schema');
    assert.deepEqual([waiting.code, waiting.stderr.startsWith('1 changes wait to be told')], [1, true], waiting.stderr);
    await place.sql('DELETE FROM outbox');
    const { stdout, stderr, code } = await runProxy(environment, 'rollback-schema');
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { from: newest, to: newest - 1 });
    // Otherwise the older release could not start again.
    const early = await runProxy(environment, 'intents', '--state', 'sending');
    assert.deepEqual([early.code, early.stdout], [1, '']);
    assert.match(
      early.stderr,
      new RegExp(`has version ${newest - 1}, and this program would make it version ${newest}`),
    );
    const runs = older(environment);
    assert.equal(runs.status, 0, runs.stderr);
    assert.match(runs.stdout, new RegExp(uuid(1)));
    const twice = await runProxy(environment, 'rollback-schema');
    assert.deepEqual([twice.code, /one version, and no further/.test(twice.stderr)], [1, true]);

    const again = place.open();
    assert.equal((await again.begin(request(1))).kind, 'running');
    assert.equal((await again.begin(request(2))).kind, 'admitted');
    assert.equal((await again.reservationsOfPayment(SCOPE, 'P1')).length, 2);
  });
}

test('SQLite: the ledger of a running proxy cannot be rolled back', async (t) => {
  const place = await sqlitePlace(t);
  await place.open().recover(SCOPE, 1);
  const { code, stderr } = await runProxy(place.environment, 'rollback-schema');
  assert.deepEqual([code, /belongs to another proxy that runs/.test(stderr)], [1, true], stderr);
});

/** This program with the schema before the newest version, as a merchant starts it after a rollback. */
async function olderRelease(t: TestContext, schema: string) {
  const folder = await temporaryFolder(t);
  for (const name of ['contract', 'proxy', 'package.json']) {
    await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const file = path.join(folder, 'proxy/ledger/stores', schema, 'schema.ts');
  const source = await readFile(file, 'utf8');
  const list = 'export const MIGRATIONS: readonly string[] = [';
  assert.equal(source.split(list).length, 2);
  await writeFile(
    file,
    `${source.replace(list, 'const ALL: readonly string[] = [')}\nexport const MIGRATIONS = ALL.slice(0, -1);\n`,
  );
  return (environment: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, [path.join(folder, 'proxy/server/cli.ts'), 'intents', '--state', 'sending'], {
      env: environment,
      encoding: 'utf8',
    });
}
