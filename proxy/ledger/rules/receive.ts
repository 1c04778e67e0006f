import * as z from 'zod/mini';

import type { RefundStanding } from '../../../contract/index.ts';
import type { Intent, Scope, StoredEvent } from '../entities.ts';
import type { Observation, ProviderEvent, Received, Settlement } from '../facts.ts';
import { observeIn } from './observe.ts';
import { reopenByAnswer } from './reopen.ts';
import { settleIn } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';
import type { Unsettled } from '../rows.ts';

/** Stores an event once and applies it, or keeps it until the answer of a running send has come. */
export async function receiveIn(
  tx: LedgerTransaction,
  scope: Scope,
  { eventId, paymentId, observation }: ProviderEvent,
  at: number,
): Promise<Received> {
  await tx.lockPayment(scope, paymentId);
  const { merchant, provider } = scope;
  const waits = await mustWait(tx, scope, paymentId, observation);
  const isNew = await tx.insertEvent({
    merchant,
    provider,
    eventId,
    refundId: observation.refundId,
    paymentId,
    receivedAt: at,
    observation: waits ? encode(observation) : undefined,
  });
  if (!isNew) return 'duplicate';
  if (waits) return 'kept';
  return (await observeIn(tx, scope, observation, { paymentId, source: `webhook ${eventId}`, at })).what;
}

/** Settles, and applies the events that waited for it. */
export async function settleAndRelease(
  tx: LedgerTransaction,
  { intent, rows, waitingEvents }: Unsettled,
  settlement: Settlement,
): Promise<Intent> {
  const { paymentId } = intent;
  const outcome = await settleIn(tx, intent, rows, settlement);
  const settled = outcome === intent ? await reopenByAnswer(tx, intent, rows, settlement) : outcome;
  for (const event of waitingEvents) {
    const observation = decode(event);
    if (await mustWait(tx, intent, paymentId, observation)) continue;
    await observeIn(tx, intent, observation, { paymentId, source: `webhook ${event.eventId}`, at: settlement.at });
    await tx.releaseEvent(event);
  }
  return settled;
}

/**
 * Nothing shows whose refund this is, but the expected answer may. Counted as a refund made elsewhere now, it would
 * count twice then.
 */
async function mustWait(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
  { refundId, intentId }: Observation,
): Promise<boolean> {
  if ((await tx.reservationsByReference(scope, refundId)).length > 0) return false;
  if (intentId !== undefined && (await tx.intent(intentId))) return false;
  const onTheirWay = await tx.intents(scope, { states: ['sending', 'resending'], paymentId, limit: 1 });
  return onTheirWay.length > 0;
}

/** An event has neither an answer nor ids beside the refund's. */
type Kept = Omit<Observation, 'answer' | 'references'>;

const waitingObservation = z.object({
  refundId: z.string(),
  status: z.string(),
  standing: z.string(),
  amount: z.string(),
  currency: z.string(),
  intentId: z.optional(z.string()),
  intentKey: z.optional(z.string()),
  reason: z.optional(z.string()),
  createdAt: z.optional(z.number()),
} satisfies Record<keyof Required<Kept>, z.ZodMiniType>);

function encode({ answer: _answer, references: _references, ...seen }: Observation): string {
  return JSON.stringify({ ...seen, amount: String(seen.amount) });
}

function decode({ eventId, observation }: StoredEvent): Observation {
  const parsed = z.safeParse(waitingObservation, JSON.parse(observation ?? 'null'));
  if (!parsed.success) throw new TypeError(`The event ${eventId} is not stored as this program stores it`);
  const { amount, standing, ...seen } = parsed.data;
  return { ...seen, standing: standing as RefundStanding, amount: BigInt(amount) };
}
