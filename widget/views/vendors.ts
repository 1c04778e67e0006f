import { html, nothing, type TemplateResult } from 'lit';

import { checkVendors } from '../draft.ts';
import { maskIban } from '../mask.ts';
import type { MessageKey } from '../messages.ts';
import type { VendorLine } from '../model.ts';
import type { Vendors, VendorsResult } from '../state.ts';
import { valueOf } from './editing.ts';
import { cancelling, outcomeTitle, watching } from './outcome.ts';
import { faultText, heading, money, moneyText, notice, reference, words, type Drawn, type View } from './parts.ts';

/** A row a vendor; what is wrong shows at once, and the sum is never rounded. */
export function vendors(view: View, state: Vendors): TemplateResult {
  const { texts, controller, rules } = view;
  const { opened, order, typed, faulted } = state;
  const { currency, amount: asked } = order;
  const placing = checkVendors(typed, opened.limits, asked, rules(currency));
  const over = placing.rest < 0n;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    controller.review();
  };
  const row = (index: number) => {
    const name = maskIban(opened.rows[index]!.ibanNumber);
    const fault = placing.faults[index];
    return html`<tr class=${fault ? 'bad' : ''}>
      <th scope="row"><bdi>${name}</bdi></th>
      <td class="end"><span class="muted">${money(view, opened.limits[index]!, currency)}</span></td>
      <td>
        <div class="box">
          <input
            id="vendor-${index}"
            inputmode="decimal"
            autocomplete="off"
            dir="ltr"
            aria-label=${texts.text('vendorAmount', { vendor: name })}
            aria-invalid=${fault ? 'true' : 'false'}
            aria-describedby="vendor-${index}-help"
            .value=${typed[index]!}
            @input=${(event: Event) => controller.typeVendor(index, valueOf(event))}
          />
        </div>
        <p id="vendor-${index}-help" class="error">${fault ? faultText(view, fault) : nothing}</p>
      </td>
    </tr>`;
  };
  const total = (label: string, amount: bigint) =>
    html`<tr><th scope="row" colspan="2">${label}</th><td class="end">${money(view, amount, currency)}</td></tr>`;
  const sum = moneyText(view, placing.sum, currency);
  return html`<form novalidate class="fresh" @submit=${submit}>
    ${heading(texts.parts('vendorsTitle', { amount: money(view, asked, currency) }))}
    <p class="muted">${texts.text('vendorsHelp')}</p>
    ${notice(view, state.notice)}
    <table part="vendors">
      <thead>
        <tr>
          <th scope="col">${texts.text('vendor')}</th>
          <th scope="col" class="end">${texts.text('vendorLeft')}</th>
          <th scope="col">${texts.text('amount')}</th>
        </tr>
      </thead>
      <tbody>${opened.rows.map((_, index) => row(index))}</tbody>
      <tfoot>
        ${total(texts.text('vendorSum'), placing.sum)}
        ${total(texts.text(over ? 'vendorOver' : 'vendorRest'), over ? -placing.rest : placing.rest)}
      </tfoot>
    </table>
    <p id="faults" class="error" tabindex="-1">
      ${
        faulted && placing.rest !== 0n
          ? texts.text('vendorFaultSum', { sum, asked: moneyText(view, asked, currency) })
          : nothing
      }
    </p>
    <div class="row">
      <button class="primary" part="button primary">${texts.text('vendorReview')}</button>
      <button type="button" part="button" @click=${() => controller.split()}>${texts.text('vendorSplit')}</button>
    </div>
  </form>`;
}

const REFUSED: Readonly<Record<NonNullable<VendorLine['refused']>, MessageKey>> = {
  dataTempered: 'vendorDataTempered',
  refundIssue: 'vendorRefundIssue',
  insufficientBalance: 'vendorInsufficientBalance',
  unknown: 'vendorUnknown',
};
const STANDINGS: Readonly<Record<string, MessageKey>> = {
  pending: 'vendorPending',
  succeeded: 'vendorSucceeded',
  cancelled: 'vendorCancelled',
};

/** What became of each vendor's part: one may be refunded while another is refused. */
export function vendorsResult(view: View, state: VendorsResult): TemplateResult {
  const { texts, controller } = view;
  const { currency } = state.lines.find(({ tracked }) => tracked)?.tracked?.refund ?? state.summary ?? { currency: '' };
  const open = state.lines.some(({ tracked }) => tracked?.refund.standing === 'pending');
  return html`<div class="stack fresh">
    ${heading(texts.text('vendorResults'))}
    <table part="vendors">
      <thead>
        <tr>
          <th scope="col">${texts.text('vendor')}</th>
          <th scope="col" class="end">${texts.text('amount')}</th>
          <th scope="col">${texts.text('vendorResult')}</th>
        </tr>
      </thead>
      <tbody>
        ${state.lines.map(
          (line, index) => html`<tr>
            <th scope="row"><bdi>${line.label}</bdi></th>
            <td class="end">${money(view, line.amount, currency)}</td>
            <td><div class="stack">${result(view, line, index)}</div></td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${watching(view, state.watch, open ? 'pending' : 'succeeded')}
    <button type="button" part="button" @click=${() => void controller.again(false)}>${texts.text('again')}</button>
  </div>`;
}

function result(view: View, line: VendorLine, index: number): Drawn {
  const { texts, adapter } = view;
  const { tracked, refused } = line;
  if (refused) {
    const text = texts.text(REFUSED[refused] as 'vendorDataTempered', { provider: adapter.name });
    return html`<p class=${refused === 'unknown' ? 'warning' : 'error'}>${text}</p>${words(view, line.words)}`;
  }
  if (!tracked) return nothing;
  const { standing, references } = tracked.refund;
  const key = STANDINGS[standing];
  return html`<p><strong>${key ? texts.text(key as 'vendorPending') : outcomeTitle(view, standing)}</strong></p>
    <p class="hint">${Object.values(references).slice(0, 1).map((id) => reference(view, id))}</p>
    ${words(view, tracked.refund.words)} ${cancelling(view, tracked, index)}`;
}
