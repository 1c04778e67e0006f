import { html, nothing, type TemplateResult } from 'lit';

import type { SandboxRefundLife, SandboxRefundStep } from '../../client/overview.ts';
import { writeHash } from '../logic/address.ts';
import { showMoney } from '../logic/money.ts';
import { showSpan, showTime, spanBetween } from '../logic/time.ts';
import { M } from '../messages.ts';
import { idText } from '../parts/fields.ts';

/** The statuses of a refund on a line: those that it had, the one that it has, and those still to come. */
export function refundLife({ id, amount, steps }: SandboxRefundLife, currency: string, now: string): TemplateResult {
  const current = steps.findLastIndex(({ reached }) => reached);
  return html`
    <section class="refund" aria-label=${M.payments.life(id)}>
      <p class="refund-head">
        <strong><bdi>${showMoney(amount, currency)}</bdi></strong>
        ${idText(id)}
        <a href=${writeHash('calls', id)}>${M.payments.calls}</a>
        <a href=${writeHash('webhooks', id)}>${M.payments.webhooks}</a>
      </p>
      <ol class="life">
        ${steps.map((step, index) => lifeStep(step, index - current, now))}
      </ol>
    </section>
  `;
}

/** @param place 0 for the current step, less for one before it, more for one that is to come */
function lifeStep({ status, time, counts }: SandboxRefundStep, place: number, now: string): TemplateResult {
  const word = place < 0 ? M.payments.done : place === 0 ? M.payments.current : M.payments.ahead;
  const tone = place < 0 ? 'done' : place === 0 ? 'current' : 'ahead';
  const wait = place > 0 ? M.payments.inSpan(showSpan(spanBetween(now, time))) : undefined;
  return html`
    <li class="${tone} ${counts}" aria-current=${place === 0 ? 'step' : nothing}>
      <span class="word">${status}<span class="hidden"> (${word})</span></span>
      <time datetime=${time}>${wait ?? showTime(time, now)}</time>
    </li>
  `;
}
