import { html, nothing, type TemplateResult } from 'lit';

import { formatTyped } from '../../contract/money/format.ts';
import { checkAmount, PERCENT_SIGN, readDraft, reasonText, sharesOf, type Reading } from '../flow/draft.ts';
import type { Editing } from '../flow/state.ts';
import type { Draft } from '../model.ts';
import { approvalHint } from './approval.ts';
import {
  amountBox,
  button,
  faultSummary,
  field,
  focusOn,
  form,
  goOn,
  help,
  labelOf,
  money,
  valueOf,
  type View,
} from './parts.ts';
import { changes } from './figures.ts';
import { itemFields, surplus } from './items.ts';
import { notice } from './refusals.ts';

/** The counter appears from this length on. */
const NEAR = 20;
/** The developer of the page needs no more of them at once. */
const FEW = 5;

export function editing(view: View, state: Editing): TemplateResult {
  const { t, s, controller, reasons, adapter } = view;
  const { draft, faults, summary } = state;
  const { currency, refundable } = summary;
  const chosen = reasons.find(({ code }) => code === draft.reason);
  const limit = adapter.capabilities.reasonLimit;
  const { length: count } = reasonText(chosen, draft.note);
  // Less than nothing is no number of characters that are left.
  const noteFault = faults.note ?? (count > limit ? (['fault_long', { count, limit }] as const) : undefined);
  const reading = readDraft(draft, summary, controller.rules(currency));
  const { wrong } = reading;
  const scope = (value: Draft['scope']) =>
    html`<label class="choice" part="choice">
      <input
        type="radio"
        name="scope"
        .checked=${reading.scope === value}
        @change=${() => controller.type({ scope: value })}
      />
      <span>${t(value)}${value === 'full' ? money(view, refundable, currency) : nothing}</span>
    </label>`;
  return form(
    () => controller.review(),
    html`${notice(view, state.notice)}${changes(view, state.before, summary, state.notice)}
      ${faultSummary(view, state.tries, Object.entries(faults))}
      <fieldset aria-label=${s('scope')}>
        ${scope('full')}${scope('part')}${reading.order ? scope('items') : nothing}
      </fieldset>
      ${
        wrong.length > 0
          ? html`<p class="hint error">
              ${t('ignored')}${wrong.slice(0, FEW).map((fault) => html`<br /><bdi>${fault}</bdi>`)}
            </p>`
          : nothing
      }
      ${reading.order && reading.picking ? itemFields(view, state, reading.order, reading.picking) : nothing}
      ${reading.scope === 'full' ? faults.amount && help(view, 'amount', faults.amount) : amountField(view, state, reading)}
      ${field(
        view,
        'reason',
        labelOf(view, t('reason'), !adapter.capabilities.reasonRequired),
        html`<span class="pick"
          ><select
            id="reason"
            part="select"
            aria-invalid=${!!faults.reason}
            aria-describedby="reason-help"
            @change=${(event: Event) => controller.type({ reason: valueOf(event) })}
          >
            <option value="">${t('choose')}</option>
            ${reasons.map(({ code, label }) => html`<option .value=${code} .selected=${chosen?.code === code}>${label}</option>`)}
          </select></span
        >`,
        faults.reason,
      )}
      ${field(
        view,
        'note',
        labelOf(view, t('note'), !chosen?.noteRequired),
        html`<textarea
          id="note"
          part="textarea"
          rows="2"
          dir="auto"
          aria-invalid=${!!noteFault}
          aria-describedby="note-help"
          .value=${draft.note}
          @input=${(event: Event) => controller.type({ note: valueOf(event) })}
        ></textarea>`,
        noteFault,
        limit - count > NEAR ? nothing : t('noteLeft', { count: limit - count }),
      )}
      ${approvalHint(view, reading.typed, summary, draft)}${goOn(view, t('toReview'))}`,
  );
}

/** Enter takes what the formula comes to. It must not review another amount. */
function useFirst(event: KeyboardEvent): void {
  if (event.key !== 'Enter' || event.isComposing) return;
  event.preventDefault();
  (event.target as Element).closest('.stack')?.querySelector('button')?.click();
}

/** The amount of a part, or of the items. */
function amountField(view: View, { draft, faults, summary }: Editing, { typed, picking }: Reading) {
  const { t, s, controller, locale } = view;
  const { currency, captured, refundable } = summary;
  const rules = controller.rules(currency);
  const minor = picking?.minor;
  const amount = checkAmount(typed, refundable, rules);
  // Nobody has typed a computed amount, so nobody would wait for a review to hear that it is too much.
  const fault = faults.amount ?? (minor && typeof amount !== 'bigint' ? amount : undefined);
  const hint = !picking
    ? t('upTo', { amount: money(view, refundable, currency) })
    : html`<span role="status">
        ${minor === undefined ? nothing : t('come', { amount: money(view, minor, currency) })}
        ${typeof amount === 'bigint' ? surplus(view, amount, currency, minor) : nothing}
      </span>`;
  const box = amountBox('amount', currency, typed, fault, (text) =>
    controller.type(picking ? { total: text } : { amount: text, scope: 'part' }),
  );
  if (picking) return field(view, 'amount', t('amount'), box, fault, hint);
  const { share = '' } = draft;
  const { percent, isExact, fee, fault: unread } = sharesOf(share, summary, rules);
  // A formula needs no words, and it says what it comes to before it fills the field.
  const use = (result: bigint, left: unknown, sign: string, right: unknown, equals = '=') =>
    result > 0n
      ? button(
          html`<bdi dir="ltr">${left} ${sign} ${right} ${equals} ${money(view, result, currency)}</bdi>`,
          (event) => {
            controller.type({ amount: formatTyped(result, currency, locale), scope: 'part' });
            // A person goes on there, and hears what it is now.
            focusOn(event, 'amount');
          },
        )
      : nothing;
  const shares = html`<details class="share">
    <summary>${t('share')}</summary>
    <div class="stack">
      <div @keydown=${useFirst}>
        ${amountBox('share', '', share, unread, (text) => controller.type({ share: text }), s('share'))}
      </div>
      <div class="stack" role="status">
        ${unread && help(view, 'share', unread)}
        ${use(percent, `${share.replace(PERCENT_SIGN, '')}%`, '×', money(view, captured, currency), isExact ? '=' : '≈')}
        ${fee ? use(refundable - fee, money(view, refundable, currency), '−', money(view, fee, currency)) : nothing}
      </div>
    </div>
  </details>`;
  return field(view, 'amount', t('amount'), box, fault, hint, shares);
}
