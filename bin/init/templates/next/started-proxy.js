/**
 * The proxy of refunds.js. Next loads this module once for each route and once for instrumentation.js, and all of them
 * need the same proxy. `next build` loads it too, and then nothing may be opened: so refunds.js comes with the first call.
 */
export const startedProxy = () => (globalThis.startedRefundProxy ??= start());

async function start() {
  try {
    const { proxy, startRefunds } = await import('./refunds.js');
    await startRefunds();
    return proxy;
  } catch (error) {
    // Another process may hold the ledger for a moment, as in a restart: the next request tries again.
    globalThis.startedRefundProxy = undefined;
    throw error;
  }
}
