import { html, type TemplateResult } from 'lit';

import { mayBeOurs } from '../../contract/unaccounted.ts';
import type { State } from '../flow/state.ts';
import type { Drawn, View } from './parts.ts';
import { changes } from './figures.ts';
import { notice, words } from './refusals.ts';

type Closed = Extract<State, { at: 'not_refundable' | 'read_only' }>;

/** Nothing can be refunded, or not by this user: says why, and who states it. */
export function notRefundable(view: View, state: Closed): TemplateResult {
  const { notice: refusal, before, summary } = state;
  return html`${notice(view, refusal)}${changes(view, before, summary, refusal)} ${why(view, state)}`;
}

function why(view: View, { at, summary }: Closed): Drawn {
  const { t } = view;
  const { notRefundable, notRefundableBy, unaccounted, permission } = summary;
  if (at === 'read_only') {
    return html`<p>${t('refused_forbidden')}</p>
      ${words(view, permission?.reason, t('merchantSays'))}`;
  }
  if (unaccounted) {
    return html`<p>${t(mayBeOurs(unaccounted) ? 'unaccountedUnknown' : 'unaccounted', unaccounted)}</p>`;
  }
  return html`<p>${t('not_refundable')}</p>
    ${words(view, notRefundable, t(notRefundableBy === 'provider' ? 'says' : 'merchantSays'))}`;
}
