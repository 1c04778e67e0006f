import { LeftOut } from '../not-judged.ts';
import type { Exchange } from '../drive.ts';
import type { ProviderCall } from '../recorder.ts';
import type { World } from '../world.ts';

const CONFLICT = 409;

/**
 * A proxy may refuse a second refund of a payment while the first is pending, as long as it says that nothing was sent.
 * @param calls the calls of the provider that the second has caused
 */
export function isBusy(world: World, exchange: Exchange, calls: readonly ProviderCall[]): boolean {
  return calls.length === 0 && exchange.answer.status === CONFLICT && world.claim(exchange) === 'nothing';
}

/** @throws LeftOut when the proxy refuses it for the first one */
export function assumeNotBusy(world: World, exchange: Exchange, calls: readonly ProviderCall[]): void {
  if (!isBusy(world, exchange, calls)) return;
  throw new LeftOut('The proxy refuses a second refund of a payment while the first is pending');
}
