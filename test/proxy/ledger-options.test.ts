import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PostgresLedger, SqliteLedger } from '../../proxy/index.ts';

type Make = (options: never) => unknown;
const postgres: Make = (options) => new PostgresLedger(options);
const sqlite: Make = (options) => new SqliteLedger(options);
const URL = 'postgres://refunds:secret@db.example/refunds';

const WRONG: readonly (readonly [make: Make, options: unknown, words: RegExp])[] = [
  [postgres, undefined, /^PostgresLedger: expected an object with options, received nothing$/],
  [postgres, URL, /^PostgresLedger: expected an object with options, received a string of \d+ characters$/],
  // Without an address the client would take the database that PGHOST names.
  [postgres, {}, /^PostgresLedger: url: expected an address that begins with postgres:\/\/, received nothing$/],
  [postgres, { uri: URL }, /^PostgresLedger: uri: is no option; is url meant\?; url: expected .* received nothing$/],
  [
    postgres,
    { url: 'db.example/refunds' },
    /url: expected an address that begins with postgres:\/\/, received a string/,
  ],
  [postgres, { url: URL, pool: 5 }, /pool: is no option; expected url, schema, connections, waitMs, upgrades$/],
  [postgres, { url: URL, connections: 0 }, /connections: expected a whole number above 0, received the number 0$/],
  [postgres, { url: URL, waitMs: '5s' }, /waitMs: expected a whole number of milliseconds/],
  [postgres, { url: URL, schema: 'Refunds' }, /schema: expected up to 63 lower case letters/],
  [sqlite, undefined, /^SqliteLedger: expected an object with options, received nothing$/],
  [sqlite, { path: 'refunds.sqlite' }, /path: is no option; .*file: expected the path of a file, received nothing$/],
  [sqlite, { file: ':memory:', busyTimeoutMS: 5 }, /busyTimeoutMS: is no option; is busyTimeoutMs meant\?$/],
  [sqlite, { file: ':memory:', upgrades: 'no' }, /upgrades: expected true or false/],
];

for (const [make, options, words] of WRONG) {
  test(`a ledger made with ${JSON.stringify(options) ?? 'nothing'} is refused: ${words.source}`, () => {
    assert.throws(
      () => make(options as never),
      (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, words);
        assert.doesNotMatch(error.message, /secret|db\.example/);
        return true;
      },
    );
  });
}

test('options that are left out, also as undefined, are those that they stand for', async () => {
  await new PostgresLedger({ url: URL, schema: undefined } as never).close();
  await new SqliteLedger({ file: ':memory:', upgrades: undefined } as never).close();
});
