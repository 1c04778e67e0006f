import { figuresOf, toDecimal, type PaymentSummary } from '../../contract/index.ts';
import { moneyOf, type ProxyContext } from '../context.ts';
import { countListed } from './count-listed.ts';
import { otherCurrency } from './currency.ts';
import { ProblemError } from '../http/problem.ts';
import { foundBy, noteEvidence } from './evidence.ts';
import { describeRecord } from './keys.ts';
import { foreignSentence, totalOf } from '../ledger/rules/admission.ts';
import { countLost } from '../ledger/rules/listed.ts';
import { mayHide } from '../ledger/rules/unlisted.ts';
import type { ProviderTotal } from '../ledger/facts.ts';
import type { KeptAmount } from '../ledger/entities.ts';
import type { Order } from '../options.ts';
import type { Read } from '../providers/provider.ts';
import { waitingParts } from './kept.ts';
import { readWithTotal } from './read-all.ts';
import { compareFirst } from './restored.ts';
import type { Looking } from '../context.ts';
import { accountFor, sentenceOn, type Unaccounted } from './unaccounted.ts';
import { unreadable } from './unreadable.ts';

/**
 * Joins the merchant's order, the ledger and the provider's records of a payment. Refunds made elsewhere are recorded
 * in the ledger first, so that the figure shown is the one that limits the next refund. `signal` is aborted when the
 * reader has gone.
 */
export async function summarise(context: ProxyContext, order: Order, signal: AbortSignal): Promise<PaymentSummary> {
  // Before the comparison a restored ledger may list an outdated outcome.
  await compareFirst(context, order);
  const total = await takeInAll(context, order.payment_id, signal);
  const wrong = otherCurrency(context, order, total?.currency ?? (await currencyOf(context, order)));
  const unaccounted = await countAll(context, order, signal);
  const known = await summaryOf(context, order);
  const summary = wrong === undefined ? known : { ...known, not_refundable: order.not_refundable ?? wrong };
  if (!unaccounted) return summary;
  return {
    ...summary,
    not_refundable: summary.not_refundable ?? sentenceOn(unaccounted),
    unaccounted_refunds: { listed: unaccounted.listed, known: unaccounted.known, unknown: unaccounted.unknown },
  };
}

/**
 * Records what the provider shows of the payment, before the figure that an admin has seen is compared. Where it lists no
 * amounts, its refunds are counted instead. Returns why it cannot be read.
 */
export async function takeInBefore(context: ProxyContext, paymentId: string): Promise<ProblemError | undefined> {
  try {
    await takeInAll(context, paymentId);
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/** What the ledger knows has to do then, as for a count that fails. */
export function noteUnread({ log, scope: { provider } }: ProxyContext, { message: reason }: ProblemError): void {
  log.warn("the provider's refunds could not be read before a send", { provider, reason });
}

/** The same from the order and the ledger alone. */
export async function summaryOf(context: ProxyContext, order: Order): Promise<PaymentSummary> {
  const { ledger, scope } = context;
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
  // How much a refund in another currency takes of this payment is unknown until the merchant says.
  const isForeign = toldElsewhere === 0n && held.some((row) => row.currency !== currency);
  const { refunded } = known;
  const pending = isForeign ? known.pending + known.refundable : known.pending;
  const refundable = isForeign ? 0n : known.refundable;
  const text = (minor: bigint) => toDecimal(minor, currency);
  // The merchant may have given the order another currency since somebody asked: then it is not approved.
  const foreign = new Set(record.intents.filter((intent) => intent.currency !== currency).map(({ id }) => id));
  const isOfCurrency = ({ intentId }: KeptAmount) => !foreign.has(intentId);
  return {
    payment_id: paymentId,
    currency,
    captured: text(captured),
    refunded: text(refunded),
    pending: text(pending),
    refundable: text(refundable),
    awaiting_approval: text(totalOf(record.waiting.filter(isOfCurrency))),
    not_refundable: order.not_refundable ?? (isForeign ? foreignSentence(currency) : null),
    unaccounted_refunds: null,
    payment_attempt_id: order.payment_attempt_id ?? null,
    payment_method: order.payment_method ?? null,
    ...describeRecord(context.provider, record, currency, await waitingParts(context, record)),
  };
}

/**
 * Records the provider's list in the ledger.
 * @throws ProblemError when it cannot be read
 */
export async function takeInRefunds(
  { session, ledger, scope, now }: Omit<Looking, 'log'>,
  paymentId: string,
): Promise<void> {
  if (!session.listRefunds) return;
  const listed = readable(await session.listRefunds(paymentId));
  if (listed.value.length === 0) return;
  await ledger.observe(scope, { paymentId, observations: listed.value, source: listed.source, at: now() });
}

/**
 * Records the provider's list in the ledger, and its total, which also counts refunds that are too old for the list.
 * Returns that total.
 * @throws ProblemError when either cannot be read: the figures would be a guess.
 */
export async function takeInAll(
  { session, ledger, scope, now }: Omit<Looking, 'log'>,
  paymentId: string,
  signal?: AbortSignal,
): Promise<ProviderTotal | undefined> {
  if (!session.listRefunds) return undefined;
  const read = readable(await readWithTotal(session, paymentId, signal));
  const { listed: observations, total } = read.value;
  const kept = () => ledger.providerTotal(scope, paymentId);
  if (!total && (await kept())) await ledger.forgetTotal(scope, paymentId);
  const isOld = async () => (await kept()) ?? mayHide(await ledger.reservationsOfPayment(scope, paymentId));
  if (observations.length > 0 || total?.amount || (total && (await isOld()))) {
    await ledger.observe(scope, { paymentId, observations, total, source: read.source, at: now() });
  }
  return total;
}

/** Of a payment without an attempt, which has no total. */
async function currencyOf({ session }: ProxyContext, { payment_id }: Order): Promise<string | undefined> {
  const read = await session.currencyOf?.(payment_id);
  return read && readable(read).value;
}

/**
 * Counts refunds that the provider lists without amounts, and notes the count as evidence on every lost answer of the
 * payment. Returns those that nobody knows.
 */
async function countAll(context: ProxyContext, order: Order, signal: AbortSignal): Promise<Unaccounted | undefined> {
  const { ledger, scope } = context;
  const { payment_id: paymentId } = order;
  const counted = await countListed(context, paymentId, signal);
  if (!counted) return undefined;
  if (!counted.ok) {
    if (counted.isRefused) throw unreadable(counted, REFUNDS);
    // The figures are those of the order and the ledger: the count adds none, it only warns of refunds made elsewhere.
    context.log.warn("the provider's refunds could not be counted", { provider: scope.provider, reason: counted.why });
    return undefined;
  }
  const rowsOf = () => ledger.reservationsOfPayment(scope, paymentId);
  const unaccounted = await accountFor(context, counted, rowsOf, order);
  const unknown = await ledger.intents(scope, { states: ['unknown'], paymentId, limit: MAX_UNKNOWN });
  const refunds = unknown.filter(({ kind }) => kind !== 'cancel');
  const now = counted.value.length;
  const strangers = unaccounted ? unaccounted.listed - unaccounted.known : 0;
  for (const intent of refunds) {
    const lost = await countLost(ledger, intent);
    const parts = await ledger.reservationsOfIntent(intent.id);
    await noteEvidence(context, intent, foundBy(intent, { now, strangers }, parts, lost));
  }
  return unaccounted;
}

const REFUNDS = "The provider's refunds of this payment";

/** One open refund, and a cancel of each earlier one. */
const MAX_UNKNOWN = 50;

function readable<T>(read: Read<T>): { readonly value: T; readonly source: string } {
  if (read.ok) return read;
  throw unreadable(read, REFUNDS);
}
