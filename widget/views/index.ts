import { html, nothing, type TemplateResult } from 'lit';

import { isUnclear, showsPayment, type State } from '../flow/state.ts';
import { waiting } from './approval.ts';
import { editing } from './editing.ts';
import { figures } from './figures.ts';
import { history, unknowns } from './history.ts';
import { icon } from './icon.ts';
import { loadFailed } from './load-failed.ts';
import { loading } from './loading.ts';
import { notRefundable } from './not-refundable.ts';
import { outcome } from './outcome.ts';
import { money, type View } from './parts.ts';
import { review } from './review.ts';
import { signedOut } from './signed-out.ts';
import { unknown } from './unknown.ts';
import { vendors } from './vendors.ts';
import { counts } from './vendors-result.ts';

/** What was drawn before is no longer so, and must not stay, whatever the page has given that cannot be drawn. */
export function draw(view: View, state: State): TemplateResult {
  try {
    return section(view, state);
  } catch (error) {
    reportError(error);
    return html`<p role="alert">${view.t('ignored')} <bdi>${error}</bdi></p>`;
  }
}

/** The heading says what is new in each state, so it is announced and receives the focus. */
function section(view: View, state: State): TemplateResult {
  const { t, lang, dir } = view;
  const { at, summary } = state;
  const order = at === 'vendors' ? state.order : undefined;
  const asks = at === 'sending' && view.controller.asks(state.from);
  // Without a number it is the word of the person who settled it: the provider has said nothing.
  const isWord = (at === 'pending' || at === 'succeeded') && !state.refunds[0]!.id;
  const title = t(asks ? 'asking_title' : isWord ? `status_${at}` : `${at}_title`, {
    amount: order && money(view, order.amount, order.currency),
    ...('refunds' in state && counts(view, state.refunds)),
  });
  const figured = showsPayment(state) || at === 'awaiting_approval';
  const onKey = (event: KeyboardEvent) => {
    // A key that is held must not send the same request again and again.
    if (event.repeat && event.key === 'Enter' && !(event.target as Element).matches('textarea')) event.preventDefault();
    const { key, defaultPrevented, isComposing, target } = event;
    // Of a text that is being typed it ends the composition, or would lose what was typed.
    const isTyping = isComposing || (target as HTMLTextAreaElement).value;
    // Otherwise Escape also closes a dialog of the page around the form.
    if (key === 'Escape' && !defaultPrevented && !isTyping && stepBack(view, state)) event.preventDefault();
  };
  return html`<section
    part="form"
    class=${at}
    lang=${lang}
    dir=${dir}
    translate="no"
    aria-labelledby="heading"
    @click=${KEEP_FOCUS}
    @keydown=${onKey}
  >
    <slot name="header"></slot>
    <div class="head" role="status">
      ${icon(at)}
      <h2 id="heading" part="heading" tabindex="-1" aria-level=${view.headingLevel || nothing}>${title}</h2>
    </div>
    <slot name="help"></slot>
    ${view.controller.turned ? html`<p class="panel warning" role="alert">${t('refused_user_changed')}</p>` : nothing}
    ${figured && summary ? html`${figures(view, summary)}${waiting(view, summary)}` : nothing}${unknowns(view, state, figured)}${body(view, state)}
    ${'decision' in state && state.decision === 'overruled' && !('intent' in state && state.intent?.approves) ? html`<p class="panel warning" role="alert">${t('overruled')}</p>` : nothing}
    ${isPuzzling(state) ? html`<slot name="support"></slot>` : nothing}${history(view, state)}<slot
      name="footer"
    ></slot>
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
    case 'read_only':
      return notRefundable(view, state);
    case 'editing':
      return editing(view, state);
    case 'review':
    case 'vendors_review':
    case 'approving':
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
      return state satisfies never;
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
  if (state.at === 'review' || state.at === 'vendors_review' || state.at === 'approving') {
    if ('decision' in state && state.decision) controller.approver.decide();
    else controller.back();
    return true;
  }
  if (controller.history.askCancel()) return true;
  if (!('refunds' in state && state.another)) return false;
  controller.askAnother(false);
  return true;
}

/**
 * Safari does not focus a clicked button, so the focus could not follow to what replaces it. It has the focus before it
 * acts. Enter in a field clicks the button, too: then the focus stays in the field.
 */
const KEEP_FOCUS = {
  capture: true,
  handleEvent({ target, detail, currentTarget }: MouseEvent) {
    const { activeElement } = (currentTarget as Element).getRootNode() as ShadowRoot;
    if (detail || !activeElement?.matches('input')) (target as Element).closest('button')?.focus();
  },
};
