import type { ProxyContext } from './context.ts';
import { readBody } from './guards.ts';
import type { Intent, Reservation } from './ledger/entities.ts';
import type { ProviderEvent } from './ledger/facts.ts';
import { jsonResponse, ProblemError } from './problem.ts';
import type { Sender } from './send.ts';
import { checkReservation } from './reconcile.ts';
import { gather } from './unknown.ts';
import { unreachable } from './unreachable.ts';

/** What one hint may make the proxy read, so that a stranger's list of ids stays a trickle. */
const MOST_READS = 5;

/**
 * `POST {base}/webhooks`: what the provider sends by itself. It answers 200 only when what it was told is on disk, so
 * the provider sends again whatever was not.
 */
export async function handleWebhook(context: ProxyContext, sender: Sender, request: Request): Promise<Response> {
  const { provider, now, log, metrics } = context;
  const { webhook } = provider;
  if (!webhook) throw new ProblemError('path_not_allowed', { detail: 'No webhook is configured for this provider' });
  refuseBrowsers(request);
  const body = await readBody(request, context.maxBodyBytes);
  const reading = await webhook({ headers: request.headers, body, now: now() });
  const signedBy = 'signedBy' in reading ? reading.signedBy : undefined;
  if (signedBy !== undefined) metrics.signed?.(provider.name, signedBy);
  switch (reading.kind) {
    case 'refused':
      metrics.webhook(provider.name, 'refused');
      throw new ProblemError('webhook_refused', { detail: `Nothing was changed: ${reading.why}` });
    case 'unreadable': {
      metrics.webhook(provider.name, 'unreadable');
      const detail = reading.errors.map(({ pointer, detail: words }) => `${pointer || '/'}: ${words}`).join('; ');
      throw new ProblemError('invalid_request', { detail, errors: reading.errors });
    }
    case 'ignored':
      metrics.webhook(provider.name, 'ignored');
      return received('ignored');
    case 'event': {
      const became = await receive(context, sender, reading.event);
      log.info('webhook', { provider: provider.name, state: became, signed_by: signedBy });
      metrics.webhook(provider.name, became);
      return received(became);
    }
    case 'hint': {
      const read = await follow(context, sender, reading.references);
      metrics.webhook(provider.name, read ? 'read' : 'ignored');
      return received(read ? 'read' : 'ignored');
    }
    default:
      return unreachable(reading);
  }
}

/** Providers are no browsers: a page that posts here is up to something. */
function refuseBrowsers({ headers }: Request): void {
  if (headers.has('origin') || headers.has('sec-fetch-site')) {
    throw new ProblemError('origin_not_allowed', { detail: 'Only the provider posts here, no page' });
  }
}

function receive({ ledger, scope, now }: ProxyContext, sender: Sender, event: ProviderEvent) {
  return sender.inTurn(event.paymentId, () => ledger.receive(scope, event, now()));
}

/** Reads what the ids of a hint are about. Returns whether there was anything to read. */
async function follow(context: ProxyContext, sender: Sender, references: readonly string[]): Promise<boolean> {
  const { ledger, scope, hints, now } = context;
  const rows = new Map<number, Reservation>();
  const payments = new Set<string>();
  for (const reference of references) {
    payments.add(reference);
    for (const row of await ledger.reservationsByReference(scope, reference)) rows.set(row.id, row);
  }
  const open = [...rows.values()].filter(({ standing }) => standing === 'pending' || standing === 'unrecognised');
  const unknown: Intent[] = [];
  for (const paymentId of payments) {
    unknown.push(...(await ledger.intents(scope, { states: ['unknown'], paymentId, limit: MOST_READS })));
  }
  if (open.length + unknown.length === 0) return false;
  const read = { open: open.slice(0, MOST_READS), unknown: unknown.slice(0, MOST_READS) };
  // By what is read, and not by what was sent: an id that a stranger makes up counts for nothing.
  const about = new Set([...read.open, ...read.unknown].map(({ paymentId }) => paymentId));
  for (const paymentId of about) await hints.count(paymentId, now());
  await sender.afterUnrecorded(async () => {
    for (const row of read.open) await checkReservation(context, row);
    for (const intent of read.unknown) await gather(context, intent);
  });
  return true;
}

function received(became: string): Response {
  return jsonResponse({ received: became });
}
