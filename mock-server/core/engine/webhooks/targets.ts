const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Why no webhook may go to this address, as a sentence; `undefined` when one may. Anyone who
 * can reach the sandbox can give it an address, so it calls this machine only, unless a host is allowed by name.
 * @param allowed host names, or `name:port`, that are allowed besides loopback
 */
export function targetFault(url: string, allowed: readonly string[]): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed) return 'it is not a URL such as http://127.0.0.1:3000/webhooks';
  const { protocol, hostname, host, username, password } = parsed;
  if (protocol !== 'http:' && protocol !== 'https:') return `${protocol} is not http: or https:`;
  if (username !== '' || password !== '') return 'a URL with a user name or password in it is not called';
  if (LOOPBACK.test(hostname) || allowed.includes(hostname) || allowed.includes(host)) return undefined;
  return (
    `${hostname} is not this machine: webhooks go to localhost, 127.0.0.0/8 or [::1] only, unless the host is allowed ` +
    'with --allow-webhook-host or the allowHosts option'
  );
}

/** For logs: a query may hold secrets. */
export function withoutQuery(url: string): string {
  const mark = url.search(/[?#]/);
  return mark < 0 ? url : `${url.slice(0, mark)}?[redacted]`;
}
