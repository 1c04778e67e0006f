import type * as z from 'zod/mini';

import { parseDecimal, toDecimal } from '../../contract/index.ts';
import type { intentResolution } from '../../contract/intents.ts';
import type { Looking, ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import { isContradicted } from '../ledger/rules/contradiction.ts';
import { holdsAmount } from '../ledger/rules/states.ts';
import { amountFault } from '../providers/fields.ts';
import { countListed } from './count-listed.ts';

export type ResolutionBody = z.infer<typeof intentResolution>;

/** `open`: the parts that the word settles. */
interface Word {
  readonly open: readonly Reservation[];
}

/** @throws ProblemError unless it is an amount above zero. */
export function readAmount(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  if (parsed.ok && parsed.minor > 0n) return parsed.minor;
  throw wrongAmount(amountFault(parsed.ok ? 'zero' : parsed.fault, currency));
}

/**
 * Only where the provider has stated another amount than was asked does a person say which is real. Nobody ever stated
 * more than is held, and a smaller one makes the rest free: a slip of the decimal point would do that for good.
 */
export function checkAmount(
  { currency }: Intent,
  {
    open,
    amount,
    refundId,
    confirm,
  }: Word & Pick<ResolutionBody, 'confirm'> & { readonly amount: bigint; readonly refundId: string | undefined },
): void {
  if (open.length > 1) throw missingVendor(open, 'one amount is of one of them');
  const [row] = open;
  // With a number, the provider's list has confirmed the amount.
  if (!row || row.amount === amount || (refundId !== undefined && !isContradicted(row))) return;
  const held = `${toDecimal(row.amount, currency)} ${currency}`;
  if (!isContradicted(row))
    throw wrongAmount(`the provider has stated no other amount than the ${held} of this request`);
  if (amount > row.amount) throw wrongAmount(`${held} are the most that was asked or stated`);
  if (confirm) return;
  throw new ProblemError('confirmation_required', {
    detail: `amount: ${held} are held, and the rest would be free again. If no more was refunded, say so again with confirm: true`,
    errors: [{ pointer: '/confirm', detail: 'is missing, and less than was asked or stated would count' }],
  });
}

function missingVendor(open: readonly Reservation[], why: string): ProblemError {
  const detail = `is missing: the refunds of ${open.length} vendors are unknown, and ${why}`;
  return new ProblemError('invalid_request', { detail: `vendor: ${detail}`, errors: [{ pointer: '/vendor', detail }] });
}

function wrongAmount(detail: string): ProblemError {
  return new ProblemError('invalid_request', { detail: `amount: ${detail}`, errors: [{ pointer: '/amount', detail }] });
}

/**
 * A person can mistype a number, or take that of another payment. Nothing that the provider's list does not confirm is
 * recorded as a refund's number.
 */
export async function checkListed(
  context: Looking,
  intent: Intent,
  { outcome, refund_id: refundId, amount: text }: ResolutionBody,
): Promise<void> {
  const { ledger, session } = context;
  const { paymentId } = intent;
  const read = session.listRefunds ? session.listRefunds(paymentId) : countListed(context, paymentId);
  const listed = await read;
  if (!listed) return;
  if (!listed.ok) {
    throw wrongNumber(
      `the provider's list of refunds cannot be read now (${listed.why}). Try again later, or settle it without a number`,
    );
  }
  const found = listed.value.find((each) => each.refundId === refundId);
  if (found === undefined) throw wrongNumber(`the provider lists no refund ${refundId} of this payment`);
  const { amount, standing, status } = found;
  const parts = await ledger.reservationsOfIntent(intent.id);
  const stated = text === undefined ? undefined : readAmount(text, intent.currency);
  // The provider may state two amounts, and the person then says which is real.
  const isKnown = (one: bigint | undefined) => one === amount || parts.some((part) => part.amount === one);
  if (
    amount !== undefined &&
    !(stated === undefined ? parts.some((part) => part.amount === amount) : isKnown(stated))
  ) {
    throw wrongNumber(
      `the provider's refund ${refundId} is of ${toDecimal(amount, intent.currency)} ${intent.currency}`,
    );
  }
  const is = `the provider lists the refund ${refundId} as ${status}`;
  if (!holdsAmount(standing)) throw wrongNumber(`${is}, so it is not ${outcome}`);
}

function wrongNumber(what: string): ProblemError {
  const detail = `refund_id: ${what}`;
  return new ProblemError('invalid_request', { detail, errors: [{ pointer: '/refund_id', detail }] });
}

/** A refund belongs to one request and has its amount: the ledger counts it once from now on. */
export async function checkRefundId(
  ledger: ProxyContext['ledger'],
  intent: Intent,
  { open, refundId, outcome }: Word & { readonly refundId: string; readonly outcome: ResolutionBody['outcome'] },
): Promise<void> {
  if (open.length > 1) throw missingVendor(open, 'one refund is of one of them');
  const parts = await ledger.reservationsOfIntent(intent.id);
  // A provider has several numbers for one refund, and one of them may be shown where another is asked for.
  const rows = await ledger.reservationsByReference(intent, refundId);
  // Its amount would be free from then on.
  if (outcome === 'nothing' && rows.some((row) => row.intentId === undefined && !row.released)) {
    throw wrongNumber(`the provider lists the refund ${refundId}, so something was refunded: settle it as refunded`);
  }
  const isOfSibling = rows.some((row) => row.intentId === intent.id && !open.some(({ id }) => id === row.id));
  if (intent.kind !== 'cancel' && isOfSibling) throw wrongNumber(`${refundId} is the refund of another vendor`);
  const wrong = rows.find((row) => row.intentId !== intent.id && !isSameRefund(row, parts, intent));
  if (!wrong) return;
  throw wrongNumber(
    wrong.intentId === undefined
      ? `the provider's refund ${refundId} is of ${toDecimal(wrong.amount, wrong.currency)} ${wrong.currency}`
      : `${refundId} is the refund of another request`,
  );
}

function isSameRefund(row: Reservation, parts: readonly Reservation[], { paymentId }: Intent): boolean {
  if (row.intentId !== undefined || row.paymentId !== paymentId) return false;
  return parts.some(({ amount, currency }) => amount === row.amount && currency === row.currency);
}
