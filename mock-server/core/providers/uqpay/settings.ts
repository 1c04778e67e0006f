import type { State } from '../../engine/provider.ts';
import type { SettingTable } from '../../engine/settings.ts';

/**
 * `as-sent`: as the client wrote the amount, or with all decimals of the currency when no client wrote it. `trimmed`:
 * without zeros at the end.
 */
const AMOUNT_STYLES = ['as-sent', 'trimmed'] as const;
export type AmountStyle = (typeof AMOUNT_STYLES)[number];

export const UQPAY_SETTINGS = {
  /** How UQPAY's answers and webhooks write amounts: `as-sent` (`10.00`) by default, or `trimmed` (`10`). K D */
  amounts: {
    wire: 'amounts',
    values: AMOUNT_STYLES,
    default: 'as-sent',
    flag: {
      flags: '--amounts <style>',
      about: "how UQPAY's answers write amounts: 10.00 as it was sent, or 10 (default: as-sent)",
    },
  },
} as const satisfies SettingTable;

export const amountStyle = ({ settings }: State): AmountStyle => settings['amounts'] as AmountStyle;

/** An amount of a row as the provider would write it in this style. */
export function writeAmount(amount: string, style: AmountStyle): string {
  return style === 'trimmed' && amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}
