import {
  toDecimal,
  type Ending,
  type PaymentCancel,
  type PaymentRefund,
  type RefundApproval,
  type RefundRefusal,
} from '../../contract/index.ts';
import { groupBy } from './group-by.ts';
import { evidenceIn } from './evidence.ts';
import { isContradicted } from '../ledger/rules/contradiction.ts';
import type { AuditLine, Intent, Reservation } from '../ledger/entities.ts';
import type { RequestedPart } from '../ledger/rules/admission.ts';
import type { PaymentRecord } from '../ledger/ledger-reads.ts';
import { CONTRADICTION_SETTLED, deniesCancel, SAID_NOTHING } from '../ledger/rules/states.ts';
import { ENDED_OF_ITSELF } from '../ledger/rules/observe.ts';
import { toJson } from '../providers/exchange.ts';
import type { Provider } from '../providers/provider.ts';
import { vendorsOf } from './kept.ts';
import { assertNever } from '../assert-never.ts';

/**
 * Every refund of the payment and every request for one: the form that holds a key learns here what became of it. A
 * request that came to nothing is listed, too, or its form would wait forever. `currency`: the payment's.
 * `partsOfWaiting`: of requests that wait, by intent.
 */
export function describeRecord(
  provider: Names,
  record: PaymentRecord,
  currency: string,
  partsOfWaiting: ReadonlyMap<string, readonly RequestedPart[]>,
): { refunds: PaymentRefund[]; cancels: PaymentCancel[] } {
  const { rows, intents, waiting, audit } = record;
  const linesOf = groupBy(audit, ({ intentId }) => intentId);
  const partsOf = groupBy(rows, ({ intentId }) => intentId);
  const byId = new Map<string | undefined, Intent>(intents.map((intent) => [intent.id, intent]));
  const isDivided = intents.some(({ kind }) => kind === 'vendor_refund');
  const vendors: ReturnType<typeof vendorsOf> = isDivided ? vendorsOf(provider, record) : new Map();
  const listed: { readonly at: number; readonly refund: PaymentRefund }[] = [];
  for (const row of rows) {
    const intent = byId.get(row.intentId);
    if (!isShown(row, intent, partsOf.get(row.intentId) ?? [])) continue;
    const refund = refundOf(provider, row, intent, linesOf.get(row.intentId) ?? []);
    const label = vendors.get(row.vendor ?? '')?.label;
    const more = {
      ...foreign(row, currency),
      ...(row.vendor !== undefined && reasonOfOpening(rows, byId, row.createdAt)),
      ...(label !== undefined && { vendor_label: label }),
    };
    listed.push({ at: row.createdAt, refund: { ...refund, ...more } });
  }
  for (const { intentId, amount } of waiting) {
    const intent = byId.get(intentId);
    if (!intent) continue;
    const parts = partsOfWaiting.get(intentId) ?? [];
    const refund = waitingOf({ intent, amount, parts, vendors }, linesOf.get(intentId) ?? []);
    const why = intent.kind === 'vendor_refund' && reasonOfOpening(rows, byId, intent.createdAt);
    listed.push({ at: intent.createdAt, refund: { ...refund, ...foreign(intent, currency), ...why } });
  }
  return {
    refunds: listed.toSorted((a, b) => a.at - b.at).map(({ refund }) => refund),
    cancels: intents
      .filter(({ kind }) => kind === 'cancel')
      .map((intent) => cancelOf(provider, intent, rows, linesOf.get(intent.id) ?? [])),
  };
}

/** Why a division is made: only the first step, which opened it, says a reason. */
function reasonOfOpening(
  rows: readonly Reservation[],
  intents: ReadonlyMap<string | undefined, Intent>,
  at: number,
): Pick<PaymentRefund, 'reason'> {
  const opened = rows.findLast((row) => {
    const intent = intents.get(row.intentId);
    return row.createdAt <= at && intent?.kind === 'refund' && endingOf(row, intent, []) === 'vendors_opened';
  });
  return opened?.reason === undefined ? {} : { reason: opened.reason };
}

/**
 * Hides the row of an earlier send of the same key: only the last one counts. Also hides a released row without an
 * intent: it stood for refunds that have become known since.
 */
function isShown(row: Reservation, intent: Intent | undefined, parts: readonly Reservation[]): boolean {
  if (!row.released || row.refundId !== undefined) return true;
  if (!intent || intent.state === 'awaiting_approval') return false;
  const last = parts.at(-1)!;
  // One row with the whole amount stands for a request that was declined or has expired.
  if (last.status === 'declined' || last.status === 'expired') return row === last;
  return row === parts.findLast(({ vendor }) => vendor === row.vendor);
}

type Refuses = Pick<Provider, 'readRefusal'>;
type Names = Refuses & Pick<Provider, 'readVendors'>;

function refundOf(
  provider: Refuses,
  row: Reservation,
  intent: Intent | undefined,
  lines: readonly AuditLine[],
): PaymentRefund {
  const ended = intent && endingOf(row, intent, lines);
  return {
    refund_id: row.refundId ?? null,
    idempotency_key: row.key ?? null,
    ...(intent && { intent_id: intent.id, state: intent.state, ...withUser(intent) }),
    amount: toDecimal(row.amount, row.currency),
    status: row.status === '' ? (ended ?? '') : row.status,
    standing: ended === undefined ? row.standing : 'failed',
    ...(ended !== undefined && { ended }),
    ...(ended === 'refused' && withRefusal(provider, intent!)),
    create_time: time(row.createdAt),
    reason: row.reason ?? null,
    // Every id under the provider's own name: a cancel has to send them.
    references: { ...row.references },
    ...(row.vendor !== undefined && { vendor: row.vendor }),
    ...withApproval(intent, lines),
    ...(isContradicted(row)
      ? withContradiction(row, lines)
      : row.standing === 'unknown' && intent?.state === 'unknown' && withEvidence(lines)),
  };
}

interface Waiting {
  readonly intent: Intent;
  readonly amount: bigint;
  readonly parts: readonly RequestedPart[];
  readonly vendors: ReturnType<typeof vendorsOf>;
}

function waitingOf({ intent, amount, parts, vendors }: Waiting, lines: readonly AuditLine[]): PaymentRefund {
  const divided = parts.flatMap(({ vendor, amount: part }) => {
    const label = vendors.get(vendor ?? '')?.label;
    return vendor === undefined ? [] : { vendor, amount: toDecimal(part, intent.currency), ...(label && { label }) };
  });
  return {
    refund_id: null,
    idempotency_key: intent.key,
    intent_id: intent.id,
    state: intent.state,
    amount: toDecimal(amount, intent.currency),
    status: '',
    standing: 'awaiting_approval',
    create_time: time(intent.createdAt),
    reason: parts[0]?.reason ?? null,
    references: {},
    ...(divided.length > 0 && { parts: divided }),
    ...withUser(intent),
    ...withApproval(intent, lines),
  };
}

function cancelOf(
  provider: Refuses,
  intent: Intent,
  rows: readonly Reservation[],
  lines: readonly AuditLine[],
): PaymentCancel {
  const target = rows.find(({ id }) => id === intent.target);
  const common = {
    idempotency_key: intent.key,
    intent_id: intent.id,
    state: intent.state,
    refund_id: target?.refundId ?? null,
    create_time: time(intent.createdAt),
    ...withUser(intent),
  };
  switch (intent.state) {
    case 'succeeded':
      // The provider has paid it all the same, or denies it: a person settles that of the refund, not of its cancel.
      if (target && isContradicted(target)) return { ...common, standing: 'unknown' };
      // A person may have settled that the refund was made all the same.
      return target && deniesCancel(target.standing)
        ? { ...common, standing: 'failed', ended: 'overtaken' }
        : { ...common, standing: 'cancelled' };
    case 'failed': {
      const ended = endedBy(lines);
      return { ...common, standing: 'failed', ended, ...(ended === 'refused' && withRefusal(provider, intent)) };
    }
    case 'void':
      return { ...common, standing: 'failed', ended: 'not_sent' };
    case 'awaiting_approval':
    case 'sending':
    case 'resending':
    case 'unknown':
      return { ...common, standing: 'unknown', ...(intent.state === 'unknown' && withEvidence(lines)) };
    default:
      return assertNever(intent.state);
  }
}

/** Why there is no refund; `undefined` if there is one, or may be. */
function endingOf(row: Reservation, intent: Intent, lines: readonly AuditLine[]): Ending | undefined {
  if (!row.released || row.refundId !== undefined || row.standing === 'cancelled') return undefined;
  switch (intent.state) {
    case 'void':
      return 'not_sent';
    case 'failed':
      return endedBy(lines);
    case 'succeeded':
      // The part of one vendor among several has a status of its own.
      if (row.standing === 'unknown') return 'vendors_opened';
      return wordOfPerson(row) ? 'nothing' : 'refused';
    case 'awaiting_approval':
    case 'sending':
    case 'resending':
    case 'unknown':
      return wordOfPerson(row) ? 'nothing' : 'refused';
    default:
      return assertNever(intent.state);
  }
}

function wordOfPerson({ status }: Reservation): boolean {
  return status === SAID_NOTHING || status === CONTRADICTION_SETTLED;
}

/** Keyed by the source of the settlement. */
const ENDED_BY: Readonly<Record<string, Ending>> = { person: 'nothing', declined: 'declined', expired: 'expired' };

function endedBy(lines: readonly AuditLine[]): Ending {
  const settled = lines.findLast(({ what, to }) => what === 'settle' && to === 'failed');
  if (settled?.detail === ENDED_OF_ITSELF) return 'overtaken';
  return ENDED_BY[settled?.source ?? ''] ?? 'refused';
}

/** An amount is shown in the currency of the payment, unless its own is told. */
function foreign(of: { readonly currency: string }, currency: string): Pick<PaymentRefund, 'currency'> {
  return of.currency === currency ? {} : { currency: of.currency };
}

/** Retention deletes the name. */
function withUser({ user }: Intent): { readonly requested_by?: string } {
  return user === '' ? {} : { requested_by: user };
}

function withApproval(intent: Intent | undefined, lines: readonly AuditLine[]): { readonly approval?: RefundApproval } {
  const request = lines.findLast(({ to }) => to === 'awaiting_approval');
  if (!intent || !request) return {};
  const waits = intent.state === 'awaiting_approval';
  const decided = waits
    ? undefined
    : lines.findLast(({ what, source }) => what === 'approve' || source === 'declined' || source === 'expired');
  return {
    approval: {
      asked_by: request.who,
      asked_at: time(request.at),
      ...(waits && { until: time(intent.nextCheckAt) }),
      ...(request.detail !== undefined && { approvers: request.detail }),
      ...(decided && {
        decision: decided.what === 'approve' ? 'approved' : decided.source,
        decided_at: time(decided.at),
        ...(decided.source !== 'expired' && { decided_by: decided.who }),
        ...(decided.detail !== undefined && { reason: decided.detail }),
      }),
    },
  };
}

/**
 * Why the provider refused the request, in the words that its sender has read. Only of a request that failed as a whole:
 * an answer that carried out some parts says of each other part why not, in the part's status.
 */
function withRefusal({ readRefusal }: Refuses, { state, answer }: Intent): { readonly refusal?: RefundRefusal } {
  // Retention deletes the answer.
  const refusal = state === 'failed' && answer ? readRefusal?.(answer.status, toJson(answer.body)) : undefined;
  if (!refusal) return {};
  const { code, words } = refusal;
  return { refusal: { code, words: words.slice(0, LONGEST_WORDS) } };
}

/** A provider's message has a sentence or two. A page that is longer is not read by anybody. */
const LONGEST_WORDS = 500;

function withEvidence(lines: readonly AuditLine[]): Pick<PaymentRefund, 'evidence'> {
  const evidence = evidenceIn(lines);
  return evidence ? { evidence } : {};
}

function withContradiction(
  { id, intentId, updatedAt }: Reservation,
  lines: readonly AuditLine[],
): Pick<PaymentRefund, 'contradiction'> {
  if (intentId === undefined) return { contradiction: { from: '', to: '', text: OF_ELSEWHERE, at: time(updatedAt) } };
  const last = lines.findLast(({ what, reservationId }) => what === 'contradiction' && reservationId === id);
  if (!last) return {};
  const { from = '', to = '', at, detail = '' } = last;
  const text = `The provider contradicts what is known: ${detail}. The amount is held until a person settles it.`;
  return { contradiction: { from, to, text, at: time(at) } };
}

/** The audit trail of a payment is found by its requests, and this refund has none. */
const OF_ELSEWHERE =
  'The provider contradicts itself about this refund, which was made elsewhere. ' +
  'The larger amount is held until a person settles it.';

function time(at: number): string {
  return new Date(at).toISOString();
}
