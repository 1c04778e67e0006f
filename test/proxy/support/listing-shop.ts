import type { TestContext } from 'node:test';

import type { PaymentSummary } from '../../../contract/index.ts';
import { ORDER, startTestProxy, type Answer } from './test-proxy.ts';

/** UPayments with a list whose refunds are paid (`true`) or initiated. */
export async function listingShop(t: TestContext) {
  const shop = await startTestProxy(t, { name: 'upayments' });
  const { provider, get, post } = shop;
  const list = new Map<string, boolean>();
  let made = 0;
  let isLost = false;
  const rowOf = (is_refunded: boolean) => ({ is_refunded, refunded_date: null });
  provider.on(`GET /check-refund/${ORDER}`, () => {
    const refund = [...list].map(([order_id, isRefunded]) => ({ order_id, ...rowOf(isRefunded) }));
    return { status: 200, json: { status: true, message: 'ok', data: { refund } } };
  });
  for (const id of ['R1', 'R2']) {
    provider.on(`GET /check-refund-status/${id}`, () => {
      const isRefunded = list.get(id);
      if (isRefunded === undefined) return { status: 404, json: { status: false, message: 'No such refund' } };
      return { status: 200, json: { status: true, message: 'ok', data: rowOf(isRefunded) } };
    });
  }
  provider.on('POST /create-refund', () => {
    if (isLost) {
      isLost = false;
      return 'drop';
    }
    made += 1;
    const orderId = `R${made}`;
    list.set(orderId, false);
    const data = { orderId, refundOrderId: `RO-${orderId}`, refundArn: `A${made}` };
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  provider.on('POST /delete-refund', { status: 200, json: { status: true, message: 'deleted' } });
  const summary = async () => (await get(`/payments/${ORDER}`)).json as PaymentSummary;
  const money = async () => {
    const { refunded, pending, refundable } = await summary();
    return [refunded, pending, refundable];
  };
  const resolve = (id: string, body: object): Promise<Answer> =>
    post(`/intents/${id}/resolve`, { body: { reason: 'Seen in the dashboard', ...body } });
  /** The next refund is not made, and its answer is lost. */
  const lose = () => {
    isLost = true;
  };
  return { ...shop, list, lose, summary, money, resolve };
}
