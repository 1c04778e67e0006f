/** A payment as a merchant keeps it: what was captured, and what was refunded before a proxy's ledger began. */
export interface MerchantOrder {
  readonly currency: string;
  /** Minor units. */
  readonly captured: bigint;
  readonly payment_method: string;
  readonly payment_attempt_id?: string;
  /** Why nothing can be refunded. */
  readonly not_refundable?: string;
  /** The sum of the refunds that the seed has, as a decimal string. Only where the provider does not tell their amounts. */
  readonly refunded_elsewhere?: string;
  /** The number of these refunds. */
  readonly refunded_elsewhere_count?: number;
}
