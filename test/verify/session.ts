/** The session header with which an admin is signed in to the proxies of these tests. */
export const SESSION = { 'X-Session': 'session-of-the-merchant' } as const;
/** The one of somebody who has signed in, too, and may neither refund nor read. */
export const OTHER_SESSION = { 'X-Session': 'session-of-a-customer' } as const;
