import { html, nothing, type TemplateResult } from 'lit';

import type { Refund } from '../model.ts';
import { isOpen, isUnclear, type Outcome } from '../flow/state.ts';
import { button, facts, money, place, when, type Drawn, type View } from './parts.ts';
import { words } from './refusals.ts';
import { cancelling } from './cancel.ts';
import { references } from './copy.ts';
import { receiptButtons } from './receipt.ts';
import { vendorsTable } from './vendors-result.ts';
import { unlocking } from './unlock.ts';

/** The views of an existing refund. */
export function outcome(view: View, state: Outcome): TemplateResult {
  const { t, adapter, controller } = view;
  const { refunds, at, summary, checking = false, checkedAt, stale } = state;
  const unclear = refunds.some(isUnclear);
  return html`${at === 'vendors_result' ? vendorsTable(view, refunds) : single(view, refunds[0]!)}
  ${at === 'pending' || at === 'succeeded' ? html`<p>${t(adapter.duration(summary?.method))}</p>` : nothing}
  ${
    unclear || refunds.some(isOpen)
      ? html`<div class="row">
            ${button(t(checking ? 'checking' : 'check'), () => void controller.checkStatus(), { busy: checking })}
            <span class="hint">${checkedAt ? t('checked', { time: when(view, checkedAt) }) : nothing}</span>
          </div>
          ${stale ? html`<p class="hint">${t(`checkFailed_${stale}`)}</p>` : nothing}`
      : nothing
  }
  ${unclear ? (checkedAt ? unlocking(view) : nothing) : place(again(view, state))}`;
}

/** Leads to another refund: directly when this one is over, and through a question when it is not. */
function again(view: View, { at, refunds, summary, draft, another }: Outcome): Drawn {
  const { t, controller } = view;
  if (at === 'failed') return button(t('retry'), () => void controller.again(draft));
  if (!summary?.refundable || summary.notRefundable) return nothing;
  const open = refunds.find(({ standing }) => standing === 'pending' || standing === 'reversing');
  if (!open) return button(t('again'), () => void controller.again(), { look: 'quiet' });
  if (!another) return button(t('again'), () => controller.askAnother(true), { look: 'quiet', next: true });
  return html`<div class="panel warning" role="alert">
    <p>${t('another', { amount: money(view, open.amount, open.currency) })}</p>
    <div class="row">
      ${button(t('anotherNo'), () => controller.askAnother(false), { next: true })}
      ${button(t('anotherYes'), () => void controller.again())}
    </div>
  </div>`;
}

function single(view: View, refund: Refund): TemplateResult {
  const { t, messages } = view;
  const { amount, currency, standing, progress = 0, words: said } = refund;
  const steps = [1, 2, 3, 4] as const;
  return html`<p class="big" part="amount-echo">${money(view, amount, currency)}</p>
    ${standing !== 'pending' && standing in messages ? html`<p>${t(standing)}</p>` : nothing}
    ${
      standing === 'pending' || standing === 'succeeded'
        ? html`<ol part="steps">
            ${steps.map(
              (step) =>
                html`<li class=${step > progress ? '' : 'done'} aria-current=${step === progress ? 'step' : nothing}>
                  ${t(`step_${step}`)}
                  <span class="said">
                    ${t(step < progress || progress === 4 ? 'step_done' : step === progress ? 'step_current' : 'step_todo')}
                  </span>
                </li>`,
            )}
          </ol>`
        : nothing
    }
    ${words(view, said)} ${facts(references(view, refund))} ${receiptButtons(view, refund)}
    ${place(cancelling(view, refund))}`;
}
