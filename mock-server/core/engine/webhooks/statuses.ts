/** `refused`: the target is not allowed. `held`: waits until the next webhook of its payment has overtaken it. */
export const DELIVERY_STATUSES = ['waiting', 'held', 'sending', 'delivered', 'failed', 'dropped', 'refused'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
