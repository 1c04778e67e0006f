import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { SqliteLedger, type Ledger } from '../../proxy/index.ts';
import type { Claim } from './claims.ts';
import { fillLedger } from './fill-ledger.ts';
import { median, ROUNDS } from './load.ts';
import { fourInstances } from './instances.ts';
import { paymentOf } from './many-orders.ts';
import { keyOf, nextNumber, refundDirectly, refundThrough, token } from './proxy-calls.ts';
import { startServer } from './server.ts';
import { Caller, stock, type TimedCall } from './timed.ts';

const CALLS = Number(process.env['BENCH_CALLS'] ?? 600);
/** The number of connections, the same to the sandbox directly and through the proxy. */
const CONNECTIONS = 1;
const MILLION = 1_000_000;

type Say = (line: string) => void;

/** Measures what the proxy costs. One measurement after the other, because each needs the whole machine. */
export async function proxyClaims(say: Say): Promise<Claim[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-bench-'));
  try {
    // The million rows come last, because they keep the disk busy for a while.
    return [await addedLatency(folder, say), await fourInstances(say), await costOfAMillion(folder, say)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timed(caller: Caller, call: () => TimedCall): Promise<number[]> {
  const take = stock(CALLS);
  return caller.run(() => take(call));
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
      // A new token makes the proxy's token invalid, so the proxy fetches another one at its first call
      // (`docs/providers/uqpay.md#base-and-credentials`).
      const auth = await token(sandbox);
      const direct = median(await timed(callers.direct, () => refundDirectly(sandbox.origin, auth)));
      const through = median(await timed(callers.through, () => refundThrough(proxy.origin)));
      // The first round is only a warm-up.
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
      atMost: 3,
    };
  } finally {
    for (const caller of Object.values(callers)) caller.close();
    await proxy.stop();
    await sandbox.stop();
  }
}

/** Measures begin and settle of a refund in the ledger, each synced to the disk. Alternates an empty and a full ledger. */
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
    const number = nextNumber();
    const id = keyOf(number);
    const paymentId = paymentOf(number);
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
      parts: [{ amount: 1n, reason: 'Return good' }],
      toldElsewhere: 0n,
      limit: 9_999_999_900n,
      expectedRefundable: undefined,
      notRefundable: undefined,
      exclusive: false,
      target: undefined,
      user: 'bench',
      at: number,
      leasedUntil: number + 90_000,
    });
    await ledger.settle(id, {
      to: 'succeeded',
      answer: ANSWER,
      refunds: [{ standing: 'pending', status: 'INITIATED', refundId: `RF${number}` }],
      who: 'provider',
      source: 'answer 200',
      at: number,
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
