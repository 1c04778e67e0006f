import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { readPayment } from './api.ts';
import { orderPage } from './order-page.ts';
import { orderRow } from './order-row.ts';
import { ORDERS, type ShopOrder } from './orders.ts';
import type { PaymentState } from './payment-state.ts';
import './sandbox-bar.ts';

const REFUND_EVENTS = [
  'refund-form-accepted',
  'refund-form-status-change',
  'refund-form-approval',
  'refund-form-declined',
  'refund-form-settled',
  'refund-form-unknown',
  'refund-form-refused',
  'refund-form-cancelled',
];

/** The merchant's admin console: the list of orders, and the selected order beside it. Light DOM, one stylesheet. */
export class MerchantConsole extends LitElement {
  static override properties = {
    chosen: { state: true },
    payments: { state: true },
    search: { state: true },
  };

  declare chosen: ShopOrder | undefined;
  declare payments: ReadonlyMap<string, PaymentState>;
  declare search: string;

  constructor() {
    super();
    this.payments = new Map();
    this.search = '';
    this.chosen = fromHash();
  }

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.#onHash);
    for (const name of REFUND_EVENTS) this.addEventListener(name, this.#onRefund);
    this.addEventListener('sandbox-changed', this.#onSandbox);
    for (const order of ORDERS) void this.#load(order);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#onHash);
    for (const name of REFUND_EVENTS) this.removeEventListener(name, this.#onRefund);
    this.removeEventListener('sandbox-changed', this.#onSandbox);
  }

  override updated(changed: PropertyValues<this>): void {
    if (!changed.has('chosen') || !this.chosen) return;
    document.title = `${this.chosen.number} · Saltmarsh Home`;
    if (changed.get('chosen') !== undefined) this.querySelector<HTMLElement>('.order h1')?.focus();
  }

  #onHash = (): void => {
    this.chosen = fromHash();
    if (this.chosen) void this.#load(this.chosen);
  };

  #onRefund = (): void => {
    if (this.chosen) void this.#load(this.chosen);
  };

  #onSandbox = (): void => {
    if (this.chosen) void this.#load(this.chosen);
    for (const order of ORDERS) if (order !== this.chosen) void this.#load(order);
  };

  async #load(order: ShopOrder): Promise<void> {
    let state: PaymentState;
    try {
      state = await readPayment(order);
    } catch {
      state = this.payments.get(order.payment_id) ?? 'failed';
    }
    this.payments = new Map(this.payments).set(order.payment_id, state);
  }

  #paymentOf(order: ShopOrder): PaymentState {
    return this.payments.get(order.payment_id) ?? 'loading';
  }

  override render() {
    const query = this.search.trim().toLowerCase();
    const visibleOrders = ORDERS.filter(
      ({ number, customer }) => number.toLowerCase().includes(query) || customer.toLowerCase().includes(query),
    );
    return html`
      <header class="top">
        <a class="brand" href="#"><img src="./icon.svg" alt="" width="24" height="24" />Saltmarsh Home</a>
        <span class="place">Orders</span>
      </header>
      <main class=${this.chosen ? 'split has-order' : 'split'}>
        <section class="list" aria-label="Orders">
          <div class="tools">
            <label class="search">
              <span>Search orders</span>
              <input
                type="search"
                placeholder="Number or customer"
                .value=${this.search}
                @input=${(event: InputEvent) => (this.search = (event.target as HTMLInputElement).value)}
              />
            </label>
          </div>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Order</th>
                  <th scope="col">Paid with</th>
                  <th scope="col">Status</th>
                  <th scope="col" class="money">Amount</th>
                </tr>
              </thead>
              <tbody>
                ${repeat(
                  visibleOrders,
                  ({ payment_id }) => payment_id,
                  (order) => orderRow(order, this.#paymentOf(order), order === this.chosen),
                )}
              </tbody>
            </table>
            ${
              visibleOrders.length === 0
                ? html`<p class="empty">No order matches “${this.search}”. Search by order number or customer.</p>`
                : nothing
            }
          </div>
        </section>
        <section class="order" aria-label="Order">
          ${
            this.chosen
              ? orderPage(this.chosen, this.#paymentOf(this.chosen))
              : html`<p class="empty">Choose an order to see its payment and to refund it.</p>`
          }
        </section>
      </main>
      <sandbox-bar></sandbox-bar>
    `;
  }
}

function fromHash(): ShopOrder | undefined {
  const number = decodeURIComponent(location.hash.replace(/^#\/?(?:orders\/)?/, ''));
  return ORDERS.find((order) => order.number === number);
}
