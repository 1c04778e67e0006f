import { createRefundProxy, SqliteLedger } from 'refund-form-server/proxy';

import { orderOf } from './orders.js';
import { basePath, provider } from './provider.js';
import { address, milliseconds } from './settings.js';
import { userOf } from './sign-in.js';

const { LEDGER, PUBLIC_ORIGIN } = process.env;
const timeoutMs = milliseconds('PROVIDER_TIMEOUT');
const RECONCILE_EVERY_MS = 5_000;

// Every request is written here before it is sent. Back the file up: with an older one a key could be sent twice.
const ledger = new SqliteLedger({ file: LEDGER || 'refunds.sqlite' });

export const proxy = createRefundProxy({
  provider,
  basePath,
  ledger,
  orders: orderOf,
  // Not every browser tells that a request comes from a page of the same server.
  ...(PUBLIC_ORIGIN && { publicOrigin: address('PUBLIC_ORIGIN') }),
  // A fault of orders.js or sign-in.js is seen here and nowhere else. Any logger with info, warn and error will do.
  logger: console,
  ...(timeoutMs !== undefined && { timeoutMs }),
  authorize: async (request) => {
    const user = await userOf(request);
    return user === undefined ? { refuse: 'unauthenticated' } : { user };
  },
});

/**
 * Settles what was lost in a crash, before the first request; then asks the provider about refunds that are not final.
 *
 * @returns a function that waits for every running refund and closes the ledger
 */
export async function startRefunds() {
  await proxy.recover();
  const timer = setInterval(() => proxy.reconcile().catch(console.error), RECONCILE_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await proxy.close();
    await ledger.close();
  };
}
