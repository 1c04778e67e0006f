import type { PaymentRefundStanding, RefundEvidence } from '../../contract/index.ts';
import type { ProxyContext } from '../context.ts';
import type { AuditLine, Intent, Reservation } from '../ledger/entities.ts';
import type { SinceSent } from '../ledger/rules/listed.ts';
import { assertNever } from '../assert-never.ts';

/** What the provider's records say about a request whose answer was lost. `RefundEvidence` explains each code. */
export type Found =
  | ({ readonly code: 'more_listed' | 'some_listed' | 'none_more_listed' } & Counted)
  /** `more`: how many more than before, and than are known of this request. */
  | ({ readonly code: 'listed'; readonly before?: number; readonly more?: number } & Listed)
  | { readonly code: 'not_listed' | 'none' }
  /** `standings`: what the words mean; absent in what the audit trail keeps. */
  | { readonly code: 'refund_is'; readonly word: string; readonly standings?: readonly PaymentRefundStanding[] }
  /** `isMissing`: the provider says that it does not know the refund. */
  | { readonly code: 'unreadable'; readonly why: string; readonly isMissing?: boolean };

/** How many refunds of the payment the provider lists now. */
export interface Listed {
  readonly now: number;
  /** How many of them are none that counts here. */
  readonly strangers: number;
  /** How many ids in it no refund known here has. Absent in what the audit trail keeps. */
  readonly strange?: number;
  /** How the list differs from the one before the request was sent. Absent as well, and where that one was not kept. */
  readonly since?: SinceSent | undefined;
}

/** The same, and how many it listed before the request was sent. */
interface Counted extends Listed {
  readonly before: number;
  /** How many of the request's parts are known to have been made, and of how many nobody knows. */
  readonly made: number;
  readonly open: number;
}

/**
 * `parts`: those of the request. A refund that is not split over vendors has one. `lost`: of how many refunds of other
 * requests of the payment nobody knows the outcome.
 */
export function foundBy(
  { seenBefore }: Pick<Intent, 'seenBefore'>,
  listed: Listed,
  parts: readonly Pick<Reservation, 'released' | 'standing'>[],
  lost = 0,
): Found {
  const { strangers } = listed;
  if (seenBefore === undefined) return { code: 'listed', ...listed };
  const held = parts.filter(({ released }) => !released);
  const open = held.filter(({ standing }) => standing === 'unknown').length;
  const counted = { before: seenBefore, ...listed, made: held.length - open, open };
  const more = moreIn(counted);
  // A refund that was counted before has left the list, and another one may stand in its place; others were made since;
  // or what the list shows may be another lost one.
  if (strangers !== Math.max(0, more) || lost > 0) return { code: 'listed', before: seenBefore, ...listed, more };
  return weigh(counted);
}

function weigh(counted: Counted): Found {
  const { open } = counted;
  const more = moreIn(counted);
  return { ...counted, code: more <= 0 ? 'none_more_listed' : more < open ? 'some_listed' : 'more_listed' };
}

function moreIn({ before, now, made }: Counted): number {
  return now - before - made;
}

/** The beginning of a sentence about the provider's list. */
export function listing(count: number): string {
  return `The provider lists ${refunds(count)} of this payment`;
}

function refunds(count: number): string {
  return `${count} ${count === 1 ? 'refund' : 'refunds'}`;
}

export function sentenceOf(found: Found): string {
  switch (found.code) {
    case 'more_listed':
      return `The provider lists ${found.now - found.before} more than before this request: it was probably carried out.`;
    case 'some_listed':
      return `The provider lists ${found.now - found.before} more than before this request, which has more parts: which were carried out is not told.`;
    case 'none_more_listed':
      if (found.made > 0) return 'The provider lists none more than are known of this request, which proves nothing.';
      return 'The provider lists none more than before this request, which proves nothing.';
    case 'listed':
      return listedBeside(found);
    case 'not_listed':
      return "The provider's list does not show this refund.";
    case 'none':
      return 'The provider has no means to tell.';
    case 'refund_is':
      return `The provider says of the refund: ${found.word}.`;
    case 'unreadable':
      return found.why;
    default:
      return assertNever(found);
  }
}

export function listedBeside({ now, strangers }: Listed): string {
  return strangers > 0 ? `${listing(now)}, and ${now - strangers} of them count here.` : `${listing(now)}.`;
}

/** Writes the finding to the audit trail, once while it stays the same. */
export async function noteEvidence(
  context: Pick<ProxyContext, 'ledger' | 'now'>,
  { id }: Intent,
  found: Found,
): Promise<void> {
  const detail = detailOf(found);
  const last = (await context.ledger.audit(id)).findLast(({ what }) => what === 'evidence');
  if (last?.detail === detail) return;
  await context.ledger.note(id, { what: 'evidence', source: 'provider', detail, at: context.now() });
}

/** The finding of the last look. Also reads the lines of an earlier version. */
export function evidenceIn(audit: readonly AuditLine[]): RefundEvidence | undefined {
  const last = audit.findLast(({ what }) => what === 'evidence');
  const found = last && read(last);
  if (!last || !found) return undefined;
  const { code } = found;
  return {
    code,
    ...('before' in found && found.before !== undefined && { before: found.before }),
    ...('now' in found && { now: found.now }),
    ...('word' in found && { word: found.word }),
    text: sentenceOf(found),
    at: new Date(last.at).toISOString(),
  };
}

/**
 * Says when the list has shown more, before the request was sent or since. `ended`: how many of the payment have come to
 * nothing since, and are listed no more for that.
 */
export function shrunkSince(audit: readonly AuditLine[], { now, since }: Listed, ended: number): string | undefined {
  const found = audit.map((line) => (line.what === 'evidence' ? read(line) : undefined));
  const most = Math.max(0, ...found.map((one) => (one && 'now' in one ? one.now : 0)));
  if (since && since.missing > 0)
    return `The provider's list lacks ${refunds(since.missing)} of this payment that it had before this request.`;
  if (most <= now + ended) return undefined;
  return `The provider has listed ${refunds(most)} of this payment since this request, and lists ${now} now.`;
}

const COUNTED =
  /^before sending: (\d+|not known)(?:, made since: (\d+), of parts: (\d+))?, now: (\d+)(?:, not known here: (\d+))?$/;
const WORD = /^the refund is (.*)$/s;
const NOT_LISTED = 'the list does not name it';
const NONE = 'the provider cannot tell';

function detailOf(found: Found): string {
  switch (found.code) {
    case 'more_listed':
    case 'some_listed':
    case 'none_more_listed': {
      const { before, made, open, now } = found;
      const parts = made + open > 1 ? `, made since: ${made}, of parts: ${made + open}` : '';
      return `before sending: ${before}${parts}, now: ${now}`;
    }
    case 'listed': {
      const { before = 'not known', now, strangers } = found;
      const isBeside = strangers > 0 || found.before !== undefined;
      return `before sending: ${before}, now: ${now}${isBeside ? `, not known here: ${strangers}` : ''}`;
    }
    case 'not_listed':
      return NOT_LISTED;
    case 'none':
      return NONE;
    case 'refund_is':
      return `the refund is ${found.word}`;
    case 'unreadable':
      return found.why;
    default:
      return assertNever(found);
  }
}

function read({ detail = '' }: AuditLine): Found | undefined {
  const [, before, made = '0', parts = '1', now, strange] = COUNTED.exec(detail) ?? [];
  if (now !== undefined) {
    const listed = { now: Number(now), strangers: Number(strange ?? 0) };
    if (before === 'not known') return { code: 'listed', ...listed };
    if (strange !== undefined) return { code: 'listed', before: Number(before), ...listed };
    return weigh({ before: Number(before), ...listed, made: Number(made), open: Number(parts) - Number(made) });
  }
  const word = WORD.exec(detail)?.[1];
  if (word !== undefined) return { code: 'refund_is', word };
  if (detail === NOT_LISTED) return { code: 'not_listed' };
  return detail === NONE ? { code: 'none' } : undefined;
}
