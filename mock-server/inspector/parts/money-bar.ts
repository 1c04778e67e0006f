import { html, svg, type TemplateResult } from 'lit';

import type { SandboxPaymentMoney } from '../../client/overview.ts';
import { barsOf } from '../logic/money.ts';

/** Captured = refunded + pending + refundable. The numbers stand beside it as text. */
export function moneyBar(payment: SandboxPaymentMoney): TemplateResult {
  return html`
    <svg class="bar" aria-hidden="true" preserveAspectRatio="none">
      <rect class="empty" width="100%" height="100%"></rect>
      ${barsOf(payment).map(
        ({ part, start, width }) => svg`<rect class=${part} x="${start}%" width="${width}%" height="100%"></rect>`,
      )}
    </svg>
  `;
}
