import type * as z from 'zod/mini';

import { isCurrency } from '../../../../contract/money.ts';
import { upaymentsPaymentStatus } from '../../../../contract/upayments/payment.ts';
import {
  matchVendorOutcomes,
  upaymentsCheckRefund,
  upaymentsCheckRefundStatus,
  upaymentsCreateRefund,
  upaymentsCreateRefundAnswer,
  upaymentsVendorsRefund,
  upaymentsVendorsRefundAnswer,
  type UpaymentsRefund,
  type UpaymentsVendorRow,
} from '../../../../contract/upayments.ts';
import { member, textMember } from '../../engine/context.ts';
import type { LooseRow, LooseRows } from '../../engine/data-model.ts';
import { account, iban, nothing, reference } from '../../engine/record/clean.ts';
import { addRow, type Exchange, type Recorder, type Recording } from '../../engine/record/recorder.ts';
import { textOf } from '../../engine/seed-rows.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { decimalOf, orderRow, paymentRow } from './recorded-rows.ts';
import { isPlainDateTime } from './time.ts';

interface Refund {
  readonly order: string;
  readonly amount: string | number;
  readonly row: LooseRow;
}

class UpaymentsRecorder implements Recorder {
  readonly #orders = new Map<string, LooseRow>();
  readonly #payments = new Map<string, LooseRow>();
  readonly #vendors = new Map<string, { readonly order: string; readonly row: UpaymentsVendorRow }>();
  readonly #refunds = new Map<string, Refund>();
  /** Refunds that were made elsewhere, by the order or refund that was asked for. */
  readonly #elsewhere = new Map<string, number>();
  #unread = 0;

  learn(exchange: Exchange): void {
    const { route, status, answer, request } = exchange;
    // A 2xx can say `status: false`: nothing happened then.
    if (status < 200 || status >= 300 || member(answer, 'status') !== true) return;
    if (route === 'get_payment_status' || route === 'find_payment_status') this.#payment(exchange);
    else if (route === 'create_refund') this.#create(exchange);
    else if (route === 'create_multivendor_refund') this.#createForVendors(exchange);
    else if (route.startsWith('delete_')) this.#change(textMember(request, 'orderId'), { refund_status: 'deleted' });
    else if (route === 'check_refund') this.#check(exchange);
    else if (route === 'check_refund_status') {
      const read = this.#read(upaymentsCheckRefundStatus, answer);
      if (read) this.#standing(exchange.params['id'] ?? '', read.data);
    }
  }

  #read<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.infer<Schema> | undefined {
    const parsed = schema.safeParse(value);
    if (!parsed.success) this.#unread += 1;
    return parsed.data;
  }

  #payment({ answer, at }: Exchange): void {
    const transaction = this.#read(upaymentsPaymentStatus, answer)?.data.transaction;
    if (!transaction) return;
    const id = transaction.refund_order_id;
    this.#orders.set(id, orderRow(transaction, this.#orders.get(id)?.['multivendor'] === true, at));
    this.#payments.set(transaction.track_id, paymentRow(transaction, at));
  }

  #create({ request, answer, at }: Exchange): void {
    const body = this.#read(upaymentsCreateRefund, request);
    const data = this.#read(upaymentsCreateRefundAnswer, answer)?.data;
    if (!body || !data) return;
    // The schema of a multivendor answer comes first, so anything else is an ordinary refund.
    if ('refundPayload' in data) this.#offer(body.orderId, data.refundPayload as readonly UpaymentsVendorRow[]);
    else this.#made(data, body.orderId, body.totalPrice, { reference: body.reference ?? null, at });
  }

  #offer(order: string, rows: readonly UpaymentsVendorRow[]): void {
    for (const row of rows) this.#vendors.set(row.refundRequestId, { order, row });
  }

  #createForVendors({ request, answer, at }: Exchange): void {
    const body = this.#read(upaymentsVendorsRefund, request);
    const made = this.#read(upaymentsVendorsRefundAnswer, answer);
    if (!body || !made) return;
    this.#offer(body.orderId, body.refundPayload);
    const outcomes = matchVendorOutcomes(body.refundPayload, made, this.#currencyOf(body.orderId));
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind !== 'generated') continue;
      const { generated } = outcome;
      const more = { vendor: body.refundPayload[index]!.refundRequestId, reference: body.reference ?? null, at };
      const invoice = { generated_invoice_id: String(generated.generatedInvoiceId) };
      this.#made(generated, body.orderId, generated.amount, { ...more, ...invoice });
    }
  }

  #made(
    { orderId, refundOrderId, refundArn }: UpaymentsRefund,
    order: string,
    amount: string | number,
    { at, ...more }: LooseRow & { readonly at: Millis },
  ): void {
    const time = toRfc3339(at);
    const ids = { id: orderId, refund_order_id: refundOrderId, refund_arn: refundArn, order };
    // It stays initiated, as it was recorded.
    const status = { refund_status: 'initiated', lifecycle: 'stay_processing' };
    this.#refunds.set(orderId, {
      order,
      amount,
      row: { ...ids, ...more, ...status, create_time: time, update_time: time },
    });
  }

  #check({ answer, params }: Exchange): void {
    const rows = this.#read(upaymentsCheckRefund, answer)?.data.refund ?? [];
    for (const row of rows) this.#standing(row.order_id, row);
    const unknown = rows.filter(({ order_id: id }) => !this.#refunds.has(id)).length;
    const asked = params['id'] ?? '';
    if (unknown > 0) this.#elsewhere.set(asked, unknown);
    else this.#elsewhere.delete(asked);
  }

  #standing(id: string, given: { is_refunded: boolean | 0 | 1; refunded_date: string | null }): void {
    const { is_refunded: isRefunded, refunded_date: date } = given;
    if (isRefunded !== true && isRefunded !== 1) return;
    const refunded_date = date !== null && isPlainDateTime(date) ? date : null;
    this.#change(id, { refund_status: 'refunded', refunded_date });
  }

  #change(id: string | undefined, change: LooseRow): void {
    const refund = id === undefined ? undefined : this.#refunds.get(id);
    if (id !== undefined && refund) this.#refunds.set(id, { ...refund, row: { ...refund.row, ...change } });
  }

  #currencyOf(order: string): string {
    const currency = textOf(this.#orders.get(order)?.['currency']);
    return isCurrency(currency) ? currency : 'KWD';
  }

  payments(): ReadonlyMap<string, LooseRows> {
    const payments = new Map<string, Record<string, LooseRow[]>>();
    const vendored = new Set([...this.#vendors.values()].map(({ order }) => order));
    // What was refunded was captured, whatever its payment is called afterwards.
    const refunded = new Set([...this.#refunds.values()].map(({ order }) => order));
    for (const [id, row] of this.#orders) {
      const captured = row['captured'] === true || refunded.has(id);
      payments.set(id, { upayments_orders: [{ ...row, captured, multivendor: vendored.has(id) }] });
    }
    const add = (order: string, name: string, row: LooseRow) => {
      const rows = payments.get(order);
      if (rows) addRow(rows, name, row);
    };
    for (const row of this.#payments.values()) add(textOf(row['order']), 'upayments_payments', row);
    for (const [id, { order, row }] of this.#vendors) {
      const total = { total_paid: row.totalPaid, currency: this.#currencyOf(order) };
      const { ibanNumber: iban_number, merchantType: merchant_type } = row;
      add(order, 'upayments_vendors', { id, order, iban_number, merchant_type, ...total });
    }
    for (const { order, amount, row } of this.#refunds.values()) {
      const currency = this.#currencyOf(order);
      add(order, 'upayments_refunds', { ...row, currency, amount: decimalOf(amount, currency) });
    }
    return payments;
  }

  gaps(): string[] {
    const gaps: string[] = [];
    if (this.#unread > 0) gaps.push(`${this.#unread} answers had another form than the contract, and are left out.`);
    const lost = [...this.#refunds].filter(([, { order }]) => !this.#orders.has(order));
    if (lost.length > 0) {
      const ids = lost.map(([id]) => id).join(', ');
      gaps.push(`the payment of ${ids} was not read, so they are left out. Read its get-payment-status once.`);
    }
    for (const [asked, count] of this.#elsewhere) {
      const told = 'were not made while this recorded, and UPayments does not tell their amounts';
      gaps.push(`${count} refunds of ${asked} are left out, because they ${told}.`);
    }
    return gaps;
  }
}

export const UPAYMENTS_RECORDING: Recording = {
  open: () => new UpaymentsRecorder(),
  clean: {
    customer_unique_id: nothing,
    iban_number: iban,
    account,
    id: account,
    merchant_order_id: reference,
    notify_url: nothing,
    offered: nothing,
    reference,
    return_url: nothing,
    cancel_url: nothing,
  },
};
