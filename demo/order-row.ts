import { html } from 'lit';

import { formatAmount, parseDecimal } from '../contract/money.ts';
import type { PaymentState } from './payment-state.ts';
import type { ShopOrder } from './orders.ts';

export const METHODS = { card: 'Card', knet: 'KNET' } as const;

export function money(decimal: string, currency: string): string {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? formatAmount(parsed.minor, currency, 'en') : `${currency} ${decimal}`;
}

/** The amount in minor units, so that amounts can be added up; 0 when the text is not an exact amount. */
export function minorOf(decimal: string, currency: string): bigint {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? parsed.minor : 0n;
}

/** The word and the tone for a payment. The word is always shown, so that no meaning depends on colour alone. */
export function standingOf(state: PaymentState): { word: string; tone: string } {
  if (state === 'loading') return { word: 'Loading', tone: 'quiet' };
  if (state === 'failed') return { word: 'Not known', tone: 'warning' };
  const minor = (decimal: string) => minorOf(decimal, state.currency);
  if (state.refunds?.some(({ standing }) => standing === 'unknown')) return { word: 'Check refund', tone: 'warning' };
  if (state.not_refundable && minor(state.captured) === 0n) return { word: 'Not captured', tone: 'quiet' };
  if (minor(state.pending) > 0n) return { word: 'Refund pending', tone: 'pending' };
  if (minor(state.refunded) === 0n) return { word: 'Paid', tone: 'good' };
  return minor(state.refundable) === 0n
    ? { word: 'Refunded', tone: 'done' }
    : { word: 'Partly refunded', tone: 'done' };
}

export function orderRow(order: ShopOrder, state: PaymentState, chosen: boolean) {
  const { word, tone } = standingOf(state);
  return html`
    <tr class=${chosen ? 'chosen' : ''}>
      <td>
        <a href="#/orders/${encodeURIComponent(order.number)}" aria-current=${chosen ? 'page' : 'false'}>
          <bdi>${order.number}</bdi>
        </a>
        <span class="sub">${order.customer}</span>
      </td>
      <td>${METHODS[order.payment_method]}<span class="sub">${shortDate(order.placed)}</span></td>
      <td><span class="status ${tone}">${word}</span></td>
      <td class="money"><bdi>${money(totalOf(order), order.currency)}</bdi></td>
    </tr>
  `;
}

/** The total of the order. The captured amount may be smaller, or zero. */
export function totalOf(order: ShopOrder): string {
  return order.not_refundable ? (order.items[0]?.price ?? order.captured) : order.captured;
}

export function shortDate(iso: string): string {
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(iso));
}
