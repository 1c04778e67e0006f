import { html, nothing, type TemplateResult } from 'lit';

import { isAbove } from '../flow/approver.ts';
import type { Approving, Review, VendorsReview } from '../flow/state.ts';
import { approvalLimit, asked, deciding } from './approval.ts';
import { itemRows } from './items.ts';
import { methodText, reasonText } from './listed.ts';
import { actions, button, facts, goOn, id, money, type View } from './parts.ts';
import { vendorName } from './vendor-name.ts';

/** Shows the exact amount again, then the only button that moves it. `sending`: the same without a button. */
export function review(view: View, state: Review | VendorsReview | Approving, sending = false): TemplateResult {
  const { t, adapter, controller, paymentId } = view;
  const { at, order, summary } = state;
  const { amount, currency, reason } = order;
  const method = summary?.method;
  const asks = controller.asks(state);
  const parts =
    'opened' in state
      ? state.opened.rows.map(({ ibanNumber: label, refundRequestId: vendor }, index) => {
          return { label, vendor, amount: state.amounts[index]! };
        })
      : (at === 'approving' && state.request.parts) || [];
  const drawn = money(view, amount, currency);
  // The second click of a double click on the previous button must not hit this one.
  const confirm = ({ detail }: MouseEvent) => void (detail > 1 || controller.confirm());
  return html`<p class="big" part="amount-echo">${drawn}</p>
    ${facts([
      ...itemRows(view, order),
      ...(at === 'approving'
        ? asked(view, state.request.approval, Date.parse(state.request.approval?.asked_at ?? ''))
        : []),
      [t('to'), methodText(view, method)],
      [t('reason'), reasonText(view, reason)],
      // Before the first step nobody knows whether the payment is that of several vendors.
      [t('from'), (parts.length > 0 || !adapter.vendors) && t(parts.length > 0 ? 'vendorBalances' : 'balance')],
      [t('time'), t(adapter.duration(method))],
      [t('payment'), id(paymentId)],
    ])}
    ${facts(
      parts.map(({ label, vendor, amount }) => [
        vendorName(view, label ?? vendor, vendor),
        amount && money(view, amount, currency),
      ]),
    )}
    ${
      sending
        ? html`<p class="hint">${t('sending')}</p>`
        : html`${at !== 'approving' && isAbove(summary, amount) ? approvalLimit(view, summary!, asks ? undefined : state.draft) : nothing}${controller.durable ? nothing : html`<p class="panel warning" role="alert">${t('forgetful')}</p>`}
          ${controller.page.isDenied() ? html`<p class="hint" role="alert">${t('status_not_sent')}</p>` : nothing}
          ${
            at === 'approving'
              ? deciding(view, state, drawn, confirm)
              : actions(html`
                  ${goOn(view, t(asks ? 'askApproval' : 'confirm', { amount: drawn }), confirm, controller.page.isWaiting())}
                  ${button(t('change'), () => controller.back())}
                `)
          }`
    }`;
}
