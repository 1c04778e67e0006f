import { isInClear, isLoopback } from '../../providers/url.ts';
import type { Environment, Findings } from './environment.ts';
import { PROVIDERS } from './providers.ts';
import type { Values } from './variables.ts';

/** Checks each address to which credentials go, or from which orders come, and compares those of the providers with their documented form. */
export function checkAddresses(values: Values, environment: Environment, { faults, warnings }: Findings): void {
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
  const ofMoney = [...PROVIDERS.map(({ address }) => address.variable), 'REFUND_ORDERS_URL'];
  for (const name of ofMoney) {
    const value = addressOf(name);
    if (value === undefined || values.REFUND_ALLOW_PLAIN_HTTP || !isInClear(value)) continue;
    const isOfCredentials = name !== 'REFUND_ORDERS_URL' || values.REFUND_ORDERS_HEADER !== undefined;
    const what = isOfCredentials
      ? 'http:// would send credentials in clear to another machine'
      : 'over http:// the captured amounts can be read, and changed, on their way from another machine';
    faults.push(`${name}: ${what}: use https://, or set REFUND_ALLOW_PLAIN_HTTP=1 where that network is your own`);
  }
  const isElsewhere = (name: string) => {
    const value = addressOf(name);
    return value !== undefined && !isLoopback(new URL(value).hostname);
  };
  const open = [...ofMoney, 'REFUND_NOTIFY_URL'].filter(isElsewhere);
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' && open.length > 0) {
    faults.push(
      `NODE_TLS_REJECT_UNAUTHORIZED: 0 takes any certificate for that of ${open.join(' and ')}, so whoever is between can read and change ` +
        'what is sent: remove it; an authority of your own goes into NODE_EXTRA_CA_CERTS',
    );
  }
}
