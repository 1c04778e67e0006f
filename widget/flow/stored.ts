import * as z from 'zod/mini';

import { number, optionalString, string } from '../../contract/leaves.ts';
import { isCurrency } from '../../contract/money/currency.ts';
import type { Draft, Refund, RefundedItems } from '../model.ts';
import { isStanding } from './weight.ts';

/**
 * A refund with an unknown outcome. Beside the page's own `reference` it holds nothing personal: the admin's note is left
 * out, and `print` shows whether a note that is typed again is the same.
 */
export interface Intent {
  /** Empty when the record was unreadable. */
  readonly key: string;
  /** The second step of a refund over several vendors. */
  readonly vendors?: boolean;
  /** The proxy's id of the request of somebody else that this person has approved. */
  readonly approves?: string;
  /** Fingerprint of the request. */
  readonly print?: number;
  /** Unix milliseconds, by the server's clock where it is known. */
  readonly sentAt: number;
  /** The same by the browser's clock. */
  readonly at?: number;
  /** Who sent it, where the payment tells it, as a number that names nobody. */
  readonly by?: number | undefined;
  /** It was sent to a proxy that keeps a ledger, which lists it. */
  readonly listed?: boolean;
  /** Decimal strings in units of `currency`. */
  readonly amount?: string;
  readonly currency?: string;
  /** The refundable amount that the admin saw. */
  readonly expected?: string | undefined;
  readonly attemptId?: string | null | undefined;
  /** The `code` of the chosen reason. */
  readonly reason?: string;
  readonly reference?: string | undefined;
  /** Without names. The same request can be sent again only with them. */
  readonly picked?: RefundedItems | undefined;
  /** Whether a note was sent. */
  readonly noted?: boolean;
  /** Whether it was last seen waiting for a second person: until the payment is read again, nobody knows what it does. */
  readonly waits?: boolean;
  /** For the second step, also of an approval: the provider's id of each vendor's row, and its masked IBAN. */
  readonly parts?: readonly { readonly row: string; readonly label: string }[] | undefined;
}

export interface StoredRecord {
  /** In progress or unknown, as a whole or for one vendor. */
  readonly intent?: Intent | undefined;
  /** Accepted and not final. One that is final is only written to tell other tabs, and is forgotten at once. */
  readonly refunds?: readonly Refund[];
  /** The request that made these refunds. */
  readonly made?: string | undefined;
}

/**
 * What the browser has stored may come from another version of the form, or from a person's hand. Each schema names what
 * the form would stumble over if it were something else.
 */
const texts = z.optional(z.catchall(z.object({}), string));
const refunds = z.array(
  z.looseObject({
    id: string,
    amount: string,
    currency: string,
    standing: string,
    references: texts,
    vendor: optionalString,
    row: optionalString,
  }),
);
const picked = z.optional(
  z.looseObject({ items: z.array(z.looseObject({ id: string, quantity: number })), shipping: optionalString }),
);
const record = z.looseObject({
  intent: z.optional(
    z.looseObject({ key: string, sentAt: number, amount: optionalString, currency: optionalString, picked }),
  ),
  refunds: z.optional(refunds),
});
const draft = z.looseObject({
  amount: optionalString,
  share: optionalString,
  quantities: texts,
  shipping: optionalString,
  total: optionalString,
  reason: optionalString,
  divided: texts,
});

/** The times that a `Date` can tell are nearer. Milliseconds. */
const FAR = 8e15;

/** `undefined` when it is nothing that this version can show. */
export function readRecord(stored: unknown): StoredRecord | undefined {
  const { data } = record.safeParse(stored);
  if (!data) return undefined;
  const { intent } = data;
  const read = { ...data, ...(data.refunds && { refunds: readRefunds(data.refunds) }) } as StoredRecord;
  const amounts = [...(read.refunds ?? []), ...(intent?.amount === undefined ? [] : [intent])];
  const isSound = amounts.every(({ currency = '' }) => isCurrency(currency)) && Math.abs(intent?.sentAt ?? 0) < FAR;
  return isSound && (intent?.key || read.refunds?.length) ? read : undefined;
}

export function readRefunds(stored: unknown): readonly Refund[] {
  const { data = [] } = refunds.safeParse(stored);
  return data.map((one) => ({ ...one, standing: isStanding(one.standing) ? one.standing : 'unrecognised' }) as Refund);
}

export function readDraft(stored: unknown): Draft | undefined {
  return draft.safeParse(stored).data as Draft | undefined;
}
