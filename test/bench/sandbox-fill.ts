import type { Namespaces } from '../../mock-server/core/namespaces.ts';
import { BODY, CLIENT, JSON_TYPE } from './refunds.ts';

const ORIGIN = 'http://127.0.0.1';
/** Made before the first look at the memory, so that what is there once does not count as a refund's. */
const FIRST = 1_000;

/**
 * Creates refunds through the core, each with a key of its own: the kept answers are part of what a refund costs.
 * @returns bytes a refund, where Node was started with --expose-gc and there are enough of them
 */
export function fillSandbox(namespaces: Namespaces, refunds: number): number | undefined {
  const collect = globalThis.gc;
  const signedIn = namespaces.handle({
    method: 'POST',
    path: '/uqpay/api/v1/connect/token',
    query: '',
    headers: CLIENT,
    body: '',
    origin: ORIGIN,
  });
  const { auth_token } = JSON.parse(signedIn.body) as { auth_token: string };
  const auth = { 'x-client-id': CLIENT['x-client-id'], 'x-auth-token': `Bearer ${auth_token}` };
  // As bytes, so that every request has a body of its own, as on a socket.
  const body = Buffer.from(BODY);
  const used = () => {
    collect?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  let before = 0;
  for (let made = 0; made < refunds; made += 1) {
    if (made === FIRST) before = used();
    const answer = namespaces.handle({
      method: 'POST',
      path: '/uqpay/api/v2/payment/refunds',
      query: '',
      headers: {
        ...JSON_TYPE,
        ...auth,
        'x-idempotency-key': `00000000-0000-4000-9000-${String(made).padStart(12, '0')}`,
      },
      body: body.toString(),
      origin: ORIGIN,
    });
    if (answer.status !== 200) throw new Error(`refund ${made}: ${answer.status} ${answer.body}`);
  }
  return collect && refunds > 2 * FIRST ? (used() - before) / (refunds - FIRST) : undefined;
}
