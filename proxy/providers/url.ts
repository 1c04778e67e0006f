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

export function address(base: string, path: string, query?: URLSearchParams): string {
  const text = query?.toString();
  return base + path + (text ? `?${text}` : '');
}
