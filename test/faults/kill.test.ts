import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';

import fc from 'fast-check';

import { toDecimal } from '../../contract/index.ts';
import type { Sandbox, SandboxClient } from '../../mock-server/index.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { temporaryFolder } from '../proxy/support/folder.ts';
import { startProxy, type ProxyProcess } from '../proxy/support/process.ts';
import { SEED, withCauses } from './support/schedules.ts';
import { minor } from './support/invariants.ts';
import { ORDERS, shop, type ProviderName } from './support/testbed.ts';
import { KILLS } from './support/size.ts';

/** Where the process is when it is killed. */
const POINTS = ['before the provider acts', 'while the provider answers', 'at any time'] as const;

/** For each point, the delayed call during which the process is killed. */
const DELAYED_CALLS = {
  uqpay: { 'before the provider acts': 'connect_token', 'while the provider answers': 'create_refund' },
  upayments: { 'before the provider acts': 'check_refund', 'while the provider answers': 'create_refund' },
} as const;

const cycle = fc.record({
  provider: fc.constantFrom<ProviderName[]>('uqpay', 'upayments'),
  point: fc.constantFrom(...POINTS),
  /** Milliseconds after the request, or after the process has reached the point. */
  after: fc.nat({ max: 60 }),
  clicks: fc.integer({ min: 1, max: 3 }),
});
type Cycle = typeof cycle extends fc.Arbitrary<infer Value> ? Value : never;

test(`the ledger opens after each of ${KILLS} kills, and one intent makes at most one refund`, async (t) => {
  const plan = fc.sample(cycle, { seed: SEED, numRuns: KILLS });
  const world = await setUp(t);
  let proxy = await startProxy(t, world.environment);
  for (const [number, values] of plan.entries()) {
    const [next, failure] = await runCycle(t, world, proxy, number, values).then(
      (running) => [running, undefined] as const,
      (error: unknown) => [proxy, withCauses(error)] as const,
    );
    if (failure !== undefined) {
      throw new Error(`cycle ${number} ${JSON.stringify(values)}; run it again with TEST_SEED=${SEED}: ${failure}`);
    }
    proxy = next;
  }
  assert.equal(await proxy.stop(), 0);
});

interface World {
  readonly sandbox: Sandbox;
  readonly control: SandboxClient;
  readonly environment: Readonly<Record<string, string>>;
  readonly file: string;
}

async function runCycle(
  t: TestContext,
  world: World,
  proxy: ProxyProcess,
  number: number,
  { provider, point, after, clicks }: Cycle,
): Promise<ProxyProcess> {
  const { control, sandbox } = world;
  const { payment_id, currency } = ORDERS[provider][0];
  const key = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const amount = toDecimal(currency === 'KWD' ? 250n : 25n, currency);
  const body =
    provider === 'uqpay'
      ? { payment_intent_id: payment_id, amount, reason: 'Return good', metadata: { wanted: key } }
      : { orderId: payment_id, totalPrice: Number(amount), reference: key };
  const post = (to: ProxyProcess) => send(to, provider, key, body);

  const before = await control.count({});
  if (point !== 'at any time') {
    const route = DELAYED_CALLS[provider][point];
    if (route === 'connect_token') await takeToken(sandbox);
    await control.scenario('latency', { provider, route, params: { ms: 2_000 } });
  }
  const answers = Promise.allSettled(Array.from({ length: clicks }, () => post(proxy)));
  if (point !== 'at any time') await waitForCall(control, provider, DELAYED_CALLS[provider][point], before);
  await new Promise((resolve) => {
    setTimeout(resolve, after);
  });
  await proxy.kill();
  const answersSoFar = (await answers).flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  await control.clearScenarios();
  const refundsBefore = await refundsAtProvider(control, provider, key);
  // A success reported before the kill must still be true.
  for (const { status } of answersSoFar)
    if (status >= 200 && status < 300) assert.equal(refundsBefore.length, 1, 'a reported success has no refund');

  const next = await startProxy(t, world.environment);
  checkLedger(world.file, provider, key, amount, currency, refundsBefore.length);
  const retry = await post(next);
  const outcome = retry.status === 504 ? await settle(next, world, provider, key) : retry;
  assert.ok(outcome.status < 300 || outcome.status === 410, `answered ${outcome.status}: ${outcome.text}`);
  const refundsAfter = await refundsAtProvider(control, provider, key);
  assert.equal(
    refundsAfter.length,
    outcome.status < 300 ? 1 : 0,
    `${refundsAfter.length} refunds at the provider after ${outcome.status}`,
  );
  checkLedger(world.file, provider, key, amount, currency, refundsAfter.length);
  return next;
}

async function setUp(t: TestContext): Promise<World> {
  const folder = await temporaryFolder(t);
  const sandbox = await createSandbox({ data: shop(), magicAmounts: false, journalCapacity: 20_000 });
  t.after(() => sandbox.close());
  const file = path.join(folder, 'ledger.sqlite');
  const orders = path.join(folder, 'orders.json');
  await writeFile(orders, JSON.stringify([...ORDERS.uqpay, ...ORDERS.upayments]));
  return {
    sandbox,
    control: createSandboxClient(sandbox.url),
    file,
    environment: {
      REFUND_PROXY_DB: file,
      REFUND_ORDERS_FILE: orders,
      REFUND_USER_HEADER: 'x-user',
      REFUND_RESOLVERS: 'admin',
      REFUND_RATE_LIMIT: '0',
      REFUND_RECONCILE_SECONDS: '0',
      REFUND_LOG_LEVEL: 'silent',
      UQPAY_BASE_URL: sandbox.uqpayUrl,
      UQPAY_CLIENT_ID: 'sandbox-client',
      UQPAY_API_KEY: 'sandbox-key',
      UPAYMENTS_BASE_URL: sandbox.upaymentsUrl,
      UPAYMENTS_TOKEN: 'jtest123',
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const PATHS = { uqpay: '/v2/payment/refunds', upayments: '/create-refund' } as const;

function send(proxy: ProxyProcess, provider: ProviderName, key: string, body: object): Promise<Answer> {
  return call(`${proxy.url}/refunds/${provider}${PATHS[provider]}`, { key, body });
}

async function call(url: string, { key, body }: { key?: string; body?: object } = {}): Promise<Answer> {
  const response = await fetch(url, {
    headers: {
      'x-user': 'admin',
      ...(body && { 'content-type': 'application/json', 'x-refund-form': '1' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/**
 * A person reads the provider's dashboard and settles the intent as it shows. Returns the answer that its key then
 * has.
 */
async function settle(proxy: ProxyProcess, { control }: World, provider: ProviderName, key: string): Promise<Answer> {
  const [refund] = await refundsAtProvider(control, provider, key);
  const intentList = await call(`${proxy.url}/refunds/${provider}/intents?state=unknown`);
  const { intents } = JSON.parse(intentList.text) as { intents: { id: string }[] };
  assert.equal(intents.length, 1, intentList.text);
  const resolution = await call(`${proxy.url}/refunds/${provider}/intents/${intents[0]!.id}/resolve`, {
    body: {
      outcome: refund ? 'initiated' : 'nothing',
      reason: 'seen there',
      ...(refund && { refund_id: String(refund['id']) }),
    },
  });
  assert.equal(resolution.status, 200, resolution.text);
  return { status: refund ? 200 : 410, text: resolution.text };
}

async function refundsAtProvider(control: SandboxClient, provider: ProviderName, key: string) {
  const rows = await control.db(provider === 'uqpay' ? 'uqpay_refunds' : 'upayments_refunds');
  return rows.filter(
    (row) => (row['metadata'] as { wanted?: string } | null)?.wanted === key || row['reference'] === key,
  );
}

async function takeToken(sandbox: Sandbox): Promise<void> {
  const response = await fetch(`${sandbox.uqpayUrl}/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  });
  await response.text();
}

/** Resolves when the provider has received that call. */
async function waitForCall(
  control: SandboxClient,
  provider: ProviderName,
  route: string,
  after: number,
): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const calls = await control.journal({ provider, route, after });
    // The test's own token request comes before the expected one.
    if (calls.length > (route === 'connect_token' ? 1 : 0)) return;
  }
  throw new Error(`The provider was never asked for ${route}`);
}

/** Checks that the file is whole and holds the amount of every refund at the provider. */
function checkLedger(
  file: string,
  provider: string,
  key: string,
  amount: string,
  currency: string,
  refundCount: number,
): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    assert.equal(db.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok');
    const row = db
      .prepare(
        `SELECT count(r.id) AS parts, sum(r.amount) AS held FROM intents i
         LEFT JOIN reservations r ON r.intent_id = i.id AND r.released = 0
         WHERE i.provider = ? AND i.key = ?`,
      )
      .get(provider, key);
    if (refundCount > 0) {
      assert.deepEqual([row?.['parts'], row?.['held']], [1, Number(minor(amount, currency))], 'a commit without a row');
    }
  } finally {
    db.close();
  }
}
