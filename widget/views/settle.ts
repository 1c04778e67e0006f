import { html, nothing } from 'lit';

import type { Intent } from '../flow/intent-store.ts';
import { unsettled, type Outcome, type Unknown } from '../flow/state.ts';
import { facts, money, type Drawn, type View } from './parts.ts';
import { unlocking } from './unlock.ts';
import { vendorName } from './vendor-name.ts';

/**
 * Lets a person settle what nobody knows. What the proxy lists as unknown is settled there, one vendor's part after the
 * other, by a person who may; only what it does not list is left to this form. `named`: says which amount it is about.
 */
export function settling(
  view: View,
  {
    summary,
    intent,
    decision,
  }: Pick<Unknown | Outcome, 'summary' | 'decision'> & { readonly intent?: Partial<Intent> | undefined },
  named?: boolean,
): Drawn {
  const { t } = view;
  const { refunds = [], permission, currency } = summary ?? {};
  if (!refunds.some(({ standing }) => standing === 'unknown')) return unlocking(view, undefined, decision);
  if (permission?.resolve === false) return html`<p class="hint">${t('unlockOthers')}</p>`;
  const open = unsettled(summary, intent?.key ?? '');
  // Each part has a place of its own, so that nothing typed about one is said of the next.
  return html`${refunds.map((refund) => {
    const { vendor, amount } = refund;
    if (refund !== open) return nothing;
    const label = intent?.parts?.find(({ row }) => row === vendor)?.label ?? vendor;
    return html`${
      vendor || named
        ? facts([
            [t('vendor'), vendor && vendorName(view, label!, vendor)],
            [t('amount'), money(view, amount, currency)],
          ])
        : nothing
    }${unlocking(view, refund, decision)}`;
  })}`;
}
