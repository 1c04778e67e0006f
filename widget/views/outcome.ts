import { html, nothing, type TemplateResult } from 'lit';

import type { Refund } from '../model.ts';
import { refusedSum, retryOf } from '../flow/draft.ts';
import { isOpen, isUnclear, type Outcome } from '../flow/state.ts';
import { actions, button, facts, money, place, when, type Drawn, type View } from './parts.ts';
import { words } from './refusals.ts';
import { cancelling } from './cancel.ts';
import { references } from './copy.ts';
import { receiptButtons } from './receipt.ts';
import { vendorsTable } from './vendors-result.ts';
import { settling } from './settle.ts';

/** The views of an existing refund. */
export function outcome(view: View, state: Outcome): TemplateResult {
  const { t, controller } = view;
  const { refunds, at, checking, asked, checkedAt, stale } = state;
  const unclear = refunds.some(isUnclear);
  const checked = checkedAt && t('checked', { time: when(view, checkedAt) });
  const parts = at === 'vendors_result';
  const check = refunds.some(controller.history.resends) ? 'checkOrSend' : 'check';
  return html`${parts ? vendorsTable(view, refunds) : single(view, state)}
  ${
    unclear || refunds.some(isOpen)
      ? html`<p class="hint">${asked && checking ? t('checking') : checked}</p>
          <p class="said" role="status">${asked ? (checking ? t('checking') : checked) : nothing}</p>
          ${stale ? html`<p class="hint">${t(`checkFailed_${stale}`)}</p>` : nothing}`
      : nothing
  }
  ${actions(html`
    ${
      unclear || refunds.some(isOpen)
        ? button(t(check), () => void controller.checkStatus(), { busy: !!checking })
        : nothing
    }
    ${parts ? nothing : place(cancelling(view, refunds[0]!))} ${unclear ? nothing : place(again(view, state))}
  `)}
  ${unclear && checkedAt ? settling(view, { ...state, intent: state.intent ?? { key: cancelKeyOf(refunds) } }) : nothing}`;
}

/** The key of the cancel whose answer was lost. */
function cancelKeyOf(refunds: readonly Refund[]): string | undefined {
  return refunds.find(({ cancelStep }) => cancelStep === 'unknown')?.cancelKey;
}

/** Leads to another refund: directly when this one is over, and through a question when another one may still be paid. */
function again(view: View, { at, refunds, summary, another }: Outcome): Drawn {
  const { t, controller, locale } = view;
  const isFailed = at === 'failed';
  if (!isFailed && (!summary?.refundable || summary.notRefundable)) return nothing;
  const later = controller.history.later();
  const open = later ?? refunds.find(({ standing }) => standing === 'pending' || standing.startsWith('revers'));
  const go = () => void controller.again();
  const ask = (isAsked: boolean) => () => controller.askAnother(isAsked);
  if (!open || !another) {
    const { currency } = refunds[0]!;
    const refused = refusedSum(refunds);
    return html`${
      refused && !isFailed && !later
        ? button(t('retryRefused', { amount: money(view, refused, currency) }), () =>
            controller.again(retryOf(refunds, locale)),
          )
        : nothing
    }
    ${button(t(isFailed ? 'retry' : 'again'), open ? ask(true) : go, {
      ...(isFailed ? { primary: true } : { look: 'quiet' }),
      next: !!open,
    })}`;
  }
  return html`<div class="above panel warning" role="alert">
    <p>${t('another', { amount: money(view, open.amount, refunds[0]!.currency) })}</p>
    ${actions(html` ${button(t('anotherNo'), ask(false), { next: true })} ${button(t('anotherYes'), go)} `)}
  </div>`;
}

function single(view: View, { refunds, summary }: Outcome): TemplateResult {
  const { t, messages, adapter } = view;
  const refund = refunds[0]!;
  const { id, amount, currency, standing, progress = 0, words: said } = refund;
  const steps = [1, 2, 3, 4] as const;
  return html`<p class="big" part="amount-echo">${money(view, amount, currency)}</p>
    ${standing !== 'pending' && standing in messages ? html`<p>${t(standing)}</p>` : nothing}
    ${
      standing === 'pending' || standing === 'succeeded'
        ? html`<ol part="steps">
              ${steps.map((step) => {
                const name = step < progress || progress === 4 ? 'done' : step === progress ? 'current' : 'todo';
                return html`<li class=${name} aria-current=${step === progress ? 'step' : nothing}>
                  <svg viewBox="0 0 10 10" aria-hidden="true">
                    <circle cx="5" cy="5" r="4" />
                    <path d="m3 5 1.5 1.5L7 4" />
                  </svg>
                  ${t(`step_${step}`)}
                  <span class="said">${t(`step_${name}`)}</span>
                </li>`;
              })}
            </ol>
            <p>${t(adapter.duration(summary?.method))}</p>`
        : nothing
    }
    ${words(view, id && said)} ${facts(references(view, refund))} ${receiptButtons(view, refund)}`;
}
