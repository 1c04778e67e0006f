import * as z from 'zod/mini';

import { parseDecimal, toDecimal } from '../../contract/index.ts';
import { intentResolution, type ContradictedElsewhere } from '../../contract/intents.ts';
import { authorize, findOrDeny, readOrder, type ProxyContext } from '../context.ts';
import { checkWriteHeaders, readJsonBody } from '../http/guards.ts';
import { checkCancelled } from './cancel-word.ts';
import { sentenceOf } from './evidence.ts';
import { isContradicted, isContradictedElsewhere } from '../ledger/rules/contradiction.ts';
import type { Intent, Reservation, Scope } from '../ledger/entities.ts';
import { CLOCKS_APART_MS } from '../ledger/rules/observe.ts';
import { INTENT_MOVES, isIntentState } from '../ledger/rules/states.ts';
import type { Order } from '../options.ts';
import { jsonResponse, ProblemError } from '../http/problem.ts';
import { amountFault, fieldErrors } from '../providers/fields.ts';
import { checkTexts, isUnkeepable } from '../http/text.ts';
import { collectEvidence } from './unknown.ts';
import type { Looking } from '../context.ts';

export type ResolutionBody = z.infer<typeof intentResolution>;

const MAX_LISTED = 200;

/** `GET {base}/intents?state=unknown&payment_id=...` */
export async function listIntents(context: ProxyContext, request: Request): Promise<Response> {
  await authorize(context, request, { order: undefined, action: 'list_intents' });
  const query = new URL(request.url).searchParams;
  const state = query.get('state') ?? 'unknown';
  if (!isIntentState(state)) {
    throw new ProblemError('invalid_request', {
      detail: `state: expected one of ${Object.keys(INTENT_MOVES).join(', ')}`,
    });
  }
  const paymentId = query.get('payment_id');
  if (paymentId !== null && isUnkeepable(paymentId)) {
    throw new ProblemError('invalid_request', { detail: 'payment_id: holds a NUL, and no payment has one in its id' });
  }
  const intents = await context.ledger.intents(context.scope, {
    states: [state],
    withUnknownParts: state === 'unknown',
    ...(paymentId !== null && { paymentId }),
    limit: MAX_LISTED,
  });
  const described = [];
  for (const intent of intents) described.push(await describeIntent(context, intent));
  if (state !== 'unknown') return jsonResponse({ intents: described });
  const elsewhere = await listContradicted(context, context.scope, paymentId ?? undefined);
  return jsonResponse({ intents: described, ...(elsewhere.length > 0 && { elsewhere }) });
}

/** Refunds made elsewhere that the provider contradicts, as JSON: of one payment, or all of them up to a limit. */
export async function listContradicted(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  scope: Scope,
  paymentId?: string,
): Promise<ContradictedElsewhere[]> {
  const rows =
    paymentId === undefined
      ? await ledger.contradictedElsewhere(scope, MAX_LISTED)
      : (await ledger.reservationsOfPayment(scope, paymentId)).filter(isContradictedElsewhere);
  return rows.map((row) => ({
    payment_id: row.paymentId,
    refund_id: row.refundId ?? null,
    amount: toDecimal(row.amount, row.currency),
    currency: row.currency,
    status: row.status,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  }));
}

/** `GET {base}/intents/{id}` */
export async function showIntent(context: ProxyContext, request: Request, id: string): Promise<Response> {
  await authorize(context, request, { order: undefined, action: 'list_intents' });
  return jsonResponse(await describeIntent(context, await findIntent(context, id)));
}

/** `POST {base}/intents/{id}/resolve` */
export async function resolveIntent(context: ProxyContext, request: Request, id: string): Promise<Response> {
  checkWriteHeaders(request);
  const body = await readJsonBody(request, context.maxBodyBytes);
  checkTexts(body);
  const parsed = z.safeParse(intentResolution, body);
  if (!parsed.success) {
    throw new ProblemError('invalid_request', {
      detail: 'Expected outcome (refunded, initiated, cancelled or nothing) and a reason of 3 to 500 characters',
      errors: fieldErrors(parsed.error),
    });
  }
  const { intent, order } = await findOrDeny(context, request, 'resolve', () => findIntentAndOrder(context, id));
  const who = await authorize(context, request, { order, action: 'resolve' });
  const saw = await checkWord(context, intent, parsed.data);
  const settled = await resolve(context, intent, parsed.data, who);
  return jsonResponse({ ...(await describeIntent(context, settled)), ...(saw !== undefined && { saw }) });
}

/**
 * Compares a person's word with what the provider shows. Returns that in one sentence, if the word makes an amount free.
 * The command line calls this, too.
 * @throws ProblemError when the provider does not list the number, shows this very refund, or, without `confirm`, one that
 * may be it.
 */
export async function checkWord(context: Looking, intent: Intent, said: ResolutionBody): Promise<string | undefined> {
  if (said.outcome !== 'nothing') await checkListed(context, intent, said);
  const makesFree = said.outcome === 'nothing' || (intent.kind === 'cancel' && said.outcome === 'cancelled');
  return makesFree ? lookFirst(context, intent, said) : undefined;
}

async function lookFirst(context: Looking, intent: Intent, { outcome, confirm }: ResolutionBody): Promise<string> {
  const { ledger, scope } = context;
  const found = await collectEvidence(context, intent);
  if (outcome === 'cancelled') checkCancelled(found, confirm);
  const now = await ledger.intent(intent.id);
  if (intent.state === 'unknown' && now?.state !== 'unknown') {
    throw new ProblemError('invalid_request', {
      detail: `The provider has just reported the outcome (${now?.state}): nothing is left to settle`,
    });
  }
  const parts = await ledger.reservationsOfIntent(intent.id);
  const isDisputed = parts.some(isContradicted);
  const saw = isDisputed
    ? 'The provider contradicts what is known of this refund, or what was asked.'
    : sentenceOf(found);
  const amounts = new Set(parts.filter(({ standing }) => standing === 'unknown').map(({ amount }) => amount));
  const rows = await ledger.reservationsOfPayment(scope, intent.paymentId);
  const isLike = (row: Reservation) =>
    row.intentId === undefined &&
    !row.released &&
    row.refundId !== undefined &&
    amounts.has(row.amount) &&
    row.createdAt >= intent.firstSentAt - CLOCKS_APART_MS;
  const like = rows.find(isLike);
  const more = like && `The provider lists the refund ${like.refundId} of this amount, made since.`;
  if (!confirm && (isDisputed || like || found.code === 'more_listed')) {
    const how = like ? `, or settle it as refunded with refund_id ${like.refundId}` : '';
    throw new ProblemError('confirmation_required', {
      detail: `${more ?? saw} If nothing was refunded all the same, say so again with confirm: true${how}`,
      errors: [{ pointer: '/confirm', detail: 'is missing, and the provider shows a refund that may be this one' }],
    });
  }
  return more ?? saw;
}

/**
 * The command line calls this, too.
 * @throws ProblemError when the outcome does not fit the intent, or nothing is unknown.
 */
export async function resolve(
  { ledger, now, log }: Pick<ProxyContext, 'ledger' | 'now' | 'log'>,
  intent: Intent,
  { outcome, reason, refund_id: refundId, vendor, amount: text }: ResolutionBody,
  who: string,
): Promise<Intent> {
  const fits = intent.kind === 'cancel' ? outcome === 'cancelled' : outcome !== 'cancelled';
  if (outcome !== 'nothing' && !fits) {
    throw new ProblemError('invalid_request', {
      detail: `outcome: a ${intent.kind} is settled as ${intent.kind === 'cancel' ? 'cancelled' : 'refunded, initiated'} or nothing`,
    });
  }
  if (refundId !== undefined) await checkRefundId(ledger, intent, refundId, outcome);
  const amount = text === undefined ? undefined : readAmount(text, intent.currency);
  const settled = await ledger.resolve(intent.id, { outcome, reason, who, refundId, vendor, amount, at: now() });
  if (!settled) throw new ProblemError('invalid_request', { detail: 'Nothing about this intent is unknown' });
  log.info('a person settled an intent', { intent: intent.id, kind: intent.kind, state: settled.state });
  return settled;
}

function readAmount(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  if (parsed.ok) return parsed.minor;
  const detail = amountFault(parsed.fault, currency);
  throw new ProblemError('invalid_request', { detail: `amount: ${detail}`, errors: [{ pointer: '/amount', detail }] });
}

/**
 * A person can mistype a number, or take that of another payment. Nothing that the provider's list does not confirm is
 * recorded as a refund's number.
 */
async function checkListed(
  { ledger, session }: Looking,
  intent: Intent,
  { refund_id: refundId, amount: stated }: ResolutionBody,
): Promise<void> {
  if (refundId === undefined) return;
  const { paymentId } = intent;
  const read = session.listRefunds ? session.listRefunds(paymentId) : session.countRefunds?.(paymentId);
  if (!read) return;
  const listed = await read;
  if (!listed.ok) {
    throw wrongNumber(
      `the provider's list of refunds cannot be read now (${listed.why}). Try again later, or settle it without a number`,
    );
  }
  const found = listed.value.find((each) => (typeof each === 'string' ? each : each.refundId) === refundId);
  if (found === undefined) throw wrongNumber(`the provider lists no refund ${refundId} of this payment`);
  if (typeof found === 'string') return;
  const { amount } = found;
  const parts = await ledger.reservationsOfIntent(intent.id);
  // The provider may state two amounts, and the person then says which is real.
  if (amount !== undefined && stated === undefined && !parts.some((part) => part.amount === amount)) {
    throw wrongNumber(
      `the provider's refund ${refundId} is of ${toDecimal(amount, intent.currency)} ${intent.currency}`,
    );
  }
}

function wrongNumber(what: string): ProblemError {
  const detail = `refund_id: ${what}`;
  return new ProblemError('invalid_request', { detail, errors: [{ pointer: '/refund_id', detail }] });
}

/** A refund belongs to one request and has its amount: the ledger counts it once from now on. */
async function checkRefundId(
  ledger: ProxyContext['ledger'],
  intent: Intent,
  refundId: string,
  outcome: ResolutionBody['outcome'],
): Promise<void> {
  const parts = await ledger.reservationsOfIntent(intent.id);
  // A provider has several numbers for one refund, and one of them may be shown where another is asked for.
  const rows = await ledger.reservationsByReference(intent, refundId);
  // Its amount would be free from then on.
  if (outcome === 'nothing' && rows.some((row) => row.intentId === undefined && !row.released)) {
    throw wrongNumber(`the provider lists the refund ${refundId}, so something was refunded: settle it as refunded`);
  }
  const wrong = rows.find((row) => row.intentId !== intent.id && !isSameRefund(row, parts, intent));
  if (!wrong) return;
  throw wrongNumber(
    wrong.intentId === undefined
      ? `the provider's refund ${refundId} is of ${toDecimal(wrong.amount, wrong.currency)} ${wrong.currency}`
      : `${refundId} is the refund of another request`,
  );
}

function isSameRefund(row: Reservation, parts: readonly Reservation[], { paymentId }: Intent): boolean {
  if (row.intentId !== undefined || row.paymentId !== paymentId) return false;
  return parts.some(({ amount, currency }) => amount === row.amount && currency === row.currency);
}

export async function describeIntent({ ledger }: Pick<ProxyContext, 'ledger'>, intent: Intent): Promise<object> {
  const parts = await ledger.reservationsOfIntent(intent.id);
  const audit = await ledger.audit(intent.id);
  const waiting = intent.state === 'awaiting_approval' ? await ledger.keptRequest(intent.id) : undefined;
  return {
    id: intent.id,
    kind: intent.kind,
    payment_id: intent.paymentId,
    currency: intent.currency,
    state: intent.state,
    user: intent.user,
    created_at: new Date(intent.createdAt).toISOString(),
    first_sent_at: new Date(intent.firstSentAt).toISOString(),
    ...(waiting && {
      requested: toDecimal(waiting.amount, intent.currency),
      expires_at: new Date(intent.nextCheckAt).toISOString(),
    }),
    parts: parts.map((row) => ({
      amount: toDecimal(row.amount, row.currency),
      vendor: row.vendor ?? null,
      released: row.released,
      standing: row.standing,
      status: row.status,
      refund_id: row.refundId ?? null,
    })),
    audit: audit.map(({ at, who, what, from, to, source, detail }) => ({
      at: new Date(at).toISOString(),
      who,
      what,
      from: from ?? null,
      to: to ?? null,
      source,
      detail: detail ?? null,
    })),
  };
}

export async function findIntentAndOrder(
  context: ProxyContext,
  id: string,
): Promise<{ readonly intent: Intent; readonly order: Order }> {
  const intent = await findIntent(context, id);
  return { intent, order: await readOrder(context, intent.paymentId) };
}

async function findIntent({ ledger, scope }: ProxyContext, id: string): Promise<Intent> {
  const intent = await ledger.intent(id);
  if (!intent || intent.merchant !== scope.merchant || intent.provider !== scope.provider) {
    throw new ProblemError('path_not_allowed', { detail: 'No intent with this id' });
  }
  return intent;
}
