import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { parseEnv } from 'node:util';

import { Client } from 'pg';

import { startProxy, type Environment } from '../proxy/support/process.ts';
import { PAYMENT, REFUND, scriptUqpay, UQPAY_POST, uqpayBody, uuid } from '../proxy/support/test-proxy.ts';
import { holdAnswer, post, standAlone, USER } from '../proxy/support/stand-alone.ts';
import { findPgBouncer, HOW_TO_GET_PGBOUNCER, startPgBouncer } from '../runner/pgbouncer.ts';
import { startPostgres } from '../runner/postgres.ts';
import { block, replacePlaces } from './support/document.ts';
import { startNginx } from './support/nginx.ts';
import { unless, until } from './support/program.ts';
import { PROXY_ENVIRONMENT, session, USER_SECRET, siteInFrontOf, type StartFrontEnd } from './support/site.ts';

const server = await startPostgres();
after(() => server.stop());
const socket = new URL(server.url).searchParams.get('host')!;
const pooler = findPgBouncer();

/** Creates the database with the statements of the document. */
async function makeDatabase(): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    // CREATE DATABASE must be a query of its own.
    for (const statement of block('/root/refunds.sql').trim().split('\n')) await client.query(statement);
  } finally {
    await client.end();
  }
}
await makeDatabase();

/** The database settings of the document, with an address in the folder of the test's socket. */
function databaseEnvironment(address = `localhost/refunds?host=${encodeURIComponent(socket)}`): Environment {
  const text = replacePlaces(block('proxy.env-with-postgresql'), {
    '10.0.0.20:5432/refunds': address,
    '10.0.0.11': '127.0.0.1',
  });
  return parseEnv(text) as Environment;
}

async function startTwo(t: TestContext, database: Environment) {
  const { environment, provider } = await standAlone(t);
  const refunds = scriptUqpay(provider);
  const shared = { ...environment, ...PROXY_ENVIRONMENT, ...database, REFUND_RATE_LIMIT: '0' };
  const proxies = [await startProxy(t, shared), await startProxy(t, shared)] as const;
  const [first, second] = proxies.map(({ url }) => new URL(url).host) as [string, string];
  const upstream = replacePlaces(block('upstream-of-two'), { '10.0.0.11:4020': first, '10.0.0.12:4020': second });
  const startBoth: StartFrontEnd = (places) =>
    startNginx(places, (site) => site.replace(/^upstream refund_proxy \{[^}]*\}\n/m, upstream));
  return { ...(await siteInFrontOf(t, first, startBoth)), provider, refunds, proxies };
}

test(
  'two instances share one ledger and repeat no send after one of them dies',
  {
    timeout: 120_000,
    skip: unless('nginx'),
  },
  async (t) => {
    const { refund, ask, provider, proxies } = await startTwo(t, databaseEnvironment());
    for (let key = 1; key <= 4; key += 1) assert.equal((await refund(uuid(key))).status, 200);
    assert.equal((await refund(uuid(1))).headers.get('idempotent-replayed'), 'true');

    const { received } = holdAnswer(provider);
    const first = refund(uuid(9));
    await received;
    const calls = provider.callsOf(UQPAY_POST).length;
    // nginx takes turns between the two, so the second one has the sixth request.
    await proxies[1].kill();
    assert.equal((await first).status, 502);
    let retry = await refund(uuid(9));
    await until(
      () => `${retry.status} ${retry.text}`,
      async () => {
        retry = await refund(uuid(9));
        return retry.status === 409;
      },
    );
    assert.equal(retry.problem.code, 'idempotency_key_running');
    const summary = await ask(`/refunds/uqpay/payments/${PAYMENT}`, { headers: session('admin-1') });
    assert.equal((summary.json as { refundable: string }).refundable, '95.00');
    assert.equal(provider.callsOf(UQPAY_POST).length, calls);
    assert.equal(await proxies[0].stop(), 0);
  },
);

test(
  'the proxy works through PgBouncer with the configuration of the page',
  { skip: pooler === undefined && HOW_TO_GET_PGBOUNCER },
  async (t) => {
    const bouncer = await startPgBouncer(pooler!, {
      text: (port, users) =>
        replacePlaces(block('/etc/pgbouncer/pgbouncer.ini'), {
          'host=10.0.0.20 port=5432': `host=${socket}`,
          '10.0.0.21': '127.0.0.1',
          '6432': String(port),
          'scram-sha-256': 'trust',
          '/etc/pgbouncer/userlist.txt': users,
        }),
      users: ['refund_proxy'],
    });
    t.after(() => bouncer.stop());
    const { environment, provider } = await standAlone(t);
    // The database knows the refunds of the test before, so this provider begins with another id.
    const refunds = scriptUqpay(provider, 100);
    const address = `${new URL(bouncer.url).host}/refunds`;
    const proxy = await startProxy(t, {
      ...environment,
      ...databaseEnvironment(address),
      REFUND_USER_SECRET: USER_SECRET,
    });
    const user = { ...USER, 'x-refund-user-secret': USER_SECRET };
    for (const key of [1, 2, 1]) {
      const answer = await post(`${proxy.url}/refunds/uqpay`, REFUND, uqpayBody('1.00'), user, uuid(key, 7));
      assert.equal(answer.status, 200, await answer.text());
    }
    assert.equal(refunds.size, 2);
    assert.equal(await proxy.stop(), 0);
  },
);
