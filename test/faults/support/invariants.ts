import assert from 'node:assert/strict';

import { parseDecimal } from '../../../contract/index.ts';
import type { Reservation } from '../../../proxy/index.ts';
import { total, wordOn, type Part } from './told.ts';
import type { Posted, World } from './world.ts';

/** One refund as the provider itself has it. */
export interface Truth {
  readonly id: string;
  readonly order: string;
  readonly key: string | undefined;
  readonly vendor: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly status: string;
  /** It took, or may still take, the customer's money back. */
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

/** In place of a key, on what was refunded past the proxy. */
export const DASHBOARD = 'dashboard';

/** What must hold whatever has happened, after every step. */
export async function checkAlways(world: World): Promise<Truth[]> {
  const truth = await truthOf(world);
  assert.equal(world.violations.join('; '), '', `before the provider is called: ${world.violations.join('; ')}`);
  const keys = new Set<string>();
  const ours = truth.filter(({ key }) => key !== DASHBOARD);
  for (const { key, vendor, counts } of ours) {
    assert.ok(key !== undefined, 'every refund at the provider carries the key of its intent');
    // Neither a restored ledger nor the provider's list tells of a refund that was made and cancelled since the copy.
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
  for (const refund of ours) {
    const { key, vendor, amount, counts } = refund;
    const own = rows.find((row) => row.key === key && row.vendor === vendor && !row.released);
    // A restored ledger has it as one that was made elsewhere, or is about to ask.
    const row = own ?? (world.isRestored ? rows.find(({ refundId }) => refundId === refund.id) : undefined);
    if (!row && (await isForgotten(world, refund))) continue;
    assert.ok(
      !counts || (row && (row.amount === amount || isFor(world, row, amount))),
      `a provider commit without a ledger row: ${refund.id} of ${amount} for ${key}, ${row ? `held ${row.amount}` : 'nothing held'}`,
    );
  }
  for (const row of rows) {
    const before = world.standings.get(row.id) ?? 'unknown';
    assert.ok(
      before === row.standing || isDisputed(row) || FOLLOWS[before]?.includes(row.standing),
      `a refund went from ${before} to ${row.standing}`,
    );
    world.standings.set(row.id, row.standing);
    if (isDisputed(row) && row.key !== undefined) world.disputed.add(row.key);
  }
  return truth;
}

/** Nothing of its payment is sent: it was not compared yet, or a person has to say which request it is of. */
async function isForgotten(world: World, { order }: Truth): Promise<boolean> {
  if (!world.isRestored) return false;
  return world.provider === 'upayments' || world.ledger.isUncompared(world.scope, order);
}

/** A disputed refund holds the larger amount, once the provider was asked about it. */
function isFor({ overdone }: World, row: Reservation, amount: bigint): boolean {
  if (isDisputed(row)) return row.amount > amount;
  return overdone.has(row.key ?? '') && row.standing === 'unknown';
}

function isDisputed({ status }: { readonly status: string }): boolean {
  return status.startsWith('contradiction');
}

/** Said a second time here, on purpose: the table of the proxy is what is tested. */
const LATER = ['succeeded', 'failed', 'cancelled', 'reversing', 'reversed'];
const FOLLOWS: Readonly<Record<string, readonly string[]>> = {
  unknown: ['pending', 'unrecognised', ...LATER],
  pending: LATER,
  unrecognised: ['pending', ...LATER],
  succeeded: ['reversing', 'reversed'],
  reversing: ['reversed'],
};

/** No answer claims more than is known: what each said of each part holds of the provider's own record. */
export function checkTold(posted: readonly Posted[], truth: readonly Truth[]): void {
  for (const one of posted) for (const part of one.asked.parts) checkPart(posted, one, part, truth);
}

function checkPart(posted: readonly Posted[], one: Posted, part: Part, truth: readonly Truth[]): void {
  const { wanted, told } = one;
  // The last one: what a restored ledger has forgotten and was cancelled may have come before.
  const own = truth.findLast(({ key, vendor }) => key === wanted.key && vendor === part.vendor);
  const word = wordOn(told, part);
  if (word.says === 'refunded') {
    assert.ok(own, `a success for ${wanted.key} of which the provider knows nothing`);
    assert.equal(word.refund, own.id, 'a success names the refund of its own intent');
    assert.equal(own.amount, part.amount, 'a success is about the amount that this very request asked for');
    const amount = word.amount === undefined ? part.amount : minor(word.amount, one.asked.currency);
    assert.equal(amount, part.amount, 'a success tells the amount that was asked for');
  }
  if (word.says !== 'nothing' || isReuse(one)) return;
  // "Nothing" is about this very request: another click on the same button may have got through meanwhile.
  const twin = posted.find(
    (other) => other !== one && other.wanted === wanted && wordOn(other.told, part).says !== 'nothing',
  );
  assert.ok(
    !own?.counts || twin,
    `"${'code' in told ? told.code : told.says}" tells that nothing was refunded, and the provider has ${own?.id} ${own?.status}`,
  );
}

function isReuse({ told }: Posted): boolean {
  return 'code' in told && told.code === 'idempotency_key_reused';
}

/** The figures of a page that was just loaded. */
export function checkSummary(
  world: World,
  { order, refunded, refundable }: { order: number; refunded: string; refundable: string },
  truth: readonly Truth[],
): void {
  const { payment_id, captured, currency } = world.orders[order]!;
  const here = truth.filter((refund) => refund.order === payment_id && refund.counts);
  const paid = total(here.filter(({ isPaid }) => isPaid));
  assert.ok(
    minor(refunded, currency) <= paid,
    `${refunded} shown as refunded, the provider has paid ${paid} minor units`,
  );
  assert.ok(
    minor(refundable, currency) <= minor(captured, currency) - total(here),
    `${refundable} shown as refundable, and ${total(here)} minor units of ${captured} are gone or on their way`,
  );
}

export function minor(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  assert.ok(parsed.ok, `${text} ${currency}`);
  return parsed.minor;
}
