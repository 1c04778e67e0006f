import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { createRefundProxy, PostgresLedger, uqpay } from '../../proxy/index.ts';
import { findPgBouncer, HOW_TO_GET_PGBOUNCER, startPgBouncer } from '../runner/pgbouncer.ts';
import { startPostgres } from '../runner/postgres.ts';
import { scriptedProvider } from './support/provider.ts';
import {
  fetchAt,
  PAYMENT,
  readAnswer,
  REFUND,
  scriptUqpay,
  START,
  UQPAY_POST,
  uqpayBody,
  uuid,
  uuids,
} from './support/rig.ts';

const program = findPgBouncer();
const server = await startPostgres();
after(() => server.stop());

/** The ledgers' own connections are more than those of the pooler, so that each transaction may be given another one. */
const POOLED = 3;
const KEYS = 60;

test(
  'two instances behind PgBouncer in transaction mode: every request has its answer, and each key makes one refund',
  { skip: program === undefined && HOW_TO_GET_PGBOUNCER },
  async (t) => {
    const pooler = await startPgBouncer(program!, server, POOLED);
    t.after(() => pooler.stop());
    const provider = await scriptedProvider();
    t.after(() => provider.close());
    const made = scriptUqpay(provider);
    const instances = [0, 1].map((index) => {
      const ledger = new PostgresLedger({ url: pooler.url, waitMs: 20_000 });
      t.after(() => ledger.close());
      return createRefundProxy({
        provider: uqpay({ baseUrl: provider.url, clientId: 'client-of-ours', apiKey: 'key-of-ours' }),
        basePath: '/refunds',
        ledger,
        orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '100.00' }),
        authorize: async () => ({ user: 'admin-1' }),
        now: () => START,
        newId: uuids(50 + index),
        timeoutMs: 20_000,
        fetch: fetchAt(() => undefined),
      });
    });
    const ask = async (at: number, below: string, init?: RequestInit) =>
      readAnswer(await instances[at % 2]!.fetch(new Request(`https://shop.example/refunds${below}`, init)));
    const pay = (at: number, key: number) =>
      ask(at, REFUND, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(key) },
        body: JSON.stringify(uqpayBody('1.00')),
      });
    // One instance prepares statements in another order than the other.
    await ask(0, `/payments/${PAYMENT}`);
    await ask(1, '/intents');
    await pay(1, 1_000);
    const answers = await Promise.all(
      Array.from({ length: KEYS * 3 }, (_, n) =>
        n % 3 === 2 ? ask(n, `/payments/${PAYMENT}`) : pay(n, 1 + Math.floor(n / 3)),
      ),
    );
    const wrong = answers.filter(({ status }) => ![200, 409].includes(status));
    assert.deepEqual(
      wrong.map(({ status, text }) => `${status} ${text}`),
      [],
    );
    assert.equal(provider.callsOf(UQPAY_POST).length, KEYS + 1);
    assert.equal(made.size, KEYS + 1);
    const summary = await ask(0, `/payments/${PAYMENT}`);
    assert.equal((summary.json as { refundable: string }).refundable, '39.00');
  },
);
