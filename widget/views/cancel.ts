import { html, nothing } from 'lit';

import { unsettled, type Outcome } from '../flow/state.ts';
import type { Refund } from '../model.ts';
import { actions, button, moneyText, type Drawn, type View } from './parts.ts';
import { refusalWords } from './refusals.ts';
import { unlocking } from './unlock.ts';
import { vendorText } from './vendor-name.ts';

/** Cancel, its confirmation, and its result. `name`: the accessible name of the first button, in a list of refunds. */
export function cancelling(view: View, refund: Refund, name?: string): Drawn {
  const { t, s, adapter } = view;
  const { history, state } = view.controller;
  const { id, cancelStep, refusal, standing, amount, currency, vendor, row } = refund;
  const mayCancel = state.summary?.permission?.cancel !== false;
  const told = (more: Drawn = nothing) =>
    refusal
      ? html`<div class="above">
          <p role="alert" class="error">${t('cancelRefused')}</p>
          ${refusalWords(view, refusal)} ${more}
        </div>`
      : nothing;
  // It was carried out before.
  if (standing === 'succeeded') return told();
  if (!adapter.cancel || !refund.cancel || standing !== 'pending' || !mayCancel) return nothing;
  // It may have been deleted at the provider, which then refuses every cancel.
  const { refunds = [], permission } = state.summary ?? {};
  const isLast = permission?.resolve !== false && history.refused() === id && !unsettled(state.summary);
  const deleted = isLast && refunds.find(({ refund_id, intent_id }) => refund_id === id && intent_id);
  const { decision } = state as Partial<Outcome>;
  const values = { amount: moneyText(view, amount, currency) };
  const isAsked = history.asked() === id;
  if (!cancelStep && !isAsked) {
    return html`${told(deleted ? unlocking(view, deleted, decision) : nothing)}
    ${button(t('cancel'), () => history.askCancel(id), {
      next: true,
      look: 'grave',
      name: name ?? (vendor && s('cancelOf', { ...values, vendor: vendorText(view, vendor, row) })),
    })}`;
  }
  return html`<div
    class="above panel ${cancelStep === 'unknown' ? 'warning' : 'danger'}"
    role="alert"
    tabindex=${cancelStep ? -1 : nothing}
    ?data-next=${cancelStep}
  >
    <p>${t(`cancel_${cancelStep ?? 'asking'}`, values)}</p>
    ${refusalWords(view, refusal)}
    ${
      cancelStep
        ? nothing
        : actions(html`
            ${button(t('cancelNo'), () => history.askCancel(), { next: true })}
            ${button(t('cancelYes', values), () => void history.cancel(refund), { look: 'grave' })}
          `)
    }
  </div>`;
}
