import * as z from 'zod/mini';

import {
  upaymentsCheckRefund,
  upaymentsCheckRefundStatus,
  upaymentsVendorsOpened,
  upaymentsVendorsRefund,
  upaymentsVendorsRefundAnswer,
  type UpaymentsCheckRefund,
} from '../../../contract/index.ts';
import type { Call, Liar } from './lies.ts';

/** False records of UPayments. They have neither amounts nor the key of the intent. */
export const UPAYMENTS_LIES = [
  'one too many',
  'one too few',
  'list of another order',
  'contradiction',
  'duplicates',
  'replayed answer',
  'contradictory answer',
] as const;
export type UpaymentsLie = (typeof UPAYMENTS_LIES)[number];

type Row = UpaymentsCheckRefund['data']['refund'][number];

const create = z.looseObject({ orderId: z.string() });
const opened = z.looseObject({ data: upaymentsVendorsOpened });

/** The answers of UPayments. One schedule uses one of these. */
export class UpaymentsLiar implements Liar<UpaymentsLie> {
  lie: UpaymentsLie | undefined;
  /** The last true answer to a create call, which a faulty cache returns to the next one. */
  #cached: unknown;
  /** The last true list of each order. */
  readonly #lists = new Map<string, UpaymentsCheckRefund>();

  tell(json: unknown, call: Call): unknown {
    if (call.isCreate) return this.#tellCreateAnswer(json, call);
    const list = upaymentsCheckRefund.safeParse(json).data;
    if (list) return this.#tellList(list, call);
    const status = upaymentsCheckRefundStatus.safeParse(json).data;
    const isTakenBack = this.lie === 'contradiction' && call.known.get(idIn(call)) === 'succeeded';
    if (!status || !isTakenBack) return json;
    return { ...status, data: { is_refunded: false, refunded_date: null } };
  }

  #tellCreateAnswer(json: unknown, { sent }: Call): unknown {
    if (this.lie === 'contradictory answer') return refuseEveryVendor(json, sent);
    if (this.lie !== 'replayed answer') {
      this.#cached = json;
      return json;
    }
    // Vendors offered before are offered again: nobody can tell that from a true answer.
    const offered = opened.safeParse(this.#cached).data;
    const isOfThis = offered?.data.orderId === create.safeParse(sent).data?.orderId;
    return isOfThis ? json : (this.#cached ?? json);
  }

  #tellList(list: UpaymentsCheckRefund, { path, known }: Call): UpaymentsCheckRefund {
    const rows = list.data.refund;
    const listWith = (refund: readonly Row[]) => ({ ...list, data: { refund: [...refund] } });
    switch (this.lie) {
      case 'one too many':
        return listWith([...rows, { order_id: 'a-refund-that-is-not', is_refunded: false, refunded_date: null }]);
      case 'one too few':
        return listWith(rows.slice(0, -1));
      case 'duplicates':
        return listWith([...rows, ...rows]);
      case 'contradiction':
        return listWith([...rows.map((row) => withdrawSuccess(row, known)), ...cancelledRows(known)]);
      case 'list of another order':
        return [...this.#lists].findLast(([other]) => other !== path)?.[1] ?? list;
      case 'replayed answer':
      case 'contradictory answer':
        return list;
      case undefined:
        this.#lists.set(path, list);
        return list;
      default:
        return this.lie satisfies never;
    }
  }
}

function withdrawSuccess(row: Row, known: Call['known']): Row {
  return known.get(row.order_id) === 'succeeded' ? { ...row, is_refunded: false, refunded_date: null } : row;
}

/** Cancelled refunds, reported as if the customer had got them. */
function cancelledRows(known: Call['known']): Row[] {
  const ids = [...known].filter(([, standing]) => standing === 'cancelled').map(([id]) => id);
  return ids.map((id) => ({ order_id: id, is_refunded: true, refunded_date: '2026-11-20 12:00:00' }));
}

/** Refuses every vendor in the same answer that lists their refunds. */
function refuseEveryVendor(json: unknown, sent: unknown): unknown {
  const answer = upaymentsVendorsRefundAnswer.safeParse(json).data;
  const request = upaymentsVendorsRefund.safeParse(sent).data;
  if (!answer || !request) return json;
  const refundIssue = request.refundPayload.map(({ refundRequestId }) => ({
    refundRequestId,
    message: 'above the limit',
  }));
  return { ...answer, data: { responseData: { ...answer.data.responseData, refundIssue } } };
}

function idIn({ path }: Call): string {
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}
