import { reopenIntent } from './contradiction.ts';
import type { AuditLine, Intent, Reservation, Scope } from '../entities.ts';
import { keepChange } from './keep-change.ts';
import { namedBefore, readsIn, sinceSent, strangersIn, viewOf } from './listed.ts';
import { line } from './fact.ts';
import type { Observation } from '../facts.ts';
import type { LedgerTransaction } from '../store.ts';

/** Whether the provider has answered a send of this request, and put it off. */
export function wasPutOff(audit: readonly AuditLine[]): boolean {
  return audit.some(isPutOff);
}

/** An answer that came after its request was settled has put nothing off. */
function isPutOff({ what, to, source }: AuditLine): boolean {
  return what === 'settle' && to === 'void' && source.startsWith('answer ');
}

/**
 * When the provider may first have seen the key of this request. A send that it put off counts: it may remember the key
 * from then on.
 */
export function firstSeenAt({ firstSentAt }: Pick<Intent, 'firstSentAt'>, audit: readonly AuditLine[]): number {
  return Math.min(firstSentAt, ...audit.filter(isPutOff).map(({ at }) => at));
}

/**
 * The provider's list of a payment. `isStrange`: it shows a refund that nobody knows. `sender`: the request that is sent
 * after this read.
 */
export interface SeenList {
  readonly paymentId: string;
  readonly listed: readonly Pick<Observation, 'refundId'>[];
  readonly isStrange: boolean;
  readonly sender?: string | undefined;
  readonly source: string;
  readonly at: number;
}

/**
 * The provider's list shows a refund that nobody knows, or that it did not name before a request was sent, and no mark
 * says whose it is. A request that the provider has put off may have been carried out all the same: its amount is held,
 * and its key is not sent again, until a person has settled it. Returns how many there are.
 */
export async function holdPutOff(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, listed, isStrange, sender, source, at }: SeenList,
): Promise<number> {
  if (listed.length === 0) return 0;
  await tx.lockPayment(scope, paymentId);
  // Its answer will tell which refund is its own. Nothing else of the payment is sent meanwhile.
  const onTheirWay = await tx.intents(scope, { states: ['sending', 'resending'], paymentId, limit: MAX_OF_A_PAYMENT });
  if (onTheirWay.some(({ id, kind }) => id !== sender && kind !== 'cancel')) return 0;
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  if (!isStrange && strangersIn(listed, rows).length === 0) return 0;
  let held = 0;
  const reads = readsIn(tx);
  const view = viewOf(reads, listed, rows);
  for (const intent of await endedOf(tx, scope, paymentId)) {
    if (!mayBeMade(await tx.auditOf(intent.id))) continue;
    const since = isStrange ? undefined : await sinceSent(reads, view, intent);
    if (!isStrange && !since?.fresh.length) continue;
    const detail = 'the provider lists a refund that nobody knows, and has put this request off';
    await hold(tx, intent, { ...line(intent.id, 'proxy', 'reopen', source, at), detail });
    held += 1;
  }
  return held;
}

async function endedOf(tx: LedgerTransaction, scope: Scope, paymentId: string): Promise<Intent[]> {
  const ended = await tx.intents(scope, { states: ENDED, paymentId, limit: MAX_OF_A_PAYMENT });
  return ended.filter(({ kind }) => kind !== 'cancel');
}

/**
 * Whether the provider may have made a refund of the payment that it has put off, while its list cannot be read. Where the
 * list was not read before that request either, it may never be readable, and only its own key waits for it.
 */
export async function mayHaveMore(tx: LedgerTransaction, scope: Scope, paymentId: string): Promise<boolean> {
  for (const { id } of await endedOf(tx, scope, paymentId)) {
    const audit = await tx.auditOf(id);
    if (mayBeMade(audit) && namedBefore(audit)) return true;
  }
  return false;
}

/** It may have waited for an approval again since it was put off, and may have been declined then. */
const ENDED = ['void', 'awaiting_approval', 'failed'] as const;

/**
 * Whether it was put off, and nobody has said since what became of it. Whoever is not signed in has made nothing: a 401 counts
 * only for its own key, which is not sent again before the list was read.
 */
function mayBeMade(audit: readonly AuditLine[]): boolean {
  const last = audit.findLast(
    (line) => (isPutOff(line) && !line.source.startsWith('answer 401')) || line.what === 'resolve',
  );
  return !!last && isPutOff(last);
}

/** Far more than one payment ever has. */
const MAX_OF_A_PAYMENT = 10_000;

async function hold(tx: LedgerTransaction, intent: Intent, from: AuditLine): Promise<void> {
  const { at, source } = from;
  // What was declined has a row of its own, which was never sent.
  const sent = (await tx.reservationsOfIntent(intent.id)).filter(({ standing }) => standing === 'unknown');
  for (const part of lastSend(sent)) {
    const row: Reservation = { ...part, released: false, updatedAt: at };
    await tx.saveReservation(row);
    await keepChange(tx, row, { at, source });
  }
  await reopenIntent(tx, { intentId: intent.id }, from);
}

/** Each send has reserved rows of its own, one for each vendor. */
function lastSend(rows: readonly Reservation[]): readonly Reservation[] {
  const last = new Map<string | undefined, Reservation>();
  for (const row of rows.toReversed()) {
    if (last.has(row.vendor)) break;
    last.set(row.vendor, row);
  }
  return [...last.values()].toReversed();
}
