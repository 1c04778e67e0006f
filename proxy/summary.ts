import { figuresOf, toDecimal, type PaymentSummary } from '../contract/index.ts';
import { moneyOf, type ProxyContext } from './context.ts';
import { foundBy, noteEvidence } from './evidence.ts';
import { describeRecord } from './keys.ts';
import { foreignSentence } from './ledger/admission.ts';
import type { Observation } from './ledger/facts.ts';
import type { Order } from './options.ts';
import { ProblemError } from './problem.ts';
import type { Read } from './providers/provider.ts';
import { compareFirst } from './restored.ts';
import type { Looking } from './unknown.ts';
import { sentenceOn, unaccountedFor } from './unaccounted.ts';

/**
 * What the merchant's order, the ledger and the provider say of a payment. Refunds made elsewhere are taken into the ledger
 * on the way, so that the figure shown is the figure the next refund is measured by. `signal`: the reader has gone.
 */
export async function summarise(context: ProxyContext, order: Order, signal: AbortSignal): Promise<PaymentSummary> {
  // Until then the ledger may have forgotten how a request ended that it lists.
  await compareFirst(context, order);
  await takeInAll(context, order.payment_id, signal);
  const listed = await countAll(context, order.payment_id, signal);
  const summary = await summaryOf(context, order);
  if (!listed) return summary;
  const { ledger, scope } = context;
  const unaccounted = unaccountedFor(listed, await ledger.reservationsOfPayment(scope, order.payment_id), order);
  if (!unaccounted) return summary;
  return {
    ...summary,
    not_refundable: summary.not_refundable ?? sentenceOn(unaccounted),
    unaccounted_refunds: { ...unaccounted },
  };
}

/** The same from the order and the ledger alone. */
export async function summaryOf({ ledger, scope }: ProxyContext, order: Order): Promise<PaymentSummary> {
  const { payment_id: paymentId, currency } = order;
  const record = await ledger.paymentRecord(scope, paymentId);
  const { limit: captured, toldElsewhere } = moneyOf(order);
  const held = record.rows.filter(({ released }) => !released);
  const refunds = held
    .filter((row) => row.currency === currency)
    .map(({ amount, standing, intentId }) => ({
      amount,
      standing,
      elsewhere: intentId === undefined,
    }));
  const known = figuresOf({ captured, refunds, toldElsewhere });
  // What a refund in another currency takes of this one, nobody knows until the merchant says.
  const isForeign = toldElsewhere === 0n && held.some((row) => row.currency !== currency);
  const { refunded } = known;
  const pending = isForeign ? known.pending + known.refundable : known.pending;
  const refundable = isForeign ? 0n : known.refundable;
  const text = (minor: bigint) => toDecimal(minor, currency);
  return {
    payment_id: paymentId,
    currency,
    captured: text(captured),
    refunded: text(refunded),
    pending: text(pending),
    refundable: text(refundable),
    awaiting_approval: text(record.kept.reduce((total, { amount }) => total + amount, 0n)),
    not_refundable: order.not_refundable ?? (isForeign ? foreignSentence(currency) : null),
    unaccounted_refunds: null,
    payment_attempt_id: order.payment_attempt_id ?? null,
    payment_method: order.payment_method ?? null,
    ...describeRecord(record),
  };
}

/** Reads the provider's own list into the ledger. @throws ProblemError when it cannot be read: the figures would be a guess. */
export async function takeInRefunds(
  { session, ledger, scope, now }: Omit<Looking, 'log'>,
  paymentId: string,
): Promise<void> {
  if (!session.listRefunds) return;
  const listed = readable(await session.listRefunds(paymentId));
  if (listed.value.length === 0) return;
  await ledger.observe(scope, { paymentId, observations: listed.value, source: listed.source, at: now() });
}

/** The same with the provider's own total, which counts refunds that the list does not go back to. */
async function takeInAll(
  { session, ledger, scope, now }: ProxyContext,
  paymentId: string,
  signal: AbortSignal,
): Promise<void> {
  if (!session.listRefunds) return;
  const [first, totals] = await Promise.all([
    session.listRefunds(paymentId, signal),
    session.totalRefunded?.(paymentId, signal),
  ]);
  let listed = readable(first);
  const total = totals && readable(totals).value;
  // One that was pending in the list may have been done by when the total was read, and would count twice.
  if (total && total.amount > doneOf(listed.value) && listed.value.some(isPending)) {
    listed = readable(await session.listRefunds(paymentId, signal));
  }
  if (listed.value.length === 0 && !total?.amount) return;
  await ledger.observe(scope, { paymentId, observations: listed.value, total, source: listed.source, at: now() });
}

/** Ids of the refunds that the provider lists without their amounts, noted as evidence on every lost answer of the payment. */
async function countAll(
  context: ProxyContext,
  paymentId: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { session, ledger, scope } = context;
  const counted = await session.countRefunds?.(paymentId, signal);
  if (!counted?.ok) return undefined;
  for (const intent of await ledger.intents(scope, { states: ['unknown'], paymentId, limit: MOST_UNKNOWN })) {
    if (intent.kind !== 'cancel') await noteEvidence(context, intent, foundBy(intent, counted.value.length));
  }
  return counted.value;
}

/** One refund, and a cancel of each refund before it. */
const MOST_UNKNOWN = 50;

function readable<T>(read: Read<T>): { readonly value: T; readonly source: string } {
  if (read.ok) return read;
  throw new ProblemError('provider_unreachable', {
    detail: `The provider's refunds of this payment cannot be read (${read.why}): try again`,
  });
}

function isPending({ standing }: Observation): boolean {
  return standing === 'pending';
}

function doneOf(listed: readonly Observation[]): bigint {
  const done = listed.filter((refund) => !isPending(refund));
  return done.reduce((total, { amount = 0n }) => total + amount, 0n);
}
