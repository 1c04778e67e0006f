import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';

import {
  createSandbox,
  createSandboxClient,
  DEFAULT_SEED,
  type Sandbox,
  type SandboxClient,
} from '../../../mock-server/index.ts';
import { PostgresStore } from '../../../proxy/ledger/stores/postgres/postgres.ts';
import { backUp } from '../../../proxy/ledger/stores/sqlite/backup.ts';
import { SqliteStore } from '../../../proxy/ledger/stores/sqlite/sqlite.ts';
import type { LedgerStore } from '../../../proxy/ledger/store.ts';
import { Client } from 'pg';
import { startPostgres } from '../../runner/postgres.ts';

export const START = Date.parse('2026-11-20T09:00:00Z');
export type ProviderName = 'uqpay' | 'upayments';
export const LEDGERS = ['sqlite', 'postgres'] as const;
export type LedgerName = (typeof LEDGERS)[number];

/** Reads the rows of the ledger directly, not through the ledger under test. */
export interface Witness {
  /** State and provider key of the intent; `undefined` when there is no such row. */
  intent(merchant: string, key: string): Promise<{ state: string; providerKey: string } | undefined>;
  /** What is wrong with how the ledger syncs its commits; `undefined` when every commit is on disk. */
  unsynced(): Promise<string | undefined>;
}

/** Full: the file cannot grow. Read-only: as a system mounts a failed disk. */
export type DiskFault = 'full' | 'read_only';

/** Faults and backups of a ledger that is a file. */
export interface Disk {
  /** Copies the ledger in the same way as the backup command. */
  backUp(at: number): void;
  /** Replaces the ledger with the last copy. No process may have it open. */
  restore(): void;
  /** Makes the disk refuse writes for this reason, or accept them again. */
  refuse(why: DiskFault | undefined): void;
}

/** What every schedule of one file shares: a sandbox, a place for the ledger, and one clock. */
export interface Testbed {
  readonly ledger: LedgerName;
  readonly clock: { now: number };
  readonly sandbox: Sandbox;
  readonly control: SandboxClient;
  readonly witness: Witness;
  /** How many proxies may write to the ledger at the same time. */
  readonly instances: number;
  openStore(): LedgerStore;
  /** The disk of the ledger, if the ledger is a file. */
  readonly disk: Disk | undefined;
  /** Receives the provider's webhooks; `undefined` while the proxy is down. */
  receive: ((request: Request) => Promise<Response>) | undefined;
  close(): Promise<void>;
}

/**
 * The provider allows larger refunds than the merchant, so that a refusal of the provider cannot hide a mistake of
 * the proxy.
 */
export const ORDERS = {
  uqpay: [
    { payment_id: 'PI1234567890123456789', currency: 'USD', captured: '100.00' },
    { payment_id: 'PI2000000000000000001', currency: 'SGD', captured: '60.00' },
  ],
  upayments: ['100.000', '60.000', '100.000'].map((captured, index) => ({
    payment_id: `up2026110${index + 1}flts${String(index + 1).repeat(52)}`,
    currency: 'KWD',
    captured,
  })),
} as const;

/**
 * The last order of UPayments is split over vendors. Their payments exceed the order, so only the proxy keeps the sum
 * within it.
 */
export const SPLIT_ORDER = 2;
const VENDORS = [
  { id: 'Zmx0czE=', iban_number: 'KW91KFHO0000000000051010173254', total_paid: '50.000' },
  { id: 'Zmx0czI=', iban_number: 'KW31NBOK0000000000002010177457', total_paid: '40.000' },
  { id: 'Zmx0czM=', iban_number: 'KW55GULB0000000000001122334455', total_paid: '30.000' },
] as const;

export function shop() {
  const template = DEFAULT_SEED.upayments_orders?.find(({ captured, multivendor }) => captured && !multivendor);
  if (!template) throw new Error('The default shop has an ordinary captured order');
  const orders = ORDERS.upayments.map(({ payment_id }, index) => ({
    ...template,
    id: payment_id,
    total_price: '10000.000',
    multivendor: index === SPLIT_ORDER,
  }));
  const split = orders[SPLIT_ORDER]!.id;
  const vendors = VENDORS.map((vendor) => ({
    ...vendor,
    order: split,
    currency: 'KWD',
    merchant_type: 'vendor',
    account: `vendor-${vendor.id}`,
  }));
  const ids = new Set<string>(ORDERS.uqpay.map(({ payment_id }) => payment_id));
  return {
    ...DEFAULT_SEED,
    uqpay_intents: DEFAULT_SEED.uqpay_intents?.filter(({ id }) => ids.has(id)) ?? [],
    uqpay_attempts: DEFAULT_SEED.uqpay_attempts?.filter(({ payment_intent: id }) => ids.has(id)) ?? [],
    uqpay_refunds: [],
    upayments_orders: orders,
    upayments_payments: [],
    upayments_vendors: vendors,
    upayments_accounts: ['merchant', ...vendors.map(({ account }) => account)].map((id) => ({
      id,
      balance: '100000.000',
      currency: 'KWD',
    })),
    upayments_refunds: [],
  };
}

export async function openTestbed(ledger: LedgerName): Promise<Testbed> {
  const clock = { now: START };
  const place = ledger === 'sqlite' ? await sqlitePlace() : await postgresPlace();
  const receiver = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const server = serve(
      {
        fetch: (request: Request) => testbed.receive?.(request) ?? new Response('down', { status: 503 }),
        port: 0,
        hostname: '127.0.0.1',
      },
      () => resolve(server),
    );
  });
  const webhookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const sandbox = await createSandbox({
    now: () => clock.now,
    data: shop(),
    magicAmounts: false,
    journalCapacity: 1_000,
    webhooks: {
      signedAt: () => clock.now,
      endpoints: [
        { provider: 'uqpay', url: `${webhookUrl}/refunds/webhooks` },
        { provider: 'upayments', url: `${webhookUrl}/refunds/webhooks` },
      ],
    },
  });
  const testbed: Testbed = {
    ledger,
    clock,
    sandbox,
    control: createSandboxClient(sandbox.url),
    witness: place.witness,
    instances: ledger === 'sqlite' ? 1 : 2,
    openStore: () => place.openStore(),
    disk: place.disk,
    receive: undefined,
    async close() {
      await sandbox.close();
      await new Promise((resolve) => {
        receiver.close(resolve);
        if ('closeAllConnections' in receiver) receiver.closeAllConnections();
      });
      await place.close();
    },
  };
  return testbed;
}

/** A memory disk is enough because no test cuts the power. SQLite's own settings show whether it syncs commits. */
const MEMORY_FOLDER = '/dev/shm';

interface Place {
  readonly witness: Witness;
  readonly disk?: Disk;
  openStore(): LedgerStore;
  close(): Promise<void>;
}

async function sqlitePlace(): Promise<Place> {
  const folder = await mkdtemp(path.join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'refund-faults-'));
  const file = path.join(folder, 'ledger.sqlite');
  const connections = watchConnections(file);
  let reader: DatabaseSync | undefined;
  let restores = 0;
  const copy = path.join(folder, 'copy.sqlite');
  return {
    openStore: () => new SqliteStore({ file }),
    disk: {
      backUp(at) {
        const own = connections.last();
        rmSync(copy, { force: true });
        backUp({ file, to: copy, at, generation: String((restores += 1)) });
        connections.set(own);
      },
      restore() {
        reader?.close();
        reader = undefined;
        for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
        copyFileSync(copy, file);
      },
      refuse(why) {
        const db = connections.last();
        const pages = Number(db?.prepare('PRAGMA page_count').get()?.['page_count']);
        // A full file still takes what fits into its last pages.
        db?.exec(`PRAGMA max_page_count = ${why === 'full' ? pages : MAX_PAGES}`);
        db?.exec(`PRAGMA query_only = ${why === 'read_only' ? 1 : 0}`);
      },
    },
    witness: {
      async intent(merchant, key) {
        reader ??= new DatabaseSync(file, { readOnly: true });
        const row = reader
          .prepare('SELECT state, provider_key FROM intents WHERE merchant = ? AND key = ?')
          .get(merchant, key);
        return row && { state: String(row['state']), providerKey: String(row['provider_key']) };
      },
      async unsynced() {
        const db = connections.last();
        const level = Number(db?.prepare('PRAGMA synchronous').get()?.['synchronous']);
        // 2 is FULL, 3 is EXTRA. With a lower level, a power failure may lose a commit (sqlite.org/pragma.html).
        return level >= 2 ? undefined : `PRAGMA synchronous is ${level}`;
      },
    },
    async close() {
      reader?.close();
      connections.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** SQLite's own limit (sqlite.org/limits.html). */
const MAX_PAGES = 1_073_741_823;

/** Remembers the last open connection, because only the connection knows whether it syncs. */
function watchConnections(file: string) {
  const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')!;
  const lastConnection: DatabaseSync[] = [];
  Object.defineProperty(DatabaseSync.prototype, 'exec', {
    ...exec,
    value(this: DatabaseSync, sql: string) {
      // A backup and the owner lock of the file use other connections.
      if (this.location() === file) lastConnection[0] = this;
      (exec.value as DatabaseSync['exec']).call(this, sql);
    },
  });
  return {
    last: () => lastConnection[0],
    set: (db: DatabaseSync | undefined) => {
      if (db) lastConnection[0] = db;
    },
    stop: () => {
      Object.defineProperty(DatabaseSync.prototype, 'exec', exec);
    },
  };
}

/** No schedule stops the database, so a slow answer on a busy machine must not look like a lost database. */
const DATABASE_WAIT_MS = 60_000;

async function postgresPlace(): Promise<Place> {
  const server = await startPostgres();
  const schema = 'faults';
  const reader = new Client({ connectionString: server.url });
  await reader.connect();
  return {
    openStore: () => new PostgresStore({ url: server.url, schema, connections: 4, waitMs: DATABASE_WAIT_MS }),
    witness: {
      async intent(merchant, key) {
        const { rows } = await reader.query<{ state: string; provider_key: string }>(
          `SELECT state, provider_key FROM ${schema}.intents WHERE merchant = $1 AND key = $2`,
          [merchant, key],
        );
        return rows[0] && { state: rows[0].state, providerKey: rows[0].provider_key };
      },
      unsynced: async () => undefined,
    },
    async close() {
      await reader.end();
      await server.stop();
    },
  };
}
