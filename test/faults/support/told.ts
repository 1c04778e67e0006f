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

/** One amount that a request asks for; an ordinary refund has one such part, of no vendor. */
export interface Part {
  readonly vendor: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
}

/** One request as it goes to the proxy. */
export interface Asked {
  readonly below: string;
  readonly body: object;
  readonly currency: string;
  readonly parts: readonly Part[];
}

/** What an answer told of one part. */
export type Word =
  | { readonly says: 'refunded'; readonly refund: string; readonly amount?: string | undefined }
  | { readonly says: 'nothing' | 'unknown' };

/** What an answer told the admin. */
export type Told =
  | { readonly says: 'refunded'; readonly status: number; readonly refund: string; readonly amount: string | undefined }
  /** One refund a vendor, each with a word of its own. */
  | { readonly says: 'parts'; readonly status: number; readonly words: ReadonlyMap<string, Word> }
  /** No money moved: these vendors can be refunded in a second step. */
  | { readonly says: 'opened'; readonly status: number; readonly rows: readonly UpaymentsVendorRow[] }
  | {
      readonly says: 'nothing' | 'unknown';
      readonly status: number;
      readonly code: string;
      /** Path of the intent that it is about. */
      readonly instance?: string | undefined;
    };

/** What an answer says of the money, as a browser reads it. */
export function read({ status, headers }: Response, text: string, asked: Asked): Told {
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
    // UPayments refuses with a 2xx, too (`docs/providers/upayments.md#errors`).
    if (json.status === false) return { says: 'nothing', status, code: 'provider' };
    if (json.data?.responseData) return { says: 'parts', status, words: wordsOf(json, asked) };
    const opened = upaymentsVendorsOpened.safeParse(json.data);
    if (opened.success) return { says: 'opened', status, rows: opened.data.refundPayload };
    const refund = json.payment_refund_id ?? json.data?.orderId;
    assert.ok(refund, `a success without a refund: ${text}`);
    return { says: 'refunded', status, refund, amount: json.amount };
  }
  // The provider's own refusal, passed on. 408 and 5xx say nothing, and are no refusal.
  assert.ok(status >= 400 && status < 500 && status !== 408, `answered ${status}: ${text}`);
  return { says: 'nothing', status, code: 'provider' };
}

function wordsOf(json: unknown, { body, currency }: Asked): ReadonlyMap<string, Word> {
  const { refundPayload } = upaymentsVendorsRefund.parse(body);
  const outcomes = matchVendorOutcomes(refundPayload, upaymentsVendorsRefundAnswer.parse(json), currency);
  return new Map(
    outcomes.map((outcome, index): [string, Word] => {
      const { refundRequestId } = refundPayload[index]!;
      if (outcome.kind === 'generated') {
        return [refundRequestId, { says: 'refunded', refund: outcome.generated.orderId }];
      }
      return [refundRequestId, { says: outcome.kind === 'unknown' ? 'unknown' : 'nothing' }];
    }),
  );
}

/** What it told of one part of what was asked. */
export function wordOn(told: Told | undefined, { vendor }: Part): Word {
  switch (told?.says) {
    case undefined:
      return { says: 'unknown' };
    case 'parts':
      return told.words.get(vendor ?? '') ?? { says: 'unknown' };
    case 'opened':
      return { says: 'nothing' };
    case 'refunded':
    case 'nothing':
    case 'unknown':
      return told;
    default:
      return told satisfies never;
  }
}

/** Whether a second person has to agree before it is sent. */
export function isWaiting(told: Told | undefined): boolean {
  return told?.says === 'unknown' && told.code === 'approval_required';
}

export function total(parts: readonly { readonly amount: bigint }[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n);
}
