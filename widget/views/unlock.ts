import { html, nothing, type TemplateResult } from 'lit';

import type { PaymentRefund } from '../../contract/payment.ts';
import type { Decision } from '../flow/state.ts';
import { button, field, form, type Drawn, type View } from './parts.ts';
import { refusalWords } from './refusals.ts';

/** The proxy takes no shorter words. */
const SHORTEST = 3;
const OUTCOMES = ['refunded', 'initiated', 'nothing'] as const;

/**
 * For a person who has asked the provider and knows the outcome. Where the proxy lists the request (`record`), what the
 * person says is recorded there; elsewhere only this form forgets the refund.
 */
export function unlocking(view: View, record: PaymentRefund | undefined, decision?: Decision): Drawn {
  const { t, controller } = view;
  if (record?.intent_id && controller.state.summary?.permission?.resolve === false) return nothing;
  const sure = html`<label class="choice"><input type="checkbox" name="sure" required />${t('unlockSure')}</label>`;
  const fields = record?.intent_id
    ? html`${field(
        view,
        'outcome',
        t('unlockWhat'),
        html`<select id="outcome" name="outcome" required aria-describedby="said-help">
          <option value="">${t('choose')}</option>
          ${OUTCOMES.map((value) => html`<option value=${value}>${t(`outcome_${value}`)}</option>`)}
        </select>`,
      )}
      ${wordsField(view, t('unlockWhy'))}${sure}`
    : html`<p class="hint">${t('unlockLocal')}</p>
        ${sure}`;
  return html`<details>
    <summary>${t('unlock')}</summary>
    ${statement(view, decision, fields, button(t('unlockYes'), undefined, { busy: !!decision?.busy }), (said) => {
      return record?.intent_id
        ? controller.approver.resolve(record, said('outcome'), said('words'))
        : controller.unlock();
    })}
  </details>`;
}

/** The words that a person gives for the record. */
export function wordsField(view: View, label: unknown): TemplateResult {
  return field(
    view,
    'words',
    label,
    html`<textarea
      id="words"
      name="words"
      rows="2"
      dir="auto"
      maxlength="500"
      required
      data-next
      aria-describedby="said-help"
    ></textarea>`,
  );
}

/** A form whose fields keep what is typed. Leads to the first one that is still to be filled in. */
export function statement(
  view: View,
  decision: Decision | undefined,
  fields: unknown,
  buttons: unknown,
  act: (said: (name: string) => string) => unknown,
): TemplateResult {
  const { t, controller } = view;
  return form(
    (element) => {
      const data = new FormData(element);
      const said = (name: string) => String(data.get(name) ?? '').trim();
      const missing = [...element.querySelectorAll<HTMLInputElement>('[required]')].find(
        ({ name }) => said(name).length < (name === 'words' ? SHORTEST : 1),
      );
      if (missing) {
        controller.approver.decide({ incomplete: true });
        missing.focus();
      } else void act(said);
    },
    html`${fields}
      <div id="said-help" class="error" role="alert">
        ${decision?.incomplete ? t('incomplete') : decision?.notice ? t('undecided') : nothing}
        ${refusalWords(view, decision?.notice)}
      </div>
      ${buttons}`,
  );
}
