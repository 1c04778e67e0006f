import type { OrderItems } from '../contract/money.ts';
import { toDecimal } from '../contract/money.ts';
import { minorOf } from './format.ts';

/** As much as is needed here of the events of `<refund-form>` about a refund. */
export interface RefundOfItems {
  readonly paymentId: string;
  readonly refundId?: string;
  readonly standing?: string;
  readonly items?: readonly { readonly id: string; readonly quantity: number }[];
  readonly shipping?: string;
}

/**
 * The units that were refunded in this page. Neither the form nor the provider counts them, so a page has to. A shop keeps
 * them with its order; this page forgets them with a reload.
 */
export class Returned {
  readonly #refunds = new Map<string, RefundOfItems>();

  /** Takes the detail of an event. One refund has several events, and counts once as long as it is in force. */
  note(refund: RefundOfItems): void {
    const { refundId, standing, items } = refund;
    if (!refundId) return;
    if (standing === 'failed' || standing === 'cancelled') this.#refunds.delete(refundId);
    else if (items) this.#refunds.set(refundId, refund);
  }

  /** The order with these units and this shipping in addition to what it counts itself. */
  countedIn(order: OrderItems, paymentId: string): OrderItems {
    const { currency } = order;
    const refunds = [...this.#refunds.values()].filter((refund) => refund.paymentId === paymentId);
    const minor = (text: string | null | undefined) => minorOf(text ?? '0', currency);
    const units = (line: string) =>
      refunds.flatMap(({ items = [] }) => items.filter(({ id }) => id === line).map(({ quantity }) => quantity));
    return {
      ...order,
      items: order.items.map((item) => ({
        ...item,
        refunded_quantity: units(item.id).reduce((sum, quantity) => sum + quantity, item.refunded_quantity ?? 0),
      })),
      refunded_shipping: toDecimal(
        refunds.reduce((sum, { shipping }) => sum + minor(shipping), minor(order.refunded_shipping)),
        currency,
      ),
    };
  }
}

export const returned = new Returned();
