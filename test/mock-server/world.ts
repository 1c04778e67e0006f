import assert from 'node:assert/strict';

import * as z from 'zod/mini';

import { uqpayToken } from '../../contract/index.ts';
import {
  createSandbox,
  createSandboxClient,
  type CreateSandboxOptions,
  type Sandbox,
  type SandboxClient,
} from '../../mock-server/index.ts';

/** 2026-11-02T01:00:00Z, a day after the seed's sales. */
export const START = 1_793_581_200_000;
export const INTENT = 'PI1234567890123456789';
export const KNET = 'up20261101knet0000000000000000000000000000000000000000000000000001';
export const CARD = 'up20261102card0000000000000000000000000000000000000000000000000002';
export const SHORT_VENDORS = 'up20261106vend0000000000000000000000000000000000000000000000000006';
export const PAGE_VENDORS = 'x9qgyobGKN2022101012552551446691695107275189570586650948cbbbbb0';

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The parsed body. An empty object when it is not JSON. */
  readonly json: Record<string, unknown>;
}

/** A running sandbox with a frozen clock, and the calls that tests make. */
export interface SandboxWorld extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly control: SandboxClient;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Reply>;
  /** Signs in again for every call, unless the headers have a token. */
  readonly refund: (body?: object, headers?: Record<string, string>) => Promise<Reply>;
  readonly uqpay: (path: string, init?: RequestInit) => Promise<Reply>;
  readonly upayments: (path: string, body?: object, headers?: Record<string, string>) => Promise<Reply>;
  readonly signIn: () => Promise<Record<string, string>>;
  readonly newKey: () => string;
}

export const REFUND = { payment_intent_id: INTENT, amount: '10.01', reason: 'Return good' };

export async function startWorld(options: CreateSandboxOptions = {}): Promise<SandboxWorld> {
  const sandbox = await createSandbox({ clock: 'frozen', now: () => START, ...options });
  let keys = 0;
  const newKey = () => `00000000-0000-4000-8000-${String((keys += 1)).padStart(12, '0')}`;
  const call = (path: string, init?: RequestInit) => send(`${sandbox.url}${path}`, init);

  const signIn = async () => {
    const { json } = await call('/uqpay/api/v1/connect/token', {
      method: 'POST',
      headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
    });
    const { auth_token } = z.parse(uqpayToken, json);
    return { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${auth_token}` };
  };

  return {
    sandbox,
    control: createSandboxClient(sandbox.url),
    fetch: call,
    signIn,
    newKey,
    uqpay: async (path, init) =>
      call(`/uqpay/api${path}`, { ...init, headers: { ...(await signIn()), ...init?.headers } }),
    refund: async (body = {}, headers = {}) =>
      call('/uqpay/api/v2/payment/refunds', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-idempotency-key': newKey(),
          ...(headers['x-auth-token'] === undefined && (await signIn())),
          ...headers,
        },
        body: JSON.stringify({ ...REFUND, ...body }),
      }),
    upayments: (path, body, headers = {}) =>
      call(`/upayments/api/v1${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      }),
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

export async function send(url: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return {};
  }
}

/** The current status of a UQPAY refund. */
export async function statusOf(world: SandboxWorld, refund: Reply): Promise<unknown> {
  const id = String(refund.json['payment_refund_id']);
  return (await world.uqpay(`/v2/payment/refunds/${id}`)).json['refund_status'];
}

/** Expects the error that `fetch` throws when the connection ends before the whole answer. */
export async function assertDropped(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(
    promise,
    (error: Error) => error instanceof TypeError && /fetch failed|terminated/.test(error.message),
  );
}

/** Reads a body and counts the pieces in which it arrives. */
export async function readPieces({ body }: Response): Promise<{ readonly pieces: number; readonly text: string }> {
  const decoder = new TextDecoder();
  let pieces = 0;
  let text = '';
  for await (const piece of body ?? []) {
    pieces += 1;
    text += decoder.decode(piece, { stream: true });
  }
  return { pieces, text };
}
