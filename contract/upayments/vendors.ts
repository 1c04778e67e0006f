import * as z from 'zod/mini';

import { boolean, number, optionalString, string } from '../leaves.ts';
import { readDecimal } from '../money/decimal.ts';
import { upaymentsVendorRow, type UpaymentsVendorRow } from './refund.ts';

/* @__NO_SIDE_EFFECTS__ */
const text = () => z.optional(z.nullable(z.string().check(z.maxLength(255))));
/* @__NO_SIDE_EFFECTS__ */
const id = () => z.string().check(z.minLength(1), z.maxLength(255));
/* @__NO_SIDE_EFFECTS__ */
const rowsToSend = () => z.array(upaymentsVendorRow).check(z.minLength(1));
/* @__NO_SIDE_EFFECTS__ */
const invoiceId = () => z.union([z.string().check(z.minLength(1)), number]);

/** A string or a number. No `z.union`: it would be the only one in the widget, which then carries all of its code. */
/* @__NO_SIDE_EFFECTS__ */
function textOrNumber(): z.ZodMiniType<string | number> {
  const check = ({ value, issues }: z.core.ParsePayload) => {
    if (typeof value === 'string' || Number.isFinite(value)) return;
    issues.push({ code: 'custom', input: value, message: 'Invalid input: expected a string or a number' });
  };
  return z.unknown().check(check) as z.ZodMiniType<string | number>;
}

/** Body of `POST /create-multivendor-refund`: the rows of step 1, `amountToRefund` filled in, every member mandatory. */
export const upaymentsVendorsRefund = z.looseObject({
  orderId: id(),
  refundPayload: rowsToSend(),
  receiptId: text(),
  customerFirstName: text(),
  customerEmail: text(),
  customerMobileNumber: text(),
  reference: text(),
  notifyUrl: text(),
});
export type UpaymentsVendorsRefund = z.infer<typeof upaymentsVendorsRefund>;

/** A vendor's refund that exists. `amount` is a JSON number. */
export const upaymentsGenerated = z.looseObject({
  generatedInvoiceId: textOrNumber(),
  amount: textOrNumber(),
  orderId: string,
  refundOrderId: string,
  refundArn: string,
});
export type UpaymentsGenerated = z.infer<typeof upaymentsGenerated>;

/** A row that moved no money: the row that was sent, and why. */
export const upaymentsRefusedRow = z.looseObject({ refundRequestId: string, message: optionalString });
export type UpaymentsRefusedRow = z.infer<typeof upaymentsRefusedRow>;

/** One request can succeed for one vendor and fail for another. `dataTempered` is spelled so. */
export const UPAYMENTS_REFUSALS = ['dataTempered', 'refundIssue', 'insufficientBalance'] as const;
export type UpaymentsRefusal = (typeof UPAYMENTS_REFUSALS)[number];

const refused = z.array(upaymentsRefusedRow);

export const upaymentsVendorsRefundAnswer = z.looseObject({
  status: boolean,
  message: string,
  data: z.looseObject({
    responseData: z.looseObject({
      generated: z.array(upaymentsGenerated),
      dataTempered: refused,
      refundIssue: refused,
      insufficientBalance: refused,
    }),
  }),
});
export type UpaymentsVendorsRefundAnswer = z.infer<typeof upaymentsVendorsRefundAnswer>;

/** Body of `POST /delete-multivendor-refund`, all from `generated[]`. */
export const upaymentsDeleteVendorsRefund = z.looseObject({
  generatedInvoiceId: invoiceId(),
  orderId: id(),
  refundOrderId: id(),
  refundArn: id(),
});
export type UpaymentsDeleteVendorsRefund = z.infer<typeof upaymentsDeleteVendorsRefund>;

export type VendorOutcome =
  | { readonly kind: 'generated'; readonly generated: UpaymentsGenerated }
  | { readonly kind: UpaymentsRefusal; readonly message: string | undefined }
  /** The answer does not say which vendor it is about: treated as a lost answer. */
  | { readonly kind: 'unknown' };

/**
 * What became of each row that was sent, in the order sent. `generated[]` names no `refundRequestId`, so it is matched
 * with the rows that no other list refuses, by amount, and by position among those of one amount. Where not all of one
 * amount were made, which of them is not told. Whatever is left without a match is unknown, never failed.
 */
export function matchVendorOutcomes(
  sent: readonly UpaymentsVendorRow[],
  answer: UpaymentsVendorsRefundAnswer,
  currency: string,
): VendorOutcome[] {
  const { responseData } = answer.data;
  const refusals = sent.map((row): VendorOutcome | undefined => {
    for (const kind of UPAYMENTS_REFUSALS) {
      const refusal = responseData[kind].find(({ refundRequestId }) => refundRequestId === row.refundRequestId);
      if (refusal) return { kind, message: refusal.message };
    }
    return undefined;
  });
  const open = sent.filter((_row, index) => !refusals[index]);
  // A refund that no row is left for contradicts the refusals: one of them was carried out, and which is not told.
  const { generated } = responseData;
  const isWrong = generated.some((one) => {
    const [first, ...more] = open.filter((row) => sameAmount(row, one, currency));
    return !first || generated.filter((other) => sameAmount(first, other, currency)).length > more.length + 1;
  });
  return sent.map((row, index): VendorOutcome => {
    const refused = refusals[index];
    if (refused) return isWrong ? { kind: 'unknown' } : refused;
    const matches = generated.filter((one) => sameAmount(row, one, currency));
    const alike = open.filter(({ amountToRefund }) => amountToRefund === row.amountToRefund);
    const one = matches.length === alike.length ? matches[alike.indexOf(row)] : undefined;
    return one ? { kind: 'generated', generated: one } : { kind: 'unknown' };
  });
}

function sameAmount(row: UpaymentsVendorRow, generated: UpaymentsGenerated, currency: string): boolean {
  const requested = readDecimal(`${row.amountToRefund}`, currency);
  return requested !== undefined && requested === readDecimal(`${generated.amount}`, currency);
}
