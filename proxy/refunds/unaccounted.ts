import type { Reservation } from '../ledger/entities.ts';
import type { Order } from '../options.ts';

/** How many refunds the provider lists, and how many of them have a known amount. */
export interface Unaccounted {
  readonly listed: number;
  readonly known: number;
}

/**
 * For a provider that lists refunds without amounts: whether it lists more than the ledger and the merchant know.
 * `listed` holds one id for each. No source says which of a refund's ids the list shows. So ids help only if one of
 * them is known: then a refund of ours that has an id is either among them or not listed. Otherwise the numbers are
 * compared.
 */
export function unaccountedFor(
  listed: readonly string[],
  rows: readonly Reservation[],
  { refunded_elsewhere_count }: Pick<Order, 'refunded_elsewhere_count'>,
): Unaccounted | undefined {
  const idsOf = ({ refundId, references }: Reservation) => [refundId, ...Object.values(references)];
  const ids = new Set(rows.flatMap(idsOf));
  const strangers = listed.filter((id) => !ids.has(id));
  const sameIds = strangers.length < listed.length;
  // A refund whose answer was lost may be listed or not. Nothing else is sent while there is one.
  const real = rows.filter(({ released, standing }) => !released && standing !== 'unknown');
  const ours = real.filter((row) => row.intentId !== undefined && (!sameIds || row.refundId === undefined));
  const elsewhere = real.filter(({ intentId }) => intentId === undefined).length;
  const stated = Math.max(refunded_elsewhere_count ?? 0, elsewhere);
  const unknown = strangers.length - ours.length - stated;
  return unknown > 0 ? { listed: listed.length, known: listed.length - unknown } : undefined;
}

/** Explains to a person what this means and how to continue. */
export function sentenceOn({ listed, known }: Unaccounted): string {
  return (
    `The provider lists ${listed} refunds of this payment, and ${known} of them are known here with their amounts: ` +
    'the others were made elsewhere, and what is left to refund is not known. Give the order refunded_elsewhere and ' +
    'refunded_elsewhere_count, or run `proxy elsewhere`, then try again.'
  );
}
