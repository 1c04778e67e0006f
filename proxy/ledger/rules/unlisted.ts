import type { AuditLine, Intent, Reservation, Scope } from '../entities.ts';
import type { ProviderTotal } from '../facts.ts';
import { isUnsure } from './contradiction.ts';
import { madeElsewhere } from './elsewhere.ts';
import { line } from './fact.ts';
import { CLOCKS_APART_MS, INSTANCES_APART_MS } from './clocks.ts';
import {
  boundBy,
  isInTotal,
  isMissing,
  isNotListed,
  keepTotal,
  mayBeMissing,
  NOT_LISTED,
  without,
  type TotalThen,
} from './total.ts';
import type { LedgerTransaction } from '../store.ts';

/**
 * Makes the rows of the payment add up to the provider's total. A difference becomes a row of its own and is held like
 * any refund; it shrinks when a refund becomes known by itself. Returns whether anything changed.
 */
export async function accountFor(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, total, source, at }: { paymentId: string; total: ProviderTotal; source: string; at: number },
): Promise<boolean> {
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  const now = { ...total, at };
  const isNeeded = rows.some((row) => isUnsure(row) || mayBeMissing(now, row));
  await keepTotal(tx, scope, paymentId, { now, rows, isNeeded });
  const known = rows.find(isNotListed);
  const rest = rows.filter((row) => row !== known && row.currency === total.currency && isInTotal(row));
  const before = known?.amount ?? 0n;
  // What was asked for after that is no part of it, and may be missing in the total for a while.
  const older = rest.filter((row) => !(known && isYounger(rows, known, row) && mayBeMissing(now, row)));
  const [least, left] = [without(total.amount, rest), without(total.amount, older)];
  const amount = least >= before ? least : left < before ? left : before;
  if (amount === before) {
    // The time of the row says which refunds it was computed with.
    const isOlder = known && amount > 0n && rest.some(({ updatedAt }) => updatedAt > known.updatedAt);
    if (isOlder && amount === least) await tx.saveReservation({ ...known, updatedAt: at });
    return false;
  }
  const row = known
    ? { ...known, amount, released: amount === 0n, updatedAt: amount > least ? known.updatedAt : at }
    : await tx.insertReservation(madeElsewhere(scope, { ...total, paymentId, amount, status: NOT_LISTED, at }));
  if (known) await tx.saveReservation(row);
  await tx.addAudit({
    ...line(undefined, 'provider', 'not_listed', source, at),
    reservationId: row.id,
    detail: `${before} > ${amount} minor units that the list does not name`,
  });
  return true;
}

/** How much the provider's total has that its list does not name. Minor units. */
export function unlistedAmount(rows: readonly Reservation[]): bigint {
  return rows.find(isUnlisted)?.amount ?? 0n;
}

/** Whether the total may have a refund that nobody knows: beyond the list, or in the place of one that is in it. */
export function mayHide(rows: readonly Reservation[]): boolean {
  return unlistedAmount(rows) > 0n || rows.some(isUnsure);
}

/**
 * The least that it had when it was read last. Minor units. What has become known since then may be part of it, and nobody
 * has compared the two. `sparing`: not what was asked for later, which is no part of it unless the rest was taken back.
 */
export function unlistedAtLeast(rows: readonly Reservation[], { sparing = false } = {}): bigint {
  const row = rows.find(isUnlisted);
  if (!row) return 0n;
  const since = rows.filter((one) => isBeside(row, one) && isInTotal(one) && one.updatedAt > row.updatedAt);
  return without(row.amount, sparing ? since.filter((one) => !isYounger(rows, row, one)) : since);
}

/**
 * The rows of the refunds that are no part of what it had at that time: they were in the total by themselves, or were asked
 * for later.
 */
export function besideUnlisted(rows: readonly Reservation[], at = Infinity): number[] {
  const row = rows.find(isUnlisted);
  if (!row) return [];
  const isNoPart = (one: Reservation) => (isInTotal(one) && one.updatedAt <= at) || isYounger(rows, row, one);
  return rows.filter((one) => isBeside(row, one) && isNoPart(one)).map(({ id }) => id);
}

/** The audit line of what the provider's total had beyond its list before a request was sent. */
export const UNLISTED = 'unlisted';

/** As the audit trail keeps it, with the refunds that are no part of it; `undefined` if there is nothing to keep. */
export function unlistedNow(rows: readonly Reservation[]): string | undefined {
  const amount = unlistedAtLeast(rows);
  if (amount === 0n) return undefined;
  const beside = JSON.stringify(besideUnlisted(rows));
  return `before sending: ${amount} minor units that the list does not name, beside ${beside}`;
}

/** What the provider's total had beyond its list, and when. */
interface UnlistedThen {
  /** Minor units. */
  readonly before: bigint;
  readonly since: number;
  /** The rows of the refunds that were no part of it, where that was kept. */
  readonly beside?: readonly number[] | undefined;
  /** The request before whose first send it was read. */
  readonly intentId?: string | undefined;
}

/**
 * What the total had beyond the list before the first send of a request. What was kept before a later one may be the refund
 * of this request: the provider may have carried out a send that it has put off.
 */
export function unlistedBefore(audit: readonly AuditLine[]): UnlistedThen {
  const ended = audit.findIndex(({ to }) => to === 'void');
  const first = audit.slice(0, ended < 0 ? undefined : ended).find(({ what }) => what === UNLISTED);
  const [, amount = '0', beside] = /(\d+).*?(\[.*\])?$/.exec(first?.detail ?? '') ?? [];
  const known = beside === undefined ? beside : (JSON.parse(beside) as number[]);
  return { before: BigInt(amount), since: first?.at ?? 0, beside: known, intentId: first?.intentId };
}

/**
 * How much of what the provider's total has beyond its list may have come since then: it may be a request whose answer was
 * lost. What has become known since, and was made before, may be what the total had beyond the list `before`: then the rest
 * is new. Minor units.
 */
export function grownSince(rows: readonly Reservation[], { before, since, beside, intentId }: UnlistedThen): bigint {
  const row = rows.find(isUnlisted);
  if (!row) return 0n;
  const own = rows.find((one) => one.intentId !== undefined && one.intentId === intentId);
  // The rows tell the order of our own requests, whatever clock was set back. The provider has another clock.
  const isOlder = (one: Reservation) =>
    own && one.intentId !== undefined
      ? firstOf(rows, one).id < firstOf(rows, own).id
      : begunAt(rows, one) <= since + CLOCKS_APART_MS;
  const named = rows.filter(
    (one) =>
      isBeside(row, one) &&
      isInTotal(one) &&
      (beside ? !beside.includes(one.id) : one.updatedAt > since) &&
      isOlder(one),
  );
  const grown = row.amount - without(before, named);
  return grown > 0n ? grown : 0n;
}

/**
 * The other refunds that the total may count, as is assumed, or may have something else in their place: the provider
 * contradicts itself about them, has reversed them, or a person has recorded them, and no source says what its total does then.
 * Or they are known to be made since this request was sent, and the total may be behind the list. `id`: the request that is
 * asked about.
 */
export function unsureOf(
  rows: readonly Reservation[],
  { id, currency }: Pick<Intent, 'id' | 'currency'>,
  total?: TotalThen,
): Reservation[] {
  const own = rows.find(({ intentId }) => intentId === id);
  const sentAt = own ? begunAt(rows, own) - INSTANCES_APART_MS : Infinity;
  const isLater = (row: Reservation) =>
    row.updatedAt > sentAt || (own && firstOf(rows, row).id > firstOf(rows, own).id);
  return rows.filter(
    (row) =>
      row.intentId !== id &&
      row.currency === currency &&
      (isUnsure(row) ||
        isMissing(total, row) ||
        (total && !isNotListed(row) && mayBeMissing(total, row) && isLater(row))),
  );
}

/** Their sum, and no more of it than the total has beside the refunds that are surely in it. Minor units. */
export function unsureBeside(rows: readonly Reservation[], intent: Pick<Intent, 'id' | 'currency'>, total?: TotalThen) {
  const { id, currency } = intent;
  const of = total?.currency === currency ? total : undefined;
  const others = rows.filter((row) => row.intentId !== id && row.currency === currency);
  return boundBy(of, others, unsureOf(rows, intent, of));
}

/**
 * When the refund was asked for first: each send of a key has rows of its own, and the provider may have made the refund at
 * the first.
 */
function begunAt(rows: readonly Reservation[], one: Reservation): number {
  return Math.min(...rowsOfKey(rows, one).map(({ createdAt }) => createdAt));
}

function firstOf(rows: readonly Reservation[], one: Reservation): Reservation {
  return rowsOfKey(rows, one).reduce((first, row) => (row.id < first.id ? row : first));
}

function rowsOfKey(rows: readonly Reservation[], one: Reservation): readonly Reservation[] {
  return one.intentId === undefined ? [one] : rows.filter(({ intentId }) => intentId === one.intentId);
}

/**
 * Whether the total had all of `row` beyond its list before a request of ours asked for this refund. When a refund was made
 * elsewhere is the provider's word, by a clock of its own.
 */
function isYounger(rows: readonly Reservation[], row: Reservation, one: Reservation): boolean {
  return one.intentId !== undefined && begunAt(rows, one) > row.updatedAt + INSTANCES_APART_MS;
}

/** Whether it is another refund than those that no list names. */
function isBeside(row: Reservation, one: Reservation): boolean {
  return one !== row && !one.released && one.currency === row.currency;
}

function isUnlisted(row: Reservation): boolean {
  return isNotListed(row) && !row.released;
}
