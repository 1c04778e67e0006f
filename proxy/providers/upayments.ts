import * as z from 'zod/mini';

import { upaymentsCheckRefund, upaymentsCheckRefundStatus } from '../../contract/index.ts';
import { exchange, type Exchange, type ProviderAnswer, type ProviderIo } from '../exchange.ts';
import type { Observation } from '../ledger/facts.ts';
import { checkCredentials } from './check-credentials.ts';
import type { Provider, ProviderCall, ProviderSession, Read, Route } from './provider.ts';
import { readCallback } from './upayments-callback.ts';
import { createRefund, createVendorsRefund, deleteRefund, deleteVendorsRefund } from './upayments-writes.ts';
import { address } from './url.ts';

export interface UpaymentsOptions {
  /** Ends in `/api/v1`. */
  readonly baseUrl: string;
  readonly token: string;
  /** Where the provider reports a settled refund. From configuration only: never from a browser. */
  readonly notifyUrl?: string | undefined;
}

/** UPayments behind the proxy; the facts are in `docs/providers/upayments.md`. */
export function upayments(options: UpaymentsOptions): Provider {
  const baseUrl = checkCredentials('upayments', options, { required: ['token'], optional: ['notifyUrl'] });
  const { notifyUrl } = options;
  return {
    name: 'upayments',
    routes: [
      createRefund(notifyUrl),
      createVendorsRefund(notifyUrl),
      deleteRefund,
      deleteVendorsRefund,
      checkRefund,
      checkRefundStatus,
    ],
    // No source names an idempotency header or any other duplicate protection.
    resendWindowMs: undefined,
    reverses: false,
    webhook: readCallback,
    connect: (io) => new UpaymentsSession(io, { ...options, baseUrl }),
  };
}

const checkRefund: Route = {
  kind: 'read',
  method: 'GET',
  path: '/check-refund/:order',
  subject: ({ order }) => (order === undefined ? undefined : { payment: order }),
  observe(answer, { order }) {
    const rows = readRows(answer) ?? [];
    const seen = rows.map(({ order_id, is_refunded }) => observation(order_id, is_refunded));
    // Asked for one refund's own order id, the answer lists that one, whatever id stands in the row.
    return rows.length === 1 && order !== undefined ? [...seen, observation(order, rows[0]!.is_refunded)] : seen;
  },
};

const checkRefundStatus: Route = {
  kind: 'read',
  method: 'GET',
  path: '/check-refund-status/:order',
  subject: ({ order }) => (order === undefined ? undefined : { payment: order }),
  observe: (answer, { order }) => (order === undefined ? [] : observeStatus(answer, order)),
};

class UpaymentsSession implements ProviderSession {
  readonly #io: ProviderIo;
  readonly #options: UpaymentsOptions;

  constructor(io: ProviderIo, options: UpaymentsOptions) {
    this.#io = io;
    this.#options = options;
  }

  async send({ method, path, query, body, notAfter, notBefore, signal }: ProviderCall): Promise<Exchange> {
    const { baseUrl, token } = this.#options;
    const result = await exchange(this.#io, address(baseUrl, path, query), {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      notAfter,
      notBefore,
      signal,
    });
    if (result.kind === 'answer' && result.answer.status === 401) {
      return { kind: 'credentials_refused', why: 'the token was refused' };
    }
    return result;
  }

  async countRefunds(paymentId: string, signal?: AbortSignal): Promise<Read<readonly string[]>> {
    const path = `/check-refund/${encodeURIComponent(paymentId)}`;
    const result = await this.send({ method: 'GET', path, signal });
    if (result.kind !== 'answer') return { ok: false, why: result.why };
    const rows = readRows(result.answer);
    if (!rows) return { ok: false, why: `answer ${result.answer.status} is no list of refunds` };
    return { ok: true, value: rows.map(({ order_id }) => order_id), source: 'check-refund' };
  }

  async readRefund(refundId: string): Promise<Read<readonly Observation[]>> {
    const result = await this.send({ method: 'GET', path: `/check-refund-status/${encodeURIComponent(refundId)}` });
    if (result.kind !== 'answer') return { ok: false, why: result.why };
    const value = observeStatus(result.answer, refundId);
    return value.length > 0
      ? { ok: true, value, source: 'check-refund-status' }
      : { ok: false, why: `answer ${result.answer.status}` };
  }
}

function readRows({ status, json }: ProviderAnswer) {
  const parsed = status >= 200 && status <= 299 ? z.safeParse(upaymentsCheckRefund, json) : undefined;
  return parsed?.success ? parsed.data.data.refund : undefined;
}

function observeStatus({ status, json }: ProviderAnswer, refundId: string): Observation[] {
  const parsed = status >= 200 && status <= 299 ? z.safeParse(upaymentsCheckRefundStatus, json) : undefined;
  return parsed?.success ? [observation(refundId, parsed.data.data.is_refunded)] : [];
}

function observation(refundId: string, refunded: boolean | 0 | 1): Observation {
  return refunded
    ? { refundId, standing: 'succeeded', status: 'refunded' }
    : { refundId, standing: 'pending', status: 'initiated' };
}
