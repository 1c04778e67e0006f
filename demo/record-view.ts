import { html, nothing } from 'lit';

import type { ProviderRefund } from './api.ts';
import { money, time } from './format.ts';
import type { LedgerRecord, RecordedIntent } from './record.ts';
import { texts } from './settings.ts';

const TONES: Readonly<Record<string, string>> = {
  awaiting_approval: 'pending',
  sending: 'pending',
  resending: 'pending',
  unknown: 'warning',
  succeeded: 'done',
  failed: 'quiet',
  void: 'quiet',
};

/** Each intent with its parts and its audit trail. Words of the ledger stay as it writes them. */
export function ledgerSays(record: LedgerRecord | 'failed' | undefined, currency: string) {
  const t = texts().breakIt;
  if (record === 'failed') return html`<p class="sub warning">${t.noRecord}</p>`;
  if (!record) return nothing;
  if (record.intents.length === 0) return html`<p class="sub">${t.nothingYet}</p>`;
  return html`<ol class="intents">
    ${record.intents.map((intent) => html`<li>${intentOf(intent, currency)}</li>`)}
  </ol>`;
}

function intentOf({ key, kind, state, parts, lines }: RecordedIntent, currency: string) {
  const t = texts().breakIt;
  const word = (t.states as Readonly<Record<string, string>>)[state] ?? state;
  return html`
    <p class="line">
      <span class="status ${TONES[state] ?? 'quiet'}">${word}</span>
      <span class="sub"><bdi class="id">${kind}</bdi> · ${t.key} <bdi class="id">…${key.slice(-6)}</bdi></span>
    </p>
    ${parts.map(
      ({ amount, standing, released, refund_id }) => html`
        <p class="line part">
          <span>
            <bdi>${money(amount, currency)}</bdi>
            <span class=${released ? 'tag' : 'tag held'}>${released ? t.released : t.held}</span>
          </span>
          <span class="sub"
            ><bdi class="id">${refund_id ?? (released && standing === 'unknown' ? '' : standing)}</bdi></span
          >
        </p>
      `,
    )}
    <ul class="trail">
      ${lines.map(
        ({ at, who, what, from, to, source }) => html`
          <li>
            <time datetime=${at}>${time(at)}</time>
            <bdi class="id" lang="en"
              >${who} ${what}${from || to ? html` ${from ?? ''} → ${to ?? ''}` : nothing} <i>(${source})</i></bdi
            >
          </li>
        `,
      )}
    </ul>
  `;
}

export function providerDid(refunds: readonly ProviderRefund[], currency: string) {
  const t = texts().breakIt;
  if (refunds.length === 0) return html`<p class="sub">${t.noRefund}</p>`;
  return html`
    <p><strong>${t.refundsAt(refunds.length)}</strong></p>
    <ul class="provider-refunds">
      ${refunds.map(
        ({ id, amount, status }) => html`
          <li class="line">
            <span
              ><bdi>${money(amount, currency)}</bdi> <span class="sub"><bdi class="id">${id}</bdi></span></span
            >
            <bdi class="id" lang="en">${status}</bdi>
          </li>
        `,
      )}
    </ul>
  `;
}
