import { html, nothing, type TemplateResult } from 'lit';

import type { State } from '../state.ts';
import { editing, review, vendors } from './asking.ts';
import { outcome, unknown } from './knowing.ts';
import { button, figures, money, notice, words, type Drawn, type View } from './parts.ts';

/** The heading is the news of every state, so it is what is announced and where the focus goes. */
export function draw(view: View, state: State): TemplateResult {
  const { t, lang, dir } = view;
  const { at, summary } = state;
  const order = at === 'vendors' ? state.order : undefined;
  const waits = at === 'unknown' && state.why === 'approval';
  const title = t(waits ? 'refused_approval_required' : `${at}_title`, {
    amount: order && money(view, order.amount, order.currency),
  });
  const figured = at === 'editing' || at === 'not_refundable' || at === 'unknown';
  return html`<section part="form" class=${at} lang=${lang} dir=${dir} aria-labelledby="heading" @click=${keepFocus}>
    <div role="status"><h2 id="heading" part="heading" tabindex="-1">${title}</h2></div>
    ${figured ? figures(view, summary) : nothing}${body(view, state)}
  </section>`;
}

function body(view: View, state: State): Drawn {
  const { t, controller } = view;
  switch (state.at) {
    case 'loading':
      return html`${[1, 2, 3, 4].map(() => html`<div class="bone"></div>`)}
        <p class="hint late">${t('loading')}</p>`;
    case 'load_failed':
      return html`${state.notice ? notice(view, state.notice) : html`<p>${t('load_failed')}</p>`}
      ${button(t('reload'), () => void controller.load(state.draft))}`;
    case 'not_refundable':
      return html`<p>${t('not_refundable')}</p>
        ${words(view, state.summary.notRefundable)}`;
    case 'editing':
      return editing(view, state);
    case 'review':
    case 'vendors_review':
      return review(view, state);
    case 'sending':
      return review(view, state.from, true);
    case 'vendors':
      return vendors(view, state);
    case 'unknown':
      return unknown(view, state);
    case 'vendors_result':
    case 'pending':
    case 'succeeded':
    case 'failed':
    case 'reversing':
    case 'reversed':
    case 'cancelled':
    case 'unrecognised':
      return outcome(view, state);
    default:
      throw new TypeError(`Unknown state ${JSON.stringify(state satisfies never)}`);
  }
}

/** Safari does not focus a button that is clicked; the focus then would not follow to the next state. */
function keepFocus({ target }: Event): void {
  (target as Element).closest('button')?.focus();
}
