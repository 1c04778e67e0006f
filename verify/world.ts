import * as z from 'zod/mini';

import { IDEMPOTENCY_KEY, problem, REFUND_FORM } from '../contract/index.ts';
import { NotJudged } from './not-judged.ts';
import { claimOf, type Claim } from './claim.ts';
import { defined, drive, type Exchange, type Timing } from './drive.ts';
import type { Clock } from './clock.ts';
import { Gate, quietMs, StartLine } from './gate.ts';
import { keyOf, paymentId } from './ids.ts';
import { PaymentRows } from './payment-rows.ts';
import { Payments } from './payments.ts';
import type { OtherTender, Payment, Profile } from './profile.ts';
import type { ProviderCall, Recorder } from './recorder.ts';
import type { Sandbox, ScenarioOptions } from './sandbox.ts';
import { signsIn, withSignIn, type SignIn } from './sign-in.ts';
import type { PaymentOptions, Watch, WorldOptions, Write } from './world-options.ts';

/** How often verify waits and sends a request again when the proxy's own rate limit refuses it. */
const MAX_WAITS = 5;

/** Rounds of requests sent together. Enough once verify saw this many with all requests in the proxy at the same time. */
const SEEN_ROUNDS = 3;
const MAX_ROUNDS = 8;

/** The number of a payment that is never made: those that are made count from below. */
const MISSING = 99_999;

/** One proxy under test: the requests that checks send to it, and what is known about it. */
export class World {
  readonly profile: Profile;
  readonly sandbox: Sandbox;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly proxyTimeoutMs: number;
  readonly restart: (() => Promise<void>) | undefined;
  /** All exchanges with the proxy, in order. */
  readonly exchanges: Exchange[] = [];
  /** What the report notes beside the results. */
  readonly remarks = new Set<string>();
  /** The first refund of the run. It succeeded. */
  first: { readonly payment: Payment; readonly key: string; readonly exchange: Exchange } | undefined;
  /** Whether the proxy says that it carries out each idempotency key once. */
  readonly deduplicates: boolean;
  /** What the proxy says of its live status. */
  readonly live: { readonly ofOne: boolean; readonly most: number };
  /** The sign-in of somebody who may neither refund nor read. Empty where none is given. */
  readonly otherHeaders: SignIn;
  /** Whether the proxy has asked verify for an order: only such an order can say something new. */
  asksForOrders = false;
  readonly endpoint: URL;
  /** What `--header` gives. */
  readonly signIn: SignIn;
  readonly #run: number;
  readonly payments: Payments;
  readonly #rows: PaymentRows;
  /** Requests, each with its key, that were answered or whose answer was lost. */
  readonly #finished = new Set<string>();
  #keys = 0;

  constructor(options: WorldOptions) {
    this.profile = options.profile;
    this.sandbox = options.sandbox;
    this.recorder = options.recorder;
    this.clock = options.clock;
    this.proxyTimeoutMs = options.proxyTimeoutMs;
    this.restart = options.restart;
    this.otherHeaders = options.otherHeaders;
    const { deduplicates, events, max_event_payments: most = 0 } = options.description ?? {};
    this.deduplicates = deduplicates === true;
    this.live = { ofOne: events === true, most };
    this.endpoint = options.endpoint;
    this.signIn = options.headers;
    this.#run = options.run;
    this.#rows = new PaymentRows(options.profile, options.sandbox);
    this.payments = new Payments(options.profile, options.run, options.paymentIds);
  }

  /** Makes payments for all checks, before anything is refunded. */
  prepareAll(): Promise<void> {
    return this.#rows.addAhead(this.payments);
  }

  /**
   * A payment captured in full, with no refund yet.
   * @param refundedElsewhere what its order says was refunded elsewhere, as a decimal string
   * @param tender its currency and what it captures, of the profile; the usual without it
   */
  async payment({ refundedElsewhere, tender }: PaymentOptions = {}): Promise<Payment> {
    const payment = this.payments.next(tender, refundedElsewhere === undefined ? {} : { refundedElsewhere });
    return this.#rows.add(payment);
  }

  /**
   * A payment over two vendors, which were paid more together than its order captured.
   * @param isPaid whether the second can give something back, too
   */
  async vendorsPayment(isPaid = false): Promise<Payment> {
    const { vendors, currency } = this.profile;
    if (!vendors) throw new NotJudged('The provider has no vendors');
    const payment = this.payments.next({ currency, captured: vendors.captured }, { isOfLast: isPaid });
    return this.#rows.addOverVendors(payment, isPaid);
  }

  /** The other currencies in which verify can make payments. */
  get tenders(): readonly OtherTender[] {
    return this.payments.knowsOnlyGivenIds ? [] : this.profile.tenders;
  }

  /** A new idempotency key of this run, a UUID. */
  key(): string {
    this.#keys += 1;
    return keyOf(this.#run, this.#keys);
  }

  refund(payment: Payment, amount: string, write: Partial<Write> = {}): Promise<Exchange> {
    const { profile } = this;
    return this.write(profile.refundPath, { body: profile.body(payment, amount), ...write });
  }

  /** Sends a `POST` as the refund form does. */
  async write(path: string, { body, key = this.key(), headers = {}, start, leaves }: Write): Promise<Exchange> {
    const formHeaders = { 'Content-Type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: key };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send('POST', path, { ...formHeaders, ...headers }, text, { start, leaves });
  }

  /** Writes as the form does, with another sign-in than that of `--header`. */
  writeAs(signIn: SignIn, path: string, body: unknown): Promise<Exchange> {
    const formHeaders = { 'Content-Type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: this.key() };
    return this.send('POST', path, formHeaders, JSON.stringify(body), { signIn });
  }

  /** Reads with another sign-in. What does not end by itself is read for so many milliseconds. */
  readAs(signIn: SignIn, path: string, limitMs: number): Promise<Exchange> {
    const reads = { onText: () => undefined, until: this.clock.pause(limitMs) };
    return this.send('GET', path, {}, undefined, { signIn, reads });
  }

  /** The id of a payment that nobody has made. */
  get missingId(): string {
    return paymentId(this.profile, this.#run, MISSING);
  }

  /** Whether `--header` gives a sign-in. */
  get signsIn(): boolean {
    return signsIn(this.signIn);
  }

  /**
   * Sends requests so that the proxy handles them at the same time. They arrive together, and the provider answers none
   * before each request waits for the provider or has ended. `isSeen`: verify saw each request wait or end.
   */
  async together(
    sends: readonly ((start: StartLine) => Promise<Exchange>)[],
  ): Promise<{ readonly answers: readonly Exchange[]; readonly isSeen: boolean }> {
    const gate = new Gate(sends.length, this.clock, quietMs(this.proxyTimeoutMs));
    const start = new StartLine(sends.length);
    this.recorder.hold(gate);
    try {
      const answers = await Promise.all(sends.map((send) => send(start).finally(() => gate.ended())));
      return { answers, isSeen: gate.isFull };
    } finally {
      this.recorder.hold(undefined);
    }
  }

  /** Whether there is a payment for another round. */
  get hasPayment(): boolean {
    return this.payments.isLeft;
  }

  /**
   * Repeats a round until verify has seen all its requests in the proxy together, three times. What the proxy does with
   * them after that, verify cannot order.
   */
  async untilSeen(round: () => Promise<boolean>): Promise<void> {
    let seenRounds = 0;
    for (let rounds = 0; rounds < MAX_ROUNDS && seenRounds < SEEN_ROUNDS; rounds += 1) {
      if (rounds > 0 && !this.hasPayment) return;
      if (await round()) seenRounds += 1;
    }
  }

  read(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Exchange> {
    return this.send('GET', path, headers);
  }

  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string | undefined>>,
    body?: string,
    { start, leaves, reads, signIn = this.signIn }: Timing & { readonly signIn?: SignIn } = {},
  ): Promise<Exchange> {
    const reportedHeaders = { accept: 'application/json', ...defined(headers) };
    const sent = { method, path, headers: reportedHeaders, body };
    const key = headers[IDEMPOTENCY_KEY];
    const request = [key, method, path, body].join('\n');
    const resent = key !== undefined && this.#finished.has(request);
    const limit = Math.max(30_000, this.proxyTimeoutMs * 2 + 5_000);
    const { calls } = this.recorder;
    const before = calls.length;
    for (let waits = 0; ; waits += 1) {
      const answer = await drive(
        this.endpoint,
        { ...sent, headers: withSignIn(reportedHeaders, signIn) },
        this.clock,
        limit,
        { start: waits === 0 ? start : undefined, leaves, reads },
      );
      const ownProblem = answer.status === 429 ? z.safeParse(problem, answer.json).data : undefined;
      if (ownProblem?.code !== 'rate_limited' || waits === MAX_WAITS) {
        this.#finished.add(request);
        const exchange = { sent, resent, answer, calls: [before, calls.length] as const };
        this.exchanges.push(exchange);
        return exchange;
      }
      // The proxy's own rate limit refused the request, and no money moved. verify sends faster than a user does.
      await this.clock.pause(1_000 * Math.min(60, Number(answer.headers['retry-after'] ?? 1) || 1));
    }
  }

  remark(text: string): void {
    this.remarks.add(text);
  }

  /** @param isMade whether a body says that what was asked for is done; of a refund without it */
  claim(exchange: Exchange, isMade?: (json: unknown) => boolean): Claim {
    return claimOf(exchange, this.profile, isMade);
  }

  /** Watches the calls that the proxy makes to the provider from now on. */
  watch(): Watch {
    const { recorder, profile } = this;
    const from = recorder.calls.length;
    const calls = () => recorder.calls.slice(from);
    const isToken = ({ path }: ProviderCall) => path === `${profile.prefix}${profile.tokenPath}`;
    return {
      calls,
      tokens: () => calls().filter(isToken),
      writes: () => calls().filter((call) => call.method !== 'GET' && !isToken(call)),
      /** Creates of refunds of one payment. */
      creates: ({ id }) =>
        calls().filter(
          ({ method, path, text }) =>
            method === 'POST' && path === profile.prefix + profile.refundPath && text.includes(id),
        ),
      to: (path) => calls().filter((call) => call.method === 'POST' && call.path === profile.prefix + path),
      answerTo: (path) => calls().findLast((call) => call.path === profile.prefix + path),
    };
  }

  async refunds(payment: Payment): Promise<number> {
    return (await this.profile.refunds(this.sandbox, payment)).length;
  }

  /** @param rule for how many calls, and of which route: without one, of those that move money */
  async scenario(
    name: string,
    params: Readonly<Record<string, number>> = {},
    rule: Pick<ScenarioOptions, 'times' | 'route'> = {},
  ): Promise<void> {
    await this.sandbox.scenario(name, { provider: this.profile.name, params, times: 1, ...rule });
  }

  /** Every secret that the proxy has sent or received so far. No answer or report may contain one. */
  secrets(): string[] {
    const secrets = new Set<string>();
    for (const { path, headers, answer } of this.recorder.calls) {
      for (const name of this.profile.secretHeaders) {
        const value = headers[name]?.replace(/^Bearer\s+/i, '');
        if (value && value.length >= 6) secrets.add(value);
      }
      if (answer && path === `${this.profile.prefix}${this.profile.tokenPath}`) {
        const token = tokenIn(answer.text);
        if (token) secrets.add(token);
      }
    }
    return [...secrets];
  }

  /** The merchant's order for a payment, which the proxy may ask for. */
  order(id: string): object | undefined {
    const payment = this.payments.find(id);
    if (!payment) return undefined;
    this.asksForOrders = true;
    const { currency, captured, refundedElsewhere: told } = payment;
    return { payment_id: id, currency, captured, ...(told !== undefined && { refunded_elsewhere: told }) };
  }
}

/** The token in the answer to a token call. */
export function tokenIn(text: string | undefined): string | undefined {
  return /"auth_token"\s*:\s*"([^"]+)"/.exec(text ?? '')?.[1];
}
