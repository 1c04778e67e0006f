import { html, nothing, type TemplateResult } from 'lit';

import { reasonText, type Field } from '../draft.ts';
import type { State } from '../state.ts';
import { faultText, figures, heading, money, notice, type Drawn, type View } from './parts.ts';

type Editing = Extract<State, { at: 'editing' }>;

/** The counter shows from here on. */
const NEAR = 20;

export function editing(view: View, state: Editing): TemplateResult {
  const { texts, controller } = view;
  const { draft, summary, faults } = state;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    controller.review();
  };
  const scope = (value: 'full' | 'part', key: 'scopeFull' | 'scopePart') =>
    html`<label class="choice">
      <input
        type="radio"
        name="scope"
        .checked=${draft.scope === value}
        @change=${() => controller.type({ scope: value })}
      />${texts.text(key)}
    </label>`;
  return html`<form novalidate @submit=${submit}>
    <header>${heading(texts.text('title'))}${figures(view, summary)}</header>
    ${notice(view, state.notice)}${faultSummary(view, state)}
    <fieldset>
      <legend class="sr">${texts.text('scope')}</legend>
      ${scope('full', 'scopeFull')}${scope('part', 'scopePart')}
    </fieldset>
    ${draft.scope === 'part' || faults.amount ? amount(view, state) : nothing} ${reason(view, state)} ${note(view, state)}
    <button class="primary" part="button primary">${texts.text('review')}</button>
  </form>`;
}

/** A link to each field, when more than one is wrong. */
function faultSummary(view: View, { faults }: Editing): Drawn {
  const wrong = Object.entries(faults);
  if (wrong.length < 2) return nothing;
  const go = (event: Event, field: string) => {
    ((event.target as Element).getRootNode() as ShadowRoot).getElementById(field)?.focus();
  };
  return html`<div class="panel danger" id="faults" tabindex="-1" role="group" aria-labelledby="faults-title">
    <strong id="faults-title">${view.texts.text('summaryTitle')}</strong>
    <ul>
      ${wrong.map(
        ([field, fault]) => html`<li>
          <button type="button" class="link error" @click=${(event: Event) => go(event, field)}>
            ${faultText(view, fault)}
          </button>
        </li>`,
      )}
    </ul>
  </div>`;
}

function amount(view: View, state: Editing): TemplateResult {
  const { texts, controller } = view;
  const { currency, refundable } = state.summary;
  const full = state.draft.scope === 'full';
  const hint = texts.parts('amountHint', { amount: money(view, refundable, currency) });
  return field(
    view,
    state,
    'amount',
    texts.text('amount'),
    html`<div class="box" part="amount">
      <span aria-hidden="true">${currency}</span>
      <input
        id="amount"
        inputmode="decimal"
        autocomplete="off"
        spellcheck="false"
        dir="ltr"
        ?readonly=${full}
        aria-invalid=${state.faults.amount ? 'true' : 'false'}
        aria-describedby="amount-help"
        .value=${state.draft.amount}
        @input=${(event: Event) => controller.type({ amount: valueOf(event) })}
      />
    </div>`,
    hint,
  );
}

function reason(view: View, state: Editing): TemplateResult {
  const { texts, controller, reasons } = view;
  return field(
    view,
    state,
    'reason',
    texts.text('reason'),
    html`<select
      id="reason"
      aria-invalid=${state.faults.reason ? 'true' : 'false'}
      aria-describedby="reason-help"
      @change=${(event: Event) => controller.type({ reason: valueOf(event) })}
    >
      <option value="">${texts.text('reasonNone')}</option>
      ${reasons.map(
        ({ value, label }) =>
          html`<option .value=${value} .selected=${state.draft.reason === value}>${label}</option>`,
      )}
    </select>`,
  );
}

function note(view: View, state: Editing): TemplateResult {
  const { texts, controller, reasons, adapter } = view;
  const { draft, faults } = state;
  const chosen = reasons.find(({ value }) => value === draft.reason) ?? {};
  const left = adapter.capabilities.reasonLimit - reasonText(chosen, draft.note).length;
  const count = new Intl.NumberFormat(texts.locale).format(Math.abs(left));
  const required = 'noteRequired' in chosen && chosen.noteRequired;
  return field(
    view,
    state,
    'note',
    texts.text(required ? 'note' : 'noteOptional'),
    html`<textarea
      id="note"
      rows="2"
      dir="auto"
      aria-invalid=${faults.note ? 'true' : 'false'}
      aria-describedby="note-help"
      .value=${draft.note}
      @input=${(event: Event) => controller.type({ note: valueOf(event) })}
    ></textarea>`,
    left > NEAR ? nothing : texts.text(left < 0 ? 'noteOver' : 'noteLeft', { count }),
  );
}

/** Label above, control, and below it the hint or, in its place, what is wrong. */
function field(
  view: View,
  { faults }: Editing,
  name: Field,
  label: string,
  control: TemplateResult,
  hint: unknown = nothing,
): TemplateResult {
  const fault = faults[name];
  return html`<div class="field ${fault ? 'bad' : ''}">
    <label for=${name}>${label}</label>${control}
    <p id="${name}-help" class=${fault ? 'error' : 'hint'}>${fault ? faultText(view, fault) : hint}</p>
  </div>`;
}

export function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value;
}
