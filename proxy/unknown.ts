import { leaseEnd, type ProxyContext } from './context.ts';
import type { Intent } from './ledger/entities.ts';
import type { Admitted } from './ledger/facts.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
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
    const detail = await gather(context, intent);
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

/** Reads whatever the provider can tell, records it, and says in one sentence what it means. Settles only what is proved. */
export async function gather(context: ProxyContext, intent: Intent): Promise<string> {
  const { session } = context;
  if (intent.kind === 'cancel') return gatherOnCancel(context, intent);
  if (session.listRefunds) {
    try {
      await takeInRefunds(context, intent.paymentId);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return error.message;
    }
    return "The provider's list does not show this refund.";
  }
  return gatherCount(context, intent);
}

async function gatherCount(context: ProxyContext, intent: Intent): Promise<string> {
  const counted = await context.session.countRefunds?.(intent.paymentId);
  if (!counted) return 'The provider has no means to tell.';
  if (!counted.ok) return `The provider's refunds of this payment cannot be read (${counted.why}).`;
  const { seenBefore } = intent;
  const detail = `before sending: ${seenBefore ?? 'not known'}, now: ${counted.value}`;
  await noteOnce(context, intent, counted.source, detail);
  if (seenBefore === undefined) return `The provider lists ${counted.value} refunds of this payment.`;
  const more = counted.value - seenBefore;
  if (more > 0) return `The provider lists ${more} more than before this request: it was probably carried out.`;
  return 'The provider lists none more than before this request, which proves nothing.';
}

async function gatherOnCancel(context: ProxyContext, intent: Intent): Promise<string> {
  const { ledger, session, scope, now } = context;
  const rows = await ledger.reservationsOfPayment(scope, intent.paymentId);
  const refundId = rows.find(({ id }) => id === intent.target)?.refundId;
  const read = refundId === undefined ? undefined : await session.readRefund(refundId);
  if (!read) return 'The refund has no id to be read by.';
  if (!read.ok) return `The refund cannot be read (${read.why}).`;
  await ledger.observe(scope, { observations: read.value, source: read.source, at: now() });
  const words = read.value.map(({ status }) => status).join(', ');
  await noteOnce(context, intent, read.source, `the refund is ${words}`);
  return `The provider says of the refund: ${words}.`;
}

async function noteOnce(context: ProxyContext, { id }: Intent, source: string, detail: string): Promise<void> {
  const lines = await context.ledger.audit(id);
  const last = lines.findLast(({ what }) => what === 'evidence');
  if (last?.detail === detail) return;
  await context.ledger.note(id, { what: 'evidence', source, detail, at: context.now() });
}
