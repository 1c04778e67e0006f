import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';

import { toDecimal, type OrderItems } from '../contract/money.ts';
import type { PaymentRefund, PaymentSummary } from '../contract/payment.ts';
import { endpointOf } from './api.ts';
import { integer, minorOf, money, shortDate } from './format.ts';
import { moneyBar } from './money-bar.ts';
import { approvalLimit, linkTo, totalOf } from './order-row.ts';
import { PROVIDERS, type ShopOrder } from './orders.ts';
import { isUnread, summaryOf, type PaymentState, type Unread } from './payment-state.ts';
import { returned } from './returned.ts';
import { chosenDirection, texts } from './settings.ts';
import { markOf, standingOf } from './standing.ts';
import { seat } from './top-bar.ts';

/** The name of the order, its state, and the ways to look at it. */
export function orderHead(order: ShopOrder, state: PaymentState, view: 'details' | 'break') {
  const t = texts();
  const { word, tone } = standingOf(state, order);
  const tab = (name: typeof view, href: string, text: string) =>
    html`<a href=${href} aria-current=${name === view ? 'page' : 'false'}>${text}</a>`;
  return html`
    <a class="back" href="#">${t.orders.back}</a>
    <header class="order-head">
      <h1 tabindex="-1"><bdi>${order.number}</bdi></h1>
      <span class="status ${tone}">${word}</span>
      <nav class="tabs" aria-label=${t.order.views}>
        ${tab('details', linkTo(order), t.order.details)}${tab('break', linkTo(order, '/break'), t.order.breakIt)}
      </nav>
      <p>
        ${order.customer} · ${shortDate(order.placed)} · ${PROVIDERS[order.provider]} ·
        ${t.methods[order.payment_method]}
      </p>
    </header>
  `;
}

/** @param again reads the payment again */
export function orderPage(order: ShopOrder, state: PaymentState, again: () => void) {
  const t = texts();
  return html`
    ${orderHead(order, state, 'details')}
    <div class="order-body">
      <div class="facts">
        ${hints(order, state)}
        <section>
          <h2>${t.order.items}</h2>
          <table class="items">
            <tbody>
              ${order.items.map(
                ({ name, quantity, price }) => html`
                  <tr>
                    <td>${name}</td>
                    <td class="quantity">${integer(quantity)} ×</td>
                    <td class="money"><bdi>${money(price, order.currency)}</bdi></td>
                  </tr>
                `,
              )}
              ${
                order.shipping
                  ? html`<tr>
                      <td colspan="2">${t.order.shipping}</td>
                      <td class="money"><bdi>${money(order.shipping, order.currency)}</bdi></td>
                    </tr>`
                  : nothing
              }
            </tbody>
            <tfoot>
              <tr>
                <th scope="row" colspan="2">${t.order.total}</th>
                <td class="money"><bdi>${money(totalOf(order), order.currency)}</bdi></td>
              </tr>
            </tfoot>
          </table>
        </section>
        ${isUnread(state) ? unreadFacts(order, state, again) : paymentFacts(order, state)}
      </div>
      <div class="refund">${refundForm(order)}</div>
    </div>
  `;
}

/** The form for whoever has signed in on this page: another person has other permissions. */
export function refundForm(order: ShopOrder) {
  return keyed(
    `${order.payment_id} ${seat()}`,
    html`<refund-form
      provider=${order.provider}
      endpoint=${endpointOf(order)}
      payment-id=${order.payment_id}
      dir=${chosenDirection() ?? nothing}
      .items=${itemsOf(order)}
      .vendorNames=${order.vendors}
    ></refund-form>`,
  );
}

/** What is special about this order, and how to try it. */
function hints(order: ShopOrder, state: PaymentState) {
  const t = texts().order;
  const limit = approvalLimit(order, state);
  if (!order.vendors && limit === undefined) return nothing;
  return html`
    <section class="hint">
      ${
        order.vendors
          ? html`<h2>${t.vendors}</h2>
              <p>${Object.values(order.vendors).map((name) => html`<bdi class="tag">${name}</bdi> `)}</p>
              <p>${t.vendorsHint}</p>`
          : nothing
      }
      ${limit === undefined ? nothing : html`<p>${t.approvalHint(money(limit, order.currency))}</p>`}
    </section>
  `;
}

/** What was sold, so that the form can compute the refund for what came back. */
function itemsOf({ payment_id: payment, currency, items, shipping }: ShopOrder): OrderItems {
  const sold = {
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
  return returned.countedIn(sold, payment);
}

function paymentFacts(order: ShopOrder, state: PaymentState) {
  const t = texts().order;
  const summary = summaryOf(state);
  if (!summary) {
    return html`<section>
      <h2>${t.payment}</h2>
      <p class="sub">${t.reading}</p>
    </section>`;
  }
  return html`
    <section>
      <h2>${t.payment}</h2>
      ${moneyBar(summary)}
      <dl class="ids">
        <div>
          <dt>${t.paymentId}</dt>
          <dd><bdi class="id">${order.payment_id}</bdi></dd>
        </div>
      </dl>
    </section>
    ${refundHistory(order, summary)}
  `;
}

/** A payment that could not be read, with what the form knows of its refunds. */
function unreadFacts(order: ShopOrder, { unread, told }: Unread, again: () => void) {
  const t = texts().order;
  return html`
    <section class="unread">
      <h2>${t.payment}</h2>
      <p class="sub" role="status">${t.unread[unread]}</p>
      <button type="button" @click=${again}>${t.again}</button>
    </section>
    ${
      told.length === 0
        ? nothing
        : html`<section>
            <h2>${t.told}</h2>
            <ol class="timeline">
              ${told.map((refund) => {
                const { word, tone } = markOf(refund);
                return html`<li class=${tone}>
                  <span class="line">
                    <span class="status ${tone}">${word}</span>
                    <bdi class="amount">${refund.amount ? money(refund.amount, order.currency) : nothing}</bdi>
                  </span>
                </li>`;
              })}
            </ol>
          </section>`
    }
  `;
}

function refundHistory(order: ShopOrder, summary: PaymentSummary) {
  const t = texts();
  const refunds = summary.refunds ?? [];
  const earlier = earlierRefunds(summary);
  if (refunds.length === 0 && !earlier) return nothing;
  return html`
    <section>
      <h2>${t.order.refunds}</h2>
      <ol class="timeline">
        ${refunds.map((refund) => {
          const mark = markOf(refund);
          return html`
            <li class=${mark.tone}>
              <span class="line">
                <span class="status ${mark.tone}">${mark.word}</span>
                <bdi class="amount">${money(refund.amount, order.currency)}</bdi>
              </span>
              <span class="sub">
                <bdi class="id"
                  >${refund.refund_id ?? (refund.idempotency_key ? t.order.noNumber : t.order.elsewhere)}</bdi
                >
                ${saidByProvider(refund) ? html`· ${t.order.providerSays} <bdi>${refund.status}</bdi>` : nothing}
              </span>
              ${refund.reason ? html`<span class="sub">${refund.reason}</span>` : nothing}
            </li>
          `;
        })}
        ${
          earlier
            ? html`<li class="done">
                <span class="line">
                  <span class="status done">${t.standings.succeeded}</span>
                  <bdi class="amount">${money(earlier, order.currency)}</bdi>
                </span>
                <span class="sub">${t.order.before}</span>
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
