import { html, nothing, type TemplateResult } from 'lit';

import type { OrderItem, OrderItems } from '../../contract/money/items.ts';
import { countText, shippingLeft, unitsLeft, unitsOf, type Picking } from '../flow/draft.ts';
import type { Editing } from '../flow/state.ts';
import type { RefundRequest } from '../model.ts';
import { amountBox, field, money, valueOf, type Drawn, type View } from './parts.ts';

/** One field for the units of each line, and one for the shipping. */
export function itemFields(view: View, state: Editing, order: OrderItems, picking: Picking): TemplateResult {
  const { t, s, locale, controller } = view;
  const { draft } = state;
  // Units of which no amount follows are wrong already. That nothing is chosen yet is not.
  const faults = { ...(picking.minor === undefined && picking.faults), ...state.faults };
  const { currency, items } = order;
  const line = (item: OrderItem, index: number) => {
    const name = `item-${index}` as const;
    const left = unitsLeft(item);
    const [units, typed] = unitsOf(draft, item);
    const type = (text: string) =>
      // Not those of this drawing: two fields may change before the next one.
      controller.type({ quantities: { ...controller.state.draft.quantities, [item.id]: text }, total: undefined });
    // A number field, except that a browser's own takes only the digits that it knows.
    const onKey = (event: KeyboardEvent) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      type(String(Math.min(left, Math.max(0, (units || 0) + step))));
    };
    return field(
      view,
      name,
      html`<bdi>${item.name ?? item.id}</bdi>`,
      html`<input
        id=${name}
        class="box"
        role="spinbutton"
        inputmode="numeric"
        autocomplete="off"
        aria-valuemin="0"
        aria-valuemax=${left}
        aria-valuenow=${units}
        aria-invalid=${!!faults[name]}
        aria-describedby="${name}-help"
        data-line=${item.id}
        ?disabled=${!left && !Object.hasOwn(draft.quantities ?? {}, item.id)}
        .value=${typed}
        @focus=${({ target }: Event) => (target as HTMLInputElement).select()}
        @input=${(event: Event) => type(valueOf(event))}
        @keydown=${onKey}
      />`,
      faults[name],
      t('line', {
        price: money(view, item.unit_price, currency),
        sold: countText(item.quantity, locale),
        back: countText(item.quantity - left, locale),
      }),
    );
  };
  const shipping = shippingLeft(order);
  return html`<div class="lines" part="items" role="group" aria-label=${s('returned')}>
    ${items.map(line)}
    ${
      shipping
        ? field(
            view,
            'shipping',
            t('shipping'),
            amountBox('shipping', currency, draft.shipping ?? '', faults.shipping, (text) =>
              controller.type({ shipping: text, total: undefined }),
            ),
            faults.shipping,
            t('upTo', { amount: money(view, shipping, currency) }),
          )
        : nothing
    }
  </div>`;
}

/** By how much an amount differs from what the items come to. */
export function surplus(view: View, amount: bigint, currency: string, computed = amount): Drawn {
  const by = amount - computed;
  if (!by) return nothing;
  const key = by < 0n ? 'surplusLess' : 'surplusMore';
  return html`${view.t(key, { amount: money(view, by < 0n ? -by : by, currency) })}`;
}

/** The items in a review, as rows of facts. */
export function itemRows(view: View, { picked, names, amount, currency, computed }: RefundRequest) {
  const { t, locale } = view;
  if (!picked) return [];
  const { items, shipping } = picked;
  return [
    ...items.map(({ quantity, amount }, index) => {
      const name = html`<bdi>${names?.[index]}</bdi> × ${countText(quantity, locale)}`;
      return [name, money(view, amount, currency)] as const;
    }),
    [t('shipping'), shipping && money(view, shipping, currency)] as const,
    [t('amount'), amount !== computed && surplus(view, amount, currency, computed)] as const,
  ];
}
