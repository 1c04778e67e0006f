import { html, nothing, type TemplateResult } from 'lit';

import type { State } from '../state.ts';
import { figures, heading, refusalText, refusalWords, type View } from './parts.ts';

/** The shape of what comes, and after two seconds in words what it waits for. */
export function loading({ texts }: View): TemplateResult {
  return html`<div class="stack" aria-busy="true">
    ${heading(texts.text('title'))}
    <span class="sr">${texts.text('loading')}</span>
    <dl class="figures skeleton" aria-hidden="true">
      ${[1, 2, 3].map(() => html`<dt><i></i></dt><dd><i></i></dd>`)}
    </dl>
    <div class="field skeleton" aria-hidden="true"><i></i><i class="tall"></i><i></i><i class="tall"></i></div>
    <p class="hint late">${texts.text('loadingSlow')}</p>
  </div>`;
}

export function loadFailed(view: View, { refusal }: Extract<State, { at: 'load_failed' }>): TemplateResult {
  const { texts, controller } = view;
  return html`<div class="panel danger">
    ${heading(texts.text('loadFailed'))}
    <p>${refusal?.proxy ? refusalText(view, refusal) : texts.text('loadFailedHelp')}</p>
    ${refusal ? refusalWords(view, refusal) : nothing}
    <button type="button" part="button" @click=${() => void controller.load()}>${texts.text('reload')}</button>
  </div>`;
}

export function notRefundable(view: View, { summary }: Extract<State, { at: 'not_refundable' }>): TemplateResult {
  const { texts, adapter } = view;
  const why = summary.notRefundable;
  return html`<header>${heading(texts.text('notRefundable'))}${figures(view, summary)}</header>
    <p>${texts.text(why ? 'notRefundableWhy' : 'notRefundableZero')}</p>
    ${why ? html`<p class="words">${texts.text('said', { provider: adapter.name })}: <q><bdi>${why}</bdi></q></p>` : nothing}`;
}
