import type { Findings } from './environment.ts';
import { PROVIDERS } from './providers.ts';
import type { Values } from './variables.ts';

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(host);
}

/** Checks each address that receives credentials, and compares those of the providers with their documented form. */
export function checkAddresses(values: Values, { faults, warnings }: Findings): void {
  const all: Readonly<Record<string, unknown>> = values;
  const addressOf = (name: string) => (typeof all[name] === 'string' ? all[name] : undefined);
  for (const { address } of PROVIDERS) {
    const value = addressOf(address.variable);
    if (value === undefined) continue;
    const { pathname, hostname } = new URL(value);
    if (pathname.replace(/\/+$/, '').endsWith(address.end)) continue;
    const words = `${address.variable}: expected an address that ends in ${address.end}; received ${value}`;
    // A mock server on this machine may have any path.
    if (isLoopback(hostname)) warnings.push(words);
    else faults.push(words);
  }
  const carriers = PROVIDERS.map(({ address }) => address.variable);
  if (values.REFUND_ORDERS_HEADER) carriers.push('REFUND_ORDERS_URL');
  for (const name of carriers) {
    const value = addressOf(name);
    if (value === undefined || values.REFUND_ALLOW_PLAIN_HTTP) continue;
    const { protocol, hostname } = new URL(value);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      faults.push(
        `${name}: http:// would send credentials in clear to another machine: use https://, or set ` +
          'REFUND_ALLOW_PLAIN_HTTP=1 where that network is your own',
      );
    }
  }
}
