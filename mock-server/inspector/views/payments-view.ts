import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { paymentsAnswer, type SandboxPaymentMoney } from '../../client/overview.ts';
import { writeHash } from '../logic/address.ts';
import { MONEY_PARTS, showMoney, showNumber } from '../logic/money.ts';
import { M } from '../messages.ts';
import { idText, searchField } from '../parts/fields.ts';
import { moneyBar } from '../parts/money-bar.ts';
import { View } from '../parts/view.ts';
import { refundLife } from './refund-life.ts';

/** Money per payment as stacked bars, and the life of each refund. */
class PaymentsView extends View {
  static override properties = {
    ...View.properties,
    text: { attribute: false },
    search: { state: true },
    toggled: { state: true },
    asked: { state: true },
  };

  /** What the address asks to look for. */
  declare text: string;
  declare search: string;
  /** Payments that are not as they are at first: open with refunds, closed without. */
  declare toggled: ReadonlySet<string>;
  /** A payment that is not among the most recently active ones. */
  declare asked: SandboxPaymentMoney | undefined;

  constructor() {
    super();
    this.search = '';
    this.toggled = new Set();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('text')) this.search = this.text;
    if (changed.has('search')) void this.#lookUp(this.search.trim());
  }

  /** The list has only the most recently active payments. A whole id is found among all. */
  async #lookUp(id: string): Promise<void> {
    this.asked = undefined;
    if (id === '' || this.#matching(id).length > 0) return;
    const { control } = this.sandbox;
    const found = await control
      .read(`/payments?payment_id=${encodeURIComponent(id)}`, paymentsAnswer)
      .catch(() => undefined);
    if (this.search.trim() === id) this.asked = found?.payments[0];
  }

  #matching(text: string): readonly SandboxPaymentMoney[] {
    const wanted = text.toLowerCase();
    return this.sandbox.payments.filter(
      ({ id, refunds }) =>
        id.toLowerCase().includes(wanted) || refunds.some((refund) => refund.id.toLowerCase().includes(wanted)),
    );
  }

  #toggle(key: string): void {
    const toggled = new Set(this.toggled);
    if (!toggled.delete(key)) toggled.add(key);
    this.toggled = toggled;
  }

  override render() {
    const matching = this.#matching(this.search.trim());
    const shown = matching.length === 0 && this.asked ? [this.asked] : matching;
    return html`
      <form
        class="tools"
        role="search"
        aria-label=${M.views.payments}
        @submit=${(event: Event) => event.preventDefault()}
      >
        ${searchField(M.payments.find, this.search, (value) => (this.search = value))}
        <ul class="legend">
          ${MONEY_PARTS.map((part) => html`<li class=${part}><span class="swatch"></span>${M.payments.parts[part]}</li>`)}
        </ul>
        <output class="count">${M.payments.shown(shown.length, this.sandbox.paymentTotal)}</output>
      </form>
      ${shown.length === 0 ? html`<p class="empty">${M.payments.none(this.sandbox.payments.length, this.sandbox.paymentTotal)}</p>` : nothing}
      <ol class="rows">
        ${repeat(
          shown,
          ({ provider, id }) => `${provider} ${id}`,
          (payment) => this.#row(payment),
        )}
      </ol>
    `;
  }

  #row(payment: SandboxPaymentMoney): TemplateResult {
    const { provider, id, currency, status, captured, refunds } = payment;
    const key = `${provider} ${id}`;
    const isOpen = refunds.length > 0 !== this.toggled.has(key);
    const panel = `payment-${key.replace(/\W/g, '-')}`;
    return html`
      <li class=${isOpen ? 'row open' : 'row'}>
        <button
          type="button"
          class="line payment"
          aria-expanded=${isOpen ? 'true' : 'false'}
          aria-controls=${panel}
          @click=${() => this.#toggle(key)}
        >
          <span class="who">${idText(id)}<span class="quiet">${this.sandbox.titleOf(provider)} · ${status}</span></span>
          <span class="bars">${moneyBar(payment)}</span>
          <span class="sums">
            ${MONEY_PARTS.map(
              (part) =>
                html`<span class=${part}>
                  <span class="hidden">${M.payments.parts[part]}</span><bdi>${showNumber(payment[part], currency)}</bdi>
                </span>`,
            )}
          </span>
          <span class="captured"
            ><span class="hidden">${M.payments.captured}</span><bdi>${showMoney(captured, currency)}</bdi></span
          >
        </button>
        <div id=${panel} class="panel" ?hidden=${!isOpen}>${isOpen ? this.#panel(payment) : nothing}</div>
      </li>
    `;
  }

  #panel({ id, currency, refunds }: SandboxPaymentMoney): TemplateResult {
    const { clock } = this.sandbox;
    return html`
      ${
        refunds.length === 0
          ? html`<p class="quiet">${M.payments.noRefunds}</p>`
          : refunds.map((refund) => refundLife(refund, currency, clock?.now ?? refund.create_time))
      }
      <div class="actions">
        <a href=${writeHash('calls', id)}>${M.payments.allCalls}</a>
        <a href=${writeHash('webhooks', id)}>${M.payments.allWebhooks}</a>
      </div>
    `;
  }
}

customElements.define('payments-view', PaymentsView);
