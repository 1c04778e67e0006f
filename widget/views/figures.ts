import { html, nothing } from 'lit';

import type { MessageKey } from '../messages/registry.ts';
import type { Summary } from '../model.ts';
import { AMOUNTS, hasChanged } from '../flow/reduce.ts';
import { facts, money, type Drawn, type View } from './parts.ts';

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
