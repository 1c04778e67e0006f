import type { RefundProxyOptions } from '../proxy/index.ts';

/** Above it a second person must approve, in minor units. The other currencies have no limit. */
const APPROVAL_ABOVE: Readonly<Record<string, bigint>> = { HKD: 100_000n };

/**
 * Everybody may do everything, but nobody approves a request of their own. A real merchant takes the user from the
 * session of the request, and the demo from a cookie: `document.cookie = 'demo-user=basma'` is the second person.
 */
export const authorizeDemo: RefundProxyOptions['authorize'] = async (request, { action, amount, order }) => {
  const user = /(?:^|; )demo-user=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? 'demo-admin';
  const limit = APPROVAL_ABOVE[order?.currency ?? ''];
  if (action === 'read') {
    const permission = { approve: true, resolve: true };
    return { user, permission: limit === undefined ? permission : { ...permission, approvalAbove: limit } };
  }
  const waits = action === 'refund' && limit !== undefined && amount !== undefined && amount > limit;
  return waits ? { refuse: 'approval_required', user } : { user };
};
