import * as z from 'zod/mini';

import { toDecimal, type UpaymentsVendorRow } from '../../../contract/index.ts';
import { Ledger, LedgerUnavailableError, type RefundProxy, type Reservation } from '../../../proxy/index.ts';
import { ORDERS, START, type Testbed, type ProviderName } from './testbed.ts';
import { minor } from './invariants.ts';
import { recordOf, startProxy, type Elsewhere } from './merchant.ts';
import { MerchantServer } from './merchant-server.ts';
import { ProcessLife, MortalStore } from './mortal.ts';
import { UpaymentsLiar, type UpaymentsLie } from './lies-upayments.ts';
import { UqpayLiar, type Liar, type UqpayLie } from './lies.ts';
import { callProvider, readJson, type Cut, type Trouble } from './network.ts';
import { isWaiting, readAnswer, type RefundRequest, type Answer } from './answer.ts';
import { CREATE, CREATE_PARTS, checkCall } from './watch.ts';

/** One refund intent of one admin, as the browser holds it. The model knows nothing else. */
export interface AdminIntent {
  readonly key: string;
  readonly order: number;
  readonly request: RefundRequest;
  readonly firstAt: number;
  readonly answers: Answer[];
}

/** One press of a button: a refund request, or the approval of another person. */
export interface Press {
  readonly intent: AdminIntent;
  readonly via: number;
  /** A different request under the same key. */
  readonly request?: RefundRequest;
  readonly expected?: string | undefined;
  /** The person who approves. */
  readonly approver?: Person;
}

export interface Exchange {
  readonly intent: AdminIntent;
  readonly request: RefundRequest;
  readonly isApproval: boolean;
  readonly answer: Answer;
}

/** What breaks during a step, and what other people do while the process stands still. */
export interface Breaks {
  readonly cut?: Cut;
  readonly trouble?: Trouble | undefined;
  readonly meanwhile?: (() => Promise<void>) | undefined;
  /** What other people do while a proxy reads from the provider, before it admits the refund. Once. */
  readonly duringRead?: (() => Promise<unknown>) | undefined;
}

/** The first person requests refunds; the others may approve them. */
export const ASKER = 'admin';
export const APPROVERS = ['chief', 'owner'] as const;
export type Person = typeof ASKER | (typeof APPROVERS)[number];

export type Lie = UqpayLie | UpaymentsLie;

interface Instance {
  readonly life: ProcessLife;
  readonly ledger: Ledger;
  readonly proxy: RefundProxy;
}

/** How the merchant has configured the shop. */
export interface Shop {
  /** Whether the provider's webhooks arrive. Webhooks settle most lost answers at once. */
  readonly hears: boolean;
  /** Units above which another person must approve; `undefined` where one person is enough. */
  readonly approvalAbove: number | undefined;
}

const uqpayRefundBody = z.looseObject({
  payment_intent_id: z.string(),
  amount: z.string(),
  metadata: z.looseObject({ wanted: z.string() }),
});
/** Paths of the calls about which the provider may lie: those that create refunds and those that read them. */
const ABOUT_REFUNDS: Readonly<Record<ProviderName, readonly string[]>> = {
  uqpay: [CREATE.uqpay],
  upayments: [CREATE.upayments, CREATE_PARTS, '/check-refund'],
};
const MINUTE = 60_000;
/** How long a request waits for approval. */
const APPROVAL_WINDOW = 24 * 60 * MINUTE;
/** Longer than any lease. */
const SLEEP = 20 * MINUTE;
let schedules = 0;

/** One schedule: its own merchant in the ledger, its own provider state, one or two proxies, and the next fault. */
export class World {
  readonly testbed: Testbed;
  readonly provider: ProviderName;
  readonly merchant: string;
  readonly intents: AdminIntent[] = [];
  /** Violations seen during a call. They are collected, because a thrown error would look like one more lost answer. */
  readonly violations: string[] = [];
  /** The last standing of each reservation. */
  readonly lastStandings = new Map<number, string>();
  readonly refundableRead = new Map<number, string>();
  /** Units above which another person must approve. */
  readonly approvalAbove: number | undefined;
  /** Keys that another person approves now, or has approved before. */
  readonly approvals = new Map<string, 'now' | 'before'>();
  readonly declinedKeys = new Set<string>();
  /** Refunds made at the provider's dashboard, without the proxy, by order, as the merchant has recorded them. */
  readonly elsewhere = new Map<number, Elsewhere>();
  /** The vendors in the last answer to a first step. */
  vendorRows: readonly UpaymentsVendorRow[] = [];
  /** The highest permitted number of token requests. */
  tokens = 1;
  /** Receives the changes that the proxies announce. */
  readonly server = new MerchantServer();
  #instances: Instance[] = [];
  readonly #getsWebhooks: boolean;
  #cut: Cut = 'none';
  #meanwhile: Breaks['meanwhile'];
  #duringRead: Breaks['duringRead'];
  readonly #liar: Liar<Lie>;
  /** How many milliseconds the merchant's clocks are behind. */
  #clockLag = 0;
  /** True once the provider has lied or a clock was set back: from then on the proxy may have a reason to refuse. */
  isDoubtful = false;
  /** True once the ledger was restored: it has lost everything that came after the backup. */
  isRestored = false;
  #hasBackup = false;
  /** Keys whose refund the provider has contradicted. */
  readonly disputedKeys = new Set<string>();
  /** Keys for which the provider has refunded more than the request said. */
  readonly overRefundedKeys = new Set<string>();
  /** The latest possible start of each key's wait for approval. */
  #waitingSince = new Map<string, number>();
  #waitingSinceAtBackup: ReadonlyMap<string, number> = new Map();
  #ids = 0;

  constructor(testbed: Testbed, provider: ProviderName, { hears, approvalAbove }: Shop) {
    this.testbed = testbed;
    this.#getsWebhooks = hears;
    this.approvalAbove = approvalAbove;
    this.provider = provider;
    this.#liar = provider === 'uqpay' ? new UqpayLiar() : new UpaymentsLiar();
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
    return this.testbed.clock;
  }

  async open(): Promise<void> {
    this.clock.now = START;
    await this.testbed.control.reset();
    for (let index = 0; index < this.testbed.instances; index += 1) this.#instances.push(this.#start());
    for (const { proxy } of this.#instances) await proxy.recover();
    if (this.#getsWebhooks) this.testbed.receive = (request) => this.proxy(0).fetch(request);
  }

  async close(): Promise<void> {
    this.testbed.receive = undefined;
    // The next schedule uses the same file with a fresh provider.
    const operator = { who: 'operator', reason: 'the next schedule', at: this.clock.now };
    if (this.isRestored) await this.ledger.setRestored(undefined, operator);
    await Promise.all(this.#instances.map(({ ledger }) => ledger.close()));
  }

  proxy(via: number): RefundProxy {
    return this.#instances[via % this.#instances.length]!.proxy;
  }

  get proxies(): readonly RefundProxy[] {
    return this.#instances.map(({ proxy }) => proxy);
  }

  /** Kills one process and starts another in its place. */
  async restart(via: number): Promise<void> {
    const index = via % this.#instances.length;
    const { life, ledger } = this.#instances[index]!;
    life.end();
    await ledger.close();
    const next = this.#start();
    this.#instances[index] = next;
    await next.proxy.recover();
  }

  /** Saves the ledger so that `restore` can bring it back. */
  backUp(): void {
    this.testbed.disk?.backUp(this.merchantNow);
    this.#hasBackup = this.testbed.disk !== undefined;
    this.#waitingSinceAtBackup = new Map(this.#waitingSince);
  }

  /** Ends the process, puts the last backup in place of the ledger, and starts a new process on it. */
  async restore(): Promise<void> {
    const { disk } = this.testbed;
    if (!disk || !this.#hasBackup) return;
    const { life, ledger } = this.#instances[0]!;
    life.end();
    await ledger.close();
    disk.restore();
    // New rows may get the numbers of rows that the restore has removed.
    this.lastStandings.clear();
    this.server.forget();
    // The ledger has lost requests made since the backup. Their wait starts when they are sent again.
    this.#waitingSince = new Map(this.#waitingSinceAtBackup);
    this.isDoubtful = true;
    this.isRestored = true;
    this.tokens += 2;
    const next = this.#start();
    this.#instances[0] = next;
    await next.proxy.recover();
  }

  /** Each instance sends the merchant the changes that are due. */
  async announceChanges(): Promise<void> {
    await Promise.all(
      this.proxies.map((proxy) =>
        proxy.announce().catch((error: unknown) => {
          if (!(error instanceof LedgerUnavailableError)) throw error;
        }),
      ),
    );
  }

  lie(lie: Lie | undefined): void {
    this.#liar.lie = lie;
    this.isDoubtful = true;
  }

  setClocksBack(ms: number): void {
    this.#clockLag += ms;
    this.isDoubtful = true;
  }

  setClocksRight(): void {
    this.#clockLag = 0;
  }

  /** The time on the merchant's machines. */
  get merchantNow(): number {
    return this.clock.now - this.#clockLag;
  }

  /** Moves every clock forward and sends the webhooks that are due by then. */
  async passTime(ms: number): Promise<void> {
    this.clock.now += ms;
    if (ms >= MINUTE) this.tokens += 1;
    await this.testbed.control.flushWebhooks();
  }

  newIntent(order: number, units: number): AdminIntent {
    const key = this.newKey();
    return this.#addIntent(key, order, this.requestFor(key, order, units * 100));
  }

  /** Step two: units for each vendor of the first step. With `isWhole`, vendors with zero units stay in the body. */
  newVendorsIntent(order: number, units: readonly number[], { isWhole }: { isWhole: boolean }): AdminIntent {
    const key = this.newKey();
    const { payment_id, currency } = this.orders[order]!;
    const rows = this.vendorRows.map((row, index) => ({ ...row, amountToRefund: units[index] ?? 0 }));
    const refundPayload = rows.filter(({ amountToRefund }) => isWhole || amountToRefund > 0);
    const parts = rows
      .filter(({ amountToRefund }) => amountToRefund > 0)
      .map((row) => ({ vendor: row.refundRequestId, amount: minorUnits(row.amountToRefund * 100, currency) }));
    const body = { orderId: payment_id, refundPayload, reference: key };
    return this.#addIntent(key, order, { path: CREATE_PARTS, body, currency, parts });
  }

  /** The key also goes into the body, so that the provider's record shows which intent a refund belongs to. */
  requestFor(key: string, order: number, hundredths: number): RefundRequest {
    const { payment_id, currency } = this.orders[order]!;
    const amount = minorUnits(hundredths, currency);
    const text = toDecimal(amount, currency);
    const body =
      this.provider === 'uqpay'
        ? { payment_intent_id: payment_id, amount: text, reason: 'Return good', metadata: { wanted: key } }
        : { orderId: payment_id, totalPrice: Number(text), reference: key };
    return { path: CREATE[this.provider], body, currency, parts: [{ vendor: undefined, amount }] };
  }

  needsApproval(currency: string, amount: bigint): boolean {
    return this.approvalAbove !== undefined && amount > minorUnits(this.approvalAbove * 100, currency);
  }

  /** Presses one button, or several at the same moment, while something breaks. */
  async post(
    presses: readonly Press[],
    { cut = 'none', trouble, meanwhile, duringRead }: Breaks = {},
  ): Promise<Exchange[]> {
    const { control } = this.testbed;
    if (trouble) {
      const { scenario, params } = trouble;
      await control.scenario(scenario, { provider: this.provider, ...(params && { params }) });
    }
    this.#cut = cut;
    this.#meanwhile = meanwhile;
    this.#duringRead = duringRead;
    for (const press of presses) if (this.#mayAgree(press)) this.approvals.set(press.intent.key, 'now');
    const exchanges = await Promise.all(presses.map((press) => this.#press(press)));
    for (const one of exchanges) this.#remember(one);
    for (const key of this.approvals.keys()) this.approvals.set(key, 'before');
    if (cut === 'kill_after_record') this.#instances[presses[0]!.via % this.#instances.length]!.life.end();
    this.#cut = 'none';
    this.#meanwhile = undefined;
    this.#duringRead = undefined;
    if (trouble) await control.clearScenarios();
    for (const [index, { life }] of this.#instances.entries()) if (life.isDead) await this.restart(index);
    return exchanges;
  }

  /** Whether this press lets the refund be sent: another person approves it in time, and nobody has declined it. */
  #mayAgree({ intent: { key }, approver }: Press): boolean {
    if (approver === undefined || approver === ASKER || this.declinedKeys.has(key)) return false;
    return this.merchantNow < (this.#waitingSince.get(key) ?? this.merchantNow) + APPROVAL_WINDOW;
  }

  async #press(press: Press): Promise<Exchange> {
    const { intent, via, request = intent.request, expected, approver } = press;
    const instance = this.#instances[via % this.#instances.length]!;
    const response =
      approver === undefined
        ? await this.#call(instance, 'POST', request.path, { key: intent.key, body: request.body, expected })
        : await this.#call(instance, 'POST', `${intentPath(intent)}/approve`, { body: {}, expected, who: approver });
    const text = await response.text();
    const answer: Answer = instance.life.isDead
      ? { says: 'unknown', status: 0, code: 'killed' }
      : readAnswer(response, text, request);
    return { intent, request, isApproval: approver !== undefined, answer };
  }

  #remember({ intent, isApproval, answer }: Exchange): void {
    // A failed approval says nothing about the request, which may still wait for another approval.
    if (!isApproval || answer.says !== 'nothing') intent.answers.push(answer);
    if (answer.says === 'opened') this.vendorRows = answer.rows;
    if (isApproval) this.#waitingSince.delete(intent.key);
    else if (isWaiting(answer) && !this.#waitingSince.has(intent.key))
      this.#waitingSince.set(intent.key, this.merchantNow);
  }

  get(below: string, via = 0): Promise<Response> {
    return this.#call(this.#instances[via % this.#instances.length]!, 'GET', below);
  }

  send(below: string, body: object, { key = this.newKey(), who = ASKER }: { key?: string; who?: Person } = {}) {
    return this.#call(this.#instances[0]!, 'POST', below, { key, body, who });
  }

  #addIntent(key: string, order: number, request: RefundRequest): AdminIntent {
    const intent = { key, order, request, firstAt: this.clock.now, answers: [] };
    this.intents.push(intent);
    return intent;
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
    { key, body, expected, who = ASKER }: CallOptions = {},
  ): Promise<Response> {
    return proxy.fetch(
      new Request(`https://shop.example/refunds${below}`, {
        method,
        ...(body && {
          headers: {
            'content-type': 'application/json',
            'x-refund-form': '1',
            'x-user': who,
            ...(key !== undefined && { 'idempotency-key': key }),
            ...(expected !== undefined && { 'x-expected-refundable': expected }),
          },
          body: JSON.stringify(body),
        }),
      }),
    );
  }

  #start(): Instance {
    const life = new ProcessLife();
    const ledger = new Ledger(new MortalStore(this.testbed.openStore(), life));
    const proxy = startProxy(this.testbed, this.provider, {
      basePath: '/refunds',
      merchant: this.merchant,
      ledger,
      orders: async (id) => recordOf(this.orders, id, this.elsewhere),
      authorize: async (request, { order, action, amount }) => {
        const user = request.headers.get('x-user') ?? ASKER;
        const needsApproval = action === 'refund' && this.needsApproval(order!.currency, amount!);
        return needsApproval ? { refuse: 'approval_required', user } : { user };
      },
      now: () => this.merchantNow,
      onChange: (change) => this.server.take(change),
      fetch: (input, init) => this.#fetch(life, input as string, init),
    });
    return { life, ledger, proxy };
  }

  /** The network between one proxy and the provider. */
  async #fetch(life: ProcessLife, url: string, options: RequestInit | undefined): Promise<Response> {
    life.check();
    // A body can be read only once, and both the network and `checkCall` need it.
    const body = options?.body ? await new Response(options.body).text() : undefined;
    const sentBody =
      this.#liar.lie === 'wrong commit' && body !== undefined ? await this.#withLargerAmount(body) : body;
    const headers = new Headers(options?.headers);
    // The old length is too long for a shorter body: the provider would wait for the rest.
    if (sentBody !== body) headers.delete('content-length');
    const init: RequestInit = { ...options, headers, ...(sentBody !== undefined && { body: sentBody }) };
    const call = async () => {
      const response = await fetch(url, init);
      const body = await response.arrayBuffer();
      life.check();
      const answer = await this.answer(url, init, body);
      return new Response(response.status === 204 ? null : answer, response);
    };
    const movesMoney =
      init.method === 'POST' && [CREATE[this.provider], CREATE_PARTS].some((path) => url.endsWith(path));
    if (!movesMoney) {
      const others = this.#duringRead;
      this.#duringRead = undefined;
      await others?.();
      return call();
    }
    this.violations.push(...(await checkCall(this, body ?? '')));
    const cut = this.#cut;
    this.#cut = 'none';
    return callProvider(cut, {
      life,
      call,
      callUnread: () => fetch(url, init).then((response) => response.arrayBuffer()),
      sleep: () => this.#sleep(life),
      failDisk: () => this.testbed.disk?.refuse('read_only'),
    });
  }

  /** Returns the body with a larger amount, as long as no other refund holds that money. */
  async #withLargerAmount(body: string): Promise<string> {
    const parsed = z.safeParse(uqpayRefundBody, readJson(body)).data;
    const index = this.orders.findIndex(({ payment_id }) => payment_id === parsed?.payment_intent_id);
    const order = this.orders[index];
    if (!parsed || !order) return body;
    const rows = await this.ledger.reservationsOfPayment(this.scope, order.payment_id);
    const heldAmount = rows.filter(({ released }) => !released).reduce((sum, { amount }) => sum + amount, 0n);
    const free = minor(order.captured, order.currency) - heldAmount - (this.elsewhere.get(index)?.amount ?? 0n);
    if (free <= 0n) return body;
    this.overRefundedKeys.add(parsed.metadata.wanted);
    const amount = toDecimal(minor(parsed.amount, order.currency) + free, order.currency);
    return JSON.stringify({ ...parsed, amount });
  }

  /** Returns the provider's answer, changed if the provider lies. */
  async answer(url: string, { method, body: sent }: RequestInit, body: ArrayBuffer): Promise<ArrayBuffer | string> {
    if (!ABOUT_REFUNDS[this.provider].some((path) => url.includes(path))) return body;
    const json = readJson(new TextDecoder().decode(body));
    const rows = this.#liar.lie === 'contradiction' ? await this.reservations() : [];
    const answer = this.#liar.tell(json, {
      isCreate: method === 'POST',
      path: new URL(url).pathname,
      sent: typeof sent === 'string' ? readJson(sent) : undefined,
      known: new Map(rows.flatMap(({ refundId, standing }) => (refundId === undefined ? [] : [[refundId, standing]]))),
    });
    return answer === json ? body : JSON.stringify(answer);
  }

  /** The process stands still for longer than its lease. Any other instance takes over its sends. */
  async #sleep(life: ProcessLife): Promise<void> {
    this.clock.now += SLEEP;
    this.tokens += 1;
    for (const other of this.#instances) if (other.life !== life) await other.proxy.reconcile();
    await this.#meanwhile?.();
  }
}

interface CallOptions {
  readonly key?: string;
  readonly body?: object;
  readonly expected?: string | undefined;
  readonly who?: Person;
}

function minorUnits(hundredths: number, currency: string): bigint {
  return BigInt(hundredths) * (currency === 'KWD' ? 10n : 1n);
}

/** Path, below the proxy, of the intent that an answer has named. */
export function intentPath({ answers }: AdminIntent): string {
  const problemAnswer = answers.findLast((one) => 'instance' in one && one.instance !== undefined);
  return (problemAnswer && 'instance' in problemAnswer ? problemAnswer.instance! : '').replace('/refunds', '');
}
