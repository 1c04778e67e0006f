import type { Findings } from './environment.ts';
import type { Values } from './variables.ts';

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return /^(?:127(?:\.\d{1,3}){3}|localhost|\[?::1\]?)$/i.test(host);
}

const ENDS = { UQPAY_BASE_URL: '/api', UPAYMENTS_BASE_URL: '/api/v1' } as const;

/** Checks an address that receives credentials, and compares it with the providers' own addresses. */
export function checkAddresses(values: Values, { faults, warnings }: Findings): void {
  for (const [name, end] of Object.entries(ENDS)) {
    const address = values[name as keyof typeof ENDS];
    if (address === undefined) continue;
    const { pathname, hostname } = new URL(address);
    if (!pathname.replace(/\/+$/, '').endsWith(end)) {
      const words = `${name}: expected an address that ends in ${end}`;
      // A mock server on this machine may have any path.
      if (isLoopback(hostname)) warnings.push(words);
      else faults.push(words);
    }
  }
  const carriers = [
    'UQPAY_BASE_URL',
    'UPAYMENTS_BASE_URL',
    ...(values.REFUND_ORDERS_HEADER ? ['REFUND_ORDERS_URL'] : []),
  ];
  for (const name of carriers as readonly ('UQPAY_BASE_URL' | 'UPAYMENTS_BASE_URL' | 'REFUND_ORDERS_URL')[]) {
    const address = values[name];
    if (address === undefined || values.REFUND_ALLOW_PLAIN_HTTP) continue;
    const { protocol, hostname } = new URL(address);
    if (protocol === 'http:' && !isLoopback(hostname)) {
      faults.push(
        `${name}: http:// would send credentials in clear to another machine: use https://, or set ` +
          'REFUND_ALLOW_PLAIN_HTTP=1 where that network is your own',
      );
    }
  }
}
