import { html, nothing, type TemplateResult } from 'lit';

import type { Review, VendorsReview } from '../flow/state.ts';
import { itemRows } from './items.ts';
import { actions, button, facts, id, money, type View } from './parts.ts';
import { vendorName } from './vendor-name.ts';

/** Shows the exact amount again, then the only button that moves it. `sending`: the same without a button. */
export function review(
  view: View,
  { at, order, summary, ...state }: Review | VendorsReview,
  sending = false,
): TemplateResult {
  const { t, adapter, controller, paymentId } = view;
  const { amount, currency, reason } = order;
  const method = summary?.method;
  const vendors = at === 'vendors_review';
  // The second click of a double click on the previous button must not hit this one.
  const confirm = ({ detail }: MouseEvent) => void (detail > 1 || controller.confirm());
  return html`<p class="big" part="amount-echo">${money(view, amount, currency)}</p>
    ${facts([
      ...itemRows(view, order),
      [t('payment'), id(paymentId)],
      [t('to'), html`${t('method')}${method ? html` (<bdi>${method}</bdi>)` : nothing}`],
      [t('reason'), reason && id(reason)],
      [t('from'), t(vendors ? 'vendorBalances' : 'balance')],
      [t('time'), t(adapter.duration(method))],
    ])}
    ${
      'opened' in state
        ? facts(
            state.opened.rows.map(({ ibanNumber, refundRequestId }, index) => {
              const part = state.amounts[index];
              return [vendorName(view, ibanNumber, refundRequestId), part && money(view, part, currency)];
            }),
          )
        : nothing
    }
    ${
      sending
        ? html`<p class="hint">${t('sending')}</p>`
        : html`${controller.durable ? nothing : html`<p class="panel warning">${t('forgetful')}</p>`}
          ${
            view.hideActions
              ? nothing
              : actions(html`
                  ${button(t('confirm', { amount: money(view, amount, currency) }), confirm, {
                    primary: true,
                    busy: controller.isWaiting(),
                  })}
                  ${button(t('change'), () => controller.change())}
                `)
          }`
    }`;
}
