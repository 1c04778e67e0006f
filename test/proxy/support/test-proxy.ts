import type { TestContext } from 'node:test';

import { problem, type Problem } from '../../../contract/index.ts';
import {
  createRefundProxy,
  upayments,
  uqpay,
  type Ledger,
  type RefundProxy,
  type RefundProxyOptions,
} from '../../../proxy/index.ts';
import { temporaryFolder } from './folder.ts';
import { ledgerPlace, type LedgerPlace } from './ledgers.ts';
import { scriptedProvider, type ScriptedProvider } from './provider.ts';

export const START = Date.parse('2026-11-20T09:00:00Z');
export const PAYMENT = 'PI1234567890123456789';
export const ORDER = 'mv1GZnrG2l20221010125525514466916867376022022026038648992c2755f2';

/** Returns the UUIDs 1, 2, 3 and so on, the same in every run. */
export function uuids(prefix = 0): () => string {
  let next = 0;
  return () => uuid((next += 1), prefix);
}

export function uuid(number: number, prefix = 0): string {
  return `${String(prefix).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export { temporaryFolder };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
  readonly bytes: Uint8Array;
  /** @throws if the answer is not a problem of the proxy. */
  readonly problem: Problem;
}

export interface Call {
  readonly key?: string;
  readonly headers?: Record<string, string | undefined>;
  /** A string is sent unchanged. */
  readonly body?: unknown;
}

export interface TestProxy {
  readonly provider: ScriptedProvider;
  readonly ledger: Ledger;
  readonly place: LedgerPlace;
  readonly proxy: RefundProxy;
  readonly clock: { now: number };
  readonly logged: string[];
  readonly get: (path: string, call?: Call) => Promise<Answer>;
  readonly post: (path: string, call: Call) => Promise<Answer>;
  /** Sends `POST` of a refund of `amount`, with a new key unless `call` has one. */
  readonly refund: (amount: string, call?: Call) => Promise<Answer>;
}

export interface TestProxyOptions extends Partial<Omit<RefundProxyOptions, 'provider'>> {
  readonly name?: 'uqpay' | 'upayments';
  /** The secret that signs UQPAY's webhooks. */
  readonly webhookSecret?: string;
}

/** Starts a real proxy with a real ledger and a scripted provider. One payment, of 100, is captured. */
export async function startTestProxy(t: TestContext, options: TestProxyOptions = {}): Promise<TestProxy> {
  const { name = 'uqpay', webhookSecret, ...overrides } = options;
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  const place = await ledgerPlace(t);
  const ledger = place.open();
  const clock = { now: START };
  const logged: string[] = [];
  const log = (fields: object, message: string) => logged.push(JSON.stringify({ ...fields, message }));
  const isUqpay = name === 'uqpay';
  const paymentId = isUqpay ? PAYMENT : ORDER;
  const order = isUqpay
    ? { payment_id: PAYMENT, currency: 'USD', captured: '100.00', payment_attempt_id: 'PA1234567890123456789' }
    : { payment_id: ORDER, currency: 'KWD', captured: '100.000', payment_method: 'knet' };
  const proxy = createRefundProxy({
    provider: isUqpay
      ? uqpay({ baseUrl: provider.url, clientId: 'client-of-ours', apiKey: 'key-of-ours', webhookSecret })
      : upayments({ baseUrl: provider.url, token: 'token-of-ours', notifyUrl: 'https://shop.example/hook' }),
    basePath: '/refunds',
    ledger,
    orders: async (id) => (id === paymentId ? order : undefined),
    authorize: async () => ({ user: 'admin-1' }),
    now: () => clock.now,
    newId: uuids(9),
    timeoutMs: 2_000,
    logger: { info: log, warn: log, error: log },
    ...overrides,
  });
  if (isUqpay) scriptUqpay(provider);
  const keys = uuids(1);
  const send = async (method: string, below: string, { key, headers = {}, body }: Call): Promise<Answer> => {
    const all = new Headers();
    const defaults: Record<string, string | undefined> =
      method === 'GET'
        ? {}
        : { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key ?? keys() };
    for (const [header, value] of Object.entries({ ...defaults, ...headers })) {
      if (value !== undefined) all.set(header, value);
    }
    const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await proxy.fetch(
      new Request(`https://shop.example/refunds${below}`, {
        method,
        headers: all,
        ...(payload !== undefined && { body: payload }),
      }),
    );
    return readAnswer(response);
  };
  return {
    provider,
    ledger,
    place,
    proxy,
    clock,
    logged,
    get: (below, call = {}) => send('GET', below, call),
    post: (below, call) => send('POST', below, call),
    refund: (amount, call = {}) =>
      isUqpay
        ? send('POST', REFUND, { body: uqpayBody(amount), ...call })
        : send('POST', '/create-refund', { body: { orderId: ORDER, totalPrice: Number(amount) }, ...call }),
  };
}

export const REFUND = '/v2/payment/refunds';
export const UQPAY_POST = `POST ${REFUND}`;

export function uqpayBody(amount: string) {
  return { payment_intent_id: PAYMENT, amount, reason: 'Return good' };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const json: unknown = isJson ? JSON.parse(text) : undefined;
  return {
    status: response.status,
    headers: response.headers,
    text,
    bytes,
    json,
    get problem() {
      return problem.parse(json);
    },
  };
}

/** UQPAY's answer to a list request, with all refunds of a payment on one page. */
export function listOf(data: readonly object[]) {
  return { status: 200, json: { total_pages: 1, total_items: data.length, data } };
}

/** Makes the provider answer like UQPAY: it gives tokens, and makes one refund for each provider key, from RF`firstId` on. */
export function scriptUqpay(provider: ScriptedProvider, firstId = 1): Map<string, object> {
  const refunds = new Map<string, object>();
  let tokens = 0;
  provider.on('POST /v1/connect/token', () => {
    tokens += 1;
    return { status: 200, json: { auth_token: `token-${tokens}`, expired_at: START / 1000 + 1_800 } };
  });
  provider.on(UQPAY_POST, ({ headers, body }) => ({ status: 200, json: makeRefund(refunds, headers, body, firstId) }));
  provider.on(`GET ${REFUND}`, () => ({
    status: 200,
    json: { total_pages: refunds.size === 0 ? 0 : 1, total_items: refunds.size, data: [...refunds.values()] },
  }));
  return refunds;
}

/** The route by which UQPAY tells of the payment. */
export const INTENT = `GET /v2/payment_intents/${PAYMENT}`;

/** What it answers of a payment in this currency. */
export function intentIn(currency: string) {
  const latest_payment_attempt = { attempt_id: 'PA1', captured_amount: '100.00', refunded_amount: '0.00' };
  return { status: 200, json: { currency, intent_status: 'SUCCEEDED', latest_payment_attempt } };
}

export function makeRefund(
  refunds: Map<string, object>,
  headers: NodeJS.Dict<string | string[]>,
  body: string,
  firstId = 1,
): object {
  const key = String(headers['x-idempotency-key']);
  const existing = refunds.get(key);
  if (existing) return existing;
  const fields = JSON.parse(body) as { amount: string; reason: string; metadata?: Record<string, string> };
  const refund = {
    payment_refund_id: `RF${firstId + refunds.size}`,
    payment_attempt_id: 'PA1234567890123456789',
    amount: fields.amount,
    currency: 'USD',
    refund_status: 'INITIATED',
    create_time: '2026-11-20T17:00:00+08:00',
    update_time: '2026-11-20T17:00:00+08:00',
    reason: fields.reason,
    metadata: fields.metadata,
  };
  refunds.set(key, refund);
  return refund;
}

/** A `fetch` that sends requests to `address()` instead, if that is defined. */
export function fetchAt(address: () => string | undefined): typeof fetch {
  return (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    const other = address();
    return fetch(other === undefined ? url : url.replace(/^http:\/\/[^/]+/, other), init);
  };
}
