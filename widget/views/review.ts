import { html, nothing, type TemplateResult } from 'lit';

import type { Review, VendorsReview } from '../state.ts';
import { maskIban } from '../mask.ts';
import { facts, heading, money, moneyText, type View } from './parts.ts';

/** The exact amount once more, then the one button that moves it. `sending`: the same, with nothing left to press. */
export function review(view: View, state: Review | VendorsReview, sending = false): TemplateResult {
  const { texts, adapter, controller, paymentId } = view;
  const { order, summary } = state;
  const provider = adapter.name;
  const amount = moneyText(view, order.amount, order.currency);
  const method = summary?.method;
  const vendors = state.at === 'vendors_review';
  // The second click of a double click on the button before this one must not land here.
  const confirm = (event: MouseEvent) => void (event.detail > 1 || controller.confirm());
  return html`<div class="stack fresh">
    ${heading(texts.text('reviewTitle'))}
    <p class="big" part="amount-echo"><bdi>${amount}</bdi></p>
    ${facts([
      [
        texts.text('reviewTo'),
        method ? texts.parts('reviewToMethod', { method: html`<bdi>${method}</bdi>` }) : texts.text('reviewToAny'),
      ],
      [texts.text('payment'), html`<bdi class="id">${paymentId}</bdi>`],
      [texts.text('reason'), order.reason ? html`<bdi class="id">${order.reason}</bdi>` : undefined],
      [texts.text('reviewFrom'), texts.text(vendors ? 'reviewFromVendors' : 'reviewFromBalance', { provider })],
      [texts.text('reviewTime'), texts.text(adapter.duration(method) as 'takesCard')],
    ])}
    ${vendors ? parts(view, state) : nothing}
    ${controller.durable || sending ? nothing : html`<p class="panel warning">${texts.text('forgetful')}</p>`}
    ${
      sending
        ? html`<p class="panel calm"><span>${texts.text('sending', { provider })}</span>
            <span class="muted">${texts.text('sendingHelp')}</span></p>`
        : html`<div class="row">
            <button type="button" class="primary" part="button primary" @click=${confirm}>
              ${texts.parts('confirm', { amount: html`<bdi>${amount}</bdi>` })}
            </button>
            <button type="button" part="button" @click=${() => controller.change()}>${texts.text('change')}</button>
          </div>`
    }
  </div>`;
}

function parts(view: View, { opened, amounts, order }: VendorsReview): TemplateResult {
  return facts(
    opened.rows.map(({ ibanNumber }, index) => [
      maskIban(ibanNumber),
      amounts[index] ? money(view, amounts[index], order.currency) : undefined,
    ]),
  );
}
