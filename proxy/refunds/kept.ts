import type { ProxyContext } from '../context.ts';
import { matchRoute } from '../http/paths.ts';
import type { KeptRequest } from '../ledger/entities.ts';
import type { RequestedPart } from '../ledger/rules/admission.ts';
import type { PaymentRecord } from '../ledger/ledger-reads.ts';
import { toJson } from '../providers/exchange.ts';
import type { Provider, ReadBody, WriteRoute } from '../providers/provider.ts';

export interface Kept {
  readonly route: WriteRoute;
  readonly path: string;
  readonly read: ReadBody;
  readonly parts: readonly RequestedPart[];
}

/** Reads a request that waits; `undefined` if it no longer fits, such as after the order changed its currency. */
export function readKept(
  { provider }: Pick<ProxyContext, 'provider'>,
  { path: below, body }: KeptRequest,
  currency: string,
): Kept | undefined {
  const { route, path } = matchRoute(provider.routes, 'POST', below);
  if (route.kind === 'read') return undefined;
  const read = route.read(JSON.parse(body));
  if (!('parts' in read)) return undefined;
  const requested = read.parts(currency);
  return 'parts' in requested ? { route, path, read, parts: requested.parts } : undefined;
}

/** How to name each vendor's row of the payment: the answers that opened the second steps say it. */
export function vendorLabels(
  { readVendorLabels }: Pick<Provider, 'readVendorLabels'>,
  { rows, intents }: PaymentRecord,
): ReadonlyMap<string, string> {
  if (!readVendorLabels || !rows.some(({ vendor }) => vendor !== undefined)) return new Map();
  return new Map(
    intents.flatMap(({ kind, state, answer }) =>
      // Retention deletes the answer.
      kind === 'refund' && state === 'succeeded' && answer ? [...readVendorLabels(toJson(answer.body))] : [],
    ),
  );
}

/** The parts of the requests that wait, by intent: whoever decides has to see their reasons and how they are divided. */
export async function waitingParts(
  context: Pick<ProxyContext, 'ledger' | 'provider'>,
  { waiting, intents }: PaymentRecord,
): Promise<ReadonlyMap<string, readonly RequestedPart[]>> {
  const parts = new Map<string, readonly RequestedPart[]>();
  for (const { intentId } of waiting) {
    const kept = await context.ledger.keptRequest(intentId);
    const intent = intents.find(({ id }) => id === intentId);
    const read = kept && intent && readKept(context, kept, intent.currency);
    if (read) parts.set(intentId, read.parts);
  }
  return parts;
}
