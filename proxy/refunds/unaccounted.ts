import { mayBeOurs } from '../../contract/unaccounted.ts';
import { readOrder, type Looking, type ProxyContext } from '../context.ts';
import type { Reservation } from '../ledger/entities.ts';
import type { Observation } from '../ledger/facts.ts';
import { idsOf, strangersIn, viewOf, type ListedRefund } from '../ledger/rules/listed.ts';
import { deniesCancel } from '../ledger/rules/states.ts';
import type { Order } from '../options.ts';

/**
 * How many refunds the provider lists, how many of them have a known amount, and how many others may be requests of this
 * proxy whose outcome nobody knows.
 */
export interface Unaccounted {
  readonly listed: number;
  readonly known: number;
  readonly unknown: number;
  /** The refunds among the rest that a person has settled as cancelled. */
  readonly denied?: readonly Pick<Reservation, 'refundId' | 'intentId'>[];
}

/**
 * For a provider that lists refunds without amounts: whether it lists more than the ledger and the merchant know. No
 * source says which of a refund's ids the list shows. So ids help only if one of them is known, or was in an earlier
 * list, of this payment or of another one: then a refund of ours that has an id is either among them or not listed. Otherwise the numbers are compared.
 */
export function unaccountedFor(
  listed: readonly Pick<Observation, 'refundId'>[],
  rows: readonly Reservation[],
  { refunded_elsewhere_count }: Pick<Order, 'refunded_elsewhere_count'>,
  wasNamed = false,
): Unaccounted | undefined {
  const strangers = strangersIn(listed, rows);
  const sameIds = wasNamed || strangers.length < listed.length;
  const held = rows.filter(({ released }) => !released);
  const real = held.filter(({ standing }) => standing !== 'unknown');
  const isStranger = ({ refundId }: Reservation) => !sameIds || refundId === undefined;
  const ours = real.filter((row) => row.intentId !== undefined && isStranger(row));
  const elsewhere = real.filter(({ intentId }) => intentId === undefined);
  // Those that the list names are no strangers.
  const named = elsewhere.filter((row) => listed.some(({ refundId }) => idsOf(row).includes(refundId)));
  const made = Math.max(refunded_elsewhere_count ?? 0, elsewhere.length);
  const rest = strangers.length - ours.length - Math.max(0, made - named.length);
  // A refund whose answer was lost may be listed or not.
  const unknown = held.filter((row) => row.standing === 'unknown' && isStranger(row)).length;
  return rest > 0 ? { listed: listed.length, known: listed.length - rest, unknown } : undefined;
}

/** How many of these refunds were made elsewhere, or as many as the merchant states: what both report counts once. */
function madeElsewhere(real: readonly Reservation[], stated: number | null | undefined): number {
  return Math.max(stated ?? 0, real.filter(({ intentId }) => intentId === undefined).length);
}

/**
 * The same, with what earlier lists have named. A refund of ours that was named, and now is missing while another one is
 * listed, was not replaced by it. One that counts as cancelled by a person's word alone counts nowhere while it is listed.
 */
export async function findUnaccounted(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  allListed: readonly ListedRefund[],
  allRows: readonly Reservation[],
  order: Pick<Order, 'refunded_elsewhere_count'>,
): Promise<Unaccounted | undefined> {
  const { denied, isNamed } = await deniedIn({ ledger }, allListed, allRows);
  const others = allRows.filter((row) => !denied.includes(row));
  const view = viewOf(ledger, allListed, others);
  const { listed, rows } = await view.bare();
  const told = allListed.length - listed.length;
  const find = async () => {
    const found = unaccountedFor(listed, rows, order, isNamed);
    if (found || listed.length === 0) return found;
    return (await view.namesOurs()) ? unaccountedFor(listed, rows, order, true) : undefined;
  };
  const found = await find();
  if (!found) return undefined;
  const counted = { ...found, listed: found.listed + told, known: found.known + told };
  return denied.length > 0 ? { ...counted, denied } : counted;
}

/**
 * The listed refunds of which nobody but a person says that they are cancelled. `isNamed`: the provider gave one of them the
 * number that its list shows.
 */
async function deniedIn(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  listed: readonly ListedRefund[],
  rows: readonly Reservation[],
): Promise<{ readonly denied: readonly Reservation[]; readonly isNamed: boolean }> {
  const denied: Reservation[] = [];
  let isNamed = false;
  for (const row of rows) {
    if (row.standing !== 'cancelled' || row.intentId === undefined) continue;
    const ids = idsOf(row);
    if (!listed.some(({ refundId, standing }) => ids.includes(refundId) && deniesCancel(standing))) continue;
    const intent = await ledger.intent(row.intentId);
    if (!intent) continue;
    const { byWord, numbered } = await ledger.spoken(intent);
    if (!byWord.has(row.id)) continue;
    denied.push(row);
    isNamed ||= !numbered.has(row.id);
  }
  return { denied, isNamed };
}

/**
 * The same. The requests that the provider has put off become requests with an unknown outcome first: each may have been
 * carried out all the same, also where another one would explain the list.
 */
export async function accountFor(
  { ledger, scope, now }: Pick<ProxyContext, 'ledger' | 'scope' | 'now'>,
  { value, source }: { readonly value: readonly Observation[]; readonly source: string },
  rows: () => Promise<readonly Reservation[]>,
  order: Pick<Order, 'payment_id' | 'refunded_elsewhere_count'>,
  sender?: string,
): Promise<Unaccounted | undefined> {
  const before = await rows();
  const found = await findUnaccounted({ ledger }, value, before, order);
  await ledger.noteStrangeList(scope, { paymentId: order.payment_id, listed: found && value });
  if (!found && strangersIn(value, before).length === 0) return undefined;
  const isStrange = found !== undefined;
  const seen = { paymentId: order.payment_id, listed: value, isStrange, sender, source, at: now() };
  const held = await ledger.holdPutOff(scope, seen);
  return held > 0 ? findUnaccounted({ ledger }, value, await rows(), order) : found;
}

export type Comparing = Looking & Pick<ProxyContext, 'orders' | 'hookMs'>;

/**
 * How many of the listed refunds are none that counts here, and none that the order tells of. `isTold`: the order was asked
 * where it matters. Without its answer there may be fewer.
 */
export async function countStrangers(
  context: Comparing,
  paymentId: string,
  listed: readonly ListedRefund[],
): Promise<{ readonly strangers: number; readonly isTold: boolean }> {
  const rows = await context.ledger.reservationsOfPayment(context.scope, paymentId);
  const strange = async (order: Pick<Order, 'refunded_elsewhere_count'>) => {
    const found = await findUnaccounted(context, listed, rows, order);
    return found ? found.listed - found.known : 0;
  };
  const most = await strange({});
  // Only then does it matter what the order tells.
  if (most === 0) return { strangers: 0, isTold: true };
  const order = await readOrder(context, paymentId).catch(() => undefined);
  return order ? { strangers: await strange(order), isTold: true } : { strangers: most, isTold: false };
}

/** Explains to a person what this means and how to continue. */
export function sentenceOn(unaccounted: Unaccounted): string {
  const { listed, known, denied = [] } = unaccounted;
  const numbers = `The provider lists more refunds of this payment (${listed}) than are known here with their amounts (${known})`;
  if (denied.length > 0) {
    const each = denied.map(({ refundId, intentId }) => `${refundId} (settle the request ${intentId} as initiated)`);
    return (
      `${numbers}: a person has settled as cancelled what it lists. Take that word back if the refund is on its way: ` +
      `${each.join(', ')}. If it was made elsewhere, run \`proxy elsewhere\`. Otherwise wait until it is listed no more.`
    );
  }
  if (mayBeOurs(unaccounted)) {
    return (
      `${numbers}: the rest may be requests made here whose outcome nobody knows yet. Settle those first, and ` +
      'record nothing with `proxy elsewhere` before: it would count twice.'
    );
  }
  return (
    `${numbers}: the rest were made elsewhere, and what is left to refund is not known. Give the order ` +
    'refunded_elsewhere and refunded_elsewhere_count, or run `proxy elsewhere`, then try again.'
  );
}

/** How many refunds of the payment are known to have been made: those of the ledger, and those that the order tells. */
export async function countKnown(context: Comparing, paymentId: string): Promise<number> {
  const rows = await context.ledger.reservationsOfPayment(context.scope, paymentId);
  const order = await readOrder(context, paymentId).catch(() => undefined);
  const real = rows.filter(({ released, standing }) => !released && standing !== 'unknown');
  const ours = real.filter(({ intentId }) => intentId !== undefined).length;
  return ours + madeElsewhere(real, order?.refunded_elsewhere_count);
}
