import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SqliteLedger } from '../../proxy/index.ts';
import { request } from './support/begin-request.ts';
import { sqlitePlace } from './support/ledgers.ts';
import { runProxy } from './support/process.ts';
import { uuid } from './support/test-proxy.ts';

const AT = Date.parse('2026-03-01T10:00:00Z');
const DAY = 86_400_000;

test('the export lists user, time, amount and outcome, as CSV without spreadsheet formulas and as JSON lines', async (t) => {
  const place = await sqlitePlace(t);
  const ledger = place.open();
  await ledger.begin(request(1, { at: AT - DAY * 90 }));
  await ledger.begin(request(2, { at: AT, user: '=HYPERLINK("http://evil.example","x")', paymentId: 'P,2' }));
  const refunds = [
    { refundId: '-RF2', standing: 'succeeded', status: 'SUCCEEDED', references: { arn: '+7' } } as const,
  ];
  await ledger.settle(uuid(2), { to: 'succeeded', refunds, who: 'provider', source: 'answer 200', at: AT + 1 });
  const entry = { paymentId: 'P3', currency: 'KWD', amount: 40_005n, reason: 'By phone', who: 'chief', at: AT };
  await ledger.tellElsewhere({ merchant: 'default', provider: 'upayments' }, entry);
  await ledger.close();

  const csv = await runProxy(place.environment, 'export', '--since', '2026-02-01');
  assert.equal(csv.code, 0, csv.stderr);
  const [head, first, second, end, ...rest] = csv.stdout.split('\r\n');
  assert.equal(
    head,
    'created_at,updated_at,merchant,provider,payment_id,intent_id,kind,vendor,amount,currency,outcome,provider_status,' +
      'refund_id,provider_ids,asked_by,approved_by,resolved_by,cancelled_by',
  );
  assert.equal(
    first,
    `2026-03-01T10:00:00.000Z,2026-03-01T10:00:00.001Z,default,uqpay,"P,2",${uuid(2)},refund,,10.00,USD,succeeded,` +
      `SUCCEEDED,'-RF2,"{""arn"":""+7""}","'=HYPERLINK(""http://evil.example"",""x"")",,,`,
  );
  assert.match(second!, /,elsewhere,,40\.005,KWD,succeeded,/);
  assert.deepEqual([end, rest.length], ['', 0]);
  assert.ok(!csv.stdout.includes('By phone'));

  const lines = (await runProxy(place.environment, 'export', '--since', '2025-01-01', '--format', 'jsonl')).stdout;
  const parts = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string | null>);
  assert.deepEqual(
    parts.map(({ amount, outcome, asked_by, resolved_by }) => [amount, outcome, asked_by, resolved_by]),
    [
      ['10.00', 'unknown', 'admin-1', null],
      ['10.00', 'succeeded', '=HYPERLINK("http://evil.example","x")', null],
      ['40.005', 'succeeded', null, 'chief'],
    ],
  );
  for (const [at, user] of ['\n=1+1', '\t@x', '\r+1', '\u00a0 =1', '\uff1d1+1'].entries()) {
    const other = await sqlitePlace(t);
    const of = other.open();
    await of.begin(request(at, { at: AT, user }));
    await of.close();
    const { stdout } = await runProxy(other.environment, 'export', '--since', '2026-02-01');
    assert.ok(stdout.includes(`,"'${user}",`) || stdout.includes(`,'${user},`), JSON.stringify(stdout));
  }
  for (const since of ['March', '2026-02-30']) {
    const wrong = await runProxy(place.environment, 'export', '--since', since);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, new RegExp(`--since: received ${since}, expected a day`));
  }
});

test('prune and erase work from the command line, and refuse dangerous typing mistakes', async (t) => {
  const place = await sqlitePlace(t);
  const ledger = new SqliteLedger({ file: place.file });
  await ledger.begin(request(1, { at: AT - 500 * DAY }));
  const refunds = [{ refundId: 'RF1', standing: 'succeeded', status: 'SUCCEEDED' } as const];
  await ledger.settle(uuid(1), { to: 'succeeded', refunds, who: 'provider', source: 'a', at: AT - 500 * DAY });
  await ledger.begin(request(2, { paymentId: 'P2', at: AT }));
  await ledger.begin(request(3, { paymentId: 'P3', at: AT, user: 'admin-3' }));
  await ledger.settle(uuid(2), { to: 'failed', who: 'provider', source: 'a', at: AT });
  await ledger.close();
  for (const age of ['400', 'P1Y', 'P99D', 'P0D']) {
    const { code, stderr } = await runProxy(place.environment, 'prune', '--older-than', age);
    assert.deepEqual([code, stderr.startsWith('--older-than: ')], [2, true], age);
  }
  const pruned = await runProxy(place.environment, 'prune', '--older-than', 'P400D');
  assert.deepEqual(JSON.parse(pruned.stdout), { payments_pruned: 1, requests_kept: 1 });
  for (const nobody of ['proxy', 'nobody']) {
    const { code, stderr } = await runProxy(place.environment, 'erase', '--user', nobody, '--by', 'dpo');
    assert.deepEqual([code, stderr.startsWith('--user: ')], [nobody === 'proxy' ? 2 : 1, true], nobody);
  }
  const open = await runProxy(place.environment, 'erase', '--user', 'admin-3', '--by', 'dpo');
  assert.equal(open.code, 1);
  assert.match(open.stderr, /^--user: 1 requests of this person are open/);
  const erased = await runProxy(place.environment, 'erase', '--user', 'admin-1', '--by', 'dpo');
  const { pseudonym, replaced } = JSON.parse(erased.stdout) as { pseudonym: string; replaced: number };
  assert.match(pseudonym, /^erased-[\da-f]{8}$/);
  assert.equal(replaced, 2);
  const { stdout } = await runProxy(place.environment, 'export', '--since', '2026-01-01', '--format', 'jsonl');
  const askers = stdout
    .trim()
    .split('\n')
    .map((text) => (JSON.parse(text) as { asked_by: string }).asked_by);
  assert.deepEqual(askers, [pseudonym, 'admin-3']);
});
