import type { Screen } from './browser-screen.ts';
import type { Call } from './front.ts';
import type { Facts } from './screen.ts';
import type { Row } from './truth.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

/** States in which a person can begin another refund of the payment, or is told about its refunds. */
const UNLOCKED = new Set(['editing', 'review']);

/**
 * A screen that was locked for a request with an unknown outcome must not open before something has told what became
 * of that request. An answer about another refund, another tab or a reload tells nothing of it.
 */
export async function checkLock(world: World, screen: Screen, rows: readonly Row[], verdict: Verdict): Promise<void> {
  const screenMemory = world.memory.of(screen);
  for (const { facts } of screenMemory.drawings) {
    const { at, keyTail } = facts;
    if (at === 'unknown' && keyTail !== undefined) {
      screenMemory.lock = world.memory.refundRequests.findLast(({ key }) => key.endsWith(keyTail))?.key;
    } else if (screenMemory.lock !== undefined && isKnown(world, screenMemory.lock, facts, rows)) {
      screenMemory.lock = undefined;
    } else if (screenMemory.lock !== undefined && UNLOCKED.has(at)) {
      const key = screenMemory.lock;
      screenMemory.lock = undefined;
      verdict.must(
        await isTold(world, key),
        `${screen.id} was locked for ${key} and opened, though nobody knows of it`,
      );
    }
  }
}

/**
 * Whether the screen shows what became of this request, which other oracles hold against the provider's records, or that
 * it waits for somebody and was never sent.
 */
function isKnown({ memory }: World, key: string, { at, keyTail, claims }: Facts, rows: readonly Row[]): boolean {
  if (at === 'awaiting_approval' && keyTail !== undefined && key.endsWith(keyTail)) return true;
  const { reference } = memory.refundRequests.find((request) => request.key === key)!;
  const ids = claims.flatMap((claim) => claim.ids).filter((id) => id !== '');
  const own = rows.filter((row) => row.reference === reference);
  return claims.length > 0 && (ids.length === 0 || own.some(({ id }) => ids.some((text) => id.endsWith(text))));
}

/** Whether an answer to this request arrived that says what it did, or the ledger or a person knows it. */
async function isTold({ front, shop, memory }: World, key: string): Promise<boolean> {
  if (memory.forgotten.has(key)) return true;
  if (front.calls.some((call) => call.key === key && (isRefusal(call) || isDone(call)))) return true;
  const intent = await shop.ledger?.intentByKey(shop.scope, key);
  return intent !== undefined && !STILL_OPEN.has(intent.state);
}

/** States of an intent whose outcome nobody knows yet. */
export const STILL_OPEN = new Set(['never seen', 'unknown', 'sending', 'resending', 'awaiting_approval']);

/** Whether the answer arrived and says that the request did nothing. */
export function isRefusal({ status = 0, text = '', isDelivered }: Call): boolean {
  if (!isDelivered) return false;
  const isOurs = /"effect":"(?:running|unknown)"/.test(text);
  return (status >= 400 && status < 500 && !isOurs) || /"effect":"nothing"|"status":false/.test(text);
}

function isDone({ status = 0, isDelivered }: Call): boolean {
  return isDelivered && status >= 200 && status < 300;
}
