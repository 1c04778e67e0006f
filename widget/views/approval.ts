import { html, nothing, type TemplateResult } from 'lit';

import type { RefundApproval } from '../../contract/payment.ts';
import { checkAmount } from '../flow/draft.ts';
import { isAbove, requestsFor } from '../flow/approver.ts';
import { isCurrent } from '../flow/session.ts';
import type { Approving, Unknown } from '../flow/state.ts';
import type { Draft, Summary } from '../model.ts';
import { actions, button, money, inPlace, place, when, type Drawn, type View } from './parts.ts';
import { statement, wordsField } from './unlock.ts';

/** Says that the typed amount waits for a second person. A screen reader says it as soon as it is so. */
export function approvalHint(view: View, text: string, summary: Summary, draft: Draft): Drawn {
  const { refundable, currency, approvalAbove } = summary;
  if (approvalAbove === undefined) return nothing;
  const typed = checkAmount(text, refundable, view.controller.rules(currency));
  const asks = typeof typed === 'bigint' && isAbove(summary, typed);
  return html`<div class="place" role="status">${asks ? approvalLimit(view, summary, draft) : nothing}</div>`;
}

/** Which refunds wait for a second person. One whose first step was approved does not wait again if it is the same. */
export function approvalLimit(view: View, summary: Summary, draft?: Draft): TemplateResult {
  const { t } = view;
  const { approvalAbove, currency } = summary;
  return html`<p class="hint">
    ${draft?.opening && isCurrent(draft.opening, summary) ? t('refused_vendors_opened') : approvalAbove === undefined ? t('needsNoApproval') : t('needsApproval', { amount: money(view, approvalAbove, currency) })}
  </p>`;
}

/** The requests of others that wait for this user. */
export function waiting(view: View, summary: Summary): Drawn[] {
  const { t, controller } = view;
  return requestsFor(summary).map((request) => {
    const amount = money(view, request.amount, request.currency ?? summary.currency);
    // A button that has the focus becomes that of no other request.
    return inPlace(
      request.intent_id,
      html`<div class="panel" part="request">
        <p>${t('asksFor', { by: html`<bdi>${request.approval?.asked_by}</bdi>`, amount })}</p>
        ${button(t('decide', { amount }), () => controller.approver.open(request))}
      </div>`,
    );
  });
}

/** The buttons that decide about the request of somebody else. */
export function deciding(view: View, state: Approving, amount: TemplateResult, approve: (event: MouseEvent) => void) {
  const { t, controller, adapter } = view;
  const { request, decision } = state;
  const { decide, say, about } = controller.approver;
  const { typed, place: at } = about(request, 'decline');
  return place(
    decision
      ? inPlace(
          at,
          statement(
            view,
            decision,
            wordsField(view, t('declineWhy'), typed),
            actions(html`
              ${button(t('declineYes', { amount }), undefined, { look: 'grave', busy: decision === 'busy' })}
              ${button(t('back'), () => decide())}
            `),
            ({ words }) => say('decline', request, { reason: words! }),
            typed,
          ),
        )
      : html`<p class="hint">${t('approving')} ${adapter.vendors && !request.parts ? t('approvingFirst') : nothing}</p>
          ${actions(html`
            ${button(t('approve', { amount }), approve, { primary: true, busy: controller.page.isWaiting() })}
            ${button(t('decline'), () => decide('asked'), { next: true })} ${button(t('back'), () => controller.back())}
          `)}`,
  );
}

/** For the person who has asked: nothing was sent, and nobody has to decide about it any more. */
export function withdrawing(view: View, { record, decision }: Unknown): TemplateResult {
  const { t, s, controller } = view;
  const take = button(t('withdraw'), undefined, { busy: decision === 'busy' });
  const act = () => controller.approver.say('decline', record!, { reason: s('status_withdrawn') });
  return statement(view, decision, nothing, take, act, {});
}

/** Who asks, since when and until when it waits, and who may agree. `at`: Unix milliseconds. */
export function asked(view: View, approval: RefundApproval | null | undefined, at: number) {
  const { t } = view;
  const { asked_by: by, approvers, until } = approval ?? {};
  const name = (text: string | null | undefined) => text && html`<bdi>${text}</bdi>`;
  const time = (ms: number) => ms > 0 && name(when(view, ms, 'medium'));
  return [
    [t('askedAt'), time(at)],
    [t('askedBy'), name(by)],
    [t('approvers'), name(approvers)],
    [t('until'), time(Date.parse(until ?? ''))],
  ] as const;
}
