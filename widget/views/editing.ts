import { html, nothing, type TemplateResult } from 'lit';

import { reasonText } from '../flow/draft.ts';
import type { State } from '../flow/state.ts';
import { amountBox, button, faultSummary, field, form, help, labelOf, money, valueOf, type View } from './parts.ts';
import { changes } from './figures.ts';
import { notice } from './refusals.ts';

type Editing = Extract<State, { at: 'editing' }>;

/** The counter appears from this length on. */
const NEAR = 20;

export function editing(view: View, state: Editing): TemplateResult {
  const { t, s, controller, reasons, adapter, hideActions } = view;
  const { draft, faults, summary } = state;
  const { currency, refundable } = summary;
  const chosen = reasons.find(({ code }) => code === draft.reason);
  const left = adapter.capabilities.reasonLimit - reasonText(chosen, draft.note).length;
  const scope = (value: 'full' | 'part') =>
    html`<label class="choice" part="choice">
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
      ${faultSummary(view, Object.entries(faults), state.tries)}
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
        labelOf(view, 'reason', !adapter.capabilities.reasonRequired),
        html`<span class="pick"
          ><select
            id="reason"
            part="select"
            aria-invalid=${!!faults.reason}
            aria-describedby="reason-help"
            @change=${(event: Event) => controller.type({ reason: valueOf(event) })}
          >
            <option value="">${t('choose')}</option>
            ${reasons.map(({ code, label }) => html`<option .value=${code} .selected=${chosen?.code === code}>${label}</option>`)}
          </select></span
        >`,
        faults.reason,
      )}
      ${field(
        view,
        'note',
        labelOf(view, 'note', !chosen?.noteRequired),
        html`<textarea
          id="note"
          part="textarea"
          rows="2"
          dir="auto"
          aria-invalid=${!!faults.note}
          aria-describedby="note-help"
          .value=${draft.note}
          @input=${(event: Event) => controller.type({ note: valueOf(event) })}
        ></textarea>`,
        faults.note,
        left > NEAR ? nothing : t('noteLeft', { count: left }),
      )}
      ${hideActions ? nothing : button(t('toReview'), undefined, { primary: true })}`,
  );
}
