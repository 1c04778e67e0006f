import { formatTyped } from '../../contract/money/format.ts';
import { splitVendors, type AmountRules, type Given } from './draft.ts';
import type { Session } from './session.ts';
import { dividedOf } from './state.ts';

/**
 * Divides the amount over the vendors. Without a text: gives the whole amount to one vendor. Without an index, too: divides
 * it in proportion.
 */
export function divide(
  session: Session,
  rules: (currency: string) => AmountRules & Given,
  index?: number,
  text?: string,
): void {
  const { state, store } = session;
  if (state.at !== 'vendors') return;
  const { order, opened } = state;
  const typed = dividedOf(state);
  const { amount, currency } = order;
  const own = rules(currency);
  const whole = formatTyped(amount, currency, own.locale);
  const divided =
    index === undefined
      ? splitVendors(amount, opened.limits, own)
      : typed.map((old, at) => (at === index ? (text ?? whole) : text === undefined ? '' : old));
  session.dispatch({ type: 'divided', typed: divided ?? typed });
  store.draft = session.state.draft;
}
