import { html, svg } from 'lit';

import type { PaymentSummary } from '../contract/payment.ts';
import { minorOf, money } from './format.ts';
import { texts } from './settings.ts';

const PARTS = ['refunded', 'pending', 'refundable'] as const;

/** Shows that captured = refunded + pending + refundable, as a bar and as text. */
export function moneyBar(summary: PaymentSummary) {
  const t = texts().order;
  const minor = (decimal: string) => minorOf(decimal, summary.currency);
  const captured = minor(summary.captured);
  const permille = (part: bigint) => (captured === 0n ? 0 : Number((part * 1000n) / captured) / 10);
  let from = 0;
  const bars = PARTS.map((key) => {
    const width = permille(minor(summary[key]));
    const bar = svg`<rect class=${key} x="${from}%" y="0" width="${width}%" height="100%"></rect>`;
    from += width;
    return bar;
  });
  return html`
    <svg class="bar" aria-hidden="true" preserveAspectRatio="none">
      <rect class="empty" width="100%" height="100%"></rect>
      ${bars}
    </svg>
    <dl class="sums">
      <div>
        <dt>${t.captured}</dt>
        <dd><bdi>${money(summary.captured, summary.currency)}</bdi></dd>
      </div>
      ${PARTS.map(
        (key) => html`
          <div class=${key}>
            <dt><span class="swatch"></span>${t[key]}</dt>
            <dd><bdi>${money(summary[key], summary.currency)}</bdi></dd>
          </div>
        `,
      )}
    </dl>
  `;
}
