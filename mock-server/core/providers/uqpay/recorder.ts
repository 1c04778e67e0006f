import * as z from 'zod/mini';

import {
  uqpayAttempt,
  uqpayIntent,
  uqpayPage,
  uqpayRefund,
  type UqpayAttempt,
  type UqpayIntent,
  type UqpayRefund,
} from '../../../../contract/uqpay.ts';
import { parseDecimal, toDecimal } from '../../../../contract/money.ts';
import { textMember } from '../../engine/context.ts';
import type { LooseRow, LooseRows } from '../../engine/data-model.ts';
import { freeText, metadata, nothing, reference } from '../../engine/record/clean.ts';
import { RankedRows } from '../../engine/record/ranked.ts';
import { addRow, type Exchange, type Recorder, type Recording } from '../../engine/record/recorder.ts';
import { textOf } from '../../engine/seed-rows.ts';
import { attemptRow, intentRow, refundRow } from './recorded-rows.ts';

const page = uqpayPage(z.unknown());

interface Refund {
  readonly row: LooseRow;
  /** No answer names it: it comes from the request, or from the attempt. */
  readonly intent: string | undefined;
}

class UqpayRecorder implements Recorder {
  readonly #intents = new RankedRows<{ readonly row: LooseRow }>();
  readonly #attempts = new RankedRows<{ readonly row: LooseRow }>();
  readonly #refunds = new RankedRows<Refund>();
  readonly #intentOf = new Map<string, string>();
  #unread = 0;

  learn(exchange: Exchange): void {
    const { route, answer, query, request, status } = exchange;
    if (status < 200 || status >= 300) return;
    if (route === 'list_intents') this.#page(answer, this.#intents, (row) => this.#intent(row, exchange));
    else if (route.endsWith('_intent')) this.#intent(answer, exchange);
    else if (route === 'list_attempts') this.#page(answer, this.#attempts, (row) => this.#attempt(row, exchange));
    else if (route === 'retrieve_attempt') this.#attempt(answer, exchange);
    else if (route === 'list_refunds') {
      const intent = query.get('payment_intent_id') ?? undefined;
      this.#page(answer, this.#refunds, (row) => this.#refund(row, intent, exchange));
    } else if (route === 'create_refund') this.#refund(answer, textMember(request, 'payment_intent_id'), exchange);
    else if (route === 'retrieve_refund') this.#refund(answer, undefined, exchange);
  }

  #page(answer: unknown, rows: Pick<RankedRows<Refund>, 'listed'>, learn: (row: unknown) => string | undefined): void {
    const parsed = page.safeParse(answer);
    if (parsed.success) rows.listed(parsed.data.data.map((row) => learn(row) ?? ''));
    else this.#unread += 1;
  }

  #read<Value>(schema: z.ZodMiniType<Value>, answer: unknown): Value | undefined {
    const parsed = schema.safeParse(answer);
    if (!parsed.success) this.#unread += 1;
    return parsed.data;
  }

  #intent(answer: unknown, { headers, at }: Exchange): string | undefined {
    const intent = this.#read<UqpayIntent>(uqpayIntent, answer);
    if (!intent) return undefined;
    const { payment_intent_id: id, latest_payment_attempt: latest } = intent;
    const account = headers['x-on-behalf-of']?.toLowerCase();
    this.#intents.put(id, { row: intentRow(intent, account === undefined || account === '' ? null : account, at) });
    if (latest) {
      this.#intentOf.set(latest.attempt_id, id);
      this.#attempts.put(latest.attempt_id, { row: attemptRow(latest, id, at) });
    }
    return id;
  }

  #attempt(answer: unknown, { at }: Exchange): string | undefined {
    const attempt = this.#read<UqpayAttempt>(uqpayAttempt, answer);
    if (attempt) this.#attempts.put(attempt.attempt_id, { row: attemptRow(attempt, undefined, at) });
    return attempt?.attempt_id;
  }

  #refund(answer: unknown, intent: string | undefined, { at }: Exchange): string | undefined {
    const refund = this.#read<UqpayRefund>(uqpayRefund, answer);
    if (!refund) return undefined;
    const { payment_refund_id: id, payment_attempt_id: attempt } = refund;
    const known = intent ?? this.#refunds.get(id)?.intent;
    this.#refunds.put(id, { row: refundRow(refund, at), intent: known });
    // The attempt of a refund belongs to the payment that was refunded, whether or not it is the latest one.
    if (known !== undefined && typeof attempt === 'string') this.#intentOf.set(attempt, known);
    return id;
  }

  #paymentOf({ intent, row }: Refund): string | undefined {
    const id = intent ?? this.#intentOf.get(textOf(row['payment_attempt']));
    return id !== undefined && this.#intents.get(id) ? id : undefined;
  }

  payments(): ReadonlyMap<string, LooseRows> {
    const payments = new Map<string, Record<string, LooseRow[]>>();
    for (const [id, { row }] of this.#intents.all()) {
      const rows: Record<string, LooseRow[]> = {};
      payments.set(id, rows);
      if (row['account'] !== null) addRow(rows, 'uqpay_accounts', { id: row['account'] });
      addRow(rows, 'uqpay_intents', row);
    }
    for (const [id, { row }] of this.#attempts.all()) {
      const intent = this.#intentOf.get(id);
      const rows = intent === undefined ? undefined : payments.get(intent);
      if (rows) addRow(rows, 'uqpay_attempts', { ...row, payment_intent: intent });
    }
    for (const [, refund] of this.#refunds.all()) {
      const intent = this.#paymentOf(refund);
      const rows = intent === undefined ? undefined : payments.get(intent);
      if (rows) addRow(rows, 'uqpay_refunds', { ...refund.row, payment_intent: intent });
    }
    return payments;
  }

  gaps(): string[] {
    const gaps: string[] = [];
    if (this.#unread > 0) gaps.push(`${this.#unread} answers had another form than the contract, and are left out.`);
    const lost = this.#refunds.all().filter(([, refund]) => this.#paymentOf(refund) === undefined);
    if (lost.length > 0) {
      const ids = lost.map(([id]) => id).join(', ');
      gaps.push(`the payment of ${ids} was not read, so they are left out. Read their payment intents once.`);
    }
    for (const [id, { row }] of this.#attempts.all()) {
      const gap = this.#unlisted(id, row);
      if (gap !== undefined) gaps.push(gap);
    }
    return gaps;
  }

  /** The provider's sum of the refunds of an attempt is above that of the recorded ones. */
  #unlisted(attempt: string, { currency, refunded_amount: refunded }: LooseRow): string | undefined {
    const code = textOf(currency);
    const minorOf = (amount: unknown) => {
      const parsed = parseDecimal(textOf(amount), code);
      return parsed.ok ? parsed.minor : 0n;
    };
    const recorded = this.#refunds
      .all()
      .filter(([, { row }]) => row['payment_attempt'] === attempt && row['refund_status'] === 'SUCCEEDED')
      .reduce((sum, [, { row }]) => sum + minorOf(row['amount']), 0n);
    const intent = this.#intentOf.get(attempt);
    if (intent === undefined || minorOf(refunded) <= recorded) return undefined;
    return `${intent} has ${textOf(refunded)} ${code} refunded, and refunds of ${toDecimal(recorded, code)} were read. List its refunds once.`;
  }
}

export const UQPAY_RECORDING: Recording = {
  open: () => new UqpayRecorder(),
  clean: {
    name: () => '',
    description: nothing,
    reason: freeText,
    cancellation_reason: freeText,
    return_url: nothing,
    client_secret: (_value, { id }) => `${textOf(id)}_secret`,
    merchant_order_id: reference,
    metadata,
  },
};
