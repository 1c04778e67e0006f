import type { ProxyContext } from '../context.ts';
import { matchRoute } from '../http/paths.ts';
import { ProblemError } from '../http/problem.ts';
import type { KeptRequest } from '../ledger/entities.ts';
import type { RequestedPart } from '../ledger/rules/admission.ts';
import type { PaymentRecord } from '../ledger/ledger-reads.ts';
import { toJson } from '../providers/exchange.ts';
import type { Provider, ReadBody, VendorAccount, WriteRoute } from '../providers/provider.ts';

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

/** The account of each vendor's row of the payment: the answers that opened the second steps say it. */
export function vendorsOf(
  provider: Pick<Provider, 'readVendors'>,
  { intents }: Pick<PaymentRecord, 'intents'>,
): ReadonlyMap<string, VendorAccount> {
  return new Map(
    // The newest answer counts, also to a request that was put off before.
    intents
      .toSorted((one, other) => one.firstSentAt - other.firstSentAt)
      .flatMap(({ kind, state, answer }) =>
        // Retention deletes the answer.
        kind === 'refund' && state === 'succeeded' && answer
          ? [...(provider.readVendors?.(toJson(answer.body)) ?? [])]
          : [],
      ),
  );
}

/**
 * The second step names the accounts to which it goes, and it comes from a browser. Whoever approves it is shown those of
 * the first step. `key`: of a request that may be known already, which is answered as it was.
 * @throws ProblemError when they differ.
 */
export async function checkAccounts(
  { provider, ledger, scope }: Pick<ProxyContext, 'provider' | 'ledger' | 'scope'>,
  { paymentId, parts, key }: { paymentId: string; parts: readonly RequestedPart[]; key?: string },
): Promise<void> {
  if (!provider.readVendors || !parts.some(({ vendor }) => vendor !== undefined)) return;
  if (key !== undefined && (await ledger.intentByKey(scope, key))) return;
  const opened = vendorsOf(provider, await ledger.paymentRecord(scope, paymentId));
  for (const { vendor = '', account } of parts) {
    const known = opened.get(vendor)?.account;
    if (known === undefined || account === known) continue;
    throw new ProblemError('invalid_request', {
      detail: `The vendor row "${vendor}" names another account than the first step did: begin the refund anew`,
    });
  }
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
