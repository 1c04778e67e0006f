import { styleText } from 'node:util';

import { requestsPerSecond, median, type Load } from './load.ts';
import { startServer, type BenchServer } from './server.ts';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const INTENT = 'PI1234567890123456789';

interface Claim {
  readonly name: string;
  readonly ratio: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const claims: Claim[] = [];

function claim(entry: Claim): void {
  claims.push(entry);
  const bound = entry.atLeast === undefined ? `at most ${entry.atMost}` : `at least ${entry.atLeast}`;
  const holds = entry.ratio >= (entry.atLeast ?? 0) && entry.ratio <= (entry.atMost ?? Number.POSITIVE_INFINITY);
  console.log(
    `${holds ? styleText('green', '✓') : styleText('red', '✗')} ${entry.name}: ${entry.ratio.toFixed(2)} (${bound})`,
  );
  if (!holds) process.exitCode = 1;
}

/** One after the other within a round, so that both meet the same machine; the median of the rounds' ratios counts. */
async function ratioOf(name: string, ours: Omit<Load, 'seconds'>, theirs: Omit<Load, 'seconds'>): Promise<number> {
  const ratios: number[] = [];
  await requestsPerSecond({ ...ours, seconds: 1 });
  await requestsPerSecond({ ...theirs, seconds: 1 });
  for (let round = 1; round <= ROUNDS; round += 1) {
    const a = await requestsPerSecond({ ...ours, seconds: SECONDS });
    const b = await requestsPerSecond({ ...theirs, seconds: SECONDS });
    ratios.push(a / b);
    console.log(`  ${name}, round ${round} of ${ROUNDS}: ${a.toFixed(0)} against ${b.toFixed(0)} requests a second`);
  }
  return median(ratios);
}

async function readyRatio(): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await startServer('bare-server.ts');
    await bare.stop();
    const sandbox = await startServer('sandbox-server.ts');
    await sandbox.stop();
    ratios.push(sandbox.readyMs / bare.readyMs);
    console.log(
      `  ready, round ${round + 1} of ${ROUNDS}: ${sandbox.readyMs.toFixed(0)} ms against ${bare.readyMs.toFixed(0)} ms`,
    );
  }
  return median(ratios);
}

/** Enough captured that no round runs out of money to refund. */
async function enrich(sandbox: BenchServer): Promise<void> {
  for (const [collection, id] of [
    ['uqpay_intents', INTENT],
    ['uqpay_attempts', INTENT.replace('PI', 'PA')],
  ] as const) {
    const response = await fetch(`${sandbox.origin}/_sandbox/db/${collection}/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: '99999999.00', captured_amount: '99999999.00' }),
    });
    if (!response.ok) throw new Error(`${collection}: ${response.status} ${await response.text()}`);
  }
}

async function token(sandbox: BenchServer): Promise<string> {
  const response = await fetch(`${sandbox.origin}/uqpay/api/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  });
  const { auth_token } = (await response.json()) as { auth_token: string };
  return auth_token;
}

const key = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}; ${ROUNDS} rounds of ${SECONDS} s, ten connections\n`,
);
claim({ name: 'sandbox ready, against a bare node:http server', ratio: await readyRatio(), atMost: 3 });

const [bare, jsonServer, sandbox] = [
  await startServer('bare-server.ts'),
  await startServer('json-server.ts'),
  await startServer('sandbox-server.ts'),
];
try {
  await enrich(sandbox);
  const body = JSON.stringify({
    payment_intent_id: INTENT,
    amount: '0.01',
    reason: 'Return good',
    metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
  });
  const auth = { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${await token(sandbox)}` };
  const json = { 'content-type': 'application/json' };
  let requests = 0;
  const create = {
    origin: sandbox.origin,
    path: '/uqpay/api/v2/payment/refunds',
    method: 'POST',
    headers: () => ({ ...json, ...auth, 'x-idempotency-key': key((requests += 1)) }),
    body,
  } as const;
  // The same bytes to the peers, so that only the answering differs.
  const bareCreate = { ...create, origin: bare.origin };
  const jsonCreate = { ...create, origin: jsonServer.origin, path: '/refunds' };
  claim({
    name: 'UQPAY create, against a bare node:http server',
    ratio: await ratioOf('create', create, bareCreate),
    atLeast: 0.5,
  });
  claim({
    name: 'UQPAY create, against json-server’s POST',
    ratio: await ratioOf('create', create, jsonCreate),
    atLeast: 10,
  });
} finally {
  for (const server of [bare, jsonServer, sandbox]) await server.stop();
}
