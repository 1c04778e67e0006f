import * as z from 'zod/mini';

import {
  isCurrency,
  isSuccess,
  isRefusal,
  uqpayError,
  uqpayIntentFigures,
  type UqpayErrorType,
  type UqpayRefund,
} from '../../../contract/index.ts';
import { exchange, tellRefusal, type Exchange, type ProviderIo } from '../exchange.ts';
import type { Observation, ProviderTotal } from '../../ledger/facts.ts';
import { unread, type ProviderCall, type ProviderSession, type Read } from '../provider.ts';
import { address } from '../url.ts';
import { UqpayLogin } from './login.ts';
import type { UqpayOptions } from './options.ts';
import { observeRefund, readAmount, toObservation } from './records.ts';
import { listRefunds, refundPage, retrieveRefund } from './routes.ts';

const DAY_MS = 86_400_000;

/** Ten thousand refunds of one payment. A larger number is a fault, and would make the read endless. */
const MAX_PAGES = 100;

/** A person who refunds has read the payment a moment ago, so the recent ones are enough. */
const MAX_CURRENCIES = 1_000;

/** One call tries at most this many tokens: another instance may have killed each by fetching a new one. */
const MAX_TOKENS = 4;

export class UqpaySession implements ProviderSession {
  readonly #io: ProviderIo;
  readonly #options: UqpayOptions;
  readonly #login: UqpayLogin;

  /** Of the payments that were read. The currency of a payment that was paid never changes. */
  readonly #currencies: Map<string, string>;

  constructor(
    io: ProviderIo,
    options: UqpayOptions,
    { login, currencies } = { login: new UqpayLogin(options), currencies: new Map<string, string>() },
  ) {
    this.#io = io;
    this.#options = options;
    this.#login = login;
    this.#currencies = currencies;
  }

  over(io: ProviderIo): ProviderSession {
    return new UqpaySession(io, this.#options, { login: this.#login, currencies: this.#currencies });
  }

  /**
   * When the authentication layer refuses, nothing was carried out: try again with a live token and the same key. Only
   * the refusal of a token that was just fetched is a refusal of the credentials, and those may change meanwhile.
   */
  send(call: ProviderCall): Promise<Exchange> {
    return tellRefusal(this.#io, this.#send(call));
  }

  async #send(call: ProviderCall): Promise<Exchange> {
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
    const seen: Observation[] = [];
    for (const read of reads) {
      if (!read.ok) return read;
      for (const row of read.value) {
        const other = seen.find(({ refundId }) => refundId === row.refundId);
        if (other && (other.amount !== row.amount || other.currency !== row.currency)) return SAID_TWICE;
        // The status may have changed between the reads. Where it contradicts the other one, the ledger says so.
        if (other?.status !== row.status) seen.push(row);
      }
    }
    return { ok: true, value: seen, source: 'list' };
  }

  /**
   * `refunded_amount` of the captured attempt. `undefined` when the provider says that there is none. No answer, or an
   * answer that breaks the contract, is an error: the figures would be a guess.
   */
  async totalRefunded(paymentId: string, signal?: AbortSignal): Promise<Read<ProviderTotal | undefined>> {
    const source = 'payment attempt';
    const read = await this.#readIntent(paymentId, signal);
    if (!read.ok) return read;
    const attempt = read.value?.latest_payment_attempt;
    if (!read.value || !attempt) return { ok: true, value: undefined, source };
    const { currency } = read.value;
    const amount = readAmount(attempt.refunded_amount, currency);
    return amount === undefined
      ? { ok: false, why: "the attempt's refunded_amount is no amount" }
      : { ok: true, value: { amount, currency }, source };
  }

  async currencyOf(paymentId: string): Promise<Read<string | undefined>> {
    const known = this.#currencies.get(paymentId);
    if (known !== undefined) return { ok: true, value: known, source: 'payment intent' };
    const read = await this.#readIntent(paymentId);
    if (!read.ok) return read;
    return { ...read, value: this.#currencies.get(paymentId) };
  }

  /** `undefined` when the provider says that there is none. */
  async #readIntent(
    paymentId: string,
    signal?: AbortSignal,
  ): Promise<Read<z.infer<typeof uqpayIntentFigures> | undefined>> {
    const path = `/v2/payment_intents/${encodeURIComponent(paymentId)}`;
    const result = await this.send({ method: 'GET', path, route: '/v2/payment_intents/:payment', signal });
    if (result.kind !== 'answer') return unread(result);
    const { status, json } = result.answer;
    const source = 'payment intent';
    // Only the provider's own word says that there is none. A gateway or a missing right tells nothing of the payment.
    const isMissing =
      isRefusal(status) && uqpayError.safeParse(json).data?.type === ('not_found' satisfies UqpayErrorType);
    if (isMissing) return { ok: true, value: undefined, source };
    const intent = isSuccess(status) ? z.safeParse(uqpayIntentFigures, json) : undefined;
    if (!intent?.success) return { ok: false, why: `answer ${status} is no payment intent` };
    const { currency, payment_intent_id: id } = intent.data;
    if ((id ?? paymentId) !== paymentId) return { ok: false, why: 'the answer is about another payment intent' };
    if (!isCurrency(currency)) return { ok: false, why: 'the payment intent names no currency of ISO 4217' };
    this.#remember(paymentId, currency);
    return { ok: true, value: intent.data, source };
  }

  #remember(paymentId: string, currency: string): void {
    const [oldest] = this.#currencies.keys();
    if (oldest !== undefined && this.#currencies.size >= MAX_CURRENCIES) this.#currencies.delete(oldest);
    this.#currencies.set(paymentId, currency);
  }

  async readRefund(refundId: string): Promise<Read<readonly Observation[]>> {
    const { path: route } = retrieveRefund;
    const path = `/v2/payment/refunds/${encodeURIComponent(refundId)}`;
    const result = await this.send({ method: 'GET', path, route });
    if (result.kind !== 'answer') return unread(result);
    const value = observeRefund(result.answer).filter((seen) => seen.refundId === refundId);
    return value.length > 0
      ? { ok: true, value, source: 'retrieve' }
      : { ok: false, why: `answer ${result.answer.status}` };
  }

  /** A refund that is made while the pages are read moves the rows, so a list that does not add up is read once more. */
  async #listAll(
    paymentId: string,
    range: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Read<readonly Observation[]>> {
    const first = await this.#listOnce(paymentId, range, signal);
    return 'isCut' in first ? this.#listOnce(paymentId, range, signal) : first;
  }

  async #listOnce(
    paymentId: string,
    range: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Read<readonly Observation[]> | Cut> {
    const all: Observation[] = [];
    let told = 0;
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const query = new URLSearchParams({
        page_size: '100',
        page_number: String(page),
        payment_intent_id: paymentId,
        ...range,
      });
      const { path } = listRefunds;
      const result = await this.send({ method: 'GET', path, route: path, query, signal });
      if (result.kind !== 'answer') return unread(result);
      const parsed = isSuccess(result.answer.status) ? z.safeParse(refundPage, result.answer.json) : undefined;
      if (!parsed?.success) return { ok: false, why: `answer ${result.answer.status} is no list of refunds` };
      const rows = parsed.data.data.map(toObservation);
      if (rows.some((row) => row === undefined))
        return { ok: false, why: 'a refund in the list has no readable amount' };
      const names = new Set(all.map((row) => row.refundId));
      const texts = new Set(rows.map((row) => `${row!.refundId} ${row!.status} ${row!.amount}`));
      // A repeated page, or a repeated row, stands in place of one that was never read.
      if (rows.some((row) => names.has(row!.refundId)) || texts.size < rows.length)
        return { ok: false, why: 'a refund of the list came twice', isCut: true };
      if (parsed.data.data.some((row) => isOfAnother(row, paymentId))) {
        return { ok: false, why: 'the list names a refund of another payment' };
      }
      all.push(...rows.filter((row) => row !== undefined));
      pages = parsed.data.total_pages;
      told = Math.max(told, parsed.data.total_items);
      if (pages > MAX_PAGES) return { ok: false, why: `the list has more than ${MAX_PAGES} pages` };
    }
    // No source defines `total_items`: taken for the rows that match the request, over all pages. What is missing may be a
    // refund that has taken the money, and the list would be the proof that there is none. P
    if (all.length < told) {
      return { ok: false, why: `the list counts ${told} refunds and shows ${all.length}`, isCut: true };
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

/** A list that does not show all of its rows. */
interface Cut {
  readonly ok: false;
  readonly why: string;
  readonly isCut: true;
}

const SAID_TWICE = { ok: false, why: 'the list names one refund with two amounts' } as const;

function isOfAnother(row: UqpayRefund, paymentId: string): boolean {
  const payment = row['payment_intent_id'];
  return typeof payment === 'string' && payment !== paymentId;
}
