/** What proves to the proxies of these tests that the admin has signed in. */
export const SESSION = { 'X-Session': 'session-of-the-merchant' } as const;
