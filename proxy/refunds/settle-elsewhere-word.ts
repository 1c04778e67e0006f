import { toDecimal } from '../../contract/index.ts';
import { moneyOf, readOrder, type Looking } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Reservation } from '../ledger/entities.ts';
import type { Observation } from '../ledger/facts.ts';
import { totalOf } from '../ledger/rules/admission.ts';
import { isContradictedElsewhere } from '../ledger/rules/contradiction.ts';
import { isOpenElsewhere, type SettledElsewhere, type SpokenElsewhere } from '../ledger/rules/said-elsewhere.ts';
import { deniesCancel } from '../ledger/rules/states.ts';
import { readListed } from './count-listed.ts';
import { unconfirmed, wrong } from './elsewhere-word.ts';
import type { Comparing } from './unaccounted.ts';

type Word = Omit<SettledElsewhere, 'reason' | 'who' | 'at'>;

/** `asked`: how to compare the word with the provider, or why nobody can. */
interface Circumstances {
  readonly asked: Comparing | string;
  readonly confirm: boolean;
}

/**
 * Compares a person's word about a refund that the provider contradicts with what it has stated, and one that takes an
 * earlier word back with the provider itself. Returns what the ledger had of the payment.
 * @throws ProblemError when it is more than the provider has stated, or takes a word back without `takesBack` or without
 * a comparison, and, without `confirm`, when an amount would be free or the provider denies the word.
 */
export async function checkSettled(
  { ledger, scope }: Pick<Looking, 'ledger' | 'scope'>,
  word: Word,
  { asked, confirm }: Circumstances,
): Promise<readonly Reservation[]> {
  const { paymentId, refundId, amount } = word;
  const isSaid = word.takesBack === true && (await ledger.spokenElsewhere(scope, word))?.isByWord === true;
  const compared = isSaid ? await compare(asked, paymentId) : undefined;
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const spoken = await ledger.spokenElsewhere(scope, word);
  // The ledger says so.
  if (!spoken || !(isContradictedElsewhere(spoken.row) || spoken.isByWord)) return rows;
  checkOpen(spoken, word);
  const { row, most } = spoken;
  const text = (minor: bigint) => `${toDecimal(minor, row.currency)} ${row.currency}`;
  if (amount !== undefined && amount > most) {
    throw wrong('--amount', `${text(most)} are the most that the provider has stated of ${refundId}`);
  }
  if (confirm) return rows;
  const held = row.released ? 0n : row.amount;
  const next = word.outcome === 'nothing' ? 0n : (amount ?? row.amount);
  if (next === 0n) throw unconfirmed(`${text(held)} are held for ${refundId}, and would be free again`, NOTHING);
  if (next < held) {
    throw unconfirmed(`--amount: ${text(held)} are held for ${refundId}, and the rest would be free again`, NO_MORE);
  }
  if (compared) checkShown(compared, word, { all: totalHeld(rows, row.currency) - held + next, text });
  else checkStated(spoken, word);
  return rows;
}

/** @throws ProblemError unless nobody has settled it yet, or the word takes back what was said. */
function checkOpen(spoken: SpokenElsewhere, word: Word): void {
  if (isOpenElsewhere(spoken, word)) return;
  const { amount, currency, standing } = spoken.row;
  const was = `a person has settled ${word.refundId} as ${standing}, with ${toDecimal(amount, currency)} ${currency}`;
  if (!isOpenElsewhere(spoken, { ...word, takesBack: true })) throw wrong('--refund-id', `${was}, already`);
  throw new ProblemError('confirmation_required', {
    detail: `--refund-id: ${was}. If that was wrong, say so again with --take-back`,
  });
}

/** @throws ProblemError when the provider has said last that it came to nothing, or is on its way. */
function checkStated({ stated }: SpokenElsewhere, { outcome, refundId }: Word): void {
  const last = stated?.to;
  const isDenied = last === 'failed' || last === 'cancelled';
  const isNotYet = last === 'pending' && stated?.from !== 'succeeded' && outcome === 'refunded';
  if (isDenied || isNotYet) throw unconfirmed(`The provider has stated ${refundId} last as ${last}`, TRUE);
}

interface Shown {
  readonly listed: readonly Observation[] | undefined;
  readonly limit: bigint;
}

/** @throws ProblemError when nobody can compare. */
async function compare(asked: Comparing | string, paymentId: string): Promise<Shown> {
  const uncompared = (why: string) =>
    wrong('--take-back', `${why}. Nothing is taken back before it is compared with the provider`);
  if (typeof asked === 'string') throw uncompared(asked);
  const { limit } = moneyOf(await readOrder(asked, paymentId));
  const listed = await readListed(asked, paymentId);
  if (listed && !listed.ok) throw uncompared(`The refunds of this payment cannot be read (${listed.why})`);
  return { listed: listed?.value, limit };
}

/** @throws ProblemError when the provider does not bear the word out, or more would count than was captured. */
function checkShown(
  { listed, limit }: Shown,
  { refundId, outcome }: Word,
  { all, text }: { readonly all: bigint; readonly text: (minor: bigint) => string },
): void {
  if (all > limit)
    throw unconfirmed(`${text(all)} would count, and ${text(limit)} were captured of this payment`, TRUE);
  const seen = listed?.find((each) => each.refundId === refundId);
  if (!seen) throw unconfirmed(`The provider lists no refund ${refundId} of this payment`, TRUE);
  const isShown = outcome === 'refunded' ? seen.standing === 'succeeded' : deniesCancel(seen.standing);
  if (!isShown) throw unconfirmed(`The provider lists the refund ${refundId} as ${seen.status}`, TRUE);
}

function totalHeld(rows: readonly Reservation[], currency: string): bigint {
  return totalOf(rows.filter((row) => !row.released && row.currency === currency));
}

const NOTHING = 'If nothing was refunded all the same';
const NO_MORE = 'If no more was refunded';
const TRUE = 'If the word is true all the same';
