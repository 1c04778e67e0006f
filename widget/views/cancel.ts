import { html, nothing } from 'lit';

import type { Refund } from '../model.ts';
import { actions, button, moneyText, type Drawn, type View } from './parts.ts';
import { refusalWords } from './refusals.ts';
import { vendorText } from './vendor-name.ts';

/** Cancel, its confirmation, and its result. */
export function cancelling(view: View, refund: Refund, index: number): Drawn {
  const { t, s, controller, adapter } = view;
  const { cancelStep, refusal, standing, amount, currency, vendor, row } = refund;
  const mayCancel = controller.state.summary?.permission?.cancel !== false;
  if (!adapter.cancel || !refund.cancel || standing !== 'pending' || !mayCancel) return nothing;
  const values = { amount: moneyText(view, amount, currency) };
  if (!cancelStep) {
    return html`${
      refusal
        ? html`<div class="above">
            <p role="alert" class="error">${t('cancelRefused')}</p>
            ${refusalWords(view, refusal)}
          </div>`
        : nothing
    }
    ${button(t('cancel'), () => controller.askCancel(index, 'asking'), {
      next: true,
      look: 'grave',
      name: vendor && s('cancelOf', { ...values, vendor: vendorText(view, vendor, row) }),
    })}`;
  }
  const waits = cancelStep !== 'asking';
  return html`<div
    class="above panel ${cancelStep === 'unknown' ? 'warning' : 'danger'}"
    role="alert"
    tabindex=${waits ? -1 : nothing}
    ?data-next=${waits}
  >
    <p>${t(`cancel_${cancelStep}`, values)}</p>
    ${refusalWords(view, refusal)}
    ${
      cancelStep === 'asking'
        ? actions(html`
            ${button(t('cancelNo'), () => controller.askCancel(index), { next: true })}
            ${button(t('cancelYes', values), () => void controller.cancel(index), { look: 'grave' })}
          `)
        : nothing
    }
  </div>`;
}
