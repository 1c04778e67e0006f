import { html, nothing, type TemplateResult } from 'lit';

import { clockState } from '../../client/answers.ts';
import { showDay, showSpan, spanBetween } from '../logic/time.ts';
import { M } from '../messages.ts';
import { fieldText } from '../parts/fields.ts';
import { menu } from '../parts/menu.ts';
import { View } from '../parts/view.ts';

const SECOND = 1_000;
/** The spans of the buttons: ISO 8601 and milliseconds. */
const STEPS = [
  ['PT30S', 30 * SECOND],
  ['PT1H', 3_600 * SECOND],
  ['PT4H', 4 * 3_600 * SECOND],
  ['P2D', 48 * 3_600 * SECOND],
] as const;

/** The virtual clock and everything that it can be told. */
class ClockBar extends View {
  #change(done: string, change: object): Promise<boolean> {
    const { sandbox } = this;
    return sandbox.act(done, () => sandbox.control.send('POST', '/clock', clockState, change));
  }

  #advance(duration: string, span: number): void {
    void this.#change(M.clock.advanced(showSpan(span)), { advance: duration });
  }

  /** To the second in which the next event is due. */
  #toNext(): void {
    const { clock } = this.sandbox;
    if (!clock?.next_due) return;
    void this.#change(M.clock.wasSet, { set: clock.next_due });
  }

  async #submit(event: SubmitEvent, name: 'advance' | 'set'): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = fieldText(form, name);
    const before = this.sandbox.clock;
    const isDone = await this.#change(M.clock.wasSet, { [name]: text });
    const after = this.sandbox.clock;
    if (!isDone) return;
    form.reset();
    if (name === 'advance' && before && after)
      this.sandbox.tell(M.clock.advanced(showSpan(after.epoch_ms - before.epoch_ms)));
  }

  override render() {
    const { clock } = this.sandbox;
    if (!clock) return nothing;
    const { mode, now, due, next_due: next } = clock;
    const isFrozen = mode === 'frozen';
    const wait = next === null ? undefined : showSpan(spanBetween(now, next));
    return html`
      <section class="clock" aria-label=${M.clock.label}>
        <div class="now">
          <time datetime=${now}>
            <span class="day">${showDay(now)}</span> <strong>${now.slice(11, 19)}</strong>
            <span class="quiet">${M.clock.zone}</span>
          </time>
          <span class="quiet">${isFrozen ? M.clock.frozen : M.clock.running} · ${M.clock.due(due, wait)}</span>
        </div>
        <div class="steps" role="group" aria-label=${M.clock.ahead}>
          ${STEPS.map(
            ([duration, span]) =>
              html`<button type="button" @click=${() => this.#advance(duration, span)}>
                ${M.clock.by(showSpan(span))}
              </button>`,
          )}
          <button type="button" ?disabled=${next === null} @click=${() => this.#toNext()}>${M.clock.next}</button>
          <button
            type="button"
            @click=${() =>
              void this.#change(isFrozen ? M.clock.isRunning : M.clock.isFrozen, {
                mode: isFrozen ? 'running' : 'frozen',
              })}
          >
            ${isFrozen ? M.clock.run : M.clock.freeze}
          </button>
          ${menu('set', M.clock.more, this.#sheet())}
        </div>
      </section>
    `;
  }

  #sheet(): TemplateResult {
    return html`
      <form @submit=${(event: SubmitEvent) => void this.#submit(event, 'advance')}>
        <label class="field">
          <span>${M.clock.advanceBy}</span>
          <input name="advance" required autocomplete="off" spellcheck="false" aria-describedby="advance-hint" />
          <span id="advance-hint" class="hint">${M.clock.advanceHint}</span>
        </label>
        <button type="submit">${M.clock.advance}</button>
      </form>
      <form @submit=${(event: SubmitEvent) => void this.#submit(event, 'set')}>
        <label class="field">
          <span>${M.clock.setTo}</span>
          <input name="set" required autocomplete="off" spellcheck="false" aria-describedby="set-hint" />
          <span id="set-hint" class="hint">${M.clock.setHint}</span>
        </label>
        <button type="submit">${M.clock.set}</button>
      </form>
      <button
        type="button"
        @click=${() => void this.#change(M.clock.wasSet, { mode: 'running', set: new Date().toISOString() })}
      >
        ${M.clock.real}
      </button>
    `;
  }
}

customElements.define('clock-bar', ClockBar);
