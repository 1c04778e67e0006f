/** The session header with which an admin is signed in to the proxies of these tests. */
export const SESSION = { 'X-Session': 'session-of-the-merchant' } as const;
