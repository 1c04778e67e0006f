import { html, nothing, type TemplateResult } from 'lit';

import { parseDecimal } from '../../contract/money/decimal.ts';
import { formatAmount } from '../../contract/money/format.ts';
import type { Adapter } from '../adapter.ts';
import type { Controller } from '../controller.ts';
import type { Fault } from '../draft.ts';
import type { MessageKey } from '../locale-registry.ts';
import type { Texts } from '../messages.ts';
import type { Refusal, RefundReason, Summary } from '../model.ts';
import { AMOUNTS, hasChanged } from '../reduce.ts';

export type Drawn = TemplateResult | typeof nothing;

/** What every view needs. */
export interface View extends Texts {
  readonly controller: Controller;
  readonly adapter: Adapter;
  readonly paymentId: string;
  readonly endpoint: string;
  readonly reasons: readonly RefundReason[];
}

export interface ButtonLook {
  /** The one button that goes on. */
  readonly primary?: boolean;
  readonly busy?: boolean;
  /** Receives the focus when the focused button of its `place` is gone. */
  readonly next?: boolean;
  /** Its accessible name, when the label alone could belong to any row. */
  readonly name?: string | undefined;
  readonly look?: 'quiet' | 'grave' | '';
}

/** Formats minor units or a decimal string for a person; a text that is not an amount stays unchanged. */
export function moneyText({ locale }: View, amount: string | bigint, currency = ''): string {
  if (typeof amount === 'bigint') return formatAmount(amount, currency, locale);
  const parsed = parseDecimal(amount, currency);
  return parsed.ok ? formatAmount(parsed.minor, currency, locale) : `${currency} ${amount}`;
}

export function money(view: View, amount: string | bigint, currency = ''): TemplateResult {
  return html`<bdi translate="no">${moneyText(view, amount, currency)}</bdi>`;
}

/** An id, distinct from text. One click selects all of it. */
export function id(text: unknown): TemplateResult {
  return html`<bdi class="id" translate="no">${text}</bdi>`;
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
    aria-label=${name ?? nothing}
    ?data-next=${next}
    @click=${press}
  >
    ${label}
  </button>`;
}

/** A place in which one button replaces another: the focus stays within it. */
export function place(content: unknown): TemplateResult {
  return html`<div class="place">${content}</div>`;
}

export function form(submit: (form: HTMLFormElement) => unknown, content: unknown): TemplateResult {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    submit(event.target as HTMLFormElement);
  };
  return html`<form novalidate @submit=${onSubmit}>${content}</form>`;
}

/** The label, the control, and below it the hint or the fault. */
export function field(
  view: View,
  name: string,
  label: unknown,
  control: unknown,
  fault?: Fault,
  hint?: unknown,
): TemplateResult {
  return html`<div class=${fault ? 'field bad' : 'field'}>
    <label for=${name}>${label}</label>${control}${help(view, name, fault, hint)}
  </div>`;
}

export function help({ t }: View, name: string, fault?: Fault, hint?: unknown): TemplateResult {
  return html`<p id="${name}-help" class=${fault ? 'error' : 'hint'}>${fault ? t(...fault) : hint}</p>`;
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
  return html`<div class="box" part="amount">
    <span aria-hidden="true" translate="no">${currency}</span>
    <input
      id=${name}
      inputmode="decimal"
      autocomplete="off"
      dir="ltr"
      aria-label=${label ?? nothing}
      aria-invalid=${!!fault}
      aria-describedby="${name}-help ${also}"
      translate="no"
      .value=${value}
      @input=${(event: Event) => type(valueOf(event))}
    />
  </div>`;
}

export function valueOf({ target }: Event): string {
  return (target as HTMLInputElement).value;
}

/** Names and values. A row with an empty value is left out. */
export function facts(rows: readonly (readonly [name: unknown, value: unknown])[], look = 'facts'): TemplateResult {
  return html`<dl class=${look}>
    ${rows.map(([name, value]) =>
      value
        ? html`<dt>${name}</dt>
            <dd>${value}</dd>`
        : nothing,
    )}
  </dl>`;
}

function nameOf(key: (typeof AMOUNTS)[number]): MessageKey {
  return key === 'captured' ? 'paid' : key;
}

export function figures(view: View, summary: Summary | undefined): Drawn {
  if (!summary) return nothing;
  return facts(
    AMOUNTS.map((key) => [
      view.t(nameOf(key)),
      (summary[key] || key !== 'pending') && money(view, summary[key], summary.currency),
    ]),
    'figures',
  );
}

/** A quoted message. `who` introduces it. */
export function words({ t }: View, said: unknown, who: unknown = t('says')): Drawn {
  return said
    ? html`<p class="hint" part="words">
        ${who} <q><bdi>${said}</bdi></q>
      </p>`
    : nothing;
}

export function refusalWords(view: View, refusal: Refusal | undefined): Drawn {
  if (!refusal?.words) return nothing;
  const { by, code, proxy } = refusal;
  const { t } = view;
  if (by) return words(view, refusal.words, t('personSays', { by: html`<bdi>${by}</bdi>` }));
  const who = code === 'not_refundable' ? 'merchantSays' : proxy ? 'proxySays' : 'says';
  return words(view, `${refusal.words} (${code})`, t(who));
}

/** Says why the last try came to nothing: in our words, then in theirs. */
export function notice(view: View, refusal: Refusal | undefined): Drawn {
  if (!refusal) return nothing;
  const { code, proxy, busy } = refusal;
  const own = `refused_${code}` as MessageKey;
  const key = proxy && own in view.messages ? own : busy ? 'refusedBusy' : proxy ? 'refusedProxy' : 'refused';
  return html`<div class="panel danger" part="notice" role="alert">
    <strong>${view.t('refusedTitle')}</strong>
    <p>${view.t(key)}</p>
    ${refusalWords(view, refusal)}
  </div>`;
}

/** Says why the payment could not be read. This says nothing about its refunds. */
export function refusedReading(view: View, refusal: Refusal | undefined): Drawn {
  return html`<p>${view.t('load_unread')}</p>
    ${refusalWords(view, refusal)}`;
}

/** Shows what has changed since the review that the change ended. */
export function changes(view: View, before: Summary | undefined, now: Summary | undefined, refused: unknown): Drawn {
  if (!before || !now || !hasChanged(before, now)) return nothing;
  const { t } = view;
  const rows = AMOUNTS.filter((key) => before[key] !== now[key]).map(
    (key) =>
      [
        t(nameOf(key)),
        t('changedFigure', {
          before: money(view, before[key], before.currency),
          now: html`<strong>${money(view, now[key], now.currency)}</strong>`,
        }),
      ] as const,
  );
  return html`<div class="panel warning" part="changes" role="alert">
    ${
      refused
        ? nothing
        : html`<strong>${t('changedTitle')}</strong>
            <p>${t('changed')}</p>`
    }${facts(rows)}
  </div>`;
}
