import { html, nothing, type TemplateResult } from 'lit';

import type { Failure, Summary } from '../model.ts';
import type { State } from '../state.ts';
import { editing, review, vendors } from './asking.ts';
import { outcome, unknown } from './knowing.ts';
import { button, changes, figures, id, money, notice, refusedReading, words, type Drawn, type View } from './parts.ts';

/** The heading says what is new in each state, so it is announced and receives the focus. */
export function draw(view: View, state: State): TemplateResult {
  const { t, lang, dir } = view;
  const { at, summary } = state;
  const order = at === 'vendors' ? state.order : undefined;
  const title = t(`${at}_title`, { amount: order && money(view, order.amount, order.currency) });
  const figured = at === 'editing' || at === 'not_refundable' || at === 'awaiting_approval';
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
      return html`${failure(view, state.failure)} ${button(t('reload'), () => void controller.load(state.draft))}`;
    case 'signed_out':
      return html`${notice(view, state.notice)}
        <p>${t('signed_out')}</p>
        ${button(t('signedIn'), () => void controller.load(state.draft), { primary: true })}`;
    case 'not_refundable':
      return html`${notice(view, state.notice)}${changes(view, state.before, state.summary, state.notice)}
      ${why(view, state.summary)}`;
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
    case 'awaiting_approval':
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

/** Says why nothing can be refunded, and who states it. */
function why(view: View, { notRefundable, notRefundableBy, unaccounted }: Summary): Drawn {
  const { t } = view;
  if (unaccounted) return html`<p>${t('unaccounted', unaccounted)}</p>`;
  return html`<p>${t('not_refundable')}</p>
    ${words(view, notRefundable, t(notRefundableBy === 'provider' ? 'says' : 'merchantSays'))}`;
}

function failure(view: View, { why, status, notice: refusal }: Failure): Drawn {
  if (why === 'refused') return notice(view, refusal);
  if (why === 'unread') return refusedReading(view, refusal);
  return html`<p>${view.t(`load_${why}`, { status, url: id(view.endpoint) })}</p>`;
}

/** Safari does not focus a clicked button, so the focus could not follow to the next state. */
function keepFocus({ target }: Event): void {
  (target as Element).closest('button')?.focus();
}
