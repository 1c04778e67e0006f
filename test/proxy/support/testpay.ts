import * as z from 'zod/mini';

import {
  exchange,
  type Observation,
  type Provider,
  type ProviderIo,
  type ProviderSession,
} from '../../../proxy/index.ts';

/** The proxy's side of the provider in `test/mock-server/support/testpay.ts`: whole yen, no idempotency, no vendors. */
const body = z.object({ payment: z.string(), amount: z.int().check(z.minimum(1)) });
const refund = z.looseObject({ id: z.string(), amount: z.int(), status: z.string() });
const STANDING = { open: 'pending', paid: 'succeeded', failed: 'failed' } as const;

function observe(json: unknown): Observation[] {
  const { success, data } = refund.safeParse(json);
  if (!success) return [];
  const standing = STANDING[data.status as keyof typeof STANDING] ?? 'unrecognised';
  return [{ refundId: data.id, status: data.status, standing, amount: BigInt(data.amount), currency: 'JPY' }];
}

export function testpay(baseUrl: string): Provider {
  return {
    name: 'testpay',
    resendWindowMs: undefined,
    reverses: false,
    routes: [
      {
        kind: 'refund',
        method: 'POST',
        path: '/refunds',
        read(json) {
          const { success, data } = body.safeParse(json);
          if (!success) return { errors: [{ pointer: '', detail: 'expected payment and amount, in whole yen' }] };
          return {
            subject: { payment: data.payment },
            claims: {},
            parts: () => ({ parts: [{ amount: BigInt(data.amount) }] }),
            forward: () => data,
          };
        },
        classify({ status, json }, { reservations }) {
          const [observation] = observe(json);
          if (status >= 400 && status < 500) return { kind: 'refused' };
          if (status !== 201 || observation?.amount !== reservations[0]?.amount)
            return { kind: 'unknown', why: `${status}` };
          return { kind: 'refunded', refunds: [observation!] };
        },
      },
      {
        kind: 'read',
        method: 'GET',
        path: '/refunds/:refund',
        subject: ({ refund: id }) => (id === undefined ? undefined : { refund: id }),
        observe: ({ json }) => observe(json),
      },
    ],
    connect: (io) => connect(io, baseUrl),
  };
}

function connect(io: ProviderIo, baseUrl: string): ProviderSession {
  const send: ProviderSession['send'] = ({ path, body: json, ...call }) =>
    exchange(io, baseUrl + path, {
      ...call,
      headers: { 'content-type': 'application/json' },
      body: json && JSON.stringify(json),
    });
  return {
    over: (other) => connect(other, baseUrl),
    send,
    async readRefund(id) {
      const result = await send({ method: 'GET', path: `/refunds/${id}`, route: '/refunds/:refund' });
      if (result.kind !== 'answer') return { ok: false, why: result.why };
      return { ok: true, value: observe(result.answer.json), source: 'read' };
    },
  };
}
