import { html, nothing, type TemplateResult } from 'lit';

import { reasonText, sumOf, checkVendors, type Fault } from '../draft.ts';
import { maskIban } from '../adapter.ts';
import type { Review, State, Vendors, VendorsReview } from '../state.ts';
import {
  amountBox,
  button,
  changes,
  facts,
  field,
  form,
  help,
  id,
  money,
  moneyText,
  notice,
  valueOf,
  type Drawn,
  type View,
} from './parts.ts';

type Editing = Extract<State, { at: 'editing' }>;

/** The counter appears from this length on. */
const NEAR = 20;

export function editing(view: View, state: Editing): TemplateResult {
  const { t, s, controller, reasons, adapter, locale } = view;
  const { draft, faults, summary } = state;
  const { currency, refundable } = summary;
  const chosen = reasons.find(({ value }) => value === draft.reason);
  const left = adapter.capabilities.reasonLimit - reasonText(chosen, draft.note).length;
  const count = new Intl.NumberFormat(locale).format(left);
  const scope = (value: 'full' | 'part') =>
    html`<label class="choice">
      <input
        type="radio"
        name="scope"
        .checked=${draft.scope === value}
        @change=${() => controller.type({ scope: value })}
      />
      ${t(value)}
    </label>`;
  return form(
    () => controller.review(),
    html`${notice(view, state.notice)}${changes(view, state.before, summary, state.notice)}
      ${faultSummary(view, Object.entries(faults))}
      <fieldset aria-label=${s('scope')}>${scope('full')}${scope('part')}</fieldset>
      ${
        draft.scope === 'part'
          ? field(
              view,
              'amount',
              t('amount'),
              amountBox('amount', currency, draft.amount, faults.amount, (amount) => controller.type({ amount })),
              faults.amount,
              t('upTo', { amount: money(view, refundable, currency) }),
            )
          : faults.amount && help(view, 'amount', faults.amount)
      }
      ${field(
        view,
        'reason',
        t('reason'),
        html`<select
          id="reason"
          aria-invalid=${!!faults.reason}
          aria-describedby="reason-help"
          @change=${(event: Event) => controller.type({ reason: valueOf(event) })}
        >
          <option value="">${t('choose')}</option>
          ${reasons.map(({ value, label }) => html`<option .value=${value} .selected=${chosen?.value === value}>${label}</option>`)}
        </select>`,
        faults.reason,
      )}
      ${field(
        view,
        'note',
        t('note'),
        html`<textarea
          id="note"
          rows="2"
          dir="auto"
          aria-invalid=${!!faults.note}
          aria-describedby="note-help"
          .value=${draft.note}
          @input=${(event: Event) => controller.type({ note: valueOf(event) })}
        ></textarea>`,
        faults.note,
        left > NEAR ? nothing : t('noteLeft', { count }),
      )}
      ${button(t('toReview'), undefined, { primary: true })}`,
  );
}

/** Lists all faults, each with a link to its field. */
function faultSummary({ t }: View, faults: readonly (readonly [field: string, fault: Fault])[]): Drawn {
  if (faults.length === 0) return nothing;
  const show = (event: Event) => {
    event.preventDefault();
    const link = event.currentTarget as HTMLAnchorElement;
    (link.getRootNode() as ShadowRoot).getElementById(link.hash.slice(1))?.focus();
  };
  return html`<div id="faults" class="panel danger" role="alert" tabindex="-1">
    <strong>${t('faults')}</strong>
    ${faults.map(([name, fault]) => html`<p><a href="#${name}" @click=${show}>${t(...fault)}</a></p>`)}
  </div>`;
}

/** Shows the exact amount again, then the only button that moves it. `sending`: the same without a button. */
export function review(
  view: View,
  { at, order, summary, ...state }: Review | VendorsReview,
  sending = false,
): TemplateResult {
  const { t, adapter, controller, paymentId } = view;
  const { amount, currency, reason } = order;
  const method = summary?.method;
  const vendors = at === 'vendors_review';
  // The second click of a double click on the previous button must not hit this one.
  const confirm = ({ detail }: MouseEvent) => void (detail > 1 || controller.confirm());
  return html`<p class="big" part="amount-echo">${money(view, amount, currency)}</p>
    ${facts([
      [t('payment'), id(paymentId)],
      [t('to'), html`${t('method')}${method ? html` (<bdi>${method}</bdi>)` : nothing}`],
      [t('reason'), reason && id(reason)],
      [t('from'), t(vendors ? 'vendorBalances' : 'balance')],
      [t('time'), t(adapter.duration(method))],
      ...('opened' in state
        ? state.opened.rows.map(
            (row, index) =>
              [
                id(maskIban(row.ibanNumber)),
                state.amounts[index] && money(view, state.amounts[index], currency),
              ] as const,
          )
        : []),
    ])}
    ${
      sending
        ? html`<p class="hint">${t('sending')}</p>`
        : html`${controller.durable ? nothing : html`<p class="panel warning">${t('forgetful')}</p>`}
            <div class="row">
              ${button(t('confirm', { amount: money(view, amount, currency) }), confirm, { primary: true })}
              ${button(t('change'), () => controller.change())}
            </div>`
    }`;
}

/** One row for each vendor. Faults appear at once, and the sum is never rounded. */
export function vendors(view: View, state: Vendors): TemplateResult {
  const { opened, order, typed, tries, notice: refusal, before, summary } = state;
  const { t, s, controller } = view;
  const { currency, amount: asked } = order;
  const { rows, limits } = opened;
  const placed = checkVendors(typed, limits, controller.rules(currency));
  const sum = sumOf(placed);
  const left = asked - sum;
  const fault: Fault | undefined =
    tries && left
      ? ['fault_sum', { sum: moneyText(view, sum, currency), asked: moneyText(view, asked, currency) }]
      : undefined;
  return form(
    () => controller.review(),
    html`<p class="hint">${t('noMoneyYet')}</p>
      ${notice(view, refusal)}${changes(view, before, summary, refusal)}
      ${fault ? faultSummary(view, [['vendor-0', fault]]) : nothing}
      ${table(
        [t('vendor'), t('remaining'), t('amount')],
        rows.map(({ ibanNumber }, index) => {
          const vendor = maskIban(ibanNumber);
          const amount = placed[index]!;
          const wrong = typeof amount === 'bigint' ? undefined : amount;
          const name = `vendor-${index}`;
          const box = amountBox(
            name,
            currency,
            typed[index]!,
            wrong,
            (text) => controller.divide(index, text),
            s('amountFor', { vendor }),
            'sum-help',
          );
          return [
            id(vendor),
            money(view, limits[index]!, currency),
            html`<div class=${wrong ? 'field bad' : 'field'}>${box}${help(view, name, wrong)}</div>`,
          ];
        }),
      )}
      ${facts(
        [
          [t('placed'), money(view, sum, currency)],
          [t(left < 0n ? 'tooMuch' : 'left'), money(view, left < 0n ? -left : left, currency)],
        ],
        'figures',
      )}
      ${help(view, 'sum', fault)}
      <div class="row">
        ${button(t('toReviewAll'), undefined, { primary: true })} ${button(t('split'), () => controller.divide())}
        ${button(t('back'), () => controller.back())}
      </div>`,
  );
}

/** A table with row headers in its first column. */
export function table(heads: readonly unknown[], rows: readonly (readonly unknown[])[]): TemplateResult {
  return html`<table part="vendors">
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([name, ...cells]) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
