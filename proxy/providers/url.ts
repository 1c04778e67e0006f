/**
 * Returns the provider's base address without a trailing slash.
 * @throws TypeError when it is not an http(s) URL, or carries credentials.
 */
export function baseAddress(text: string): string {
  const url = new URL(text);
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new TypeError('A base address is an http(s) URL without credentials, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(host);
}

/** Whether what is sent to this address can be read, and changed, on its way to another machine. */
export function isInClear(text: string): boolean {
  const { protocol, hostname } = new URL(text);
  return protocol === 'http:' && !isLoopback(hostname);
}

export function address(base: string, path: string, query?: URLSearchParams): string {
  const text = query?.toString();
  return base + path + (text ? `?${text}` : '');
}
