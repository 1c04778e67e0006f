import type { PaymentSummary } from '../../contract/index.ts';

/** Members that say how much is refunded, and what has become of it. */
const OF_PAYMENT = [
  'payment_id',
  'currency',
  'captured',
  'refunded',
  'pending',
  'refundable',
  'awaiting_approval',
] as const;
const OF_REFUND = ['standing', 'amount', 'currency', 'refund_id', 'ended', 'idempotency_key', 'vendor'] as const;
const OF_CANCEL = ['standing', 'refund_id', 'ended', 'idempotency_key'] as const;

interface Difference {
  readonly told: string;
  readonly read: string;
}

/** The first member of which these say something else, in words. `undefined` when there is none. */
export function differenceOf(told: PaymentSummary, read: PaymentSummary): Difference | undefined {
  const [one, other] = [membersOf(told), membersOf(read)];
  const name = [...other.keys(), ...one.keys()].find((member) => one.get(member) !== other.get(member));
  if (name === undefined) return undefined;
  return { told: inWords(name, one.get(name)), read: inWords(name, other.get(name)) };
}

const inWords = (name: string, value: string | undefined): string => `${name}: ${value ?? 'none'}`;

function membersOf(summary: PaymentSummary): Map<string, string> {
  const { refunds = [], cancels = [] } = summary;
  return new Map([
    ...members('', OF_PAYMENT, summary),
    ...refunds.flatMap((row, index) => members(`refunds.${index}.`, OF_REFUND, row)),
    ...(cancels ?? []).flatMap((row, index) => members(`cancels.${index}.`, OF_CANCEL, row)),
  ]);
}

/** A member that is null, or empty, says as much as one that is absent. */
function members(path: string, names: readonly string[], row: object): (readonly [string, string])[] {
  const values = new Map<string, unknown>(Object.entries(row));
  return names.flatMap((name) => {
    const value = values.get(name);
    return typeof value !== 'string' || value === '' ? [] : [[`${path}${name}`, value] as const];
  });
}
