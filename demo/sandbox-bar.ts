import { html } from 'lit';

import { advanceClock, readClock, readScenarios, readWebhooks, setWebhooks } from './api.ts';
import { ConsoleElement } from './element.ts';
import { faultOf, leftOf, type ActiveRule } from './faults.ts';
import { dateAndTime } from './format.ts';
import { newestOnly } from './newest.ts';
import { texts } from './settings.ts';
import { startOver } from './start-over.ts';

const STEPS = ['PT30S', 'PT4H', 'P2D'] as const;

/** Events after which another fault may be set than before. */
const USES_FAULT = ['refund-form-accepted', 'refund-form-refused', 'refund-form-unknown', 'fault-changed'];

/** Controls of the sandbox, which replaces the provider: its clock, and its webhooks. */
class SandboxBar extends ConsoleElement {
  static override properties = {
    clock: { state: true },
    active: { state: true },
    webhooks: { state: true },
    message: { state: true },
    breakLink: { attribute: false },
  };

  declare clock: string;
  /** The rules that wait in the sandbox. */
  declare active: readonly ActiveRule[];
  declare webhooks: boolean;
  declare message: string;
  /** Where the faults of the chosen order are. */
  declare breakLink: string | undefined;
  #letting = Promise.resolve();
  readonly #faultRead = newestOnly();

  constructor() {
    super();
    this.clock = '';
    this.active = [];
    this.webhooks = false;
    this.message = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#run(async () => {
      this.clock = await readClock();
      this.#tellWebhooks(await readWebhooks());
      await this.#readFault();
    });
    for (const name of USES_FAULT) {
      this.closest('merchant-console')?.addEventListener(name, () => void this.#run(() => this.#readFault()));
    }
  }

  async #readFault(): Promise<void> {
    const isNewest = this.#faultRead();
    const { active } = await readScenarios();
    if (isNewest()) this.active = active;
  }

  #tellWebhooks(webhooks: boolean): void {
    this.webhooks = webhooks;
    this.dispatchEvent(new CustomEvent('sandbox-webhooks', { bubbles: true, detail: webhooks }));
  }

  async #run(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.message = '';
    } catch (error) {
      this.message = error instanceof Error ? error.message : String(error);
    }
  }

  #advance(duration: string): void {
    void this.#run(async () => {
      this.clock = await advanceClock(duration);
      this.dispatchEvent(new CustomEvent('sandbox-changed', { bubbles: true }));
    }).then(() => {
      if (!this.message) this.message = texts().sandbox.moved;
    });
  }

  #letArrive(webhooks: boolean): void {
    this.#tellWebhooks(webhooks);
    // One change after the other, so that the state shown last is the state of the sandbox.
    this.#letting = this.#letting.then(() => this.#run(() => setWebhooks(webhooks)));
  }

  /** What the next refund meets, or what of a fault goes on after it has met one. */
  #fault() {
    const { sandbox: t, faults, breakIt } = texts();
    const next = faultOf(this.active);
    const left = leftOf(this.active);
    const fault = next ?? left;
    const isLeft = !next && this.active.length > 0;
    const name = fault ? faults[fault][0] : isLeft ? breakIt.other : breakIt.works;
    return html`
      <span class="next-fault">
        <span class="sub">${isLeft ? t.stillOn : t.fault}</span>
        ${this.breakLink ? html`<a href=${this.breakLink}>${name}</a>` : html`<span>${name}</span>`}
      </span>
    `;
  }

  override render() {
    const { sandbox: t } = texts();
    const restart = startOver();
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
        <span class="sub" role="status">${this.message}</span>
        ${
          restart
            ? html`<button type="button" @click=${restart}>${t.startOver}</button>`
            : html`<a href="_sandbox/db" target="_blank" rel="noreferrer">${t.data}</a>
                <a href="_sandbox/journal" target="_blank" rel="noreferrer">${t.journal}</a>`
        }
      </aside>
    `;
  }
}

customElements.define('sandbox-bar', SandboxBar);
