import { html, nothing, type TemplateResult } from 'lit';

import { isUnclear, type State } from '../flow/state.ts';
import { editing } from './editing.ts';
import { figures } from './figures.ts';
import { loadFailed } from './load-failed.ts';
import { loading } from './loading.ts';
import { notRefundable } from './not-refundable.ts';
import { outcome } from './outcome.ts';
import { money, type View } from './parts.ts';
import { review } from './review.ts';
import { signedOut } from './signed-out.ts';
import { unknown } from './unknown.ts';
import { vendors } from './vendors.ts';

/** The heading says what is new in each state, so it is announced and receives the focus. */
export function draw(view: View, state: State): TemplateResult {
  const { t, lang, dir } = view;
  const { at, summary } = state;
  const order = at === 'vendors' ? state.order : undefined;
  const title = t(`${at}_title`, { amount: order && money(view, order.amount, order.currency) });
  const figured = at === 'editing' || at === 'not_refundable' || at === 'awaiting_approval';
  const onKey = (event: KeyboardEvent) => {
    // Otherwise Escape also closes a dialog of the page around the form.
    if (event.key === 'Escape' && !event.defaultPrevented && stepBack(view, state)) event.preventDefault();
  };
  return html`<section
    part="form"
    class=${at}
    lang=${lang}
    dir=${dir}
    aria-labelledby="heading"
    @click=${keepFocus}
    @keydown=${onKey}
  >
    <slot name="header"></slot>
    <div role="status"><h2 id="heading" part="heading" tabindex="-1">${title}</h2></div>
    <slot name="help"></slot>
    ${figured ? figures(view, summary) : nothing}${body(view, state)}
    ${isPuzzling(state) ? html`<slot name="support"></slot>` : nothing}<slot name="footer"></slot>
  </section>`;
}

function body(view: View, state: State): TemplateResult {
  switch (state.at) {
    case 'loading':
      return loading(view);
    case 'load_failed':
      return loadFailed(view, state);
    case 'signed_out':
      return signedOut(view, state);
    case 'not_refundable':
      return notRefundable(view, state);
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

/** Whether a person outside has to be asked: nobody here knows what became of the money. */
function isPuzzling(state: State): boolean {
  return (
    state.at === 'unknown' || state.at.startsWith('revers') || ('refunds' in state && state.refunds.some(isUnclear))
  );
}

/** Escape leaves a review, and answers a question with no. Returns whether there was something to leave. */
function stepBack({ controller }: View, state: State): boolean {
  if (state.at === 'review' || state.at === 'vendors_review') {
    controller.change();
    return true;
  }
  if (!('refunds' in state)) return false;
  const asking = state.refunds.findIndex(({ cancelStep }) => cancelStep === 'asking');
  if (asking < 0 && !state.another) return false;
  if (asking < 0) controller.askAnother(false);
  else controller.askCancel(asking);
  return true;
}

/** Safari does not focus a clicked button, so the focus could not follow to the next state. */
function keepFocus({ target }: Event): void {
  (target as Element).closest('button')?.focus();
}
