import type { TestContext } from 'node:test';

import { ORDER, PAYMENT, readAnswer, scriptUqpay, uuids } from '../../proxy/support/test-proxy.ts';
import { vendorRow } from '../../proxy/support/vendor-row.ts';
import { scriptedProvider, type ScriptedProvider } from '../../proxy/support/provider.ts';
import { post } from '../../proxy/support/stand-alone.ts';
import { host, startService } from './host.ts';
import { listen } from './site.ts';

export const ORDERS: Readonly<Record<string, object>> = {
  [PAYMENT]: { payment_id: PAYMENT, currency: 'USD', captured: '100.00' },
  [ORDER]: { payment_id: ORDER, currency: 'KWD', captured: '100.000' },
};

/** The merchant's server. It returns an order by its id to a client with the right token. */
export async function merchant(t: TestContext): Promise<string> {
  const server = await listen(t, ({ url = '', headers }, outgoing) => {
    const order = ORDERS[url.slice(1)];
    const isAuthorized = headers.authorization === 'Bearer put-a-token-of-yours-here';
    outgoing.writeHead(isAuthorized ? (order ? 200 : 404) : 401, { 'content-type': 'application/json' });
    outgoing.end(isAuthorized ? JSON.stringify(order) : '{}');
  });
  return `http://${server}/{id}`;
}

/** A machine as the document sets it up, with its service, the merchant's server and both providers. */
export async function service(t: TestContext) {
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  const refunds = scriptUqpay(provider);
  listRefunds(provider, 0);
  const machine = await host(t, {
    UQPAY_BASE_URL: `${provider.url}/uqpay/api`,
    UPAYMENTS_BASE_URL: `${provider.url}/upayments/api/v1`,
    REFUND_ORDERS_URL: await merchant(t),
  });
  // With the limits of the document, the refunds of the tests would need approval.
  const proxy = await startService(t, machine, { REFUND_APPROVAL_ABOVE: '' });
  const user = { 'x-user': 'admin-1', 'x-refund-user-secret': 'a-secret-of-the-front-end' };
  const nextKey = uuids();
  return {
    ...machine,
    proxy,
    provider,
    refunds,
    nextKey,
    post: async (path: string, body: object, key = nextKey(), url = proxy.url) =>
      readAnswer(await post(url, path, body, user, key)),
    money: async (path = `/refunds/upayments/payments/${ORDER}`, url = proxy.url) => {
      const answer = await fetch(url + path, { headers: user });
      const { refunded, pending, refundable } = (await answer.json()) as Record<string, string>;
      return [refunded, pending, refundable];
    },
  };
}

/** Makes UPayments list this many refunds of the order. */
export function listRefunds(provider: ScriptedProvider, count: number, is_refunded = false): void {
  const refund = Array.from({ length: count }, (_, index) => ({
    order_id: `refund-order-${index + 1}`,
    is_refunded,
    refunded_date: null,
  }));
  provider.on(`GET /check-refund/${ORDER}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
}

/** A refund over two vendors. The first one has 50.000 left. */
export function vendorsBody(amounts: readonly number[]) {
  return {
    orderId: ORDER,
    refundPayload: amounts.map((amount, index) => vendorRow(`v${index + 1}`, amount)),
  };
}
