import { createHmac } from 'node:crypto';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Fault, Habit } from './planted.ts';
import { OTHER_SESSION, SESSION } from './session.ts';

interface Order {
  readonly payment_id: string;
  readonly currency: string;
  readonly captured: string;
  readonly refunded_elsewhere?: string;
}

export interface FaultyOptions {
  readonly provider: 'uqpay' | 'upayments';
  /** The address that it calls instead of the provider's. */
  readonly upstream: string;
  readonly timeoutMs: number;
  readonly fault?: Fault | readonly Fault[] | undefined;
  readonly habits?: readonly Habit[];
  /** Its orders, if it is given them before the run. Without them it asks for each over HTTP. */
  readonly orders?: readonly Order[];
}

export interface FaultyProxy {
  readonly endpoint: string;
  /** What a restart does to a proxy that keeps all it knows in its own memory. */
  forget(): void;
  /** What a restart does to a proxy that keeps it on a disk: each connection is cut, and what was being sent is unknown. */
  restart(): void;
  close(): Promise<void>;
}

type Json = Record<string, unknown>;
type Headers = Record<string, string>;

/** After how many other requests a queue sends again what was lost. */
const QUEUED_FOR = 20;

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** Ids of payments whose changes follow the answer. */
  readonly follows?: readonly string[];
}

/** What the proxy stores with an idempotency key. */
interface KeyRecord {
  readonly fingerprint: string;
  readonly paymentId: string;
  readonly providerKey: string;
  readonly requestedAmount: number;
  currency?: string;
  reply?: Reply;
  /** The provider's id of the refund that was made. */
  refundId?: string;
  /** The one under which it is read. UPayments has two. */
  readId?: string;
  isListedAsFailed?: boolean;
  state: 'running' | 'done' | 'unknown';
}

/** What the proxy knows of an order. Amounts are in thousandths. */
interface Known {
  readonly captured: number;
  readonly told: number;
  readonly currency: string;
}

interface MadeRefund {
  readonly paymentId: string;
  readonly requestedAmount: number;
  /** `undefined` of a vendor's. */
  readonly currency?: string | undefined;
  readonly readId: string;
}

/** A write on its way to the provider. */
interface Sending {
  readonly path: string;
  readonly key: string;
  readonly body: Json;
  readonly extra: Headers;
  readonly gone: AbortSignal;
  readonly paymentId: string;
  readonly requestedAmount: number;
}

/** A vendor's refund in the answer to step 2. */
interface GeneratedRow {
  readonly amount: unknown;
  readonly orderId: string;
  readonly refundOrderId: string;
}

/** How to call each provider: as little as a merchant would write in an afternoon. */
const PROVIDERS = {
  uqpay: {
    prefix: '/uqpay/api',
    routes: [/^POST \/v2\/payment\/refunds$/, /^GET \/v2\/payment\/refunds\/([^/]+)$/],
    payment: (body: Json) => String(body['payment_intent_id']),
    amount: (body: Json) => body['amount'],
  },
  upayments: {
    prefix: '/upayments/api/v1',
    routes: [
      /^POST \/(?:create-refund|create-multivendor-refund|delete-refund|delete-multivendor-refund)$/,
      /^GET \/(?:check-refund|check-refund-status)\/([^/]+)$/,
    ],
    payment: (body: Json) => String(body['orderId']),
    amount: (body: Json) => body['totalPrice'],
  },
} as const;

/** Who has signed in: a name that no header can hold as it is. */
const USER = 'Amal Al-Sabah é';

const DECIMALS: Readonly<Record<string, number>> = { KWD: 3, JPY: 0 };

/** How many writes a breaker refuses after a lost answer. */
const BREAKER_REFUSALS = 3;

/** How many keys a proxy remembers that keeps them in a cache. */
const MAX_KEYS = 32;
/** Turns of the event loop that stand for the wait for a database. */
const TURNS = 10;
const BODY_LIMIT = 65_536;
const LIVE = { events: true, max_event_payments: 4 };

/** A refusal of the proxy itself. */
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

/** A small proxy that shares no code with ours. It is correct, except for the one planted fault. */
export async function startFaultyProxy({
  provider,
  upstream,
  timeoutMs,
  fault,
  habits = [],
  orders,
}: FaultyOptions): Promise<FaultyProxy> {
  const { prefix, routes, payment, amount } = PROVIDERS[provider];
  const faults = new Set([fault].flat());
  const has = (name: Fault) => faults.has(name);
  const isUqpay = provider === 'uqpay';
  const records = new Map<string, KeyRecord>();
  const reservedSums = new Map<string, number>();
  /** The same in units, as floats. Nothing is ever taken off. */
  const floatSums = new Map<string, number>();
  const openPayments = new Set<string>();
  /** Refunds made, by their id at the provider. */
  const refunds = new Map<string, MadeRefund>();
  /** Refunds that were freed, by the id under which they are read. */
  const freed = new Map<string, MadeRefund>();
  /** Ids of refunds of which the provider has said that they succeeded. */
  const succeeded = new Set<string>();
  /** Ids of refunds whose amount was freed. */
  const freedIds = new Set<string>();
  /** How many refunds of a payment were made. */
  const madeCounts = new Map<string, number>();
  /** Answers of reads, by the id of the payment or the path. */
  const cache = new Map<string, Reply>();
  /** Ids of refunds whose cancel is being sent. */
  const cancelling = new Set<string>();
  /** The text of each body that was read. */
  const rawTexts = new WeakMap<object, string>();
  const byAmount = new Map<string, Reply>();
  /** Orders that were asked for. */
  const keptOrders = new Map<string, Order>();
  /** Tell each stream what has changed. */
  const streams = new Set<() => Promise<void>>();
  /** What the first event of each payment said. */
  const firstTold = new Map<string, string>();
  /** Ends the calls of the provider that this process has made. */
  let killed = new AbortController();
  /** Eight digits. A new process has others. */
  let processId = 10_000_000;
  let token: Promise<string> | undefined;
  let keyCount = 0;
  let queued: { countdown: number; readonly send: () => Promise<Reply> } | undefined;
  /** Whether somebody came with a wrong session. */
  let isLockedOut = false;
  /** How many writes the breaker still refuses. */
  let refusalsLeft = 0;

  function call(method: string, path: string, headers: Headers, body?: string, gone?: AbortSignal): Promise<Reply> {
    const { hostname, port } = new URL(upstream);
    const limits = [
      killed.signal,
      ...(has('waits-for-ever') ? [] : [AbortSignal.timeout(timeoutMs)]),
      ...(gone && (has('given-up-with-browser') || has('freed-with-browser')) ? [gone] : []),
    ];
    return new Promise((resolve, reject) => {
      const outgoing = send(
        {
          hostname,
          port,
          method,
          path: `${prefix}${path}`,
          headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
          agent: false,
          signal: AbortSignal.any(limits),
        },
        (incoming) => {
          const { statusCode: status = 0 } = incoming;
          const replyHeaders: Headers = { 'content-type': String(incoming.headers['content-type']) };
          const wait = incoming.headers['retry-after'];
          if (wait !== undefined) replyHeaders['retry-after'] = wait;
          readText(incoming, Infinity).then(
            (text) => resolve({ status, text, headers: replyHeaders }),
            (error: unknown) => reject(has('half-body-frees') ? new Refusal(502, 'provider_unreachable') : error),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  async function fetchToken(): Promise<string> {
    const headers = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
    const { auth_token: text } = JSON.parse((await call('POST', '/v1/connect/token', headers)).text) as Json;
    if (typeof text !== 'string') throw new Error('the provider gave no token');
    return text;
  }

  async function credentials(): Promise<Headers> {
    if (has('credentials-forgotten')) return {};
    if (!isUqpay) return { authorization: 'Bearer jtest123' };
    if (has('token-each-time')) token = undefined;
    token ??= fetchToken().catch((error: unknown) => {
      token = undefined;
      throw has('token-missing-unknown') ? error : new Refusal(502, 'provider_unreachable');
    });
    return { 'x-auth-token': `Bearer ${await token}`, 'x-client-id': 'sandbox-client' };
  }

  async function forward(
    method: string,
    path: string,
    extra: Headers,
    body?: string,
    gone?: AbortSignal,
  ): Promise<Reply> {
    const headers = async () => ({ ...extra, ...(await credentials()), 'content-type': 'application/json' });
    const first = await call(method, path, await headers(), body, gone);
    if (first.status !== 401 || !isUqpay || has('token-never-renewed')) return first;
    token = undefined;
    keyCount += 1;
    const other = has('new-key-with-token') && extra['x-idempotency-key'] && { 'x-idempotency-key': newKey(keyCount) };
    return call(method, path, { ...(await headers()), ...other }, body);
  }

  async function order(id: string): Promise<Known> {
    const kept = has('order-kept') ? keptOrders.get(id) : undefined;
    const { currency, captured, refunded_elsewhere: elsewhere = '0' } = kept ?? (await findOrder(id));
    if (habits.includes('no-other-currencies') && currency !== 'USD') throw new Refusal(422, 'payment_not_refundable');
    return { captured: thousandths(captured), told: has('elsewhere-forgotten') ? 0 : thousandths(elsewhere), currency };
  }

  async function findOrder(id: string): Promise<Order> {
    const given = orders?.find(({ payment_id: known }) => known === id);
    if (given) return given;
    const response = orders ? undefined : await fetch(`${upstream}/orders/${encodeURIComponent(id)}`);
    if (!response?.ok) throw new Refusal(404, 'payment_not_found');
    const found = (await response.json()) as Order;
    keptOrders.set(id, found);
    return found;
  }

  /** @param gone aborted when the browser has gone */
  async function answer(incoming: IncomingMessage, gone: AbortSignal): Promise<Reply> {
    const { method = '', headers } = incoming;
    const path = (incoming.url ?? '').split('?')[0]!.replace(/^\/refunds/, '');
    const isAnySize = has('any-size') || has('any-size-read-first');
    const isChunked = headers['transfer-encoding'] !== undefined;
    if (isChunked && has('chunks-crash')) throw new Error('there is no Content-Length');
    const isUncounted = isAnySize || (isChunked && has('any-size-in-chunks'));
    const text = await readText(incoming, isUncounted ? Infinity : BODY_LIMIT);
    const { origin } = headers;
    const isAnyOrigin = has('any-origin') || (has('origin-by-prefix') && origin?.startsWith('http://127.0.0.1'));
    if (origin !== undefined && !isAnyOrigin && method !== 'OPTIONS') throw new Refusal(403, 'origin_not_allowed');
    const session = sessionIn(headers);
    if (session !== undefined && session !== SESSION['X-Session']) isLockedOut = habits.includes('lockout');
    if (isLockedOut) throw new Refusal(403, 'forbidden');
    const followed = followedIn(incoming.url ?? '');
    const isFollowing = method === 'GET' && followed !== undefined && !habits.includes('no-live');
    if (method === 'GET' && path === '/intents' && has('intents-open')) return json({ intents: [{ id: 'i1' }] });
    if (isFollowing && has('live-open')) return follow(followed);
    if (session === OTHER_SESSION['X-Session'] && !has('permission-ignored')) {
      if (isFollowing && has('live-to-anybody')) return follow(followed);
      throw new Refusal(403, 'forbidden');
    }
    const isAnybody = has('permission-ignored') && session === OTHER_SESSION['X-Session'];
    const isSignedIn = has('sign-in-unread') || isAnybody ? session !== undefined : session === SESSION['X-Session'];
    const isByForm =
      (has('session-by-cookie-name') && headers.cookie?.includes('session=')) ||
      (has('session-by-scheme') && headers.authorization?.startsWith('Bearer ')) ||
      (has('session-by-length') && String(session).length === SESSION['X-Session'].length);
    const isOtherWrite = method === 'POST' && !path.startsWith('/create-refund');
    const isOpenToAll = has('sign-in-missing') || (has('sign-in-on-one-path') && isOtherWrite);
    if (!isSignedIn && !isByForm && !isOpenToAll && method !== 'OPTIONS' && path !== '/webhooks')
      throw new Refusal(401, 'unauthenticated');
    if (method === 'OPTIONS') throw new Refusal(405, 'method_not_allowed');
    if (method === 'GET' && path === '/' && !has('description-missing') && !has('ledger-missing'))
      return json({
        name: 'refund-form-proxy',
        provider,
        deduplicates: true,
        ...(!habits.includes('no-live') && LIVE),
      });
    if (isFollowing) return follow(followed);
    if (method === 'GET' && path === '/intents') return json({ intents: [] });
    if (method === 'POST' && path === '/webhooks' && !habits.includes('no-webhooks')) return webhook(headers, text);
    const summary = /^\/payments\/([^/]+)$/.exec(path)?.[1];
    if (summary !== undefined && !habits.includes('no-payments')) return readPayment(decodeURIComponent(summary));

    if (has('list-open') && method === 'GET' && path === '/v2/payment/refunds')
      return forward(method, String(incoming.url).replace('/refunds', ''), {});
    const matched = routes.map((route) => route.exec(`${method} ${path}`)).find(Boolean);
    if (!matched && !has('any-path')) throw new Refusal(404, 'path_not_allowed');
    if (has('reads-missing') && method === 'GET') throw new Refusal(404, 'path_not_allowed');
    const isUnserved = path.includes('multivendor') || path.startsWith('/delete');
    if (habits.includes('no-vendors') && isUnserved) throw new Refusal(404, 'path_not_allowed');
    if (has('cancel-missing') && path.startsWith('/delete')) throw new Refusal(404, 'path_not_allowed');
    const id = decodeURIComponent(matched?.[1] ?? '');
    if (/[/\\]|^\.+$/.test(id) && !has('ids-decoded')) throw new Refusal(404, 'path_not_allowed');
    const extra = has('browser-headers-passed') ? passableHeaders(headers) : {};
    if (method !== 'POST') {
      const cached = cache.get(path);
      if (has('reads-cached') && cached) return cached;
      const reply = await forward(method, has('ids-decoded') ? decodeURIComponent(path) : path, extra);
      cache.set(path, reply);
      const isFreed = has('read-believed') && reply.text.includes('"FAILED"');
      if (!isUqpay && !has('cancelled-for-good') && reply.text.includes('"is_refunded":true')) countAgain(id);
      if (!isUqpay && reply.text.includes('"is_refunded":true')) succeed(id);
      if (isFreed || (has('reversal-frees') && reply.text.includes('"REVERSAL_SUCCEEDED"'))) free(id);
      return reply;
    }
    if (!matched) return forward(method, path, extra, text);

    const isUnguarded = has('form-header-ignored') || (has('form-header-on-one-path') && isOtherWrite);
    if (headers['x-refund-form'] !== '1' && !isUnguarded) throw new Refusal(400, 'refund_form_header_required');
    const isJson = /^application\/json\s*(?:;|$)/.test(headers['content-type'] ?? '');
    if (!isJson && !has('any-content-type')) throw new Refusal(415, 'unsupported_media_type');
    keyCount += 1;
    const key = headers['idempotency-key'] ?? (has('key-made-up') ? newKey(keyCount) : undefined);
    if (key === undefined) throw new Refusal(400, 'idempotency_key_required');
    const folded = has('key-case-kept') || has('key-case-sent') ? String(key) : String(key).toLowerCase();
    const user = headers['x-expected-user'];
    const isOtherUser = user !== undefined && user !== encodeURIComponent(USER);
    if (isOtherUser && !has('expected-user-ignored')) throw new Refusal(412, 'user_changed');
    return write(path, folded, readBody(text), extra, gone, headers['x-expected-refundable']);
  }

  /** @throws Refusal when none of them may be read */
  async function follow(ids: readonly string[]): Promise<Reply> {
    const refusals = await Promise.all(
      ids.map((id) =>
        readPayment(id).then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );
    if (!refusals.includes(undefined) && !has('live-of-any-id')) throw refusals[0];
    return { status: 200, text: '', headers: { 'content-type': 'text/event-stream' }, follows: ids };
  }

  /** The event about a payment, as it is now. */
  async function eventOf(id: string): Promise<string> {
    let summary: Json;
    try {
      const { permission, ...rest } = await summarise(id);
      summary = has('live-with-permission') ? { ...rest, permission } : rest;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status, code, effect } = error;
      const amounts = { captured: '1.00', refunded: '0.00', pending: '0.00', refundable: '1.00' };
      if (has('live-of-any-id')) return eventText('payment', { payment_id: id, currency: 'USD', ...amounts });
      return eventText('problem', { payment_id: id, title: code, status, code, effect });
    }
    const text = eventText('payment', summary);
    const first = firstTold.get(id) ?? text;
    firstTold.set(id, first);
    if (has('live-cached')) return first;
    const isChange = text !== first;
    if (has('live-as-succeeded')) return text.replaceAll('"standing":"pending"', '"standing":"succeeded"');
    if (has('live-as-failed')) return text.replaceAll('"standing":"unknown"', '"standing":"failed"');
    if (has('live-change-untrue') && isChange) return text.replace(/"pending":"[\d.]+"/, '"pending":"0.00"');
    if (has('live-in-euro')) return text.replace(/"currency":"[A-Z]+"/, '"currency":"EUR"');
    return text;
  }

  function tellEach(ids: readonly string[], outgoing: ServerResponse): void {
    const told = new Map<string, string>();
    const tell = async () => {
      for (const id of ids) {
        const text = await eventOf(id);
        if (text === told.get(id) || (has('live-silent') && told.has(id))) continue;
        told.set(id, text);
        outgoing.write(text);
      }
    };
    streams.add(tell);
    outgoing.on('close', () => streams.delete(tell));
    tell().catch(() => outgoing.destroy());
  }

  async function readPayment(id: string): Promise<Reply> {
    const cached = cache.get(id);
    if (has('payment-cached') && cached) return cached;
    if (has('unlisted-frees')) await refuseListed(id);
    const reply = json(await summarise(id));
    cache.set(id, reply);
    return reply;
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
    rawTexts.set(body, text);
    const isKnown = Object.keys(body).length === Object.keys(pickFormMembers(body as Json)).length;
    if (has('any-size-read-first') && !isKnown) throw new Refusal(400, 'invalid_request');
    return body as Json;
  }

  /** Accepts an event of UQPAY with a valid signature. Never accepts a callback of UPayments. */
  function webhook(headers: IncomingMessage['headers'], text: string): Reply {
    const timestamp = String(headers['x-wk-timestamp'] ?? '');
    const signed = has('webhooks-signed-otherwise') ? text : text + timestamp;
    const expected = createHmac('sha512', 'sandbox-webhook-secret').update(signed).digest('hex');
    const isFresh = Math.abs(Date.now() - Number(timestamp)) <= 300_000 || has('webhooks-without-age');
    const isGenuine = isUqpay && isFresh && headers['x-wk-signature'] === expected;
    if (!isGenuine && !has('webhooks-unverified') && !has('callback-believed'))
      throw new Refusal(401, 'webhook_refused');
    const body = JSON.parse(text) as { data?: Json; refundOrderId?: string; status?: string };
    if (has('events-ignored')) return json({});
    const word = isUqpay ? body.data?.['refund_status'] : body.status?.toUpperCase();
    const id = String(isUqpay ? body.data?.['payment_refund_id'] : body.refundOrderId);
    if (isUqpay && !fitsRefund(id, body.data ?? {})) return json({});
    if (word === 'FAILED') free(id);
    if (word === 'SUCCEEDED') succeed(id);
    if (word === 'INITIATED' && has('late-event-believed')) succeeded.delete(id);
    const lost = [...records.values()].find(({ state, paymentId: payment }) => {
      return state === 'unknown' && payment === body.data?.['payment_intent_id'];
    });
    if (lost && word === 'FAILED' && has('event-matched-by-amount')) comeToNothing(lost);
    return json({});
  }

  /** Whether an event says the payment, the amount and the currency of a refund, or is about one that is not known. */
  function fitsRefund(id: string, said: Json): boolean {
    const made = refunds.get(id);
    if (!made) return true;
    return (
      (said['payment_intent_id'] === made.paymentId || has('event-payment-ignored')) &&
      (thousandths(said['amount']) === made.requestedAmount || has('event-amount-ignored')) &&
      (said['currency'] === made.currency || has('event-currency-ignored'))
    );
  }

  function free(refund: string): void {
    const made = refunds.get(refund) ?? { paymentId: '', requestedAmount: 0, readId: '' };
    const { paymentId, requestedAmount } = made;
    freed.set(made.readId, made);
    freedIds.add(refund);
    if (!has('webhook-frees-twice')) refunds.delete(refund);
    reservedSums.set(paymentId, (reservedSums.get(paymentId) ?? 0) - requestedAmount);
  }

  /** Frees all refunds of the payment that this one belongs to. */
  function freeAllOf(refund: string): void {
    const paymentId = refunds.get(refund)?.paymentId;
    for (const [id, made] of refunds) if (made.paymentId === paymentId) free(id);
  }

  /** @param id of the refund, or the one under which it is read */
  function succeed(id: string): void {
    const found = [...refunds].filter(([refund, { readId }]) => id === refund || id === readId);
    const payments = new Set(found.map(([, { paymentId }]) => paymentId));
    for (const [refund, { paymentId }] of has('one-paid-is-all') ? [...refunds] : found)
      if (payments.has(paymentId)) succeeded.add(refund);
  }

  /** A request whose outcome is unknown is taken for one that refunded nothing. */
  function comeToNothing(record: KeyRecord): void {
    const { paymentId, requestedAmount } = record;
    reservedSums.set(paymentId, (reservedSums.get(paymentId) ?? 0) - requestedAmount);
    openPayments.delete(paymentId);
    record.state = 'done';
    record.reply = refuse(new Refusal(410, 'settled_nothing'), false);
  }

  /** A read says that a refund is paid: if its amount was freed, it counts again. */
  function countAgain(readId: string): void {
    const { paymentId, requestedAmount } = freed.get(readId) ?? { paymentId: '', requestedAmount: 0 };
    freed.delete(readId);
    reservedSums.set(paymentId, (reservedSums.get(paymentId) ?? 0) + requestedAmount);
  }

  /** UPayments lists no amounts: a refund too many must be told before anything more is refunded. */
  async function refuseListed(paymentId: string): Promise<void> {
    const { status, text } = await forward('GET', `/check-refund/${encodeURIComponent(paymentId)}`, {});
    if (status !== 200) throw new Refusal(502, 'provider_unreachable');
    const { data } = JSON.parse(text) as { data: { refund: unknown[] } };
    const isOpen = openPayments.has(paymentId);
    if (has('unlisted-frees') && data.refund.length === 0)
      for (const [id, made] of refunds) if (made.paymentId === paymentId) free(id);
    if (!isOpen && data.refund.length > (madeCounts.get(paymentId) ?? 0)) throw new Refusal(409, 'refunded_elsewhere');
  }

  async function write(
    path: string,
    key: string,
    body: Json,
    extra: Headers,
    gone: AbortSignal,
    expected?: string | string[],
  ): Promise<Reply> {
    if (refusalsLeft > 0) {
      refusalsLeft -= 1;
      throw new Refusal(503, 'provider_unreachable');
    }
    const paymentId = payment(body);
    const printed = has('fingerprint-of-amount') ? [paymentId, amount(body)] : body;
    const fingerprint = `${path} ${JSON.stringify(printed)}`;
    const requestedAmount = path.startsWith('/delete') ? 0 : counted(amountOf(path, body));
    if (has('key-kept-by-payment')) key = `${paymentId} ${key}`;
    const reason = body['refundReason'];
    if (has('key-of-reason') && typeof reason === 'string') key = `${key} ${reason}`;
    if (has('key-of-one-path') && path.includes('multivendor')) key = `${key} ${(keyCount += 1)}`;
    const earlier = has('no-idempotency') ? undefined : records.get(key);
    if (earlier && has('orders-before-key')) await order(paymentId);
    const late = { path, paymentId, expected, requestedAmount };
    if (earlier && requestedAmount > 0 && (has('figure-before-key') || has('sum-before-key'))) await refuseEarly(late);
    if (earlier?.state === 'unknown' && path === '/create-refund' && has('list-settles')) await settleByList(earlier);
    const isOther = has('key-overwritten') && earlier?.paymentId !== paymentId;
    if (earlier && !isOther) return answerRepeat(earlier, { path, fingerprint, body, extra, gone, paymentId });
    const sameAmount = byAmount.get(`${paymentId} ${requestedAmount}`);
    if (has('deduped-by-amount') && sameAmount) return sameAmount;
    if (has('keys-forgotten') && records.size >= MAX_KEYS) records.delete([...records.keys()][0] ?? '');
    const record: KeyRecord = { fingerprint, paymentId, providerKey: key, requestedAmount, state: 'running' };
    const isLate = has('looked-up-before-written') || has('twin-told-busy');
    if (!isLate) records.set(key, record);
    try {
      // A cancel names the refund, not the order, and requests no amount.
      if (!isUqpay && requestedAmount !== 0 && !has('list-unread')) await refuseListed(paymentId);
      const sumBeforeOrder = reservedSums.get(paymentId) ?? 0;
      const known = requestedAmount !== 0 ? await order(paymentId) : { captured: 0, told: 0, currency: 'USD' };
      const { captured, told, currency } = known;
      record.currency = currency;
      const before = has('ledger-missing')
        ? 0
        : has('sum-read-too-early')
          ? sumBeforeOrder
          : (reservedSums.get(paymentId) ?? 0);
      if (has('twin-told-busy')) {
        if (openPayments.has(paymentId)) throw new Refusal(409, 'payment_busy');
        await forward('GET', `/check-refund/${encodeURIComponent(paymentId)}`, extra);
        const twin = records.get(key);
        if (twin) return answerRepeat(twin, { path, fingerprint, body, extra, gone, paymentId });
      }
      const turns = has('sum-not-locked') ? 1 : has('sum-not-locked-nor-looked-up') ? TURNS : 0;
      for (let turn = 0; turn < turns; turn += 1) await nextTurn();
      const isLimit = has('figure-is-limit') && expected !== undefined;
      const left = isLimit ? thousandths(String(expected)) : captured - told - before;
      const floatSum = floatSums.get(paymentId) ?? 0;
      if (has('sum-in-floats') && requestedAmount / 1000 > captured / 1000 - floatSum)
        throw new Refusal(422, 'amount_above_refundable');
      if (expected !== undefined && thousandths(String(expected)) !== left && !has('expected-ignored'))
        throw new Refusal(412, 'refundable_changed');
      if (requestedAmount > left && has('amounts-clamped') && left > 0) body['amount'] = inCurrency(left, currency);
      else if (!(requestedAmount >= 0) && !has('negative-counted')) throw new Refusal(400, 'invalid_request');
      else if (requestedAmount > left && !has('no-reservation')) throw new Refusal(422, 'amount_above_refundable');
      if (!isUqpay && openPayments.has(paymentId) && !has('several-in-flight') && !has('looked-up-before-written'))
        throw new Refusal(409, 'payment_busy');
      const isPending = [...refunds].some(([id, made]) => made.paymentId === paymentId && !succeeded.has(id));
      if (habits.includes('one-pending') && requestedAmount > 0 && isPending) throw new Refusal(409, 'payment_busy');
      reservedSums.set(paymentId, before + requestedAmount);
      floatSums.set(paymentId, floatSum + requestedAmount / 1000);
    } catch (error) {
      if (!isLate) records.delete(key);
      throw error;
    }
    if (isLate) records.set(key, record);
    if (!isUqpay) openPayments.add(paymentId);
    return carryOut(record, { path, key, body, extra, gone, paymentId, requestedAmount });
  }

  /** Compares with the present figures before it looks up the key. */
  async function refuseEarly(now: {
    paymentId: string;
    expected?: string | string[] | undefined;
    requestedAmount: number;
  }) {
    const left = (await order(now.paymentId)).captured - (reservedSums.get(now.paymentId) ?? 0);
    const isOutdated = now.expected !== undefined && thousandths(String(now.expected)) !== left;
    if (isOutdated && has('figure-before-key')) throw new Refusal(412, 'refundable_changed');
    if (now.requestedAmount > left && has('sum-before-key')) throw new Refusal(422, 'amount_above_refundable');
  }

  /** Takes a list without one refund more for the word that nothing was refunded. */
  async function settleByList(record: KeyRecord): Promise<void> {
    const { text } = await forward('GET', `/check-refund/${encodeURIComponent(record.paymentId)}`, {});
    const { data } = JSON.parse(text) as { data: { refund: { order_id: string }[] } };
    const more = data.refund.at(madeCounts.get(record.paymentId) ?? 0);
    if (!more) return comeToNothing(record);
    record.state = 'done';
    const said = { orderId: more.order_id, refundOrderId: more.order_id.slice(-12), refundArn: '1' };
    record.reply = {
      ...json({ status: true, message: 'Refund invoice generated successfully', data: said }),
      status: 201,
    };
  }

  function answerRepeat(
    known: KeyRecord,
    now: Omit<Sending, 'key' | 'requestedAmount'> & { readonly fingerprint: string },
  ) {
    const isHeld = habits.includes('reuse-unknown') && known.state === 'unknown';
    if (known.fingerprint !== now.fingerprint && !has('fingerprint-ignored'))
      throw new Refusal(422, 'idempotency_key_reused', isHeld ? 'unknown' : 'nothing');
    if (known.state === 'running') throw new Refusal(409, 'idempotency_key_running', 'running');
    const mark = { ...(!has('replay-unmarked') && { 'idempotent-replayed': 'true' }) };
    if (known.reply) return { ...known.reply, headers: { ...known.reply.headers, ...mark } };
    if (has('equal-refund-mistaken')) {
      const equalRefund = byAmount.get(`${now.paymentId} ${amountOf(now.path, now.body)}`);
      if (equalRefund) return equalRefund;
    }
    if (!isUqpay && !has('sent-again-after-loss')) throw new Refusal(504, 'outcome_unknown', 'unknown');
    return carryOut(known, { ...now, key: known.providerKey, requestedAmount: 0 });
  }

  /** Sends the first request that was lost again, as a queue does, once so many others have come. */
  async function workOff(): Promise<void> {
    if (!queued || (queued.countdown -= 1) !== 0) return;
    await queued.send().catch(() => undefined);
  }

  async function carryOut(
    record: KeyRecord,
    { path, key, body, extra, gone, paymentId, requestedAmount }: Sending,
  ): Promise<Reply> {
    await workOff();
    const cancelledRefund = path.startsWith('/delete') ? String(body['refundOrderId']) : undefined;
    const isEarly = has('cancel-frees-early') || (has('vendors-cancel-frees-early') && path.includes('multivendor'));
    if (cancelledRefund !== undefined && isEarly) free(cancelledRefund);
    if (cancelledRefund !== undefined) cancelling.add(cancelledRefund);
    const release = () => void reservedSums.set(paymentId, (reservedSums.get(paymentId) ?? 0) - requestedAmount);
    const outgoingText = has('raw-body-passed') ? (rawTexts.get(body) ?? '') : JSON.stringify(outgoing(body));
    const headersWithKey = (providerKey: string) => ({
      ...extra,
      ...(isUqpay && {
        'x-idempotency-key': has('key-of-process') ? `${processId}${providerKey.slice(8)}` : providerKey,
      }),
    });
    let reply: Reply;
    try {
      const sent = forward('POST', path, headersWithKey(record.providerKey), outgoingText, gone);
      reply = await sent.catch((error: unknown) => {
        const retries = has('new-key-on-retry') || has('retried-blindly');
        if (!retries) throw error;
        keyCount += 1;
        return forward(
          'POST',
          path,
          headersWithKey(has('new-key-on-retry') ? newKey(keyCount) : record.providerKey),
          outgoingText,
        );
      });
      if (reply.status >= 500 && has('retried-on-5xx')) {
        reply = await forward('POST', path, headersWithKey(record.providerKey), outgoingText);
      }
      if (reply.status === 429 && has('429-frees') && record.state === 'unknown') {
        comeToNothing(record);
        return reply;
      }
      const isOfTheKey = reply.text.includes('idempotency_key_invalid');
      if (isOfTheKey && has('key-refused-held')) throw new Error('an error of the key');
      const isBelieved =
        (has('5xx-is-refusal') && reply.status >= 500) ||
        (has('gateway-timeout-is-refusal') && reply.status === 504) ||
        (has('resent-401-believed') && reply.status === 401);
      if (isBelieved && record.state === 'unknown') {
        comeToNothing(record);
        return reply;
      }
      if (reply.status >= 400 && !isBelieved && !isRefusal(reply, isUqpay)) throw new Error(`answer ${reply.status}`);
      if (record.state === 'unknown' && reply.status >= 400 && !has('resent-refusal-believed'))
        throw new Error('the first may still be carried out');
      const isReadable = readsAsObject(reply);
      if (!isReadable && !has('unreadable-settles')) throw new Error('an answer that nobody can read');
      const said = reply.status < 300 && isReadable ? (JSON.parse(reply.text) as Json) : {};
      const isAnswered = isUqpay ? typeof said['payment_refund_id'] === 'string' : saysOfMoney(said);
      if (cancelledRefund === undefined && reply.status < 300 && isReadable && !isAnswered)
        throw new Error('an answer without a refund');
      const isOfVendors = cancelledRefund === undefined && path.includes('multivendor') && said['status'] === true;
      const isShort = isOfVendors && listedRows(said['data']) < rowsOf(body).length;
      if (isShort && !has('unlisted-row-freed')) throw new Error('a vendor is in no list');
      const isConfirmed = said['status'] === true || said['status'] === false || has('cancel-unconfirmed');
      if (cancelledRefund !== undefined && reply.status < 300 && !isConfirmed) throw new Error('it confirms nothing');
      const isOther = isUqpay && said['currency'] !== undefined && said['currency'] !== record.currency;
      if (isOther && !has('answered-currency-ignored')) {
        reservedSums.set(paymentId, (reservedSums.get(paymentId) ?? 0) + 250_000);
        throw new Error('it is in another currency');
      }
      const difference = thousandths(said['amount'] ?? NaN) - amountOf(path, body);
      if (isUqpay && difference > 0 && !has('answered-amount-ignored')) {
        reservedSums.set(paymentId, (reservedSums.get(paymentId) ?? 0) + difference);
        throw new Error('another amount was refunded');
      }
    } catch (error) {
      if (error instanceof Refusal && record.state === 'unknown' && has('no-token-frees')) {
        comeToNothing(record);
        throw error;
      }
      if (gone.aborted && has('given-up-with-browser')) records.delete(key);
      if (gone.aborted && has('freed-with-browser')) release();
      const isPart = path.includes('multivendor') && has('vendors-loss-is-failed');
      if (isPart || (cancelledRefund !== undefined && has('cancel-loss-is-failed'))) {
        records.delete(key);
        release();
        openPayments.delete(paymentId);
        throw new Refusal(502, 'provider_unreachable');
      }
      if (error instanceof Refusal && record.state === 'running') {
        records.delete(key);
        release();
        throw error;
      }
      record.isListedAsFailed = has('lost-listed-as-failed') && record.state === 'running';
      const isQueued = has('lost-queued') || has('lost-queued-with-new-key');
      if (isQueued && !queued) {
        const headers = headersWithKey(newKey((keyCount += 1)));
        queued = { countdown: QUEUED_FOR, send: () => forward('POST', path, headers, outgoingText) };
      }
      record.state = 'unknown';
      if (has('lost-frees')) release();
      if (has('success-made-up') && path.startsWith('/create')) return madeUp(body);
      return answerLoss(error);
    }
    openPayments.delete(paymentId);
    cancelling.delete(cancelledRefund ?? '');
    if (reply.status === 429 && !has('rate-limit-kept')) {
      records.delete(key);
      release();
      return reply;
    }
    if (reply.status >= 400 && has('refusals-forgotten')) records.delete(key);
    const isReadable = readsAsObject(reply) && reply.status < 400;
    const said = isReadable ? (JSON.parse(reply.text) as Json) : {};
    const { status: isDone, data } = said as { status?: unknown; data?: Json | null };
    const isFalse = isDone === false && !has('status-false-recorded');
    if (!isReadable || isFalse || reply.text.includes('isMultivendorRefund')) release();
    else if (cancelledRefund !== undefined && has('vendors-cancel-frees-all')) freeAllOf(cancelledRefund);
    else if (cancelledRefund !== undefined) free(cancelledRefund);
    else if (path.includes('multivendor')) {
      const sum = (reservedSums.get(paymentId) ?? 0) - requestedAmount + generatedSum(data, requestedAmount);
      reservedSums.set(paymentId, sum);
      madeCounts.set(paymentId, (madeCounts.get(paymentId) ?? 0) + generatedRows(data).length);
      for (const { amount: part, refundOrderId, orderId } of generatedRows(data))
        refunds.set(refundOrderId, { paymentId, requestedAmount: thousandths(part), readId: orderId });
    } else {
      record.refundId = String(isUqpay ? said['payment_refund_id'] : data?.['refundOrderId']);
      record.readId = isUqpay ? record.refundId : String(data?.['orderId']);
      refunds.set(record.refundId, { paymentId, requestedAmount, currency: record.currency, readId: record.readId });
      madeCounts.set(paymentId, (madeCounts.get(paymentId) ?? 0) + 1);
      const word = said['refund_status'];
      if (word === 'SUCCEEDED' || has('pending-is-succeeded')) succeeded.add(record.refundId);
      if (word === 'FAILED' && has('failed-is-succeeded')) succeeded.add(record.refundId);
      else if (word === 'FAILED') free(record.refundId);
      if (has('new-status-fails') && reply.text.includes('"HELD_FOR_REVIEW"')) free(record.refundId);
    }
    if (cancelledRefund !== undefined && has('cancel-frees-on-2xx') && reply.status < 300) free(cancelledRefund);
    record.state = 'done';
    const isDivision = habits.includes('no-vendors') && !habits.includes('opens-vendors');
    const isRefused = isDivision && reply.text.includes('isMultivendorRefund');
    record.reply = isRefused ? refuse(new Refusal(422, 'not_refundable'), false) : passOn(reply);
    byAmount.set(`${paymentId} ${requestedAmount}`, record.reply);
    return record.reply;
  }

  /** The sum of the vendors' refunds that the provider made. */
  function generatedSum(data: Json | null | undefined, requestedAmount: number): number {
    if (has('vendors-counted-whole')) return requestedAmount;
    const rows = has('vendors-not-counted') ? [] : generatedRows(data);
    return rows.reduce((sum, row) => sum + thousandths(row.amount), 0);
  }

  /** What the provider would have answered. */
  function madeUp(body: Json): Reply {
    const data = { orderId: `${String(body['orderId'])}X`, refundOrderId: 'X', refundArn: '1' };
    return { ...json({ status: true, message: 'Refund invoice generated successfully', data }), status: 201 };
  }

  function answerLoss(error: unknown): Reply {
    if (habits.includes('breaker')) refusalsLeft = BREAKER_REFUSALS;
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
    const rest = has('members-passed') ? others : pickFormMembers(others);
    const price = rest['totalPrice'];
    if (has('reasons-dropped')) delete rest['refundReason'];
    if (has('notify-url-passed') && notifyUrl !== undefined) return { ...rest, notifyUrl };
    const amount = rest['amount'];
    if (has('amounts-two-decimals') && typeof amount === 'string')
      return { ...rest, amount: Number(amount).toFixed(2) };
    if (has('zeros-trimmed') && typeof amount === 'string') return { ...rest, amount: amount.replace(/\.?0+$/, '') };
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
    const { captured, told, currency } = await order(id);
    const done = [...refunds].filter(([refund, { paymentId }]) => paymentId === id && succeeded.has(refund));
    const refunded = done.reduce((sum, [, { requestedAmount }]) => sum + requestedAmount, told);
    const counts = !has('pending-forgotten') && !has('ledger-missing');
    const pending = counts ? (reservedSums.get(id) ?? 0) - refunded + told : 0;
    const decimal = (value: number) => inCurrency(value, currency);
    const odd = has('summary-with-words') ? `${decimal(pending)} USD` : undefined;
    return {
      payment_id: id,
      currency: has('payment-in-euro') ? 'EUR' : currency,
      captured: has('summary-number') ? captured / 1000 : decimal(captured + (has('captured-raised') ? 10_000 : 0)),
      refunded: decimal(refunded),
      pending: odd ?? decimal(pending),
      refundable: decimal(captured - refunded - pending),
      ...(!habits.includes('no-user') && { permission: { user: USER } }),
      ...(!has('ledger-missing') && !has('replay-unmarked') && { refunds: listRefunds(id, decimal) }),
    };
  }

  function listRefunds(id: string, decimal: (value: number) => string): Json[] {
    const ofPayment = [...records.values()].filter(({ paymentId, requestedAmount }) => {
      return paymentId === id && requestedAmount > 0;
    });
    const invented = has('refund-made-up') ? [{ amount: decimal(1000), status: '', standing: 'succeeded' }] : [];
    const known = ofPayment.map(
      ({ providerKey, requestedAmount, state, reply, refundId, readId, isListedAsFailed }) => {
        const isMade =
          refundId === undefined ? reply?.text.includes('generated') : refunds.has(refundId) && !freedIds.has(refundId);
        const isUnknown = state !== 'done' && isListedAsFailed !== true;
        const isPaid = succeeded.has(refundId ?? '') || (has('vendors-listed-as-paid') && refundId === undefined);
        const made = isPaid ? 'succeeded' : 'pending';
        const isLeaving = has('cancel-listed-early') && cancelling.has(refundId ?? '');
        const how = isUnknown ? { standing: 'unknown' } : { standing: isMade && !isLeaving ? made : 'failed' };
        const ids = {
          idempotency_key: providerKey,
          ...(!has('refund-ids-unlisted') && { refund_id: (has('refund-id-of-another') ? refundId : readId) ?? null }),
        };
        const listed = requestedAmount + (has('refund-listed-as-more') ? 1000 : 0);
        return { ...ids, amount: decimal(listed), status: '', ...how };
      },
    );
    return [...known, ...invented];
  }

  /** What the sum of the payment counts of an amount. */
  function counted(amount: number): number {
    if (has('sum-cut-short')) return Math.trunc((amount / 1000) * 1000);
    return has('sum-in-hundredths') ? Math.round(amount / 10) * 10 : amount;
  }

  function amountOf(path: string, body: Json): number {
    if (!path.includes('multivendor')) return thousandths(amount(body));
    const parts = rowsOf(body).map((row) => thousandths(row.amountToRefund));
    return has('largest-row-counted') ? Math.max(0, ...parts) : parts.reduce((sum, part) => sum + part, 0);
  }

  function respond(outgoing: ServerResponse, reply: Reply, origin: string | undefined): void {
    const isNamed =
      has('origin-reflected') ||
      (has('cors-by-prefix') && origin?.startsWith('http://127.0.0.1')) ||
      (has('cors-by-suffix') && origin?.endsWith(`127.0.0.1:${ownPort()}`)) ||
      (has('cors-by-scheme') && origin?.startsWith('http://')) ||
      (has('cors-by-host') && /^http:\/\/127\.0\.0\.1(?::\d+)?$/.test(origin ?? ''));
    const cors = isNamed && origin !== undefined ? { 'access-control-allow-origin': origin } : {};
    const leak = has('secrets-in-headers') ? { 'x-upstream-key': 'sandbox-key' } : {};
    outgoing.writeHead(reply.status, { ...reply.headers, ...cors, ...leak });
    if (reply.follows) tellEach(reply.follows, outgoing);
    else outgoing.end(reply.text);
  }

  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on('close', () => outgoing.writableFinished || gone.abort());
    answer(incoming, gone.signal)
      .catch((error: unknown) => refuse(error, has('plain-errors')))
      .then((reply) => respond(outgoing, reply, incoming.headers.origin))
      .then(() => Promise.all([...streams].map((tell) => tell())))
      .catch(() => outgoing.destroy());
  });
  const ownPort = () => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${ownPort()}/refunds`,
    forget() {
      for (const known of [records, reservedSums, openPayments, refunds, succeeded, madeCounts]) known.clear();
    },
    restart() {
      for (const [key, record] of [...records].filter(([, { state }]) => state === 'running')) {
        // The process that was sending it keeps a record that nobody reads any more.
        records.set(key, { ...record, state: has('left-running') ? 'running' : 'unknown' });
        if (has('deleted-at-start')) records.delete(key);
        if (has('failed-at-start')) comeToNothing(records.get(key)!);
      }
      killed.abort();
      killed = new AbortController();
      processId += 1;
      server.closeAllConnections();
    },
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

/** The session of whoever sends a request: in a header of its own, in a cookie, or after the word Bearer. */
function sessionIn(headers: IncomingMessage['headers']): string | undefined {
  const ofHeader = headers['x-session'] as string | undefined;
  const ofCookie = /(?:^|; )session=([^;]*)/.exec(headers.cookie ?? '')?.[1];
  return ofHeader ?? /^Bearer (.+)/.exec(headers.authorization ?? '')?.[1] ?? ofCookie;
}

/** The payments that a path follows. `undefined` for a path of something else. */
function followedIn(url: string): string[] | undefined {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const one = /\/payments\/([^/]+)\/events$/.exec(pathname)?.[1];
  if (one !== undefined) return [decodeURIComponent(one)];
  return pathname.endsWith('/refunds/events') ? searchParams.getAll('payment') : undefined;
}

const eventText = (name: string, data: Json): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

const json = (value: Json): Reply => ({
  status: 200,
  text: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

/** Whether an error answer says that nothing was done: the provider's own words, with a status that can say so. */
function isRefusal({ status, text }: Reply, isUqpay: boolean): boolean {
  if ([401, 413, 429].includes(status)) return true;
  if (status >= 499 || status === 408 || status === 409) return false;
  const said = parseObject(text);
  return isUqpay ? typeof said['type'] === 'string' && said['type'] !== 'api_error' : said['status'] === false;
}

/** Whether an answer of UPayments is a refund, or a refusal: one with data may be about a refund that was made. */
function saysOfMoney({ status, data }: Json): boolean {
  return typeof status === 'boolean' && status === (typeof data === 'object' && data !== null);
}

function parseObject(text: string): Json {
  try {
    return Object(JSON.parse(text)) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function generatedRows(data: Json | null | undefined): readonly GeneratedRow[] {
  const { generated = [] } = (data?.['responseData'] ?? {}) as { generated?: GeneratedRow[] };
  return generated;
}

/** The rows that step 2 sends. */
const rowsOf = (body: Json) => (body['refundPayload'] ?? []) as { amountToRefund: number }[];

/** How many rows the answer to step 2 lists. */
function listedRows(data: unknown): number {
  const { responseData = {} } = Object(data) as { responseData?: Record<string, unknown[]> };
  return Object.values(responseData).reduce((sum, rows) => sum + rows.length, 0);
}

/** A number of thousandths as a decimal string. */
const inCurrency = (value: number, currency: string): string => (value / 1000).toFixed(DECIMALS[currency] ?? 2);

/** An amount in thousandths. Enough here: no currency in these tests has more than three decimals. */
const thousandths = (value: unknown): number => Math.round(Number(value) * 1000);

const newKey = (count: number): string => `99999999-0000-4000-8000-${String(count).padStart(12, '0')}`;

/** Keeps the members that the form sends. */
function pickFormMembers(body: Json): Json {
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => /^[a-z]/.test(name) && !/behalf|padding/i.test(name)),
  );
}

function readsAsObject({ status, text }: Reply): boolean {
  if (status >= 400) return true;
  try {
    return typeof JSON.parse(text) === 'object';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** The browser's headers, without those that the connection or the credentials set. */
function passableHeaders(headers: IncomingMessage['headers']): Headers {
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
