import * as z from 'zod/mini';

import { authorize, leaseEnd, findOrDeny, moneyOf, type ProxyContext } from '../context.ts';
import { checkWriteHeaders, readExpectedRefundable, readJsonBody } from '../http/guards.ts';
import { admitAfterReads } from './before-send.ts';
import { wrongClaims } from './claims.ts';
import { describeIntent, findIntentAndOrder } from './intents.ts';
import type { Intent, KeptRequest } from '../ledger/entities.ts';
import type { ApproveResult, Free } from '../ledger/facts.ts';
import { isSamePerson, personOf } from '../ledger/rules/person.ts';
import type { Order } from '../options.ts';
import { isOfTheRequest, jsonResponse, ProblemError } from '../http/problem.ts';
import { fieldErrors } from '../providers/fields.ts';
import { checkAccounts, readKept } from './kept.ts';
import { approvalOf, NOBODY } from './copies.ts';
import { compareFirst } from './restored.ts';
import type { Sender } from './send.ts';
import { checkTexts } from '../http/text.ts';
import { assertNever } from '../assert-never.ts';
import { withEffectOfIntent } from './write.ts';
import { refused } from './write-answers.ts';

const approval = z.strictObject({});
const refusal = z.strictObject({ reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)) });

/**
 * `POST {base}/intents/{id}/approve`: a second person agrees, and the request is sent exactly as it was asked for. It
 * is first checked again against the order and the ledger as they are now. The answer is the provider's own.
 */
export async function approveIntent(
  context: ProxyContext,
  sender: Sender,
  request: Request,
  id: string,
): Promise<Response> {
  checkWriteHeaders(request);
  const { ledger, provider, now, limiter } = context;
  return sender.copies.run(
    approvalOf(id),
    async ({ admit, by, once }) => {
      const decide = async () => {
        await readParsed(context, request, approval, 'Expected an empty object');
        return authorizeDecision(context, request, 'approve', id);
      };
      const { intent, order, waiting, who } = await decide().catch((error: unknown) => {
        // What this request says or brings is wrong, and says nothing of that of a person who may approve.
        if (error instanceof ProblemError && isOfTheRequest(error)) by(NOBODY);
        throw error;
      });
      by(who);
      if (!waiting) throw notWaiting(intent);
      await once(() => limiter.count(personOf(who), now()));
      const kept = readKept(context, waiting, order.currency);
      if (!kept || intent.currency !== order.currency || wrongClaims(kept.read.claims, order).length > 0) {
        throw new ProblemError('invalid_request', {
          detail: 'The order has changed since the request was made: decline the request',
        });
      }
      await checkAccounts(context, { paymentId: order.payment_id, parts: kept.parts });
      const expectedRefundable = readExpectedRefundable(request, order.currency);
      // A slow provider keeps no other refund of the payment from being recorded.
      await compareFirst(context, order);
      const approved = await admitAfterReads<Exclude<ApproveResult, Free>>(
        context,
        { kind: intent.kind, order, expectedRefundable },
        (isTrial) =>
          admit((check) =>
            sender.outcomes.inTurn(
              order.payment_id,
              () => {
                check();
                return ledger.approve(id, {
                  who,
                  at: now(),
                  leasedUntil: leaseEnd(context),
                  parts: kept.parts,
                  ...moneyOf(order),
                  expectedRefundable,
                  notRefundable: order.not_refundable ?? undefined,
                  exclusive: provider.resendWindowMs === undefined,
                  isTrial,
                });
              },
              true,
            ),
          ),
      );
      return answerApproved(context, sender, approved, { kept, order, who });
    },
    (error) => withEffectOfIntent({ context, sender }, id, error),
  );
}

function answerApproved(
  context: ProxyContext,
  sender: Sender,
  approved: Exclude<ApproveResult, Free>,
  {
    kept,
    order,
    who,
  }: { readonly kept: NonNullable<ReturnType<typeof readKept>>; readonly order: Order; readonly who: string },
): Promise<Response> {
  switch (approved.kind) {
    case 'admitted':
      return sender.send(context, {
        ...approved,
        route: kept.route,
        path: kept.path,
        order,
        body: kept.read.forward(approved.intent),
        approver: who,
        again: false,
      });
    case 'uncompared':
      throw new ProblemError('outcome_unknown', { detail: 'The ledger was restored a moment ago: read the payment' });
    case 'own':
      throw new ProblemError('forbidden', { detail: 'The person who made the request cannot approve it' });
    case 'decided':
      throw notWaiting(approved.intent);
    case 'refused':
      throw refused(approved.refusal);
    default:
      return assertNever(approved);
  }
}

/**
 * `POST {base}/intents/{id}/decline`: the request is never sent. The person who asked for it may withdraw it in this
 * way, too.
 */
export async function declineIntent(
  context: ProxyContext,
  sender: Sender,
  request: Request,
  id: string,
): Promise<Response> {
  checkWriteHeaders(request);
  const { reason } = await readParsed(context, request, refusal, 'Expected a reason of 3 to 500 characters');
  const { ledger, now } = context;
  const { waiting, who, order } = await authorizeDecision(context, request, 'decline', id);
  await compareFirst(context, order);
  const decline = () => ledger.decline(id, { who, reason, at: now() });
  const ended = await sender.outcomes.inTurn(order.payment_id, decline, true);
  if (ended.state !== 'failed' || !waiting) throw notWaiting(ended);
  return jsonResponse(await describeIntent(context, ended));
}

/** Who decides, and about which intent. `kept` is undefined when the intent does not wait for a decision. */
async function authorizeDecision(
  context: ProxyContext,
  request: Request,
  action: 'approve' | 'decline',
  id: string,
): Promise<{ intent: Intent; order: Order; waiting: KeptRequest | undefined; who: string }> {
  const { intent, order } = await findOrDeny(context, request, action, () => findIntentAndOrder(context, id));
  const waiting = await context.ledger.keptRequest(id);
  const who = await authorize(context, request, { order, action, amount: waiting?.amount }).catch(
    async (error: unknown) => {
      // Whoever has asked may take the request back, and need not be one who decides.
      const isForbidden = error instanceof ProblemError && error.code === 'forbidden';
      if (action !== 'decline' || !isForbidden) throw error;
      const reader = await authorize(context, request, { order, action: 'read' }).catch(() => undefined);
      if (reader === undefined || !isSamePerson(reader, intent.user)) throw error;
      return reader;
    },
  );
  return { intent, order, waiting, who };
}

function notWaiting({ state }: Intent): ProblemError {
  return new ProblemError('invalid_request', { detail: `This request does not wait for approval any more: ${state}` });
}

async function readParsed<Schema extends z.ZodMiniType>(
  context: ProxyContext,
  request: Request,
  schema: Schema,
  detail: string,
): Promise<z.output<Schema>> {
  const body = await readJsonBody(request, context);
  checkTexts(body);
  const parsed = z.safeParse(schema, body);
  if (!parsed.success) throw new ProblemError('invalid_request', { detail, errors: fieldErrors(parsed.error) });
  return parsed.data;
}
