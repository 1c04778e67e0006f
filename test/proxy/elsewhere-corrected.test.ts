import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { paymentSummary } from '../../contract/index.ts';
import { runProxy, startProxy } from './support/process.ts';
import { standAlone, USER } from './support/stand-alone.ts';
import { listOf, PAYMENT, REFUND, scriptUqpay } from './support/test-proxy.ts';

/** A refund of the dashboard, of which the provider states what `state` says. */
async function statedElsewhere(t: TestContext) {
  const { environment, provider } = await standAlone(t, { REFUND_RECONCILE_SECONDS: '0' });
  scriptUqpay(provider);
  const proxy = await startProxy(t, environment);
  const state = async (refund_status: string, amount: string) => {
    const made = { payment_refund_id: 'RF9', amount, currency: 'USD', refund_status };
    provider.on(`GET ${REFUND}`, listOf([{ ...made, create_time: '2026-11-20T09:00:00Z' }]));
    const read = await fetch(`${proxy.url}/refunds/uqpay/payments/${PAYMENT}`, { headers: USER });
    return paymentSummary.parse(await read.json()).refundable;
  };
  const flags = [
    '--provider',
    'uqpay',
    '--currency',
    'USD',
    '--refund-id',
    'RF9',
    '--reason',
    'Seen',
    '--user',
    'op-1',
  ];
  const say = (...more: string[]) => runProxy(environment, 'elsewhere', PAYMENT, ...flags, ...more);
  const unasked = (...more: string[]) =>
    runProxy({ REFUND_PROXY_DB: environment['REFUND_PROXY_DB']! }, 'elsewhere', PAYMENT, ...flags, ...more);
  return { state, say, unasked, proxy };
}

test('a slip in what was said of a refund made elsewhere is corrected, once the provider is compared', async (t) => {
  const { state, say, unasked, proxy } = await statedElsewhere(t);
  for (const amount of ['50.00', '45.00', '50.00']) await state('INITIATED', amount);
  const initiated = ['--outcome', 'initiated', '--amount'];
  assert.equal((await say(...initiated, '5.00', '--confirm')).code, 0);
  assert.equal(await state('INITIATED', '50.00'), '95.00');
  const right = [...initiated, '50.00'];
  const early = await say(...right, '--confirm');
  assert.match(
    early.stderr,
    /^--refund-id: a person has settled RF9 as pending, with 5\.00 USD\. If .* with --take-back\n$/,
  );
  const alone = await unasked(...right, '--take-back', '--confirm');
  assert.match(alone.stderr, /^--take-back: The provider was not asked, .*Nothing is taken back before it is compared/);
  const more = await say(...initiated, '50.01', '--take-back', '--confirm');
  assert.match(more.stderr, /^--amount: 50\.00 USD are the most that the provider has stated of RF9\n$/);
  assert.equal(await state('INITIATED', '50.00'), '95.00');
  const settled = await say(...right, '--take-back');
  assert.deepEqual([settled.code, settled.stderr], [0, '']);
  assert.equal(await state('INITIATED', '50.00'), '50.00');
  assert.match((await say(...right, '--take-back')).stderr, /as pending, with 50\.00 USD, already\n$/);
  // Freed only after a question, and back again.
  const nothing = ['--outcome', 'nothing', '--take-back'];
  assert.match(
    (await say(...nothing)).stderr,
    /^50\.00 USD are held for RF9, and would be free again\. .* with --confirm\n$/,
  );
  assert.equal((await say(...nothing, '--confirm')).code, 0);
  assert.equal(await state('INITIATED', '50.00'), '100.00');
  const paid = await say('--outcome', 'refunded', '--take-back');
  assert.match(paid.stderr, /^The provider lists the refund RF9 as INITIATED\. .* with --confirm\n$/);
  assert.equal((await say(...right, '--take-back')).code, 0);
  // The provider itself tells it from now on.
  assert.equal(await state('SUCCEEDED', '50.00'), '50.00');
  assert.match((await say(...nothing, '--confirm')).stderr, /the provider contradicts no refund RF9/);
  await proxy.stop();
});

test('a refund made elsewhere that failed last is refunded by a word only after a question', async (t) => {
  const { state, say, proxy } = await statedElsewhere(t);
  for (const status of ['SUCCEEDED', 'FAILED']) await state(status, '50.00');
  const denied = await say('--outcome', 'refunded');
  assert.deepEqual(
    [denied.code, denied.stderr],
    [1, 'The provider has stated RF9 last as failed. If the word is true all the same, say so again with --confirm\n'],
  );
  assert.equal((await say('--outcome', 'refunded', '--confirm')).code, 0);
  assert.equal((await say('--outcome', 'nothing', '--take-back', '--confirm')).code, 0);
  assert.equal(await state('FAILED', '50.00'), '100.00');
  await proxy.stop();
});
