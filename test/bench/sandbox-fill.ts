import type { Namespaces } from '../../mock-server/core/namespaces.ts';
import { BODY, CLIENT, JSON_TYPE } from './refunds.ts';

const ORIGIN = 'http://127.0.0.1';
/** Refunds made before the first memory reading, so that one-time allocations do not count. */
const FIRST = 1_000;

/**
 * Creates refunds through the core, each with its own key, because the stored answers are part of the memory of a refund.
 * @returns bytes per refund, if Node was started with --expose-gc and there are enough refunds
 */
export function fillSandbox(namespaces: Namespaces, refunds: number): number | undefined {
  const collect = globalThis.gc;
  const signIn = namespaces.handle({
    method: 'POST',
    path: '/uqpay/api/v1/connect/token',
    query: '',
    headers: CLIENT,
    body: '',
    origin: ORIGIN,
  });
  const { auth_token } = JSON.parse(signIn.body) as { auth_token: string };
  const auth = { 'x-client-id': CLIENT['x-client-id'], 'x-auth-token': `Bearer ${auth_token}` };
  // Bytes, so that every request gets a new body text, as from a socket.
  const body = Buffer.from(BODY);
  const usedBytes = () => {
    collect?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  let bytesBefore = 0;
  for (let index = 0; index < refunds; index += 1) {
    if (index === FIRST) bytesBefore = usedBytes();
    const answer = namespaces.handle({
      method: 'POST',
      path: '/uqpay/api/v2/payment/refunds',
      query: '',
      headers: {
        ...JSON_TYPE,
        ...auth,
        'x-idempotency-key': `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
      },
      body: body.toString(),
      origin: ORIGIN,
    });
    if (answer.status !== 200) throw new Error(`refund ${index}: ${answer.status} ${answer.body}`);
  }
  return collect && refunds > 2 * FIRST ? (usedBytes() - bytesBefore) / (refunds - FIRST) : undefined;
}
