import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { matching, pageOf, STATES, type Page } from './filters.ts';
import { integer } from './format.ts';
import { orderRow } from './order-row.ts';
import { ORDERS, PROVIDERS, type ShopOrder } from './orders.ts';
import type { PaymentState } from './payment-state.ts';
import { select } from './select.ts';
import { change, setting, texts } from './settings.ts';

/** The orders that match the search and the filters, a page at a time. Both are kept in the address. */
export function orderList(payments: ReadonlyMap<string, PaymentState>, chosen: ShopOrder | undefined) {
  const t = texts().orders;
  const filters = { query: setting('q'), provider: setting('provider'), state: setting('state') };
  const page = pageOf(matching(ORDERS, payments, filters), setting('page'));
  // Of a chosen order the page has the heading.
  const heading = chosen
    ? html`<h2 class="for-readers">${t.title}</h2>`
    : html`<h1 class="for-readers" tabindex="-1">${t.title}</h1>`;
  return html`
    <section class="list" aria-label=${t.title}>
      ${heading}
      <div class="tools">
        <label class="field search">
          <span>${t.search}</span>
          <input
            type="search"
            placeholder=${t.searchHint}
            .value=${filters.query}
            @input=${(event: InputEvent) => change({ q: (event.target as HTMLInputElement).value, page: '1' })}
          />
        </label>
        ${select({
          label: t.provider,
          options: [['', t.anyProvider], ...Object.entries(PROVIDERS)],
          value: filters.provider,
          choose: (provider) => change({ provider, page: '1' }),
        })}
        ${select({
          label: t.state,
          options: STATES.map((state) => [state, t.states[state]]),
          value: filters.state,
          choose: (state) => change({ state, page: '1' }),
        })}
      </div>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">${t.order}</th>
              <th scope="col">${t.paidWith}</th>
              <th scope="col">${t.status}</th>
              <th scope="col" class="money">${t.amount}</th>
            </tr>
          </thead>
          <tbody>
            ${repeat(
              page.items,
              ({ payment_id }) => payment_id,
              (order) => orderRow(order, payments.get(order.payment_id) ?? 'loading', order === chosen),
            )}
          </tbody>
        </table>
        ${
          page.items.length === 0
            ? html`<div class="empty">
                <p>${t.none}</p>
                <button type="button" @click=${showAll}>${t.clear}</button>
              </div>`
            : nothing
        }
      </div>
      ${pager(page, matching(ORDERS, payments, filters).length)}
    </section>
  `;
}

/** The button goes away with the filters, so the focus goes to the first of them. */
function showAll({ currentTarget }: Event): void {
  (currentTarget as Element).closest('.list')?.querySelector('input')?.focus();
  change({ q: '', provider: '', state: 'any', page: '1' });
}

function pager({ items, page, pages, first }: Page<ShopOrder>, all: number) {
  if (all === 0) return nothing;
  const t = texts().orders;
  const turn = (by: number, label: string, sign: string) => {
    const isEnd = page + by < 1 || page + by > pages;
    // A disabled button would lose the focus at the last page.
    return html`
      <button
        type="button"
        aria-label=${label}
        aria-disabled=${isEnd}
        @click=${() => isEnd || change({ page: String(page + by) })}
      >
        <span class="turn" aria-hidden="true">${sign}</span>
      </button>
    `;
  };
  return html`
    <nav class="pager" aria-label=${t.pages}>
      <span role="status">${t.range(integer(first), integer(first + items.length - 1), integer(all))}</span>
      ${turn(-1, t.previous, '‹')}${turn(1, t.next, '›')}
    </nav>
  `;
}
