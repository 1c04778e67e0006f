import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { SqliteLedger } from '../../proxy/index.ts';
import { runProxy } from './support/process.ts';
import { standAlone } from './support/stand-alone.ts';
import {
  PAYMENT,
  REFUND,
  startTestProxy,
  UQPAY_POST,
  uuid,
  uuids,
  type TestProxyOptions,
} from './support/test-proxy.ts';

/** A refund that waits for approval and a lost refund, and another merchant or provider in the same ledger. */
async function setUpStranger(t: TestContext, other: TestProxyOptions) {
  const owner = await startTestProxy(t, {
    authorize: async (_request, { action, amount }) =>
      action === 'refund' && amount! > 5_000n ? { refuse: 'approval_required', user: 'asker' } : { user: 'second' },
  });
  owner.provider.on(UQPAY_POST, 'drop');
  const waiting = (await owner.refund('60.00', { key: uuid(1) })).problem;
  const lost = (await owner.refund('10.00', { key: uuid(2) })).problem;
  assert.deepEqual([waiting.code, lost.code], ['approval_required', 'outcome_unknown']);
  const stranger = await startTestProxy(t, { ledger: owner.ledger, newId: uuids(8), ...other });
  const paths = [waiting, lost].map((problem) => String(problem['instance']).replace('/refunds', ''));
  return { owner, stranger, waiting: paths[0]!, lost: paths[1]! };
}

for (const [who, other] of Object.entries({
  'another merchant': { merchant: 'other' },
  'the proxy of another provider': { name: 'upayments' },
} as const)) {
  test(`${who} in the same ledger sees no intent and can decide about none`, async (t) => {
    const { owner, stranger, waiting, lost } = await setUpStranger(t, other);
    const before = await Promise.all([waiting, lost].map((path) => owner.get(path)));
    for (const path of [waiting, lost]) {
      const reason = 'Seen in the dashboard';
      const answers = [
        await stranger.get(path),
        await stranger.post(`${path}/approve`, { body: {} }),
        await stranger.post(`${path}/decline`, { body: { reason } }),
        await stranger.post(`${path}/resolve`, { body: { outcome: 'nothing', confirm: true, reason } }),
      ];
      for (const answer of answers) assert.deepEqual([answer.status, answer.problem.code], [404, 'path_not_allowed']);
    }
    for (const state of ['unknown', 'awaiting_approval']) {
      assert.deepEqual((await stranger.get(`/intents?state=${state}`)).json, { intents: [] });
    }
    const after = await Promise.all([waiting, lost].map((path) => owner.get(path)));
    assert.deepEqual(
      after.map(({ json }) => json),
      before.map(({ json }) => json),
    );
  });
}

test('two merchants in one ledger may use the same key and payment id, and their amounts are separate', async (t) => {
  const owner = await startTestProxy(t);
  const stranger = await startTestProxy(t, { ledger: owner.ledger, newId: uuids(8), merchant: 'other' });
  assert.equal((await owner.refund('80.00', { key: uuid(1) })).status, 200);
  const answer = await stranger.refund('70.00', { key: uuid(1) });
  assert.deepEqual([answer.status, stranger.provider.callsOf(UQPAY_POST).length], [200, 1]);
  const refundable = async ({ get }: typeof owner) =>
    ((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).refundable;
  assert.deepEqual([await refundable(owner), await refundable(stranger)], ['20.00', '30.00']);
});

test('the command line reads and tells of the refunds of the merchant that it is asked for', async (t) => {
  const { environment } = await standAlone(t);
  const ledger = new SqliteLedger({ file: environment['REFUND_PROXY_DB']! });
  t.after(() => ledger.close());
  const owner = await startTestProxy(t, { ledger, merchant: 'acme' });
  assert.equal((await owner.refund('10.00')).status, 200);
  const made = ['intents', '--state', 'succeeded'];
  const unasked = await runProxy(environment, ...made);
  assert.deepEqual([unasked.stdout, unasked.stderr], ['', 'No intent with state succeeded (merchant default)\n']);
  const { stdout } = await runProxy(environment, ...made, '--merchant', 'acme');
  assert.equal((JSON.parse(stdout) as { payment_id: string }).payment_id, PAYMENT);
  const said = ['--provider', 'uqpay', '--currency', 'USD', '--reason', 'Seen there', '--user', 'layla'];
  const flags = ['--amount', '30.00', ...said, '--confirm', '--merchant', 'acme'];
  const told = await runProxy(environment, 'elsewhere', PAYMENT, ...flags);
  assert.equal(told.code, 0, told.stderr);
  assert.equal((JSON.parse(told.stdout) as { merchant: string }).merchant, 'acme');
  const misspelt = await runProxy(environment, 'elsewhere', PAYMENT, ...flags.slice(0, -1), 'acne');
  assert.deepEqual([misspelt.code, misspelt.stdout], [1, '']);
  assert.match(misspelt.stderr, /^--merchant: the ledger has no request of a merchant acne: give the name /);
  const { refundable } = (await owner.get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.equal(refundable, '60.00');
});

test('the id of a refund finds no payment of another merchant', async (t) => {
  const owner = await startTestProxy(t);
  assert.equal((await owner.refund('10.00')).status, 200);
  const stranger = await startTestProxy(t, { ledger: owner.ledger, newId: uuids(8), merchant: 'other' });
  const answer = await stranger.get(`${REFUND}/RF1`);
  assert.deepEqual([answer.status, answer.problem.code], [404, 'payment_not_found']);
});
