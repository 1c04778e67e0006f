import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { findPgBouncer, HOW_TO_GET_PGBOUNCER, pooling, startPgBouncer } from '../runner/pgbouncer.ts';
import { startPostgres } from '../runner/postgres.ts';
import { startProxy } from './support/process.ts';
import { PAYMENT, readAnswer, REFUND, scriptUqpay, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';
import { post, standAlone, USER } from './support/stand-alone.ts';

const program = findPgBouncer();
const server = await startPostgres();
after(() => server.stop());

/** Fewer connections than each proxy opens to the pooler, so that successive transactions use different ones. */
const POOLED = 3;
const KEYS = 60;

test(
  'two proxies behind PgBouncer in transaction mode answer every request, and each key makes one refund',
  { skip: program === undefined && HOW_TO_GET_PGBOUNCER },
  async (t) => {
    const pooler = await startPgBouncer(program!, pooling(server, POOLED));
    t.after(() => pooler.stop());
    const { provider, environment } = await standAlone(t);
    const refunds = scriptUqpay(provider);
    const shared = {
      ...environment,
      REFUND_PROXY_DB: pooler.url,
      REFUND_RATE_LIMIT: '0',
      REFUND_RECONCILE_SECONDS: '0',
    };
    // Two processes, because proxies in one process would prepare the same statements in the same order.
    const proxies = [await startProxy(t, shared), await startProxy(t, shared)] as const;
    const at = (n: number) => `${proxies[n % 2]!.url}/refunds/uqpay`;
    const read = async (n: number) => readAnswer(await fetch(`${at(n)}/payments/${PAYMENT}`, { headers: USER }));
    const pay = async (n: number, key: number) =>
      readAnswer(await post(at(n), REFUND, uqpayBody('1.00'), USER, uuid(key)));
    assert.equal((await read(0)).status, 200);
    assert.equal((await pay(1, KEYS + 1)).status, 200);
    const answers = await Promise.all(
      Array.from({ length: KEYS * 3 }, (_, n) => (n % 3 === 2 ? read(n) : pay(n, 1 + Math.floor(n / 3)))),
    );
    const wrong = answers.filter(({ status }) => ![200, 409].includes(status));
    assert.deepEqual(
      wrong.map(({ status, text }) => `${status} ${text}`),
      [],
    );
    assert.equal(provider.callsOf(UQPAY_POST).length, KEYS + 1);
    assert.equal(refunds.size, KEYS + 1);
    assert.equal(((await read(0)).json as { refundable: string }).refundable, '39.00');
    for (const proxy of proxies) assert.equal(await proxy.stop(), 0);
  },
);
