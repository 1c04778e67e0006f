import type { RefundProxyOptions } from '../../options.ts';
import type { Findings } from './environment.ts';
import { readOrdersFile } from './orders-file.ts';
import { ordersAt } from './orders-url.ts';
import type { Secrets } from './secrets.ts';
import type { Values } from './variables.ts';

/** The orders hook: a file that is read once, or an address that is asked each time. */
export async function readOrders(
  values: Values,
  { faults }: Findings,
  secrets: Secrets,
): Promise<RefundProxyOptions['orders']> {
  const { REFUND_ORDERS_FILE: file, REFUND_ORDERS_URL: url, REFUND_ORDERS_HEADER: header } = values;
  if ((file === undefined) === (url === undefined)) {
    faults.push('REFUND_ORDERS_FILE or REFUND_ORDERS_URL: set one of them, so that the proxy knows what was captured');
  }
  if (header !== undefined && url === undefined) {
    faults.push('REFUND_ORDERS_HEADER: is sent to REFUND_ORDERS_URL, which is not set');
  }
  if (url !== undefined) return ordersAt(url, secrets.source('REFUND_ORDERS_HEADER', values));
  if (file === undefined) return async () => undefined;
  const read = await readOrdersFile(file);
  faults.push(...read.faults.map((fault) => `REFUND_ORDERS_FILE: ${fault}`));
  return async (id) => read.orders.get(id);
}
