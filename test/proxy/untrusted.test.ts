import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { createRefundProxy, SqliteLedger, upayments } from '../../proxy/index.ts';
import { makeCertificate } from '../certificate.ts';
import { sqlitePlace } from './support/ledgers.ts';
import { temporaryFolder } from './support/folder.ts';
import { ORDER, readAnswer, uuid } from './support/test-proxy.ts';

// UPayments has no list to read while nothing is trusted, so a first send is tried all the same.
test('a provider whose certificate nobody trusts was sent nothing, so nothing is held', async (t) => {
  const { certificate, key } = makeCertificate(await temporaryFolder(t), 'localhost');
  let calls = 0;
  const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_incoming, outgoing) => {
    calls += 1;
    outgoing.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { file } = await sqlitePlace(t);
  const ledger = new SqliteLedger({ file });
  t.after(() => ledger.close());
  const proxy = createRefundProxy({
    provider: upayments({
      baseUrl: `https://localhost:${(server.address() as AddressInfo).port}/api/v1`,
      token: 'jtest123',
    }),
    basePath: '/refunds',
    ledger,
    orders: async () => ({ payment_id: ORDER, currency: 'KWD', captured: '100.000' }),
    authorize: async () => ({ user: 'admin-1' }),
  });
  await proxy.recover();
  for (const number of [1, 2]) {
    const request = new Request('https://shop.example/refunds/create-refund', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(number) },
      body: JSON.stringify({ orderId: ORDER, totalPrice: 1 }),
    });
    const { status, problem } = await readAnswer(await proxy.fetch(request));
    assert.deepEqual([status, problem.code, problem.effect], [502, 'provider_unreachable', 'nothing']);
  }
  assert.equal(calls, 0);
});
