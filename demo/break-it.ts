import { html, nothing, type PropertyValues } from 'lit';

import {
  closeDispute,
  countMet,
  readOpenDisputes,
  readProviderRefunds,
  readRecord,
  readScenarios,
  setFault,
  type ProviderRefund,
  type Scenarios,
} from './api.ts';
import { ConsoleElement } from './element.ts';
import { FAULTS, faultOf, faultsFor, GROUPS, leftOf, rulesFor, type Group } from './faults.ts';
import { newestOnly } from './newest.ts';
import { refundForm } from './order-page.ts';
import type { ShopOrder } from './orders.ts';
import type { LedgerRecord } from './record.ts';
import { ledgerSays, providerDid } from './record-view.ts';
import { texts } from './settings.ts';
import { surroundings } from './start-over.ts';
import type { FaultName } from './texts/faults/en.ts';

/** How often the records are read while the page is seen, in milliseconds. */
const READ_EVERY_MS = 1_000;

/**
 * Where the sandbox is with the chosen fault. `set`: it waits for a refund. `met`: it has met one. `left`: a part of it is
 * switched on, and no refund of this order has met it. `elsewhere`: there is a fault, and none of these.
 */
type Standing = 'none' | 'set' | 'met' | 'left' | 'elsewhere';

/** A fault that was set when the sandbox was read last, and how many calls had met it by then. */
interface Watched {
  readonly fault: FaultName;
  readonly met: number;
}

/**
 * The faults of the sandbox; and side by side what a refund becomes of them: what the admin sees, what the proxy's ledger
 * says, and what the provider did.
 */
export class BreakIt extends ConsoleElement {
  static override properties = {
    order: { attribute: false },
    webhooks: { type: Boolean },
    seat: { attribute: false },
    chosen: { state: true },
    standing: { state: true },
    disputes: { state: true },
    scenarios: { state: true },
    record: { state: true },
    refunds: { state: true },
  };

  declare order: ShopOrder;
  /** Whether webhooks arrive. */
  declare webhooks: boolean;
  /** Of whoever has signed in on this page: the form is theirs. */
  declare seat: number;
  declare chosen: FaultName | undefined;
  declare standing: Standing;
  /** The ids of the open ones of this order. */
  declare disputes: readonly string[];
  declare scenarios: Scenarios | undefined;
  declare record: LedgerRecord | 'failed' | undefined;
  declare refunds: readonly ProviderRefund[];
  #reading: ReturnType<typeof setInterval> | undefined;
  #setting = Promise.resolve();
  /** Changes that the sandbox has not answered yet. */
  #changes = 0;
  #watched: Watched | undefined;
  #rules = '';
  readonly #begun = newestOnly();

  constructor() {
    super();
    this.webhooks = true;
    this.seat = 0;
    this.refunds = [];
    this.standing = 'none';
    this.disputes = [];
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
    this.disputes = [];
    this.chosen = undefined;
    this.standing = 'none';
    this.#watched = undefined;
    void this.#read();
  }

  async #read(): Promise<void> {
    const { order } = this;
    const isNewest = this.#begun();
    const isQuiet = this.#changes === 0;
    const isOurs = () => order === this.order && isNewest();
    try {
      const [refunds, scenarios, disputes] = await Promise.all([
        readProviderRefunds(order),
        readScenarios(),
        readOpenDisputes(order),
      ]);
      // The ledger writes a refund before the provider is asked for it: read first, it would seem not to know it.
      const record = await readRecord(order);
      if (!isOurs()) return;
      Object.assign(this, { record, refunds, scenarios, disputes });
      if (isQuiet && this.#changes === 0) await this.#follow(order, scenarios);
    } catch {
      if (isOurs()) this.record = 'failed';
    }
  }

  /** The sandbox says which fault is set: a refund may have met it, and another tab may have set another one. */
  async #follow(order: ShopOrder, { active }: Scenarios): Promise<void> {
    const rules = rulesFor(order, active);
    const set = faultOf(rules);
    const left = leftOf(rules);
    const known = this.#watched;
    const asked = set ?? known?.fault ?? left;
    const isSame = set !== undefined && set === known?.fault;
    // It is known that a set fault has met nothing yet.
    const met = asked === undefined || isSame ? undefined : await countMet(asked, order);
    if (order !== this.order || this.#changes > 0) return;
    if (set) {
      if (!isSame) this.#watched = { fault: set, met: met ?? 0 };
      this.#show(set, 'set');
    } else if (asked && (met ?? 0) > (known?.met ?? 0)) {
      this.#show(asked, 'met');
    } else {
      this.#watched = undefined;
      this.#show(left, left ? 'left' : rules.length > 0 ? 'elsewhere' : 'none');
    }
    const text = JSON.stringify(active);
    if (text !== this.#rules) this.#tell();
    this.#rules = text;
  }

  #show(fault: FaultName | undefined, standing: Standing): void {
    this.chosen = fault;
    this.standing = standing;
  }

  #tell(): void {
    this.dispatchEvent(new CustomEvent('fault-changed', { bubbles: true }));
  }

  #choose(fault: FaultName | undefined): void {
    const { order } = this;
    this.#show(fault, 'none');
    this.#change(async () => {
      const watched = fault && { fault, met: await countMet(fault, order) };
      await setFault(fault, order);
      if (order === this.order) this.#watched = watched;
    });
  }

  /** Changes the sandbox: one change after the other, so that what is shown last is what it has. */
  #change(action: () => Promise<void>): void {
    this.#changes += 1;
    this.#setting = this.#setting
      .then(action)
      .catch(() => {
        this.record = 'failed';
      })
      .then(() => {
        this.#changes -= 1;
        return this.#read();
      })
      .then(() => this.#tell());
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
          ${this.disputes.map((id) => this.#dispute(id))}
          <button
            type="button"
            class="fault works"
            aria-pressed=${String(!this.chosen && this.standing !== 'elsewhere')}
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
    // What was pressed is being set.
    if (this.standing === 'none') return this.chosen ? '' : t.worksHint;
    return { set: t.isSet, met: t.met, left: t.left, elsewhere: t.other }[this.standing];
  }

  /** No fault, and nothing that is set here, ends a dispute. */
  #dispute(id: string) {
    const t = texts().breakIt;
    const close = () => this.#change(() => closeDispute(id));
    return html`<div class="dispute">
      <p class="warning">${t.dispute} <bdi class="id">${id}</bdi></p>
      ${
        surroundings().hasPages
          ? html`<button type="button" @click=${close}>${t.closeDispute}</button>`
          : html`<p class="sub">${t.keepsDispute}</p>`
      }
    </div>`;
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
