import { authorize, findOrDeny, readOrder, type ProxyContext } from '../context.ts';
import type { ProviderAnswer } from '../providers/exchange.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Match } from './paths.ts';
import { ProblemError } from './problem.ts';
import { isUnkeepable } from './text.ts';
import { assertNever } from '../assert-never.ts';
import type { ReadRoute, Subject } from '../providers/provider.ts';

/** Passes a read through unchanged, and takes what it says into the ledger. */
export async function handleRead(
  context: ProxyContext,
  request: Request,
  route: ReadRoute,
  { params, path }: Match,
): Promise<Response> {
  const query = allowedQuery(new URL(request.url).searchParams, route.query ?? []);
  const wrong = [...query].filter(([, value]) => isUnkeepable(value)).map(([name]) => name);
  if (wrong.length > 0) {
    throw new ProblemError('invalid_request', { detail: `${wrong.join(', ')}: holds a NUL: send the text without it` });
  }
  const subject = route.subject(params, query);
  if (!subject) {
    throw new ProblemError('invalid_request', {
      detail: 'Say which payment it is about: payment_intent_id is required',
    });
  }
  const order = await findOrDeny(context, request, 'read', async () =>
    readOrder(context, await paymentOf(context, subject)),
  );
  await authorize(context, request, { order, action: 'read' });
  const result = await context.session.send({ method: 'GET', path, route: route.path, query, signal: request.signal });
  switch (result.kind) {
    case 'answer': {
      await observe(context, order.payment_id, route, result.answer, params);
      return passOn(result.answer);
    }
    case 'credentials_refused':
      throw new ProblemError('credentials_refused', { detail: "Check the proxy's configuration" });
    case 'not_sent':
    case 'lost':
      throw new ProblemError('provider_unreachable', { detail: `A read got no answer (${result.why}): try again` });
    default:
      return assertNever(result);
  }
}

/**
 * The payment that a request concerns: the id itself, or the payment of the refund that the ledger knows by this id.
 */
async function paymentOf({ ledger, scope }: ProxyContext, subject: Subject): Promise<string> {
  const reference = 'refund' in subject ? subject.refund : subject.payment;
  const refunds = await ledger.reservationsByReference(scope, reference);
  const payments = new Set(refunds.map(({ paymentId }) => paymentId));
  if (payments.size === 1) return [...payments][0]!;
  if ('payment' in subject) return subject.payment;
  throw new ProblemError('payment_not_found', {
    detail: 'No refund with this id is in the ledger: read its payment first',
  });
}

/** The provider's answer with only two of its headers: the content type and Retry-After. */
export function passOn({ status, headers, body }: Pick<ProviderAnswer, 'status' | 'headers' | 'body'>): Response {
  const type = headers['content-type'];
  const isJson = type !== undefined && /^application\/(?:[\w.-]+\+)?json\b/i.test(type);
  const isBodiless = status === 204 || status === 205 || status === 304;
  return new Response(isBodiless ? null : new Uint8Array(body), {
    status: status >= 200 && status <= 599 ? status : 502,
    // A browser must never run a provider's page: anything but JSON becomes text.
    headers: { ...headers, 'content-type': isJson ? type : 'text/plain; charset=utf-8' },
  });
}

async function observe(
  { ledger, scope, now, log }: ProxyContext,
  paymentId: string,
  route: ReadRoute,
  answer: ProviderAnswer,
  params: Match['params'],
): Promise<void> {
  const observations = route.observe(answer, params);
  if (observations.length === 0) return;
  try {
    await ledger.observe(scope, { paymentId, observations, source: `read ${answer.status}`, at: now() });
  } catch (error) {
    // The reader still gets the provider's answer. The next read brings it to the ledger.
    if (!(error instanceof LedgerUnavailableError)) throw error;
    log.warn('a read could not be recorded', errorFields(error));
  }
}

function allowedQuery(query: URLSearchParams, names: readonly string[]): URLSearchParams {
  const allowed = new URLSearchParams();
  for (const name of names) {
    const value = query.get(name);
    if (value !== null) allowed.set(name, value);
  }
  return allowed;
}
