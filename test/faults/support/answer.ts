import assert from 'node:assert/strict';

import {
  matchVendorOutcomes,
  problem,
  problemEffect,
  upaymentsVendorsOpened,
  upaymentsVendorsRefund,
  upaymentsVendorsRefundAnswer,
  type UpaymentsVendorRow,
} from '../../../contract/index.ts';

/** One amount that a request asks for. An ordinary refund has one part, without a vendor. */
export interface Part {
  readonly vendor: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
}

/** One refund request as it goes to the proxy. */
export interface RefundRequest {
  readonly path: string;
  readonly body: object;
  readonly currency: string;
  readonly parts: readonly Part[];
}

/** What an answer says about one part of the request. */
export type PartAnswer =
  | { readonly says: 'refunded'; readonly refund: string; readonly amount?: string | undefined }
  | { readonly says: 'nothing' | 'unknown' };

/** What an answer says to the admin. */
export type Answer =
  | { readonly says: 'refunded'; readonly status: number; readonly refund: string; readonly amount: string | undefined }
  /** One refund for each vendor, each with its own outcome. */
  | { readonly says: 'parts'; readonly status: number; readonly parts: ReadonlyMap<string, PartAnswer> }
  /** No money moved. These vendors can be refunded in a second step. */
  | { readonly says: 'opened'; readonly status: number; readonly rows: readonly UpaymentsVendorRow[] }
  | {
      readonly says: 'nothing' | 'unknown';
      readonly status: number;
      readonly code: string;
      /** Path of the intent that the answer is about. */
      readonly instance?: string | undefined;
    };

/** Reads what an answer says about the money, as a browser does. */
export function readAnswer({ status, headers }: Response, text: string, request: RefundRequest): Answer {
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('application/problem+json')) {
    const parsed = problem.parse(JSON.parse(text));
    const effect = problemEffect(parsed);
    const instance = typeof parsed['instance'] === 'string' ? parsed['instance'] : undefined;
    return { says: effect === 'running' ? 'unknown' : effect, status, code: parsed.code, instance };
  }
  if (status >= 200 && status <= 299) {
    const json = JSON.parse(text) as {
      payment_refund_id?: string;
      amount?: string;
      status?: boolean;
      data?: { orderId?: string; responseData?: object } | null;
    };
    // UPayments also refuses with a 2xx status (`docs/providers/upayments.md#errors`).
    if (json.status === false) return { says: 'nothing', status, code: 'provider' };
    if (json.data?.responseData) return { says: 'parts', status, parts: partAnswersOf(json, request) };
    const opened = upaymentsVendorsOpened.safeParse(json.data);
    if (opened.success) return { says: 'opened', status, rows: opened.data.refundPayload };
    const refund = json.payment_refund_id ?? json.data?.orderId;
    assert.ok(refund, `a success without a refund: ${text}`);
    return { says: 'refunded', status, refund, amount: json.amount };
  }
  // The provider's own refusal, passed on. 408 and 5xx leave the outcome unknown, so they are no refusal.
  assert.ok(status >= 400 && status < 500 && status !== 408, `answered ${status}: ${text}`);
  return { says: 'nothing', status, code: 'provider' };
}

function partAnswersOf(json: unknown, { body, currency }: RefundRequest): ReadonlyMap<string, PartAnswer> {
  const { refundPayload } = upaymentsVendorsRefund.parse(body);
  const outcomes = matchVendorOutcomes(refundPayload, upaymentsVendorsRefundAnswer.parse(json), currency);
  return new Map(
    outcomes.map((outcome, index): [string, PartAnswer] => {
      const { refundRequestId } = refundPayload[index]!;
      if (outcome.kind === 'generated') {
        return [refundRequestId, { says: 'refunded', refund: outcome.generated.orderId }];
      }
      return [refundRequestId, { says: outcome.kind === 'unknown' ? 'unknown' : 'nothing' }];
    }),
  );
}

/** What the answer says about one part of the request. */
export function answerFor(answer: Answer | undefined, { vendor }: Part): PartAnswer {
  switch (answer?.says) {
    case undefined:
      return { says: 'unknown' };
    case 'parts':
      return answer.parts.get(vendor ?? '') ?? { says: 'unknown' };
    case 'opened':
      return { says: 'nothing' };
    case 'refunded':
    case 'nothing':
    case 'unknown':
      return answer;
    default:
      return answer satisfies never;
  }
}

/** Whether the refund waits for the approval of another person. */
export function isWaiting(answer: Answer | undefined): boolean {
  return answer?.says === 'unknown' && answer.code === 'approval_required';
}

export function total(parts: readonly { readonly amount: bigint }[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n);
}
