import { toDecimal } from '../../contract/index.ts';
import type { AuditLine, Intent, Reservation } from '../ledger/entities.ts';
import { totalOf } from '../ledger/rules/admission.ts';
import { grownSince, unlistedBefore, unsureBeside, unsureOf } from '../ledger/rules/unlisted.ts';
import { CLOCKS_APART_MS } from '../ledger/rules/clocks.ts';
import { firstSeenAt } from '../ledger/rules/put-off.ts';
import { FORGOTTEN } from '../ledger/rules/restored.ts';
import type { Asking } from './cancel-word.ts';

export interface Like {
  readonly sentence: string;
  /** How to say that it is this one. */
  readonly or: string;
}

/** A sentence, and how to say that the listed refund is this one. */
export type Doubt = readonly [sentence: string, or?: string | undefined];

/**
 * A refund of the same amount without our mark, made since, which may be the one that a person speaks of. When a request
 * was sent that a restored ledger has forgotten, nobody knows.
 */
export async function likeOf(
  { ledger }: Pick<Asking, 'ledger'>,
  intent: Intent,
  open: readonly Reservation[],
  rows: readonly Reservation[],
): Promise<Like | undefined> {
  const amounts = new Set(open.map(({ amount }) => amount));
  const alike = rows.filter(
    (row) => row.intentId === undefined && !row.released && row.refundId !== undefined && amounts.has(row.amount),
  );
  if (alike.length === 0) return undefined;
  const audit = await ledger.audit(intent.id);
  const isForgotten = wasForgotten(audit);
  const since = firstSeenAt(intent, audit) - CLOCKS_APART_MS;
  const like = alike.find(({ createdAt }) => isForgotten || createdAt >= since);
  if (!like) return undefined;
  const when = isForgotten ? 'and this ledger was restored' : 'made since';
  return {
    sentence: `The provider lists the refund ${like.refundId} of this amount, ${when}.`,
    or: asListed(like.refundId!),
  };
}

function wasForgotten(audit: readonly AuditLine[]): boolean {
  return audit.some(({ what }) => what === FORGOTTEN);
}

/** How to say that the listed refund is this one. */
export function asListed(refundId: string): string {
  return `, or settle it as refunded with refund_id ${refundId}`;
}

/** Says when the provider's total has more than its list since the request; a restored ledger knows no time. */
export async function unlistedIn(
  { ledger, session }: Asking,
  intent: Intent,
  { open, rows }: { readonly open: readonly Reservation[]; readonly rows: readonly Reservation[] },
): Promise<Doubt | undefined> {
  const audit = await ledger.audit(intent.id);
  const isForgotten = wasForgotten(audit);
  const grown = grownSince(rows, isForgotten ? { before: 0n, since: 0 } : unlistedBefore(audit));
  const { currency } = intent;
  const textOf = (minor: bigint) => `${toDecimal(minor, currency)} ${currency}`;
  const total = await ledger.providerTotal(intent, intent.paymentId);
  const unsure = session.listRefunds ? unsureBeside(rows, intent, total) : 0n;
  let told: string;
  if (open.some(({ amount }) => grown > 0n && grown >= amount)) {
    told = `The provider says that ${textOf(grown)} more were refunded than its list shows.`;
  } else if (open.some(({ amount }) => unsure > 0n && grown + unsure >= amount)) {
    told = `Other refunds of ${textOf(totalOf(unsureOf(rows, intent, total)))} are new, or were contradicted, reversed or recorded by a person: the provider's total may have this one in their place.`;
  } else return undefined;
  const wayOut =
    ' This ledger was restored. Once all refunds of the payment are in it, `proxy restored --payment` ends this for its other requests.';
  return [isForgotten ? told + wayOut : told];
}
