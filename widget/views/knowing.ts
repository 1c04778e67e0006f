import { html, nothing, type TemplateResult } from 'lit';

import type { MessageKey } from '../locale-registry.ts';
import type { Refund } from '../model.ts';
import { isOpen, isUnclear, type Outcome, type Unknown } from '../state.ts';
import { table } from './asking.ts';
import {
  button,
  facts,
  field,
  form,
  id,
  money,
  moneyText,
  place,
  refusalWords,
  when,
  words,
  type Drawn,
  type View,
} from './parts.ts';

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

/**
 * For a person who has asked the provider and knows the outcome. It takes two steps, so that nobody takes it by
 * accident.
 */
function unlocking({ t, controller }: View): TemplateResult {
  return html`<details>
    <summary>${t('unlock')}</summary>
    ${button(t('unlockYes'), () => void controller.unlock())}
  </details>`;
}

function single(view: View, refund: Refund): TemplateResult {
  const { t, messages } = view;
  const { amount, currency, standing, progress = 0, references = {}, words: said } = refund;
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
    ${words(view, said)} ${facts(Object.entries(references).map(([name, value]) => [name, value && id(value)]))}
    ${place(cancelling(view, refund, 0))}`;
}

/** One vendor may be refunded while another is refused. */
function vendorsTable(view: View, refunds: readonly Refund[]): TemplateResult {
  const { t, messages } = view;
  return table(
    [t('vendor'), t('amount'), t('result')],
    refunds.map((refund, index) => {
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
          ${place(cancelling(view, refund, index))}
        </div>`,
      ];
    }),
  );
}

/** Cancel, its confirmation, and its result. */
function cancelling(view: View, refund: Refund, index: number): Drawn {
  const { t, s, controller, adapter } = view;
  const { cancelStep, refusal, standing, amount, currency, vendor } = refund;
  if (!adapter.cancel || !refund.cancel || standing !== 'pending') return nothing;
  const values = { amount: moneyText(view, amount, currency) };
  if (!cancelStep) {
    return html`${
      refusal
        ? html`<p role="alert" class="error">${t('cancelRefused')}</p>
            ${refusalWords(view, refusal)}`
        : nothing
    }
    ${button(t('cancel'), () => controller.askCancel(index, 'asking'), {
      next: true,
      name: vendor && s('cancelOf', { ...values, vendor }),
    })}`;
  }
  const waits = cancelStep !== 'asking';
  return html`<div
    class="panel ${cancelStep === 'unknown' ? 'warning' : 'danger'}"
    role="alert"
    tabindex=${waits ? -1 : nothing}
    ?data-next=${waits}
  >
    <p>${t(`cancel_${cancelStep}`, values)}</p>
    ${refusalWords(view, refusal)}
    ${
      cancelStep === 'asking'
        ? html`<div class="row">
            ${button(t('cancelNo'), () => controller.askCancel(index), { next: true })}
            ${button(t('cancelYes', values), () => void controller.cancel(index), { look: 'grave' })}
          </div>`
        : nothing
    }
  </div>`;
}

/** The answer was lost, or nothing was sent yet: says what is known, what is not, and the only next step. */
export function unknown(view: View, { at, intent, why, checking, evidence, told }: Unknown): TemplateResult {
  const { t, controller, paymentId } = view;
  const { amount, currency, sentAt, key } = intent;
  const waits = at === 'awaiting_approval';
  const wrong = evidence?.noteWrong;
  const sends = !waits && controller.canResend(intent);
  const approval = told?.approval;
  const time = (text: string | null | undefined) => text && html`<bdi>${when(view, Date.parse(text), 'medium')}</bdi>`;
  return form(
    (element) => void controller.checkStatus(element.querySelector('textarea')?.value),
    html`<p>${t(waits ? at : `unknown_${why}`)}</p>
      ${facts([
        [t('amount'), amount && money(view, amount, currency)],
        [t(waits ? 'askedAt' : 'sent'), sentAt && html`<bdi>${when(view, sentAt, 'medium')}</bdi>`],
        [t('askedBy'), waits && approval && html`<bdi>${approval.asked_by}</bdi>`],
        [t('approvers'), waits && approval?.approvers && html`<bdi>${approval.approvers}</bdi>`],
        [t('until'), waits && time(approval?.until)],
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
      ${sends ? html`<p class="hint">${t('mayResend')}</p>` : nothing}
      ${button(t(checking ? 'checking' : sends ? 'checkOrSend' : 'check'), undefined, { primary: true, busy: !!checking })}
      ${waits ? nothing : html`<p class="hint">${t('ask')}</p>`}
      ${
        evidence && !wrong && !waits
          ? html`<p role="status">
                ${t(evidence.silent ? 'checkSilent' : 'stillUnknown', { time: when(view, evidence.time) })}
              </p>
              ${refusalWords(view, evidence.refusal)}`
          : nothing
      }
      ${found(view, told)} ${evidence && !waits && !controller.canResend(intent) ? unlocking(view) : nothing}`,
  );
}

/** Shows what the proxy has found out about a request whose answer was lost. */
function found({ t, messages }: View, told: Unknown['told']): Drawn {
  if (told?.contradiction) return html`<p>${t('unknown')}</p>`;
  const evidence = told?.evidence;
  if (!evidence) return nothing;
  const key = `evidence_${evidence.code}` as MessageKey;
  return html`<p>${key in messages ? t(key, evidence) : evidence.text}</p>`;
}
