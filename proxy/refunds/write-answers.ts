import { IDEMPOTENT_REPLAYED, toDecimal } from '../../contract/index.ts';
import type { ProxyContext } from '../context.ts';
import type { Refusal } from '../ledger/rules/admission.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import { isContradicted, isDisputed } from '../ledger/rules/contradiction.ts';
import { wasPutOff } from '../ledger/rules/put-off.ts';
import { ERASED, PRUNED } from '../ledger/rules/retention.ts';
import { deniesCancel } from '../ledger/rules/states.ts';
import { invalid, ProblemError } from '../http/problem.ts';
import { passOn } from '../http/read.ts';

async function nothingDone({ ledger }: ProxyContext, { id, kind }: Intent): Promise<string | undefined> {
  if (kind === 'cancel') return UNCANCELLED;
  const audit = await ledger.audit(id);
  const { source = '' } = audit.findLast(({ what }) => what === 'settle') ?? {};
  return source !== 'person' && wasPutOff(audit) ? PUT_OFF : ENDED[source];
}

/** How a request ended that the provider never answered, keyed by the source of its settlement. */
const ENDED: Readonly<Record<string, string>> = {
  person: 'A person has settled it: no money moved',
  declined: 'It was declined and never sent',
  expired: 'The approval did not come in time, so it was never sent',
};

const PUT_OFF =
  'It is not sent again. It was sent before, and the provider put it off: as far as is known, no money moved';
const UNCANCELLED = 'The refund was not cancelled: read the payment to see how it stands';
const DENIED = 'The refund of this request came to nothing, as a person or the provider has said since: no money moved';

/** Whether a request that a person has settled as carried out was not, after all. */
async function isDenied({ ledger }: ProxyContext, { id, target, ...intent }: Intent): Promise<boolean> {
  if (intent.kind !== 'cancel') {
    const rows = await ledger.reservationsOfIntent(id);
    return rows.length > 0 && rows.every(({ released }) => released);
  }
  const rows = await ledger.reservationsOfPayment(intent, intent.paymentId);
  return rows.some((row) => row.id === target && deniesCancel(row.standing));
}

async function isSo({ ledger }: ProxyContext, { id }: Intent, of: (part: Reservation) => boolean): Promise<boolean> {
  return (await ledger.reservationsOfIntent(id)).some(of);
}

/** `isSaid`: a person has settled the request. */
async function whyNoAnswer(
  context: ProxyContext,
  intent: Intent,
): Promise<{ readonly isSaid: boolean; readonly detail: string }> {
  if (await isSo(context, intent, isContradicted)) {
    const detail = 'What is known of this request contradicts itself, and a person must settle it: read the payment';
    return { isSaid: false, detail };
  }
  const audit = await context.ledger.audit(intent.id);
  const isDeleted = audit.some(({ what }) => what === PRUNED || what === ERASED);
  // An answer that is deleted with a person's data leaves no line of its own.
  const source = isDeleted ? undefined : audit.findLast(({ what }) => what === 'settle' || what === 'resolve')?.source;
  if (source === 'person') {
    return {
      isSaid: true,
      detail: 'A person has settled this request as carried out, whatever its answer was: read the payment',
    };
  }
  // An event has no answer.
  const why = source?.startsWith('webhook ')
    ? 'its answer was lost: the provider has told it since'
    : 'its answer has been deleted since';
  return { isSaid: false, detail: `This request was carried out, and ${why}. Read the payment` };
}

/** Returns the stored answer, byte for byte, unless it was contradicted since: what a person has settled then may say something else. */
export async function storedAnswer(context: ProxyContext, intent: Intent): Promise<Response> {
  if (!intent.answer || (await isSo(context, intent, isDisputed))) {
    const instance = instanceOf(context, intent);
    if (intent.state === 'failed') {
      throw new ProblemError('settled_nothing', { instance, detail: await nothingDone(context, intent) });
    }
    const { isSaid, detail } = await whyNoAnswer(context, intent);
    // The provider has denied the person's word since, or another word has taken it back.
    if (isSaid && (await isDenied(context, intent))) {
      const isCancel = intent.kind === 'cancel';
      throw new ProblemError('settled_nothing', { instance, detail: isCancel ? UNCANCELLED : DENIED });
    }
    throw new ProblemError('outcome_unknown', { detail, instance });
  }
  return passOn(intent.answer);
}

/** The same, to a request that comes again. */
export async function replay(context: ProxyContext, intent: Intent): Promise<Response> {
  const response = await storedAnswer(context, intent);
  response.headers.set(IDEMPOTENT_REPLAYED, 'true');
  return response;
}

export function refused({ code, detail, refundable, currency, expected, asked }: Refusal): ProblemError {
  if (code === 'vendors_not_opened') return invalid([{ pointer: '/refundPayload', detail }]);
  if (code === 'payment_busy') return new ProblemError(code, { detail });
  const text = (minor: bigint) => toDecimal(minor, currency);
  return new ProblemError(code, {
    detail,
    figures: {
      refundable: text(refundable),
      currency,
      ...(expected !== undefined && { expected: text(expected) }),
      ...(asked !== undefined && { asked: text(asked) }),
    },
  });
}

/** Nothing was sent. It will be when a second person agrees, so the form must keep this key. */
export function awaiting(context: ProxyContext, intent: Intent): ProblemError {
  return new ProblemError('approval_required', {
    detail: 'Another person must approve it before it is sent: ask for that, then check the status with the same key',
    instance: instanceOf(context, intent),
    effect: 'running',
  });
}

export function instanceOf({ basePath }: ProxyContext, { id }: Intent): string {
  return `${basePath}/intents/${id}`;
}
