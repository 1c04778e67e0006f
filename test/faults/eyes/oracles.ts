import { setImmediate } from 'node:timers/promises';

import { minor } from '../support/invariants.ts';
import type { Screen } from './browser-screen.ts';
import type { Call } from './front.ts';
import { checkFigures } from './figures.ts';
import type { Wish } from './memory.ts';
import type { Claim, Facts } from './screen.ts';
import { sum, truthOf, type Row } from './truth.ts';
import { Verdict } from './verdict.ts';
import { USERS, type World } from './world.ts';

/** What must hold after every step, of what the provider holds and of everything that was shown and sent meanwhile. */
export async function checkStep(world: World): Promise<void> {
  const { memory, shop, screens } = world;
  const rows = await truthOf(shop);
  const verdict = new Verdict();
  for (const violation of memory.violations.splice(0)) verdict.must(false, violation);
  for (const complaint of memory.complaints.splice(0)) verdict.must(false, `a page complained: ${complaint}`);
  checkMoney(world, rows, verdict);
  for (const [index, wish] of memory.wishes.entries()) {
    if (wish.step === world.front.step)
      await checkKey(world, wish, { before: memory.wishes.slice(0, index), rows, verdict });
  }
  memory.refunds = new Set(rows.map(({ id }) => id));
  checkFigures(world, verdict);
  for (const screen of screens) {
    for (const drawn of memory.of(screen).drawn) checkDrawn(world, screen, { ...drawn, rows, verdict });
    checkTurnedAway(world, screen, verdict);
  }
  await checkStreams(world, verdict);
  verdict.give();
}

/** Real milliseconds within which a browser's end of a stream reaches its server. */
const SEEN_MS = 5_000;

/** A browser has few connections: of live status it takes one for each endpoint, however many forms it shows. */
async function checkStreams({ front: { streams } }: World, verdict: Verdict): Promise<void> {
  const tooMany = () =>
    USERS.flatMap((user) => {
      const open = streams.all.filter((stream) => stream.user === user).map(({ path }) => path);
      const endpoints = new Set(open.map((path) => path.split('/')[0]));
      return open.length > endpoints.size ? [`${user}'s browser has ${open.length} streams: ${open.join(', ')}`] : [];
    });
  const begun = performance.now();
  while (tooMany().length > 0 && performance.now() - begun < SEEN_MS) await setImmediate();
  for (const wrong of tooMany()) verdict.must(false, wrong);
}

function checkMoney({ shop }: World, rows: readonly Row[], verdict: Verdict): void {
  const seen = new Set<string>();
  for (const { reference, vendor, counts, isElsewhere, id } of rows) {
    if (!counts || isElsewhere) continue;
    const part = `${reference}${vendor === undefined ? '' : ` of vendor ${vendor}`}`;
    verdict.must(!seen.has(part), `a double refund: ${id} is the second one for ${part}`);
    seen.add(part);
  }
  for (const { payment_id, captured, currency } of shop.orders) {
    const taken = sum(rows.filter(({ order, counts }) => counts && order === payment_id));
    verdict.must(taken <= minor(captured, currency), `an over-refund: ${taken} minor units of ${captured} ${currency}`);
  }
}

interface Seen {
  readonly rows: readonly Row[];
  readonly verdict: Verdict;
}

/** A second key for the same wish is minted only when the first is known to have come to nothing. */
async function checkKey(
  world: World,
  wish: Wish,
  { before, rows, verdict }: Seen & { before: readonly Wish[] },
): Promise<void> {
  const first = before.findLast(({ reference, path }) => reference === wish.reference && path === wish.path);
  if (!first) return;
  const answers = world.front.calls.filter(({ key }) => key === first.key);
  const own = rows.filter(({ id, reference }) => reference === wish.reference && world.memory.refunds.has(id));
  const isDone = own.length > 0 && own.every(({ counts }) => !counts);
  verdict.must(
    isDone || answers.some((call) => isRefusal(call)) || (await isSettledAsNothing(world, first.key)),
    `a key was minted anew for ${wish.reference}, whose first one ${first.key} had no answer that says nothing moved`,
  );
}

/** The ledger knows it, by the provider's word or a person's: the payment's summary lists it as ended. */
async function isSettledAsNothing({ shop: { ledger, scope } }: World, key: string): Promise<boolean> {
  const intent = await ledger?.intentByKey(scope, key);
  if (!intent || intent.state === 'unknown') return false;
  return (await ledger!.reservationsOfIntent(intent.id)).every(({ released }) => released);
}

function isRefusal({ status = 0, text = '', isDelivered }: Call): boolean {
  if (!isDelivered) return false;
  const isOurs = /"effect":"(?:running|unknown)"/.test(text);
  return (status >= 400 && status < 500 && !isOurs) || /"effect":"nothing"|"status":false/.test(text);
}

/** A request that was turned away for its rate each time did nothing: nobody is locked out for it. */
function checkTurnedAway({ front, memory }: World, screen: Screen, verdict: Verdict): void {
  const { keyTail } = screen.facts ?? {};
  if (screen.at !== 'unknown' || keyTail === undefined) return;
  const calls = front.calls.filter(({ key }) => key?.endsWith(keyTail));
  const key = calls[0]?.key;
  if (key === undefined || calls.length < (memory.sends.get(key) ?? 0)) return;
  const isTurnedAway = calls.every(({ status, isDelivered }) => isDelivered && status === 429);
  verdict.must(!isTurnedAway, `${screen.id} is locked for ${key}, which was turned away with 429`);
}

const LOCKED = new Set(['unknown', 'awaiting_approval']);
const OPEN = new Set<Claim['standing']>(['unknown', 'other']);

function checkDrawn(
  world: World,
  screen: Screen,
  { facts, wish, rows, verdict }: Seen & { facts: Facts; wish: Wish | undefined },
): void {
  const { at, claims, another, cancelIsOpen, saysNothing, isOffline } = facts;
  const here = `${screen.id} on ${at}`;
  for (const claim of claims) checkClaim(world, screen, { here, claim, rows, verdict });
  // A refund that is on its way may be followed by another one, where a person says so twice.
  const isOpen = LOCKED.has(at) || cancelIsOpen || claims.some(({ standing }) => OPEN.has(standing));
  verdict.must(!another || !isOpen, `${here} offers “${another}” beside what may still move money: ${show(claims)}`);
  if (!saysNothing || !wish) return;
  // What was asked for before is another request.
  if (isOffline && wish.step < world.front.step) return;
  const moved = rows.find(({ reference, counts }) => counts && reference === wish.reference);
  verdict.must(!moved, `${here} says that nothing was refunded, and the provider has ${moved?.id}`);
}

function checkClaim(
  world: World,
  screen: Screen,
  { here, claim, rows, verdict }: Seen & { here: string; claim: Claim },
): void {
  const { standing, ids, amount } = claim;
  if (standing === 'unknown' || standing === 'other') return;
  const row = rowOf(world, screen, claim, rows);
  // A part that was refused came to nothing at the provider, not even to a refund that failed.
  if (standing === 'failed' && !row) return;
  if (!row) {
    verdict.must(false, `${here} says ${standing} of a refund that the provider does not have: ${ids.join(' ')}`);
    return;
  }
  verdict.must(
    row.been.has(standing),
    `${here} says ${standing} of ${row.id}, which has only been ${[...row.been].join(', ')}`,
  );
  verdict.must(amount === row.amount, `${here} shows ${amount} minor units for ${row.id} of ${row.amount}`);
}

/** The provider's refund that a claim is about: by its ids, or where it shows none, by what was asked for here last. */
export function rowOf({ memory }: World, screen: Screen, claim: Claim, rows: readonly Row[]): Row | undefined {
  const ids = claim.ids.filter((id) => id !== '');
  if (ids.length > 0) {
    return rows.find(({ id }) => ids.some((shown) => shown === id || (shown.length >= 20 && id.endsWith(shown))));
  }
  const wish = memory.lastInBrowser(screen);
  return rows.find(({ reference, account }) => reference === wish?.reference && account === claim.vendor);
}

function show(claims: readonly Claim[]): string {
  return claims.map(({ standing, vendor }) => (vendor ? `${vendor} ${standing}` : standing)).join(', ') || 'unknown';
}
