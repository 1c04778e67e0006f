import { UQPAY_LIFECYCLES, type UqpayLifecycle } from '../../../mock-server/core/providers/uqpay/lifecycle.ts';
import { DASHBOARD, minor } from '../support/invariants.ts';
import type { Claim } from './screen.ts';
import type { Shop } from './shop.ts';

/** One refund in the provider's own records, with all its past standings. */
export interface Row {
  readonly id: string;
  readonly order: string;
  readonly reference: string;
  /** Made at the provider's dashboard, without any proxy. */
  readonly isElsewhere: boolean;
  readonly vendor: string | undefined;
  /** Last digits of the vendor's account. */
  readonly account: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly standing: Claim['standing'];
  /** Current and past standings. A screen may still show any of them. */
  readonly pastStandings: ReadonlySet<Claim['standing']>;
  /** The refund took the merchant's money, or still may. */
  readonly counts: boolean;
}

const STANDING: Readonly<Record<string, Claim['standing']>> = {
  INITIATED: 'pending',
  PROCESSING: 'pending',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  REVERSAL_INITIATED: 'reversing',
  REVERSAL_PROCESSING: 'reversing',
  REVERSAL_SUCCEEDED: 'reversed',
  initiated: 'pending',
  refunded: 'succeeded',
  deleted: 'cancelled',
};

/** Every refund of the provider, read without the code under test. */
export async function truthOf({ provider, eyes: { testbed } }: Shop): Promise<Row[]> {
  const rows = await testbed.control.db(provider === 'uqpay' ? 'uqpay_refunds' : 'upayments_refunds');
  const vendors = provider === 'uqpay' ? [] : await testbed.control.db('upayments_vendors');
  return rows.map((row) => {
    const status = String(row['refund_status']);
    const metadata = row['metadata'] as Record<string, string> | null | undefined;
    const vendor = (row['vendor'] as string | null | undefined) ?? undefined;
    const account = vendors.find(({ id }) => id === vendor)?.['iban_number'];
    const reference = metadata?.['reference'] ?? (row['reference'] as string | null | undefined) ?? '';
    const standing = STANDING[status] ?? 'other';
    return {
      id: String(row['id']),
      order: String(row['payment_intent'] ?? row['order']),
      reference,
      isElsewhere: reference === DASHBOARD,
      vendor,
      account: typeof account === 'string' ? account.slice(-4) : undefined,
      amount: minor(String(row['amount']), String(row['currency'])),
      standing,
      pastStandings: pastStandingsOf(status, row['lifecycle']),
      counts: standing !== 'failed' && standing !== 'cancelled',
    };
  });
}

function pastStandingsOf(status: string, lifecycle: unknown): Set<Claim['standing']> {
  const steps: readonly { readonly status: string }[] = UQPAY_LIFECYCLES[lifecycle as UqpayLifecycle] ?? [];
  const until = steps.findIndex((step) => step.status === status);
  const before = status === 'refunded' || status === 'deleted' ? ['initiated'] : [];
  const path = until < 0 ? before : steps.slice(0, until).map((step) => step.status);
  return new Set([...path, status].map((one) => STANDING[one] ?? 'other'));
}

export function sum(rows: readonly { readonly amount: bigint }[]): bigint {
  return rows.reduce((total, { amount }) => total + amount, 0n);
}
