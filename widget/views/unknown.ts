import { html, nothing, type TemplateResult } from 'lit';

import type { Unknown } from '../state.ts';
import { facts, heading, money, refusalWords, reference, when, type Drawn, type View } from './parts.ts';

export function unknown(view: View, state: Unknown): TemplateResult {
  const { texts, adapter, controller, paymentId } = view;
  const { intent, why, checking, evidence } = state;
  const provider = adapter.name;
  const { amount, currency, sentAt, key } = intent;
  const help = { lost: 'unknownHelp', running: 'unknownRunning', elsewhere: 'unknownElsewhere' } as const;
  return html`<form
    class="fresh"
    novalidate
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      const note = (event.target as HTMLFormElement).querySelector('textarea')?.value;
      void controller.checkStatus(note);
    }}
  >
    <div class="panel warning" part="unknown">
      ${heading(texts.text('unknownTitle'))}
      <p>${texts.text(help[why] as 'unknownHelp', { provider })}</p>
      ${facts([
        [texts.text('amount'), amount ? money(view, amount, currency) : undefined],
        [texts.text('sentAt'), sentAt ? html`<bdi>${when(view, sentAt, true)}</bdi>` : undefined],
        [texts.text('keyEnds'), key ? html`<bdi>${key.slice(-6)}</bdi>` : undefined],
        [texts.text('payment'), reference(view, paymentId)],
      ])}
      ${note(view, state)}
      <button class="primary" part="button primary" aria-disabled=${checking ? 'true' : 'false'}>
        ${texts.text(checking ? 'checking' : 'check')}
      </button>
      ${evidence ? found(view, state) : nothing}
      <p class="hint">${texts.text('unknownAsk', { provider })}</p>
      ${evidence && !controller.canResend(intent) ? byHand(view) : nothing}
    </div>
  </form>`;
}

function note({ texts, controller }: View, { intent, evidence }: Unknown): Drawn {
  if (!controller.needsNote(intent)) return nothing;
  const wrong = evidence?.noteWrong;
  return html`<div class="field ${wrong ? 'bad' : ''}">
    <label for="note">${texts.text('unknownNote')}</label>
    <textarea id="note" rows="2" dir="auto" aria-invalid=${wrong ? 'true' : 'false'} aria-describedby="note-help"></textarea>
    <p id="note-help" class=${wrong ? 'error' : 'hint'}>${texts.text(wrong ? 'unknownNoteWrong' : 'unknownNoteHelp')}</p>
  </div>`;
}

/** What the last check brought to light, and what it does not prove. */
function found(view: View, { intent, evidence }: Unknown): Drawn {
  if (!evidence || evidence.noteWrong) return nothing;
  const { texts, adapter } = view;
  const { refusal, refundable, count } = evidence;
  const { expected, currency } = intent;
  return html`<div class="stack" role="status">
    <p>${texts.text('unknownStill', { time: when(view, evidence.at, false) })}</p>
    ${refusal ? html`<p>${texts.text('unknownRefused')}</p>${refusalWords(view, refusal)}` : nothing}
    ${
      refundable && expected
        ? html`<p>${
            refundable === expected
              ? texts.text('unknownSame')
              : texts.parts('unknownLess', {
                  before: money(view, expected, currency),
                  after: money(view, refundable, currency),
                })
          }</p>`
        : nothing
    }
    ${count === undefined ? nothing : html`<p>${texts.text('unknownCount', { provider: adapter.name, count: String(count) })}</p>`}
  </div>`;
}

/** Where no request can be repeated, a person who has asked the provider ends it. */
function byHand({ texts, adapter, controller }: View): TemplateResult {
  const resolve = () => void controller.resolve();
  return html`<details>
    <summary>${texts.text('resolve', { provider: adapter.name })}</summary>
    <div class="row">
      <button type="button" part="button" @click=${resolve}>${texts.text('resolveDone')}</button>
      <button type="button" part="button" @click=${resolve}>${texts.text('resolveNothing')}</button>
    </div>
  </details>`;
}
