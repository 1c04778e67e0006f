import { problem } from '../../contract/index.ts';
import type { Exchange } from '../drive.ts';
import type { ProviderCall } from '../recorder.ts';

/**
 * How many refunds the calls ask the provider for. A proxy may send a refund again with a new token, so calls with the
 * same key count once. Calls without a key are not the same refund.
 */
export function countSends(calls: readonly ProviderCall[], keyHeader: string | undefined): number {
  return new Set(calls.map(({ headers }, index) => (keyHeader && headers[keyHeader]) ?? index)).size;
}

/** The status of the answer and what a problem of the proxy's own says of the money, or why there was no answer. */
export function outcomeOf({ answer: { lost, status, json } }: Exchange): string {
  if (lost !== undefined) return lost;
  const own = status < 300 ? undefined : problem.safeParse(json).data;
  return own?.effect === undefined ? String(status) : `${status} with effect: ${own.effect}`;
}
