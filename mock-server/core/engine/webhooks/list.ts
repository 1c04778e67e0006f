import type { Delivery } from './delivery.ts';

/** Every member given has to fit. */
export interface DeliveryFilter {
  readonly provider?: string | undefined;
  readonly status?: string | undefined;
  readonly event_type?: string | undefined;
  readonly payment_id?: string | undefined;
  readonly refund_id?: string | undefined;
  readonly limit?: number | undefined;
}

export function fits(delivery: Delivery, filter: DeliveryFilter): boolean {
  return (
    (filter.provider === undefined || delivery.provider === filter.provider) &&
    (filter.status === undefined || delivery.status === filter.status) &&
    (filter.event_type === undefined || delivery.type === filter.event_type) &&
    (filter.payment_id === undefined || delivery.payment === filter.payment_id) &&
    (filter.refund_id === undefined || delivery.refund === filter.refund_id)
  );
}
