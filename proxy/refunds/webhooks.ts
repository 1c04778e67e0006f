import type { ProxyContext } from '../context.ts';
import { readBody } from '../http/guards.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import type { ProviderEvent } from '../ledger/facts.ts';
import { jsonResponse, ProblemError } from '../http/problem.ts';
import type { Sender } from './send.ts';
import { checkReservation } from './reconcile.ts';
import { collectEvidence } from './unknown.ts';
import { assertNever } from '../assert-never.ts';

/** How many reads one hint may cause, so that a stranger's list of ids cannot cause a flood. */
const MAX_READS = 5;

/**
 * `POST {base}/webhooks`: receives the provider's webhooks. It answers 200 only after the content is on disk, so that
 * the provider sends everything else again.
 */
export async function handleWebhook(context: ProxyContext, sender: Sender, request: Request): Promise<Response> {
  const { provider, now, log, metrics } = context;
  const { webhook } = provider;
  if (!webhook) throw new ProblemError('path_not_allowed', { detail: 'No webhook is configured for this provider' });
  refuseBrowsers(request);
  const body = await readBody(request, context);
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
      return assertNever(reading);
  }
}

/** Providers are not browsers: a web page that posts here is an attack. */
function refuseBrowsers({ headers }: Request): void {
  if (headers.has('origin') || headers.has('sec-fetch-site')) {
    throw new ProblemError('origin_not_allowed', { detail: 'Only the provider posts here, no page' });
  }
}

function receive({ ledger, scope, now }: ProxyContext, sender: Sender, event: ProviderEvent) {
  return sender.outcomes.inTurn(event.paymentId, () => ledger.receive(scope, event, now()));
}

/** Reads the refunds that the ids of a hint name. Returns whether there were any. */
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
    unknown.push(...(await ledger.intents(scope, { states: ['unknown'], paymentId, limit: MAX_READS })));
  }
  if (open.length + unknown.length === 0) return false;
  const read = { open: open.slice(0, MAX_READS), unknown: unknown.slice(0, MAX_READS) };
  // The limit counts by what is read, not by what was sent: an invented id counts for nothing.
  const about = new Set([...read.open, ...read.unknown].map(({ paymentId }) => paymentId));
  for (const paymentId of about) await hints.count(paymentId, now());
  await sender.outcomes.afterUnrecorded(async () => {
    for (const row of read.open) await checkReservation(context, row);
    for (const intent of read.unknown) await collectEvidence(context, intent);
  }, about);
  return true;
}

function received(became: string): Response {
  return jsonResponse({ received: became });
}
