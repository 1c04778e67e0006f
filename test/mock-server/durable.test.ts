import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';

import { Random } from '../../mock-server/core/engine/random.ts';
import { createSandboxClient, StateFileError, type CreateSandboxOptions } from '../../mock-server/index.ts';
import { Chain } from '../../mock-server/bindings/state-file/chain.ts';
import { startReceiver } from './receiver.ts';
import { INTENT, KNET, send, START, startWorld, type SandboxWorld } from './world.ts';

const SERVER = path.resolve(import.meta.dirname, 'support/durable-server.ts');

function fileFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-db-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'state.jsonl');
}

/** The file with the checksums of its lines as they are now: what only its meaning is wrong with. */
function resealed(text: string): string {
  const chain = new Chain();
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => chain.seal(line.replace(/,"sum":"[\da-f]{8}"\}$/, '}'))).join('');
}

async function rejects(db: string, why: RegExp, what: string): Promise<void> {
  await assert.rejects(startWorld({ db }), (error) => {
    assert.ok(error instanceof StateFileError, what);
    assert.match(error.message, why, what);
    return true;
  });
}

/** A refund of one cent, and its id. */
async function refundCent(world: SandboxWorld, headers: Record<string, string> = {}): Promise<string> {
  const answer = await world.refund({ amount: '0.01' }, headers);
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json['payment_refund_id']);
}

describe('a sandbox with a file', () => {
  it('goes on after a restart as if there had been none', async (t) => {
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
    const lacking = await world.refund({}, { 'x-idempotency-key': '00000000-0000-4000-8000-00000000000b' });
    assert.equal(lacking.json['code'], 'insufficient_balance', 'the scenario is good for one more');
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

  it('still resets to the rows that it was seeded with', async (t) => {
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

  it('lets a running clock run on while it is away', async (t) => {
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

  it('gives the same ids after a restart as without one', async (t) => {
    await using world = await startWorld();
    const key = (n: number) => ({ 'x-idempotency-key': `00000000-0000-4000-8000-00000000000${n}` });
    const expected = [await refundCent(world, key(0)), await refundCent(world, key(1))];
    const db = fileFor(t);
    const found: string[] = [];
    for (const [index] of expected.entries()) {
      await using again = await startWorld({ db });
      found.push(await refundCent(again, key(index)));
    }
    assert.deepEqual(found, expected);
  });

  it('keeps what was edited through json-server, and what was seeded, restored and deleted', async (t) => {
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
      // A crash: what follows is read from the calls, not from a snapshot made on the way out.
      writeFileSync(`${db}.copy`, readFileSync(db));
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

  it('folds calls into a snapshot as they grow, and loses none of them', async (t) => {
    const db = fileFor(t);
    const ids: string[] = [];
    {
      await using world = await startWorld({ db, dbCompactAfter: 1 });
      const token = await world.signIn();
      while (ids.length < 60) ids.push(await refundCent(world, token));
      assert.ok(readFileSync(db, 'utf8').split('"is":"call"').length < 60, 'some calls are in the snapshot');
    }
    await using world = await startWorld({ db });
    const rows = await world.control.db('uqpay_refunds');
    assert.deepEqual(
      rows.slice(-60).map((row) => row['id']),
      ids,
    );
    assert.deepEqual(readdirSync(path.dirname(db)).toSorted(), ['state.jsonl', 'state.jsonl.lock']);
  });

  it('refuses a file that is in use, not its own, or damaged, and leaves it alone', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db });
      await refundCent(world);
      await refundCent(world);
      await rejects(db, /is in use by process \d+: stop that sandbox/, 'in use');
      writeFileSync(`${db}.copy`, readFileSync(db));
    }
    const lines = readFileSync(`${db}.copy`, 'utf8').trimEnd().split('\n');
    const end = lines.findIndex((line) => line.startsWith('{"is":"end"'));
    const exchanged = (first: number) => lines.with(first, lines[first + 1]!).with(first + 1, lines[first]!);
    const written = (some: readonly string[]) => `${some.join('\n')}\n`;
    const CHANGED = /its checksum does not fit: this line or one before it was changed, moved, added or taken out/;
    const cases: [what: string, text: string, why: RegExp][] = [
      ['a shopping list', 'milk\nbread\n', /line 1: it is no record of a sandbox/],
      ['half a snapshot', `${lines.slice(0, end - 1).join('\n')}\n`, /its snapshot is not complete/],
      ['a hole', [...lines.slice(0, end + 1), '{', ...lines.slice(end + 1), ''].join('\n'), /it is no record/],
      [
        'another version',
        resealed(written(lines).replace('"version":2', '"version":3')),
        /it is no record of a sandbox/,
      ],
      ['an emptied file', '', /line 1: the file is empty: it has been emptied/],
      ['a line of white space', '\n', /line 1: it is no record of a sandbox/],
      ['two calls in another order', written(exchanged(lines.length - 2)), CHANGED],
      ['two rows in another order', written(exchanged(3)), CHANGED],
      ['a call that is there twice', written([...lines, lines.at(-1)!]), CHANGED],
      ['a call that was taken out', written(lines.toSpliced(-2, 1)), CHANGED],
      ['a row that was taken out', written(lines.toSpliced(3, 1)), CHANGED],
      ['a changed last line', written(lines).replace(/"status":200(?=[^\n]*\n$)/, '"status":201'), CHANGED],
      ['a __proto__', written(lines.with(3, lines[3]!.replace('{', '{"__proto__":{"a":1},'))), CHANGED],
      ['a __proto__ in a row', written(lines).replace('"row":{', '"row":{"__proto__":{"amount":"9"},'), CHANGED],
      [
        'an amount beyond the capture',
        resealed(written(lines).replace('"amount":"30.00"', '"amount":"90.00"')),
        /line \d+: namespace "": the refunds of "PI2000000000000000005" would add up to more/,
      ],
      [
        'an answer that cannot be repeated',
        resealed(written(lines).replace(/("is":"call".*"status":)200/, '$1400')),
        /was answered 400 and would be answered 200 now: the file was written by another version/,
      ],
    ];
    for (const [what, text, why] of cases) {
      writeFileSync(db, text);
      await rejects(db, why, what);
      assert.equal(readFileSync(db, 'utf8'), text, what);
      assert.ok(!existsSync(`${db}.lock`), what);
    }
    await assert.rejects(startWorld({ db: path.join(db, 'below-a-file') }), StateFileError);
  });

  it('loses only the call that was being written, wherever the writing broke off, and says so', async (t) => {
    const db = fileFor(t);
    {
      await using world = await startWorld({ db });
      const token = await world.signIn();
      for (let made = 0; made < 3; made += 1) await refundCent(world, token);
      writeFileSync(`${db}.whole`, readFileSync(db));
    }
    const whole = readFileSync(`${db}.whole`);
    const start = whole.indexOf('\n', whole.indexOf('{"is":"end"')) + 1;
    const random = new Random(20_261_121, 'cuts');
    for (let cut = 0; cut < 40; cut += 1) {
      const length = start + random.below(whole.length - start + 1);
      writeFileSync(db, whole.subarray(0, length));
      const complete = whole.subarray(start, length).toString().split('\n').slice(0, -1);
      const expected = complete.filter((line) => line.includes('/v2/payment/refunds')).length;
      const notices: string[] = [];
      await using world = await startWorld({ db, onNotice: (notice) => notices.push(notice) });
      assert.equal((await world.control.db('uqpay_refunds')).length, 3 + expected, `cut at byte ${length}`);
      const atEnd = whole[length - 1] === 10;
      assert.equal(notices.length, atEnd ? 0 : 1, `cut at byte ${length}`);
      if (!atEnd) assert.match(notices[0]!, /the last line is half-written and was left out/);
    }
  });

  it('takes over a lock that a killed process left behind', async (t) => {
    const db = fileFor(t);
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    appendFileSync(`${db}.lock`, String(child.pid));
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

describe('a sandbox that is killed at any moment', () => {
  it('has every refund that it acknowledged, and never one of them twice', async (t) => {
    const seed = Number(process.env['TEST_SEED'] ?? 20_261_121);
    const random = new Random(seed, 'kills');
    const db = fileFor(t);
    /** Refund by its idempotency key; `undefined` while its answer is not known. */
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
      // What was in the air when it was killed is asked for again under its key, as a client should.
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

  it('starts again after a webhook was sent again by hand', async (t) => {
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
    const [known] = await createSandboxClient(server.url).flushWebhooks();
    assert.equal(known?.status, 'delivered');
  });

  describe('while a key is running', () => {
    const headers = { 'content-type': 'application/json', 'x-client-id': 'sandbox-client' };

    /** Refunds a cent under the key, by whichever server runs now. */
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
    const late = (ms: number) => ({ 'x-sandbox-scenario': `latency; ms=${ms}` });

    for (const [what, compactAfter] of [
      ['with a long list of calls', 10_000_000],
      ['with a file that is folded at every call', 1],
    ] as const) {
      it(`starts again after that was answered, ${what}`, async (t) => {
        const db = fileFor(t);
        let server = await run(db, compactAfter);
        t.after(() => server.kill());
        const refund = await caller(() => server);
        const stored = async () => (await createSandboxClient(server.url).db('uqpay_refunds')).length;
        const before = await stored();

        const done = await refund('a', late(1));
        assert.equal((await refund('a')).text, done.text, 'finished, so replayed');
        const lost = assert.rejects(refund('b', late(600_000)), TypeError);
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
