import assert from 'node:assert/strict';

import fc from 'fast-check';

import { openapiDocument } from '../../mock-server/core/engine/openapi/document.ts';
import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { rowFault, rulesFault } from '../../mock-server/core/engine/rules.ts';
import type { SandboxState } from '../../mock-server/core/engine/state.ts';
import { BUILT_IN, PROVIDERS } from '../../mock-server/core/providers/index.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { serveSandbox } from '../../mock-server/bindings/node.ts';
import { indexedAnew, rowsOf, upaymentsStore, uqpayStore } from '../mock-server/support/rows.ts';
import { readDocument, type Document } from './document.ts';
import { planOf, requestOf, targetsOf, type Plan, type Request, type Target } from './requests.ts';

/**
 * The most requests in one run. Each run has a new sandbox. The average is half of it, and less once a failure
 * shrinks.
 */
const RUN = 100;
const START = 1_793_581_200_000;
const ORIGIN = 'http://sandbox.test';
const UPAYMENTS_TOKEN = { authorization: 'Bearer jtest123' };
const UQPAY_KEYS = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** Whether requests go through the Node server instead of directly to the core. */
  readonly http?: boolean;
  /** Path of the run to repeat, as a failure printed it. */
  readonly path?: string;
}

/** How often each operation was answered with each status. */
export type Tally = Map<string, Map<number, number>>;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Send = (request: Request) => Promise<Answer | undefined> | Answer | undefined;

const targets: readonly Target[] = PROVIDERS.flatMap((provider) => {
  const document = openapiDocument(provider, ORIGIN, BUILT_IN.defaultSettings) as unknown as Document;
  return targetsOf(provider.name, document, readDocument(document));
});

/** Weights of the operations. Refunds matter most, so they come more often. */
const WEIGHT: Readonly<Record<string, number>> = {
  create_refund: 8,
  create_multivendor_refund: 4,
  delete_refund: 3,
  delete_multivendor_refund: 3,
  check_refund: 2,
  retrieve_refund: 2,
  create_intent: 3,
  confirm_intent: 3,
  update_intent: 2,
};

const plans: fc.Arbitrary<Plan[]> = fc.noBias(
  fc.array(
    fc.oneof(
      ...targets.map((target) => ({ weight: WEIGHT[target.operation.operationId] ?? 1, arbitrary: planOf(target) })),
    ),
    { minLength: 1, maxLength: RUN, size: 'max' },
  ),
);

/**
 * Sends valid, invalid and odd requests, made from the sandbox's own OpenAPI documents. @throws Error with the seed
 * and path to repeat the run, when an answer differs from its document, is an unexpected 5xx, or leaves money or a
 * refund in a wrong state.
 */
export async function fuzz({ requests, seed, http = false, path }: FuzzOptions): Promise<Tally> {
  const tally: Tally = new Map();
  const property = fc.asyncProperty(plans, async (run) => {
    const namespaces = new Namespaces({ ...stateOptions({ clock: 'frozen', now: () => START }), magicAmounts: false });
    if (!http) {
      await attempt(run, namespaces.main, (request) => throughCore(namespaces, request), tally);
      return;
    }
    const server = await serveSandbox(namespaces, {
      port: 0,
      host: '127.0.0.1',
      sender: { signedAt: () => START, timeout: 1_000 },
    });
    try {
      await attempt(run, namespaces.main, (request) => throughHttp(server.port, request), tally);
    } finally {
      await server.close();
    }
  });
  await fc.assert(property, {
    seed,
    numRuns: Math.ceil((requests / RUN) * 2.1),
    ...(path !== undefined && { path }),
  });
  return tally;
}

function throughCore(namespaces: Namespaces, request: Request): Answer | undefined {
  const answer = namespaces.handle({ ...request, origin: ORIGIN });
  answer.finish?.();
  return { status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body };
}

/** @returns undefined when a scenario made the sandbox close the connection */
async function throughHttp(port: number, { method, path, query, headers, body }: Request): Promise<Answer | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers,
      ...(method !== 'GET' && { body }),
    });
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: await response.text(),
    };
  } catch (error) {
    if (!(error instanceof TypeError) || !headers['x-sandbox-scenario']?.startsWith('drop_')) throw error;
    return undefined;
  }
}

async function attempt(run: readonly Plan[], state: SandboxState, send: Send, tally: Tally): Promise<void> {
  let token: Readonly<Record<string, string>> = {};
  for (const plan of run) {
    state.clock.advance(plan.wait * 1_000);
    // A token is valid for half an hour, and a new token that the run itself requests makes it invalid.
    token = await signIn(send);
    const { operationId, security } = plan.target.operation;
    const credentials = plan.target.provider === 'upayments' ? UPAYMENTS_TOKEN : token;
    const signsIn = security.some((names) => 'apiKey' in names);
    const request = requestOf(plan, state, signsIn ? UQPAY_KEYS : credentials);
    const before = refundsIn(state);
    const answer = await send(request);
    if (!answer) continue;
    check(plan, request, answer);
    if (answer.status >= 400 && answer.status < 500) assert.equal(refundsIn(state), before, 'a refusal wrote a refund');
    const statuses = tally.get(`${plan.target.provider} ${operationId}`) ?? new Map<number, number>();
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    tally.set(`${plan.target.provider} ${operationId}`, statuses);
  }
  checkRows(state);
  await checkReadable(state, send);
}

async function signIn(send: Send): Promise<Readonly<Record<string, string>>> {
  const answer = await send({
    method: 'POST',
    path: '/uqpay/api/v1/connect/token',
    query: '',
    headers: UQPAY_KEYS,
    body: '',
  });
  assert.equal(answer?.status, 200);
  const { auth_token } = JSON.parse(answer.body) as { auth_token: string };
  return { 'x-client-id': UQPAY_KEYS['x-client-id'], 'x-auth-token': `Bearer ${auth_token}` };
}

const refundsIn = ({ store }: SandboxState): number =>
  rowsOf(store).uqpay_refunds.length + rowsOf(store).upayments_refunds.length;

function check({ target, scenario }: Plan, request: Request, { status, contentType, body }: Answer): void {
  const isRequestedError =
    scenario?.startsWith('server_error') === true || scenario?.startsWith('drop_before_commit') === true;
  const description = `${request.method} ${request.path}?${request.query} ${request.body.slice(0, 300)} -> ${status} ${body.slice(0, 300)}`;
  assert.ok(status < 500 || isRequestedError, `an unexpected server error: ${description}`);
  assert.match(contentType, /^application\/json/, description);
  const schema = target.reader.answerOf(target.operation, status);
  assert.ok(schema, `the document has no ${status} for ${target.operation.operationId}: ${description}`);
  assert.deepEqual(target.reader.faults(schema, JSON.parse(body)), [], description);
}

/** Checks rows, rules and running sums after the run. */
function checkRows({ store }: SandboxState): void {
  const rows = rowsOf(store);
  assert.equal(rulesFault(BUILT_IN.data, store.collections), undefined);
  for (const [name, all] of Object.entries(store.collections)) {
    for (const row of all) assert.equal(rowFault(BUILT_IN.data, name, row), undefined, `${name} ${row.id}`);
  }
  const freshIndex = indexedAnew(store);
  for (const { id } of rows.uqpay_intents) {
    assert.equal(
      uqpayStore({ store }).refundsOfIntent(id).held,
      uqpayStore({ store: freshIndex }).refundsOfIntent(id).held,
      id,
    );
  }
  for (const { id } of rows.upayments_orders) {
    assert.equal(
      upaymentsStore({ store }).refundsOfOrder(id).held,
      upaymentsStore({ store: freshIndex }).refundsOfOrder(id).held,
      id,
    );
  }
}

/** Checks that no refund is incomplete: each one can be read and matches its document. */
async function checkReadable({ store }: SandboxState, send: Send): Promise<void> {
  const token = await signIn(send);
  const reads = [
    ...rowsOf(store).uqpay_refunds.map(({ id, payment_intent }) => {
      const account = uqpayStore({ store }).intents.get(payment_intent)?.account;
      const headers = account ? { ...token, 'x-on-behalf-of': account } : token;
      return [`/uqpay/api/v2/payment/refunds/${id}`, headers] as const;
    }),
    ...rowsOf(store)
      .upayments_refunds.filter(({ refund_status: status }) => status !== 'deleted')
      .map(({ id }) => [`/upayments/api/v1/check-refund-status/${id}`, UPAYMENTS_TOKEN] as const),
  ];
  for (const [path, headers] of reads) {
    const answer = await send({ method: 'GET', path, query: '', headers, body: '' });
    // UPayments' document answers some reads with 201.
    assert.ok(answer?.status === 200 || answer?.status === 201, `${path}: ${answer?.status} ${answer?.body}`);
  }
}

/** Formats the tally, one line for each operation. */
export function formatTally(tally: Tally): string {
  return [...tally]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, statuses]) => {
      const counts = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      return `  ${name.padEnd(40)} ${counts.join('  ')}`;
    })
    .join('\n');
}

/** Operations that never succeeded. A fuzzer that gets only refusals proves little. */
export function neverDone(tally: Tally): string[] {
  return targets
    .map(({ provider, operation }) => `${provider} ${operation.operationId}`)
    .filter((name) => ![...(tally.get(name) ?? new Map<number, number>()).keys()].some((status) => status < 300));
}
