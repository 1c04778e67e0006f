import type { Adapter, Refund } from '../../../widget/index.ts';

/** The provider of `test/mock-server/support/testpay.ts`, for the form: whole yen, no idempotency, no vendors. */
const STANDING = { open: 'pending', paid: 'succeeded', failed: 'failed' } as const;

function readRefund(body: unknown): Refund | undefined {
  const { id, amount, status } = (body ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || typeof amount !== 'number' || typeof status !== 'string') return undefined;
  const standing = STANDING[status as keyof typeof STANDING] ?? 'unrecognised';
  return { id, amount: String(amount), currency: 'JPY', standing, words: status, progress: status === 'open' ? 2 : 4 };
}

export const testpay: Adapter = {
  name: 'Testpay',
  capabilities: { idempotentUpstream: 0, reasonLimit: 100, reasonRequired: false },
  duration: () => 'takes_card',
  create: ({ paymentId, amount }) => ({ path: '/refunds', body: { payment: paymentId, amount: Number(amount) } }),
  readCreated(body) {
    const refund = readRefund(body);
    return refund && { refunds: [refund] };
  },
  judge: ({ status, resent }) => (status >= 400 && status < 500 && !resent ? 'nothing' : 'unknown'),
  readRefusal(status, body) {
    const { problem } = (body ?? {}) as Record<string, unknown>;
    return typeof problem === 'string' ? { code: String(status), words: problem, proxy: false } : undefined;
  },
  listed: (standing) => ({ progress: standing === 'pending' ? 2 : 4, references: {} }),
  statusPath: ({ id }) => `/refunds/${encodeURIComponent(id)}`,
  readStatus: readRefund,
};
