import * as z from 'zod/mini';

import { EXPECTED_USER, paymentSummary, problem } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import { LeftOut } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';
import { servedRoutes } from './routes.ts';

const SOMEBODY_ELSE = 'verify-somebody-else';
const PRECONDITION_FAILED = 412;

export const USER_CHANGED: Check = {
  id: 'user-changed',
  title: 'A request that somebody else has reviewed is refused, where the proxy names who has signed in',
  level: 'required',
  why:
    'Amal reviews a refund, and Basma signs in in another tab of the same browser. Without this her session sends what Amal has ' +
    'reviewed, and your records name Basma as the one who asked for it.',
  mend:
    'Compare X-Expected-User with permission.user of this session, written as encodeURIComponent writes it. If it differs, answer ' +
    '412 user_changed with effect: nothing before anything is sent. Without the header compare nothing.',
  async run(world) {
    const user = await userNamed(world, await world.payment());
    for (const { what, path, prepare } of await servedRoutes(world)) {
      const { body } = await prepare(world);
      const watch = world.watch();
      const headers = { [EXPECTED_USER]: encodeURIComponent(SOMEBODY_ELSE) };
      const exchange = await world.write(path, { body, headers });
      const callCount = watch.to(path).length;
      const came = `there were ${callCount}, and GET /payments/{id} names another person as permission.user`;
      expect(callCount === 0, `no call of the provider for ${what} of ${SOMEBODY_ELSE}`, came, exchange);
      const { status, json } = exchange.answer;
      // That a refusal is a problem at all is for problem-shape.
      const { code = 'user_changed' } = z.safeParse(problem, json).data ?? {};
      const isNamed = status === PRECONDITION_FAILED && code === 'user_changed';
      const isRefused = isNamed && world.claim(exchange) === 'nothing';
      expect(isRefused, '412 user_changed with effect: nothing', `it was answered ${outcomeOf(exchange)}`, exchange);
      const own = await prepare(world);
      const same = await world.write(path, { body: own.body, headers: { [EXPECTED_USER]: encodeURIComponent(user) } });
      const isDone = world.claim(same, own.isMade) === 'refunded';
      expect(isDone, `${what} of the person whom the proxy names`, `it was answered ${outcomeOf(same)}`, same);
    }
  },
};

/** @throws LeftOut when the proxy does not say who has signed in */
async function userNamed(world: World, payment: Payment): Promise<string> {
  const { status, json } = (await world.read(`/payments/${encodeURIComponent(payment.id)}`)).answer;
  const user = status === 200 ? z.safeParse(paymentSummary, json).data?.permission?.user : undefined;
  if (user) return user.replaceAll(/\p{Cs}/gu, '');
  throw new LeftOut(
    'GET /payments/{id} names nobody as permission.user, so two people in one browser are not told apart',
  );
}
