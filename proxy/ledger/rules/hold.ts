import type { RequestedPart } from './admission.ts';
import type { Intent } from '../entities.ts';
import type { Sent } from '../facts.ts';
import { reserveIn } from './reserve.ts';
import { FORGOTTEN, RESTORED } from './restored.ts';
import { line } from './fact.ts';
import { settleIn } from './settle.ts';
import { isUnsent } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/**
 * Writes a request as it was admitted, if the ledger has lost its send. Returns false when it has not, or when it
 * cannot be written: the refund that it cancels is lost, too, or its key has begun again meanwhile.
 */
export async function reclaimIn(
  tx: LedgerTransaction,
  { intent, reservations, cancels }: Sent,
  at: number,
): Promise<boolean> {
  await tx.lockPayment(intent, intent.paymentId);
  if (intent.target !== undefined) {
    // An older copy gives the number of a row again, which may be that of another refund by now.
    const row = await tx.reservation(intent.target);
    if (!row || row.paymentId !== intent.paymentId || row.refundId !== cancels) return false;
  }
  const found = await tx.intentByKey(intent, intent.key);
  if (found && (found.id !== intent.id || !isUnsent(found))) return false;
  if (found) await tx.saveIntent(intent);
  else await tx.insertIntent(intent);
  await tx.dropRequest(intent.id);
  await reserveIn(tx, intent, reservations, at);
  const detail = 'the ledger had lost this request while it was sent';
  const begun = line(intent.id, 'proxy', 'begin', 'process', at);
  await tx.addAudit({ ...begun, from: found?.state, to: intent.state, detail });
  return true;
}

/**
 * Reserves the amounts of a request and makes it unknown in one step. It may have been sent before the restore, so it
 * is not sent now. The provider's list settles it by our mark, or a person does.
 */
export async function holdForgotten(
  tx: LedgerTransaction,
  intent: Intent,
  parts: readonly RequestedPart[],
  at: number,
): Promise<Intent> {
  const sending: Intent = { ...intent, state: 'sending', updatedAt: at, nextCheckAt: at };
  await tx.saveIntent(sending);
  await tx.dropRequest(intent.id);
  await reserveIn(tx, sending, parts, at);
  const detail = 'the provider has a refund that the restored ledger does not know';
  await tx.addAudit({ ...line(intent.id, 'proxy', FORGOTTEN, RESTORED, at), from: intent.state, detail });
  const rows = await tx.reservationsOfIntent(intent.id);
  return settleIn(tx, sending, rows, { to: 'unknown', who: 'proxy', source: RESTORED, at });
}
