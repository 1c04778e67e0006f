import { html, nothing, type TemplateResult } from 'lit';

import type { MessageKey } from '../messages/registry.ts';
import { countText } from '../flow/draft.ts';
import type { Refund } from '../model.ts';
import { isUnclear } from '../flow/state.ts';
import { reference } from './copy.ts';
import { money, place, table, type View } from './parts.ts';
import { words } from './refusals.ts';
import { cancelling } from './cancel.ts';
import { vendorName } from './vendor-name.ts';

/** How many parts of a refund were accepted, of how many, and how many are not known. */
export function counts({ locale, t }: View, refunds: readonly Refund[]) {
  const format = (number: number) => countText(number, locale);
  const unclear = refunds.filter(isUnclear).length;
  const refused = refunds.filter(({ standing }) => standing === 'failed' || standing === 'cancelled').length;
  return {
    all: format(refunds.length),
    count: format(refunds.length - unclear - refused),
    unclear: unclear ? t('unclear', { count: format(unclear) }) : '',
  };
}

/** One vendor may be refunded while another is refused. */
export function vendorsTable(view: View, refunds: readonly Refund[]): TemplateResult {
  const { t, messages } = view;
  return table(
    [t('vendor'), t('amount'), t('result')],
    refunds.map((refund) => {
      const { vendor = '', row, amount, currency, standing, why, references, words: said } = refund;
      // A person may have settled it, or a proxy lists that it came to nothing, and not why.
      const ended = said === 'nothing' ? 'status_nothing' : 'vendor_refundIssue';
      const key = (!why && standing === 'failed' ? ended : `vendor_${why ?? standing}`) as MessageKey;
      const text = key in messages ? key : (`${standing}_title` as MessageKey);
      const number = references?.['refundOrderId'];
      return [
        vendorName(view, vendor, row),
        money(view, amount, currency),
        html`<div class="stack">
          <span class=${why ? 'error' : ''}>${t(text)}</span>
          ${number ? html`<span class="hint">${t('ref_refundOrderId')} ${reference(view, 'refundOrderId', number)}</span>` : nothing}
          ${words(view, (refund.id || why) && said)} ${place(cancelling(view, refund))}
        </div>`,
      ];
    }),
  );
}
