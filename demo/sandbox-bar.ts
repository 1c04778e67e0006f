import { html, nothing } from 'lit';

import { advanceClock, readClock, readRefundStatuses, readScenarios, readWebhooks, setWebhooks } from './api.ts';
import { ConsoleElement } from './element.ts';
import { faultOf, leftOf, rulesFor, type ActiveRule } from './faults.ts';
import { dateAndTime } from './format.ts';
import { goneRefunds } from './gone.ts';
import { newestOnly } from './newest.ts';
import { linkTo } from './order-row.ts';
import type { ShopOrder } from './orders.ts';
import type { PaymentState } from './payment-state.ts';
import { texts } from './settings.ts';
import { surroundings } from './start-over.ts';
import { REFUND_EVENTS } from './told.ts';

const STEPS = ['PT30S', 'PT4H', 'P2D'] as const;

/** How often the sandbox is read while the page is seen, in milliseconds: another tab, or its own window, may change it. */
const READ_EVERY_MS = 5_000;

/** Controls of the sandbox, which replaces the provider: its clock, and its webhooks. */
class SandboxBar extends ConsoleElement {
  static override properties = {
    order: { attribute: false },
    payments: { attribute: false },
    clock: { state: true },
    active: { state: true },
    webhooks: { state: true },
    gone: { state: true },
    message: { state: true },
    unread: { state: true },
  };

  /** The chosen one. */
  declare order: ShopOrder | undefined;
  declare payments: ReadonlyMap<string, PaymentState>;
  declare clock: string;
  /** The rules that wait in the sandbox. */
  declare active: readonly ActiveRule[];
  declare webhooks: boolean;
  /** How many refunds the proxy counts that the sandbox has no more. */
  declare gone: number;
  /** What became of the last change. */
  declare message: string;
  /** Why the sandbox could not be read. */
  declare unread: string;
  #reading: ReturnType<typeof setInterval> | undefined;
  #letting = Promise.resolve();
  /** As they were read last. */
  #refunds = '';
  #isFollowing = false;
  #console: Element | null = null;
  readonly #reads = newestOnly();

  constructor() {
    super();
    this.payments = new Map();
    this.clock = '';
    this.active = [];
    this.webhooks = false;
    this.gone = 0;
    this.message = '';
    this.unread = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#read();
    this.#reading = setInterval(this.#onVisible, READ_EVERY_MS);
    document.addEventListener('visibilitychange', this.#onVisible);
    this.#console = this.closest('merchant-console');
    for (const name of CHANGES) this.#console?.addEventListener(name, this.#onChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#reading);
    document.removeEventListener('visibilitychange', this.#onVisible);
    for (const name of CHANGES) this.#console?.removeEventListener(name, this.#onChange);
  }

  #onVisible = (): void => {
    if (document.visibilityState === 'visible') void this.#read();
  };

  #onChange = (): void => void this.#read();

  async #read(): Promise<void> {
    const isNewest = this.#reads();
    const { payments } = this;
    try {
      const [clock, webhooks, { active }, statuses] = await Promise.all([
        readClock(),
        readWebhooks(),
        readScenarios(),
        // After the payments, which are known already: a refund that is made meanwhile is not missed here.
        readRefundStatuses(),
      ]);
      if (!isNewest()) return;
      Object.assign(this, { clock, active, gone: goneRefunds(payments, statuses), unread: '' });
      this.#follow(JSON.stringify([...statuses]));
      if (webhooks !== this.webhooks) this.#tellWebhooks(webhooks);
    } catch (error) {
      if (isNewest()) this.unread = sentence(error);
    }
  }

  /**
   * Another tab, another client or the clock has changed a refund: the console reads its payments again, and once more
   * with the next read, because the proxy may hear of it later.
   */
  #follow(refunds: string): void {
    const isNew = this.#refunds !== '' && this.#refunds !== refunds;
    if (isNew || this.#isFollowing) this.dispatchEvent(new CustomEvent('sandbox-changed', { bubbles: true }));
    this.#isFollowing = isNew;
    this.#refunds = refunds;
  }

  #tellWebhooks(webhooks: boolean): void {
    this.webhooks = webhooks;
    this.dispatchEvent(new CustomEvent('sandbox-webhooks', { bubbles: true, detail: webhooks }));
  }

  /** Changes the sandbox. Whatever was read before that is outdated. */
  async #change(action: () => Promise<void>, done = ''): Promise<void> {
    try {
      await action();
      this.message = done;
    } catch (error) {
      this.message = sentence(error);
    }
    await this.#read();
  }

  #advance(duration: string): void {
    const advance = async (): Promise<void> => {
      await advanceClock(duration);
      this.dispatchEvent(new CustomEvent('sandbox-changed', { bubbles: true }));
    };
    void this.#change(advance, texts().sandbox.moved);
  }

  #letArrive(webhooks: boolean): void {
    // A read that has begun before would show the state before.
    this.#reads()();
    this.#tellWebhooks(webhooks);
    // One change after the other, so that the state shown last is the state of the sandbox.
    this.#letting = this.#letting.then(() => this.#change(() => setWebhooks(webhooks)));
  }

  /** What the next refund of the order meets, or what of a fault goes on after it has met one. */
  #fault() {
    const { sandbox: t, faults, breakIt } = texts();
    const rules = this.order ? rulesFor(this.order, this.active) : this.active;
    const next = faultOf(rules);
    const fault = next ?? leftOf(rules);
    // With no order chosen, the next refund may be one of an order that meets nothing.
    const isLeft = rules.length > 0 && !(next && this.order);
    const name = fault ? faults[fault][0] : isLeft ? breakIt.other : breakIt.works;
    return html`
      <span class="next-fault">
        <span class="sub">${isLeft ? t.stillOn : t.fault}</span>
        ${this.order ? html`<a href=${linkTo(this.order, '/break')}>${name}</a>` : html`<span>${name}</span>`}
      </span>
    `;
  }

  override render() {
    const { sandbox: t } = texts();
    const { startOver, hasPages } = surroundings();
    return html`
      <aside class="sandbox" aria-label=${t.label}>
        <strong>${t.label}</strong>
        <span class="clock">
          <span class="sub">${t.clock}</span>
          <time datetime=${this.clock}><bdi>${this.clock ? dateAndTime(this.clock) : '…'}</bdi></time>
        </span>
        <span class="steps" role="group" aria-label=${t.ahead}>
          ${STEPS.map(
            (duration) =>
              html`<button type="button" @click=${() => this.#advance(duration)}>${t.steps[duration]}</button>`,
          )}
        </span>
        <label class="webhooks">
          <input
            type="checkbox"
            .checked=${this.webhooks}
            @change=${(event: Event) => this.#letArrive((event.target as HTMLInputElement).checked)}
          />
          ${t.webhooks}
        </label>
        ${this.#fault()}
        <span class="sub" role="status">${this.unread || this.message}</span>
        ${
          hasPages
            ? html`<a href="_sandbox/db" target="_blank" rel="noreferrer">${t.data}</a>
                <a href="_sandbox/journal" target="_blank" rel="noreferrer">${t.journal}</a>`
            : nothing
        }
        ${this.gone > 0 ? html`<span class="gone warning" role="alert">${t.gone(this.gone)}</span>` : nothing}
        <button type="button" @click=${() => void this.#change(startOver)}>${t.startOver}</button>
      </aside>
    `;
  }
}

/** What may change the sandbox, or use a fault up. A refund that fails in its first answer has only a settled event. */
const CHANGES = [...REFUND_EVENTS, 'fault-changed'];

/** What a browser says of a call without an answer is for developers, and in English. */
function sentence(error: unknown): string {
  if (error instanceof TypeError) return texts().sandbox.noAnswer;
  return error instanceof Error ? error.message : String(error);
}

customElements.define('sandbox-bar', SandboxBar);
