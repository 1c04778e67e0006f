import * as z from 'zod/mini';

import { toDecimal } from '../../contract/index.ts';
import { intentResolution, type ContradictedElsewhere } from '../../contract/intents.ts';
import { authorize, findOrDeny, readOrder, type ProxyContext } from '../context.ts';
import { checkWriteHeaders, readJsonBody } from '../http/guards.ts';
import { isContradictedElsewhere } from '../ledger/rules/contradiction.ts';
import type { Intent, Scope } from '../ledger/entities.ts';
import { firstSeenAt } from '../ledger/rules/put-off.ts';
import { INTENT_MOVES, isIntentState } from '../ledger/rules/states.ts';
import type { Order } from '../options.ts';
import { jsonResponse, ProblemError } from '../http/problem.ts';
import { fieldErrors } from '../providers/fields.ts';
import { checkTexts, isUnkeepable } from '../http/text.ts';
import { checkWord, resolve } from './word.ts';

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
  const body = await readJsonBody(request, context);
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
  const { saw, ...checked } = await checkWord(context, intent, parsed.data);
  const settled = await resolve(context, intent, parsed.data, { who, ...checked });
  return jsonResponse({ ...(await describeIntent(context, settled)), ...(saw !== undefined && { saw }) });
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
    first_sent_at: new Date(firstSeenAt(intent, audit)).toISOString(),
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
