import * as z from 'zod/mini';

import { uqpayToken } from '../../contract/index.ts';
import { holds, keySource, send, type Provider, type World } from './world.ts';

const PREFIX: Readonly<Record<Provider, string>> = { uqpay: '/uqpay/api', upayments: '/upayments/api/v1' };

/** The sandbox at `origin`, called as the providers are called. Any binding of the sandbox may answer there. */
export function sandboxWorld(origin: string, { close }: { close: () => Promise<void> | void }): World {
  const newKey = keySource();
  const at = (provider: Provider, path: string) => `${origin}${PREFIX[provider]}${path}`;

  const credentials: Readonly<Record<Provider, () => Promise<Record<string, string>>>> = {
    // Each call fetches a new token, because the cases move the clock by which a token expires.
    async uqpay() {
      const answer = await send(at('uqpay', '/v1/connect/token'), {
        method: 'POST',
        headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
      });
      const { auth_token } = z.parse(uqpayToken, answer.json);
      return { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${auth_token}` };
    },
    async upayments() {
      return { authorization: 'Bearer jtest123' };
    },
  };

  return {
    async read(provider, path) {
      return send(at(provider, path), { headers: await credentials[provider]() });
    },
    async write(provider, path, { body, key = newKey() }) {
      return send(at(provider, path), {
        method: 'POST',
        headers: { ...(await credentials[provider]()), 'content-type': 'application/json', 'x-idempotency-key': key },
        body: JSON.stringify(body),
      });
    },
    raw: (provider, method, path, init) => send(at(provider, path), { method, ...init }),
    async advance(duration) {
      const { status, text } = await send(`${origin}/_sandbox/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advance: duration }),
      });
      holds(status === 200, `the clock did not move: ${text}`);
    },
    async close() {
      await close();
    },
  };
}
