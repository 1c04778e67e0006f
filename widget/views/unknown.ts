import { html, nothing, type TemplateResult } from 'lit';

import type { MessageKey } from '../messages/registry.ts';
import type { Unknown } from '../flow/state.ts';
import { button, facts, field, form, id, money, when, type Drawn, type View } from './parts.ts';
import { refusalWords } from './refusals.ts';
import { unlocking } from './unlock.ts';

/** The answer was lost, or nothing was sent yet: says what is known, what is not, and the only next step. */
export function unknown(view: View, { at, intent, why, checking, evidence, record }: Unknown): TemplateResult {
  const { t, controller, paymentId } = view;
  const { amount, currency, sentAt, key } = intent;
  const waits = at === 'awaiting_approval';
  const wrong = evidence?.noteWrong;
  const known = wrong || waits ? undefined : evidence;
  const sends = !waits && controller.canResend(intent);
  const approval = record?.approval;
  const time = (text: string | null | undefined) => text && html`<bdi>${when(view, Date.parse(text), 'medium')}</bdi>`;
  const said = checking
    ? html`<span class="said">${t('checking')}</span>`
    : known && t(known.silent ? 'checkSilent' : 'stillUnknown', { time: when(view, known.time) });
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
                part="textarea"
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
      ${button(t(sends ? 'checkOrSend' : 'check'), undefined, { primary: true, busy: !!checking })}
      ${waits ? nothing : html`<p class="hint">${t('ask')}</p>`}
      <p role="status">${said}</p>
      ${refusalWords(view, known?.refusal)} ${found(view, record)}
      ${evidence && !waits && !controller.canResend(intent) ? unlocking(view) : nothing}`,
  );
}

/** Shows what the proxy has found out about a request whose answer was lost. */
function found({ t, messages }: View, record: Unknown['record']): Drawn {
  if (record?.contradiction) return html`<p>${t('unknown')}</p>`;
  const evidence = record?.evidence;
  if (!evidence) return nothing;
  const key = `evidence_${evidence.code}` as MessageKey;
  return html`<p>${key in messages ? t(key, evidence) : evidence.text}</p>`;
}
