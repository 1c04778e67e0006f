import type { Context } from '../../engine/provider.ts';
import { storeOf } from './model.ts';
import { toStamp } from './time.ts';

export interface RefundIds {
  /** The refund's own `orderId`: 72 characters and then `refundOrderId`, as in the provider's example. S */
  readonly id: string;
  readonly refundOrderId: string;
  /** 30 digits that begin with a date. S */
  readonly refundArn: string;
}

export function freshIds({ state, now }: Context): RefundIds {
  const { refundIds: random } = state;
  const stamp = toStamp(now);
  for (;;) {
    const refundOrderId = random.base62(32);
    const id = `${random.base62(20)}${stamp}${random.digits(25)}${random.hex(13)}${refundOrderId}`;
    if (!storeOf(state).refunds.has(id)) {
      return { id, refundOrderId, refundArn: `${stamp.slice(0, 8)}${random.digits(22)}` };
    }
  }
}
