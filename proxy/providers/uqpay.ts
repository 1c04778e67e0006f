import * as z from 'zod/mini';

import {
  isCurrency,
  isRefusal,
  isTurnedAway,
  judgeUqpay,
  mayRetryUqpay,
  parseDecimal,
  uqpayCreateRefund,
  uqpayIntentFigures,
  uqpayPage,
  uqpayRefund,
  uqpayStanding,
  type UqpayRefund,
} from '../../contract/index.ts';
import { exchange, isSuccess, type Exchange, type ProviderAnswer, type ProviderIo } from '../exchange.ts';
import type { Intent } from '../ledger/entities.ts';
import type { Observation, ProviderTotal } from '../ledger/facts.ts';
import { checkCredentials } from './check-credentials.ts';
import { amountFault, fieldErrors } from './fields.ts';
import type { Outcome, Provider, ProviderCall, ProviderSession, Read, Route, WriteRoute } from './provider.ts';
import { classifyRefusal, type RefusalRules } from './refusal.ts';
import { address } from './url.ts';
import type { Credential } from './credential.ts';
import { UqpayLogin } from './uqpay-login.ts';
import { uqpayWebhooks } from './uqpay-webhook.ts';

export interface UqpayOptions {
  /** Ends in `/api`. */
  readonly baseUrl: string;
  readonly clientId: Credential;
  readonly apiKey: Credential;
  /** A connected account's id (UUID). From configuration only: the browser can never choose the account. */
  readonly onBehalfOf?: string | undefined;
  /** Signs the webhooks. Without it no webhook is accepted. */
  readonly webhookSecret?: Credential | undefined;
  /** The second secret, while the provider changes from one to the other. */
  readonly previousWebhookSecret?: Credential | undefined;
}

/** The member of a refund's `metadata` that holds the ledger's intent: a lost answer is found by it. */
export const UQPAY_INTENT_METADATA = 'refund_form_id';
/**
 * The member of `metadata` that holds the idempotency key: it tells a restored ledger that this key was carried out.
 */
export const UQPAY_KEY_METADATA = 'refund_form_key';

const DAY_MS = 86_400_000;
/**
 * Answers are kept for 24 hours (`docs/providers/uqpay.md#idempotency`). Ten minutes are left for clock differences and
 * the way.
 */
const RESEND_WINDOW_MS = DAY_MS - 600_000;

/** Ten thousand refunds of one payment. A larger number is a fault, and would make the read endless. */
const MAX_PAGES = 100;

/** One call tries at most this many tokens: another instance may have killed each by fetching a new one. */
const MAX_TOKENS = 4;

/** UQPAY. The facts are in `docs/providers/uqpay.md`. */
export function uqpay(options: UqpayOptions): Provider {
  const baseUrl = checkCredentials('uqpay', options, {
    required: ['clientId', 'apiKey'],
    optional: ['onBehalfOf', 'webhookSecret', 'previousWebhookSecret'],
    mayBeFunctions: ['clientId', 'apiKey', 'webhookSecret', 'previousWebhookSecret'],
  });
  const { webhookSecret: current, previousWebhookSecret: previous } = options;
  if (current === undefined && previous !== undefined) {
    throw new TypeError('uqpay: previousWebhookSecret: is given without webhookSecret; give the secret of now too');
  }
  return {
    name: 'uqpay',
    routes: [createRefund, listRefunds, retrieveRefund],
    resendWindowMs: RESEND_WINDOW_MS,
    // No source defines the `REVERSAL_*` statuses.
    reverses: true,
    webhook: current === undefined ? undefined : uqpayWebhooks({ current, previous }, toObservation),
    connect: (io) => new UqpaySession(io, { ...options, baseUrl }),
  };
}

const createRefund: WriteRoute = {
  kind: 'refund',
  method: 'POST',
  path: '/v2/payment/refunds',
  read(body) {
    const parsed = z.safeParse(uqpayCreateRefund, body);
    if (!parsed.success) return { errors: fieldErrors(parsed.error) };
    const refund = parsed.data;
    const { currency } = refund;
    return {
      subject: { payment: refund.payment_intent_id },
      claims: {
        payment_attempt_id: refund.payment_attempt_id,
        ...(typeof currency === 'string' && { currency }),
      },
      asked(currency) {
        const amount = parseDecimal(refund.amount, currency);
        const fault = amount.ok ? (amount.minor === 0n ? ('zero' as const) : undefined) : amount.fault;
        if (!amount.ok || fault) {
          return { errors: [{ pointer: '/amount', detail: amountFault(fault ?? 'not_a_number', currency) }] };
        }
        return { asked: [{ amount: amount.minor, reason: refund.reason }] };
      },
      forward: ({ id, key }) => ({
        payment_intent_id: refund.payment_intent_id,
        ...(refund.payment_attempt_id !== undefined && { payment_attempt_id: refund.payment_attempt_id }),
        amount: refund.amount,
        reason: refund.reason,
        metadata: { ...refund.metadata, [UQPAY_INTENT_METADATA]: id, [UQPAY_KEY_METADATA]: key },
      }),
    };
  },
  classify(answer, { body, intent, reservations, again }): Outcome {
    if (isSuccess(answer)) {
      const refund = z.safeParse(uqpayRefund, answer.json);
      if (!refund.success) return { kind: 'unknown', why: `unreadable ${answer.status}` };
      const seen = toObservation(refund.data);
      const asked = reservations[0];
      if (!asked || seen?.currency !== intent.currency || seen.amount !== asked.amount) {
        // With our mark it is this refund all the same, so the amount that it took is held.
        const isMarked = seen?.intentId === intent.id;
        return { kind: 'unknown', why: 'the answer is about another amount', ...(isMarked && { refunds: [seen] }) };
      }
      const other = otherThan(refund.data, intent, body);
      if (other !== undefined) return { kind: 'unknown', why: `the answer is about another ${other}` };
      return { kind: 'refunded', refunds: [seen] };
    }
    return classifyRefusal(RULES, answer, again);
  },
};

/** What in the answer differs from the request: a cache, or the provider, may return the answer to another request. */
function otherThan(refund: UqpayRefund, { id, paymentId }: Intent, body: unknown): string | undefined {
  const mark = refund.metadata?.[UQPAY_INTENT_METADATA];
  if (mark !== undefined && mark !== id) return 'request';
  const payment = refund['payment_intent_id'];
  if (typeof payment === 'string' && payment !== paymentId) return 'payment';
  const asked = z.safeParse(uqpayCreateRefund, body).data?.payment_attempt_id;
  const attempt = refund.payment_attempt_id ?? undefined;
  return asked !== undefined && attempt !== undefined && attempt !== asked ? 'payment attempt' : undefined;
}

const RULES: RefusalRules = { judge: judgeUqpay, mayRetry: mayRetryUqpay };

const listRefunds: Route = {
  kind: 'read',
  method: 'GET',
  path: '/v2/payment/refunds',
  query: ['page_size', 'page_number', 'start_time', 'end_time', 'payment_intent_id'],
  subject: (_params, query) => {
    const payment = query.get('payment_intent_id');
    return payment ? { payment } : undefined;
  },
  observe: (answer) => {
    const page = z.safeParse(refundPage, answer.json);
    return page.success ? page.data.data.flatMap((row) => toObservation(row) ?? []) : [];
  },
};

const retrieveRefund: Route = {
  kind: 'read',
  method: 'GET',
  path: '/v2/payment/refunds/:refund',
  subject: ({ refund }) => (refund === undefined ? undefined : { refund }),
  observe: (answer) => observeRefund(answer),
};

const refundPage = uqpayPage(uqpayRefund);

class UqpaySession implements ProviderSession {
  readonly #io: ProviderIo;
  readonly #options: UqpayOptions;
  readonly #login: UqpayLogin;

  constructor(io: ProviderIo, options: UqpayOptions, login = new UqpayLogin(options)) {
    this.#io = io;
    this.#options = options;
    this.#login = login;
  }

  over(io: ProviderIo): ProviderSession {
    return new UqpaySession(io, this.#options, this.#login);
  }

  /**
   * When the authentication layer refuses, nothing was carried out: try again with a live token and the same key. Only
   * the refusal of a token that was just fetched is a refusal of the credentials, and those may change meanwhile.
   */
  async send(call: ProviderCall): Promise<Exchange> {
    let login = await this.#login.now();
    if (!login.ok) return { kind: 'not_sent', why: login.why };
    let token = await login.tokens.get(this.#io);
    for (let tries = 1; token.ok; tries += 1) {
      const result = await this.#exchange(call, token.token, login.clientId);
      if (result.kind !== 'answer' || result.answer.status !== 401) return result;
      if (tries > 1 && (token.isFresh || tries >= MAX_TOKENS)) {
        return { kind: 'credentials_refused', why: 'a fresh token was refused' };
      }
      login = await this.#login.now();
      if (!login.ok) return { kind: 'not_sent', why: login.why };
      token = await login.tokens.replace(token.token, this.#io);
    }
    return token.failure;
  }

  async listRefunds(paymentId: string, signal?: AbortSignal): Promise<Read<readonly Observation[]>> {
    const now = this.#io.now();
    // The list covers one month by default and three at most (`docs/providers/uqpay.md#lists`): read the recent month
    // by the provider's clock, and the two before it.
    const older = {
      start_time: new Date(now - 85 * DAY_MS).toISOString(),
      end_time: new Date(now - 27 * DAY_MS).toISOString(),
    };
    const reads = await Promise.all([this.#listAll(paymentId, {}, signal), this.#listAll(paymentId, older, signal)]);
    const seen = new Map<string, Observation>();
    for (const read of reads) {
      if (!read.ok) return read;
      for (const row of read.value) {
        const other = seen.get(row.refundId);
        if (other && (other.amount !== row.amount || other.currency !== row.currency)) return SAID_TWICE;
        seen.set(row.refundId, row);
      }
    }
    return { ok: true, value: [...seen.values()], source: 'list' };
  }

  /**
   * `refunded_amount` of the captured attempt. `undefined` when the provider says that there is none. No answer, or an
   * answer that breaks the contract, is an error: the figures would be a guess.
   */
  async totalRefunded(paymentId: string, signal?: AbortSignal): Promise<Read<ProviderTotal | undefined>> {
    const source = 'payment attempt';
    const path = `/v2/payment_intents/${encodeURIComponent(paymentId)}`;
    const result = await this.send({ method: 'GET', path, route: '/v2/payment_intents/:payment', signal });
    if (result.kind !== 'answer') return { ok: false, why: result.why };
    const { status, json } = result.answer;
    if (isRefusal(status) && !isTurnedAway(status)) return { ok: true, value: undefined, source };
    const intent = isSuccess(result.answer) ? z.safeParse(uqpayIntentFigures, json) : undefined;
    if (!intent?.success) return { ok: false, why: `answer ${status} is no payment intent` };
    const { currency, latest_payment_attempt: attempt } = intent.data;
    if (!attempt) return { ok: true, value: undefined, source };
    const amount = readAmount(attempt.refunded_amount, currency);
    return amount === undefined
      ? { ok: false, why: "the attempt's refunded_amount is no amount" }
      : { ok: true, value: { amount, currency }, source };
  }

  async readRefund(refundId: string): Promise<Read<readonly Observation[]>> {
    const { path: route } = retrieveRefund;
    const path = `/v2/payment/refunds/${encodeURIComponent(refundId)}`;
    const result = await this.send({ method: 'GET', path, route });
    if (result.kind !== 'answer') return { ok: false, why: result.why };
    const value = observeRefund(result.answer).filter((seen) => seen.refundId === refundId);
    return value.length > 0
      ? { ok: true, value, source: 'retrieve' }
      : { ok: false, why: `answer ${result.answer.status}` };
  }

  async #listAll(
    paymentId: string,
    range: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Read<readonly Observation[]>> {
    const all: Observation[] = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const query = new URLSearchParams({
        page_size: '100',
        page_number: String(page),
        payment_intent_id: paymentId,
        ...range,
      });
      const { path } = listRefunds;
      const result = await this.send({ method: 'GET', path, route: path, query, signal });
      if (result.kind !== 'answer') return { ok: false, why: result.why };
      const parsed = isSuccess(result.answer) ? z.safeParse(refundPage, result.answer.json) : undefined;
      if (!parsed?.success) return { ok: false, why: `answer ${result.answer.status} is no list of refunds` };
      const rows = parsed.data.data.map(toObservation);
      if (rows.some((row) => row === undefined))
        return { ok: false, why: 'a refund in the list has no readable amount' };
      const names = new Set(all.map((row) => row.refundId));
      // A repeated page stands in place of one that was never read.
      if (rows.some((row) => names.has(row!.refundId))) return { ok: false, why: 'a page of the list came twice' };
      if (parsed.data.data.some((row) => isOfAnother(row, paymentId))) {
        return { ok: false, why: 'the list names a refund of another payment' };
      }
      all.push(...rows.filter((row) => row !== undefined));
      pages = parsed.data.total_pages;
      if (pages > MAX_PAGES) return { ok: false, why: `the list has more than ${MAX_PAGES} pages` };
    }
    return { ok: true, value: all, source: 'list' };
  }

  #exchange(
    { method, path, route, query, body, providerKey, notAfter, notBefore, signal }: ProviderCall,
    token: string,
    clientId: string,
  ): Promise<Exchange> {
    const { onBehalfOf, baseUrl } = this.#options;
    return exchange(this.#io, address(baseUrl, path, query), {
      method,
      route,
      headers: {
        accept: 'application/json',
        'x-auth-token': `Bearer ${token}`,
        'x-client-id': clientId,
        ...(onBehalfOf && { 'x-on-behalf-of': onBehalfOf }),
        ...(providerKey !== undefined && { 'x-idempotency-key': providerKey }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      notAfter,
      notBefore,
      signal,
    });
  }
}

const SAID_TWICE = { ok: false, why: 'the list names one refund with two amounts' } as const;

function isOfAnother(row: UqpayRefund, paymentId: string): boolean {
  const payment = row['payment_intent_id'];
  return typeof payment === 'string' && payment !== paymentId;
}

function observeRefund(answer: ProviderAnswer): Observation[] {
  const refund = isSuccess(answer) ? z.safeParse(uqpayRefund, answer.json) : undefined;
  const seen = refund?.success ? toObservation(refund.data) : undefined;
  return seen ? [seen] : [];
}

/** Returns `undefined` when the amount is not exact in its currency. */
function toObservation(refund: UqpayRefund) {
  const amount = readAmount(refund.amount, refund.currency);
  if (amount === undefined) return undefined;
  const created = refund.create_time ? Date.parse(refund.create_time) : Number.NaN;
  return {
    refundId: refund.payment_refund_id,
    status: refund.refund_status,
    standing: uqpayStanding(refund.refund_status),
    amount,
    currency: refund.currency,
    intentId: refund.metadata?.[UQPAY_INTENT_METADATA],
    intentKey: refund.metadata?.[UQPAY_KEY_METADATA],
    reason: refund.reason ?? undefined,
    createdAt: Number.isNaN(created) ? undefined : created,
    answer: {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify(refund)),
    },
  } satisfies Observation;
}

function readAmount(text: string, currency: string): bigint | undefined {
  if (!isCurrency(currency)) return undefined;
  const parsed = parseDecimal(text, currency);
  return parsed.ok ? parsed.minor : undefined;
}
