import { html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';

import { readDecimal } from '../../contract/money/decimal.ts';
import { formatAmount } from '../../contract/money/format.ts';
import type { Adapter } from '../adapters/adapter.ts';
import type { Controller } from '../flow/controller.ts';
import type { Fault } from '../flow/draft.ts';
import type { Texts } from '../messages/texts.ts';
import type { RefundReason, VendorNames } from '../model.ts';

export type Drawn = TemplateResult | typeof nothing;

/** What every view needs. */
export interface View extends Texts {
  readonly controller: Controller;
  readonly adapter: Adapter;
  readonly paymentId: string;
  readonly endpoint: string;
  readonly reasons: readonly RefundReason[];
  readonly vendorNames: VendorNames | undefined;
  readonly headingLevel: number | undefined;
  /** The page has its own buttons for what comes next. */
  readonly hideActions: boolean;
  /** The page sends receipts to customers. */
  readonly canSendReceipt: boolean;
}

export interface ButtonLook {
  /** The one button that goes on. */
  readonly primary?: boolean;
  readonly busy?: boolean | undefined;
  /** Receives the focus when the focused button of its `place` is gone. */
  readonly next?: boolean;
  /** Its accessible name, when the label alone could belong to any row. */
  readonly name?: string | undefined;
  readonly look?: 'quiet' | 'grave' | 'small' | '';
}

/** Formats minor units or a decimal string for a person; a text that is not an amount stays unchanged. */
export function moneyText({ locale }: View, amount: string | bigint, currency = ''): string {
  const minor = typeof amount === 'bigint' ? amount : readDecimal(amount, currency);
  return minor === undefined ? `${currency} ${amount}` : formatAmount(minor, currency, locale);
}

export function money(view: View, amount: string | bigint, currency = ''): TemplateResult {
  return html`<bdi class="money">${moneyText(view, amount, currency)}</bdi>`;
}

/** An id, distinct from text. One click selects all of it. */
export function id(text: unknown): TemplateResult {
  return html`<bdi class="id">${text}</bdi>`;
}

export function when({ locale }: View, at: number, dateStyle?: 'medium'): string {
  return new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'medium' }).format(at);
}

/** `press` undefined: the button submits its form. */
export function button(
  label: unknown,
  press?: (event: MouseEvent) => unknown,
  { primary = false, busy = false, next = false, name, look = '' }: ButtonLook = {},
): TemplateResult {
  return html`<button
    type=${press ? 'button' : 'submit'}
    part=${primary ? 'button primary' : 'button'}
    class=${look}
    aria-disabled=${busy}
    aria-busy=${busy}
    aria-label=${name ?? nothing}
    ?data-next=${next}
    @click=${press}
  >
    ${label}
  </button>`;
}

/** The button that reviews or confirms, unless the page has its own. Without `press`: the button submits its form. */
export function goOn(
  { hideActions }: View,
  label: unknown,
  press?: (event: MouseEvent) => unknown,
  busy?: boolean,
): Drawn {
  return hideActions ? nothing : button(label, press, { primary: true, busy });
}

/** A place in which one button replaces another: the focus stays within it. */
export function place(content: unknown): TemplateResult {
  return html`<div class="place">${content}</div>`;
}

/** The footer of a state. Its first button is the primary one. */
export function actions(content: unknown): TemplateResult {
  return html`<div class="actions" part="actions">${content}</div>`;
}

/** Each place is drawn by elements of its own: fields in one know nothing of what is typed in another. */
export function inPlace(place: unknown, content: Drawn): TemplateResult {
  return html`${keyed(place, content)}`;
}

export function form(
  submit: (form: HTMLFormElement) => unknown,
  content: unknown,
  input?: (event: Event) => unknown,
): TemplateResult {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    submit(event.target as HTMLFormElement);
  };
  // The list of faults follows what is typed. Whoever types hears the keys, and not the whole list at each of them.
  const onInput = {
    // The list is drawn anew before a key has reached the form.
    capture: true,
    handleEvent(event: Event) {
      const list = (event.currentTarget as Element).querySelector('#faults');
      if (list) list.ariaLive = 'off';
      input?.(event);
    },
  };
  return html`<form novalidate @submit=${onSubmit} @input=${onInput}>${content}</form>`;
}

/** The label, the control, and below it the hint or the fault. */
export function field(
  view: View,
  name: string,
  label: unknown,
  control: unknown,
  fault?: Fault,
  hint?: unknown,
  more?: unknown,
): TemplateResult {
  return html`<div class=${fault ? 'field bad' : 'field'} part="field">
    <label for=${name} part="label">${label}</label>${control}${help(view, name, fault, hint)}${more}
  </div>`;
}

export function help({ t }: View, name: string, fault?: Fault, hint?: unknown): TemplateResult {
  const look = fault ? 'error' : 'hint';
  return html`<p id="${name}-help" class=${look} part=${look}>${fault ? t(...fault) : hint}</p>`;
}

/** The label of a field that may stay empty says so. */
export function labelOf({ t }: View, label: unknown, isOptional: boolean): Drawn {
  return html`${label}${isOptional ? html`<span class="hint">${t('optional')}</span>` : nothing}`;
}

/** The currency belongs to the field, not to what is typed. */
export function amountBox(
  name: string,
  currency: string,
  value: string,
  fault: Fault | undefined,
  type: (text: string) => void,
  label?: string,
  also = '',
): TemplateResult {
  return html`<label class="box" part="amount">
    <span aria-hidden="true">${currency}</span>
    <input
      id=${name}
      part="input"
      inputmode="decimal"
      autocomplete="off"
      dir="ltr"
      aria-label=${label ?? nothing}
      aria-invalid=${!!fault}
      aria-describedby="${name}-help ${also}"
      .value=${value}
      @input=${(event: Event) => type(valueOf(event))}
    />
  </label>`;
}

export function valueOf({ target }: Event): string {
  return (target as HTMLInputElement).value;
}

/** Names and values. A row with an empty value is left out. */
export function facts(rows: readonly (readonly [name: unknown, value: unknown])[]): Drawn {
  if (!rows.some(([, value]) => value)) return nothing;
  return html`<dl class="facts" part="facts">
    ${rows.map(([name, value]) =>
      value
        ? html`<dt>${name}</dt>
            <dd>${value}</dd>`
        : nothing,
    )}
  </dl>`;
}

/** Moves the focus from the pressed button or link to another element of the form. */
export function focusOn({ currentTarget }: Event, id: string): void {
  ((currentTarget as Element).getRootNode() as ShadowRoot).querySelector<HTMLElement>(`#${id}`)?.focus();
}

/**
 * Lists all faults, each with a link to its field. `about` tells apart what the fields of a table have in common. After a
 * review (`tries`) the empty list stays: a new one would be announced in the middle of what is typed.
 */
export function faultSummary(
  { t }: View,
  tries: number,
  faults: readonly (readonly [field: string, fault: Fault, about?: string])[],
): Drawn {
  if (!tries) return nothing;
  return html`<div id="faults" class="panel danger" part="faults" role="alert" tabindex="-1" ?hidden=${!faults[0]}>
    <strong>${t('faults')}</strong>
    ${faults.map(([name, fault, about]) => {
      const show = (event: Event) => {
        event.preventDefault();
        focusOn(event, name);
      };
      return html`<p><a href="#${name}" @click=${show}>${about && html`<bdi>${about}</bdi>: `}${t(...fault)}</a></p>`;
    })}
  </div>`;
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
            ${cells.map((cell, index) => html`<td data-label=${heads[index + 1]}>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
