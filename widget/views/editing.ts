import { html, nothing, type TemplateResult } from 'lit';

import { reasonText } from '../flow/draft.ts';
import type { State } from '../flow/state.ts';
import { approvalHint } from './approval.ts';
import { amountBox, button, faultSummary, field, form, help, money, valueOf, type View } from './parts.ts';
import { changes } from './figures.ts';
import { notice } from './refusals.ts';

type Editing = Extract<State, { at: 'editing' }>;

/** The counter appears from this length on. */
const NEAR = 20;

export function editing(view: View, state: Editing): TemplateResult {
  const { t, s, controller, reasons, adapter, locale, hideActions } = view;
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
      <span>${t(value)}${value === 'full' ? money(view, refundable, currency) : nothing}</span>
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
      ${approvalHint(view, draft, summary)}${hideActions ? nothing : button(t('toReview'), undefined, { primary: true })}`,
  );
}
