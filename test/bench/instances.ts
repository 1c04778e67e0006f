import { PostgresLedger } from '../../proxy/index.ts';
import { startPostgres } from '../runner/postgres.ts';
import type { Claim } from './claims.ts';
import { limitCpu } from './cpu-share.ts';
import { median, ROUNDS } from './load.ts';
import { paymentOf } from './many-orders.ts';
import { OTHERS, refundThrough } from './proxy-calls.ts';
import { startServer, type BenchServer } from './server.ts';
import { Caller, stock } from './timed.ts';

/** Connections in total, to one instance or to four: enough to keep each of four instances busy. */
const CONNECTIONS = 32;
/** Refunds in one burst, all of one order. Short bursts alternate, so that both sides run under the same machine load. */
const BURST = 320;
/** Calls that an instance answers before the measurement, so that its code is compiled. */
const WARM = 1_000;

/** The share of each instance in cores, as in a container with a CPU limit. */
const SHARE = 0.25;

/**
 * Compares four instances with one instance, on one order and with the same number of connections. In production each
 * instance has its own machine, so here each gets a fixed share of the CPU. If the system does not allow that, all share
 * the cores with the database, the provider and the load. The result with shared cores is printed in any case.
 */
export async function fourInstances(say: (line: string) => void): Promise<Claim> {
  const name = 'PostgreSQL: four instances on one order, against one';
  const own = await measure((line) => say(`instances with ${SHARE} cores each, ${line}`), SHARE);
  const shared = await measure((line) => say(`instances that share all cores, ${line}`));
  if (!own) return { name: `${name}, sharing all cores`, value: median(shared!), atLeast: 1 };
  say(`instances that share all cores: ${median(shared!).toFixed(2)}, without a promise`);
  return { name: `${name}, each with ${SHARE} cores`, value: median(own), atLeast: 1 };
}

/** The ratio of each round. `undefined` when the system does not allow CPU shares. */
async function measure(say: (line: string) => void, cores?: number): Promise<number[] | undefined> {
  const postgres = await startPostgres({ fsync: true });
  const one = await Group.start(1, postgres.url);
  const four = await Group.start(4, postgres.url);
  const ratios: number[] = [];
  try {
    await one.warmUp();
    await four.warmUp();
    if (cores !== undefined && !(one.limit(cores) && four.limit(cores))) return undefined;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const seconds = { one: 0, four: 0 };
      const payments = [paymentOf(OTHERS + 2 * round), paymentOf(OTHERS + 2 * round + 1)] as const;
      seconds.one += await one.burst(payments[0]);
      seconds.four += await four.burst(payments[0]);
      seconds.four += await four.burst(payments[1]);
      seconds.one += await one.burst(payments[1]);
      for (const payment of payments) for (const group of [one, four]) await group.expectRefunds(payment, BURST);
      ratios.push(seconds.one / seconds.four);
      const rate = (seconds: number) => ((2 * BURST) / seconds).toFixed(0);
      say(
        `round ${round} of ${ROUNDS}: ${rate(seconds.one)} refunds a second with one, ${rate(seconds.four)} with four`,
      );
    }
  } finally {
    await one.stop();
    await four.stop();
    await postgres.stop();
  }
  return ratios;
}

/** Instances of the proxy with one shared ledger. Each group has its own provider, which accepts one token per client. */
class Group {
  readonly #sandbox: BenchServer;
  readonly #members: readonly { readonly server: BenchServer; readonly caller: Caller }[];
  readonly #ledger: PostgresLedger;
  readonly #unlimit: (() => void)[] = [];

  private constructor(sandbox: BenchServer, servers: readonly BenchServer[], ledger: PostgresLedger) {
    this.#sandbox = sandbox;
    this.#members = servers.map((server) => ({ server, caller: new Caller(CONNECTIONS / servers.length) }));
    this.#ledger = ledger;
  }

  static async start(instances: number, url: string): Promise<Group> {
    const schema = `bench_${instances}`;
    const sandbox = await startServer('many-orders-server.ts');
    const environment = { BENCH_SANDBOX: sandbox.origin, BENCH_DB: url, BENCH_SCHEMA: schema };
    const servers = await Promise.all(
      Array.from({ length: instances }, () => startServer('proxy-server.ts', environment)),
    );
    return new Group(sandbox, servers, new PostgresLedger({ url, schema }));
  }

  /** Uses other orders. Each instance gets as many calls as a single one. */
  async warmUp(): Promise<void> {
    await this.#run(WARM * this.#members.length);
  }

  /** Refunds the order BURST times. @returns the seconds that it takes */
  async burst(payment: string): Promise<number> {
    const start = performance.now();
    await this.#run(BURST, payment);
    return (performance.now() - start) / 1000;
  }

  /** @throws Error when the ledger or the provider does not have exactly the refunds that were made */
  async expectRefunds(payment: string, count: number): Promise<void> {
    const rows = await this.#ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, payment);
    const response = await fetch(`${this.#sandbox.origin}/_sandbox/db/uqpay_refunds?payment_intent=${payment}`);
    const providerRows = (await response.json()) as unknown[];
    if (rows.length !== count || providerRows.length !== count) {
      throw new Error(`${count} refunds were made: the ledger has ${rows.length}, the provider ${providerRows.length}`);
    }
  }

  /** @returns `false` when the system does not allow a limit */
  limit(cores: number): boolean {
    for (const { server } of this.#members) {
      const unlimit = limitCpu(server.pid, cores);
      if (!unlimit) return false;
      this.#unlimit.push(unlimit);
    }
    return true;
  }

  async stop(): Promise<void> {
    for (const { caller } of this.#members) caller.close();
    await this.#ledger.close();
    for (const { server } of this.#members) await server.stop();
    for (const unlimit of this.#unlimit) unlimit();
    await this.#sandbox.stop();
  }

  async #run(calls: number, payment?: string): Promise<void> {
    const take = stock(calls);
    await Promise.all(
      this.#members.map(({ server, caller }) => caller.run(() => take(() => refundThrough(server.origin, payment)))),
    );
  }
}
