import type { AuditLine, Reservation } from '../entities.ts';
import { isContradictedElsewhere } from './contradiction.ts';
import { linesOf, mostStated } from './difference.ts';
import type { Compared } from './elsewhere.ts';
import { isOtherAmount, MOVES, SAID } from './said.ts';
import { CONTRADICTION_SETTLED } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/** A person's word on a refund made elsewhere that the provider contradicts. */
export interface SettledElsewhere extends Compared {
  readonly paymentId: string;
  /** The provider's id. */
  readonly refundId: string;
  readonly currency: string;
  /** `refunded`: the customer has it. `initiated`: it is in progress. `nothing`: no money moved, and none will. */
  readonly outcome: 'refunded' | 'initiated' | 'nothing';
  /** The real amount, in minor units; the larger one of those that the provider stated if it is absent. */
  readonly amount?: bigint | undefined;
  /** It corrects what an earlier word says. */
  readonly takesBack?: boolean | undefined;
  readonly reason: string;
  readonly who: string;
  readonly at: number;
}

/** A refund made elsewhere of which the provider has said two things, and what a person has said of it. */
export interface SpokenElsewhere {
  readonly row: Reservation;
  /** A person has settled it, and the provider has told nothing new since. */
  readonly isByWord: boolean;
  /** The most that was stated of it. Minor units. */
  readonly most: bigint;
  /** The provider's last contradiction. */
  readonly stated: AuditLine | undefined;
}

/** The records of this very refund, among those that some id of it names. */
export function rowsOf(
  named: readonly Reservation[],
  { paymentId, refundId, currency }: Pick<SettledElsewhere, 'paymentId' | 'refundId' | 'currency'>,
): Reservation[] {
  return named.filter((row) => row.refundId === refundId && row.paymentId === paymentId && row.currency === currency);
}

export async function spokenElsewhere(
  tx: LedgerTransaction,
  rows: readonly Reservation[],
): Promise<SpokenElsewhere | undefined> {
  const row = rows.find(isContradictedElsewhere) ?? rows.find(({ intentId }) => intentId === undefined);
  if (!row) return undefined;
  const lines = (await linesOf(tx, row)).filter(({ reservationId }) => reservationId === row.id);
  const isByWord = isDisputedByWord(row, lines);
  const stated = lines.findLast(({ what }) => what === 'contradiction');
  return { row, isByWord, most: mostStated(row, lines), stated };
}

function isDisputedByWord(row: Reservation, lines: readonly AuditLine[]): boolean {
  if (row.status !== CONTRADICTION_SETTLED) return false;
  return lines.findLast(({ what }) => MOVES.has(what))?.source === 'person';
}

/** Whether this word may settle it: nobody has yet, or it says something else than the word that it takes back. */
export function isOpenElsewhere(
  { row, isByWord }: SpokenElsewhere,
  { outcome, amount, takesBack }: Pick<SettledElsewhere, 'outcome' | 'amount' | 'takesBack'>,
): boolean {
  if (isContradictedElsewhere(row)) return true;
  return takesBack === true && isByWord && (row.standing !== SAID[outcome] || isOtherAmount(row, amount));
}
