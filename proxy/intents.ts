import * as z from 'zod/mini';

import { toDecimal } from '../contract/index.ts';
import { authorize, lookUp, readOrder, type ProxyContext } from './context.ts';
import { checkWriteHeaders, readJsonBody } from './guards.ts';
import type { Intent } from './ledger/entities.ts';
import { INTENT_MOVES, isIntentState } from './ledger/states.ts';
import type { Order } from './options.ts';
import { jsonResponse, ProblemError } from './problem.ts';
import { fieldErrors } from './providers/fields.ts';
import { checkTexts, isUnkeepable } from './text.ts';

/** Body of `POST {base}/intents/{id}/resolve`: a person's word on what no machine can know. */
export const resolution = z.strictObject({
  outcome: z.enum(['refunded', 'initiated', 'cancelled', 'nothing']),
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)),
  /** The provider's id of the refund, where the person has found it. */
  refund_id: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  /** Only this vendor's part. */
  vendor: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
});
export type ResolutionBody = z.infer<typeof resolution>;

const MOST_LISTED = 200;

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
    limit: MOST_LISTED,
  });
  const described = [];
  for (const intent of intents) described.push(await describeIntent(context, intent));
  return jsonResponse({ intents: described });
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
  const parsed = z.safeParse(resolution, body);
  if (!parsed.success) {
    throw new ProblemError('invalid_request', {
      detail: 'Expected outcome (refunded, initiated, cancelled or nothing) and a reason of 3 to 500 characters',
      errors: fieldErrors(parsed.error),
    });
  }
  const { intent, order } = await lookUp(context, request, 'resolve', () => findIntentAndOrder(context, id));
  const who = await authorize(context, request, { order, action: 'resolve' });
  return jsonResponse(await describeIntent(context, await resolve(context, intent, parsed.data, who)));
}

/** Also what the command line calls. @throws ProblemError when the outcome does not fit the intent, or nothing is unknown. */
export async function resolve(
  { ledger, now, log }: Pick<ProxyContext, 'ledger' | 'now' | 'log'>,
  intent: Intent,
  { outcome, reason, refund_id: refundId, vendor }: ResolutionBody,
  who: string,
): Promise<Intent> {
  const fits = intent.kind === 'cancel' ? outcome === 'cancelled' : outcome !== 'cancelled';
  if (outcome !== 'nothing' && !fits) {
    throw new ProblemError('invalid_request', {
      detail: `outcome: a ${intent.kind} is settled as ${intent.kind === 'cancel' ? 'cancelled' : 'refunded, initiated'} or nothing`,
    });
  }
  const settled = await ledger.resolve(intent.id, { outcome, reason, who, refundId, vendor, at: now() });
  if (!settled) throw new ProblemError('invalid_request', { detail: 'Nothing about this intent is unknown' });
  log.info('a person settled an intent', { intent: intent.id, kind: intent.kind, state: settled.state });
  return settled;
}

export async function describeIntent({ ledger }: Pick<ProxyContext, 'ledger'>, intent: Intent): Promise<object> {
  const parts = await ledger.reservationsOfIntent(intent.id);
  const audit = await ledger.audit(intent.id);
  const kept = intent.state === 'awaiting_approval' ? await ledger.keptRequest(intent.id) : undefined;
  return {
    id: intent.id,
    kind: intent.kind,
    payment_id: intent.paymentId,
    currency: intent.currency,
    state: intent.state,
    user: intent.user,
    created_at: new Date(intent.createdAt).toISOString(),
    first_sent_at: new Date(intent.firstSentAt).toISOString(),
    ...(kept && {
      requested: toDecimal(kept.amount, intent.currency),
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
