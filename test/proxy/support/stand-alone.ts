import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { deferred } from './deferred.ts';
import type { Environment } from './process.ts';
import { scriptedProvider, type Act, type ProviderCall } from './provider.ts';
import { ORDER, PAYMENT, scriptUqpay, temporaryFolder, UQPAY_POST, uuid } from './test-proxy.ts';

export const USER = { 'x-user': 'admin-1' };

/**
 * A scripted provider, and the environment of a proxy in front of it. `captured` is the captured amount of the UQPAY
 * payment, in USD.
 */
export async function standAlone(t: TestContext, more: Environment = {}, { captured = '100.00' } = {}) {
  const provider = await scriptedProvider();
  t.after(() => provider.close());
  const folder = await temporaryFolder(t);
  const orders = path.join(folder, 'orders.json');
  await writeFile(
    orders,
    JSON.stringify([
      { payment_id: PAYMENT, currency: 'USD', captured },
      { payment_id: ORDER, currency: 'KWD', captured: '100.000' },
    ]),
  );
  const environment: Environment = {
    REFUND_PROXY_DB: path.join(folder, 'ledger.sqlite'),
    REFUND_ORDERS_FILE: orders,
    REFUND_USER_HEADER: 'x-user',
    REFUND_LOG_LEVEL: 'silent',
    UQPAY_BASE_URL: `${provider.url}/uqpay/api`,
    UQPAY_CLIENT_ID: 'client-of-ours',
    UQPAY_API_KEY: 'key-of-ours',
    UPAYMENTS_BASE_URL: `${provider.url}/upayments/api/v1`,
    UPAYMENTS_TOKEN: 'token-of-ours',
    ...more,
  };
  return { provider, environment };
}

/** Holds the answer to a call: `received` resolves with the call, and `answer` sends the answer. */
export function holdAnswer(provider: Awaited<ReturnType<typeof scriptedProvider>>, route = UQPAY_POST) {
  if (route === UQPAY_POST) scriptUqpay(provider);
  const { promise: received, resolve: arrive } = deferred<ProviderCall>();
  const { promise: act, resolve: answer } = deferred<Act>();
  provider.on(route, (call) => {
    arrive(call);
    return act;
  });
  return { received, answer };
}

/** Sends a write request as the refund form does. */
export function post(
  url: string,
  below: string,
  body: object,
  user: Record<string, string> = USER,
  key = uuid(1),
): Promise<Response> {
  return fetch(url + below, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key, ...user },
    body: JSON.stringify(body),
  });
}
