import { html, nothing, type TemplateResult } from 'lit';

import { maskIban } from '../adapters/adapter.ts';
import { checkVendors, sumOf, type Fault } from '../flow/draft.ts';
import type { Vendors } from '../flow/state.ts';
import { amountBox, button, faultSummary, form, help, id, money, moneyText, table, type View } from './parts.ts';
import { changes, figureList } from './figures.ts';
import { notice } from './refusals.ts';

/** One row for each vendor. Faults appear at once, and the sum is never rounded. */
export function vendors(view: View, state: Vendors): TemplateResult {
  const { opened, order, typed, tries, notice: refusal, before, summary } = state;
  const { t, s, controller } = view;
  const { currency, amount: asked } = order;
  const { rows, limits } = opened;
  const placed = checkVendors(typed, limits, controller.rules(currency));
  const sum = sumOf(placed);
  const left = asked - sum;
  const fault: Fault | undefined =
    tries && left
      ? ['fault_sum', { sum: moneyText(view, sum, currency), asked: moneyText(view, asked, currency) }]
      : undefined;
  return form(
    () => controller.review(),
    html`<p class="hint">${t('noMoneyYet')}</p>
      ${notice(view, refusal)}${changes(view, before, summary, refusal)}
      ${fault ? faultSummary(view, [['vendor-0', fault]]) : nothing}
      ${table(
        [t('vendor'), t('remaining'), t('amount')],
        rows.map(({ ibanNumber }, index) => {
          const vendor = maskIban(ibanNumber);
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
            id(vendor),
            money(view, limits[index]!, currency),
            html`<div class=${wrong ? 'field bad' : 'field'}>${box}${help(view, name, wrong)}</div>`,
          ];
        }),
      )}
      ${figureList([
        [t('placed'), money(view, sum, currency)],
        [t(left < 0n ? 'tooMuch' : 'left'), money(view, left < 0n ? -left : left, currency)],
      ])}
      ${help(view, 'sum', fault)}
      <div class="row">
        ${button(t('toReviewAll'), undefined, { primary: true })} ${button(t('split'), () => controller.divide())}
        ${button(t('back'), () => controller.back())}
      </div>`,
  );
}
