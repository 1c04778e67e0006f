import { html, nothing } from 'lit';

import type { PaymentRefund } from '../../contract/payment.ts';
import type { Intent } from '../flow/stored.ts';
import { isRefund, unsettled, type Outcome, type Unknown } from '../flow/state.ts';
import { facts, money, type Drawn, type View } from './parts.ts';
import { unlocking } from './unlock.ts';
import { vendorName } from './vendor-name.ts';

/**
 * Lets a person settle what nobody knows. What the proxy lists as unknown is settled there, one part after the other, by a
 * person who may; only what it does not list is left to this form. `named`: says what it is about.
 */
export function settling(
  view: View,
  {
    summary,
    intent,
    decision,
  }: Pick<Unknown | Outcome, 'summary' | 'decision'> & {
    readonly intent?: (Pick<Intent, 'parts' | 'listed'> & { readonly key?: string | undefined }) | undefined;
  },
  named?: boolean,
): Drawn {
  const { t } = view;
  const { refunds = [], cancels = [], permission, currency: usual } = summary ?? {};
  if (permission?.resolve === false) return html`<p class="hint">${t('unlockOthers')}</p>`;
  if (![...refunds, ...cancels].some(({ standing }) => standing === 'unknown')) {
    return view.controller.isTold(intent) ? unlocking(view, undefined, decision) : nothing;
  }
  const one = unsettled(summary, intent?.key ?? '');
  if (!one) return nothing;
  const isCancel = !isRefund(one);
  const refund = isCancel ? refunds.find(({ refund_id }) => refund_id === one.refund_id) : one;
  const { vendor, amount = '', vendor_label: listed, currency: own }: Partial<PaymentRefund> = refund ?? {};
  const currency = own ?? usual;
  const label = intent?.parts?.find(({ row }) => row === vendor)?.label ?? listed ?? vendor;
  return html`${
    named && isCancel ? html`<p><b>${money(view, amount, currency)}</b> ${t('cancel_unknown')}</p>` : nothing
  }${
    vendor || (named && !isCancel)
      ? facts([
          [t('vendor'), vendor && vendorName(view, label!, vendor)],
          [t('amount'), money(view, amount, currency)],
        ])
      : nothing
  }${unlocking(view, one, decision)}`;
}
