import type { AuditLine, Reservation } from '../entities.ts';
import type { RefundFact } from '../facts.ts';
import { contradicts, holdsAmount, SAID_NOTHING } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/** How the fact contradicts what is known, in words; `undefined` when it can follow from it. */
export function differenceOf(row: Reservation, { standing, amount, currency }: RefundFact): string | undefined {
  if (currency !== undefined && currency !== row.currency) return `${row.currency} is known, ${currency} is said`;
  if (amount !== undefined && amount !== row.amount) return `${row.amount} minor units are known, ${amount} are said`;
  const isDenied = row.status === SAID_NOTHING && standing !== 'unknown' && holdsAmount(standing);
  return isDenied || contradicts(row.standing, standing) ? `${row.standing} is known, ${standing} is said` : undefined;
}

/** The same of a contradiction that a person has settled: what the provider had said before, the person knew. */
export async function differenceSince(
  tx: LedgerTransaction,
  row: Reservation,
  fact: RefundFact,
): Promise<string | undefined> {
  const differs = differenceOf(row, fact);
  if (differs === undefined) return undefined;
  const lines = await linesOf(tx, row);
  const { standing, status, amount, currency = row.currency } = fact;
  const isSame = currency === row.currency;
  if (isSame && amount !== undefined && amount > mostStated(row, lines)) return differs;
  if (holdsAmount(standing) === holdsAmount(row.standing)) return undefined;
  const isOf = ({ what, reservationId }: AuditLine) => what === 'contradiction' && reservationId === row.id;
  if (lines.some((line) => isOf(line) && (line.from === standing || line.to === standing))) return undefined;
  return differenceOf(row, { standing, status });
}

/** The audit lines of the refund's request, or those of the refund itself if it was made elsewhere. */
export function linesOf(tx: LedgerTransaction, { id, intentId }: Reservation): Promise<AuditLine[]> {
  return intentId === undefined ? tx.auditOfElsewhere(id) : tx.auditOf(intentId);
}

/** The audit line of an amount that a person has said. */
const SAID_AMOUNT = 'amount';
const AMOUNTS = /^(\d+) minor units are known, (\d+) are said/;

/** The most that was asked or stated of this refund before a person said which amount is real. Minor units. */
export function mostStated({ id, amount }: Reservation, lines: readonly AuditLine[]): bigint {
  const isOf = ({ what, reservationId }: AuditLine) =>
    (what === 'contradiction' || what === SAID_AMOUNT) && reservationId === id;
  const stated = lines.filter(isOf).flatMap(({ detail = '' }) => (AMOUNTS.exec(detail) ?? []).slice(1).map(BigInt));
  return stated.reduce((most, one) => (one > most ? one : most), amount);
}

/** Keeps what a person has put in the place of `row.amount`. */
export async function noteAmount(
  tx: LedgerTransaction,
  row: Reservation,
  amount: bigint,
  said: AuditLine,
): Promise<void> {
  if (amount === row.amount) return;
  const detail = `${row.amount} minor units are known, ${amount} are said by a person`;
  await tx.addAudit({ ...said, reservationId: row.id, what: SAID_AMOUNT, detail });
}
