import { html, nothing, type TemplateResult } from 'lit';

import type { State } from '../flow/state.ts';
import { editing } from './editing.ts';
import { figures } from './figures.ts';
import { history } from './history.ts';
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
    if (event.key === 'Escape' && stepBack(view, state)) event.preventDefault();
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
    <div role="status"><h2 id="heading" part="heading" tabindex="-1">${title}</h2></div>
    ${figured ? figures(view, summary) : nothing}${body(view, state)}${history(view, state)}
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

/** Escape leaves a review, and answers a question with no. Returns whether there was something to leave. */
function stepBack({ controller }: View, state: State): boolean {
  if (state.at === 'review' || state.at === 'vendors_review') {
    controller.change();
    return true;
  }
  if (controller.history.askCancel()) return true;
  if (!('refunds' in state && state.another)) return false;
  controller.askAnother(false);
  return true;
}

/** Safari does not focus a clicked button, so the focus could not follow to the next state. */
function keepFocus({ target }: Event): void {
  (target as Element).closest('button')?.focus();
}
