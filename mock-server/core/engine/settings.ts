/** `as-sent`: as the client wrote it, else with all decimals of the currency. `trimmed`: without zeros at the end. */
export const AMOUNT_STYLES = ['as-sent', 'trimmed'] as const;
export type AmountStyle = (typeof AMOUNT_STYLES)[number];

export const GET_STATUSES = [200, 201] as const;
export type GetStatus = (typeof GET_STATUSES)[number];

/** Where clients of one provider saw different answers: what a namespace does, until it is set otherwise or reset. */
export interface Settings {
  /** How UQPAY's answers and webhooks write amounts: both were seen. `uqpay.md`, Added 2026-11. K D */
  readonly amounts: AmountStyle;
  /** HTTP status of the reads that UPayments' OpenAPI document types as 201; clients saw both. `upayments.md`, Added 2026-11. K */
  readonly upaymentsGetStatus: GetStatus;
  /** Whether UPayments tells of a refund that settled: a review of its pages says that it does not. P */
  readonly refundCallbacks: boolean;
}

export const DEFAULT_SETTINGS: Settings = { amounts: 'as-sent', upaymentsGetStatus: 201, refundCallbacks: true };

/** An amount of a row as the provider would write it under this setting. */
export function writtenAmount(amount: string, style: AmountStyle): string {
  return style === 'trimmed' && amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}
