import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';

import { Client } from 'pg';

import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import {
  createRefundProxy,
  LedgerUnavailableError,
  PostgresLedger,
  uqpay,
  type EventOptions,
  type RefundProxy,
} from '../../proxy/index.ts';
import type { Intent } from '../../proxy/ledger/entities.ts';
import { PostgresStore } from '../../proxy/ledger/stores/postgres/postgres.ts';
import { line } from '../../proxy/ledger/rules/fact.ts';
import { startPostgres } from '../runner/postgres.ts';
import { temporaryFolder } from './support/folder.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { postgresPlaces, useLedgers, type LedgerPlace } from './support/ledgers.ts';
import { runProxy, startProxy } from './support/process.ts';
import { scriptedProvider } from './support/provider.ts';
import { startRelay } from './support/relay.ts';
import {
  fetchAt,
  ORDER,
  PAYMENT,
  readAnswer,
  REFUND,
  startTestProxy,
  scriptUqpay,
  START,
  UQPAY_POST,
  uqpayBody,
  uuid,
  uuids,
} from './support/test-proxy.ts';

const TOKEN = 'POST /v1/connect/token';

const server = await startPostgres();
after(() => server.stop());
const newPlace = postgresPlaces(server);

for (const level of ['read committed', 'repeatable read', 'serializable']) {
  test(`four instances share one order: they refund no cent too much, once per key, with one token (${level} by default)`, async (t) => {
    const { instances, provider, place } = await setUp(t, 4);
    await place.sql(`ALTER ROLE proxy SET default_transaction_isolation = '${level}'`);
    t.after(() => place.sql('ALTER ROLE proxy RESET default_transaction_isolation'));
    // Forty keys of 5.00 on an order of 100.00. Each key arrives at two instances at once.
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, n) => post(instances[n % 4]!, '5.00', uuid(1 + (Math.floor(n / 2) % 40)))),
    );
    const refunds = provider.callsOf(UQPAY_POST);
    assert.equal(refunds.length, 20);
    assert.equal(new Set(refunds.map(({ headers }) => headers['x-idempotency-key'])).size, 20);
    assert.ok(answers.every(({ status }) => [200, 409, 422].includes(status)));
    assert.equal(provider.callsOf(TOKEN).length, 1);
    const summary = await readAnswer(
      await instances[3]!.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}`)),
    );
    assert.equal((summary.json as { refundable: string }).refundable, '0.00');
  });
}

test('fifty requests with one key at four instances cause one provider call', async (t) => {
  const { instances, provider } = await setUp(t, 4);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => post(instances[n % 4]!, '10.00', uuid(1))));
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
});

test('an instance takes the new token that another instance has fetched', async (t) => {
  const { instances, provider, clock } = await setUp(t, 3);
  for (const [index, instance] of instances.entries()) await post(instance, '1.00', uuid(1 + index));
  assert.equal(provider.callsOf(TOKEN).length, 1);
  let alive = 1;
  let fetched = 1;
  provider.on(TOKEN, () => {
    fetched += 1;
    alive = fetched;
    return { status: 200, json: { auth_token: `token-${fetched}`, expired_at: START / 1000 + 1_800 } };
  });
  const answerRefund = scriptedRefund();
  provider.on(UQPAY_POST, (call) =>
    call.headers['x-auth-token'] === `Bearer token-${alive}`
      ? answerRefund(call.body)
      : { status: 401, json: { error: 'token expired' } },
  );
  // The provider kills the token of all three.
  alive = 0;
  for (const [index, instance] of instances.entries()) {
    assert.equal((await post(instance, '1.00', uuid(10 + index))).status, 200);
  }
  assert.equal(fetched, 2);
  clock.now += 29 * 60_000;
  await Promise.all(instances.map((instance, index) => post(instance, '1.00', uuid(20 + index))));
  assert.equal(fetched, 3);
});

test('the token in the database cannot be read as a credential', async (t) => {
  const { instances, place, provider } = await setUp(t, 1);
  await post(instances[0]!, '1.00', uuid(1));
  await assert.rejects(
    () => place.sql("DO $$ BEGIN RAISE EXCEPTION '%', (SELECT string_agg(value, ' ') FROM shared_values); END $$"),
    (error: Error) => error.message.length > 40 && !error.message.includes('token-1'),
  );
  // A token that was sealed with another key, or damaged, is not trusted: the instance fetches a new one.
  await place.sql("UPDATE shared_values SET value = 'c3BvaWx0LCBhbmQgbm90IHNlYWxlZCBhdCBhbGw='");
  const { instances: others } = await setUp(t, 1, { known: { place, provider } });
  assert.equal((await post(others[0]!, '1.00', uuid(2))).status, 200);
  assert.equal(provider.callsOf(TOKEN).length, 2);
});

test('a refund that another instance is sending stays with it until its lease ends, and is then unknown', async (t) => {
  const { instances, provider, clock, place } = await setUp(t, 2);
  const [first, second] = instances as [RefundProxy, RefundProxy];
  const ledger = place.open();
  const arrived = new Promise<void>((resolve) => {
    provider.on(UQPAY_POST, () => {
      resolve();
      return 'hang';
    });
  });
  const firstAnswer = post(first, '10.00', uuid(1));
  await arrived;
  assert.equal(await second.recover(), 0);
  assert.equal((await post(second, '10.00', uuid(1))).problem.code, 'idempotency_key_running');
  clock.now += 60_000;
  await second.reconcile();
  assert.equal((await ledger.intentByKey(SCOPE, uuid(1)))?.state, 'unknown');
  assert.equal((await ledger.audit((await ledger.intentByKey(SCOPE, uuid(1)))!.id)).at(-1)?.source, 'lease ended');
  assert.equal((await firstAnswer).status, 504);
  scriptUqpay(provider);
  assert.equal((await post(second, '10.00', uuid(1))).status, 200);
});

test('every commit waits for the disk, even if the role turns synchronous_commit off', async (t) => {
  const place = await newPlace(t);
  await place.open().intent(uuid(1));
  await place.sql('ALTER ROLE proxy SET synchronous_commit = off');
  t.after(() => place.sql('ALTER ROLE proxy RESET synchronous_commit'));
  // The trigger sees the setting of the transaction that writes.
  await place.sql(`CREATE FUNCTION expect_sync() RETURNS TRIGGER LANGUAGE plpgsql AS
    $$ BEGIN
      IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'not synchronous'; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER expect_sync BEFORE INSERT OR UPDATE ON shared_values FOR EACH ROW EXECUTE FUNCTION expect_sync()`);
  await assert.rejects(() => place.sql("INSERT INTO shared_values VALUES ('seen', 'by default')"), /not synchronous/);
  await place.open().replaceShared('seen', async () => 'in the ledger');
});

test('only one of several instances reads a refund that is due', async (t) => {
  const { instances, provider, clock } = await setUp(t, 4);
  for (let n = 1; n <= 8; n += 1) await post(instances[n % 4]!, '1.00', uuid(n));
  const reads = () =>
    provider.calls.filter(({ method, path: at }) => method === 'GET' && at.startsWith(`${REFUND}/RF`));
  clock.now += 6_000;
  const rounds = await Promise.all(instances.map((instance) => instance.reconcile()));
  assert.equal(
    rounds.reduce((sum, { checked }) => sum + checked, 0),
    8,
  );
  assert.equal(reads().length, 8);
});

test('an event stream at one instance soon reports a change that another instance made', async (t) => {
  const { instances, provider } = await setUp(t, 2, { events: { lookMs: 20 } });
  const [first, second] = instances as [RefundProxy, RefundProxy];
  t.after(() => first.close());
  const stream = await first.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`));
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  const until = async (words: string) => {
    for (let text = ''; !text.includes(words); text += (await reader.read()).value ?? '');
  };
  await until('"refundable":"100.00"');
  assert.equal((await post(second, '10.00', uuid(1))).status, 200);
  await until('"refundable":"90.00"');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  await reader.cancel();
});

test('the audit trail refuses TRUNCATE', async (t) => {
  const place = await newPlace(t);
  await place.open().intents(SCOPE, { limit: 1 });
  await assert.rejects(() => place.sql('TRUNCATE audit'), /never deleted/);
});

test('the proxy refuses a ledger of a newer program', async (t) => {
  const place = await newPlace(t);
  await place.open().intents(SCOPE, { limit: 1 });
  await place.sql('INSERT INTO versions VALUES (99)');
  await assert.rejects(() => place.open().intents(SCOPE, { limit: 1 }), /run the newer program/);
});

const SUCCEEDED = {
  paymentId: 'P9',
  observations: [{ refundId: 'RX', standing: 'succeeded', status: 'SUCCEEDED', amount: 1n, currency: 'USD' }],
} as const;

test('the first instance that starts upgrades a ledger of an older program', async (t) => {
  const place = await newPlace(t);
  const old = place.open();
  await old.begin(request(1));
  await old.observe(SCOPE, { ...SUCCEEDED, source: 'list', at: 1 });
  await place.sql(`DELETE FROM versions WHERE version > 1;
    DROP FUNCTION take_for_granted; DROP INDEX reservations_followed; DROP TABLE outbox, outbox_payments`);
  const instances = [place.open(), place.open()];
  const begun = await Promise.all(instances.map((ledger, index) => ledger.begin(request(2 + index))));
  assert.deepEqual(
    begun.map(({ kind }) => kind),
    ['admitted', 'admitted'],
  );
  assert.equal((await instances[0]!.begin(request(1))).kind, 'running');
  // Old refunds are not due: otherwise all of them would be read at once after the upgrade.
  const due = { at: Number.MAX_SAFE_INTEGER, limit: 9, follows: true };
  assert.deepEqual(await instances[0]!.claimReservations(SCOPE, due), []);
});

test('several instances that start at once create the schema once', async (t) => {
  const place = await newPlace(t);
  await Promise.all([1, 2, 3, 4].map(() => place.open().intents(SCOPE, { limit: 1 })));
});

test('a connection that ends within a transaction fails that transaction, but does not end the process', async (t) => {
  const place = await newPlace(t);
  const store = storeOf(t, place);
  await store.transaction((tx) => tx.saveSharedValue('token', 'a'));
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', note);
  t.after(() => process.off('uncaughtException', note));
  const broken = store.transaction(async (tx) => {
    await tx.sharedValue('token');
    await place.sql(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE application_name = 'refund-proxy' AND state = 'idle in transaction' AND query LIKE '%shared_values%'`,
    );
    await tx.saveSharedValue('token', 'b');
    return tx.sharedValue('token');
  });
  await assert.rejects(broken, LedgerUnavailableError);
  assert.equal(await store.transaction((tx) => tx.sharedValue('token')), undefined);
  assert.deepEqual(uncaught, []);
});

test('a statement that fails breaks neither the connection nor the next statement', async (t) => {
  const place = await newPlace(t);
  const schema = place.environment['REFUND_PROXY_DB_SCHEMA']!;
  const ledger = new PostgresLedger({ url: server.url, schema, connections: 1 });
  t.after(() => ledger.close());
  await ledger.intents(SCOPE, { limit: 1 });
  // This connection has not prepared this statement before, and it is one of several in a batch.
  await place.sql('ALTER TABLE audit RENAME TO elsewhere');
  await assert.rejects(() => ledger.begin(request(1)), LedgerUnavailableError);
  await place.sql('ALTER TABLE elsewhere RENAME TO audit');
  assert.equal((await ledger.begin(request(1))).kind, 'admitted');
  assert.deepEqual(
    (await ledger.audit(uuid(1))).map(({ what }) => what),
    ['begin'],
  );
});

for (const [what, change] of [
  ['the intent', "UPDATE intents SET checks = checks + 1 WHERE key = '$1'"],
  ['a reservation', "UPDATE reservations SET status = 'x' WHERE payment_id = 'P1'"],
  ['an event', "INSERT INTO events VALUES ('default', 'uqpay', 'E1', 'RF1', 'P1', 1, '{}')"],
] as const) {
  for (const how of ['reads before it locks', 'reuses the rows that were written'] as const) {
    test(`a settlement that ${how} reads again if ${what} has changed meanwhile`, async (t) => {
      const place = await newPlace(t);
      const begun = await place.open().begin(request(1));
      assert.equal(begun.kind, 'admitted');
      const written = how === 'reads before it locks' ? undefined : await begun.written;
      const reads: string[] = [];
      await storeOf(t, place).transaction(async (tx) => {
        const found = await tx.unsettled(uuid(1), written);
        reads.push(JSON.stringify([found?.intent.checks, found?.rows[0]?.status, found?.waitingEvents.length]));
        // The first attempt locks nothing until it writes. After the failed attempt it locks first.
        if (reads.length === 1) await place.sql(change.replace('$1', uuid(1)));
        await tx.addAudit(line(uuid(1), 'somebody', 'look', 'test', 1));
      });
      assert.equal(reads.length, 2);
      assert.equal(reads[0], '[0,"",0]');
      assert.notEqual(reads[1], reads[0]);
      assert.equal((await place.open().audit(uuid(1))).filter(({ what: action }) => action === 'look').length, 1);
    });
  }
}

for (const parts of [0, 1, 3]) {
  test(`a settlement can reuse the rows of an intent of ${parts} parts as they were written, while nobody changes them`, async (t) => {
    const place = await newPlace(t);
    const store = storeOf(t, place);
    const begun = await place.open().begin(request(1));
    assert.equal(begun.kind, 'admitted');
    const intent: Intent = { ...begun.intent, id: uuid(2), key: uuid(2), target: undefined };
    const rows = Array.from({ length: parts }, (_, part) => ({
      ...begun.reservations[0]!,
      intentId: uuid(2),
      key: uuid(2),
      vendor: `v${part}`,
    }));
    const { written } = await store.transaction(async (tx) => {
      await tx.insertIntent(intent);
      for (const row of rows) await tx.addReservation(row);
      return { written: tx.written(intent, rows) };
    });
    const read = await store.transaction((tx) => tx.unsettled(uuid(2)));
    assert.deepEqual((await written)!.unsettled, read);
    assert.equal(read?.rows.length, parts);
    let times = 0;
    const writtenRows = await written;
    await store.transaction(async (tx) => {
      times += 1;
      await tx.unsettled(uuid(2), writtenRows);
    });
    assert.equal(times, 1);
  });
}

test('begin, settle and read each wait once, so that a database far away costs one round trip', async (t) => {
  const relay = await startRelay(t, server.url);
  const ledger = new PostgresLedger({ url: relay.url, schema: 'far_away', connections: 1 });
  t.after(() => ledger.close());
  await ledger.intents(SCOPE, { limit: 1 });
  const counted = async <T>(work: Promise<T>): Promise<{ count: number; result: T }> => {
    const before = relay.turns();
    const result = await work;
    return { count: relay.turns() - before, result };
  };
  const { count, result: begun } = await counted(ledger.begin(request(1)));
  assert.equal(begun.kind, 'admitted');
  assert.equal(count, 1);
  const written = await begun.written;
  const done = { to: 'succeeded', who: 'provider', source: 'answer 200', at: 2 } as const;
  assert.equal((await counted(ledger.settle(uuid(1), done, written))).count, 1);
  assert.equal((await counted(ledger.intent(uuid(1)))).count, 1);
  // A wrong assumption costs a try, a rollback, and a try that reads first.
  const known = await counted(ledger.begin(request(1)));
  assert.deepEqual([known.result.kind, known.count], ['finished', 4]);
});

for (const name of ['uqpay', 'upayments'] as const) {
  test(`an ordinary ${name} refund never expects a wrong state: it rolls back no transaction`, async (t) => {
    useLedgers(newPlace);
    const { provider, post: ask } = await startTestProxy(t, { name });
    const list = { status: 200, json: { status: true, message: 'ok', data: { refund: [] } } };
    provider.on(`GET /check-refund/${ORDER}`, list);
    const created = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '1' };
    provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'made', data: created } });
    const messages = t.mock.method(Client.prototype, 'query');
    const answer = await (name === 'uqpay'
      ? ask(REFUND, { body: uqpayBody('1.00') })
      : ask('/create-refund', { body: { orderId: ORDER, totalPrice: 10 } }));
    assert.equal(answer.status, name === 'uqpay' ? 200 : 201);
    assert.equal(provider.callsOf(`GET /check-refund/${ORDER}`).length, name === 'uqpay' ? 0 : 1);
    const texts = messages.mock.calls.map(({ arguments: [sent] }) => (sent as { text?: string }).text);
    assert.ok(texts.length > 1);
    assert.equal(texts.filter((text) => text === 'ROLLBACK').length, 0);
  });
}

test('a read sends all its queries at once: a later query has no transaction', async (t) => {
  const store = storeOf(t, await newPlace(t));
  const both = await store.read((tx) => Promise.all([tx.intent('a'), tx.intent('b')]));
  assert.deepEqual(both, [undefined, undefined]);
  const late = store.read(async (tx) => {
    await tx.intent('a');
    return tx.intent('b');
  });
  await assert.rejects(late, /The transaction is over/);
  assert.equal(await store.read((tx) => tx.intent('a')), undefined);
});

test('a transaction whose work fails leaves no open transaction behind', async (t) => {
  const place = await newPlace(t);
  const store = storeOf(t, place, { connections: 1 });
  const broken = store.transaction((tx) => Promise.all([tx.intent('x'), Promise.reject(new Error('of its own'))]));
  await assert.rejects(broken, /^Error: of its own$/);
  await place.sql(
    `DO $$ BEGIN ASSERT (
       SELECT array_agg(state) = '{idle}' FROM pg_stat_activity WHERE application_name = 'refund-proxy'
     ); END $$`,
  );
});

test('a newer program may add a column while this program runs', async (t) => {
  const place = await newPlace(t);
  const ledger = place.open();
  const three = [1, 2, 3].map((number) => request(number, { paymentId: `P${number}` }));
  await Promise.all(three.map((each) => ledger.begin(each)));
  await place.sql('ALTER TABLE intents ADD COLUMN later TEXT');
  const again = await Promise.all(three.map((each) => ledger.begin(each)));
  assert.deepEqual(
    again.map(({ kind }) => kind),
    ['running', 'running', 'running'],
  );
});

test('a query to a database process that hangs fails in time, and another connection takes over', async (t) => {
  const place = await newPlace(t);
  const schema = place.environment['REFUND_PROXY_DB_SCHEMA']!;
  const ledger = new PostgresLedger({ url: server.url, schema, connections: 1, waitMs: 500 });
  t.after(() => ledger.close());
  const other = new Client({ connectionString: server.url });
  t.after(() => other.end());
  await other.connect();
  await ledger.begin(request(1));
  const { rows } = await other.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'refund-proxy'",
  );
  assert.equal(rows.length, 1);
  const { pid } = rows[0]!;
  process.kill(pid, 'SIGSTOP');
  try {
    await assert.rejects(() => ledger.begin(request(2)), LedgerUnavailableError);
    assert.equal((await ledger.begin(request(2))).kind, 'admitted');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('a schema name that could contain SQL is refused, and a word of SQL is a name', async (t) => {
  assert.throws(() => new PostgresLedger({ url: server.url, schema: 'x; DROP TABLE audit' }), TypeError);

  const ofUsers = new PostgresLedger({ url: server.url, schema: 'user' });
  t.after(() => ofUsers.close());
  await ofUsers.tryWriting(START);
});

test('the proxy sends nothing while the database is down, answers in time while a payment is locked, and recovers from both', async (t) => {
  const { instances, provider, place } = await setUp(t, 1, { waitMs: 2_000 });
  const [proxy] = instances as [RefundProxy];
  assert.equal((await post(proxy, '1.00', uuid(1))).status, 200);
  await server.kill();
  const down = await post(proxy, '1.00', uuid(2));
  // It cannot know that the key is new.
  assert.deepEqual([down.status, down.problem.code, down.problem.effect], [503, 'ledger_unavailable', 'unknown']);
  assert.match(down.problem.detail!, /An earlier request with this key may have moved money/);
  await server.restart();
  assert.equal((await post(proxy, '1.00', uuid(2))).status, 200);

  const unlock = await lock(t, place);
  const busy = await post(proxy, '1.00', uuid(3));
  assert.deepEqual([busy.status, busy.problem.code], [503, 'ledger_unavailable']);
  await unlock();
  assert.equal((await post(proxy, '1.00', uuid(3))).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 3);
});

test('a locked payment occupies one connection: other payments are refunded meanwhile', async (t) => {
  const { instances, place } = await setUp(t, 1);
  const [proxy] = instances as [RefundProxy];
  assert.equal((await post(proxy, '1.00', uuid(1))).status, 200);
  const unlock = await lock(t, place);
  // More requests than an instance has connections.
  const waiting = Array.from({ length: 20 }, (_, n) => post(proxy, '1.00', uuid(10 + n)));
  const other = await post(proxy, '1.00', uuid(2), 'PI2000000000000000001');
  assert.equal(other.status, 200);
  await unlock();
  assert.ok((await Promise.all(waiting)).every(({ status }) => status === 200));
});

test('all requests that wait for one lock give up together', async (t) => {
  const { instances, place } = await setUp(t, 1, { waitMs: 1_000 });
  const [proxy] = instances as [RefundProxy];
  assert.equal((await post(proxy, '1.00', uuid(1))).status, 200);
  const unlock = await lock(t, place);
  const start = performance.now();
  const waiting = await Promise.all(Array.from({ length: 20 }, (_, n) => post(proxy, '1.00', uuid(10 + n))));
  assert.ok(waiting.every(({ status, problem }) => status === 503 && problem.effect === 'nothing'));
  assert.ok(performance.now() - start < 10_000, 'one after the other they would have waited 20 seconds');
  await unlock();
  assert.equal((await post(proxy, '1.00', uuid(10))).status, 200);
});

test('an address without a database fails in time', async () => {
  const ledger = new PostgresLedger({ url: 'postgres://nobody@127.0.0.1:1/none', waitMs: 500 });
  await assert.rejects(() => ledger.intents(SCOPE, { limit: 1 }), LedgerUnavailableError);
  await ledger.close();
});

test('two processes on one database refund one order up to its amount, and the command line never shows the address', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.close());
  const place = await newPlace(t);
  const folder = await temporaryFolder(t);
  const orders = path.join(folder, 'orders.json');
  await writeFile(orders, JSON.stringify([{ payment_id: PAYMENT, currency: 'USD', captured: '250.00' }]));
  const environment = {
    ...place.environment,
    REFUND_ORDERS_FILE: orders,
    REFUND_USER_HEADER: 'x-user',
    REFUND_LOG_LEVEL: 'silent',
    UQPAY_BASE_URL: sandbox.uqpayUrl,
    UQPAY_CLIENT_ID: 'sandbox-client',
    UQPAY_API_KEY: 'sandbox-key',
  };
  const proxies = await Promise.all([1, 2].map(() => startProxy(t, environment)));
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const { status } = await fetch(`${proxies[n % 2]!.url}/refunds/uqpay${REFUND}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-refund-form': '1',
          'idempotency-key': uuid(n),
          'x-user': 'a',
        },
        body: JSON.stringify(uqpayBody('50.00')),
      });
      return status;
    }),
  );
  assert.equal(statuses.filter((status) => status === 200).length, 5);
  const client = createSandboxClient(sandbox.url);
  assert.equal((await client.db('uqpay_refunds')).filter((row) => row['payment_intent'] === PAYMENT).length, 5);
  const list = await runProxy(environment, 'intents', '--state', 'succeeded');
  assert.equal(list.stdout.trim().split('\n').length, 5);
  for (const proxy of proxies) assert.equal(await proxy.stop(), 0);
  const unreachable = { ...environment, REFUND_PROXY_DB: 'postgres://proxy:very-secret@127.0.0.1:1/none' };
  const failed = await runProxy(unreachable, 'intents');
  assert.deepEqual([failed.code, failed.stderr.includes('very-secret')], [1, false]);
});

interface Setting {
  readonly place: LedgerPlace;
  readonly provider: Awaited<ReturnType<typeof scriptedProvider>>;
}

interface SetUpOptions {
  readonly known?: Setting;
  readonly waitMs?: number;
  readonly events?: EventOptions;
}

/** Starts proxies with connections of their own, in front of one scripted provider. Each order is of 100.00. */
async function setUp(t: TestContext, count: number, options: SetUpOptions = {}) {
  const { known, waitMs, events } = options;
  const provider = known?.provider ?? (await scriptedProvider());
  if (!known) {
    t.after(() => provider.close());
    scriptUqpay(provider);
  }
  const place = known?.place ?? (await newPlace(t));
  const clock = { now: START };
  const instances = Array.from({ length: count }, (_, index) =>
    createRefundProxy({
      provider: uqpay({ baseUrl: provider.url, clientId: 'client-of-ours', apiKey: 'key-of-ours' }),
      basePath: '/refunds',
      ledger: place.open(waitMs),
      ...(events && { events }),
      orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '100.00' }),
      authorize: async () => ({ user: `admin-${index}` }),
      now: () => clock.now,
      newId: uuids((known ? 60 : 50) + index),
      timeoutMs: 2_000,
      fetch: fetchAt(() => undefined),
    }),
  );
  return { provider, place, clock, instances };
}

/** The store below a ledger in this place. */
function storeOf(t: TestContext, place: LedgerPlace, options: { readonly connections?: number } = {}): PostgresStore {
  const schema = place.environment['REFUND_PROXY_DB_SCHEMA']!;
  const store = new PostgresStore({ url: server.url, schema, ...options });
  t.after(() => store.close());
  return store;
}

/** Takes the lock of the payment, as another instance that hangs would. Returns the function that releases it. */
async function lock(t: TestContext, place: LedgerPlace): Promise<() => Promise<unknown>> {
  const other = new Client({ connectionString: server.url });
  t.after(() => other.end());
  await other.connect();
  await other.query(
    `BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(
      concat_ws(chr(31), '${place.environment['REFUND_PROXY_DB_SCHEMA']}', 'default', 'uqpay', '${PAYMENT}'), 0))`,
  );
  return () => other.query('COMMIT');
}

async function post(proxy: RefundProxy, amount: string, key: string, payment = PAYMENT) {
  const response = await proxy.fetch(
    new Request(`https://shop.example/refunds${REFUND}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key },
      body: JSON.stringify({ ...uqpayBody(amount), payment_intent_id: payment }),
    }),
  );
  return readAnswer(response);
}

function scriptedRefund() {
  let number = 100;
  return (body: string) => {
    number += 1;
    const { amount } = JSON.parse(body) as { amount: string };
    return {
      status: 200,
      json: { payment_refund_id: `RF${number}`, amount, currency: 'USD', refund_status: 'INITIATED' },
    };
  };
}
