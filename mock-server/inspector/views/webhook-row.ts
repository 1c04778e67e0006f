import { html, nothing, type TemplateResult } from 'lit';

import type { SandboxWebhook } from '../../client/webhooks.ts';
import { showSpan, showTime, spanBetween } from '../logic/time.ts';
import { M } from '../messages.ts';
import { idText } from '../parts/fields.ts';
import { jsonBlock } from '../parts/json.ts';

const TONES: Readonly<Record<string, string>> = {
  delivered: 'good',
  failed: 'bad',
  refused: 'bad',
  dropped: 'warning',
  waiting: 'pending',
  held: 'pending',
  sending: 'pending',
};

export interface WebhookRowState {
  readonly isOpen: boolean;
  /** Time of the sandbox. */
  readonly now: string;
  readonly onToggle: () => void;
  readonly onResend: () => void;
}

/** A webhook on one line with Resend beside it, and below it its attempts and its body. */
export function webhookRow(webhook: SandboxWebhook, row: WebhookRowState): TemplateResult {
  const { id, event_type: event, status, attempts, response_code: code } = webhook;
  const panel = `webhook-${id}`;
  const last = attempts.at(-1);
  return html`
    <li class=${row.isOpen ? 'row open' : 'row'}>
      <div class="line-and-action">
        <button
          type="button"
          class="line webhook"
          aria-expanded=${row.isOpen ? 'true' : 'false'}
          aria-controls=${panel}
          @click=${row.onToggle}
        >
          <time datetime=${last?.time ?? nothing}>${last ? showTime(last.time, row.now) : '–'}</time>
          <span class="status ${TONES[status] ?? 'quiet'}">
            ${M.webhooks.statuses[status] ?? status}${code === null ? nothing : html` <span class="quiet">${code}</span>`}
          </span>
          <span class="event">${event}</span>
          <span class="path">${idText(webhook.refund_id ?? webhook.payment_id)}</span>
          <span class="tries">${M.webhooks.tries(attempts.length)}</span>
        </button>
        <button type="button" @click=${row.onResend}>${M.webhooks.resend}<span class="hidden"> ${id}</span></button>
      </div>
      <div id=${panel} class="panel" ?hidden=${!row.isOpen}>${row.isOpen ? panelOf(webhook, row.now) : nothing}</div>
    </li>
  `;
}

function panelOf(webhook: SandboxWebhook, now: string): TemplateResult {
  const { id, url, signed, scenario, reason, attempts, next_retry: next, body } = webhook;
  return html`
    <div class="sides">
      <section>
        <h2>${M.webhooks.attempts}</h2>
        ${reason === null ? nothing : html`<p>${reason}</p>`}
        ${attempts.length === 0 ? html`<p class="quiet">${M.webhooks.noAttempts}</p>` : nothing}
        <ol class="attempts">
          ${attempts.map(
            ({ number, time, response_code: code, error }) => html`
              <li>
                <span>${M.webhooks.attempt(number)}</span>
                <time datetime=${time}>${showTime(time, now)}</time>
                <span class="status ${code === 200 ? 'good' : 'bad'}">${code ?? error}</span>
              </li>
            `,
          )}
        </ol>
        ${next === null ? nothing : html`<p class="quiet">${M.webhooks.nextRetry(showSpan(spanBetween(now, next)))}</p>`}
        <p class="quiet">
          ${M.webhooks.to} <bdi class="id">${url}</bdi>, ${signed ? M.webhooks.signed : M.webhooks.notSigned}
        </p>
        <p class="quiet"><bdi class="id">${id}</bdi>${scenario === null ? nothing : html` · ${scenario}`}</p>
      </section>
      <section>
        <h2>${M.webhooks.body}</h2>
        ${jsonBlock(body, M.webhooks.body)}
      </section>
    </div>
  `;
}
