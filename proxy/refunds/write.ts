import { decide, findOrDeny, leaseEnd, moneyOf, readOrder, type ProxyContext } from '../context.ts';
import { checkWriteHeaders, readExpectedRefundable, readIdempotencyKey, readJsonBody } from '../http/guards.ts';
import { fingerprint } from '../http/json.ts';
import { totalOf, type BeginRequest } from '../ledger/rules/admission.ts';
import { personOf } from '../ledger/rules/person.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import type { BeginResult, Free } from '../ledger/facts.ts';
import type { IntentState } from '../ledger/rules/states.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import type { Order } from '../options.ts';
import type { Match } from '../http/paths.ts';
import { effectOf, invalid, ledgerUnavailable, ProblemError } from '../http/problem.ts';
import type { ReadBody, Subject, WriteRoute } from '../providers/provider.ts';
import { admitAfterReads } from './before-send.ts';
import { OF_THE_LEDGER } from './copies.ts';
import { checkAccounts } from './kept.ts';
import { compare } from './restored.ts';
import type { Sender } from './send.ts';
import { checkTexts } from '../http/text.ts';
import { assertNever } from '../assert-never.ts';
import { askAgain } from './unknown.ts';
import { wrongClaims } from './claims.ts';
import { awaiting, instanceOf, refused, replay } from './write-answers.ts';

/**
 * One write, from the browser's request to an answer that claims no more than is known: check the request, read the
 * merchant's order, ask for permission, write to the ledger, and only then send.
 */
export async function handleWrite(
  context: ProxyContext,
  sender: Sender,
  request: Request,
  route: WriteRoute,
  { path }: Match,
): Promise<Response> {
  checkWriteHeaders(request);
  const key = readIdempotencyKey(request);
  // After a restore the ledger may not know the key.
  let isCompared = false;
  return sender.copies.run(
    key,
    async ({ admit, once }) => {
      const prepared = await prepare(context, request, route, path, key);
      // Its row may be lost, and the same key may come for another payment.
      await sender.outcomes.reclaim(key);
      const { begin, order } = prepared;
      const { ledger, limiter, scope, now } = context;
      // Only a new intent counts towards the limit, and each once: asking again about an old one is always allowed.
      if (limiter.isOn && !(await ledger.intentByKey(scope, begin.key))) {
        await once(() => limiter.count(personOf(begin.user), now()));
      }
      await checkAccounts(context, begin);
      const take = async (isTrial: boolean) => {
        const result = await admit((check) => beginOf(context, sender, { ...begin, isTrial }, check));
        isCompared = result.kind !== 'uncompared';
        return result;
      };
      const admitOnce = () => admitAfterReads<Exclude<BeginResult, Free>>(context, { ...begin, order }, take);
      let begun = await admitOnce();
      if (begun.kind === 'uncompared') {
        await compare(context, order);
        begun = await admitOnce();
      }
      return answerBegun(context, sender, begun, { route, path, ...prepared });
    },
    (error) => withEffectOfKey({ context, sender }, key, error, isCompared),
  );
}

async function beginOf(
  context: ProxyContext,
  sender: Sender,
  begin: Prepared,
  check: () => void,
): Promise<BeginResult> {
  const { ledger, scope, now } = context;
  const inTurn = () =>
    sender.outcomes.inTurn(
      begin.paymentId,
      () => {
        check();
        return ledger.begin({ ...begin, at: now(), leasedUntil: leaseEnd(context) });
      },
      true,
    );
  const begun = await inTurn();
  // The process that sent it is gone, and a proxy that does not reconcile would never say so.
  if (begun.kind === 'running' && begun.intent.nextCheckAt <= now()) {
    // Another payment may be locked, and this one is not.
    await ledger.loseOverdue(scope, now(), sender.outcomes.keeps).catch((error: unknown) => {
      if (!(error instanceof LedgerUnavailableError)) throw error;
    });
    return inTurn();
  }
  return begun;
}

/** The proxy, and what it is sending. */
interface ThisProxy {
  readonly context: ProxyContext;
  readonly sender: Sender;
}

export function withEffectOfKey(
  { context: { ledger, scope }, sender }: ThisProxy,
  key: string,
  thrown: unknown,
  isCompared = false,
): Promise<unknown> {
  const find = async () => {
    if (sender.outcomes.has(key)) return true;
    const known = await ledger.intentByKey(scope, key);
    // A restored ledger may have lost any key.
    return known ?? (!isCompared && !!(await ledger.restored()));
  };
  return withEffectOf(find, thrown, ['failed', 'void'], EARLIER);
}

/** A decision that came too late must not read as "nothing was sent". A request that still waits was not sent. */
export function withEffectOfIntent({ context, sender }: ThisProxy, id: string, thrown: unknown): Promise<unknown> {
  const find = async () => sender.outcomes.has(id) || ((await context.ledger.intent(id)) ?? false);
  return withEffectOf(find, thrown, ['awaiting_approval', 'failed', 'void']);
}

/**
 * A refusal concerns the request that it answers. If an earlier request may have moved money, the refusal must not read
 * as "nothing happened": an expired session does not undo a refund.
 */
async function withEffectOf(
  find: () => Promise<Intent | boolean>,
  thrown: unknown,
  movedNothing: readonly IntentState[],
  words?: string,
): Promise<unknown> {
  const error = thrown instanceof LedgerUnavailableError ? ledgerUnavailable(thrown) : thrown;
  if (!(error instanceof ProblemError)) return error;
  if (effectOf(error) !== 'nothing' || OF_THE_LEDGER.has(error.code)) return error;
  // A locked ledger can still be read. One that cannot does not know whether the key is new.
  const earlier = await find().catch((failure: unknown): 'unreadable' => {
    if (failure instanceof LedgerUnavailableError) return 'unreadable';
    throw failure;
  });
  if (!earlier || (typeof earlier === 'object' && movedNothing.includes(earlier.state))) return error;
  const detail = [error.extras.detail, words].filter(Boolean).join('. ');
  return new ProblemError(error.code, { ...error.extras, detail, effect: 'unknown' });
}

const EARLIER = 'An earlier request with this key may have moved money: do not refund again with another key';

async function prepare(
  context: ProxyContext,
  request: Request,
  route: WriteRoute,
  path: string,
  key: string,
): Promise<Pick<Written, 'begin' | 'read' | 'order' | 'cancels'>> {
  const body = await readJsonBody(request, context);
  checkTexts(body);
  const read = route.read(body);
  if ('errors' in read) throw invalid(read.errors);

  const action = route.kind === 'cancel' ? 'cancel' : 'refund';
  const { target, order } = await findOrDeny(context, request, action, () => findTargetAndOrder(context, read));
  const wrong = wrongClaims(read.claims, order);
  const amounts = read.parts(order.currency);
  if ('errors' in amounts) {
    await decide(context, request, { order, action });
    throw invalid([...wrong, ...amounts.errors]);
  }
  const amount = target?.amount ?? totalOf(amounts.parts);
  const { user, needsApproval, approvers } = await decide(context, request, { order, action, amount });
  if (wrong.length > 0) throw invalid(wrong);
  if (needsApproval && route.kind === 'cancel') throw new ProblemError('approval_required');

  const { scope, now, newId, approvalMs } = context;
  const begin: Prepared = {
    ...scope,
    id: newId(),
    key,
    // A ledger may be lost. The provider then still recognises what was sent with this key.
    providerKey: key,
    fingerprint: await fingerprint(route.method, path, body),
    kind: route.kind,
    paymentId: order.payment_id,
    currency: order.currency,
    parts: amounts.parts,
    ...moneyOf(order),
    expectedRefundable: route.kind === 'cancel' ? undefined : readExpectedRefundable(request, order.currency),
    notRefundable: route.kind === 'cancel' ? undefined : (order.not_refundable ?? undefined),
    exclusive: context.provider.resendWindowMs === undefined,
    target: target?.id,
    user,
    ...(needsApproval && {
      approval: { until: now() + approvalMs, request: { path, body: JSON.stringify(body), amount }, approvers },
    }),
  };
  return { begin, read, order, cancels: target?.refundId };
}

/** The time of its send is that of its turn. */
type Prepared = Omit<BeginRequest, 'at' | 'leasedUntil'>;

interface Written {
  readonly route: WriteRoute;
  readonly path: string;
  readonly read: ReadBody;
  readonly order: Order;
  readonly begin: Prepared;
  /** The provider's number of the refund that a cancel names. */
  readonly cancels: string | undefined;
}

async function answerBegun(
  context: ProxyContext,
  sender: Sender,
  begun: Exclude<BeginResult, Free>,
  { route, path, read, order, cancels, begin: { user, expectedRefundable } }: Written,
): Promise<Response> {
  switch (begun.kind) {
    case 'admitted':
      return sender.send(context, {
        ...begun,
        route,
        path,
        order,
        cancels,
        expectedRefundable,
        body: read.forward(begun.intent),
        again: false,
      });
    case 'finished':
      return replay(context, begun.intent);
    case 'uncompared':
      // The ledger was restored again a moment ago.
      throw new ProblemError('outcome_unknown', {
        detail: 'The ledger was restored: check the status with the same key',
      });
    case 'awaiting':
      throw awaiting(context, begun.intent);
    case 'running':
      throw new ProblemError('idempotency_key_running', {
        detail: 'Wait, then send the same request with the same key',
        instance: instanceOf(context, begun.intent),
      });
    case 'reused':
      throw new ProblemError('idempotency_key_reused', { detail: 'This key belongs to a request with another body' });
    case 'unknown': {
      const { intent } = begun;
      const settled = await askAgain(context, { intent, order, who: user }, (resumed) =>
        sender.send(context, {
          ...resumed,
          route,
          path,
          order,
          cancels,
          body: read.forward(resumed.intent),
          again: true,
        }),
      );
      return 'state' in settled ? replay(context, settled) : settled;
    }
    case 'refused':
      throw refused(begun.refusal);
    default:
      return assertNever(begun);
  }
}

async function findTargetAndOrder(
  context: ProxyContext,
  { subject, references }: ReadBody,
): Promise<{ readonly target: Reservation | undefined; readonly order: Order }> {
  const target = references ? await findTarget(context, subject, references) : undefined;
  return { target, order: await readOrder(context, target?.paymentId ?? paymentIn(subject)) };
}

function paymentIn(subject: Subject): string {
  if ('payment' in subject) return subject.payment;
  throw new TypeError('A refund route names its payment outright');
}

/** The refund that a cancel names, with every id of the provider. */
async function findTarget(
  { ledger, scope }: ProxyContext,
  subject: Subject,
  references: Readonly<Record<string, string>>,
): Promise<Reservation> {
  const reference = 'refund' in subject ? subject.refund : subject.payment;
  const found = await ledger.reservationsByReference(scope, reference);
  if (found.length === 0) {
    throw new ProblemError('payment_not_found', { detail: 'This proxy has made no refund with these ids' });
  }
  const target = found.find((row) => Object.entries(references).every(([name, id]) => row.references[name] === id));
  if (target) return target;
  throw invalid([
    { pointer: '', detail: 'the ids do not belong together: send all of them as the create answer gave them' },
  ]);
}
