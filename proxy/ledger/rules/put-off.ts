import { reopenIntent } from './contradiction.ts';
import type { AuditLine, Intent, Reservation, Scope } from '../entities.ts';
import { keepChange } from './keep-change.ts';
import { line } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';

/** Whether the provider has answered a send of this request, and put it off. */
export function wasPutOff(audit: readonly AuditLine[]): boolean {
  return audit.some(isPutOff);
}

export function isPutOff({ to, source }: AuditLine): boolean {
  return to === 'void' && source.startsWith('answer ');
}

/**
 * The provider's list shows a refund that nobody knows, and no mark says whose it is. A request that the provider has put
 * off may have been carried out all the same: its amount is held, and its key is not sent again, until a person has
 * settled it. Returns how many there are.
 */
export async function holdPutOff(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, source, at }: { readonly paymentId: string; readonly source: string; readonly at: number },
): Promise<number> {
  await tx.lockPayment(scope, paymentId);
  const ended = await tx.intents(scope, { states: ['void'], paymentId, limit: MAX_OF_A_PAYMENT });
  let held = 0;
  for (const intent of ended) {
    if (intent.kind === 'cancel' || !wasPutOff(await tx.auditOf(intent.id))) continue;
    const detail = 'the provider lists a refund that nobody knows, and has put this request off';
    await hold(tx, intent, { ...line(intent.id, 'proxy', 'reopen', source, at), detail });
    held += 1;
  }
  return held;
}

/** Far more than one payment ever has. */
const MAX_OF_A_PAYMENT = 10_000;

async function hold(tx: LedgerTransaction, intent: Intent, from: AuditLine): Promise<void> {
  const { at, source } = from;
  for (const part of lastSend(await tx.reservationsOfIntent(intent.id))) {
    const row: Reservation = { ...part, released: false, updatedAt: at };
    await tx.saveReservation(row);
    await keepChange(tx, row, { at, source });
  }
  await reopenIntent(tx, { intentId: intent.id }, from);
}

/** Each send has reserved rows of its own. */
function lastSend(rows: readonly Reservation[]): readonly Reservation[] {
  const last = Math.max(...rows.map(({ createdAt }) => createdAt));
  return rows.filter(({ createdAt }) => createdAt === last);
}
