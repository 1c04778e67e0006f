import { html, nothing, type TemplateResult } from 'lit';

import type { RefundStanding } from '../../contract/standing.ts';
import type { MessageKey } from '../messages.ts';
import type { Tracked } from '../model.ts';
import type { Outcome, Watch } from '../state.ts';
import { facts, heading, money, moneyText, reference, refusalWords, when, words, type Drawn, type View } from './parts.ts';

interface Look {
  readonly title: MessageKey;
  readonly help?: MessageKey;
  readonly tone: 'calm' | 'success' | 'danger' | 'warning';
}

const LOOKS: Readonly<Record<RefundStanding, Look>> = {
  pending: { title: 'pendingTitle', tone: 'calm' },
  succeeded: { title: 'succeededTitle', help: 'succeededHelp', tone: 'success' },
  failed: { title: 'failedTitle', help: 'failedHelp', tone: 'danger' },
  reversing: { title: 'reversingTitle', help: 'reversedHelp', tone: 'warning' },
  reversed: { title: 'reversedTitle', help: 'reversedHelp', tone: 'warning' },
  cancelled: { title: 'cancelledTitle', help: 'cancelledHelp', tone: 'calm' },
  unrecognised: { title: 'unrecognisedTitle', help: 'unrecognisedHelp', tone: 'warning' },
};

export function outcomeTitle({ texts, adapter }: View, standing: RefundStanding): string {
  return texts.text(LOOKS[standing].title as 'pendingTitle', { provider: adapter.name });
}

export function outcome(view: View, state: Outcome): TemplateResult {
  const { texts, adapter, controller } = view;
  const { refund } = state.tracked;
  const { help, tone } = LOOKS[refund.standing];
  const takes = texts.text(adapter.duration(state.summary?.method) as 'takesCard');
  const coming = refund.standing === 'pending' || refund.standing === 'succeeded';
  const done = state.tracked.refund.standing === 'failed' || (state.summary?.refundable ?? 1n) > 0n;
  return html`<div class="stack fresh ${tone}">
    <p class="big" part="amount-echo">${money(view, refund.amount, refund.currency)}</p>
    ${heading(outcomeTitle(view, refund.standing))}
    ${help ? html`<p>${texts.text(help as 'failedHelp')}</p>` : nothing}
    ${coming ? html`<p class="muted">${takes}</p>` : nothing}
    ${refund.standing === 'pending' || refund.standing === 'succeeded' ? steps(view, refund.progress) : nothing}
    ${words(view, refund.words)}
    ${facts(Object.entries(refund.references).map(([name, id]) => [name, reference(view, id)] as const))}
    ${watching(view, state.watch, refund.standing)} ${cancelling(view, state.tracked, 0)}
    ${
      done
        ? html`<button type="button" part="button" @click=${() => void controller.again(refund.standing === 'failed')}>
            ${texts.text(refund.standing === 'failed' ? 'retry' : 'again')}
          </button>`
        : nothing
    }
  </div>`;
}

function steps({ texts }: View, progress: number): TemplateResult {
  const names = ['stepAsked', 'stepAccepted', 'stepProcessing', 'stepDone'] as const;
  return html`<ol class="steps" part="steps">
    ${names.map(
      (name, index) =>
        html`<li class=${index < progress ? 'done' : ''} aria-current=${index === progress - 1 ? 'step' : nothing}>
          ${texts.text(name)}
        </li>`,
    )}
  </ol>`;
}

/** When the status was last read, and a way to read it now. Nothing once it is final. */
export function watching(view: View, { checking, checkedAt, failed }: Watch, standing: RefundStanding): Drawn {
  if (standing !== 'pending' && standing !== 'reversing' && standing !== 'unrecognised') return nothing;
  const { texts } = view;
  return html`<div class="row">
      ${checkButton(view, checking)}
      <span class="hint">
        ${checkedAt ? texts.text('checkedAt', { time: when(view, checkedAt, false) }) : nothing}
      </span>
    </div>
    ${failed ? html`<p class="hint">${texts.text('checkFailed')}</p>` : nothing}`;
}

export function checkButton({ texts, controller }: View, checking: boolean, look = '', check?: () => void): TemplateResult {
  return html`<button
    type="button"
    class=${look}
    part="button"
    aria-disabled=${checking ? 'true' : 'false'}
    @click=${check ?? (() => void controller.checkStatus())}
  >
    ${texts.text(checking ? 'checking' : 'check')}
  </button>`;
}

/** Cancel, its confirmation, and what came of it. */
export function cancelling(view: View, tracked: Tracked, index: number): Drawn {
  const { texts, adapter, controller } = view;
  const { refund, cancel, refusal } = tracked;
  if (!adapter.capabilities.canCancel || !refund.cancel || refund.standing !== 'pending') return nothing;
  const amount = moneyText(view, refund.amount, refund.currency);
  const refused = refusal
    ? html`<div class="stack" role="alert"><p>${texts.text('cancelRefused')}</p>${refusalWords(view, refusal)}</div>`
    : nothing;
  switch (cancel) {
    case 'asking':
      return html`<div class="panel danger" role="group" aria-label=${texts.text('cancel')}>
        <p>${texts.text('cancelAsk', { amount })}</p>
        <div class="row">
          <button type="button" part="button" @click=${() => void controller.confirmCancel(index)}>
            ${texts.text('cancelYes', { amount })}
          </button>
          <button type="button" part="button" @click=${() => controller.askCancel(index, undefined)}>
            ${texts.text('cancelNo')}
          </button>
        </div>
      </div>`;
    case 'sending':
      return html`<p>${texts.text('cancelSending')}</p>`;
    case 'unknown':
      return html`<div class="panel warning" role="alert">
        <strong>${texts.text('cancelUnknown')}</strong>${refusal ? refusalWords(view, refusal) : nothing}
      </div>`;
    case undefined:
      return html`${refused}
        <button type="button" part="button" @click=${() => controller.askCancel(index, 'asking')}>
          ${texts.text('cancel')}
        </button>`;
    default:
      throw new TypeError(`Unknown cancel step ${String(cancel satisfies never)}`);
  }
}
