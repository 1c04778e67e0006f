import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { SqliteLedger } from '../../proxy/index.ts';
import { FIGURES } from '../../proxy/ledger/stores/sql/figures.ts';
import { METRICS } from '../../proxy/telemetry/metric-table.ts';
import { startTestProxy, START } from './support/test-proxy.ts';
import { sqlitePlace } from './support/ledgers.ts';
import { busyProxy, samplesOf } from './support/traffic.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };

test('exactly the metrics of the table are served, with their labels', async (t) => {
  const { scrape } = await busyProxy(t);
  const text = await scrape();
  const declared = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  assert.deepEqual(
    declared.toSorted(),
    Object.values(METRICS)
      .map(({ name, type }) => `${name} ${type}`)
      .toSorted(),
  );
  const samples = samplesOf(text);
  for (const { name, type, labels } of Object.values(METRICS)) {
    const own = samples.filter((sample) => sample.name === (type === 'histogram' ? `${name}_count` : name));
    assert.ok(own.length > 0, `${name} has no sample: what it counts has not happened`);
    for (const sample of own) assert.deepEqual(Object.keys(sample.labels), [...labels], name);
  }
});

test('the metrics show what has happened and what is waiting', async (t) => {
  const { scrape, logged, proxy } = await busyProxy(t);
  const samples = samplesOf(await scrape());
  const sum = (name: string, wanted: Record<string, string> = {}) =>
    samples
      .filter(
        (sample) =>
          sample.name === name && Object.entries(wanted).every(([label, value]) => sample.labels[label] === value),
      )
      .reduce((total, { value }) => total + value, 0);
  assert.deepEqual(
    {
      unknown: sum(METRICS.unknownIntents.name),
      oldestUnknown: sum(METRICS.oldestUnknown.name),
      contradicted: sum(METRICS.openContradictions.name),
      contradictions: sum(METRICS.contradictions.name) > 0,
      awaiting: sum(METRICS.awaitingApproval.name),
      oldestAwaiting: sum(METRICS.oldestApproval.name),
      writesRefused: sum(METRICS.limits.name, { limit: 'writes' }),
      lost: sum(`${METRICS.calls.name}_count`, { outcome: 'lost' }),
      failed: sum(`${METRICS.calls.name}_count`, { outcome: '5xx', route: '/v2/payment/refunds' }),
      tokens: sum(`${METRICS.calls.name}_count`, { route: '/v1/connect/token', outcome: '2xx' }),
      old: sum(METRICS.webhookSecrets.name, { secret: 'previous' }),
      ledgerWrites: sum(`${METRICS.ledgerSeconds.name}_count`, { mode: 'write', outcome: 'ok' }) > 0,
    },
    {
      unknown: 3,
      oldestUnknown: 90,
      contradicted: 1,
      contradictions: true,
      awaiting: 1,
      oldestAwaiting: 90,
      writesRefused: 1,
      lost: 1,
      failed: 2,
      tokens: 1,
      old: 1,
      ledgerWrites: true,
    },
  );
  assert.ok(sum(METRICS.reconcileLag.name) > 0);
  assert.equal(sum(`${METRICS.ledgerWait.name}_sum`), 0, 'the test clock stands still while the ledger is used');
  for (const message of ['a limit refused a request', 'a provider contradicts what is known', 'called the provider']) {
    assert.ok(
      logged.some((line) => line.includes(message)),
      message,
    );
  }
  await proxy.reconcile();
  assert.equal((await proxy.figures()).reconcileLagSeconds, 0, 'the round has claimed everything that was due');
});

test('a new ledger has nothing waiting, and the gauges are NaN if the ledger cannot be read', async (t) => {
  const { proxy } = await startTestProxy(t);
  assert.deepEqual(await proxy.figures(), {
    unknown: 0,
    oldestUnknownSeconds: 0,
    contradicted: 0,
    awaitingApproval: 0,
    oldestApprovalSeconds: 0,
    untold: 0,
    oldestUntoldSeconds: 0,
    restored: 0,
    reconcileLagSeconds: 0,
  });
  const { scrape, ledger } = await busyProxy(t);
  await ledger.close();
  const gauge = samplesOf(await scrape()).find(({ name }) => name === METRICS.unknownIntents.name);
  assert.ok(Number.isNaN(gauge?.value));
});

test('the metric of a restored ledger is 1 until a person ends that mode', async (t) => {
  const { scrape, ledger } = await busyProxy(t);
  const restored = async () => samplesOf(await scrape()).find(({ name }) => name === METRICS.restored.name)?.value;
  const decision = { who: 'operator', reason: 'a test', at: 1 };
  assert.equal(await restored(), 0);
  await ledger.setRestored({ generation: 'a copy', since: 0 }, decision);
  assert.equal(await restored(), 1);
  await ledger.setRestored(undefined, decision);
  assert.equal(await restored(), 0);
});

test('each figure uses an index of open rows, and never reads the settled rows', async (t) => {
  const { file } = await sqlitePlace(t);
  await new SqliteLedger({ file }).close();
  const db = new DatabaseSync(file);
  t.after(() => db.close());
  const { open, ...rest } = FIGURES;
  const queries = { ...rest, unknown: open('unknown'), awaiting: open('awaiting_approval') };
  const partial =
    /USING (?:COVERING )?INDEX (?:intents_open|reservations_(?:due|followed|unknown)|outbox_(?:payments_due|oldest))\b/;
  for (const [name, sql] of Object.entries(queries)) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Object.values(SCOPE));
    const steps = plan.map(({ detail }) => String(detail));
    for (const step of steps.filter((each) => /^(?:SCAN|SEARCH) (?:intents|reservations|outbox\w*)\b/.test(each))) {
      assert.match(step, partial, `${name}: ${steps.join('; ')}`);
    }
    assert.ok(
      steps.some((step) => partial.test(step)),
      `${name}: ${steps.join('; ')}`,
    );
    assert.ok(!steps.some((step) => step.startsWith('SCAN i ')), `${name} goes through all intents`);
    assert.ok(!steps.some((step) => step.includes('TEMP B-TREE FOR ORDER BY')), `${name} sorts what is open`);
  }
});

test('open rows are counted up to ten thousand, so that a scrape takes limited time', async (t) => {
  const { file, open } = await sqlitePlace(t);
  const ledger = open();
  const db = new DatabaseSync(file);
  t.after(() => db.close());
  const insert = (state: string) =>
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)
    INSERT INTO intents (id, merchant, provider, key, fingerprint, kind, payment_id, currency, state, provider_key, user,
      created_at, first_sent_at, updated_at, checks, next_check_at)
    SELECT '${state}' || i, 'default', 'uqpay', '${state}' || i, 'f', 'refund', 'p', 'USD', '${state}', 'pk', 'u', ${START},
      ${START}, ${START}, 0, ${START} + i FROM n`);
  insert('unknown');
  insert('awaiting_approval');
  const { unknown, awaitingApproval, nextCheckAt } = await ledger.figures(SCOPE, { follows: true });
  assert.deepEqual([unknown, awaitingApproval, nextCheckAt], [10_000, 10_000, START + 1]);
});
