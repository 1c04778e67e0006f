import { expect, type Check } from '../check.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './idempotency.ts';

const WRONG_KEY = 'wrong_key';
/** What else may go wrong where the proxy fetches a token. */
const TOKEN_FAULTS = ['drop_before_commit', 'server_error'];
/** More calls than a proxy makes for one refund. */
const MANY_CALLS = 20;

export const TOKENS: readonly Check[] = [
  {
    id: 'token-renewed',
    title: 'The proxy replaces an invalid token and sends the same key again',
    level: 'recommended',
    why: 'UQPAY makes the old token invalid when it issues another one, for example to a colleague’s script. Without a new token every call fails until the old one expires.',
    mend: 'On a 401 fetch a token once, and send the same request again with the same x-idempotency-key.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      await killToken(world);
      const exchange = await world.refund(payment, '1.00');
      expect(world.claim(exchange) === 'refunded', 'the refund', `it was ${outcomeOf(exchange)}`, exchange);
      const refundCount = await world.refunds(payment);
      expect(refundCount === 2, 'two refunds', `there are ${refundCount}`, exchange);
    },
  },
  {
    id: 'token-shared',
    title: 'Many requests share one token',
    level: 'recommended',
    why: 'Each new token makes the token invalid that another request is using.',
    mend: 'Fetch a token once, share it between requests and instances, and replace it shortly before it expires.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      const watch = world.watch();
      for (let time = 0; time < 4; time += 1) await world.refund(payment, '1.00');
      const tokenCount = watch.tokens().length;
      expect(tokenCount <= 1, 'no more than one token for four refunds', `${tokenCount} were fetched`);
    },
  },
  {
    id: 'token-missing',
    title: 'Without a token nothing was sent, and the proxy says so',
    level: 'recommended',
    why:
      'A wrong key is a mistake of the set-up. If the proxy says that the outcome is unknown, the form is locked and the amount ' +
      'stays held, although nobody asked the provider for a refund.',
    mend:
      'When the provider gives no token, answer 502 with effect: nothing (credentials_refused, or provider_unreachable), hold ' +
      'no amount, and let the same key be sent again.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      for (const fault of [WRONG_KEY, ...TOKEN_FAULTS]) {
        const payment = await world.payment();
        await killToken(world);
        if (fault === WRONG_KEY) refuseKeys(world);
        else await world.scenario(fault, {}, { times: MANY_CALLS, route: 'connect_token' });
        const watch = world.watch();
        const key = world.key();
        const first = await world.refund(payment, '1.00', { key });
        await world.sandbox.clearScenarios();
        world.recorder.clear();
        // A proxy that fetched none has a token of other origin: it got the provider's answer.
        if (watch.tokens().length === 0) return;
        expect(
          world.claim(first) === 'nothing',
          'an answer that nothing was sent',
          `it was ${outcomeOf(first)}`,
          first,
        );
        const second = await world.refund(payment, '1.00', { key });
        expect(
          world.claim(second) === 'refunded',
          'the refund, when there is a token again',
          `it was ${outcomeOf(second)}`,
          second,
        );
        const refundCount = await world.refunds(payment);
        expect(refundCount === 1, 'one refund at the provider', `there are ${refundCount}`, second);
      }
    },
  },
];

/** Fetches another token with the proxy's credentials, as a colleague's script would. UQPAY then ends the old token. */
async function killToken({ profile, recorder, sandbox }: World): Promise<void> {
  const path = profile.prefix + profile.tokenPath;
  const last = recorder.calls.findLast((call) => call.path === path);
  if (!last) return;
  const headers = Object.fromEntries(Object.entries(last.headers).filter(([name]) => name.startsWith('x-')));
  await fetch(`${sandbox.url}${path}`, { method: 'POST', headers });
}

/** From now on the provider sees a wrong key where the proxy fetches a token. */
function refuseKeys({ profile, recorder }: World): void {
  const headers = Object.fromEntries(profile.secretHeaders.map((name) => [name, 'verify-wrong-key']));
  const rule = { method: 'POST', path: `${profile.prefix}${profile.tokenPath}`, headers };
  for (let call = 0; call < MANY_CALLS; call += 1) recorder.rewrite(rule);
}
