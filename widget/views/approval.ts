import { html, nothing, type TemplateResult } from 'lit';

import type { PaymentRefund } from '../../contract/payment.ts';
import { checkAmount } from '../flow/draft.ts';
import { needsApproval, requestsFor } from '../flow/approver.ts';
import { refusalOf } from '../flow/follow.ts';
import type { Approving } from '../flow/state.ts';
import type { Draft, Summary } from '../model.ts';
import { button, facts, id, money, place, when, type Drawn, type View } from './parts.ts';
import { notice } from './refusals.ts';
import { statement, wordsField } from './unlock.ts';

/** Above the form of an amount that waits for a second person. A screen reader says it as soon as it is true. */
export function approvalHint(view: View, { scope, amount }: Draft, summary: Summary): Drawn {
  const { refundable, currency, approvalAbove } = summary;
  if (approvalAbove === undefined) return nothing;
  const typed = scope === 'full' ? refundable : checkAmount(amount, refundable, view.controller.rules(currency));
  const asks = typeof typed === 'bigint' && needsApproval(summary, typed);
  return html`<div class="place" role="status">${asks ? approvalLimit(view, summary) : nothing}</div>`;
}

export function approvalLimit(view: View, { approvalAbove, currency }: Partial<Summary> = {}): TemplateResult {
  return html`<p class="hint">${view.t('needsApproval', { amount: money(view, approvalAbove!, currency) })}</p>`;
}

/** The requests of others that wait for this user, and what somebody else has just decided. */
export function waiting(view: View, summary: Summary, decided?: PaymentRefund): Drawn {
  const { t, controller } = view;
  const { currency } = summary;
  return html`${decided ? decision(view, decided, currency) : nothing}
  ${requestsFor(summary).map((request) => {
    const amount = money(view, request.amount, currency);
    return html`<div class="panel" part="request">
      <p>${t('asksFor', { by: html`<bdi>${request.approval?.asked_by}</bdi>`, amount })}</p>
      ${button(t('decide', { amount }), () => controller.approver.open(request))}
    </div>`;
  })}`;
}

function decision(view: View, decided: PaymentRefund, currency: string): Drawn {
  if (decided.ended) return notice(view, refusalOf(decided));
  const { asked_by: asker, decided_by: by } = decided.approval ?? {};
  const name = (who: unknown) => html`<bdi>${who}</bdi>`;
  return html`<p class="panel" role="alert">
    ${view.t('approved', { by: name(by), asker: name(asker), amount: money(view, decided.amount, currency) })}
  </p>`;
}

/** Shows the request of somebody else, then the buttons that decide about it. `sending`: the same without buttons. */
export function approving(view: View, { request, summary, decision }: Approving, sending = false): TemplateResult {
  const { t, controller, paymentId, adapter } = view;
  const { approval, reason } = request;
  const { currency, refundable, method } = summary;
  const amount = money(view, request.amount, currency);
  // The second click of a double click on the previous button must not hit this one.
  const approve = ({ detail }: MouseEvent) => void (detail > 1 || controller.confirm());
  return html`<p class="big" part="amount-echo">${amount}</p>
    ${facts([
      [t('askedBy'), html`<bdi>${approval?.asked_by}</bdi>`],
      [t('askedAt'), timeOf(view, approval?.asked_at)],
      [t('until'), timeOf(view, approval?.until)],
      [t('reason'), reason && id(reason)],
      [t('payment'), id(paymentId)],
      [t('refundable'), money(view, refundable, currency)],
      [t('from'), t('balance')],
      [t('time'), t(adapter.duration(method))],
    ])}
    ${
      sending
        ? html`<p class="hint">${t('sending')}</p>`
        : place(
            decision
              ? statement(
                  view,
                  decision,
                  wordsField(view, t('declineWhy')),
                  html`<div class="row">
                    ${button(t('declineYes', { amount }), undefined, { look: 'grave', busy: !!decision.busy })}
                    ${button(t('back'), () => controller.approver.decide())}
                  </div>`,
                  (said) => controller.approver.decline(said('words')),
                )
              : html`<p class="hint">${t('approving')}</p>
                  <div class="row">
                    ${button(t('approve', { amount }), approve, { primary: true, busy: controller.isWaiting() })}
                    ${button(t('decline'), () => controller.approver.decide({}), { next: true })}
                    ${button(t('back'), () => controller.change())}
                  </div>`,
          )
    }`;
}

export function timeOf(view: View, text: string | null | undefined): unknown {
  return text && html`<bdi>${when(view, Date.parse(text), 'medium')}</bdi>`;
}
