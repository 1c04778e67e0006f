import { html, nothing, type TemplateResult } from 'lit';

import type { MessageKey } from '../messages/registry.ts';
import { isSending, unsettled, type Unknown } from '../flow/state.ts';
import { button, facts, field, form, id, money, when, type Drawn, type View } from './parts.ts';
import { asked, withdrawing } from './approval.ts';
import { refusalWords } from './refusals.ts';
import { settling } from './settle.ts';

/** The answer was lost, or nothing was sent yet: says what is known, what is not, and the only next step. */
export function unknown(view: View, state: Unknown): TemplateResult {
  const { t, controller, paymentId } = view;
  const { at, intent, summary, why, checking, evidence, record } = state;
  const { amount, currency, sentAt, key } = intent;
  const waits = at === 'awaiting_approval';
  const wrong = evidence?.noteWrong;
  const isSignedOut = evidence?.refusal?.code === 'unauthenticated';
  const known = wrong ? undefined : evidence;
  const isSilent = known?.silent && (known.refusal ? 'load_not_sent' : 'checkSilent');
  // What was asked for may be approved and sent much later, by somebody else.
  const sent = Date.parse(record?.create_time ?? '') || sentAt;
  const sends = !waits && controller.canResend(intent);
  const said = checking
    ? t('checking')
    : wrong
      ? html`<span class="said">${t('noteWrong')}</span>`
      : known &&
        t(isSignedOut ? 'checkFailed_signed_out' : isSilent || (waits ? 'stillWaiting' : 'stillUnknown'), {
          time: when(view, known.time),
        });
  const open = unsettled(summary, key);
  // The larger amount is held. A vendor's part is named below.
  const disputed = record?.contradiction && !record.vendor ? record : undefined;
  return html`${form(
    (element) => void controller.checkStatus(element.querySelector('textarea')?.value),
    html`<p>
        ${t(waits ? at : disputed ? 'unknown' : `unknown_${why === 'lost' && isSending(record) ? 'running' : why}`)}
      </p>
      ${intent.approves && record?.standing === 'awaiting_approval' ? html`<p>${t('stillWaits')}</p>` : nothing}
      ${facts([
        [t('amount'), amount && money(view, disputed?.amount ?? amount, currency)],
        ...(waits
          ? asked(view, record?.approval, sentAt)
          : [[t('sent'), sent && html`<bdi>${when(view, sent, 'medium')}</bdi>`] as const]),
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
      ${waits ? nothing : refusalWords(view, known?.refusal)} ${found(view, record)}`,
  )}
  ${waits && summary?.permission?.user === (record?.approval?.asked_by ?? '') ? withdrawing(view, state) : nothing}
  ${evidence && !waits && (open || wrong || intent.approves || !controller.canResend(intent)) ? settling(view, state) : nothing}`;
}

/** Shows what the proxy has found out about a request whose answer was lost. */
function found({ t, messages }: View, record: Unknown['record']): Drawn {
  if (record?.contradiction) return record.vendor ? html`<p>${t('unknown')}</p>` : nothing;
  const evidence = record?.evidence;
  if (!evidence) return nothing;
  const key = `evidence_${evidence.code}` as MessageKey;
  return html`<p>${key in messages ? t(key, evidence) : evidence.text}</p>`;
}
