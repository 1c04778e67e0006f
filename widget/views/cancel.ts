import { html, nothing } from 'lit';

import type { Refund } from '../model.ts';
import { button, moneyText, type Drawn, type View } from './parts.ts';
import { refusalWords } from './refusals.ts';

/** Cancel, its confirmation, and its result. `name`: the accessible name of the first button, in a list of refunds. */
export function cancelling(view: View, refund: Refund, name?: string): Drawn {
  const { t, s, adapter } = view;
  const { history } = view.controller;
  const { id, cancelStep, refusal, standing, amount, currency, vendor } = refund;
  if (!adapter.cancel || !refund.cancel || standing !== 'pending') return nothing;
  const values = { amount: moneyText(view, amount, currency) };
  const isAsked = history.asked() === id;
  if (!cancelStep && !isAsked) {
    return html`${
      refusal
        ? html`<p role="alert" class="error">${t('cancelRefused')}</p>
            ${refusalWords(view, refusal)}`
        : nothing
    }
    ${button(t('cancel'), () => history.askCancel(id), {
      next: true,
      name: name ?? (vendor && s('cancelOf', { ...values, vendor })),
    })}`;
  }
  return html`<div
    class="panel ${cancelStep === 'unknown' ? 'warning' : 'danger'}"
    role="alert"
    tabindex=${cancelStep ? -1 : nothing}
    ?data-next=${cancelStep}
  >
    <p>${t(`cancel_${cancelStep ?? 'asking'}`, values)}</p>
    ${refusalWords(view, refusal)}
    ${
      cancelStep
        ? nothing
        : html`<div class="row">
            ${button(t('cancelNo'), () => history.askCancel(), { next: true })}
            ${button(t('cancelYes', values), () => void history.cancel(refund), { look: 'grave' })}
          </div>`
    }
  </div>`;
}
