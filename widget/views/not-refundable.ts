import { html, type TemplateResult } from 'lit';

import type { Summary } from '../model.ts';
import type { State } from '../flow/state.ts';
import type { Drawn, View } from './parts.ts';
import { changes } from './figures.ts';
import { notice, words } from './refusals.ts';

type NotRefundable = Extract<State, { at: 'not_refundable' }>;

/** Nothing can be refunded: says why, and who states it. */
export function notRefundable(view: View, { notice: refusal, before, summary }: NotRefundable): TemplateResult {
  return html`${notice(view, refusal)}${changes(view, before, summary, refusal)} ${why(view, summary)}`;
}

function why(view: View, { notRefundable, notRefundableBy, unaccounted }: Summary): Drawn {
  const { t } = view;
  if (unaccounted) return html`<p>${t('unaccounted', unaccounted)}</p>`;
  return html`<p>${t('not_refundable')}</p>
    ${words(view, notRefundable, t(notRefundableBy === 'provider' ? 'says' : 'merchantSays'))}`;
}
