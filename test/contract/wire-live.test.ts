import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as z from 'zod/mini';

import { paymentSummary, problem, proxyDescription } from '../../contract/index.ts';
import { intent, intentList } from '../../contract/intents.ts';
import { createSandbox } from '../../mock-server/index.ts';
import { createRefundProxy, SqliteLedger, upayments } from '../../proxy/index.ts';

const ORDER = 'wire-page-order';
const KEY = '9b2f6c1e-0c1d-4d3f-8a0e-5f2b7a6d9c11';

test('the answers of our own proxy fit the schemas of the wire', async (t) => {
  const sandbox = await createSandbox();
  t.after(() => sandbox.close());
  const ledger = new SqliteLedger({ file: ':memory:' });
  t.after(() => ledger.close());
  const proxy = createRefundProxy({
    basePath: '/refunds',
    ledger,
    provider: upayments({ baseUrl: `${sandbox.url}/upayments/api/v1`, token: 'jtest123' }),
    orders: async (id) => ({ payment_id: id, currency: 'KWD', captured: '40.000' }),
    authorize: async () => ({ user: 'amal' }),
  });
  t.after(() => proxy.close());
  const ask = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': KEY };
    const write = body && { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await proxy.fetch(new Request(`http://127.0.0.1/refunds${path}`, write));
    return (await response.json()) as unknown;
  };

  const rows = `${sandbox.url}/_sandbox/db/upayments_orders`;
  const orders = (await (await fetch(rows)).json()) as { captured: boolean; multivendor: boolean }[];
  const order = orders.find(({ captured, multivendor }) => captured && !multivendor);
  const send = (url: string, body: object) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await send(rows, { ...order, id: ORDER });
  await send(`${sandbox.url}/_sandbox/scenarios`, { scenario: 'drop_before_commit' });

  z.parse(proxyDescription, await ask('/'));
  const problemOfLoss = z.parse(problem, await ask('/create-refund', { orderId: ORDER, totalPrice: 2 }));
  assert.equal(problemOfLoss.code, 'outcome_unknown');
  const { refunds = [] } = z.parse(paymentSummary, await ask(`/payments/${ORDER}`));
  assert.equal(refunds[0]?.standing, 'unknown');
  const [unknown] = z.parse(intentList, await ask('/intents')).intents;
  assert.deepEqual([unknown?.payment_id, unknown?.parts[0]?.amount], [ORDER, '2.000']);
  const resolution = { outcome: 'nothing', reason: 'The provider never received it' };
  const resolved = z.parse(intent, await ask(`/intents/${unknown?.id}/resolve`, resolution));
  assert.equal(resolved.state, 'failed');
  assert.ok(resolved.audit.some(({ source, detail }) => source === 'person' && detail === resolution.reason));
});
