import { html, nothing, type TemplateResult } from 'lit';

import type { PaymentRefund } from '../../contract/payment.ts';
import type { MessageKey } from '../messages/registry.ts';
import type { Summary } from '../model.ts';
import { AMOUNTS, hasChanged } from '../flow/reduce.ts';
import { approvalLimit } from './approval.ts';
import { facts, money, type Drawn, type View } from './parts.ts';

function nameOf(key: (typeof AMOUNTS)[number]): MessageKey {
  return key === 'captured' ? 'paid' : key;
}

/** A reason that forbids the refund leaves nothing to refund. */
function shown(summary: Summary, key: (typeof AMOUNTS)[number]): bigint {
  return key === 'refundable' && summary.notRefundable ? 0n : summary[key];
}

export function figures(view: View, summary: Summary | undefined): Drawn {
  if (!summary) return nothing;
  return html`<div class="stack">
    ${figureList(
      AMOUNTS.map((key) => [
        view.t(nameOf(key)),
        (summary[key] || key !== 'pending') &&
          // The last figure is the large one, so it stays even where a reason forbids the refund.
          money(view, shown(summary, key), summary.currency),
      ]),
    )}${bar(summary)}
  </div>`;
}

/** Names and amounts in one line. The last one is the most important: it stands above the others in large type. */
export function figureList(rows: readonly (readonly [name: unknown, value: unknown])[]): TemplateResult {
  return html`<dl class="figures" part="figures">
    ${rows.map(([name, value]) =>
      value
        ? html`<div part="figure">
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`
        : nothing,
    )}
  </dl>`;
}

const WIDTH = 1000;

/** The payment as a picture: refunded, then pending, the rest can be refunded or is lost. The figures say it in words. */
function bar({ captured, refunded, pending }: Summary): TemplateResult {
  const at = (amount: bigint) => (captured > 0n ? Math.min(WIDTH, Number((amount * BigInt(WIDTH)) / captured)) : 0);
  return html`<svg class="bar" part="bar" viewBox="0 0 ${WIDTH} 1" preserveAspectRatio="none" aria-hidden="true">
    <rect class="open" width=${at(refunded + pending)} height="1" />
    <rect width=${at(refunded)} height="1" />
  </svg>`;
}

/** Who asked for the refunds that are new; empty if nobody knows. */
function colleagues(before: readonly PaymentRefund[], now: readonly PaymentRefund[]): string {
  const idOf = ({ refund_id, idempotency_key }: PaymentRefund) => refund_id || idempotency_key;
  const known = new Set(before.map(idOf));
  // A request that came to nothing has changed no figure.
  const added = now.filter((refund) => refund.requested_by && !refund.ended && !known.has(idOf(refund)));
  return [...new Set(added.map(({ requested_by }) => requested_by))].join(', ');
}

/** Shows what has changed since the review that the change ended. */
export function changes(view: View, before: Summary | undefined, now: Summary | undefined, refused: unknown): Drawn {
  if (!before || !now || !hasChanged(before, now)) return nothing;
  const { t } = view;
  const rows = AMOUNTS.filter((key) => shown(before, key) !== shown(now, key)).map(
    (key) =>
      [
        t(nameOf(key)),
        t('changedFigure', {
          before: money(view, shown(before, key), before.currency),
          now: html`<strong>${money(view, shown(now, key), now.currency)}</strong>`,
        }),
      ] as const,
  );
  const by = before.refunds && colleagues(before.refunds, now.refunds ?? []);
  return html`<div class="panel warning" part="changes" role="alert">
    ${
      refused
        ? nothing
        : html`<strong>${t('changedTitle')}</strong>
            <p>${t(rows[0] ? 'changed' : 'changedNoFigure')}</p>`
    }${before.approvalAbove === now.approvalAbove ? nothing : approvalLimit(view, now)}${facts([...rows, [t('changedBy'), by && html`<bdi>${by}</bdi>`]])}
  </div>`;
}
