import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';

import { Random } from '../../mock-server/core/engine/random.ts';
import { createSandboxClient, StateFileError, type CreateSandboxOptions } from '../../mock-server/index.ts';
import { startReceiver } from './receiver.ts';
import { copyFile, fileFor } from './support/state-files.ts';
import { INTENT, KNET, send, START, startWorld, type SandboxWorld } from './world.ts';

const SERVER = path.resolve(import.meta.dirname, 'support/durable-server.ts');

/** Changes a file by hand, as somebody with a SQLite tool would. */
function change(file: string, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  work(database);
  database.close();
}

/** Gives every record a correct checksum, so that only the meaning of a changed record is wrong. */
function reseal(database: DatabaseSync): void {
  let sum = 0;
  for (const { sequence, json } of database.prepare('SELECT sequence, json FROM records ORDER BY sequence').all()) {
    sum = crc32(String(json), sum);
    database.prepare('UPDATE records SET sum = ? WHERE sequence = ?').run(sum, sequence!);
  }
}

const replaceText = (from: string, to: string, like: string) => (database: DatabaseSync) => {
  const { changes } = database
    .prepare('UPDATE records SET json = replace(json, ?, ?) WHERE json LIKE ? AND instr(json, ?) > 0')
    .run(from, to, like, from);
  assert.ok(changes > 0, `${from} is in no record`);
};

async function rejects(db: string, why: RegExp, what: string): Promise<void> {
  await assert.rejects(startWorld({ db }), (error) => {
    assert.ok(error instanceof StateFileError, what);
    assert.match(error.message, why, what);
    return true;
  });
}

/** Refunds one cent and returns the id of the refund. */
async function refundCent(world: SandboxWorld, headers: Record<string, string> = {}): Promise<string> {
  const answer = await world.refund({ amount: '0.01' }, headers);
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json['payment_refund_id']);
}

describe('a sandbox with a state file', () => {
  it('continues after a restart where it stopped', async (t) => {
    const db = fileFor(t);
    const options: CreateSandboxOptions = { db };
    const key = { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000a' };
    let first = '';
    let token: Record<string, string> = {};
    {
      await using world = await startWorld(options);
      token = await world.signIn();
      first = (await world.refund({}, { ...key, ...token })).text;
      await world.control.advance('PT10S');
      await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
      await world.control.scenario('insufficient_balance', { times: 2 });
      assert.equal((await world.refund({}, token)).json['code'], 'insufficient_balance');
      await world.control.addWebhookEndpoint({ provider: 'uqpay', url: 'http://127.0.0.1:9/hook' });
      await createSandboxClient(`${world.sandbox.url}/ns/one`).advance('P1D');
    }
    await using world = await startWorld(options);
    const id = String((JSON.parse(first) as Record<string, unknown>)['payment_refund_id']);
    const read = await world.fetch(`/uqpay/api/v2/payment/refunds/${id}`, { headers: token });
    assert.equal(read.json['refund_status'], 'PROCESSING', 'the token is still good, the clock stands where it stood');
    assert.equal((await world.refund({}, { ...key, ...token })).text, first, 'the answer is replayed');
    assert.equal((await world.control.clock()).now, '2026-11-02T09:00:10+08:00');
    const refusal = await world.refund({}, { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000b' });
    assert.equal(refusal.json['code'], 'insufficient_balance', 'the scenario is good for one more');
    assert.equal((await world.control.webhookEndpoints()).length, 1);
    const one = await createSandboxClient(`${world.sandbox.url}/ns/one`).clock();
    assert.equal(one.now, '2026-11-03T09:00:00+08:00');
    await world.control.advance('PT10S');
    assert.equal((await world.uqpay(`/v2/payment/refunds/${id}`)).json['refund_status'], 'SUCCEEDED');
    await world.control.advance('PT4H');
    const { data } = (await world.upayments(`/check-refund/${KNET}`)).json as {
      data: { refund: { is_refunded: unknown }[] };
    };
    assert.equal(data.refund.length, 1);
  });

  it('still resets to its seed after a restart', async (t) => {
    const db = fileFor(t);
    const seed = { uqpay_intents: [{ id: 'PI3000000000000000001', amount: '20.00', currency: 'USD' }] };
    let before: unknown;
    {
      await using world = await startWorld({ db });
      await world.control.seed(seed);
      before = await world.control.db('uqpay_intents');
      await createSandboxClient(`${world.sandbox.url}/ns/other`).health();
      await world.control.restore({ ...(await world.control.snapshot()) });
    }
    for (let start = 0; start < 2; start += 1) {
      await using world = await startWorld({ db });
      assert.deepEqual(await world.control.db('uqpay_intents'), before);
      await world.control.reset();
      assert.deepEqual(await world.control.db('uqpay_intents'), before);
      const other = createSandboxClient(`${world.sandbox.url}/ns/other`);
      await other.reset();
      assert.equal((await other.db('uqpay_intents')).length, 11);
    }
  });

  it('moves a running clock on by the time that it was stopped', async (t) => {
    const db = fileFor(t);
    let id = '';
    {
      await using world = await startWorld({ db, clock: 'running' });
      await world.control.advance('PT1H');
      id = await refundCent(world);
    }
    await using world = await startWorld({ db, clock: 'running', now: () => START + 6_000 });
    assert.equal((await world.control.clock()).now, '2026-11-02T10:00:06+08:00');
    assert.equal((await world.uqpay(`/v2/payment/refunds/${id}`)).json['refund_status'], 'PROCESSING');
  });

  it('draws the same ids with and without a restart', async (t) => {
    await using world = await startWorld();
    const key = (n: number) => ({ 'x-idempotency-key': `00000000-0000-4000-8000-00000000000${n}` });
    const expected = [await refundCent(world, key(0)), await refundCent(world, key(1))];
    const db = fileFor(t);
    const ids: string[] = [];
    for (const [index] of expected.entries()) {
      await using again = await startWorld({ db });
      ids.push(await refundCent(again, key(index)));
    }
    assert.deepEqual(ids, expected);
  });

  it('keeps edits through json-server, and restored and deleted namespaces', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db });
      const id = await refundCent(world);
      const edit = (method: string, at: string, body?: object) =>
        world.fetch(`/_sandbox/db/uqpay_refunds${at}`, {
          method,
          headers: { 'content-type': 'application/json' },
          ...(body && { body: JSON.stringify(body) }),
        });
      assert.equal((await edit('PATCH', `/${id}`, { refund_status: 'FAILED' })).status, 200);
      assert.equal((await edit('DELETE', '/RF2000000000000000006')).status, 200);
      const one = createSandboxClient(`${world.sandbox.url}/ns/one`);
      await one.restore(await world.control.snapshot());
      await createSandboxClient(`${world.sandbox.url}/ns/two`).reset();
      await send(`${world.sandbox.url}/ns/two`, { method: 'DELETE' });
      // The copy is the file after a crash: it has no final snapshot, so the next start repeats the calls.
      copyFile(db, `${db}.copy`);
    }
    for (const file of [db, `${db}.copy`]) {
      await using world = await startWorld({ db: file });
      for (const client of [world.control, createSandboxClient(`${world.sandbox.url}/ns/one`)]) {
        const rows = await client.db('uqpay_refunds');
        assert.deepEqual(
          rows.map((row) => row['refund_status']),
          ['SUCCEEDED', 'PROCESSING', 'FAILED'],
          file,
        );
      }
      assert.deepEqual((await world.fetch('/ns')).json['namespaces'], ['one']);
    }
  });

  it('begins its journal anew, also after a crash, and repeats no question about the old one', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db });
      await refundCent(world);
      copyFile(db, `${db}.before`);
      await refundCent(world, { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000b' });
      const late = await world.control.verify({ route: 'create_refund', after: 3 }, { exactly: 1 });
      assert.ok(late.ok, late.explanation);
      await world.control.flushWebhooks({ payment_id: INTENT });
      await world.control.clearJournal();
      await refundCent(world, { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000c' });
      await world.control.journal({ after: 1 });
      copyFile(db, `${db}.copy`);
    }
    for (const file of [db, `${db}.before`, `${db}.copy`]) {
      await using world = await startWorld({ db: file });
      const never = await world.control.verify({ route: 'create_refund' }, { never: true });
      assert.ok(never.ok, `${file}: ${never.explanation}`);
      await refundCent(world, { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000d' });
      assert.equal((await world.control.verify({ route: 'create_refund' }, { exactly: 1 })).ok, true);
    }
  });

  it('starts again after a crash although its snapshot has no journal that a question could be about', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db, dbCompactAfter: 1 });
      const token = await world.signIn();
      for (let calls = 1; calls <= 60; calls += 1) await refundCent(world, token);
      assert.equal((await world.control.verify({ after: 61 }, { never: true })).ok, true);
      copyFile(db, `${db}.copy`);
    }
    await using world = await startWorld({ db: `${db}.copy` });
    assert.equal((await world.control.db('uqpay_refunds')).length, 63);
  });

  it('compacts the recorded calls into a snapshot and loses none', async (t) => {
    const db = fileFor(t);
    const ids: string[] = [];
    {
      await using world = await startWorld({ db, dbCompactAfter: 1 });
      const token = await world.signIn();
      while (ids.length < 60) ids.push(await refundCent(world, token));
      copyFile(db, `${db}.copy`);
      change(`${db}.copy`, (database) => {
        const row = database.prepare(`SELECT count(*) AS calls FROM records WHERE json LIKE '{"is":"call"%'`).get();
        assert.ok(Number(row?.['calls']) < 60, 'some calls are in the snapshot');
      });
      rmSync(`${db}.copy`);
      assert.deepEqual(readdirSync(path.dirname(db)).toSorted(), ['state.db', 'state.db-wal']);
    }
    await using world = await startWorld({ db });
    const rows = await world.control.db('uqpay_refunds');
    assert.deepEqual(
      rows.slice(-60).map((row) => row['id']),
      ids,
    );
  });

  it('refuses a file that is in use, foreign or damaged, and does not change it', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db });
      await refundCent(world);
      await refundCent(world);
      await rejects(db, /state\.db is in use by another sandbox: stop that one, or choose another file/, 'in use');
      copyFile(db, `${db}.copy`);
    }
    const CHANGED = /its checksum does not fit: this record or one before it was changed, moved, added or taken out/;
    const NO_STATE = /it is no state file of a sandbox\. The file was left as it is: move it away/;
    const sql = (text: string) => (database: DatabaseSync) => database.exec(text);
    const swap = (which: (last: number) => number) => (database: DatabaseSync) => {
      const rows = database.prepare('SELECT sequence, json, sum FROM records ORDER BY sequence').all();
      const index = which(rows.length);
      const write = database.prepare('UPDATE records SET json = ?, sum = ? WHERE sequence = ?');
      const [one, other] = [rows[index]!, rows[index + 1]!];
      write.run(other['json']!, other['sum']!, one['sequence']!);
      write.run(one['json']!, one['sum']!, other['sequence']!);
    };
    const last = 'SELECT max(sequence) FROM records';
    const cases: [what: string, work: (database: DatabaseSync) => void, why: RegExp][] = [
      ['another version', sql('PRAGMA user_version = 2'), /its format is version 2, and this sandbox reads version 3/],
      ['a file of another program', sql('PRAGMA application_id = 7'), NO_STATE],
      ['two calls in another order', swap((count) => count - 2), CHANGED],
      ['two rows in another order', swap(() => 3), CHANGED],
      [
        'a call that is there twice',
        sql(`INSERT INTO records (json, sum) SELECT json, sum FROM records WHERE sequence = (${last})`),
        CHANGED,
      ],
      ['a call that was taken out', sql(`DELETE FROM records WHERE sequence = (${last}) - 1`), CHANGED],
      ['a row that was taken out', sql('DELETE FROM records WHERE sequence = 4'), CHANGED],
      ['a changed last record', replaceText('"status":200', '"status":201', '{"is":"call"%'), CHANGED],
      ['a __proto__', replaceText('{"is":"row",', '{"is":"row","__proto__":{"a":1},', '{"is":"row"%'), CHANGED],
      ['a __proto__ in a row', replaceText('"row":{', '"row":{"__proto__":{"amount":"9"},', '{"is":"row"%'), CHANGED],
      [
        'a record of no kind',
        (database) => {
          replaceText('{"is":"row",', '{"is":"line",', '{"is":"row"%')(database);
          reseal(database);
        },
        /record 3: it is no record of a sandbox/,
      ],
      [
        'an amount beyond the capture',
        (database) => {
          replaceText('"amount":"30.00"', '"amount":"90.00"', '{"is":"row"%')(database);
          reseal(database);
        },
        /record \d+: namespace "": the refunds of "PI2000000000000000005" would add up to more/,
      ],
      [
        'an answer that cannot be repeated',
        (database) => {
          replaceText('"status":200', '"status":400', '{"is":"call"%')(database);
          reseal(database);
        },
        /was answered 400 and would be answered 200 now\. Perhaps another version of the sandbox wrote the file/,
      ],
    ];
    for (const [what, work, why] of cases) {
      copyFile(`${db}.copy`, db);
      change(db, work);
      const before = readFileSync(db);
      await rejects(db, why, what);
      assert.deepEqual(readFileSync(db), before, what);
    }
    copyFile(`${db}.copy`, db);
    change(db, sql('PRAGMA wal_checkpoint(TRUNCATE)'));
    const whole = readFileSync(db);
    const files: [what: string, content: string | Buffer, why: RegExp][] = [
      ['a shopping list', 'milk\nbread\n', NO_STATE],
      ['an emptied file', '', /state\.db: the file is empty: it was emptied, or its sandbox was killed/],
      ['a line of white space', '\n', NO_STATE],
      [
        'the text file of an older version',
        '{"is":"header","format":"refund-form-sandbox","version":2,"sum":"00000000"}\n',
        /it is a text file of an older version of the sandbox, and this one reads SQLite\. The file was left as it is/,
      ],
      ['half of it', whole.subarray(0, whole.length / 2), /SQLite finds it damaged/],
    ];
    for (const [what, content, why] of files) {
      writeFileSync(db, content);
      await rejects(db, why, what);
      assert.deepEqual(readFileSync(db), Buffer.from(content), what);
    }
    await assert.rejects(startWorld({ db: path.join(db, 'below-a-file') }), StateFileError);
  });

  it('loses only the last call when a write is cut off at any byte', async (t) => {
    const db = fileFor(t);
    const copy = `${db}.copy`;
    const ends: number[] = [];
    let start = 0;
    {
      await using world = await startWorld({ db });
      const token = await world.signIn();
      start = statSync(`${db}-wal`).size;
      for (let index = 0; index < 3; index += 1) {
        await refundCent(world, token);
        ends.push(statSync(`${db}-wal`).size);
      }
      copyFile(db, copy);
    }
    const length = statSync(`${copy}-wal`).size;
    assert.equal(ends.at(-1), length);
    const random = new Random(20_261_121, 'cuts');
    const cuts = Array.from({ length: 38 }, () => start + random.below(length - start));
    for (const cut of [start, ...cuts, length]) {
      copyFile(copy, db);
      truncateSync(`${db}-wal`, cut);
      const expected = ends.filter((end) => end <= cut).length;
      await using world = await startWorld({ db });
      assert.equal((await world.control.db('uqpay_refunds')).length, 3 + expected, `cut at byte ${cut}`);
    }
  });

  it('starts again after its process was killed', async (t) => {
    const db = fileFor(t);
    const server = await run(db, 10_000_000);
    await rejects(db, /is in use by another sandbox/, 'while it runs');
    await server.kill();
    await using world = await startWorld({ db });
    assert.equal((await world.control.health()).status, 'ok');
  });
});

interface Running {
  readonly url: string;
  kill(): Promise<void>;
}

async function run(db: string, compactAfter: number): Promise<Running> {
  const child = spawn(process.execPath, [SERVER, db, String(compactAfter)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('a sandbox that is killed at any time', () => {
  it('keeps every acknowledged refund, and makes none twice', async (t) => {
    const seed = Number(process.env['TEST_SEED'] ?? 20_261_121);
    const random = new Random(seed, 'kills');
    const db = fileFor(t);
    /** The refund id for each idempotency key. `undefined` while its answer is unknown. */
    const refunds = new Map<string, string | undefined>();
    const headers = {
      'content-type': 'application/json',
      'x-client-id': 'sandbox-client',
      'x-auth-token': '',
    };
    const body = JSON.stringify({ payment_intent_id: INTENT, amount: '0.01', reason: 'r' });
    const ask = async (url: string, key: string): Promise<void> => {
      const answer = await send(`${url}/uqpay/api/v2/payment/refunds`, {
        method: 'POST',
        headers: { ...headers, 'x-idempotency-key': key },
        body,
      });
      assert.equal(answer.status, 200, answer.text);
      const id = String(answer.json['payment_refund_id']);
      assert.equal(refunds.get(key) ?? id, id, `one key, one refund (TEST_SEED=${seed})`);
      refunds.set(key, id);
    };
    let keys = 0;
    for (let round = 0; round < 6; round += 1) {
      const server = await run(db, round % 2 === 0 ? 1 : 10_000_000);
      if (round === 0) {
        const { json } = await send(`${server.url}/uqpay/api/v1/connect/token`, {
          method: 'POST',
          headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
        });
        headers['x-auth-token'] = `Bearer ${String(json['auth_token'])}`;
      }
      const rows = await createSandboxClient(server.url).db('uqpay_refunds');
      const stored = new Set(rows.map((row) => row['id']));
      for (const [key, id] of refunds) assert.ok(id === undefined || stored.has(id), `${key} (TEST_SEED=${seed})`);
      // Requests that ran when the server was killed are sent again with their keys, as a client should do.
      for (const [key, id] of refunds) if (id === undefined) await ask(server.url, key);
      assert.ok((await createSandboxClient(server.url).db('uqpay_refunds')).length === 3 + refunds.size);
      const killAfter = 5 + random.below(60);
      let answered = 0;
      let killed: Promise<void> | undefined;
      const client = async () => {
        while (!killed) {
          keys += 1;
          const key = `00000000-0000-4000-8000-${String(keys).padStart(12, '0')}`;
          refunds.set(key, undefined);
          try {
            await ask(server.url, key);
          } catch (error) {
            if (error instanceof TypeError) return;
            throw error;
          }
          answered += 1;
          if (answered === killAfter) killed = server.kill();
        }
      };
      await Promise.all(Array.from({ length: 8 }, client));
      await killed;
    }
  });

  it('starts again after a webhook was resent by hand', async (t) => {
    await using receiver = await startReceiver();
    const db = fileFor(t);
    let server = await run(db, 10_000_000);
    t.after(() => server.kill());
    const control = createSandboxClient(server.url);
    await control.addWebhookEndpoint({ provider: 'uqpay', url: receiver.url });
    const { json } = await send(`${server.url}/uqpay/api/v1/connect/token`, {
      method: 'POST',
      headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
    });
    await send(`${server.url}/uqpay/api/v2/payment/refunds`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-client-id': 'sandbox-client',
        'x-auth-token': `Bearer ${String(json['auth_token'])}`,
        'x-idempotency-key': '00000000-0000-4000-8000-00000000000a',
      },
      body: JSON.stringify({ payment_intent_id: INTENT, amount: '0.01', reason: 'r' }),
    });
    await control.flushWebhooks();
    await control.resendWebhook('wd_1');
    await control.flushWebhooks();
    await control.resendWebhook('wd_1');
    await server.kill();

    server = await run(db, 10_000_000);
    const [delivery] = await createSandboxClient(server.url).flushWebhooks();
    assert.equal(delivery?.status, 'delivered');
  });

  describe('while a call is running', () => {
    const headers = { 'content-type': 'application/json', 'x-client-id': 'sandbox-client' };

    /** Makes a function that refunds one cent under a key, on the server that runs at that time. */
    async function caller(server: () => Running) {
      const { json } = await send(`${server().url}/uqpay/api/v1/connect/token`, {
        method: 'POST',
        headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
      });
      const signedIn = { ...headers, 'x-auth-token': `Bearer ${String(json['auth_token'])}` };
      return (key: string, scenario: Record<string, string> = {}) =>
        send(`${server().url}/uqpay/api/v2/payment/refunds`, {
          method: 'POST',
          headers: { ...signedIn, 'x-idempotency-key': `00000000-0000-4000-8000-00000000000${key}`, ...scenario },
          body: JSON.stringify({ payment_intent_id: INTENT, amount: '0.01', reason: 'r' }),
        });
    }
    const latency = (ms: number) => ({ 'x-sandbox-scenario': `latency; ms=${ms}` });

    for (const [what, compactAfter] of [
      ['with a long list of calls', 10_000_000],
      ['with a file that is folded at every call', 1],
    ] as const) {
      it(`starts again and makes no second refund, ${what}`, async (t) => {
        const db = fileFor(t);
        let server = await run(db, compactAfter);
        t.after(() => server.kill());
        const refund = await caller(() => server);
        const stored = async () => (await createSandboxClient(server.url).db('uqpay_refunds')).length;
        const before = await stored();

        const done = await refund('a', latency(1));
        assert.equal((await refund('a')).text, done.text, 'finished, so replayed');
        const lost = assert.rejects(refund('b', latency(600_000)), TypeError);
        while ((await stored()) < before + 2) await new Promise(setImmediate);
        assert.equal((await refund('c')).status, 200);
        assert.match((await refund('b')).text, /request is processing/);
        await server.kill();
        await lost;

        server = await run(db, compactAfter);
        assert.equal((await refund('a')).text, done.text);
        assert.equal((await refund('b')).status, 200, 'nobody waits for its answer any more');
        assert.equal(await stored(), before + 3);
      });
    }
  });
});
