import * as z from 'zod/mini';

import {
  isSuccess,
  readUpaymentsRefusal,
  upaymentsCheckRefund,
  upaymentsCheckRefundStatus,
  upaymentsEnvelope,
} from '../../../contract/index.ts';
import { exchange, tellRefusal, type Exchange, type ProviderAnswer, type ProviderIo } from '../exchange.ts';
import type { Observation } from '../../ledger/facts.ts';
import { checkCredentials } from '../check-credentials.ts';
import { tryCredentials, type Credential } from '../credential.ts';
import { unread, type Provider, type ProviderCall, type ProviderSession, type Read, type Route } from '../provider.ts';
import { readCallback } from './callback.ts';
import { createRefund, createVendorsRefund, deleteRefund, deleteVendorsRefund, readVendors } from './writes.ts';
import { address, isInClear } from '../url.ts';

export interface UpaymentsOptions {
  /** Ends in `/api/v1`. */
  readonly baseUrl: string;
  readonly token: Credential;
  /** Where the provider reports a settled refund. It comes from configuration only, never from a browser. */
  readonly notifyUrl?: string | undefined;
  /** Allows `http://` to another machine, over a network of your own: the token goes in clear. */
  readonly allowPlainHttp?: boolean | undefined;
}

/** UPayments. The facts are in `docs/providers/upayments.md`. */
export function upayments(options: UpaymentsOptions): Provider {
  const wanted = {
    required: ['token'],
    optional: ['notifyUrl'],
    mayBeFunctions: ['token'],
    inHeaders: ['token'],
    domain: 'upayments.com',
    end: '/api/v1',
  };
  const baseUrl = checkCredentials('upayments', options, wanted, notifyUrlFault);
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
    // No source names an idempotency header or any other protection against duplicates.
    resendWindowMs: undefined,
    reverses: false,
    // A deleted refund is in no list (`docs/providers/upayments.md#reading-a-refund`).
    hidesCancelled: true,
    readRefusal: readUpaymentsRefusal,
    readVendors,
    webhook: readCallback,
    connect: (io) => new UpaymentsSession(io, { ...options, baseUrl }),
  };
}

/** It repeats nothing: an address may hold a token. */
function notifyUrlFault({ notifyUrl, allowPlainHttp }: Partial<UpaymentsOptions>): string[] {
  // What is no text is named already.
  if (typeof notifyUrl !== 'string' || notifyUrl.trim() === '') return [];
  const isAddress = /^https?:\/\/[^\s@]+$/.test(notifyUrl) && URL.canParse(notifyUrl);
  if (isAddress && (allowPlainHttp === true || !isInClear(notifyUrl))) return [];
  return [
    'notifyUrl: expected an https:// address without credentials, or http:// on this machine: ' +
      'UPayments calls it when a refund is settled. Set allowPlainHttp: true where the network to it is your own',
  ];
}

const checkRefund: Route = {
  kind: 'read',
  method: 'GET',
  path: '/check-refund/:order',
  subject: ({ order }) => (order === undefined ? undefined : { payment: order }),
  observe(answer, { order }) {
    const rows = readRows(answer) ?? [];
    const seen = rows.map(({ order_id, is_refunded }) => observation(order_id, is_refunded));
    // When asked for one refund's own order id, the answer lists that refund, whatever id its row has.
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

  over(io: ProviderIo): ProviderSession {
    return new UpaymentsSession(io, this.#options);
  }

  /** A refused token means that nothing was carried out. Try once more if the token has changed meanwhile. */
  send(call: ProviderCall): Promise<Exchange> {
    return tellRefusal(this.#io, this.#send(call));
  }

  async #send(call: ProviderCall): Promise<Exchange> {
    let used: string | undefined;
    for (;;) {
      const read = await tryCredentials({ token: this.#options.token });
      if (!read.ok) return { kind: 'not_sent', why: read.why };
      const { token } = read.values;
      if (token === used) return { kind: 'credentials_refused', why: 'the token was refused' };
      const result = await this.#exchange(call, token);
      if (result.kind !== 'answer' || result.answer.status !== 401 || used !== undefined) return refusedOr(result);
      used = token;
    }
  }

  #exchange(
    { method, path, route, query, body, notAfter, notBefore, signal }: ProviderCall,
    token: string,
  ): Promise<Exchange> {
    const { baseUrl } = this.#options;
    return exchange(this.#io, address(baseUrl, path, query), {
      method,
      route,
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
  }

  async countRefunds(paymentId: string, signal?: AbortSignal): Promise<Read<readonly Observation[]>> {
    const path = `/check-refund/${encodeURIComponent(paymentId)}`;
    const result = await this.send({ method: 'GET', path, route: checkRefund.path, signal });
    if (result.kind !== 'answer') return unread(result);
    const rows = readRows(result.answer);
    if (!rows) return { ok: false, why: `answer ${result.answer.status} is no list of refunds` };
    const value = rows.map(({ order_id, is_refunded }) => observation(order_id, is_refunded));
    return { ok: true, value, source: 'check-refund' };
  }

  async readRefund(refundId: string): Promise<Read<readonly Observation[]>> {
    const path = `/check-refund-status/${encodeURIComponent(refundId)}`;
    const result = await this.send({ method: 'GET', path, route: checkRefundStatus.path });
    if (result.kind !== 'answer') return unread(result);
    const value = observeStatus(result.answer, refundId);
    return value.length > 0
      ? { ok: true, value, source: 'check-refund-status' }
      : { ok: false, why: `answer ${result.answer.status}`, isMissing: isUnknownId(result.answer) };
  }
}

/** A gateway's 404 tells nothing of the refund (`docs/providers/upayments.md#errors`). */
function isUnknownId({ status, json }: ProviderAnswer): boolean {
  return status === 404 && upaymentsEnvelope.safeParse(json).data?.status === false;
}

function refusedOr(result: Exchange): Exchange {
  const isRefused = result.kind === 'answer' && result.answer.status === 401;
  return isRefused ? { kind: 'credentials_refused', why: 'the token was refused' } : result;
}

function readRows(answer: ProviderAnswer) {
  const parsed = isSuccess(answer.status) ? z.safeParse(upaymentsCheckRefund, answer.json) : undefined;
  return parsed?.success ? parsed.data.data.refund : undefined;
}

function observeStatus(answer: ProviderAnswer, refundId: string): Observation[] {
  const parsed = isSuccess(answer.status) ? z.safeParse(upaymentsCheckRefundStatus, answer.json) : undefined;
  return parsed?.success ? [observation(refundId, parsed.data.data.is_refunded)] : [];
}

function observation(refundId: string, refunded: boolean | 0 | 1): Observation {
  return refunded
    ? { refundId, standing: 'succeeded', status: 'refunded' }
    : { refundId, standing: 'pending', status: 'initiated' };
}
