import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { parseEnv } from 'node:util';

import { Client } from 'pg';

import { startProxy, type Environment } from '../proxy/support/process.ts';
import { PAYMENT, REFUND, scriptUqpay, UQPAY_POST, uqpayBody, uuid } from '../proxy/support/test-proxy.ts';
import { holdAnswer, post, standAlone, USER } from '../proxy/support/stand-alone.ts';
import { findPgBouncer, HOW_TO_GET_PGBOUNCER, startPgBouncer } from '../runner/pgbouncer.ts';
import { startPostgres } from '../runner/postgres.ts';
import { block, placed } from './support/document.ts';
import { startNginx } from './support/nginx.ts';
import { unless, until } from './support/program.ts';
import { PROXY_ENVIRONMENT, session, USER_SECRET, siteBefore, type StartFrontEnd } from './support/site.ts';

const server = await startPostgres();
after(() => server.stop());
const socket = new URL(server.url).searchParams.get('host')!;
const pooler = findPgBouncer();

/** The database of the document, made by its statements. */
async function makeDatabase(): Promise<void> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    // CREATE DATABASE has to be sent by itself.
    for (const statement of block('/root/refunds.sql').trim().split('\n')) await client.query(statement);
  } finally {
    await client.end();
  }
}
await makeDatabase();

/** What the document's lines say of the database, whose address is in a socket's folder here. */
function ofDatabase(at = `localhost/refunds?host=${encodeURIComponent(socket)}`): Environment {
  const text = placed(block('proxy.env-with-postgresql'), { '10.0.0.20:5432/refunds': at, '10.0.0.11': '127.0.0.1' });
  return parseEnv(text) as Environment;
}

async function two(t: TestContext, database: Environment) {
  const { environment, provider } = await standAlone(t);
  const made = scriptUqpay(provider);
  const shared = { ...environment, ...PROXY_ENVIRONMENT, ...database, REFUND_RATE_LIMIT: '0' };
  const proxies = [await startProxy(t, shared), await startProxy(t, shared)] as const;
  const [first, second] = proxies.map(({ url }) => new URL(url).host) as [string, string];
  const upstream = placed(block('upstream-of-two'), { '10.0.0.11:4020': first, '10.0.0.12:4020': second });
  const startBoth: StartFrontEnd = (places) =>
    startNginx(places, (site) => site.replace(/^upstream refund_proxy \{[^}]*\}\n/m, upstream));
  return { ...(await siteBefore(t, first, startBoth)), provider, made, proxies };
}

test(
  'two instances share one ledger, and one that dies leaves nothing to be sent twice',
  {
    timeout: 120_000,
    skip: unless('nginx'),
  },
  async (t) => {
    const { refund, ask, provider, proxies } = await two(t, ofDatabase());
    for (let key = 1; key <= 4; key += 1) assert.equal((await refund(uuid(key))).status, 200);
    assert.equal((await refund(uuid(1))).headers.get('idempotent-replayed'), 'true');

    const { received } = holdAnswer(provider);
    const first = refund(uuid(9));
    await received;
    const calls = provider.callsOf(UQPAY_POST).length;
    // nginx asks them in turn, so the second one has the sixth request.
    await proxies[1].kill();
    assert.equal((await first).status, 502);
    let again = await refund(uuid(9));
    await until(
      () => `${again.status} ${again.text}`,
      async () => {
        again = await refund(uuid(9));
        return again.status === 409;
      },
    );
    assert.equal(again.problem.code, 'idempotency_key_running');
    const read = await ask(`/uqpay/payments/${PAYMENT}`, { headers: session('admin-1') });
    assert.equal((read.json as { refundable: string }).refundable, '95.00');
    assert.equal(provider.callsOf(UQPAY_POST).length, calls);
    assert.equal(await proxies[0].stop(), 0);
  },
);

test(
  'PgBouncer as the page has it stands between',
  { skip: pooler === undefined && HOW_TO_GET_PGBOUNCER },
  async (t) => {
    const bouncer = await startPgBouncer(pooler!, {
      text: (port, users) =>
        placed(block('/etc/pgbouncer/pgbouncer.ini'), {
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
    const made = scriptUqpay(provider);
    const at = `${new URL(bouncer.url).host}/refunds`;
    const proxy = await startProxy(t, { ...environment, ...ofDatabase(at), REFUND_USER_SECRET: USER_SECRET });
    const user = { ...USER, 'x-refund-user-secret': USER_SECRET };
    for (const key of [1, 2, 1]) {
      const answer = await post(`${proxy.url}/uqpay`, REFUND, uqpayBody('1.00'), user, uuid(key, 7));
      assert.equal(answer.status, 200, await answer.text());
    }
    assert.equal(made.size, 2);
    assert.equal(await proxy.stop(), 0);
  },
);
