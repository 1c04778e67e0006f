import { IDEMPOTENT_REPLAYED, PROBLEMS, toDecimal, type ProblemCode } from '../contract/index.ts';
import { authorize, limitOf, readOrder, type ProxyContext } from './context.ts';
import { checkWriteHeaders, readExpectedRefundable, readIdempotencyKey, readJsonBody } from './guards.ts';
import { fingerprint } from './json.ts';
import type { BeginRequest } from './ledger/admission.ts';
import type { Intent, Reservation } from './ledger/entities.ts';
import type { BeginResult } from './ledger/facts.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
import type { Order } from './options.ts';
import type { Match } from './paths.ts';
import { ledgerUnavailable, ProblemError } from './problem.ts';
import type { Claims, FieldError, ReadBody, Subject, WriteRoute } from './providers/provider.ts';
import { passOn } from './read.ts';
import type { Sender } from './send.ts';
import { unreachable } from './unreachable.ts';
import { askAgain } from './unknown.ts';

/**
 * One write, from the browser's request to an answer that claims no more than is known: check, read the merchant's own
 * order, ask who may, write to the ledger, and only then send.
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
  try {
    const { begin, read } = await prepare(context, request, route, path, key);
    const begun = await sender.afterUnrecorded(() => context.ledger.begin(begin));
    return await answerBegun(context, sender, begun, { route, path, read, user: begin.user });
  } catch (error) {
    throw await withEffectOfKey(context, key, error);
  }
}

/**
 * A refusal speaks of the request it answers. Where an earlier one with the same key may have moved money, the refusal
 * must not read as if nothing had happened: a session that ended makes no refund undone.
 */
async function withEffectOfKey({ ledger, scope }: ProxyContext, key: string, thrown: unknown): Promise<unknown> {
  const error = thrown instanceof LedgerUnavailableError ? ledgerUnavailable(thrown) : thrown;
  if (!(error instanceof ProblemError) || PROBLEMS[error.code].effect !== 'nothing') return error;
  if (SPEAKS_FOR_ITSELF.has(error.code)) return error;
  // A ledger that is only locked can still be read.
  const earlier = await ledger.intentByKey(scope, key).catch((failure: unknown) => {
    if (failure instanceof LedgerUnavailableError) return undefined;
    throw failure;
  });
  if (!earlier || earlier.state === 'failed' || earlier.state === 'void') return error;
  return new ProblemError(error.code, { ...error.extras, effect: 'unknown' });
}

/** Said with the ledger's knowledge of the key. */
const SPEAKS_FOR_ITSELF: ReadonlySet<ProblemCode> = new Set(['idempotency_key_reused', 'settled_nothing']);

async function prepare(
  context: ProxyContext,
  request: Request,
  route: WriteRoute,
  path: string,
  key: string,
): Promise<{ begin: BeginRequest; read: ReadBody }> {
  const body = await readJsonBody(request, context.maxBodyBytes);
  const read = route.read(body);
  if ('errors' in read) throw invalid(read.errors);

  const target = read.references ? await findTarget(context, read.subject, read.references) : undefined;
  const order = await readOrder(context, target?.paymentId ?? paymentIn(read.subject));
  checkClaims(read.claims, order);
  const amounts = read.asked(order.currency);
  if ('errors' in amounts) throw invalid(amounts.errors);
  const amount = target?.amount ?? amounts.asked.reduce((total, asked) => total + asked.amount, 0n);
  const action = route.kind === 'cancel' ? 'cancel' : 'refund';
  const user = await authorize(context, request, { order, action, amount });

  const { ledger, limiter, scope, now, newId } = context;
  // Only a new intent counts: asking again what became of an old one is always allowed.
  if (limiter.isOn && !(await ledger.intentByKey(scope, key))) limiter.count(user, now());
  const begin: BeginRequest = {
    ...scope,
    id: newId(),
    key,
    providerKey: newId(),
    fingerprint: await fingerprint(route.method, path, body),
    kind: route.kind,
    paymentId: order.payment_id,
    currency: order.currency,
    asked: amounts.asked,
    limit: limitOf(context, order),
    expectedRefundable: route.kind === 'cancel' ? undefined : readExpectedRefundable(request, order.currency),
    notRefundable: route.kind === 'cancel' ? undefined : (order.not_refundable ?? undefined),
    exclusive: context.provider.resendWindowMs === undefined,
    target: target?.id,
    user,
    at: now(),
  };
  return { begin, read };
}

interface Written {
  readonly route: WriteRoute;
  readonly path: string;
  readonly read: ReadBody;
  readonly user: string;
}

async function answerBegun(
  context: ProxyContext,
  sender: Sender,
  begun: BeginResult,
  { route, path, read, user }: Written,
): Promise<Response> {
  switch (begun.kind) {
    case 'admitted':
      return sender.send({ route, path, intent: begun.intent, body: read.forward(begun.intent), again: false });
    case 'finished':
      return replay(context, begun.intent);
    case 'running':
      throw new ProblemError('idempotency_key_running', {
        detail: 'Wait, then send the same request with the same key',
        instance: instanceOf(context, begun.intent),
      });
    case 'reused':
      throw new ProblemError('idempotency_key_reused', { detail: 'This key belongs to a request with another body' });
    case 'unknown': {
      const { intent } = begun;
      const settled = await askAgain(context, intent, user, (resumed) =>
        sender.send({ route, path, intent: resumed, body: read.forward(resumed), again: true }),
      );
      return 'state' in settled ? replay(context, settled) : settled;
    }
    case 'refused': {
      const { code, detail, refundable } = begun.refusal;
      if (code === 'vendors_not_opened') throw invalid([{ pointer: '/refundPayload', detail }]);
      throw new ProblemError(code, {
        detail,
        ...(code !== 'payment_busy' && { refundable: toDecimal(refundable, begun.refusal.currency) }),
      });
    }
    default:
      return unreachable(begun);
  }
}

/** The stored answer, byte for byte. */
function replay(context: ProxyContext, intent: Intent): Response {
  if (!intent.answer) {
    const instance = instanceOf(context, intent);
    if (intent.state === 'failed') throw new ProblemError('settled_nothing', { instance });
    throw new ProblemError('outcome_unknown', {
      detail: 'The answer was lost, and a person has settled this request as carried out: read the payment',
      instance,
    });
  }
  const response = passOn(intent.answer);
  response.headers.set(IDEMPOTENT_REPLAYED, 'true');
  return response;
}

export function instanceOf({ basePath }: ProxyContext, { id }: Intent): string {
  return `${basePath}/intents/${id}`;
}

function invalid(errors: readonly FieldError[]): ProblemError {
  const detail = errors.map((error) => `${error.pointer || '/'}: ${error.detail}`).join('; ');
  return new ProblemError('invalid_request', { detail, errors });
}

function paymentIn(subject: Subject): string {
  if ('payment' in subject) return subject.payment;
  throw new TypeError('A refund route names its payment outright');
}

/** The refund that a cancel names, with every id as the provider gave it. */
async function findTarget(
  { ledger, scope }: ProxyContext,
  subject: Subject,
  references: Readonly<Record<string, string>>,
): Promise<Reservation> {
  const reference = 'refund' in subject ? subject.refund : subject.payment;
  const found = await ledger.reservationsByReference(scope, reference);
  if (found.length === 0) {
    throw new ProblemError('payment_not_found', { detail: 'No refund with these ids was made through this proxy' });
  }
  const target = found.find((row) => Object.entries(references).every(([name, id]) => row.references[name] === id));
  if (target) return target;
  throw invalid([
    { pointer: '', detail: 'the ids do not belong together: send all of them as the create answer gave them' },
  ]);
}

function checkClaims(claims: Claims, order: Order): void {
  const errors: FieldError[] = [];
  if (claims.currency !== undefined && claims.currency !== order.currency) {
    errors.push({ pointer: '/currency', detail: `the order is in ${order.currency}` });
  }
  const attempt = order.payment_attempt_id ?? undefined;
  if (claims.payment_attempt_id !== undefined && attempt !== undefined && claims.payment_attempt_id !== attempt) {
    errors.push({ pointer: '/payment_attempt_id', detail: 'is not the attempt that captured this order' });
  }
  if (errors.length > 0) throw invalid(errors);
}
