import { minor } from '../support/invariants.ts';
import { NOTHING_ELSEWHERE } from '../support/merchant.ts';
import type { Screen } from './browser-screen.ts';
import { unrecorded } from './elsewhere.ts';
import { show } from './figures.ts';
import { STILL_OPEN } from './locks.ts';
import { rowOf } from './oracles.ts';
import type { Figures } from './screen.ts';
import { sum, truthOf, type Row } from './truth.ts';
import type { Verdict } from './verdict.ts';
import type { World } from './world.ts';

/** Checks a screen that was just refreshed while nothing is in progress. */
export async function checkQuiet(world: World, screen: Screen, verdict: Verdict): Promise<void> {
  const rows = await truthOf(world.shop);
  const facts = screen.facts;
  const place = `${screen.id} at rest on ${screen.at}`;
  verdict.must(facts && !facts.at.startsWith('load'), `${place}: the payment is not loaded`);
  if (!facts) return;
  if (facts.figures && facts.at !== 'review') {
    const truth = await figuresOf(world, screen.options.order, rows);
    const figuresText = show(facts.figures);
    verdict.must(figuresText === show(truth), `${place} shows ${figuresText}, true is ${show(truth)}`);
  }
  checkUnrecorded(world, screen, { rows, verdict });
  for (const claim of [...facts.claims, ...facts.listed]) {
    const row = rowOf(world, screen, claim, rows);
    if (row && (await isKnown(world, row))) {
      verdict.must(claim.standing === row.standing, `${place} says ${claim.standing} of what is ${row.standing}`);
    }
  }
  await checkKnown(world, screen, { here: place, verdict });
}

/** The form must not offer a refund while the provider lists refunds whose amounts nobody knows. */
export function checkUnrecorded(
  { shop }: World,
  screen: Screen,
  { rows, verdict }: { readonly rows: readonly Row[]; readonly verdict: Verdict },
): void {
  const unrecordedCount = unrecorded(shop, screen.options.order, rows);
  verdict.must(
    unrecordedCount === 0 || screen.at !== 'editing',
    `${screen.id} offers a refund, though nobody knows the amounts of ${unrecordedCount} that were made elsewhere`,
  );
}

/** The form must not stay locked for a request whose outcome is known. */
async function checkKnown(
  { shop, memory, front }: World,
  screen: Screen,
  { here, verdict }: { here: string; verdict: Verdict },
): Promise<void> {
  const { at, keyTail } = screen.facts!;
  if (at !== 'unknown' || !shop.ledger) return;
  const request = memory.refundRequests.findLast(({ key }) => keyTail !== undefined && key.endsWith(keyTail));
  verdict.must(request, `${here}: locked for no key that was ever sent (${keyTail})`);
  if (!request) return;
  const { state = 'never seen' } = (await shop.ledger.intentByKey(shop.scope, request.key)) ?? {};
  verdict.must(
    STILL_OPEN.has(state) || front.heldCount(request.screen.id) > 0,
    `${here}: locked, though the proxy knows ${request.key} as ${state}`,
  );
}

/** The figures according to the provider and the merchant's records. */
async function figuresOf({ shop }: World, order: number, rows: readonly Row[]): Promise<Figures> {
  const { payment_id, captured: text, currency } = shop.orders[order]!;
  const captured = minor(text, currency);
  const orderRows = rows.filter((row) => row.order === payment_id);
  const reservations = shop.ledger ? await shop.ledger.reservationsOfPayment(shop.scope, payment_id) : [];
  // Reservations for requests with an unknown outcome.
  const unknown = reservations.filter(({ released, refundId }) => !released && refundId === undefined);
  // UQPAY lists refunds made elsewhere with their amounts; for UPayments the merchant must report them.
  const isListed = shop.provider === 'uqpay';
  const isCounted = (row: Row) =>
    row.isElsewhere ? isListed : !shop.ledger || reservations.some(({ refundId }) => refundId === row.id);
  const { amount: elsewhere } = shop.elsewhere.get(order) ?? NOTHING_ELSEWHERE;
  const countedAmount = sum(orderRows.filter((row) => row.counts && isCounted(row)));
  const refunded = sum(orderRows.filter((row) => row.standing === 'succeeded' && isCounted(row))) + elsewhere;
  const refundable = captured - countedAmount - sum(unknown) - elsewhere;
  return { captured, refunded, pending: captured - refunded - refundable, refundable };
}

async function isKnown({ shop }: World, row: Row): Promise<boolean> {
  if (!shop.ledger) return true;
  const open = await shop.ledger.reservationsOfPayment(shop.scope, row.order);
  return open.some(({ refundId }) => refundId === row.id);
}
