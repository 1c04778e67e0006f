import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { createRefundProxy, upayments, uqpay } from '../../proxy/index.ts';
import { startPostgres } from '../runner/postgres.ts';
import { postgresPlaces } from './support/ledgers.ts';
import { scriptedProvider } from './support/provider.ts';
import {
  ORDER,
  PAYMENT,
  readAnswer,
  REFUND,
  scriptUqpay,
  START,
  UQPAY_POST,
  uqpayBody,
  uuid,
  uuids,
} from './support/test-proxy.ts';

const server = await startPostgres();
after(() => server.stop());
const newPlace = postgresPlaces(server);

test('instances with one ledger share the limit of each user', async (t) => {
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  scriptUqpay(provider);
  const place = await newPlace(t);
  const clock = { now: START };
  const instances = [0, 1, 2].map((index) =>
    createRefundProxy({
      provider: uqpay({ baseUrl: provider.url, clientId: 'client-of-ours', apiKey: 'key-of-ours' }),
      basePath: '/refunds',
      ledger: place.open(),
      orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '100.00' }),
      authorize: async ({ headers }) => ({ user: headers.get('x-user')! }),
      now: () => clock.now,
      newId: uuids(50 + index),
      rateLimit: { writes: 5, perMs: 60_000 },
    }),
  );
  const pay = async (n: number, user = 'admin-1') =>
    readAnswer(
      await instances[n % 3]!.fetch(
        new Request(`https://shop.example/refunds${REFUND}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-refund-form': '1',
            'idempotency-key': uuid(n),
            'x-user': user,
          },
          body: JSON.stringify(uqpayBody('1.00')),
        }),
      ),
    );
  const answers = await Promise.all(Array.from({ length: 18 }, (_, n) => pay(n)));
  const limited = answers.filter(({ status }) => status === 429);
  assert.deepEqual([answers.length - limited.length, limited.length], [5, 13]);
  assert.equal(limited[0]?.headers.get('retry-after'), '60');
  assert.equal(provider.callsOf(UQPAY_POST).length, 5);
  assert.equal((await pay(100, 'admin-2')).status, 200);
  clock.now += 60_000;
  assert.equal((await pay(101)).status, 200);
});

test('instances with one ledger share the limit of reads by callback', async (t) => {
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  provider.on('POST /create-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { orderId: 'O1', refundOrderId: 'R1', refundArn: 'A1' } },
  });
  const status = 'GET /check-refund-status/O1';
  provider.on(status, { status: 200, json: { status: true, message: 'ok', data: { is_refunded: false } } });
  const place = await newPlace(t);
  const instances = [0, 1].map((index) =>
    createRefundProxy({
      provider: upayments({ baseUrl: provider.url, token: 'token-of-ours' }),
      basePath: '/refunds',
      ledger: place.open(),
      orders: async (id) => ({ payment_id: id, currency: 'KWD', captured: '100.000' }),
      authorize: async () => ({ user: 'admin-1' }),
      now: () => START,
      newId: uuids(50 + index),
    }),
  );
  const send = (n: number, path: string, body: object) =>
    instances[n % 2]!.fetch(
      new Request(`https://shop.example/refunds${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1) },
        body: JSON.stringify(body),
      }),
    );
  assert.equal((await send(0, '/create-refund', { orderId: ORDER, totalPrice: 1 })).status, 201);
  for (let n = 0; n < 20; n += 1) await send(n, '/webhooks', { orderId: 'O1', refundOrderId: `made-up-${n}` });
  assert.equal(provider.callsOf(status).length, 6);
});

test('the ledger deletes the limits whose window has ended', async (t) => {
  const place = await newPlace(t);
  const ledger = place.open();
  const { RateLimiter } = await import('../../proxy/http/rate-limit.ts');
  const limiter = new RateLimiter({ writes: 1, perMs: 1_000 }, { ledger, name: 'writes' });
  for (let n = 0; n < 64; n += 1) await limiter.count(`${PAYMENT}-${n}`, START + n * 1_000);
  await assert.rejects(
    () =>
      place.sql(`DO $$ BEGIN
        RAISE EXCEPTION 'kept %', (SELECT SUM(json_array_length(value::json)) FROM shared_values WHERE name LIKE 'writes %');
      END $$`),
    /kept (?:1[0-6]|[1-9])$/,
  );
});
