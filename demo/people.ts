import type { RefundProxyOptions } from '../proxy/index.ts';

/** Everybody who may be signed in to the console. The first one is, unless somebody else was chosen. */
export const PEOPLE = ['demo-admin', 'basma'] as const;
export type Person = (typeof PEOPLE)[number];

/** Above it a second person must approve, in minor units. The other currencies have no limit. */
const APPROVAL_ABOVE: Readonly<Record<string, bigint>> = { HKD: 100_000n, KWD: 50_000n };

const COOKIE = 'demo-user';

export const personIn = (cookies: string): Person => {
  const name = new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(cookies)?.[1];
  return PEOPLE.find((one) => one === name) ?? PEOPLE[0];
};

export const personCookie = (person: Person, path: string) => `${COOKIE}=${person}; Path=${path}; SameSite=Strict`;

/**
 * Everybody may do everything, but nobody approves a request of their own. A real merchant takes the user from the
 * session of the request, and the demo from a cookie that the console sets.
 */
export const authorizeBy =
  (cookiesOf: (request: Request) => string): RefundProxyOptions['authorize'] =>
  async (request, { action, amount, order }) => {
    const user = personIn(cookiesOf(request));
    const limit = APPROVAL_ABOVE[order?.currency ?? ''];
    if (action === 'read') {
      const permission = { approve: true, resolve: true };
      return { user, permission: limit === undefined ? permission : { ...permission, approvalAbove: limit } };
    }
    const waits = action === 'refund' && limit !== undefined && amount !== undefined && amount > limit;
    return waits ? { refuse: 'approval_required', user } : { user };
  };
