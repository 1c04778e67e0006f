import { html, nothing, type TemplateResult } from 'lit';

import type { MessageKey } from '../messages.ts';
import type { Refund } from '../model.ts';
import { EMPTY_DRAFT, isOpen, type Outcome, type Unknown } from '../state.ts';
import { table } from './asking.ts';
import {
  button,
  facts,
  field,
  form,
  id,
  money,
  moneyText,
  refusalWords,
  when,
  words,
  type Drawn,
  type View,
} from './parts.ts';

/** What is true of a refund that exists. */
export function outcome(view: View, state: Outcome): TemplateResult {
  const { t, adapter, controller } = view;
  const { refunds, at, summary, draft, checking = false, checkedAt, stale } = state;
  const failed = at === 'failed';
  return html`${at === 'vendors_result' ? vendorsTable(view, refunds) : single(view, refunds[0]!)}
  ${at === 'pending' || at === 'succeeded' ? html`<p>${t(adapter.duration(summary?.method))}</p>` : nothing}
  ${
    refunds.some(isOpen)
      ? html`<div class="row">
            ${button(t(checking ? 'checking' : 'check'), () => void controller.checkStatus(), false, checking)}
            <span class="hint">${checkedAt ? t('checked', { time: when(view, checkedAt) }) : nothing}</span>
          </div>
          ${stale ? html`<p class="hint">${t('checkFailed')}</p>` : nothing}`
      : nothing
  }
  ${
    failed || summary?.refundable
      ? button(t(failed ? 'retry' : 'again'), () => void controller.again(failed ? draft : EMPTY_DRAFT))
      : nothing
  }`;
}

function single(view: View, refund: Refund): TemplateResult {
  const { t, messages } = view;
  const { amount, currency, standing, progress = 0, references = {}, words: said } = refund;
  const steps = [1, 2, 3, 4] as const;
  return html`<p class="big" part="amount-echo">${money(view, amount, currency)}</p>
    ${standing !== 'pending' && standing in messages ? html`<p>${t(standing as MessageKey)}</p>` : nothing}
    ${
      standing === 'pending' || standing === 'succeeded'
        ? html`<ol part="steps">
            ${steps.map(
              (step) =>
                html`<li class=${step > progress ? '' : 'done'} aria-current=${step === progress ? 'step' : nothing}>
                  ${t(`step_${step}`)}
                </li>`,
            )}
          </ol>`
        : nothing
    }
    ${words(view, said)} ${facts(Object.entries(references).map(([name, value]) => [name, id(value)]))}
    ${cancelling(view, refund, 0)}`;
}

/** One vendor may be refunded while another is refused. */
function vendorsTable(view: View, refunds: readonly Refund[]): TemplateResult {
  const { t, messages } = view;
  return table(
    [t('vendor'), t('amount'), t('result')],
    refunds.map((refund, index) => {
      const { vendor, amount, currency, standing, why, references, words: said } = refund;
      const key = `vendor_${why ?? standing}` as MessageKey;
      const text = key in messages ? key : (`${standing}_title` as MessageKey);
      return [
        id(vendor),
        money(view, amount, currency),
        html`<div class="stack">
          <span class=${why ? 'error' : ''}>${t(text)}</span>
          ${references ? id(references['refundOrderId']) : nothing} ${words(view, said)}
          ${cancelling(view, refund, index)}
        </div>`,
      ];
    }),
  );
}

/** Cancel, its confirmation, and what came of it. */
function cancelling(view: View, refund: Refund, index: number): Drawn {
  const { t, controller, adapter } = view;
  const { cancelStep, refusal, standing, amount, currency } = refund;
  if (!adapter.cancel || standing !== 'pending') return nothing;
  if (!cancelStep) {
    return html`${
      refusal
        ? html`<p role="alert" class="error">${t('cancelRefused')}</p>
            ${refusalWords(view, refusal)}`
        : nothing
    }
    ${button(t('cancel'), () => controller.askCancel(index, 'asking'))}`;
  }
  const values = { amount: moneyText(view, amount, currency) };
  return html`<div class="panel ${cancelStep === 'unknown' ? 'warning' : 'danger'}" role="alert">
    <p>${t(`cancel_${cancelStep}`, values)}</p>
    ${refusalWords(view, refusal)}
    ${
      cancelStep === 'asking'
        ? html`<div class="row">
            ${button(t('cancelYes', values), () => void controller.cancel(index))}
            ${button(t('cancelNo'), () => controller.askCancel(index))}
          </div>`
        : nothing
    }
  </div>`;
}

/** The answer was lost: what is known, what is not, and the only thing to do. */
export function unknown(view: View, { intent, why, checking, evidence }: Unknown): TemplateResult {
  const { t, controller, paymentId } = view;
  const { amount, currency, sentAt, key } = intent;
  const wrong = evidence?.noteWrong;
  return form(
    (element) => void controller.checkStatus(element.querySelector('textarea')?.value),
    html`<p>${t(`unknown_${why}`)}</p>
      ${facts([
        [t('amount'), amount && money(view, amount, currency)],
        [t('sent'), sentAt && html`<bdi>${when(view, sentAt, 'medium')}</bdi>`],
        [t('key'), key && id(key.slice(-6))],
        [t('payment'), id(paymentId)],
      ])}
      ${
        controller.needsNote(intent)
          ? field(
              view,
              'note',
              t('noteAgain'),
              html`<textarea
                id="note"
                rows="2"
                dir="auto"
                aria-invalid=${!!wrong}
                aria-describedby="note-help"
              ></textarea>`,
              wrong ? ['noteWrong'] : undefined,
            )
          : nothing
      }
      ${button(t(checking ? 'checking' : 'check'), undefined, true, checking)}
      ${why === 'approval' ? nothing : html`<p class="hint">${t('ask')}</p>`}
      ${
        evidence && !wrong && why !== 'approval'
          ? html`<p role="status">${t('stillUnknown', { time: when(view, evidence.time) })}</p>
              ${refusalWords(view, evidence.refusal)}`
          : nothing
      }
      ${
        evidence && !controller.canResend(intent)
          ? html`<details>
              <summary>${t('unlock')}</summary>
              ${button(t('unlockYes'), () => void controller.again())}
            </details>`
          : nothing
      }`,
  );
}
