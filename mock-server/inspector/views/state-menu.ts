import { html, nothing } from 'lit';
import * as z from 'zod/mini';

import { clockState, snapshotAnswer, type SandboxSnapshot } from '../../client/answers.ts';
import { showTime } from '../logic/time.ts';
import { M } from '../messages.ts';
import { closeMenu, menu } from '../parts/menu.ts';
import { View } from '../parts/view.ts';

const resetAnswer = z.object({ status: z.literal('ok'), clock: clockState });
const restoreAnswer = z.object({ status: z.literal('ok') });
const clearAnswer = z.object({ total: z.literal(0) });

/** A snapshot that this page keeps. */
interface Kept {
  /** Time of the sandbox at which it was taken, RFC 3339. */
  readonly time: string;
  readonly snapshot: SandboxSnapshot;
}

const MAX_KEPT = 8;

/** Snapshots, the reset and the journal's end. */
class StateMenu extends View {
  static override properties = { ...View.properties, kept: { state: true } };

  declare kept: readonly Kept[];

  constructor() {
    super();
    this.kept = [];
  }

  #save(): void {
    const { sandbox } = this;
    const time = sandbox.clock?.now ?? '';
    void sandbox.act(M.state.saved(showTime(time, time)), async () => {
      const snapshot = await sandbox.control.read('/snapshot', snapshotAnswer);
      this.kept = [{ time, snapshot }, ...this.kept].slice(0, MAX_KEPT);
    });
  }

  #restore(snapshot: unknown, name: string): void {
    const { sandbox } = this;
    void sandbox.act(M.state.restored(name), () => sandbox.control.send('POST', '/restore', restoreAnswer, snapshot));
  }

  #download({ time, snapshot }: Kept): void {
    const url = URL.createObjectURL(new Blob([JSON.stringify(snapshot)], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `snapshot-${time.slice(0, 19).replaceAll(':', '')}.json`;
    link.click();
    URL.revokeObjectURL(url);
  }

  async #restoreFile(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (!file) return;
    let snapshot: unknown;
    try {
      snapshot = JSON.parse(await file.text());
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.sandbox.tell(M.state.notJson(file.name), true);
      return;
    } finally {
      input.value = '';
    }
    this.#restore(snapshot, file.name);
  }

  async #reset(event: Event): Promise<void> {
    const { sandbox } = this;
    closeMenu(event);
    const isSure = await this.ask({ title: M.state.resetAsk, what: M.state.resetWhat, action: M.state.reset });
    if (isSure) await sandbox.act(M.state.wasReset, () => sandbox.control.send('POST', '/reset', resetAnswer));
  }

  #clear(): void {
    const { sandbox } = this;
    void sandbox.act(M.state.wasCleared, () => sandbox.control.send('DELETE', '/journal', clearAnswer));
  }

  override render() {
    const now = this.sandbox.clock?.now ?? '';
    return menu(
      'state',
      M.state.label,
      html`
        <button type="button" @click=${() => this.#save()}>${M.state.save}</button>
        ${this.kept.length === 0 ? html`<p class="hint">${M.state.none}</p>` : nothing}
        <ul class="plain kept">
          ${this.kept.map((one) => {
            const name = showTime(one.time, now);
            return html`
              <li>
                <button type="button" @click=${() => this.#restore(one.snapshot, name)}>
                  ${M.state.restore(name)}
                </button>
                <button type="button" class="quiet-button" @click=${() => this.#download(one)}>
                  ${M.state.download}<span class="hidden"> ${name}</span>
                </button>
              </li>
            `;
          })}
        </ul>
        <label class="field">
          <span>${M.state.fromFile}</span>
          <input
            type="file"
            accept="application/json,.json"
            @change=${(event: Event) => void this.#restoreFile(event)}
          />
        </label>
        <hr />
        <button type="button" @click=${() => this.#clear()}>${M.state.clear}</button>
        <button type="button" class="danger" @click=${(event: Event) => void this.#reset(event)}>
          ${M.state.reset}
        </button>
      `,
    );
  }
}

customElements.define('state-menu', StateMenu);
