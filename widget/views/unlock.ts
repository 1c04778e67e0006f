import { html, nothing, type TemplateResult } from 'lit';

import { isRefund, type Decision, type Unsettled } from '../flow/state.ts';
import type { MessageKey } from '../messages/registry.ts';
import { button, field, form, inPlace, labelOf, type Drawn, type View } from './parts.ts';
import { nameOf } from './listed.ts';
import { refusalWords } from './refusals.ts';

/** The proxy takes no shorter words. */
const SHORTEST = 3;
/** What may have become of it, and the words for it. */
const OF_REFUND = { refunded: 'outcome_refunded', initiated: 'outcome_initiated', nothing: 'outcome_nothing' } as const;
const OF_CANCEL = { cancelled: 'outcome_cancelled', nothing: 'outcome_kept' } as const;
/** A refund that is pending here, and was deleted at the provider. */
const OF_PENDING = { cancelled: 'outcome_cancelled' } as const;

/**
 * For a person who has asked the provider and knows the outcome. Where the proxy lists the request (`record`), what the
 * person says is recorded there; elsewhere only this form forgets the refund.
 */
export function unlocking(view: View, record?: Unsettled, decision?: Decision): Drawn {
  const { t, controller, adapter } = view;
  const isPending = record?.standing === 'pending';
  const isCancel = isPending || (!!record && !isRefund(record));
  const vendor = record && isRefund(record) && record.vendor;
  const { typed, place } = controller.approver.about(record);
  return inPlace(
    place,
    html`<details>
      <summary>${t('unlock')}</summary>
      ${statement(
        view,
        decision,
        html`${
            record
              ? html`${field(
                  view,
                  'outcome',
                  t('unlockWhat'),
                  html`<span class="pick"
                    ><select id="outcome" name="outcome" part="select" required aria-invalid="false">
                      <option></option>
                      ${Object.entries(isPending ? OF_PENDING : isCancel ? OF_CANCEL : OF_REFUND).map(([value, key]) => html`<option value=${value} .selected=${typed['outcome'] === value}>${t(key)}</option>`)}
                    </select></span
                  >`,
                )}${
                  isCancel
                    ? nothing
                    : field(
                        view,
                        'number',
                        labelOf(view, nameOf(view, adapter.refundId ?? 'payment_refund_id'), true),
                        html`<input
                          id="number"
                          name="number"
                          part="input"
                          dir="ltr"
                          autocomplete="off"
                          .value=${typed['number'] ?? ''}
                        />`,
                      )
                }${wordsField(view, t('unlockWhy'), typed)}`
              : html`<p class="hint">${t('unlockLocal')}</p>`
          }<label class="choice"
            ><input type="checkbox" name="sure" required aria-invalid="false" />${t('unlockSure')}</label
          >${
            isToConfirm(decision)
              ? html`<label class="choice"
                  ><input type="checkbox" name="confirm" required aria-invalid="false" />${t('unlockOther')}</label
                >`
              : nothing
          }`,
        button(t(record ? 'unlockRecord' : 'unlockYes'), undefined, { busy: decision === 'busy' }),
        ({ outcome = '', number, words = '', confirm }) =>
          record
            ? controller.approver.say('resolve', record, {
                outcome,
                reason: words,
                ...(vendor && { vendor }),
                ...(number && outcome !== 'nothing' && { refund_id: number }),
                // The provider shows something else, and the person has read it.
                ...(confirm && { confirm: true }),
              })
            : controller.unlock(),
        typed,
      )}
    </details>`,
  );
}

function isToConfirm(decision: Decision | undefined): boolean {
  return typeof decision === 'object' && decision.code === 'confirmation_required';
}

/** The words that a person gives for the record. */
export function wordsField(view: View, label: unknown, typed: Record<string, string>): TemplateResult {
  return field(
    view,
    'words',
    label,
    html`<textarea
      id="words"
      name="words"
      part="textarea"
      rows="2"
      dir="auto"
      maxlength="500"
      required
      aria-invalid="false"
      aria-describedby="said"
      data-next
      .value=${typed['words'] ?? ''}
    ></textarea>`,
  );
}

/** A form whose fields keep what is typed (`typed`, by name). Leads to the first one that is still to be filled in. */
export function statement(
  view: View,
  decision: Decision | undefined,
  fields: unknown,
  buttons: unknown,
  act: (said: Readonly<Record<string, string>>) => unknown,
  typed: Record<string, string>,
): TemplateResult {
  const { t, controller } = view;
  const refusal = typeof decision === 'object' ? decision : undefined;
  const code = refusal?.code;
  const own = (code === 'user_changed' ? `refused_${code}` : `undecided_${code}`) as MessageKey;
  const isOwn = own in view.messages;
  return form(
    (element) => {
      const said: Record<string, string> = {};
      for (const [name, text] of new FormData(element)) if (typeof text === 'string') said[name] = text.trim();
      const required = [...element.querySelectorAll<HTMLInputElement>('[required]')];
      const missing = required.find(({ name }) => (said[name] ?? '').length < (name === 'words' ? SHORTEST : 1));
      // The text of the alert may be the same as before: then only its field says what is wrong.
      for (const each of required) each.ariaInvalid = `${each === missing}`;
      // What the proxy asks stays to be answered.
      if (missing && !isToConfirm(decision)) controller.approver.decide('incomplete');
      if (!missing) void act(said);
      missing?.focus();
    },
    html`${fields}
      <div id="said" class="error" role="alert">
        ${refusal || decision === 'incomplete' ? t(refusal ? (isOwn ? own : 'undecided') : 'incomplete') : nothing}
        ${isOwn ? nothing : refusalWords(view, refusal)}
      </div>
      ${buttons}`,
    // From here on it stays when the sign-in ends: what is being typed would be lost.
    ({ target }) => {
      const { name, value } = target as HTMLInputElement;
      typed[name] = value;
      if (!decision) controller.approver.decide('asked');
    },
  );
}
