import { html, nothing } from 'lit';

import { refundsOfDay, type RefundOfOrder } from './filters.ts';
import { amount, minorOf, money, time } from './format.ts';
import { linkTo } from './order-row.ts';
import { ORDERS } from './orders.ts';
import { isUnread, type PaymentState } from './payment-state.ts';
import { texts } from './settings.ts';
import { markOf } from './standing.ts';

/** Standings that move money, or may: a reversed refund holds its amount, as no source says what becomes of it. */
const COUNTS: ReadonlySet<string> = new Set([
  'pending',
  'succeeded',
  'reversing',
  'reversed',
  'unknown',
  'unrecognised',
]);

/** What was refunded today, and asked for, over all orders. */
export function todayPage(payments: ReadonlyMap<string, PaymentState>, now: Date) {
  const t = texts();
  const rows = refundsOfDay(ORDERS, payments, now);
  const failed = ORDERS.filter(({ payment_id }) => isUnread(payments.get(payment_id))).length;
  const isReading = ORDERS.some(({ payment_id }) => (payments.get(payment_id) ?? 'loading') === 'loading');
  // Only of orders that were all read can one say that nothing was refunded.
  const nothingHere = isReading ? t.today.reading : failed > 0 ? t.today.noneKnown : t.today.none;
  return html`
    <section class="today" aria-labelledby="today-title">
      <header>
        <h1 id="today-title" tabindex="-1">${t.today.title}</h1>
        ${rows.length > 0 ? html`<p>${t.today.count(rows.length)}</p>` : nothing}
      </header>
      ${failed > 0 ? html`<p class="warning">${t.today.failed(failed)}</p>` : nothing}
      ${rows.length === 0 ? html`<p class="empty">${nothingHere}</p>` : html`${sums(rows)}${table(rows)}`}
    </section>
  `;
}

function sums(rows: readonly RefundOfOrder[]) {
  const byCurrency = new Map<string, bigint>();
  for (const { order, refund } of rows) {
    if (!COUNTS.has(refund.standing)) continue;
    const { currency } = order;
    byCurrency.set(currency, (byCurrency.get(currency) ?? 0n) + minorOf(refund.amount, currency));
  }
  if (byCurrency.size === 0) return nothing;
  return html`
    <p class="sums-title" id="day-sums">${texts().today.sums}</p>
    <dl class="day-sums" aria-labelledby="day-sums">
      ${[...byCurrency].map(
        ([currency, sum]) => html`
          <div>
            <dt>${currency}</dt>
            <dd><bdi>${amount(sum, currency)}</bdi></dd>
          </div>
        `,
      )}
    </dl>
  `;
}

function table(rows: readonly RefundOfOrder[]) {
  const t = texts();
  return html`
    <div class="scroll" tabindex="0" role="group" aria-label=${t.today.title}>
      <table>
        <thead>
          <tr>
            <th scope="col">${t.today.time}</th>
            <th scope="col">${t.orders.order}</th>
            <th scope="col">${t.orders.status}</th>
            <th scope="col">${t.today.by}</th>
            <th scope="col">${t.today.number}</th>
            <th scope="col" class="money">${t.orders.amount}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(({ order, refund, at }) => {
            const { word, tone } = markOf(refund);
            return html`
              <tr>
                <td><time datetime=${at}>${time(at)}</time></td>
                <td>
                  <a href=${linkTo(order)}><bdi>${order.number}</bdi></a
                  ><span class="sub">${order.customer}</span>
                </td>
                <td><span class="status ${tone}">${word}</span></td>
                <td><bdi>${refund.requested_by ?? t.today.nobody}</bdi></td>
                <td><bdi class="id">${refund.refund_id ?? t.order.noNumber}</bdi></td>
                <td class="money"><bdi>${money(refund.amount, order.currency)}</bdi></td>
              </tr>
            `;
          })}
        </tbody>
      </table>
    </div>
  `;
}
