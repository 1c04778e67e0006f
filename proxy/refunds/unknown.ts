import { CLOCK_STEP_MS, leaseEnd, type Looking, type ProxyContext } from '../context.ts';
import { isContradicted } from '../ledger/rules/contradiction.ts';
import type { Intent } from '../ledger/entities.ts';
import type { Admitted, Observation } from '../ledger/facts.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { firstSeenAt } from '../ledger/rules/put-off.ts';
import { countListed } from './count-listed.ts';
import { foundBy, noteEvidence, sentenceOf, type Found } from './evidence.ts';
import { countLost, sinceSent, strangersIn, viewOf } from '../ledger/rules/listed.ts';
import { FORGOTTEN } from '../ledger/rules/restored.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Order } from '../options.ts';
import { ProblemError } from '../http/problem.ts';
import type { Read } from '../providers/provider.ts';
import { compareFirst } from './restored.ts';
import { takeInAll, takeInRefunds } from './summary.ts';
import { countStrangers, type Comparing } from './unaccounted.ts';

/**
 * Handles a key that comes again while the answer to its request is lost. What happens depends on the provider: send
 * the same provider key once more while the provider deduplicates, find the refund in the provider's list, or collect
 * evidence for a person. Returns the answer to the new send, or the intent once it is settled.
 * @throws ProblemError `outcome_unknown` while it is not.
 */
export async function askAgain(
  context: ProxyContext,
  { intent, order, who }: { readonly intent: Intent; readonly order: Order; readonly who: string },
  resend: (resumed: Admitted) => Promise<Response>,
): Promise<Response | Intent> {
  try {
    await compareFirst(context, order);
    const isDisputed = (await context.ledger.reservationsOfIntent(intent.id)).some(isContradicted);
    if (isDisputed)
      throw stillUnknown(context, intent, 'What the provider says of this refund differs from what was asked.');
    await noteClock(context, intent);
    if (await mayResend(context, intent)) {
      const resumed = await context.ledger.resume(intent.id, {
        who,
        at: context.now(),
        leasedUntil: leaseEnd(context),
      });
      const settled = resumed ? undefined : await settledBy(context, intent);
      if (settled) return settled;
      if (!resumed)
        throw new ProblemError('idempotency_key_running', {
          detail: 'Another request with this key is being sent now',
        });
      return await resend(resumed);
    }
    const detail = sentenceOf(await collectEvidence(context, intent));
    const now = await settledBy(context, intent);
    if (now) return now;
    throw stillUnknown(context, intent, detail);
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    context.log.error('an unknown intent could not be processed', { ...errorFields(error), intent: intent.id });
    throw stillUnknown(context, intent, 'The ledger cannot be written now.');
  }
}

/** The intent, if the provider's records settle it. */
async function settledBy({ ledger }: ProxyContext, { id }: Intent): Promise<Intent | undefined> {
  const now = await ledger.intent(id);
  return now && (now.state === 'succeeded' || now.state === 'failed') ? now : undefined;
}

async function mayResend({ ledger, provider, now }: ProxyContext, intent: Intent): Promise<boolean> {
  if (provider.resendWindowMs === undefined) return false;
  const audit = await ledger.audit(intent.id);
  const age = now() - firstSeenAt(intent, audit);
  // After the clock was set back, nobody knows how long ago the request was sent: the provider may have forgotten the
  // key.
  if (age >= provider.resendWindowMs) return false;
  return !audit.some(({ what }) => what === CLOCK || what === FORGOTTEN);
}

function stillUnknown({ basePath }: ProxyContext, { id }: Intent, detail: string): ProblemError {
  return new ProblemError('outcome_unknown', {
    detail: `${detail} Do not refund again: a person must settle it`,
    instance: `${basePath}/intents/${id}`,
  });
}

/** The audit line of an intent whose send lies in the future. */
const CLOCK = 'clock';

/**
 * Finds requests whose send lies in the future. This has to be noted now: once the clock has caught up, nothing shows
 * it.
 */
export async function noteClocks(context: Looking): Promise<void> {
  const { ledger, scope } = context;
  const open = await ledger.intents(scope, { states: ['sending', 'resending', 'unknown'], limit: MAX_INTENTS });
  for (const intent of open) await noteClock(context, intent);
}

/** Far more than are ever unknown at one time. */
const MAX_INTENTS = 10_000;

/** From now on the time of sending is not trusted. */
async function noteClock({ ledger, now, log }: Looking, { id, firstSentAt }: Intent): Promise<void> {
  const at = now();
  // The clocks of two instances differ a little, and corrections are small.
  if (at >= firstSentAt - CLOCK_STEP_MS || (await ledger.audit(id)).some(({ what }) => what === CLOCK)) return;
  log.warn('the clock was set back: a request is not sent again', { intent: id });
  await ledger.note(id, { what: CLOCK, source: 'clock', detail: `sent ${firstSentAt - at} ms after now`, at });
}

/**
 * Reads everything that the provider can tell about the intent, records it, and returns what it means. Settles only
 * what is proved. `counted`: the list without amounts, if it was read just now.
 */
export async function collectEvidence(context: Comparing, intent: Intent, counted?: Counted): Promise<Found> {
  await noteClock(context, intent);
  const found = await look(context, intent, counted);
  // The read itself may have settled the intent.
  const isOpen = async () => (await context.ledger.intent(intent.id))?.state === 'unknown';
  if (found.code !== 'unreadable' && (await isOpen())) await noteEvidence(context, intent, found);
  return found;
}

type Counted = Read<readonly Observation[]>;

async function look(context: Comparing, intent: Intent, known?: Counted): Promise<Found> {
  const { session } = context;
  if (intent.kind === 'cancel') return lookAtCancelled(context, intent);
  if (session.listRefunds) {
    try {
      await takeInRefunds(context, intent.paymentId);
      // What the list does not show may be in the total.
      if ((await context.ledger.intent(intent.id))?.state === 'unknown') await takeInAll(context, intent.paymentId);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { code: 'unreadable', why: error.message };
    }
    return { code: 'not_listed' };
  }
  const counted = known ?? (await countListed(context, intent.paymentId));
  if (!counted) return { code: 'none' };
  if (!counted.ok) return { code: 'unreadable', why: `The refunds of this payment cannot be read (${counted.why}).` };
  const { value, source } = counted;
  const { strangers, isTold } = await countStrangers(context, intent.paymentId, value);
  const { ledger, scope, now } = context;
  const { paymentId } = intent;
  // Each of those may be what the list shows, too. A number that the order could correct holds none of them.
  const isStrange = isTold && strangers > 0;
  await ledger.holdPutOff(scope, { paymentId, listed: value, isStrange, source, at: now() });
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const strange = new Set(strangersIn(value, rows));
  const since = await sinceSent(ledger, viewOf(ledger, value, rows), intent);
  const listed = { now: value.length, strangers, strange: strange.size, since };
  const parts = await ledger.reservationsOfIntent(intent.id);
  return foundBy(intent, listed, parts, await countLost(ledger, intent));
}

async function lookAtCancelled(context: Looking, { paymentId, target }: Intent): Promise<Found> {
  const rows = await context.ledger.reservationsOfPayment(context.scope, paymentId);
  const refundId = rows.find(({ id }) => id === target)?.refundId;
  return lookAtRefund(context, refundId);
}

/** Reads one refund, records what the provider says of it, and returns that. */
export async function lookAtRefund(
  { ledger, session, scope, now }: Looking,
  refundId: string | undefined,
): Promise<Found> {
  if (refundId === undefined) return { code: 'unreadable', why: 'The refund has no id to be read by.' };
  const read = await session.readRefund(refundId);
  if (!read.ok) {
    const { why, isMissing = false } = read;
    return { code: 'unreadable', why: `The refund cannot be read (${why}).`, isMissing };
  }
  await ledger.observe(scope, { observations: read.value, source: read.source, at: now() });
  const { value } = read;
  const word = value.map(({ status }) => status).join(', ');
  return { code: 'refund_is', word, standings: value.map(({ standing }) => standing) };
}
