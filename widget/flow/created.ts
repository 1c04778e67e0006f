import type { Adapter, Created } from '../adapters/adapter.ts';
import type { Sent } from './typed-store.ts';
import type { Intent } from './stored.ts';

/** Reads the answer to a request. `undefined`: it is not an answer to this one. */
export function readCreated(
  adapter: Adapter,
  { approves, vendors, picked }: Intent,
  { call, order }: Sent,
  body: unknown,
): Created | undefined {
  // What became of an approval is read in the payment.
  if (approves) return undefined;
  if (vendors) return adapter.vendors?.read(body, call, order);
  const created = adapter.readCreated(body, order);
  return picked && created && 'refunds' in created
    ? { refunds: created.refunds.map((refund) => ({ ...refund, picked })) }
    : created;
}
