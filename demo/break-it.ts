import { html, nothing, type PropertyValues } from 'lit';

import {
  readProviderRefunds,
  readRecord,
  readScenarios,
  setFault,
  type ProviderRefund,
  type Scenarios,
} from './api.ts';
import { ConsoleElement } from './element.ts';
import { FAULTS, faultOf, faultsFor, GROUPS, isSet, leftOf, type Group } from './faults.ts';
import { newestOnly } from './newest.ts';
import { refundForm } from './order-page.ts';
import type { ShopOrder } from './orders.ts';
import type { LedgerRecord } from './record.ts';
import { ledgerSays, providerDid } from './record-view.ts';
import { texts } from './settings.ts';
import type { FaultName } from './texts/faults/en.ts';

/** How often the records are read while the page is seen, in milliseconds. */
const READ_EVERY_MS = 1_000;

/**
 * The faults of the sandbox; and side by side what a refund becomes of them: what the admin sees, what the proxy's ledger
 * says, and what the provider did.
 */
export class BreakIt extends ConsoleElement {
  static override properties = {
    order: { attribute: false },
    webhooks: { type: Boolean },
    chosen: { state: true },
    scenarios: { state: true },
    record: { state: true },
    refunds: { state: true },
  };

  declare order: ShopOrder;
  /** Whether webhooks arrive. */
  declare webhooks: boolean;
  declare chosen: FaultName | undefined;
  declare scenarios: Scenarios | undefined;
  declare record: LedgerRecord | 'failed' | undefined;
  declare refunds: readonly ProviderRefund[];
  #reading: ReturnType<typeof setInterval> | undefined;
  #setting = Promise.resolve();
  readonly #begun = newestOnly();

  constructor() {
    super();
    this.webhooks = true;
    this.refunds = [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#reading = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#read();
    }, READ_EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#reading);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('order')) return;
    this.record = undefined;
    this.refunds = [];
    this.chosen = undefined;
    void this.#begin();
  }

  async #begin(): Promise<void> {
    await this.#read();
    const active = this.scenarios?.active ?? [];
    this.chosen = faultOf(active) ?? leftOf(active);
  }

  async #read(): Promise<void> {
    const { order } = this;
    const isNewest = this.#begun();
    try {
      const [record, refunds, scenarios] = await Promise.all([
        readRecord(order),
        readProviderRefunds(order),
        readScenarios(),
      ]);
      if (order === this.order && isNewest()) Object.assign(this, { record, refunds, scenarios });
    } catch {
      if (order === this.order && isNewest()) this.record = 'failed';
    }
  }

  #choose(fault: FaultName | undefined): void {
    this.chosen = fault;
    // One after the other, so that the fault shown is the one of the sandbox.
    this.#setting = this.#setting
      .then(() => setFault(fault, this.order))
      .catch(() => {
        this.record = 'failed';
      })
      .then(() => this.#read())
      .then(() => {
        this.dispatchEvent(new CustomEvent('fault-changed', { bubbles: true }));
      });
  }

  override render() {
    const t = texts().breakIt;
    const names = faultsFor(this.order, this.scenarios?.supporters ?? new Map());
    return html`
      <div class="break">
        <section class="faults" aria-labelledby="faults-title">
          <h2 id="faults-title">${t.title}</h2>
          <p class="sub">${t.lead}</p>
          <p class="said" role="status">${this.#said()}</p>
          <button
            type="button"
            class="fault works"
            aria-pressed=${String(!this.chosen)}
            @click=${() => this.#choose(undefined)}
          >
            <strong>${t.works}</strong>
          </button>
          ${GROUPS.map((group) => this.#group(group, names))}
        </section>
        <section class="seen" aria-labelledby="seen-title">
          <h2 id="seen-title">${t.sees}</h2>
          <div class="refund">${refundForm(this.order)}</div>
        </section>
        <div class="records">
          <section aria-labelledby="ledger-title">
            <h2 id="ledger-title">${t.ledger}</h2>
            ${ledgerSays(this.record, this.order.currency)}
          </section>
          <section aria-labelledby="provider-title">
            <h2 id="provider-title">${t.provider}</h2>
            ${providerDid(this.refunds, this.order.currency)}
          </section>
        </div>
      </div>
    `;
  }

  #said(): string {
    const t = texts().breakIt;
    if (!this.chosen) return t.worksHint;
    return isSet(this.chosen, this.scenarios?.active ?? []) ? t.isSet : t.met;
  }

  #group(group: Group, all: readonly FaultName[]) {
    const { breakIt: t, faults } = texts();
    const names = all.filter((name) => FAULTS[name].group === group);
    if (names.length === 0) return nothing;
    return html`
      <div role="group" aria-labelledby="group-${group}">
        <h3 id="group-${group}">${t.groups[group]}</h3>
        ${group === 'webhook' && !this.webhooks ? html`<p class="sub warning">${t.needsWebhooks}</p>` : nothing}
        ${names.map((name) => {
          const [title, sentence] = faults[name];
          return html`
            <button
              type="button"
              class="fault"
              aria-pressed=${String(this.chosen === name)}
              @click=${() => this.#choose(name)}
            >
              <strong>${title}</strong><span>${sentence}</span>
            </button>
          `;
        })}
      </div>
    `;
  }
}

customElements.define('break-it', BreakIt);
