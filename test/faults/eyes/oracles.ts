import { setImmediate } from 'node:timers/promises';

import { minor } from '../support/invariants.ts';
import type { Screen } from './browser-screen.ts';
import { checkFigures } from './figures.ts';
import { checkLock, isRefusal } from './locks.ts';
import type { RefundRequest } from './memory.ts';
import type { Claim, Facts } from './screen.ts';
import { sum, truthOf, type Row } from './truth.ts';
import { Verdict } from './verdict.ts';
import { USERS, type World } from './world.ts';

/** Checks after every step what must always hold for the provider's records and for everything shown and sent. */
export async function checkStep(world: World): Promise<void> {
  const { memory, shop, screens } = world;
  const rows = await truthOf(shop);
  const verdict = new Verdict();
  for (const violation of memory.violations.splice(0)) verdict.must(false, violation);
  for (const complaint of memory.complaints.splice(0)) verdict.must(false, `a page complained: ${complaint}`);
  checkMoney(world, rows, verdict);
  for (const [index, request] of memory.refundRequests.entries()) {
    if (request.step === world.front.step)
      await checkKey(world, request, { before: memory.refundRequests.slice(0, index), rows, verdict });
  }
  memory.refunds = new Set(rows.map(({ id }) => id));
  checkFigures(world, verdict);
  for (const screen of screens) {
    for (const drawing of memory.of(screen).drawings) checkDrawing(world, screen, { ...drawing, rows, verdict });
    checkRateLimited(world, screen, verdict);
    await checkLock(world, screen, rows, verdict);
  }
  await checkStreams(world, verdict);
  verdict.throwProblems();
}

/** Real milliseconds within which the server learns that a browser has closed a stream. */
const STREAM_END_MS = 5_000;

/**
 * A browser has few connections, so it must open only one live stream for each endpoint, however many forms it shows.
 */
async function checkStreams({ front: { streams } }: World, verdict: Verdict): Promise<void> {
  const tooMany = () =>
    USERS.flatMap((user) => {
      const open = streams.all.filter((stream) => stream.user === user).map(({ path }) => path);
      const endpoints = new Set(open.map((path) => path.split('/')[0]));
      return open.length > endpoints.size ? [`${user}'s browser has ${open.length} streams: ${open.join(', ')}`] : [];
    });
  const start = performance.now();
  while (tooMany().length > 0 && performance.now() - start < STREAM_END_MS) await setImmediate();
  for (const problem of tooMany()) verdict.must(false, problem);
}

function checkMoney({ shop }: World, rows: readonly Row[], verdict: Verdict): void {
  const parts = new Set<string>();
  for (const { reference, vendor, counts, isElsewhere, id } of rows) {
    if (!counts || isElsewhere) continue;
    const part = `${reference}${vendor === undefined ? '' : ` of vendor ${vendor}`}`;
    verdict.must(!parts.has(part), `a double refund: ${id} is the second one for ${part}`);
    parts.add(part);
  }
  for (const { payment_id, captured, currency } of shop.orders) {
    const amount = sum(rows.filter(({ order, counts }) => counts && order === payment_id));
    verdict.must(
      amount <= minor(captured, currency),
      `an over-refund: ${amount} minor units of ${captured} ${currency}`,
    );
  }
}

interface Evidence {
  readonly rows: readonly Row[];
  readonly verdict: Verdict;
}

/** A second key for the same refund is allowed only when the first is known to have come to nothing. */
async function checkKey(
  world: World,
  request: RefundRequest,
  { before, rows, verdict }: Evidence & { before: readonly RefundRequest[] },
): Promise<void> {
  const first = before.findLast(({ reference, path }) => reference === request.reference && path === request.path);
  if (!first) return;
  const answers = world.front.calls.filter(({ key }) => key === first.key);
  const own = rows.filter(({ id, reference }) => reference === request.reference && world.memory.refunds.has(id));
  const isDone = own.length > 0 && own.every(({ counts }) => !counts);
  verdict.must(
    isDone || answers.some((call) => isRefusal(call)) || (await isSettledAsNothing(world, first.key)),
    `a key was minted anew for ${request.reference}, whose first one ${first.key} had no answer that says nothing moved`,
  );
}

/** The ledger knows the outcome from the provider or a person, so the payment's summary lists the key as ended. */
async function isSettledAsNothing({ shop: { ledger, scope } }: World, key: string): Promise<boolean> {
  const intent = await ledger?.intentByKey(scope, key);
  if (!intent || intent.state === 'unknown') return false;
  return (await ledger!.reservationsOfIntent(intent.id)).every(({ released }) => released);
}

/** A request that got 429 every time did nothing, so it must not lock the form. */
function checkRateLimited({ front, memory }: World, screen: Screen, verdict: Verdict): void {
  const { keyTail } = screen.facts ?? {};
  if (screen.at !== 'unknown' || keyTail === undefined) return;
  const calls = front.calls.filter(({ key }) => key?.endsWith(keyTail));
  const key = calls[0]?.key;
  if (key === undefined || calls.length < (memory.sends.get(key) ?? 0)) return;
  const isRateLimited = calls.every(({ status, isDelivered }) => isDelivered && status === 429);
  verdict.must(!isRateLimited, `${screen.id} is locked for ${key}, which was turned away with 429`);
}

const LOCKED = new Set(['unknown', 'awaiting_approval']);
const OPEN = new Set<Claim['standing']>(['unknown', 'other']);

function checkDrawing(
  world: World,
  screen: Screen,
  { facts, request, rows, verdict }: Evidence & { facts: Facts; request: RefundRequest | undefined },
): void {
  const { at, claims, listed, another, cancelIsOpen, saysNothing, isOffline } = facts;
  const place = `${screen.id} on ${at}`;
  for (const claim of claims) checkClaim(world, screen, { here: place, claim, rows, verdict });
  for (const claim of listed) checkClaim(world, screen, { here: `${place}, in its list,`, claim, rows, verdict });
  // A pending refund may be followed by another one if the person confirms twice.
  const isOpen = LOCKED.has(at) || cancelIsOpen || claims.some(({ standing }) => OPEN.has(standing));
  verdict.must(!another || !isOpen, `${place} offers “${another}” beside what may still move money: ${show(claims)}`);
  if (!saysNothing || !request) return;
  // The earlier request is a different one.
  if (isOffline && request.step < world.front.step) return;
  // So is the request of somebody else that this person has declined since.
  const last = world.front.calls.findLast((call) => call.screen === screen.id && call.method === 'POST');
  if (last?.path.endsWith('/decline') && last.key !== request.key) return;
  const refund = rows.find(({ reference, counts }) => counts && reference === request.reference);
  verdict.must(!refund, `${place} says that nothing was refunded, and the provider has ${refund?.id}`);
}

function checkClaim(
  world: World,
  screen: Screen,
  { here, claim, rows, verdict }: Evidence & { here: string; claim: Claim },
): void {
  const { standing, ids, amount } = claim;
  if (standing === 'unknown' || standing === 'other') return;
  const row = rowOf(world, screen, claim, rows);
  // A refused part has no refund at the provider, not even a failed one.
  if (standing === 'failed' && !row) return;
  if (!row) {
    verdict.must(false, `${here} says ${standing} of a refund that the provider does not have: ${ids.join(' ')}`);
    return;
  }
  verdict.must(
    row.pastStandings.has(standing),
    `${here} says ${standing} of ${row.id}, which has only been ${[...row.pastStandings].join(', ')}`,
  );
  verdict.must(amount === row.amount, `${here} shows ${amount} minor units for ${row.id} of ${row.amount}`);
}

/** The provider's refund that a claim is about: found by its ids, or else by the last request here. */
export function rowOf({ memory }: World, screen: Screen, claim: Claim, rows: readonly Row[]): Row | undefined {
  const ids = claim.ids.filter((id) => id !== '');
  if (ids.length > 0) {
    return rows.find(({ id }) => ids.some((text) => text === id || (text.length >= 20 && id.endsWith(text))));
  }
  const request = memory.lastOfBrowser(screen);
  return rows.find(({ reference, account }) => reference === request?.reference && account === claim.vendor);
}

function show(claims: readonly Claim[]): string {
  return claims.map(({ standing, vendor }) => (vendor ? `${vendor} ${standing}` : standing)).join(', ') || 'unknown';
}
