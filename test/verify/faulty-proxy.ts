import { createHmac } from 'node:crypto';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Fault } from './planted.ts';
import { SESSION } from './session.ts';

export interface FaultyOptions {
  readonly provider: 'uqpay' | 'upayments';
  /** What it calls in the provider's place. */
  readonly upstream: string;
  readonly timeoutMs: number;
  readonly fault?: Fault | undefined;
}

export interface FaultyProxy {
  readonly endpoint: string;
  close(): Promise<void>;
}

type Json = Record<string, unknown>;
type Headers = Record<string, string>;

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

interface Kept {
  readonly print: string;
  readonly paid: string;
  readonly providerKey: string;
  reply?: Reply;
  state: 'running' | 'done' | 'unknown';
}

/** How one provider is spoken to: as little as a merchant would write in an afternoon. */
const PROVIDERS = {
  uqpay: {
    prefix: '/uqpay/api',
    routes: [/^POST \/v2\/payment\/refunds$/, /^GET \/v2\/payment\/refunds\/([^/]+)$/],
    payment: (body: Json) => String(body['payment_intent_id']),
    amount: (body: Json) => body['amount'],
    decimals: 2,
  },
  upayments: {
    prefix: '/upayments/api/v1',
    routes: [
      /^POST \/(?:create-refund|create-multivendor-refund|delete-refund)$/,
      /^GET \/(?:check-refund|check-refund-status)\/([^/]+)$/,
    ],
    payment: (body: Json) => String(body['orderId']),
    amount: (body: Json) => body['totalPrice'],
    decimals: 3,
  },
} as const;

/** What a proxy remembers that keeps its keys in a cache. */
const MAX_KEYS = 32;
/** Of the event loop, until a database has answered. */
const TURNS = 10;
const BODY_LIMIT = 65_536;

/** Thrown where a request ends with a refusal of the proxy's own. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly effect: string;
  constructor(status: number, code: string, effect = 'nothing') {
    super(code);
    this.status = status;
    this.code = code;
    this.effect = effect;
  }
}

/** A proxy of few lines that shares none with ours: right as it stands, wrong in one way where a fault is planted. */
export async function startFaultyProxy({ provider, upstream, timeoutMs, fault }: FaultyOptions): Promise<FaultyProxy> {
  const { prefix, routes, payment, amount, decimals } = PROVIDERS[provider];
  const has = (name: Fault) => fault === name;
  const isUqpay = provider === 'uqpay';
  const kept = new Map<string, Kept>();
  const held = new Map<string, number>();
  const open = new Set<string>();
  /** Refunds that were made, by their id at the provider. */
  const refunds = new Map<string, { readonly paid: string; readonly asks: number }>();
  const raws = new WeakMap<object, string>();
  const byAmount = new Map<string, Reply>();
  let token: Promise<string> | undefined;
  let made = 0;

  function call(method: string, path: string, headers: Headers, body?: string): Promise<Reply> {
    const { hostname, port } = new URL(upstream);
    return new Promise((resolve, reject) => {
      const outgoing = send(
        {
          hostname,
          port,
          method,
          path: `${prefix}${path}`,
          headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
          agent: false,
          ...(!has('waits-for-ever') && { signal: AbortSignal.timeout(timeoutMs) }),
        },
        (incoming) => {
          const { statusCode: status = 0 } = incoming;
          const answered: Headers = { 'content-type': String(incoming.headers['content-type']) };
          const wait = incoming.headers['retry-after'];
          if (wait !== undefined) answered['retry-after'] = wait;
          readText(incoming, Infinity).then((text) => resolve({ status, text, headers: answered }), reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  async function fetchToken(): Promise<string> {
    const headers = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
    return (JSON.parse((await call('POST', '/v1/connect/token', headers)).text) as { auth_token: string }).auth_token;
  }

  async function credentials(): Promise<Headers> {
    if (has('credentials-forgotten')) return {};
    if (!isUqpay) return { authorization: 'Bearer jtest123' };
    if (has('token-each-time')) token = undefined;
    token ??= fetchToken();
    return { 'x-auth-token': `Bearer ${await token}`, 'x-client-id': 'sandbox-client' };
  }

  async function forward(method: string, path: string, extra: Headers, body?: string): Promise<Reply> {
    const headers = async () => ({ ...extra, ...(await credentials()), 'content-type': 'application/json' });
    const first = await call(method, path, await headers(), body);
    if (first.status !== 401 || !isUqpay || has('token-never-renewed')) return first;
    token = undefined;
    return call(method, path, await headers(), body);
  }

  async function order(id: string): Promise<number> {
    if (has('sum-not-locked-nor-looked-up')) return 250_000;
    const response = await fetch(`${upstream}/orders/${encodeURIComponent(id)}`);
    if (!response.ok) throw new Refusal(404, 'payment_not_found');
    return thousandths(((await response.json()) as { captured: string }).captured);
  }

  async function answer(incoming: IncomingMessage): Promise<Reply> {
    const { method = '', headers: asked } = incoming;
    const path = (incoming.url ?? '').split('?')[0]!.replace(/^\/refunds/, '');
    const text = await readText(incoming, has('any-size') ? Infinity : BODY_LIMIT);
    if (asked.origin !== undefined && !has('any-origin') && method !== 'OPTIONS')
      throw new Refusal(403, 'origin_not_allowed');
    const session = asked['x-session'];
    const isIn = has('sign-in-unread') ? session !== undefined : session === SESSION['X-Session'];
    if (!isIn && !has('sign-in-missing') && method !== 'OPTIONS' && path !== '/webhooks')
      throw new Refusal(401, 'unauthenticated');
    if (method === 'OPTIONS') throw new Refusal(405, 'method_not_allowed');
    if (method === 'GET' && path === '/' && !has('description-missing') && !has('ledger-missing'))
      return json({ name: 'refund-form-proxy', provider, deduplicates: true });
    if (method === 'POST' && path === '/webhooks') return webhook(asked, text);
    const summary = /^\/payments\/([^/]+)$/.exec(path)?.[1];
    if (summary !== undefined) return json(await summarise(decodeURIComponent(summary)));

    const matched = routes.map((route) => route.exec(`${method} ${path}`)).find(Boolean);
    if (!matched && !has('any-path')) throw new Refusal(404, 'path_not_allowed');
    if (has('reads-missing') && method === 'GET') throw new Refusal(404, 'path_not_allowed');
    if (has('cancel-missing') && path.startsWith('/delete')) throw new Refusal(404, 'path_not_allowed');
    const id = decodeURIComponent(matched?.[1] ?? '');
    if (/[/\\]|^\.+$/.test(id) && !has('ids-decoded')) throw new Refusal(404, 'path_not_allowed');
    const extra = has('browser-headers-passed') ? strings(asked) : {};
    if (method !== 'POST') return forward(method, has('ids-decoded') ? decodeURIComponent(path) : path, extra);
    if (!matched) return forward(method, path, extra, text);

    if (asked['x-refund-form'] !== '1' && !has('form-header-ignored'))
      throw new Refusal(400, 'refund_form_header_required');
    const isJson = /^application\/json\s*(?:;|$)/.test(asked['content-type'] ?? '');
    if (!isJson && !has('any-content-type')) throw new Refusal(415, 'unsupported_media_type');
    made += 1;
    const key = asked['idempotency-key'] ?? (has('key-made-up') ? newKey(made) : undefined);
    if (key === undefined) throw new Refusal(400, 'idempotency_key_required');
    return write(path, String(key), readBody(text), extra, asked['x-expected-refundable']);
  }

  function readBody(text: string): Json {
    if (has('bad-json-crashes')) return JSON.parse(text) as Json;
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (error) {
      throw error instanceof SyntaxError ? new Refusal(400, 'malformed_json') : error;
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal(400, 'invalid_request');
    raws.set(body, text);
    return body as Json;
  }

  /** UQPAY's events are believed once their signature holds; a callback of UPayments never is. */
  function webhook(asked: IncomingMessage['headers'], text: string): Reply {
    const timestamp = String(asked['x-wk-timestamp'] ?? '');
    const expected = createHmac('sha512', 'sandbox-webhook-secret').update(text).update(timestamp).digest('hex');
    const isFresh = Math.abs(Date.now() - Number(timestamp)) <= 300_000 || has('webhooks-without-age');
    const isGenuine = isUqpay && isFresh && asked['x-wk-signature'] === expected;
    if (!isGenuine && !has('webhooks-unverified') && !has('callback-believed'))
      throw new Refusal(401, 'webhook_refused');
    const body = JSON.parse(text) as { data?: Json; refundOrderId?: string; status?: string };
    const failed = isUqpay ? body.data?.['refund_status'] === 'FAILED' : body.status === 'failed';
    if (failed) free(String(isUqpay ? body.data?.['payment_refund_id'] : body.refundOrderId));
    return json({});
  }

  function free(refund: string): void {
    const { paid, asks } = refunds.get(refund) ?? { paid: '', asks: 0 };
    if (!has('webhook-frees-twice')) refunds.delete(refund);
    held.set(paid, (held.get(paid) ?? 0) - asks);
  }

  async function write(
    path: string,
    key: string,
    body: Json,
    extra: Headers,
    expected?: string | string[],
  ): Promise<Reply> {
    const paid = payment(body);
    const print = `${path} ${JSON.stringify(body)}`;
    const asks = path.startsWith('/delete') ? 0 : amountOf(path, body);
    if (has('key-kept-by-payment')) key = `${paid} ${key}`;
    const known = has('no-idempotency') ? undefined : kept.get(key);
    const isOther = has('key-overwritten') && known?.paid !== paid;
    if (known && !isOther) return again(known, { path, print, body, extra, paid });
    const sameAmount = byAmount.get(`${paid} ${asks}`);
    if (has('deduped-by-amount') && sameAmount) return sameAmount;
    if (has('keys-forgotten') && kept.size >= MAX_KEYS) kept.delete([...kept.keys()][0] ?? '');
    const record: Kept = { print, paid, providerKey: key, state: 'running' };
    if (!has('looked-up-before-written')) kept.set(key, record);
    try {
      // A cancel names the refund, not the order; it asks for nothing.
      const early = held.get(paid) ?? 0;
      const captured = asks !== 0 ? await order(paid) : 0;
      const before = has('ledger-missing') ? 0 : has('sum-read-too-early') ? early : (held.get(paid) ?? 0);
      const turns = has('sum-not-locked') ? 1 : has('sum-not-locked-nor-looked-up') ? TURNS : 0;
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      const left = captured - before;
      if (expected !== undefined && thousandths(String(expected)) !== left && !has('expected-ignored'))
        throw new Refusal(412, 'refundable_changed');
      if (asks > left && has('amounts-clamped') && left > 0) body['amount'] = (left / 1000).toFixed(decimals);
      else if (!(asks >= 0) && !has('negative-counted')) throw new Refusal(400, 'invalid_request');
      else if (asks > left && !has('no-reservation')) throw new Refusal(422, 'amount_above_refundable');
      if (!isUqpay && open.has(paid) && !has('several-in-flight') && !has('looked-up-before-written'))
        throw new Refusal(409, 'payment_busy');
      held.set(paid, before + asks);
    } catch (error) {
      kept.delete(key);
      throw error;
    }
    if (has('looked-up-before-written')) kept.set(key, record);
    if (!isUqpay) open.add(paid);
    return carryOut(record, { path, key, body, extra, paid, asks });
  }

  function again(known: Kept, now: { path: string; print: string; body: Json; extra: Headers; paid: string }) {
    if (known.print !== now.print && !has('fingerprint-ignored')) throw new Refusal(422, 'idempotency_key_reused');
    if (known.state === 'running') throw new Refusal(409, 'idempotency_key_running', 'running');
    if (known.reply) return known.reply;
    if (has('equal-refund-mistaken')) {
      const found = byAmount.get(`${now.paid} ${amountOf(now.path, now.body)}`);
      if (found) return found;
    }
    if (!isUqpay && !has('sent-again-after-loss')) throw new Refusal(504, 'outcome_unknown', 'unknown');
    return carryOut(known, { ...now, key: known.providerKey, asks: 0 });
  }

  async function carryOut(
    record: Kept,
    {
      path,
      key,
      body,
      extra,
      paid,
      asks,
    }: { path: string; key: string; body: Json; extra: Headers; paid: string; asks: number },
  ): Promise<Reply> {
    const cancelled = path.startsWith('/delete') ? String(body['refundOrderId']) : undefined;
    if (cancelled !== undefined && has('cancel-frees-early')) free(cancelled);
    const release = () => void held.set(paid, (held.get(paid) ?? 0) - asks);
    const sent = has('raw-body-passed') ? (raws.get(body) ?? '') : JSON.stringify(outgoing(body));
    const keyed = (with_: string) => ({ ...extra, ...(isUqpay && { 'x-idempotency-key': with_ }) });
    let reply: Reply;
    try {
      reply = await forward('POST', path, keyed(record.providerKey), sent).catch((error: unknown) => {
        const retries = has('new-key-on-retry') || has('retried-blindly');
        if (!retries) throw error;
        made += 1;
        return forward('POST', path, keyed(has('new-key-on-retry') ? newKey(made) : record.providerKey), sent);
      });
      if (reply.status >= 500 || !isReadable(reply)) throw new Error(`answer ${reply.status}`);
    } catch (error) {
      record.state = 'unknown';
      if (has('lost-frees')) release();
      return lost(error);
    }
    open.delete(paid);
    if (reply.status === 429 && !has('rate-limit-kept')) {
      kept.delete(key);
      release();
      return reply;
    }
    if (reply.status >= 400 && has('refusals-forgotten')) kept.delete(key);
    const { status: isDone, data } = (JSON.parse(reply.text) ?? {}) as { status?: unknown; data?: Json | null };
    const isFalse = isDone === false && !has('status-false-recorded');
    if (reply.status >= 400 || isFalse || reply.text.includes('isMultivendorRefund')) release();
    else if (cancelled !== undefined) free(cancelled);
    else if (path.includes('multivendor')) held.set(paid, (held.get(paid) ?? 0) - asks + counted(data, asks));
    else
      refunds.set(String(isUqpay ? (JSON.parse(reply.text) as Json)['payment_refund_id'] : data?.['refundOrderId']), {
        paid,
        asks,
      });
    if (cancelled !== undefined && has('cancel-frees-on-2xx') && reply.status < 300) free(cancelled);
    record.state = 'done';
    record.reply = passOn(reply);
    byAmount.set(`${paid} ${asks}`, record.reply);
    return record.reply;
  }

  /** What of a vendors' refund was made. */
  function counted(data: Json | null | undefined, asks: number): number {
    if (has('vendors-counted-whole')) return asks;
    const { generated = [] } = (data?.['responseData'] ?? {}) as { generated?: { amount: unknown }[] };
    return has('vendors-not-counted') ? 0 : generated.reduce((sum, row) => sum + thousandths(row.amount), 0);
  }

  function lost(error: unknown): Reply {
    const isTimeout = error instanceof Error && error.name === 'AbortError';
    if (has('unknown-is-failed') || (has('timeout-is-failed') && isTimeout)) {
      return { ...json({ error: 'the refund failed' }), status: 400 };
    }
    if (has('secrets-in-errors')) {
      const config = { url: upstream, headers: { authorization: 'Bearer jtest123' } };
      return { ...json({ message: String(error), config }), status: 502 };
    }
    throw new Refusal(504, 'outcome_unknown', 'unknown');
  }

  function outgoing(body: Json): Json {
    const { notifyUrl, ...others } = body;
    const rest = has('members-passed') ? others : ofTheForm(others);
    const price = rest['totalPrice'];
    if (has('notify-url-passed') && notifyUrl !== undefined) return { ...rest, notifyUrl };
    if (has('amounts-rounded') && typeof price === 'number')
      return { ...rest, totalPrice: Math.round(price * 100) / 100 };
    return rest;
  }

  function passOn(reply: Reply): Reply {
    if (has('status-changed') && reply.status === 200) return { ...reply, status: 201 };
    if (has('json-rewritten')) return { ...reply, text: JSON.stringify(JSON.parse(reply.text)) };
    if (has('refusals-flattened') && reply.status >= 400) return { ...reply, status: 500 };
    if (has('statuses-renamed')) return { ...reply, text: reply.text.replace(/"HELD_FOR_REVIEW"/, '"FAILED"') };
    if (has('vendors-merged'))
      return { ...reply, text: reply.text.replace(/"insufficientBalance":\[.+?\]/, '"insufficientBalance":[]') };
    return reply;
  }

  async function summarise(id: string): Promise<Json> {
    const captured = await order(id);
    const pending = has('pending-forgotten') || has('ledger-missing') ? 0 : (held.get(id) ?? 0);
    const shown = (value: number) => (value / 1000).toFixed(decimals);
    const odd = has('summary-with-words') ? `${shown(pending)} USD` : undefined;
    return {
      payment_id: id,
      currency: isUqpay ? 'USD' : 'KWD',
      captured: has('summary-number') ? captured / 1000 : shown(captured),
      refunded: shown(0),
      pending: odd ?? shown(pending),
      refundable: shown(captured - pending),
    };
  }

  function amountOf(path: string, body: Json): number {
    if (!path.includes('multivendor')) return thousandths(amount(body));
    const rows = (body['refundPayload'] ?? []) as { amountToRefund: number }[];
    return rows.reduce((sum, row) => sum + thousandths(row.amountToRefund), 0);
  }

  function respond(outgoing: ServerResponse, reply: Reply, origin: string | undefined): void {
    const open = has('origin-reflected') && origin !== undefined ? { 'access-control-allow-origin': origin } : {};
    const told = has('secrets-in-headers') ? { 'x-upstream-key': 'sandbox-key' } : {};
    outgoing.writeHead(reply.status, { ...reply.headers, ...open, ...told });
    outgoing.end(reply.text);
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming)
      .catch((error: unknown) => refuse(error, has('plain-errors')))
      .then((reply) => respond(outgoing, reply, incoming.headers.origin))
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/refunds`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse(error: unknown, plain: boolean): Reply {
  const { status, code, effect } = error instanceof Refusal ? error : new Refusal(500, 'internal_error', 'unknown');
  if (plain) return { status, text: code, headers: { 'content-type': 'text/plain' } };
  const text = JSON.stringify({ title: code, status, code, effect });
  return { status, text, headers: { 'content-type': 'application/problem+json' } };
}

const json = (value: Json): Reply => ({
  status: 200,
  text: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

/** Enough for a proxy in a test: no currency here has more than three decimals. */
const thousandths = (value: unknown): number => Math.round(Number(value) * 1000);

const newKey = (count: number): string => `99999999-0000-4000-8000-${String(count).padStart(12, '0')}`;

/** What a form sends, by its own spelling. */
function ofTheForm(body: Json): Json {
  return Object.fromEntries(Object.entries(body).filter(([name]) => /^[a-z]/.test(name) && !/behalf/i.test(name)));
}

function isReadable({ status, text }: Reply): boolean {
  if (status >= 400) return true;
  try {
    return typeof JSON.parse(text) === 'object';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function strings(headers: IncomingMessage['headers']): Headers {
  const passed = Object.entries(headers).filter(
    ([name]) =>
      !['host', 'connection', 'content-length', 'transfer-encoding', 'x-auth-token', 'x-client-id'].includes(name),
  );
  return Object.fromEntries(passed.map(([name, value]) => [name, String(value)]));
}

async function readText(incoming: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).byteLength;
    if (size <= limit) chunks.push(chunk as Buffer);
  }
  if (size > limit) throw new Refusal(413, 'body_too_large');
  return Buffer.concat(chunks).toString('utf8');
}
