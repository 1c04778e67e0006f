import * as z from 'zod/mini';

import { fromJsonAmount, upaymentsVendorsRefund } from '../../../contract/index.ts';
import { minor, truthOf } from './invariants.ts';
import { total } from './answer.ts';
import type { World } from './world.ts';

/** Paths of the provider's calls that move money, at the end of the provider's address. */
export const CREATE = { uqpay: '/v2/payment/refunds', upayments: '/create-refund' } as const;
export const CREATE_PARTS = '/create-multivendor-refund';

const callBody = z.looseObject({
  metadata: z.optional(z.looseObject({ wanted: z.string() })),
  reference: z.optional(z.string()),
  amount: z.optional(z.string()),
  totalPrice: z.optional(z.number()),
});

/** Checks a call that moves money before the provider gets it, and returns the violations. */
export async function checkCall(world: World, text: string): Promise<string[]> {
  const body: unknown = JSON.parse(text);
  const { metadata, reference } = callBody.parse(body);
  const key = metadata?.wanted ?? reference ?? '';
  const { witness } = world.testbed;
  const row = await witness.intent(world.merchant, key);
  const isWritten = row?.state === 'sending' || row?.state === 'resending' || row?.state === 'unknown';
  const unsynced = await witness.unsynced();
  return [
    ...(isWritten ? [] : [`the provider was called for ${key}, which the disk has as ${row?.state}`]),
    ...(unsynced === undefined ? [] : [`the provider was called on a commit that is not synced: ${unsynced}`]),
    ...checkApproval(world, key, row?.state, amountOf(world, key, body)),
    ...(await checkVendorLimits(world, key, body)),
  ];
}

/** The first send needs an approval given just now. A repeated send may use an earlier approval. */
function checkApproval(world: World, key: string, state: string | undefined, amount: bigint): string[] {
  const intent = world.intents.find((intent) => intent.key === key);
  if (!intent || !world.needsApproval(intent.request.currency, amount)) return [];
  const approval = world.approvals.get(key);
  const isAgreed = approval === 'now' || (approval === 'before' && state === 'resending');
  return isAgreed ? [] : [`${key} was sent before another person agreed`];
}

/**
 * The proxy knows the limits of the first step and all later refunds, so it never asks a vendor for more than is
 * left.
 */
async function checkVendorLimits(world: World, key: string, body: unknown): Promise<string[]> {
  const parsed = z.safeParse(upaymentsVendorsRefund, body);
  if (!parsed.success) return [];
  const truth = await truthOf(world);
  const vendors = await world.testbed.control.db('upayments_vendors');
  return parsed.data.refundPayload.flatMap(({ refundRequestId, amountToRefund }) => {
    const vendor = vendors.find(({ id }) => id === refundRequestId);
    if (!vendor) return [];
    const currency = String(vendor['currency']);
    const refundedAmount = total(truth.filter((refund) => refund.vendor === refundRequestId && refund.counts));
    const left = minor(String(vendor['total_paid']), currency) - refundedAmount;
    const amount = fromJsonAmount(amountToRefund, currency);
    if (amount.ok && amount.minor <= left) return [];
    return [`${key} was sent with ${amountToRefund} for vendor ${refundRequestId}, which has ${left} minor units left`];
  });
}

function amountOf(world: World, key: string, body: unknown): bigint {
  const { amount, totalPrice } = callBody.parse(body);
  const currency = world.intents.find((intent) => intent.key === key)?.request.currency ?? 'KWD';
  if (amount !== undefined) return minor(amount, currency);
  const numbers =
    totalPrice === undefined
      ? upaymentsVendorsRefund.parse(body).refundPayload.map(({ amountToRefund }) => amountToRefund)
      : [totalPrice];
  return numbers.reduce((sum, number) => {
    const parsed = fromJsonAmount(number, currency);
    return parsed.ok ? sum + parsed.minor : sum;
  }, 0n);
}
