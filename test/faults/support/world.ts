import assert from 'node:assert/strict';

import { problem, problemEffect, toDecimal, type ProblemEffect } from '../../../contract/index.ts';
import type { ScenarioName } from '../../../mock-server/index.ts';
import {
  createRefundProxy,
  Ledger,
  upayments,
  uqpay,
  type RefundProxy,
  type Reservation,
} from '../../../proxy/index.ts';
import { ORDERS, START, type Ground, type ProviderName } from './ground.ts';
import { Life, MortalStore } from './mortal.ts';
import { type Told } from './invariants.ts';

/** What breaks on the proxy's side of one call that moves money. */
export const CUTS = [
  'none',
  'no_connection',
  'timeout',
  'kill_before_call',
  'kill_after_call',
  'kill_after_record',
  'sleep_before_call',
  'sleep_before_record',
] as const;
export type Cut = (typeof CUTS)[number];

/** What breaks on the provider's side of it. */
export interface Trouble {
  readonly scenario: ScenarioName;
  readonly params?: Readonly<Record<string, number>>;
}

/** One intent of one admin, as the browser holds it: the model knows no more than that. */
export interface Wanted {
  readonly key: string;
  readonly order: number;
  /** Minor units. */
  readonly amount: bigint;
  readonly body: object;
  readonly firstAt: number;
  readonly told: Told[];
}

export interface Posted {
  readonly wanted: Wanted;
  /** Minor units; another one than the intent's where the same key comes with another body. */
  readonly amount: bigint;
  readonly told: Told;
}

interface Instance {
  readonly life: Life;
  readonly ledger: Ledger;
  readonly proxy: RefundProxy;
}

const MINUTE = 60_000;
/** Longer than any lease. */
const SLEEP = 20 * MINUTE;
let schedules = 0;

/** One schedule: its own merchant in the ledger, its own provider state, one or two proxies, and what breaks next. */
export class World {
  readonly ground: Ground;
  readonly provider: ProviderName;
  readonly merchant: string;
  readonly wanted: Wanted[] = [];
  /** What was seen on the way and must never be: collected, because a thrown error would only be another lost answer. */
  readonly violations: string[] = [];
  /** Highest word on each reservation so far. */
  readonly standings = new Map<number, string>();
  readonly expected = new Map<number, string>();
  /** How often a token may have been fetched. */
  tokens = 1;
  #instances: Instance[] = [];
  readonly #hears: boolean;
  #cut: Cut = 'none';
  #ids = 0;

  /** `hears`: whether the provider's webhooks arrive. Where they do, they settle most of what was lost at once. */
  constructor(ground: Ground, provider: ProviderName, { hears }: { hears: boolean }) {
    this.ground = ground;
    this.#hears = hears;
    this.provider = provider;
    schedules += 1;
    this.merchant = `shop-${schedules}`;
  }

  get scope() {
    return { merchant: this.merchant, provider: this.provider };
  }

  get ledger(): Ledger {
    return this.#instances[0]!.ledger;
  }

  get orders() {
    return ORDERS[this.provider];
  }

  get clock() {
    return this.ground.clock;
  }

  async open(): Promise<void> {
    this.clock.now = START;
    await this.ground.control.reset();
    for (let index = 0; index < this.ground.instances; index += 1) this.#instances.push(this.#start());
    for (const { proxy } of this.#instances) await proxy.recover();
    if (this.#hears) this.ground.receive = (request) => this.proxy(0).fetch(request);
  }

  async close(): Promise<void> {
    this.ground.receive = undefined;
    await Promise.all(this.#instances.map(({ ledger }) => ledger.close()));
  }

  proxy(via: number): RefundProxy {
    return this.#instances[via % this.#instances.length]!.proxy;
  }

  get proxies(): readonly RefundProxy[] {
    return this.#instances.map(({ proxy }) => proxy);
  }

  /** Ends one process without a word, and starts another in its place. */
  async restart(via: number): Promise<void> {
    const index = via % this.#instances.length;
    const { life, ledger } = this.#instances[index]!;
    life.end();
    await ledger.close();
    const next = this.#start();
    this.#instances[index] = next;
    await next.proxy.recover();
  }

  /** Moves every clock on; webhooks that are due by then are sent, and answered. */
  async pass(ms: number): Promise<void> {
    this.clock.now += ms;
    if (ms >= MINUTE) this.tokens += 1;
    await this.ground.control.flushWebhooks();
  }

  want(order: number, units: number): Wanted {
    this.#ids += 1;
    const key = `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
    const { currency } = this.orders[order]!;
    const amount = BigInt(units) * (currency === 'KWD' ? 1_000n : 100n);
    const wanted = { key, order, amount, body: this.body(key, order, amount), firstAt: this.clock.now, told: [] };
    this.wanted.push(wanted);
    return wanted;
  }

  /** The key goes along inside the body: so the provider's own record tells whose refund it is. */
  body(key: string, order: number, amount: bigint): object {
    const { payment_id, currency } = this.orders[order]!;
    const text = toDecimal(amount, currency);
    return this.provider === 'uqpay'
      ? { payment_intent_id: payment_id, amount: text, reason: 'Return good', metadata: { wanted: key } }
      : { orderId: payment_id, totalPrice: Number(text), reference: key };
  }

  /** Sends one intent, or several at the same moment, while something breaks. */
  async post(
    posts: readonly { wanted: Wanted; via: number; body?: object; amount?: bigint; expected?: string | undefined }[],
    { cut = 'none', trouble }: { cut?: Cut; trouble?: Trouble | undefined } = {},
  ): Promise<Posted[]> {
    const { control } = this.ground;
    if (trouble) {
      const { scenario, params } = trouble;
      await control.scenario(scenario, { provider: this.provider, ...(params && { params }) });
    }
    this.#cut = cut;
    const posted = await Promise.all(
      posts.map(async ({ wanted, via, body = wanted.body, amount = wanted.amount, expected }): Promise<Posted> => {
        const instance = this.#instances[via % this.#instances.length]!;
        const response = await this.#call(instance, 'POST', CREATE[this.provider].below, wanted.key, body, expected);
        const text = await response.text();
        const told = instance.life.isDead
          ? ({ says: 'unknown', status: 0, code: 'killed' } as const)
          : read(response, text);
        return { wanted, amount, told };
      }),
    );
    for (const { wanted, told } of posted) wanted.told.push(told);
    if (cut === 'kill_after_record') this.#instances[posts[0]!.via % this.#instances.length]!.life.end();
    this.#cut = 'none';
    if (trouble) await control.clearScenarios();
    for (const [index, { life }] of this.#instances.entries()) if (life.isDead) await this.restart(index);
    return posted;
  }

  get(below: string, via = 0): Promise<Response> {
    return this.#call(this.#instances[via % this.#instances.length]!, 'GET', below);
  }

  send(below: string, key: string, body: object): Promise<Response> {
    return this.#call(this.#instances[0]!, 'POST', below, key, body);
  }

  newKey(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`;
  }

  async reservations(): Promise<Reservation[]> {
    const rows = await Promise.all(
      this.orders.map(({ payment_id }) => this.ledger.reservationsOfPayment(this.scope, payment_id)),
    );
    return rows.flat();
  }

  async #call(
    { proxy }: Instance,
    method: string,
    below: string,
    key?: string,
    body?: object,
    expected?: string,
  ): Promise<Response> {
    return proxy.fetch(
      new Request(`https://shop.example/refunds${below}`, {
        method,
        ...(body && {
          headers: {
            'content-type': 'application/json',
            'x-refund-form': '1',
            'idempotency-key': key!,
            ...(expected !== undefined && { 'x-expected-refundable': expected }),
          },
          body: JSON.stringify(body),
        }),
      }),
    );
  }

  #start(): Instance {
    const life = new Life();
    const ledger = new Ledger(new MortalStore(this.ground.openStore(), life));
    const { sandbox, clock } = this.ground;
    const proxy = createRefundProxy({
      provider:
        this.provider === 'uqpay'
          ? uqpay({
              baseUrl: sandbox.uqpayUrl,
              clientId: 'sandbox-client',
              apiKey: 'sandbox-key',
              webhookSecret: 'sandbox-webhook-secret',
            })
          : upayments({ baseUrl: sandbox.upaymentsUrl, token: 'jtest123' }),
      basePath: '/refunds',
      merchant: this.merchant,
      ledger,
      orders: async (id) => this.orders.find(({ payment_id }) => payment_id === id),
      authorize: async () => ({ user: 'admin' }),
      now: () => clock.now,
      timeoutMs: 10_000,
      fetch: (input, init) => this.#fetch(life, input as string, init),
    });
    return { life, ledger, proxy };
  }

  /** The network between one proxy and the provider. */
  async #fetch(life: Life, url: string, given: RequestInit | undefined): Promise<Response> {
    life.check();
    const body = given?.body ? await new Response(given.body).text() : undefined;
    const init: RequestInit = { ...given, ...(body !== undefined && { body }) };
    const real = async () => {
      const response = await fetch(url, init);
      const body = await response.arrayBuffer();
      life.check();
      return new Response(response.status === 204 ? null : body, response);
    };
    const moves = init.method === 'POST' && url.endsWith(CREATE[this.provider].path);
    if (!moves) return real();
    await this.#mustBeWritten(body ?? '');
    const cut = this.#cut;
    this.#cut = 'none';
    switch (cut) {
      case 'no_connection':
        throw Object.assign(new TypeError('fetch failed'), {
          cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' }),
        });
      case 'timeout':
        await real();
        throw new DOMException('too late', 'TimeoutError');
      case 'kill_before_call':
        life.end();
        return real();
      case 'kill_after_call':
        await fetch(url, init).then((response) => response.arrayBuffer());
        life.end();
        life.check();
        return real();
      case 'sleep_before_call':
        await this.#sleep(life);
        return real();
      case 'sleep_before_record': {
        const answer = await real();
        await this.#sleep(life);
        return answer;
      }
      case 'kill_after_record':
      case 'none':
        return real();
      default:
        return cut satisfies never;
    }
  }

  /** The process stands still for longer than its lease; another one, where there is one, looks after its sends. */
  async #sleep(life: Life): Promise<void> {
    this.clock.now += SLEEP;
    this.tokens += 1;
    for (const other of this.#instances) if (other.life !== life) await other.proxy.reconcile();
  }

  /** Before the provider hears of it, the intent is committed, and the commit is on the disk. */
  async #mustBeWritten(body: string): Promise<void> {
    const json = JSON.parse(body) as { metadata?: { wanted?: string }; reference?: string };
    const key = json.metadata?.wanted ?? json.reference ?? '';
    const row = await this.ground.witness.intent(this.merchant, key);
    const isWritten = row?.state === 'sending' || row?.state === 'resending' || row?.state === 'unknown';
    if (!isWritten) this.violations.push(`the provider was called for ${key}, which the disk has as ${row?.state}`);
    const unsynced = await this.ground.witness.unsynced();
    if (unsynced !== undefined)
      this.violations.push(`the provider was called on a commit that is not synced: ${unsynced}`);
  }
}

export const CREATE = {
  uqpay: { below: '/v2/payment/refunds', path: '/v2/payment/refunds' },
  upayments: { below: '/create-refund', path: '/create-refund' },
} as const;

/** What an answer says of the money, as a browser reads it. */
export function read(response: Response, text: string): Told {
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/problem+json')) {
    const parsed = problem.parse(JSON.parse(text));
    const effect: ProblemEffect = problemEffect(parsed);
    return { says: effect === 'running' ? 'unknown' : effect, status, code: parsed.code };
  }
  if (status >= 200 && status <= 299) {
    const json = JSON.parse(text) as {
      payment_refund_id?: string;
      amount?: string;
      status?: boolean;
      data?: { orderId?: string } | null;
    };
    // UPayments refuses with a 2xx, too (`upayments.md`, Envelope).
    if (json.status === false) return { says: 'nothing', status, code: 'provider' };
    const refund = json.payment_refund_id ?? json.data?.orderId;
    assert.ok(refund, `a success without a refund: ${text}`);
    return { says: 'refunded', status, refund, amount: json.amount };
  }
  // The provider's own refusal, passed on. 408 and 5xx say nothing, and are no refusal.
  assert.ok(status >= 400 && status < 500 && status !== 408, `answered ${status}: ${text}`);
  return { says: 'nothing', status, code: 'provider' };
}
