import type { PaymentRefund } from '../../contract/payment.ts';
import type { RefundStanding } from '../../contract/standing.ts';
import type { Adapter } from '../adapters/adapter.ts';
import type { Intent } from './stored.ts';
import type { Refund, Refusal, Summary } from '../model.ts';
import { isBehind, isStanding } from './weight.ts';

/** What a payment summary says about one request. */
export type Told =
  /** Nothing, or nothing that settles it yet. */
  | { readonly open: PaymentRefund | undefined }
  | { readonly refunds: readonly Refund[] }
  | { readonly refusal: Refusal };

/** An unknown standing becomes `unrecognised`, which nobody may act on. */
function standingOf({ standing }: PaymentRefund): RefundStanding | 'unknown' {
  return isStanding(standing) ? standing : 'unrecognised';
}

/** The result of the request with this key. It is settled when every part of it is. */
export function outcomeOf(
  { key, parts = [], picked }: Intent,
  { refunds = [], currency }: Summary,
  adapter: Adapter,
): Told {
  const listed = refunds.filter(({ idempotency_key }) => key && idempotency_key === key);
  const open = listed.find(({ standing }) => standing === 'unknown' || standing === 'awaiting_approval');
  const [first] = listed;
  if (open || !first) return { open };
  // An answer that refused every vendor's part is a result for each of them, as it was when it came.
  const refusedParts = first.state === 'succeeded' && listed.some(({ vendor, ended }) => vendor && ended === 'refused');
  if (!refusedParts && listed.every(({ ended }) => ended)) return { refusal: refusalOf(first) };
  return {
    refunds: listed.map((part) => {
      const { label } = parts.find(({ row }) => row === part.vendor) ?? {};
      return refundOf(
        part,
        currency,
        adapter,
        part.vendor ? { vendor: label ?? part.vendor, row: part.vendor } : { picked },
      );
    }),
  };
}

/** The masked accounts by which a person recognises the vendors of a request: the proxy lists them while it waits. */
export function labelsOf(parts: PaymentRefund['parts']): Intent['parts'] {
  return parts?.map(({ vendor, label }) => ({ row: vendor, label: label ?? vendor }));
}

/** A person has said which of two statements of the provider is true. */
export function isSettledByWord({ status }: PaymentRefund): boolean {
  return status === 'contradiction_settled';
}

/** What the summary says about a displayed refund; `undefined` when it says nothing. */
export function changeOf(
  refund: Refund,
  key: string | undefined,
  summary: Summary,
  adapter: Adapter,
): Partial<Refund> | undefined {
  const { refunds = [], cancels = [], currency } = summary;
  const listed = refunds.find(({ refund_id, idempotency_key, vendor }) =>
    refund.id
      ? // A row with another key is of another refund, whatever its id.
        refund_id === refund.id && (!key || !idempotency_key || idempotency_key === key)
      : // A person may have settled it without knowing its number.
        key && idempotency_key === key && (vendor ?? undefined) === refund.row,
  );
  const cancel = refund.cancelKey && cancels.find(({ idempotency_key }) => idempotency_key === refund.cancelKey);
  const isOver = cancel && refund.cancelStep === 'unknown' && cancel.standing !== 'unknown';
  const refusal = cancel && cancel.ended ? refusalOf({ ...cancel, approval: undefined }) : undefined;
  const free = isOver ? { cancelStep: undefined, refusal } : {};
  if (!listed) return isOver ? free : undefined;
  const { standing, words, progress, id, references, cancel: body } = refundOf(listed, currency, adapter);
  // Only a contradiction takes a known outcome back, also one that is settled by now: what says less may be older.
  const isBack =
    standing === 'unknown' ? listed.contradiction : !isBehind(refund.standing, standing) || isSettledByWord(listed);
  if (!isBack) return isOver ? free : undefined;
  // A row that had none now gets its ids, too.
  const found = !refund.id && id ? { id, references, cancel: body } : undefined;
  return standing === refund.standing && !isOver && !found
    ? undefined
    : { standing, words, progress, ...found, ...free };
}

/** A listed refund, with what is needed to follow and cancel it. */
export function refundOf(part: PaymentRefund, currency: string, adapter: Adapter, more: Partial<Refund> = {}): Refund {
  const standing = standingOf(part);
  const { refund_id, amount, status, references } = part;
  const ids = Object.entries((references ?? {}) as Record<string, unknown>).map(
    ([name, id]) => [name, String(id)] as const,
  );
  return {
    id: refund_id ?? '',
    amount,
    currency: part.currency ?? currency,
    standing,
    // The provider has no word for it: this is ours.
    words: /cancelled|unknown/.test(standing) || isSettledByWord(part) ? undefined : status,
    ...adapter.listed(standing, status, Object.fromEntries(ids), refund_id ?? ''),
    ...more,
  };
}

/** Who refused a request, and why, as the form says it when the answer comes. */
function refusalOf({ ended, refusal, approval }: Pick<PaymentRefund, 'ended' | 'refusal' | 'approval'>): Refusal {
  const code = ended ?? '';
  return code === 'refused'
    ? { code, words: '', ...refusal, proxy: false }
    : { code, words: approval?.reason ?? '', by: approval?.decided_by, proxy: true };
}
