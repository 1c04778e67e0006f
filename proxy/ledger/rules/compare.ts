import type { Intent, Reservation, Scope } from '../entities.ts';
import type { Observation, ProviderTotal } from '../facts.ts';
import { isUnsure } from './contradiction.ts';
import { accountFor, besideUnlisted, grownSince, unlistedAmount, unlistedAtLeast } from './unlisted.ts';
import { holdForgotten } from './hold.ts';
import { strangersIn } from './listed.ts';
import { CLOCKS_APART_MS } from './clocks.ts';
import { observeIn, paymentsOf } from './observe.ts';
import {
  readComparison,
  readRestored,
  RESTORED,
  saveComparison,
  type Comparison,
  type Forgotten,
  type Restored,
} from './restored.ts';
import { line } from './fact.ts';
import { holdsAmount, isUnsent, UNSENT_STATES } from './states.ts';
import type { LedgerTransaction } from '../store.ts';
import { forgetTotal, isMissing, peekTotal } from './total.ts';

/** What the provider tells about a payment: its refunds with their amounts, or only their number. */
export type ToldOfPayment =
  | {
      readonly observations: readonly Observation[];
      /** Its sum of all refunds, where it tells one. */
      readonly total?: ProviderTotal | undefined;
      readonly source: string;
    }
  | {
      /** One id for each refund in the provider's list. */
      readonly listed: readonly string[];
      /** How many of them were made elsewhere, as the merchant states. */
      readonly elsewhere: number;
    };

/** Records what the provider tells about the payment. From then on its requests may be sent. */
export async function compareIn(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, account, at }: { paymentId: string; account: ToldOfPayment; at: number },
): Promise<void> {
  const observations = 'observations' in account ? account.observations : [];
  for (const id of await paymentsOf(tx, scope, { paymentId, observations })) await tx.lockPayment(scope, id);
  const restored = await readRestored(tx);
  if (!restored) return;
  const before = await readComparison(tx, scope, paymentId);
  const found =
    'observations' in account
      ? {
          uncounted: 0,
          ...before,
          forgotten: await takeIn(tx, scope, { paymentId, restored, account, at }),
          ...(await unlistedSince(tx, scope, { paymentId, restored, before, account, at })),
          unsure: await unsureSince(tx, scope, { paymentId, before }),
        }
      : { forgotten: [], ...(await countForgotten(tx, scope, { paymentId, account })) };
  if (found.uncounted > 0) await holdUnsent(tx, scope, paymentId, at);
  const { generation } = restored;
  await saveComparison(tx, scope, paymentId, { ...found, generation });
  await tx.addAudit({
    ...line(undefined, 'proxy', 'compare', RESTORED, at),
    detail: `${paymentId}: ${found.forgotten.length + found.uncounted} refunds may be of requests that were forgotten`,
  });
}

/**
 * How much more the provider's total has, that no list names, than the copy had of it that was restored. Minor units. What
 * was read since the copy was made was not in it, and what an earlier comparison found holds.
 */
async function unlistedSince(
  tx: LedgerTransaction,
  scope: Scope,
  {
    paymentId,
    restored,
    before,
    account: { total, source },
    at,
  }: {
    paymentId: string;
    restored: Restored;
    before: Comparison | undefined;
    account: Extract<ToldOfPayment, { source: string }>;
    at: number;
  },
): Promise<Required<Pick<Comparison, 'unlisted' | 'copied'>>> {
  const kept = BigInt(before?.unlisted ?? 0);
  const { since } = restored;
  const found = await tx.reservationsOfPayment(scope, paymentId);
  const known = found.filter(({ updatedAt }) => updatedAt <= since);
  const was = unlistedAtLeast(known, { sparing: true });
  const beside = besideUnlisted(found, since);
  const copied = { before: String(was), since, beside };
  if (total) await accountFor(tx, scope, { paymentId, total, source, at });
  else await forgetTotal(tx, scope, paymentId);
  const rows = total ? await tx.reservationsOfPayment(scope, paymentId) : found;
  const grown = grownSince(rows, { before: was, since, beside });
  const now = unlistedAmount(rows);
  const still = total && now < kept ? now : kept;
  return { unlisted: String(grown > still ? grown : still), copied };
}

/** What an earlier comparison found holds, also once a person has said that it was nothing. */
async function unsureSince(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, before }: { paymentId: string; before: Comparison | undefined },
): Promise<number[]> {
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  const kept = before?.unsure ?? [];
  const total = await peekTotal(tx, scope, paymentId);
  const mayHideOne = (row: Reservation) => isUnsure(row) || isMissing(total, row) || kept.includes(row.id);
  return rows.filter(mayHideOne).map(({ id }) => id);
}

async function takeIn(
  tx: LedgerTransaction,
  scope: Scope,
  {
    paymentId,
    restored,
    account,
    at,
  }: { paymentId: string; restored: Restored; account: Extract<ToldOfPayment, { source: string }>; at: number },
): Promise<Forgotten[]> {
  const forgotten: Forgotten[] = [];
  for (const seen of account.observations) {
    await holdMarked(tx, scope, { paymentId, seen, at });
    await observeIn(tx, scope, seen, { paymentId, source: account.source, at });
    // A refund with a key of ours that the ledger does not know was lost with the restore, whatever time the provider
    // gives it.
    const isOld =
      seen.intentKey === undefined && seen.createdAt !== undefined && seen.createdAt < restored.since - CLOCKS_APART_MS;
    if (isOld || !holdsAmount(seen.standing) || seen.amount === undefined || seen.currency === undefined) continue;
    const rows = await tx.reservationsByReference(scope, seen.refundId);
    if (rows.some(({ intentId }) => intentId !== undefined)) continue;
    const { refundId, intentKey: key, currency } = seen;
    forgotten.push({ refundId, key, amount: String(seen.amount), currency });
  }
  return forgotten;
}

/** The provider names a request as the origin of a refund, although the ledger says that it was never sent: it was. */
async function holdMarked(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, seen, at }: { paymentId: string; seen: Observation; at: number },
): Promise<void> {
  const intent = seen.intentId === undefined ? undefined : await tx.intent(seen.intentId);
  if (!intent || intent.paymentId !== paymentId || intent.provider !== scope.provider) return;
  if (intent.merchant !== scope.merchant || !isUnsentRefund(intent) || seen.amount === undefined) return;
  await holdForgotten(tx, intent, [{ amount: seen.amount }], at);
}

function isUnsentRefund(intent: Intent): boolean {
  return intent.kind !== 'cancel' && isUnsent(intent);
}

/**
 * If refunds are only counted, nobody can tell to which request one belongs: every request that may be its origin
 * counts as sent.
 */
async function holdUnsent(tx: LedgerTransaction, scope: Scope, paymentId: string, at: number): Promise<void> {
  for (const intent of await tx.intents(scope, { states: UNSENT_STATES, paymentId, limit: MAX_UNSENT })) {
    if (!isUnsentRefund(intent)) continue;
    const waiting = await tx.keptRequest(intent.id);
    const rows = await tx.reservationsOfIntent(intent.id);
    const last = Math.max(...rows.map(({ createdAt }) => createdAt));
    const parts = waiting
      ? [{ amount: waiting.amount }]
      : rows.filter(({ createdAt }) => createdAt === last).map(partOf);
    await holdForgotten(tx, intent, parts, at);
  }
  // The limits of the first step are older than the refunds made since.
  await tx.replaceOpenedVendors(scope, paymentId, []);
}

function partOf({
  amount,
  vendor,
  reason,
}: {
  amount: bigint;
  vendor?: string | undefined;
  reason?: string | undefined;
}) {
  return { amount, ...(vendor !== undefined && { vendor }), ...(reason !== undefined && { reason }) };
}

/** Far more than one payment ever has. */
const MAX_UNSENT = 10_000;

/**
 * The refunds in the list with an id that the ledger does not know. A known refund may have been cancelled since
 * and have left the list, so comparing numbers proves nothing here. A person releases what was held without need.
 */
async function countForgotten(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, account }: { paymentId: string; account: Extract<ToldOfPayment, { listed: unknown }> },
): Promise<Required<Pick<Comparison, 'uncounted' | 'strangers'>>> {
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  const elsewhere = rows.filter(({ intentId, released }) => intentId === undefined && !released).length;
  const listed = account.listed.map((refundId) => ({ refundId }));
  const strangers = strangersIn(listed, rows);
  return { uncounted: Math.max(0, strangers.length - Math.max(account.elsewhere, elsewhere)), strangers };
}
