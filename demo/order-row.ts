import { html, nothing } from 'lit';

import { minorOf, money, shortDate } from './format.ts';
import type { ShopOrder } from './orders.ts';
import { summaryOf, type PaymentState } from './payment-state.ts';
import { texts } from './settings.ts';
import { standingOf } from './standing.ts';

export function orderRow(order: ShopOrder, state: PaymentState, chosen: boolean) {
  const t = texts();
  const { word, tone } = standingOf(state, order);
  return html`
    <tr class=${chosen ? 'chosen' : ''}>
      <td>
        <a href=${linkTo(order)} aria-current=${chosen ? 'page' : 'false'}><bdi>${order.number}</bdi></a>
        <span class="sub">${order.customer}</span>
        ${order.vendors ? html`<span class="tag">${t.orders.marketplace}</span>` : nothing}
      </td>
      <td>${t.methods[order.payment_method]}<span class="sub">${shortDate(order.placed)}</span></td>
      <td>
        <span class="status ${tone}">${word}</span>
        ${needsApproval(order, state) ? html`<span class="tag">${t.orders.approval}</span>` : nothing}
      </td>
      <td class="money"><bdi>${money(totalOf(order), order.currency)}</bdi></td>
    </tr>
  `;
}

export const linkTo = ({ number }: ShopOrder, view = '') => `#/orders/${encodeURIComponent(number)}${view}`;

/** Above it a second person approves, as a decimal string; `undefined` where nobody has to. */
export function approvalLimit(order: ShopOrder, state: PaymentState): string | undefined {
  const limit = summaryOf(state)?.permission?.approval_above;
  return limit && minorOf(totalOf(order), order.currency) > minorOf(limit, order.currency) ? limit : undefined;
}

const needsApproval = (order: ShopOrder, state: PaymentState) => approvalLimit(order, state) !== undefined;

/** The total of the order. The captured amount may be smaller, or zero. */
export function totalOf(order: ShopOrder): string {
  return order.not_refundable ? (order.items[0]?.price ?? order.captured) : order.captured;
}
