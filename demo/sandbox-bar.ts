import { html, LitElement } from 'lit';

import { advanceClock, readClock, readFaults, readWebhooks, setFault, setWebhooks, type Fault } from './api.ts';

const STEPS = [
  { duration: 'PT30S', word: '30 s' },
  { duration: 'PT4H', word: '4 h' },
  { duration: 'P2D', word: '2 days' },
] as const;

const FAULTS: readonly (Fault & { word: string })[] = [
  { scenario: 'drop_after_commit', word: 'answer lost after the refund is made' },
  { scenario: 'drop_before_commit', word: 'connection lost before the refund is made' },
  { scenario: 'latency', params: { ms: 5000 }, word: 'answer takes 5 seconds' },
  { scenario: 'server_error', word: 'provider answers 500' },
  { scenario: 'rate_limited', word: 'provider answers 429' },
  { scenario: 'malformed_json', word: 'provider answers broken JSON' },
  { scenario: 'insufficient_balance', word: 'balance is too low' },
  { scenario: 'fail', word: 'refund fails after it was accepted' },
  { scenario: 'reversal', word: 'refund is reversed after it succeeded' },
];

/**
 * Controls of the sandbox, which replaces the provider: its clock, the fault of the next refund call, and its webhooks.
 */
class SandboxBar extends LitElement {
  static override properties = {
    clock: { state: true },
    fault: { state: true },
    webhooks: { state: true },
    message: { state: true },
  };

  declare clock: string;
  declare fault: string;
  declare webhooks: boolean;
  declare message: string;
  #letting = Promise.resolve();

  constructor() {
    super();
    this.clock = '';
    this.fault = '';
    this.webhooks = false;
    this.message = '';
  }

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#run(async () => {
      this.clock = await readClock();
      this.fault = (await readFaults())[0] ?? '';
      this.webhooks = await readWebhooks();
    });
    this.closest('merchant-console')?.addEventListener('refund-form-submit', () => {
      void this.#run(async () => {
        this.fault = (await readFaults())[0] ?? '';
      });
    });
  }

  async #run(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.message = '';
    } catch (error) {
      this.message = error instanceof Error ? error.message : String(error);
    }
  }

  #advance(duration: string, word: string): void {
    void this.#run(async () => {
      this.clock = await advanceClock(duration);
      this.dispatchEvent(new CustomEvent('sandbox-changed', { bubbles: true }));
    }).then(() => {
      if (!this.message) this.message = `Moved ${word} ahead.`;
    });
  }

  #choose(scenario: string): void {
    this.fault = scenario;
    void this.#run(() => setFault(FAULTS.find((fault) => fault.scenario === scenario)));
  }

  #letArrive(webhooks: boolean): void {
    this.webhooks = webhooks;
    // One change after the other, so that the state shown last is the state of the sandbox.
    this.#letting = this.#letting.then(() => this.#run(() => setWebhooks(webhooks)));
  }

  override render() {
    return html`
      <aside class="sandbox" aria-label="Sandbox">
        <strong>Sandbox</strong>
        <span class="clock">
          <span class="sub">Provider's clock</span>
          <time datetime=${this.clock}><bdi>${this.clock ? readable(this.clock) : '…'}</bdi></time>
        </span>
        <span class="steps" role="group" aria-label="Move the provider's clock ahead">
          ${STEPS.map(
            ({ duration, word }) =>
              html`<button type="button" @click=${() => this.#advance(duration, word)}>+ ${word}</button>`,
          )}
        </span>
        <label class="webhooks">
          <input
            type="checkbox"
            .checked=${this.webhooks}
            @change=${(event: Event) => this.#letArrive((event.target as HTMLInputElement).checked)}
          />
          Webhooks arrive
        </label>
        <label class="fault">
          <span class="sub">On the next refund call</span>
          <select
            .value=${this.fault}
            @change=${(event: Event) => this.#choose((event.target as HTMLSelectElement).value)}
          >
            <option value="" ?selected=${this.fault === ''}>everything works</option>
            ${FAULTS.map(
              ({ scenario, word }) =>
                html`<option value=${scenario} ?selected=${this.fault === scenario}>${word}</option>`,
            )}
          </select>
        </label>
        <span class="sub" role="status">${this.message}</span>
        <a href="/_sandbox/db" target="_blank" rel="noreferrer">Data</a>
        <a href="/_sandbox/journal" target="_blank" rel="noreferrer">Journal</a>
      </aside>
    `;
  }
}

function readable(iso: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

customElements.define('sandbox-bar', SandboxBar);
