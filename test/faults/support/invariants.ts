import assert from 'node:assert/strict';

import { parseDecimal } from '../../../contract/index.ts';
import type { Reservation } from '../../../proxy/index.ts';
import { total, answerFor, type Part } from './answer.ts';
import type { Exchange, World } from './world.ts';

/** One refund in the provider's own records. */
export interface Truth {
  readonly id: string;
  readonly order: string;
  readonly key: string | undefined;
  readonly vendor: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly status: string;
  /** The refund took the merchant's money, or still may. */
  readonly counts: boolean;
  readonly isPaid: boolean;
}

export async function truthOf({ provider, testbed: { control } }: World): Promise<Truth[]> {
  const rows = await control.db(provider === 'uqpay' ? 'uqpay_refunds' : 'upayments_refunds');
  return rows.map((row) => {
    const status = String(row['refund_status']);
    const metadata = row['metadata'] as Record<string, string> | null | undefined;
    return {
      id: String(row['id']),
      order: String(row['payment_intent'] ?? row['order']),
      key: metadata?.['wanted'] ?? (row['reference'] as string | null | undefined) ?? undefined,
      vendor: (row['vendor'] as string | null | undefined) ?? undefined,
      amount: minor(String(row['amount']), String(row['currency'])),
      status,
      counts: status !== 'FAILED' && status !== 'deleted',
      isPaid: PAID.has(status),
    };
  });
}

const PAID: ReadonlySet<string> = new Set([
  'SUCCEEDED',
  'REVERSAL_INITIATED',
  'REVERSAL_PROCESSING',
  'REVERSAL_SUCCEEDED',
  'refunded',
]);

/** Stands in place of a key for refunds made at the provider's dashboard. */
export const DASHBOARD = 'dashboard';

/** Checks, after every step, what must always hold. */
export async function checkAlways(world: World): Promise<Truth[]> {
  const truth = await truthOf(world);
  assert.equal(world.violations.join('; '), '', `before the provider is called: ${world.violations.join('; ')}`);
  const keys = new Set<string>();
  const proxyRefunds = truth.filter(({ key }) => key !== DASHBOARD);
  for (const { key, vendor, counts } of proxyRefunds) {
    assert.ok(key !== undefined, 'every refund at the provider carries the key of its intent');
    // Neither a restored ledger nor the provider's list shows a refund that was made and cancelled since the backup.
    if (world.isRestored && !counts) continue;
    const part = vendor === undefined ? key : `${key} and vendor ${vendor}`;
    assert.ok(!keys.has(part), `a double refund: two refunds at the provider for the one intent ${part}`);
    keys.add(part);
  }
  for (const { payment_id, captured, currency } of world.orders) {
    const sum = total(truth.filter(({ order, counts }) => order === payment_id && counts));
    assert.ok(
      sum <= minor(captured, currency),
      `an over-refund: ${sum} minor units of ${captured} ${currency} on ${payment_id}`,
    );
  }
  const rows = await world.reservations();
  for (const refund of proxyRefunds) {
    const { key, vendor, amount, counts } = refund;
    const ownRow = rows.find((row) => row.key === key && row.vendor === vendor && !row.released);
    // A restored ledger may have it as a refund made elsewhere, or may not have asked the provider yet.
    const row = ownRow ?? (world.isRestored ? rows.find(({ refundId }) => refundId === refund.id) : undefined);
    if (!row && (await isForgotten(world, refund))) continue;
    assert.ok(
      !counts || (row && (row.amount === amount || holdsDisputedAmount(world, row, amount))),
      `a provider commit without a ledger row: ${refund.id} of ${amount} for ${key}, ${row ? `held ${row.amount}` : 'nothing held'}`,
    );
  }
  for (const row of rows) {
    const previous = world.lastStandings.get(row.id) ?? 'unknown';
    assert.ok(
      previous === row.standing || isDisputed(row) || NEXT_STANDINGS[previous]?.includes(row.standing),
      `a refund went from ${previous} to ${row.standing}`,
    );
    world.lastStandings.set(row.id, row.standing);
    if (isDisputed(row) && row.key !== undefined) world.disputedKeys.add(row.key);
  }
  return truth;
}

/**
 * The proxy sends nothing for this payment: it was not compared yet, or a person must first match the refund to a
 * request.
 */
async function isForgotten(world: World, { order }: Truth): Promise<boolean> {
  if (!world.isRestored) return false;
  return world.provider === 'upayments' || world.ledger.isUncompared(world.scope, order);
}

/** A disputed refund holds the larger of the two amounts, once the proxy has asked the provider about it. */
function holdsDisputedAmount({ overRefundedKeys: overdone }: World, row: Reservation, amount: bigint): boolean {
  if (isDisputed(row)) return row.amount > amount;
  return overdone.has(row.key ?? '') && row.standing === 'unknown';
}

function isDisputed({ status }: { readonly status: string }): boolean {
  return status.startsWith('contradiction');
}

/** Repeated here on purpose, because the proxy's own table is under test. */
const FINAL_STANDINGS = ['succeeded', 'failed', 'cancelled', 'reversing', 'reversed'];
const NEXT_STANDINGS: Readonly<Record<string, readonly string[]>> = {
  unknown: ['pending', 'unrecognised', ...FINAL_STANDINGS],
  pending: FINAL_STANDINGS,
  unrecognised: ['pending', ...FINAL_STANDINGS],
  succeeded: ['reversing', 'reversed'],
  reversing: ['reversed'],
};

/** Checks that no answer claims more than is true: each part must agree with the provider's records. */
export function checkAnswers(exchanges: readonly Exchange[], truth: readonly Truth[]): void {
  for (const exchange of exchanges)
    for (const part of exchange.request.parts) checkPart(exchanges, exchange, part, truth);
}

function checkPart(exchanges: readonly Exchange[], exchange: Exchange, part: Part, truth: readonly Truth[]): void {
  const { intent, answer } = exchange;
  // The last one, because a cancelled refund that a restored ledger has lost may come before it.
  const refund = truth.findLast(({ key, vendor }) => key === intent.key && vendor === part.vendor);
  const partAnswer = answerFor(answer, part);
  if (partAnswer.says === 'refunded') {
    assert.ok(refund, `a success for ${intent.key} of which the provider knows nothing`);
    assert.equal(partAnswer.refund, refund.id, 'a success names the refund of its own intent');
    assert.equal(refund.amount, part.amount, 'a success is about the amount that this very request asked for');
    const amount = partAnswer.amount === undefined ? part.amount : minor(partAnswer.amount, exchange.request.currency);
    assert.equal(amount, part.amount, 'a success tells the amount that was asked for');
  }
  if (partAnswer.says !== 'nothing' || isReuse(exchange)) return;
  // "Nothing" is only about this request: another click on the same button may have succeeded meanwhile.
  const twin = exchanges.find(
    (other) => other !== exchange && other.intent === intent && answerFor(other.answer, part).says !== 'nothing',
  );
  assert.ok(
    !refund?.counts || twin,
    `"${'code' in answer ? answer.code : answer.says}" tells that nothing was refunded, and the provider has ${refund?.id} ${refund?.status}`,
  );
}

function isReuse({ answer }: Exchange): boolean {
  return 'code' in answer && answer.code === 'idempotency_key_reused';
}

/** Checks the figures of a page that was just loaded. */
export function checkSummary(
  world: World,
  { order, refunded, refundable }: { order: number; refunded: string; refundable: string },
  truth: readonly Truth[],
): void {
  const { payment_id, captured, currency } = world.orders[order]!;
  const countedRefunds = truth.filter((refund) => refund.order === payment_id && refund.counts);
  const paidAmount = total(countedRefunds.filter(({ isPaid }) => isPaid));
  assert.ok(
    minor(refunded, currency) <= paidAmount,
    `${refunded} shown as refunded, the provider has paid ${paidAmount} minor units`,
  );
  assert.ok(
    minor(refundable, currency) <= minor(captured, currency) - total(countedRefunds),
    `${refundable} shown as refundable, and ${total(countedRefunds)} minor units of ${captured} are gone or on their way`,
  );
}

export function minor(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  assert.ok(parsed.ok, `${text} ${currency}`);
  return parsed.minor;
}
