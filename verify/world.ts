import * as z from 'zod/mini';

import { IDEMPOTENCY_KEY, problem, REFUND_FORM } from '../contract/index.ts';
import { NotJudged } from './not-judged.ts';
import { claimOf, type Claim } from './claim.ts';
import { drive, type Exchange } from './drive.ts';
import type { Clock } from './clock.ts';
import { Gate, StartLine } from './gate.ts';
import { keyOf, paymentId } from './ids.ts';
import type { Payment, Profile } from './profile.ts';
import type { ProviderCall, Recorder } from './recorder.ts';
import type { Sandbox } from './sandbox.ts';
import type { WorldOptions } from './world-options.ts';

export interface Write {
  readonly body: unknown;
  /** A new one without it. */
  readonly key?: string;
  /** Added, or left out where `undefined`. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Where it waits for others that are to arrive with it. */
  readonly start?: StartLine;
}

/** Bounds the waits for a proxy that says it is told too much too fast. */
const MAX_WAITS = 5;

/** How long nothing has to happen before requests that are missing are taken to wait for one another. Milliseconds. */
const QUIET_MS = 250;
const LONG_MS = 5_000;

/** Rounds of requests that are sent together: so many in which all were seen together, and no more than this many. */
const SEEN_ROUNDS = 3;
const MAX_ROUNDS = 8;

/** One proxy under test: what can be done to it, and what can be known about it. */
export class World {
  readonly profile: Profile;
  readonly sandbox: Sandbox;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly proxyTimeoutMs: number;
  /** Everything that was exchanged with the proxy, in order. */
  readonly exchanges: Exchange[] = [];
  /** The first refund of the run, which went through. */
  first: { readonly payment: Payment; readonly key: string; readonly exchange: Exchange } | undefined;
  /** Whether the proxy says that it carries a key out once. */
  deduplicates = false;
  readonly #endpoint: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #run: number;
  readonly #given: string[];
  readonly #orders = new Map<string, Payment>();
  /** Requests that were answered or lost, each with its key. */
  readonly #ended = new Set<string>();
  #keys = 0;
  #payments = 0;
  /** The proxy knows none but those given. */
  #mustBeGiven = false;

  constructor(options: WorldOptions) {
    this.profile = options.profile;
    this.sandbox = options.sandbox;
    this.recorder = options.recorder;
    this.clock = options.clock;
    this.proxyTimeoutMs = options.proxyTimeoutMs;
    this.#endpoint = options.endpoint;
    this.#headers = options.headers;
    this.#run = options.run;
    this.#given = [...options.paymentIds];
  }

  /** A payment that nothing was refunded of yet, captured in full. */
  async payment(): Promise<Payment> {
    const payment = this.#next();
    await this.profile.addPayment(this.sandbox, payment);
    return payment;
  }

  /** @param captured what the order says, where it is not what the vendors were paid */
  async vendorsPayment(captured?: string): Promise<Payment> {
    const { vendors } = this.profile;
    if (!vendors) throw new NotJudged('The provider has no vendors');
    const next = this.#next();
    const payment = { ...next, ...(captured !== undefined && { captured }) };
    this.#orders.set(payment.id, payment);
    await vendors.addPayment(this.sandbox, payment);
    return payment;
  }

  /** A key of this run's own, as a UUID. */
  key(): string {
    this.#keys += 1;
    return keyOf(this.#run, this.#keys);
  }

  refund(payment: Payment, amount: string, write: Partial<Write> = {}): Promise<Exchange> {
    const { profile } = this;
    return this.write(profile.refundPath, { body: profile.body(payment, amount), ...write });
  }

  /** `POST` as the refund form sends it. */
  async write(path: string, { body, key = this.key(), headers = {}, start }: Write): Promise<Exchange> {
    const own = { 'Content-Type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: key };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send('POST', path, { ...own, ...headers }, text, { start });
  }

  /** The same without the sign-in of `--header`, or with another one in its place. */
  signedOut(method: string, path: string, write: Write | undefined, value?: string): Promise<Exchange> {
    const own = { 'Content-Type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: this.key() };
    const text = write && JSON.stringify(write.body);
    const forged =
      value === undefined ? {} : Object.fromEntries(Object.keys(this.#headers).map((name) => [name, value]));
    return this.send(method, path, { ...(write && own), ...write?.headers }, text, { signIn: forged });
  }

  /** Whether a sign-in was given with `--header`. */
  get signsIn(): boolean {
    return Object.keys(this.#headers).length > 0;
  }

  /**
   * Sends all of them so that they are in the proxy together: they arrive at once, and nothing is answered to the proxy
   * before each of them has come as far as it can. `isSeen`: each was seen to wait or to end.
   */
  async together(
    sends: readonly ((start: StartLine) => Promise<Exchange>)[],
  ): Promise<{ readonly answers: readonly Exchange[]; readonly isSeen: boolean }> {
    const gate = new Gate(sends.length, this.clock, Math.min(QUIET_MS, this.proxyTimeoutMs / 4));
    const start = new StartLine(sends.length);
    this.recorder.hold(gate);
    try {
      const answers = await Promise.all(sends.map((send) => send(start).finally(() => gate.ended())));
      return { answers, isSeen: gate.isFull };
    } finally {
      this.recorder.hold(undefined);
    }
  }

  /** Sends the second while the provider's answer to the first is held, and lets that answer go when the second has ended. */
  async whileHeld(
    first: () => Promise<Exchange>,
    second: () => Promise<Exchange>,
  ): Promise<{ readonly answers: readonly [Exchange, Exchange]; readonly isSeen: boolean }> {
    const gate = new Gate(2, this.clock, Math.min(LONG_MS, this.proxyTimeoutMs / 2));
    this.recorder.hold(gate);
    try {
      const one = first().finally(() => gate.ended());
      await Promise.race([gate.firstHeld, one]);
      const two = second().finally(() => gate.ended());
      return { answers: [await one, await two], isSeen: gate.isFull };
    } finally {
      this.recorder.hold(undefined);
    }
  }

  /** Repeats until all requests were seen in the proxy together, three times: what follows after is not verify's to order. */
  async untilSeen(round: () => Promise<boolean>): Promise<void> {
    let seen = 0;
    for (let rounds = 0; rounds < MAX_ROUNDS && seen < SEEN_ROUNDS; rounds += 1) {
      if (rounds > 0 && this.#mustBeGiven && this.#given.length === 0) return;
      if (await round()) seen += 1;
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
    {
      start,
      signIn = this.#headers,
    }: { readonly start?: StartLine | undefined; readonly signIn?: Readonly<Record<string, string>> } = {},
  ): Promise<Exchange> {
    const shown = { accept: 'application/json', ...defined(headers) };
    const sent = { method, path, headers: shown, body };
    const key = headers[IDEMPOTENCY_KEY];
    const request = [key, method, path, body].join('\n');
    const resent = key !== undefined && this.#ended.has(request);
    const limit = Math.max(30_000, this.proxyTimeoutMs * 2 + 5_000);
    for (let waits = 0; ; waits += 1) {
      const answer = await drive(
        this.#endpoint,
        { ...sent, headers: { ...shown, ...signIn } },
        this.clock,
        limit,
        waits === 0 ? start : undefined,
      );
      const own = answer.status === 429 ? z.safeParse(problem, answer.json).data : undefined;
      if (own?.code !== 'rate_limited' || waits === MAX_WAITS) {
        this.#ended.add(request);
        const exchange = { sent, resent, answer };
        this.exchanges.push(exchange);
        return exchange;
      }
      // The proxy's own limit of requests a user: it moved nothing, and verify is a user in a hurry.
      await this.clock.pause(1_000 * Math.min(60, Number(answer.headers['retry-after'] ?? 1) || 1));
    }
  }

  claim(exchange: Exchange): Claim {
    return claimOf(exchange, this.profile);
  }

  /** Calls of the proxy that came after this, from now on. */
  watch(): Watch {
    const { recorder, profile } = this;
    const from = recorder.calls.length;
    const calls = () => recorder.calls.slice(from);
    const isToken = ({ path }: ProviderCall) => path === `${profile.prefix}${profile.tokenPath}`;
    return {
      calls,
      tokens: () => calls().filter(isToken),
      writes: () => calls().filter((call) => call.method !== 'GET' && !isToken(call)),
      /** About one payment. */
      creates: ({ id }) =>
        calls().filter(
          ({ method, path, text }) =>
            method === 'POST' && path === profile.prefix + profile.refundPath && text.includes(id),
        ),
      answerTo: (path) => calls().findLast((call) => call.path === profile.prefix + path),
    };
  }

  async refunds(payment: Payment): Promise<number> {
    return (await this.profile.refunds(this.sandbox, payment)).length;
  }

  async scenario(name: string, params: Readonly<Record<string, number>> = {}, times = 1): Promise<void> {
    await this.sandbox.scenario(name, { provider: this.profile.name, params, times });
  }

  /** Every secret that the proxy has used or been given so far: what must never be read anywhere else. */
  secrets(): string[] {
    const found = new Set<string>();
    for (const { path, headers, answer } of this.recorder.calls) {
      for (const name of this.profile.secretHeaders) {
        const value = headers[name]?.replace(/^Bearer\s+/i, '');
        if (value && value.length >= 6) found.add(value);
      }
      if (answer && path === `${this.profile.prefix}${this.profile.tokenPath}`) {
        const token = /"auth_token"\s*:\s*"([^"]+)"/.exec(answer.text)?.[1];
        if (token) found.add(token);
      }
    }
    return [...found];
  }

  /** The merchant's own record of a payment, as the proxy may ask for it. */
  order(id: string): object | undefined {
    const payment = this.#orders.get(id);
    return payment && { payment_id: id, currency: payment.currency, captured: payment.captured };
  }

  #next(): Payment {
    const { currency, captured } = this.profile;
    const id = this.#given.length > 0 ? this.#given.shift() : undefined;
    if (id === undefined && this.#payments > 0 && this.#mustBeGiven) {
      throw new NotJudged('It needs a payment that nothing was refunded of: give more of them with --payment');
    }
    this.#mustBeGiven ||= id !== undefined;
    const payment = { id: id ?? paymentId(this.profile, this.#run, this.#payments), currency, captured };
    this.#payments += 1;
    this.#orders.set(payment.id, payment);
    return payment;
  }
}

export interface Watch {
  calls(): readonly ProviderCall[];
  tokens(): readonly ProviderCall[];
  writes(): readonly ProviderCall[];
  creates(payment: Payment): readonly ProviderCall[];
  answerTo(path: string): ProviderCall | undefined;
}

function defined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
