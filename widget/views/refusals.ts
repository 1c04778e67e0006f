import { html, nothing } from 'lit';

import type { MessageKey } from '../messages/registry.ts';
import { WITHDRAWN } from '../flow/summary.ts';
import type { Refusal } from '../model.ts';
import type { Drawn, View } from './parts.ts';

/** A quoted message. `who` introduces it. */
export function words({ t }: View, said: unknown, who: unknown = t('says')): Drawn {
  return said
    ? html`<p class="hint" part="words">
        ${who}<q><bdi>${said}</bdi></q>
      </p>`
    : nothing;
}

export function wordsOf(view: View, by: string | null | undefined, said: unknown): Drawn {
  return words(view, said, view.t('personSays', { by: html`<bdi>${by}</bdi>` }));
}

export function refusalWords(view: View, refusal: Refusal | undefined): Drawn {
  if (!refusal?.words) return nothing;
  const { by, code, proxy } = refusal;
  const { t } = view;
  if (by) return wordsOf(view, by, refusal.words);
  const who = code === 'not_refundable' ? 'merchantSays' : proxy ? 'proxySays' : 'says';
  return words(view, `${refusal.words} (${code})`, t(who));
}

/** Says why the last try came to nothing: in our words, then in theirs. */
export function notice(view: View, refusal: Refusal | undefined): Drawn {
  if (!refusal) return nothing;
  const { code, proxy, busy } = refusal;
  const own = `refused_${code}` as MessageKey;
  const key = proxy && own in view.messages ? own : busy ? 'refusedBusy' : proxy ? 'refusedProxy' : 'refused';
  const isWithdrawn = code === WITHDRAWN;
  return html`<div class="panel ${isWithdrawn ? '' : 'danger'}" part="notice" role="alert">
    <strong>${view.t(isWithdrawn ? 'status_withdrawn' : 'refusedTitle')}</strong>
    <p>${view.t(isWithdrawn ? 'refusedTitle' : key)}</p>
    ${refusalWords(view, refusal)}
  </div>`;
}
