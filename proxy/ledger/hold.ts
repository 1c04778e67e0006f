import type { Asked } from './admission.ts';
import type { Intent } from './entities.ts';
import { reserveIn } from './reserve.ts';
import { FORGOTTEN, RESTORED } from './restored.ts';
import { line, settleIn } from './settle.ts';
import type { LedgerTransaction } from './store.ts';

/**
 * Reserves what the request asks for and makes it unknown, in one step: it may have been sent before the restore, so it is
 * not sent. The provider's list settles it by our mark, or a person does.
 */
export async function holdForgotten(
  tx: LedgerTransaction,
  intent: Intent,
  asked: readonly Asked[],
  at: number,
): Promise<Intent> {
  const sending: Intent = { ...intent, state: 'sending', updatedAt: at, nextCheckAt: at };
  await tx.saveIntent(sending);
  await tx.dropRequest(intent.id);
  await reserveIn(tx, sending, asked, at);
  const detail = 'the provider has a refund that the restored ledger does not know';
  await tx.addAudit({ ...line(intent.id, 'proxy', FORGOTTEN, RESTORED, at), from: intent.state, detail });
  const rows = await tx.reservationsOfIntent(intent.id);
  return settleIn(tx, sending, rows, { to: 'unknown', who: 'proxy', source: RESTORED, at });
}
