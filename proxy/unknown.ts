import { leaseEnd, type ProxyContext } from './context.ts';
import type { Intent } from './ledger/entities.ts';
import type { Admitted } from './ledger/facts.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
import { foundBy, noteEvidence, sentenceOf, type Found } from './evidence.ts';
import { errorFields } from './log.ts';
import { ProblemError } from './problem.ts';
import { takeInRefunds } from './summary.ts';

/**
 * The same key again, for an intent whose answer was lost. What is done depends on what the provider can: send the same
 * provider key once more while it deduplicates, find the refund in its list, or gather evidence for a person.
 * Returns the answer of the new send, or the intent once it is settled.
 * @throws ProblemError `outcome_unknown` while it is not.
 */
export async function askAgain(
  context: ProxyContext,
  intent: Intent,
  who: string,
  resend: (resumed: Admitted) => Promise<Response>,
): Promise<Response | Intent> {
  try {
    if (mayResend(context, intent)) {
      const resumed = await context.ledger.resume(intent.id, {
        who,
        at: context.now(),
        leasedUntil: leaseEnd(context),
      });
      if (!resumed)
        throw new ProblemError('idempotency_key_running', { detail: 'Another request asks for it just now' });
      return await resend(resumed);
    }
    const detail = sentenceOf(await gather(context, intent));
    const now = await context.ledger.intent(intent.id);
    if (now && (now.state === 'succeeded' || now.state === 'failed')) return now;
    throw stillUnknown(context, intent, detail);
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    context.log.error('an unknown intent could not be worked on', { ...errorFields(error), intent: intent.id });
    throw stillUnknown(context, intent, 'The ledger cannot be written now.');
  }
}

function mayResend({ provider, now }: ProxyContext, { firstSentAt }: Intent): boolean {
  return provider.resendWindowMs !== undefined && now() - firstSentAt < provider.resendWindowMs;
}

function stillUnknown({ basePath }: ProxyContext, { id }: Intent, detail: string): ProblemError {
  return new ProblemError('outcome_unknown', {
    detail: `${detail} Do not refund again: a person must settle it`,
    instance: `${basePath}/intents/${id}`,
  });
}

/** Reads whatever the provider can tell, records it, and says what it means. Settles only what is proved. */
export async function gather(context: ProxyContext, intent: Intent): Promise<Found> {
  const found = await look(context, intent);
  // The look itself may have settled it.
  const isOpen = async () => (await context.ledger.intent(intent.id))?.state === 'unknown';
  if (found.code !== 'unreadable' && (await isOpen())) await noteEvidence(context, intent, found);
  return found;
}

async function look(context: ProxyContext, intent: Intent): Promise<Found> {
  const { session } = context;
  if (intent.kind === 'cancel') return lookAtCancelled(context, intent);
  if (session.listRefunds) {
    try {
      await takeInRefunds(context, intent.paymentId);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { code: 'unreadable', why: error.message };
    }
    return { code: 'not_listed' };
  }
  const counted = await session.countRefunds?.(intent.paymentId);
  if (!counted) return { code: 'none' };
  if (!counted.ok) return { code: 'unreadable', why: `The refunds of this payment cannot be read (${counted.why}).` };
  return foundBy(intent, counted.value.length);
}

async function lookAtCancelled(context: ProxyContext, intent: Intent): Promise<Found> {
  const { ledger, session, scope, now } = context;
  const rows = await ledger.reservationsOfPayment(scope, intent.paymentId);
  const refundId = rows.find(({ id }) => id === intent.target)?.refundId;
  const read = refundId === undefined ? undefined : await session.readRefund(refundId);
  if (!read) return { code: 'unreadable', why: 'The refund has no id to be read by.' };
  if (!read.ok) return { code: 'unreadable', why: `The refund cannot be read (${read.why}).` };
  await ledger.observe(scope, { observations: read.value, source: read.source, at: now() });
  return { code: 'refund_is', word: read.value.map(({ status }) => status).join(', ') };
}
