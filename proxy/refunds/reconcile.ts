import type { ProxyContext } from '../context.ts';
import type { Reservation } from '../ledger/entities.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Outcomes } from './outcomes.ts';
import { collectEvidence, noteClocks } from './unknown.ts';

/** The rows of one round. What is left is due in the next. */
const A_ROUND = 100;

export interface Reconciled {
  /** How many refunds and intents were due. */
  readonly checked: number;
  /** How many refunds changed their standing. */
  readonly changed: number;
  /** How many lost answers were found. */
  readonly settled: number;
}

/**
 * Reads from the provider everything that is due: what is not final, and for a month what may still be reversed. A row
 * waits longer after each check that changed nothing. `signal` ends the round after the running read; a later round
 * continues.
 */
export async function reconcile(
  context: ProxyContext,
  { keeps, has }: Pick<Outcomes, 'keeps' | 'has'>,
  signal?: AbortSignal,
): Promise<Reconciled> {
  const { ledger, scope, now } = context;
  await noteClocks(context);
  const lost = await unlessLocked(context, () => ledger.loseOverdue(scope, now(), keeps));
  if (lost > 0) context.log.warn('sends were lost', { provider: scope.provider, count: lost });
  const expired = await unlessLocked(context, () => ledger.expire(scope, { at: now(), limit: A_ROUND, isSent: has }));
  if (expired > 0) context.log.info('approvals expired', { provider: scope.provider, count: expired });
  const refunds = await checkRefunds(context, signal);
  const intents = await checkUnknown(context, signal);
  const total = {
    checked: refunds.checked + intents.checked,
    changed: refunds.changed,
    settled: intents.settled,
  };
  if (total.checked > 0) context.log.info('reconciled', { provider: context.provider.name, count: total.checked });
  return total;
}

/** One payment that is locked, or whose outcome cannot be recorded, keeps no other from being read. */
async function unlessLocked({ log, scope }: ProxyContext, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    log.warn('a part of a round could not be written', { ...errorFields(error), provider: scope.provider });
    return 0;
  }
}

async function checkRefunds(context: ProxyContext, signal: AbortSignal | undefined) {
  const { ledger, provider, scope, now, log } = context;
  const follows = provider.reverses;
  const due = await ledger.claimReservations(scope, { at: now(), limit: A_ROUND, follows });
  let changed = 0;
  const locked = new Set<string>();
  for (const row of due) {
    if (signal?.aborted) break;
    if (locked.has(row.paymentId)) continue;
    try {
      if (await checkReservation(context, row)) changed += 1;
    } catch (error) {
      // An outcome that cannot be recorded does not stop the reads of other payments, unless nothing can be recorded.
      if (error instanceof LedgerUnavailableError) {
        await ledger.tryWriting(now());
        locked.add(row.paymentId);
      }
      log.warn('a refund could not be checked', { ...errorFields(error), provider: scope.provider });
    }
  }
  return { checked: due.length, changed };
}

/** Reads one refund from the provider. Returns whether its standing changed. */
export async function checkReservation(
  { ledger, scope, session, now, log }: ProxyContext,
  { refundId }: Pick<Reservation, 'refundId'>,
): Promise<boolean> {
  const read = refundId === undefined ? undefined : await session.readRefund(refundId);
  if (!read?.ok) {
    log.warn('a refund could not be read', { provider: scope.provider, source: read?.why });
    return false;
  }
  const observed = await ledger.observe(scope, { observations: read.value, source: read.source, at: now() });
  return observed.changed > 0;
}

async function checkUnknown(context: ProxyContext, signal: AbortSignal | undefined) {
  const { ledger, scope, now, log } = context;
  const due = await ledger.claimIntents(scope, { at: now(), limit: A_ROUND });
  let settled = 0;
  for (const intent of due) {
    if (signal?.aborted) break;
    await collectEvidence(context, intent).catch((error: unknown) => {
      log.warn('an unknown intent could not be checked', { ...errorFields(error), intent: intent.id });
    });
    const after = await ledger.intent(intent.id);
    if (after && after.state !== 'unknown') settled += 1;
  }
  return { checked: due.length, settled };
}
