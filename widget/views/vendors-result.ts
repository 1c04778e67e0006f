import { html, nothing, type TemplateResult } from 'lit';

import type { MessageKey } from '../messages/registry.ts';
import type { Refund } from '../model.ts';
import { id, money, place, table, type View } from './parts.ts';
import { words } from './refusals.ts';
import { cancelling } from './cancel.ts';

/** One vendor may be refunded while another is refused. */
export function vendorsTable(view: View, refunds: readonly Refund[]): TemplateResult {
  const { t, messages } = view;
  return table(
    [t('vendor'), t('amount'), t('result')],
    refunds.map((refund) => {
      const { vendor, amount, currency, standing, why, references, words: said } = refund;
      // The proxy lists that a part came to nothing, and not in which of the provider's lists it was.
      const key = `vendor_${why ?? (standing === 'failed' ? 'refundIssue' : standing)}` as MessageKey;
      const text = key in messages ? key : (`${standing}_title` as MessageKey);
      return [
        id(vendor),
        money(view, amount, currency),
        html`<div class="stack">
          <span class=${why ? 'error' : ''}>${t(text)}</span>
          ${references?.['refundOrderId'] ? id(references['refundOrderId']) : nothing} ${words(view, said)}
          ${place(cancelling(view, refund))}
        </div>`,
      ];
    }),
  );
}
