import { html, nothing, type TemplateResult } from 'lit';

import { maskIban } from '../../contract/iban.ts';
import { checkVendors, sumOf, type Fault } from '../flow/draft.ts';
import { dividedOf, type Vendors } from '../flow/state.ts';
import {
  actions,
  amountBox,
  button,
  faultSummary,
  focusOn,
  form,
  goOn,
  help,
  money,
  moneyText,
  table,
  type View,
} from './parts.ts';
import { changes, figureList } from './figures.ts';
import { notice } from './refusals.ts';
import { vendorName, vendorText } from './vendor-name.ts';

/** One row for each vendor. Faults appear at once, and the sum is never rounded. */
export function vendors(view: View, state: Vendors): TemplateResult {
  const { opened, order, tries, notice: refusal, before, summary } = state;
  const { t, s, controller } = view;
  const { currency, amount: asked } = order;
  const { rows, limits } = opened;
  const typed = dividedOf(state);
  const placed = checkVendors(typed, limits, controller.rules(currency));
  const sum = sumOf(placed);
  const left = asked - sum;
  const vendors = rows.map(({ ibanNumber, refundRequestId }) => vendorText(view, ibanNumber, refundRequestId));
  /** Says what a button has filled in, by the field that has the focus then. */
  const fill = (event: Event, index?: number) => {
    controller.divide(index);
    focusOn(event, `vendor-${index ?? 0}`);
  };
  const faults = placed.flatMap((amount, index) =>
    tries && typeof amount !== 'bigint' ? [[`vendor-${index}`, amount, vendors[index]!] as const] : [],
  );
  // Without the amounts that cannot be read, the sum says nothing.
  const fault: Fault | undefined =
    tries && left && !faults[0]
      ? ['fault_sum', { sum: moneyText(view, sum, currency), asked: moneyText(view, asked, currency) }]
      : undefined;
  return form(
    () => controller.review(),
    html`<p class="hint">${t('noMoneyYet')}</p>
      ${notice(view, refusal)}${changes(view, before, summary, refusal)}
      ${faultSummary(view, tries, fault ? [['vendor-0', fault]] : faults)}
      ${table(
        [t('vendor'), t('remaining'), t('amount')],
        rows.map(({ ibanNumber, refundRequestId }, index) => {
          const vendor = vendors[index]!;
          const amount = placed[index]!;
          const wrong = typeof amount === 'bigint' ? undefined : amount;
          const name = `vendor-${index}`;
          const box = amountBox(
            name,
            currency,
            typed[index]!,
            wrong,
            (text) => controller.divide(index, text),
            s('amountFor', { vendor }),
            'sum-help',
          );
          return [
            vendorName(view, ibanNumber, refundRequestId, account(view, ibanNumber)),
            html`${money(view, limits[index]!, currency)}${
              limits[index]! < asked
                ? nothing
                : html`<br />${button(t('whole'), (event) => fill(event, index), {
                      look: 'small',
                      name: `${s('whole')}, ${vendor}`,
                    })}`
            }`,
            html`<div class=${wrong ? 'field bad' : 'field'} part="field">${box}${help(view, name, wrong)}</div>`,
          ];
        }),
      )}
      <div id="sum-help" class="stack">
        <div role="status">
          ${figureList([
            [t('placed'), money(view, sum, currency)],
            [t(left < 0n ? 'tooMuch' : 'left'), money(view, left < 0n ? -left : left, currency)],
          ])}
        </div>
        ${fault ? html`<p class="error" part="error">${t(...fault)}</p>` : nothing}
      </div>
      ${actions(html`
        ${goOn(view, t('toReviewAll'))} ${button(t('split'), fill)}
        ${button(t('back'), () => controller.back(), { look: 'quiet' })}
      `)}`,
  );
}

/** A masked IBAN, and a button that shows it in full. */
function account({ t, s }: View, iban: string): TemplateResult {
  const masked = maskIban(iban);
  const toggle = ({ currentTarget }: Event) => {
    const pressed = currentTarget as HTMLButtonElement;
    const isShown = pressed.ariaPressed !== 'true';
    pressed.ariaPressed = `${isShown}`;
    pressed.previousElementSibling!.textContent = isShown ? iban : masked;
  };
  return html`<bdi class="id" aria-live="polite" .textContent=${masked}></bdi>
    ${button(t('showIban'), toggle, { look: 'small', name: `${s('showIban')} ${masked}` })}`;
}
