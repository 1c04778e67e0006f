import { ORDER, startTestProxy, type TestProxy } from './test-proxy.ts';

export const CREATE = 'POST /create-refund';

/** UPayments accepts every refund, with the ids `refund-1` and so on, and lists none. */
export async function upayments(
  t: Parameters<typeof startTestProxy>[0],
  options: Parameters<typeof startTestProxy>[1] = {},
): Promise<TestProxy> {
  const testProxy = await startTestProxy(t, { name: 'upayments', ...options });
  let number = 0;
  testProxy.provider.on(CREATE, () => {
    number += 1;
    const data = { orderId: `refund-${number}`, refundOrderId: `R${number}`, refundArn: `arn-${number}` };
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  scriptList(testProxy.provider, []);
  return testProxy;
}

/** From now on UPayments lists these refunds, without amounts. */
export function scriptList(provider: TestProxy['provider'], ids: readonly string[], payment = ORDER): void {
  const refund = ids.map((order_id) => ({ order_id, is_refunded: false, refunded_date: null }));
  provider.on(`GET /check-refund/${payment}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
}
