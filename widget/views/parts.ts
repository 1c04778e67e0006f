import { html, nothing, type TemplateResult } from 'lit';

import { parseDecimal } from '../../contract/money/decimal.ts';
import { formatAmount } from '../../contract/money/format.ts';
import type { Adapter } from '../adapter.ts';
import type { Controller } from '../controller.ts';
import type { Fault } from '../draft.ts';
import type { MessageKey, Texts } from '../messages.ts';
import type { Refusal, RefundReason, Summary } from '../model.ts';

export type Drawn = TemplateResult | typeof nothing;

/** What every view is drawn from. */
export interface View extends Texts {
  readonly controller: Controller;
  readonly adapter: Adapter;
  readonly paymentId: string;
  readonly reasons: readonly RefundReason[];
}

/** Minor units, or a decimal string of the wire, as a person reads it; as it came where it is no amount. */
export function moneyText({ locale }: View, amount: string | bigint, currency = ''): string {
  if (typeof amount === 'bigint') return formatAmount(amount, currency, locale);
  const parsed = parseDecimal(amount, currency);
  return parsed.ok ? formatAmount(parsed.minor, currency, locale) : `${currency} ${amount}`;
}

export function money(view: View, amount: string | bigint, currency = ''): TemplateResult {
  return html`<bdi>${moneyText(view, amount, currency)}</bdi>`;
}

/** An id to be told apart from text; one click selects it whole. */
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
  primary = false,
  busy = false,
): TemplateResult {
  return html`<button
    type=${press ? 'button' : 'submit'}
    part=${primary ? 'button primary' : 'button'}
    aria-disabled=${busy}
    @click=${press}
  >
    ${label}
  </button>`;
}

export function form(submit: (form: HTMLFormElement) => unknown, content: unknown): TemplateResult {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    submit(event.target as HTMLFormElement);
  };
  return html`<form novalidate @submit=${onSubmit}>${content}</form>`;
}

/** Label above, control, and below it the hint or, in its place, what is wrong. */
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
): TemplateResult {
  return html`<div class="box" part="amount">
    <span aria-hidden="true">${currency}</span>
    <input
      id=${name}
      inputmode="decimal"
      autocomplete="off"
      dir="ltr"
      aria-label=${label ?? nothing}
      aria-invalid=${!!fault}
      aria-describedby="${name}-help"
      .value=${value}
      @input=${(event: Event) => type(valueOf(event))}
    />
  </div>`;
}

export function valueOf({ target }: Event): string {
  return (target as HTMLInputElement).value;
}

/** Names and values; a value that is empty leaves its row out. */
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

export function figures(view: View, summary: Summary | undefined): Drawn {
  if (!summary) return nothing;
  const keys = ['captured', 'refunded', 'pending', 'refundable'] as const;
  return facts(
    keys.map((key) => [
      view.t(key === 'captured' ? 'paid' : key),
      (summary[key] || key !== 'pending') && money(view, summary[key], summary.currency),
    ]),
    'figures',
  );
}

/** The provider's or the proxy's own words, as they came. */
export function words({ t }: View, said: unknown, proxy = false): Drawn {
  return said
    ? html`<p class="hint" part="words">
        ${t(proxy ? 'proxySays' : 'says')} <q><bdi>${said}</bdi></q>
      </p>`
    : nothing;
}

export function refusalWords(view: View, refusal: Refusal | undefined): Drawn {
  return refusal ? words(view, `${refusal.words} (${refusal.code})`, refusal.proxy) : nothing;
}

/** Why the last try came to nothing: in our words, then in theirs. */
export function notice(view: View, refusal: Refusal | undefined): Drawn {
  if (!refusal) return nothing;
  const { code, proxy } = refusal;
  const own = `refused_${code}` as MessageKey;
  const key = !proxy ? 'refused' : own in view.messages ? own : 'refusedProxy';
  return html`<div class="panel danger" part="notice" role="alert">
    <strong>${view.t('refusedTitle')}</strong>
    <p>${view.t(key)}</p>
    ${refusalWords(view, refusal)}
  </div>`;
}
