import type { TestContext } from 'node:test';

import { ORDER, PAYMENT, readAnswer, scriptUqpay, uuids } from '../../proxy/support/test-proxy.ts';
import { scriptedProvider, type ScriptedProvider } from '../../proxy/support/provider.ts';
import { post } from '../../proxy/support/stand-alone.ts';
import { host, startService } from './host.ts';
import { listen } from './site.ts';

export const ORDERS: Readonly<Record<string, object>> = {
  [PAYMENT]: { payment_id: PAYMENT, currency: 'USD', captured: '100.00' },
  [ORDER]: { payment_id: ORDER, currency: 'KWD', captured: '100.000' },
};

/** The merchant's server: an order by its id, for whoever has its token. */
export async function merchant(t: TestContext): Promise<string> {
  const server = await listen(t, ({ url = '', headers }, outgoing) => {
    const order = ORDERS[url.slice(1)];
    const isKnown = headers.authorization === 'Bearer put-a-token-of-yours-here';
    outgoing.writeHead(isKnown ? (order ? 200 : 404) : 401, { 'content-type': 'application/json' });
    outgoing.end(isKnown ? JSON.stringify(order) : '{}');
  });
  return `http://${server}/{id}`;
}

/** A machine as the document sets it up, its service, the merchant's server and both providers. */
export async function service(t: TestContext) {
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  const made = scriptUqpay(provider);
  listed(provider, 0);
  const machine = await host(t, {
    UQPAY_BASE_URL: `${provider.url}/uqpay/api`,
    UPAYMENTS_BASE_URL: `${provider.url}/upayments/api/v1`,
    REFUND_ORDERS_URL: await merchant(t),
  });
  // The document's limits would have a second person agree to what the tests refund.
  const proxy = await startService(t, machine, { REFUND_APPROVAL_ABOVE: '' });
  const user = { 'x-user': 'admin-1', 'x-refund-user-secret': 'a-secret-of-the-front-end' };
  const nextKey = uuids();
  return {
    ...machine,
    proxy,
    provider,
    made,
    nextKey,
    post: async (below: string, body: object, withKey = nextKey(), url = proxy.url) =>
      readAnswer(await post(url, below, body, user, withKey)),
    money: async (below = `/upayments/payments/${ORDER}`, url = proxy.url) => {
      const answer = await fetch(url + below, { headers: user });
      const { refunded, pending, refundable } = (await answer.json()) as Record<string, string>;
      return [refunded, pending, refundable];
    },
  };
}

/** UPayments lists this many refunds of the order. */
export function listed(provider: ScriptedProvider, count: number): void {
  const refund = Array.from({ length: count }, (_, index) => ({
    order_id: `refund-order-${index + 1}`,
    is_refunded: false,
    refunded_date: null,
  }));
  provider.on(`GET /check-refund/${ORDER}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
}

/** A refund of two vendors, the first of whom has 50.000. */
export function vendorsBody(amounts: readonly number[]) {
  return {
    orderId: ORDER,
    refundPayload: amounts.map((amountToRefund, index) => ({
      refundRequestId: `v${index + 1}`,
      ibanNumber: 'KW91KFHO0000000000051010173254',
      totalPaid: '50.000',
      refundedAmount: 0,
      remainingLimit: 50,
      amountToRefund,
      merchantType: 'vendor',
    })),
  };
}
