import { html } from 'lit';

import { linkTo } from './order-row.ts';
import { ORDERS } from './orders.ts';
import { texts } from './settings.ts';

/** Where to begin, until an order is chosen. */
export function startPage() {
  const t = texts().start;
  const to = (wanted: string, view?: string) => {
    const order = ORDERS.find(({ number }) => number === wanted);
    if (!order) throw new Error(`The start page links to the order ${wanted}, which does not exist`);
    return linkTo(order, view);
  };
  const steps = [
    { href: to('order_6789'), title: t.plain, hint: t.plainHint },
    { href: to('order_6789', '/break'), title: t.lost, hint: t.lostHint },
    { href: to('KW-10226'), title: t.vendors, hint: t.vendorsHint },
    { href: to('HK-2207'), title: t.approval, hint: t.approvalHint },
  ];
  return html`
    <div class="start">
      <h2>${t.title}</h2>
      <ul>
        ${steps.map(
          ({ href, title, hint }) => html`<li><a href=${href}>${title}</a><span class="sub">${hint}</span></li>`,
        )}
      </ul>
    </div>
  `;
}
