import { toDecimal } from '../../../contract/index.ts';
import { Ledger, type RefundProxy } from '../../../proxy/index.ts';
import { minor } from '../support/invariants.ts';
import { ORDERS as SHARED, SPLIT_ORDER, START } from '../support/testbed.ts';
import { recordOf, startProxy, type Elsewhere, type Order } from '../support/merchant.ts';
import type { EyesTestbed } from './testbed.ts';
import { naiveProxy, type Naive } from './naive.ts';
import type { ShopName } from './size.ts';

/** UQPAY keeps its own sums, so each order is worth exactly what the provider has captured. */
export const ORDERS: Readonly<Record<'uqpay' | 'upayments', readonly Order[]>> = {
  uqpay: [
    { payment_id: SHARED.uqpay[0].payment_id, currency: 'USD', captured: '250.00' },
    { payment_id: SHARED.uqpay[1].payment_id, currency: 'SGD', captured: '128.40' },
  ],
  upayments: SHARED.upayments,
};
export { SPLIT_ORDER };

/** How a merchant has configured the shop. */
export interface Setup {
  /** Whether the provider's webhooks arrive. */
  readonly hears: boolean;
  /** Only for the naive proxy: how it changes requests, so that the provider sees a different body each time. */
  readonly stamps: 'no' | 'provider' | 'problem';
  /** Units above which the other person must approve, where there is a ledger; `undefined` where nobody must. */
  readonly approvalAbove: number | undefined;
}

let shops = 0;

/** The merchant's side of one schedule: orders, a proxy with a ledger or a naive one, and who is signed in. */
export class Shop {
  readonly name: ShopName;
  readonly provider: 'uqpay' | 'upayments';
  readonly orders: readonly Order[];
  readonly merchant: string;
  readonly eyes: EyesTestbed;
  /** Refunds made without the proxy, as the merchant has recorded them, by order. */
  readonly elsewhere = new Map<number, Elsewhere>();
  readonly #setup: Setup;
  #ledger: Ledger | undefined;
  #proxy: RefundProxy | undefined;
  #naive: Naive | undefined;

  constructor(eyes: EyesTestbed, name: ShopName, setup: Setup) {
    this.eyes = eyes;
    this.name = name;
    this.provider = name === 'naive' ? 'uqpay' : name;
    this.orders = ORDERS[this.provider];
    this.#setup = setup;
    shops += 1;
    this.merchant = `eyes-${shops}`;
  }

  get scope() {
    return { merchant: this.merchant, provider: this.provider };
  }

  /** `undefined` where the proxy has no ledger. */
  get ledger(): Ledger | undefined {
    return this.#ledger;
  }

  get proxy(): RefundProxy | undefined {
    return this.#proxy;
  }

  get endpoint(): string {
    return `/refunds/${this.provider}`;
  }

  async open(): Promise<void> {
    const { testbed, front } = this.eyes;
    testbed.clock.now = START;
    await testbed.control.reset();
    if (this.name === 'naive') this.#naive = naiveProxy(testbed.sandbox.uqpayUrl, this.#setup.stamps);
    else {
      this.#ledger = new Ledger(testbed.openStore());
      this.#proxy = this.#start(this.#ledger);
      await this.#proxy.recover();
      if (this.#setup.hears) testbed.receive = (request) => this.#receiveWebhook(request);
    }
    front.backend = {
      refunds: (request) => this.#answer(request),
      payment: (query) => this.#paymentForHostPage(query),
    };
  }

  async close(): Promise<void> {
    const { testbed, front } = this.eyes;
    testbed.receive = undefined;
    front.backend = undefined;
    front.reset();
    await this.#proxy?.close();
    await this.#ledger?.close();
  }

  /** A request of the merchant, for example of a person who settles an unknown outcome. */
  ask(method: string, path: string, body?: object): Promise<Response> {
    const headers = {
      cookie: 'user=console',
      ...(body && { 'content-type': 'application/json', 'x-refund-form': '1' }),
    };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    return this.#answer(new Request(`${this.eyes.front.url}${this.endpoint}${path}`, init));
  }

  async #answer(request: Request): Promise<Response> {
    if (this.#proxy) return this.#proxy.fetch(request);
    const user = userOf(request);
    if (this.eyes.front.isSignedOut(user)) return Response.json({ message: 'Sign in' }, { status: 401 });
    return this.#naive!(request, this.endpoint);
  }

  /** The sandbox sends webhooks to the fixed address of the shared testbed. */
  #receiveWebhook(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const url = new URL(pathname.replace('/refunds', this.endpoint), request.url);
    return this.#proxy!.fetch(new Request(url, request));
  }

  async #paymentForHostPage(query: URLSearchParams): Promise<unknown> {
    const id = query.get('payment-id') ?? '';
    if (this.#proxy) return (await this.ask('GET', `/payments/${id}`)).json();
    const { payment_id, currency, captured } = this.orders.find((order) => order.payment_id === id)!;
    return { payment_id, currency, captured, ...(await this.#sums(id, currency)) };
  }

  /** The sums that a merchant without a ledger knows, from the provider's list. */
  async #sums(id: string, currency: string) {
    const { control } = this.eyes.testbed;
    const attempt = (await control.db('uqpay_attempts')).find((row) => row['payment_intent'] === id);
    const rows = (await control.db('uqpay_refunds')).filter((row) => row['payment_intent'] === id);
    const digits = (value: unknown) => BigInt(String(value).replace('.', ''));
    const sum = (statuses: RegExp) =>
      rows
        .filter((row) => statuses.test(String(row['refund_status'])))
        .reduce((total, row) => total + digits(row['amount']), 0n);
    const refunded = sum(/^SUCCEEDED$/);
    const pending = sum(/^(?:INITIATED|PROCESSING|REVERSAL)/);
    const refundable = digits(attempt!['captured_amount']) - refunded - pending;
    return {
      refunded: toDecimal(refunded, currency),
      pending: toDecimal(pending, currency),
      refundable: toDecimal(refundable, currency),
    };
  }

  /** In minor units. */
  #limitIn(currency: string | undefined): bigint | undefined {
    const { approvalAbove } = this.#setup;
    return approvalAbove === undefined || currency === undefined ? undefined : minor(`${approvalAbove}`, currency);
  }

  #start(ledger: Ledger): RefundProxy {
    const { testbed } = this.eyes;
    return startProxy(testbed, this.provider, {
      basePath: this.endpoint,
      merchant: this.merchant,
      ledger,
      orders: async (id) => recordOf(this.orders, id, this.elsewhere),
      authorize: async (request, { action, amount, order }) => {
        const user = userOf(request);
        if (this.eyes.front.isSignedOut(user)) return { refuse: 'unauthenticated' };
        const limit = this.#limitIn(order?.currency);
        if (action === 'read') {
          return {
            user,
            permission: { approve: true, resolve: true, ...(limit !== undefined && { approvalAbove: limit }) },
          };
        }
        if (action === 'refund' && limit !== undefined && amount! > limit) return { refuse: 'approval_required', user };
        return { user };
      },
      now: () => testbed.clock.now,
    });
  }
}

function userOf(request: Request): string {
  return /user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? 'nobody';
}
