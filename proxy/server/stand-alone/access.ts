import { createHash, timingSafeEqual } from 'node:crypto';

import type { Action, Authorization, AuthorizeContext, RefundProxyOptions } from '../../options.ts';
import { isLoopback } from '../../providers/url.ts';
import type { Findings } from './environment.ts';
import type { Secrets } from './secrets.ts';
import { USER_SECRET_HEADER, type Values } from './variables.ts';

/** Whether the configuration lets the proxy know the acting user. */
export function checkAccess(values: Values, { faults, warnings }: Findings): void {
  const { REFUND_USER_HEADER, REFUND_USER_SECRET, REFUND_ALLOW_ANONYMOUS, REFUND_PROXY_HOST } = values;
  const isPrivate = isLoopback(REFUND_PROXY_HOST);
  if (REFUND_USER_HEADER === undefined && !REFUND_ALLOW_ANONYMOUS) {
    faults.push(
      'REFUND_USER_HEADER: is missing; name the header of your own sign-in, or set REFUND_ALLOW_ANONYMOUS=1 to develop',
    );
  }
  if (REFUND_USER_HEADER === undefined && REFUND_USER_SECRET !== undefined) {
    faults.push('REFUND_USER_SECRET: proves who sends REFUND_USER_HEADER, which is not set');
  }
  if (REFUND_USER_HEADER?.toLowerCase() === USER_SECRET_HEADER.toLowerCase()) {
    faults.push(`REFUND_USER_HEADER: ${USER_SECRET_HEADER} is for REFUND_USER_SECRET; name another header`);
  }
  if (REFUND_USER_HEADER !== undefined && REFUND_USER_SECRET === undefined && !isPrivate) {
    faults.push(
      'REFUND_USER_HEADER: anybody who reaches REFUND_PROXY_HOST could send this header and act as any user. Listen on 127.0.0.1 ' +
        `behind your sign-in, or set REFUND_USER_SECRET and let your sign-in send it in ${USER_SECRET_HEADER}`,
    );
  }
  if (REFUND_ALLOW_ANONYMOUS && !isPrivate) {
    faults.push('REFUND_ALLOW_ANONYMOUS: is for development on a loopback address; REFUND_PROXY_HOST is another');
  }
  if (REFUND_ALLOW_ANONYMOUS && REFUND_USER_HEADER !== undefined) {
    warnings.push('REFUND_ALLOW_ANONYMOUS: does nothing, REFUND_USER_HEADER is set and says who acts');
  }
  if (values.REFUND_APPROVAL_ABOVE.size > 0 && values.REFUND_APPROVERS.length === 0) {
    warnings.push('REFUND_APPROVAL_ABOVE: REFUND_APPROVERS is empty, so nobody can approve what waits');
  }
}

/** Whether a user is signed in. A request that is refused here causes no call of the orders hook. */
export function authenticator(values: Values, secrets: Secrets): NonNullable<RefundProxyOptions['authenticate']> {
  const { REFUND_USER_HEADER, REFUND_PUBLIC_ORIGIN } = values;
  const publicHost = REFUND_PUBLIC_ORIGIN && new URL(REFUND_PUBLIC_ORIGIN).hostname;
  const secret = secrets.source('REFUND_USER_SECRET', values);
  return async (request) => {
    if (secret && !isSame(request.headers.get(USER_SECRET_HEADER), await secret())) {
      return {
        refuse: 'unauthenticated',
        detail: `The sign-in in front of the proxy has to send REFUND_USER_SECRET in ${USER_SECRET_HEADER}`,
      };
    }
    const { hostname } = new URL(request.url);
    if (REFUND_USER_HEADER === undefined) return isLoopback(hostname) ? undefined : OTHER_HOST_OF_ANYBODY;
    // In a DNS rebinding attack the page sends its own host name, and may send any header. It does not know the secret.
    if (!secret && !isLoopback(hostname) && hostname !== publicHost) return OTHER_HOST;
    return request.headers.get(REFUND_USER_HEADER) ? undefined : { refuse: 'unauthenticated' };
  };
}

const OTHER_HOST_OF_ANYBODY = {
  refuse: 'forbidden',
  detail: 'With REFUND_ALLOW_ANONYMOUS, Host has to be localhost, 127.0.0.1 or [::1]',
} as const;
const OTHER_HOST = {
  refuse: 'forbidden',
  detail: 'Without REFUND_USER_SECRET, Host has to be that of REFUND_PUBLIC_ORIGIN, or localhost, 127.0.0.1 or [::1]',
} as const;

/** Returns the acting user, and what that user may do. */
export function authorizer(values: Values, secrets: Secrets): RefundProxyOptions['authorize'] {
  const { REFUND_USER_HEADER, REFUND_APPROVAL_ABOVE } = values;
  const authenticate = authenticator(values, secrets);
  const resolvers = new Set(values.REFUND_RESOLVERS);
  const approvers = new Set(values.REFUND_APPROVERS);
  const listers = new Set([...resolvers, ...approvers]);
  const only: Partial<Record<Action, readonly [users: ReadonlySet<string>, detail: string]>> = {
    resolve: [resolvers, 'Only users in REFUND_RESOLVERS may'],
    approve: [approvers, 'Only users in REFUND_APPROVERS may'],
    decline: [approvers, 'Only users in REFUND_APPROVERS may'],
    list_intents: [listers, 'Only users in REFUND_RESOLVERS or REFUND_APPROVERS may'],
  };
  return async (request, context: AuthorizeContext): Promise<Authorization> => {
    const { action, amount, order } = context;
    const refusal = await authenticate(request, context);
    if (refusal) return refusal;
    const user = REFUND_USER_HEADER === undefined ? 'anonymous' : utf8(request.headers.get(REFUND_USER_HEADER));
    if (!user) return { refuse: 'unauthenticated' };
    const [users, detail] = only[action] ?? [];
    if (users && !users.has(user)) return { refuse: 'forbidden', ...(detail !== undefined && { detail }) };
    const limit = limitOf(REFUND_APPROVAL_ABOVE, order?.currency);
    if (action === 'read') {
      const permission = { approve: approvers.has(user), resolve: resolvers.has(user) };
      return { user, permission: limit === undefined ? permission : { ...permission, approvalAbove: limit } };
    }
    const waits = action === 'refund' && limit !== undefined && amount !== undefined && amount > limit;
    return waits ? { refuse: 'approval_required', user } : { user };
  };
}

/** Where some currencies have a limit, nobody has said how much of another one needs no second person: then nothing does. */
function limitOf(limits: ReadonlyMap<string, bigint>, currency: string | undefined): bigint | undefined {
  return limits.get(currency ?? '') ?? (limits.size > 0 ? 0n : undefined);
}

/** A header is read as one character for each byte (RFC 9110 section 5.5), and reverse proxies write names in UTF-8. */
function utf8(header: string | null): string | null {
  const text = header === null ? null : Buffer.from(header, 'latin1').toString('utf8');
  // What is no UTF-8 stays as it came.
  return text?.includes('\ufffd') ? header : text;
}

/** Compares in constant time, which reveals nothing about the first difference. */
function isSame(given: string | null, secret: string): boolean {
  const digest = (of: string) => createHash('sha256').update(of).digest();
  return given !== null && timingSafeEqual(digest(given), digest(secret));
}
