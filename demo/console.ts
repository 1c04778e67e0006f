import { html, type PropertyValues } from 'lit';

import { NoAnswerError, proxyTime, readPayment } from './api.ts';
import './break-it.ts';
import { ConsoleElement } from './element.ts';
import { orderHead, orderPage } from './order-page.ts';
import { orderList } from './order-list.ts';
import { newestOnly } from './newest.ts';
import { ORDERS, type ShopOrder } from './orders.ts';
import { summaryOf, type PaymentState } from './payment-state.ts';
import { returned, type RefundOfItems } from './returned.ts';
import './sandbox-bar.ts';
import { applyDisplay, texts } from './settings.ts';
import { startPage } from './start-page.ts';
import { todayPage } from './today.ts';
import { REFUND_EVENTS, Told, type RefundDetail } from './told.ts';
import { seat, topBar } from './top-bar.ts';

/** How many payments are read at once: a browser has six connections for an origin, and the form needs some. */
const LANES = 2;

interface Place {
  readonly name: 'orders' | 'break' | 'today';
  readonly order: ShopOrder | undefined;
}

/** The merchant's admin console: the list of orders, and the selected order beside it. Light DOM, one stylesheet. */
export class MerchantConsole extends ConsoleElement {
  static override properties = {
    place: { state: true },
    payments: { state: true },
    webhooks: { state: true },
  };

  declare place: Place;
  declare payments: ReadonlyMap<string, PaymentState>;
  declare webhooks: boolean;
  #waiting: ShopOrder[] = [];
  #lanes = 0;
  readonly #told = new Told();
  readonly #reads = new Map<ShopOrder, ReturnType<typeof newestOnly>>(ORDERS.map((order) => [order, newestOnly()]));

  constructor() {
    super();
    this.payments = new Map();
    this.webhooks = true;
    this.place = fromHash();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    applyDisplay();
    addEventListener('hashchange', this.#onHash);
    for (const name of REFUND_EVENTS) this.addEventListener(name, this.#onRefund);
    this.addEventListener('sandbox-changed', this.#loadAll);
    this.addEventListener('sandbox-webhooks', this.#onWebhooks);
    document.addEventListener('visibilitychange', this.#onVisible);
    this.#loadAll();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#onHash);
    for (const name of REFUND_EVENTS) this.removeEventListener(name, this.#onRefund);
    this.removeEventListener('sandbox-changed', this.#loadAll);
    this.removeEventListener('sandbox-webhooks', this.#onWebhooks);
    document.removeEventListener('visibilitychange', this.#onVisible);
  }

  override updated(changed: PropertyValues<this>): void {
    const t = texts();
    const { order, name } = this.place;
    document.title = `${order?.number ?? (name === 'today' ? t.nav.today : t.nav.orders)} · ${t.shop}`;
    if (changed.get('place') !== undefined) this.querySelector<HTMLElement>('main h1')?.focus();
  }

  #onHash = (): void => {
    this.place = fromHash();
    if (this.place.name === 'today') this.#loadAll();
    else if (this.place.order) void this.#load(this.place.order);
  };

  #onRefund = (event: Event): void => {
    const { detail } = event as CustomEvent<RefundDetail & RefundOfItems>;
    returned.note(detail);
    this.#told.note(event.type, detail);
    if (this.place.order) void this.#load(this.place.order, { isOutdated: true });
  };

  /** Meanwhile another tab may have refunded something, moved the clock, or signed in as somebody else. */
  #onVisible = (): void => {
    if (document.visibilityState !== 'visible') return;
    this.requestUpdate();
    this.#loadAll();
  };

  #onWebhooks = (event: Event): void => {
    this.webhooks = (event as CustomEvent<boolean>).detail;
  };

  /** The chosen order first. */
  #loadAll = (): void => {
    const { order: chosen } = this.place;
    this.#waiting = ORDERS.toSorted((one, other) => Number(other === chosen) - Number(one === chosen));
    while (this.#lanes < LANES) {
      this.#lanes += 1;
      void this.#loadWaiting();
    }
  };

  async #loadWaiting(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#load(next);
    this.#lanes -= 1;
  }

  /** What was read before is shown where nothing else can be read, unless a refund has changed the payment since. */
  async #load(order: ShopOrder, { isOutdated = false } = {}): Promise<void> {
    const isNewest = this.#reads.get(order)!();
    let state: PaymentState;
    try {
      state = await readPayment(order);
    } catch (error) {
      const known = isOutdated ? undefined : summaryOf(this.payments.get(order.payment_id));
      const unread = error instanceof NoAnswerError ? 'no_answer' : 'problem';
      state = known ?? { unread, told: this.#told.of(order.payment_id) };
    }
    if (!isNewest()) return;
    if (summaryOf(state)) this.#told.forget(order.payment_id);
    this.payments = new Map(this.payments).set(order.payment_id, state);
  }

  override render() {
    const { name, order } = this.place;
    return html`
      ${topBar({
        place: name === 'today' ? 'today' : 'orders',
        signIn: () => {
          this.#loadAll();
          this.requestUpdate();
        },
      })}
      <main class=${name === 'orders' ? (order ? 'split has-order' : 'split') : 'whole'}>${this.#main()}</main>
      <sandbox-bar .order=${order} .payments=${this.payments}></sandbox-bar>
    `;
  }

  #main() {
    const { name, order } = this.place;
    if (name === 'today') return todayPage(this.payments, proxyTime());
    const state = order ? (this.payments.get(order.payment_id) ?? 'loading') : 'loading';
    if (name === 'break' && order) {
      return html`
        <section class="order" aria-label=${texts().order.region}>
          ${orderHead(order, state, 'break')}
          <break-it .order=${order} .webhooks=${this.webhooks} .seat=${seat()}></break-it>
        </section>
      `;
    }
    return html`
      ${orderList(this.payments, order)}
      <section class="order" aria-label=${texts().order.region}>
        ${order ? orderPage(order, state, () => void this.#load(order)) : startPage()}
      </section>
    `;
  }
}

/** `#/orders/{number}`, `#/orders/{number}/break` and `#/today`; anything else is the list. */
function fromHash(): Place {
  if (location.hash === '#/today') return { name: 'today', order: undefined };
  const [, text = '', view] = /^#\/?(?:orders\/)?([^/]*)(\/break)?$/.exec(location.hash) ?? [];
  // Compared as it is written in a link: a text with a stray % cannot be decoded.
  const order = ORDERS.find(({ number }) => encodeURIComponent(number) === text);
  return { name: order && view ? 'break' : 'orders', order };
}
