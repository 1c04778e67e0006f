import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { PostgresLedger, SqliteLedger, type Ledger } from '../../proxy/index.ts';
import { startPostgres } from '../runner/postgres.ts';
import type { Claim } from './claims.ts';
import { fillLedger } from './fill-ledger.ts';
import { median, ROUNDS } from './load.ts';
import { ORDERS, paymentOf } from './many-orders.ts';
import { startServer, type BenchServer } from './server.ts';
import { Caller, type TimedCall } from './timed.ts';

const CALLS = Number(process.env['BENCH_CALLS'] ?? 600);
/** The same number to the sandbox directly and through the proxy. */
const CONNECTIONS = 1;
const MILLION = 1_000_000;

type Say = (line: string) => void;

/** What the proxy costs. One measurement after the other: each wants the machine to itself. */
export async function proxyClaims(say: Say): Promise<Claim[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-bench-'));
  try {
    return [await addedLatency(folder, say), await costOfAMillion(folder, say), await fourInstances(say)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function addedLatency(folder: string, say: Say): Promise<Claim> {
  const sandbox = await startServer('many-orders-server.ts');
  const proxy = await startServer('proxy-server.ts', {
    BENCH_SANDBOX: sandbox.origin,
    BENCH_DB: path.join(folder, 'latency.sqlite'),
  });
  const callers = { direct: new Caller(CONNECTIONS), through: new Caller(CONNECTIONS) };
  try {
    const added: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      // One live token a client (`uqpay.md`): this one kills the proxy's, which fetches another at its first call.
      const auth = await token(sandbox);
      const direct = median(await callers.direct.run(CALLS, () => refundDirectly(sandbox.origin, auth)));
      const through = median(await callers.through.run(CALLS, () => refundThrough(proxy.origin)));
      // The first round only warms up.
      if (round === 0) continue;
      added.push(through - direct);
      say(
        `latency, round ${round} of ${ROUNDS}: ${direct.toFixed(2)} ms directly, ${through.toFixed(2)} ms with the proxy`,
      );
    }
    return {
      name: 'SQLite, synced: the proxy adds to one refund, at the median',
      value: median(added),
      unit: 'ms',
      atMost: 2,
    };
  } finally {
    for (const caller of Object.values(callers)) caller.close();
    await proxy.stop();
    await sandbox.stop();
  }
}

/** A create as the ledger sees it: begun, synced, settled, synced. An empty ledger and a full one in turns. */
async function costOfAMillion(folder: string, say: Say): Promise<Claim> {
  const files = { empty: path.join(folder, 'empty.sqlite'), full: path.join(folder, 'full.sqlite') };
  await new SqliteLedger({ file: files.full }).close();
  const start = performance.now();
  fillLedger(files.full, MILLION);
  say(`a ledger with ${MILLION} intents made in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  const ledgers = { empty: new SqliteLedger({ file: files.empty }), full: new SqliteLedger({ file: files.full }) };
  try {
    const ratios: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const empty = await createMs(ledgers.empty);
      const full = await createMs(ledgers.full);
      if (round === 0) continue;
      ratios.push(full / empty);
      say(
        `a million, round ${round} of ${ROUNDS}: ${empty.toFixed(3)} ms a create in an empty ledger, ${full.toFixed(3)} ms`,
      );
    }
    const name = `a create in a ledger of ${MILLION} intents, against an empty one`;
    return { name, value: median(ratios), atMost: 1.2 };
  } finally {
    await ledgers.empty.close();
    await ledgers.full.close();
  }
}

async function createMs(ledger: Ledger): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < CALLS; n += 1) {
    const id = nextKey();
    const paymentId = paymentOf(keys);
    const start = performance.now();
    await ledger.begin({
      merchant: 'default',
      provider: 'uqpay',
      id,
      key: id,
      providerKey: id,
      fingerprint: 'bench',
      kind: 'refund',
      paymentId,
      currency: 'USD',
      asked: [{ amount: 1n, reason: 'Return good' }],
      limit: 9_999_999_900n,
      expectedRefundable: undefined,
      notRefundable: undefined,
      exclusive: false,
      target: undefined,
      user: 'bench',
      at: keys,
      leasedUntil: keys + 90_000,
    });
    await ledger.settle(id, {
      to: 'succeeded',
      answer: ANSWER,
      refunds: [{ standing: 'pending', status: 'INITIATED', refundId: `RF${keys}` }],
      who: 'provider',
      source: 'answer 200',
      at: keys,
    });
    times.push(performance.now() - start);
  }
  return median(times);
}

const ANSWER = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: new TextEncoder().encode(
    JSON.stringify({ payment_refund_id: 'RF1234567890123456789', refund_status: 'INITIATED' }),
  ),
};

/** One order, the same number of connections in all: what four instances get done against what one does. */
async function fourInstances(say: Say): Promise<Claim> {
  const postgres = await startPostgres({ fsync: true });
  const sandbox = await startServer('many-orders-server.ts');
  try {
    const ratios: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const rate = (instances: number) => refundsASecond(instances, { sandbox, url: postgres.url, round });
      // Turn about, so that neither always has the other's dead rows behind it.
      const [first, second] = round % 2 === 0 ? ([4, 1] as const) : ([1, 4] as const);
      const rates = { [first]: await rate(first), [second]: await rate(second) };
      const [one, four] = [rates[1]!, rates[4]!];
      if (round === 0) continue;
      ratios.push(four / one);
      say(
        `instances, round ${round} of ${ROUNDS}: ${one.toFixed(0)} refunds a second with one, ${four.toFixed(0)} with four`,
      );
    }
    return { name: 'PostgreSQL: four instances on one order, against one', value: median(ratios), atLeast: 1 };
  } finally {
    await sandbox.stop();
    await postgres.stop();
  }
}

/** Orders that any call may refund; the rest are for one measurement each. */
const OTHERS = ORDERS - 100;
/** Connections, over all instances. */
const IN_ALL = 8;
/** Calls that an instance answers before any is timed: until then it is its compiler that is measured. */
const WARM = 1_000;

async function refundsASecond(
  instances: number,
  { sandbox, url, round }: { sandbox: BenchServer; url: string; round: number },
): Promise<number> {
  const schema = `bench_${instances}_${round}`;
  const environment = { BENCH_SANDBOX: sandbox.origin, BENCH_DB: url, BENCH_SCHEMA: schema };
  const servers = await Promise.all(
    Array.from({ length: instances }, () => startServer('proxy-server.ts', environment)),
  );
  const callers = servers.map((server) => ({ server, caller: new Caller(IN_ALL / instances) }));
  const payment = paymentOf(OTHERS + round * 2 + (instances === 1 ? 0 : 1));
  const run = (calls: number, order?: string) =>
    Promise.all(
      callers.map(({ server, caller }) => caller.run(calls / instances, () => refundThrough(server.origin, order))),
    );
  try {
    // On other orders, and each of them as warm as one alone.
    await run(WARM * instances);
    const start = performance.now();
    await run(CALLS, payment);
    const rate = CALLS / ((performance.now() - start) / 1000);
    await agree({ url, schema, sandbox, payment, made: CALLS });
    return rate;
  } finally {
    for (const { caller } of callers) caller.close();
    for (const server of servers) await server.stop();
  }
}

/** @throws Error when the ledger and the provider do not both have exactly the refunds that were made. */
async function agree({ url, schema, sandbox, payment, made }: Made): Promise<void> {
  const ledger = new PostgresLedger({ url, schema });
  const rows = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, payment);
  await ledger.close();
  const response = await fetch(`${sandbox.origin}/_sandbox/db/uqpay_refunds?payment_intent=${payment}`);
  const there = (await response.json()) as unknown[];
  if (rows.length !== made || there.length !== made) {
    throw new Error(`${made} refunds were made: the ledger has ${rows.length}, the provider ${there.length}`);
  }
}

interface Made {
  readonly url: string;
  readonly schema: string;
  readonly sandbox: BenchServer;
  readonly payment: string;
  readonly made: number;
}

let keys = 0;

function nextKey(): string {
  keys += 1;
  return `00000000-0000-4000-8000-${String(keys).padStart(12, '0')}`;
}

function refundThrough(origin: string, payment?: string): TimedCall {
  const key = nextKey();
  return {
    url: `${origin}/v2/payment/refunds`,
    headers: { 'x-refund-form': '1', 'idempotency-key': key },
    body: body(payment ?? paymentOf(keys % OTHERS)),
  };
}

function refundDirectly(origin: string, auth: string): TimedCall {
  const key = nextKey();
  return {
    url: `${origin}/uqpay/api/v2/payment/refunds`,
    headers: { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${auth}`, 'x-idempotency-key': key },
    body: body(paymentOf(keys % OTHERS)),
  };
}

function body(payment_intent_id: string): string {
  const metadata = { customer_id: 'cust_12345', order_id: 'order_6789' };
  return JSON.stringify({ payment_intent_id, amount: '0.01', reason: 'Return good', metadata });
}

async function token(sandbox: BenchServer): Promise<string> {
  const response = await fetch(`${sandbox.origin}/uqpay/api/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  });
  const { auth_token } = (await response.json()) as { auth_token: string };
  return auth_token;
}
