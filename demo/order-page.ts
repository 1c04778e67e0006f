import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';

import { toDecimal, type OrderItems } from '../contract/money.ts';
import type { PaymentRefund, PaymentSummary } from '../contract/payment.ts';
import { endpointOf } from './api.ts';
import type { PaymentState } from './payment-state.ts';
import { moneyBar } from './money-bar.ts';
import { METHODS, minorOf, money, shortDate, standingOf, totalOf } from './order-row.ts';
import type { ShopOrder } from './orders.ts';

const PROVIDERS = { uqpay: 'UQPAY', upayments: 'UPayments' } as const;

const MARKS: Readonly<Record<string, { word: string; tone: string }>> = {
  pending: { word: 'Pending', tone: 'pending' },
  succeeded: { word: 'Refunded', tone: 'done' },
  failed: { word: 'Failed', tone: 'bad' },
  reversing: { word: 'Being reversed', tone: 'warning' },
  reversed: { word: 'Reversed', tone: 'warning' },
  cancelled: { word: 'Cancelled', tone: 'quiet' },
  unknown: { word: 'Not known yet', tone: 'warning' },
  unrecognised: { word: 'See status', tone: 'warning' },
  awaiting_approval: { word: 'Waits for approval', tone: 'pending' },
};

/** Why a refund came to an end without moving money. Shown instead of its standing. */
const ENDED: Readonly<Record<string, { word: string; tone: string }>> = {
  declined: { word: 'Declined', tone: 'quiet' },
  expired: { word: 'Not approved in time', tone: 'quiet' },
  refused: { word: 'Refused', tone: 'bad' },
  nothing: { word: 'Came to nothing', tone: 'quiet' },
  not_sent: { word: 'Not sent', tone: 'quiet' },
  vendors_opened: { word: 'Divided by vendor', tone: 'quiet' },
};

export function orderPage(order: ShopOrder, state: PaymentState) {
  const { word, tone } = standingOf(state);
  return html`
    <a class="back" href="#">All orders</a>
    <header class="order-head">
      <h1 tabindex="-1"><bdi>${order.number}</bdi></h1>
      <span class="status ${tone}">${word}</span>
      <p>
        ${order.customer} · ${shortDate(order.placed)} · ${PROVIDERS[order.provider]}, ${METHODS[order.payment_method]}
      </p>
    </header>
    <div class="order-body">
      <div class="facts">
        <section>
          <h2>Items</h2>
          <table class="items">
            <tbody>
              ${order.items.map(
                ({ name, quantity, price }) => html`
                  <tr>
                    <td>${name}</td>
                    <td class="quantity">${quantity} ×</td>
                    <td class="money"><bdi>${money(price, order.currency)}</bdi></td>
                  </tr>
                `,
              )}
              ${
                order.shipping
                  ? html`<tr>
                      <td colspan="2">Shipping</td>
                      <td class="money"><bdi>${money(order.shipping, order.currency)}</bdi></td>
                    </tr>`
                  : nothing
              }
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colspan="2">Total</th>
                <td class="money"><bdi>${money(totalOf(order), order.currency)}</bdi></td>
              </tr>
            </tfoot>
          </table>
        </section>
        ${paymentFacts(order, state)}
      </div>
      <section class="refund" aria-label="Refund">
        ${keyed(
          order.payment_id,
          html`<refund-form
            provider=${order.provider}
            endpoint=${endpointOf(order)}
            payment-id=${order.payment_id}
            .items=${itemsOf(order)}
          ></refund-form>`,
        )}
      </section>
    </div>
  `;
}

/** What was sold, so that the form can compute the refund for what came back. */
function itemsOf({ currency, items, shipping }: ShopOrder): OrderItems {
  return {
    currency,
    items: items.map(({ name, quantity, price, returned }, index) => ({
      id: `line-${index + 1}`,
      name,
      quantity,
      unit_price: price,
      refunded_quantity: returned,
    })),
    shipping,
  };
}

function paymentFacts(order: ShopOrder, state: PaymentState) {
  if (state === 'loading')
    return html`<section>
      <h2>Payment</h2>
      <p class="sub">Reading the payment…</p>
    </section>`;
  if (state === 'failed') {
    return html`<section>
      <h2>Payment</h2>
      <p class="sub">The proxy does not answer. Reload the page when it runs again.</p>
    </section>`;
  }
  return html`
    <section>
      <h2>Payment</h2>
      ${moneyBar(state)}
      <dl class="ids">
        <div>
          <dt>Payment</dt>
          <dd><bdi class="id">${order.payment_id}</bdi></dd>
        </div>
      </dl>
    </section>
    ${refundHistory(order, state)}
  `;
}

function refundHistory(order: ShopOrder, summary: PaymentSummary) {
  const refunds = summary.refunds ?? [];
  const earlier = earlierRefunds(summary);
  if (refunds.length === 0 && !earlier) return nothing;
  return html`
    <section>
      <h2>Refunds</h2>
      <ol class="timeline">
        ${refunds.map((refund) => {
          const mark = ENDED[refund.ended ?? ''] ?? MARKS[refund.standing] ?? { word: refund.standing, tone: 'quiet' };
          return html`
            <li class=${mark.tone}>
              <span class="line">
                <span class="status ${mark.tone}">${mark.word}</span>
                <bdi class="amount">${money(refund.amount, order.currency)}</bdi>
              </span>
              <span class="sub">
                <bdi class="id">${refund.refund_id ?? (refund.idempotency_key ? 'no number' : 'made elsewhere')}</bdi>
                ${saidByProvider(refund) ? html`· provider says <bdi>${refund.status}</bdi>` : nothing}
              </span>
              ${refund.reason ? html`<span class="sub">${refund.reason}</span>` : nothing}
            </li>
          `;
        })}
        ${
          earlier
            ? html`<li class="done">
                <span class="line">
                  <span class="status done">Refunded</span>
                  <bdi class="amount">${money(earlier, order.currency)}</bdi>
                </span>
                <span class="sub">Before this console kept a record</span>
              </li>`
            : nothing
        }
      </ol>
    </section>
  `;
}

/** The amount that the summary counts as refunded or pending but that is in none of its listed refunds. */
function earlierRefunds(summary: PaymentSummary): string | undefined {
  const minor = (decimal: string) => minorOf(decimal, summary.currency);
  const counted = (summary.refunds ?? [])
    .filter(({ standing }) => !HOLDS_NOTHING.has(standing))
    .reduce((sum, { amount }) => sum + minor(amount), 0n);
  const rest = minor(summary.refunded) + minor(summary.pending) - counted;
  return rest > 0n ? toDecimal(rest, summary.currency) : undefined;
}

const HOLDS_NOTHING: ReadonlySet<string> = new Set(['failed', 'cancelled', 'awaiting_approval']);

/** A refund without an id and without a key is known only from a provider's total or from a person. */
function saidByProvider({ status, ended, refund_id, idempotency_key }: PaymentRefund): boolean {
  return status !== '' && status !== ended && !!(refund_id ?? idempotency_key);
}
