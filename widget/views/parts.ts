import { html, nothing, type TemplateResult } from 'lit';

import { parseDecimal } from '../../contract/money/decimal.ts';
import { formatAmount } from '../../contract/money/format.ts';
import type { Adapter } from '../adapter.ts';
import type { Controller } from '../controller.ts';
import type { AmountRules, Fault } from '../draft.ts';
import type { Texts } from '../messages.ts';
import type { Refusal, RefundReason, Summary } from '../model.ts';

export type Drawn = TemplateResult | typeof nothing;

/** What every view is drawn from. */
export interface View {
  readonly texts: Texts;
  readonly controller: Controller;
  readonly adapter: Adapter;
  readonly paymentId: string;
  readonly reasons: readonly RefundReason[];
  readonly rules: (currency: string) => AmountRules;
  /** Puts a text on the clipboard, where there is one. */
  readonly copy: (text: string) => void;
  readonly copied: string;
}

/** A decimal string of the wire as a person reads it; as it came where it is no amount. */
export function moneyText({ texts }: View, amount: string | bigint, currency: string): string {
  const parsed = typeof amount === 'bigint' ? ({ ok: true, minor: amount } as const) : parseDecimal(amount, currency);
  return parsed.ok ? formatAmount(parsed.minor, currency, texts.locale) : `${currency} ${String(amount)}`;
}

export function money(view: View, amount: string | bigint, currency: string): TemplateResult {
  return html`<bdi>${moneyText(view, amount, currency)}</bdi>`;
}

export function when({ texts }: View, at: number, date: boolean): string {
  return new Intl.DateTimeFormat(texts.locale, { timeStyle: 'medium', ...(date && { dateStyle: 'medium' }) }).format(at);
}

export function heading(title: unknown): TemplateResult {
  return html`<h2 id="heading" part="heading" tabindex="-1">${title}</h2>`;
}

export function faultText({ texts }: View, { key, values }: Fault): string {
  return texts.text(key as 'faultAbove', values as Record<'typed' | 'limit', string>);
}

/** The provider's or the proxy's own words, as they came. */
export function words({ texts, adapter }: View, said: string | undefined, code = '', proxy = false): Drawn {
  if (!said && !code) return nothing;
  return html`<p class="words" part="words">
    ${proxy ? texts.text('saidProxy') : texts.text('said', { provider: adapter.name })}:
    <q><bdi>${said}</bdi></q>${code && said ? ' ' : ''}${code ? html`<bdi class="id">(${code})</bdi>` : nothing}
  </p>`;
}

export function refusalWords(view: View, { words: said, code, fields = [], proxy }: Refusal): Drawn {
  return html`${words(view, said, code, proxy)}${fields.map((field) => html`<p class="words"><bdi>${field}</bdi></p>`)}`;
}

export function refusalText({ texts, adapter }: View, { code, proxy }: Refusal): string {
  const provider = adapter.name;
  if (!proxy) return texts.text('refused', { provider });
  switch (code) {
    case 'unauthenticated':
      return texts.text('refusedUnauthenticated');
    case 'forbidden':
      return texts.text('refusedForbidden');
    case 'approval_required':
      return texts.text('refusedApproval');
    case 'refundable_changed':
    case 'amount_above_refundable':
      return texts.text('refusedChanged');
    case 'payment_busy':
      return texts.text('refusedBusy');
    case 'rate_limited':
      return texts.text('refusedBusyLater');
    case 'provider_unreachable':
    case 'credentials_refused':
    case 'ledger_unavailable':
      return texts.text('refusedUnsent', { provider });
    default:
      return texts.text('refusedProxy');
  }
}

/** Why the last try came to nothing, above a form that still holds what was typed. */
export function notice(view: View, refusal: Refusal | undefined): Drawn {
  if (!refusal) return nothing;
  return html`<div class="panel danger" part="notice" role="alert">
    <strong>${view.texts.text('refusedTitle')}</strong>
    <p>${refusalText(view, refusal)}</p>
    ${refusalWords(view, refusal)}
  </div>`;
}

export function figures(view: View, summary: Summary): TemplateResult {
  const { texts } = view;
  const { currency } = summary;
  const row = (key: 'paid' | 'refunded' | 'pending', amount: bigint) =>
    html`<dt>${texts.text(key)}</dt><dd>${money(view, amount, currency)}</dd>`;
  return html`<dl class="figures" part="summary">
    ${row('paid', summary.captured)} ${row('refunded', summary.refunded)}
    ${summary.pending ? row('pending', summary.pending) : nothing}
    <dt class="strong">${texts.text('refundable')}</dt>
    <dd class="strong">${money(view, summary.refundable, currency)}</dd>
  </dl>`;
}

/** Names and values; a value of `undefined` leaves its row out. */
export function facts(rows: readonly (readonly [name: string, value: unknown])[]): TemplateResult {
  return html`<dl class="facts">
    ${rows.map(([name, value]) => (value === undefined ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`))}
  </dl>`;
}

/** An id that can be copied whole. */
export function reference(view: View, id: string): TemplateResult {
  const { texts, copied, copy } = view;
  return html`<bdi class="id">${id}</bdi>
    <button type="button" class="link hint" aria-label="${texts.text('copy')} ${id}" @click=${() => copy(id)}>
      ${texts.text(copied === id ? 'copied' : 'copy')}
    </button>`;
}
