import type { PaymentRefundStanding } from '../../../contract/index.ts';
import type { AuditLine, Intent, Reservation } from '../entities.ts';
import type { Resolution } from '../facts.ts';
import { mostStated } from './difference.ts';
import { isNumbered, otherNumber } from './number.ts';
import type { LedgerTransaction } from '../store.ts';
import { CONTRADICTION_SETTLED, SAID_NOTHING } from './states.ts';

/** What a person's word makes of a refund. The word is its status then. */
export const SAID: Readonly<Record<Resolution['outcome'], PaymentRefundStanding>> = {
  refunded: 'succeeded',
  initiated: 'pending',
  cancelled: 'cancelled',
  nothing: 'failed',
};

/**
 * Nothing but a person's word says that this refund was made. No read of the provider finds it, because nobody knows its
 * id, so only another word can correct a slip.
 */
export function isByWordAlone(row: Reservation): boolean {
  return row.refundId === undefined && isMadeByWord(row);
}

function isMadeByWord({ intentId, released, standing, status }: Reservation): boolean {
  if (intentId === undefined || released) return false;
  return (status === 'refunded' || status === 'initiated') && standing === SAID[status];
}

/** The parts of a request, and what people have said of them. */
export interface Spoken {
  readonly parts: readonly Reservation[];
  /** The parts whose outcome is a person's word, and of which the provider has told nothing since. */
  readonly byWord: ReadonlySet<number>;
  /** The parts whose number the provider has not given. What it tells under that number may be of another refund. */
  readonly numbered: ReadonlySet<number>;
  /** The number that the provider has named for a part that has another one, and waits for a person. */
  readonly others: ReadonlyMap<number, string | undefined>;
  /** The most that was asked or stated of each part. Minor units. */
  readonly most: ReadonlyMap<number, bigint>;
  /** How many words were said. Another number, and somebody has spoken meanwhile. */
  readonly words: number;
}

export async function spokenIn(
  tx: Pick<LedgerTransaction, 'reservationsOfIntent' | 'auditOf' | 'intents'>,
  intent: Intent,
): Promise<Spoken> {
  const parts = await tx.reservationsOfIntent(intent.id);
  const lines = await tx.auditOf(intent.id);
  const cancelled = new Set<number>();
  let words = lines.filter(isWord).length;
  const { paymentId } = intent;
  const cancels = await tx.intents(intent, { states: ['succeeded'], paymentId, limit: MAX_OF_A_PAYMENT });
  const ofParts = cancels.filter(({ target }) => parts.some(({ id }) => id === target));
  for (const cancel of ofParts.toSorted((a, b) => a.updatedAt - b.updatedAt)) {
    const audit = await tx.auditOf(cancel.id);
    words += audit.filter(isWord).length;
    const last = audit.findLast(({ what }) => what === 'settle');
    if (last?.source === 'person') cancelled.add(cancel.target!);
    else cancelled.delete(cancel.target!);
  }
  return {
    parts,
    byWord: idsOf(parts, (row) => (row.standing === 'cancelled' ? cancelled.has(row.id) : isByWord(row, lines))),
    numbered: idsOf(parts, (row) => isNumbered(row, lines)),
    others: new Map(parts.map((row) => [row.id, otherNumber(row, lines)])),
    most: new Map(parts.map((row) => [row.id, mostStated(row, lines)])),
    words,
  };
}

/** Far more than one payment ever has. */
const MAX_OF_A_PAYMENT = 10_000;

/** Whether the outcome is a person's word, and the provider has told nothing since. `lines`: the audit trail of its request. */
export function isByWord(row: Reservation, lines: readonly AuditLine[]): boolean {
  if (isByWordAlone(row) || (row.released && row.status === SAID_NOTHING)) return true;
  if (row.status !== CONTRADICTION_SETTLED && !(isMadeByWord(row) && isNumbered(row, lines))) return false;
  const moved = lines.findLast(({ what, reservationId }) => MOVES.has(what) && reservationId === row.id);
  return moved?.source === 'person';
}

/** What the audit trail calls a change of a part's outcome. */
export const MOVES: ReadonlySet<string> = new Set(['standing', 'contradiction']);

function isWord({ what }: AuditLine): boolean {
  return what === 'resolve';
}

function idsOf(parts: readonly Reservation[], is: (row: Reservation) => boolean): ReadonlySet<number> {
  return new Set(parts.filter(is).map(({ id }) => id));
}

type Said = Pick<Resolution, 'outcome' | 'vendor' | 'refundId' | 'amount' | 'takesBack'>;

/**
 * The parts that a person's word may settle: those whose outcome is unknown; when there is none, those that exist by a word
 * alone. `takesBack`: also what only an earlier word says, in any direction. Somebody else may have said it a moment ago.
 */
export function openParts(spoken: Spoken, { outcome, vendor, refundId, amount, takesBack }: Said): Reservation[] {
  const named = spoken.parts.filter((row) => vendor === undefined || row.vendor === vendor);
  const held = named.filter(({ released }) => !released);
  const unknown = held.filter(({ standing }) => standing === 'unknown');
  if (unknown.length > 0) return unknown;
  const taken = takesBack ? named.filter((row) => isTakenBack(spoken, row, { outcome, refundId, amount })) : [];
  if (taken.length > 0 || outcome === 'nothing') return taken;
  const isMore = (row: Reservation) => refundId !== undefined || (row.standing === 'pending' && !takesBack);
  return held.filter((row) => isByWordAlone(row) && isMore(row));
}

/** Whether the word says anything else of the part than an earlier word, which alone has settled it. */
function isTakenBack({ byWord, numbered }: Spoken, row: Reservation, { outcome, refundId, amount }: Said): boolean {
  const isOther = refundId !== undefined && refundId !== row.refundId;
  if (outcome === 'nothing') return !row.released && (byWord.has(row.id) || numbered.has(row.id));
  if (isOther && numbered.has(row.id)) return true;
  return byWord.has(row.id) && (row.standing !== SAID[outcome] || isOtherAmount(row, amount));
}

/** Only of a refund with two amounts does a person say which is real. */
export function isOtherAmount(row: Reservation, amount: bigint | undefined): boolean {
  return amount !== undefined && amount !== row.amount && row.status === CONTRADICTION_SETTLED;
}
