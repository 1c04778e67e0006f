import { isSuccess } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';
import { openRoutes, type Route } from './routes.ts';

/** A session that does not exist. A proxy that only checks that the header is present accepts it. */
const FORGED = 'verify-stranger';

export const SIGN_IN: Check = {
  id: 'sign-in',
  title: 'Nobody refunds or reads without your sign-in',
  level: 'required',
  why: 'Without it anybody who can reach the address refunds from your account. The sign-in of the admin page does not protect its endpoint.',
  mend:
    'Check your session first on every request, also on reads, and answer 401 unauthenticated. Check the session itself, not ' +
    'only that the header is present.',
  needsSignIn: true,
  async run(world) {
    const payment = await world.payment();
    const creation = await world.refund(payment, '1.00');
    const id = world.profile.refundId(creation.answer.json) ?? 'x';
    const reads = [...world.profile.reads(payment, id), `/payments/${encodeURIComponent(payment.id)}`];
    for (const value of [undefined, FORGED]) {
      for (const route of await openRoutes(world)) await refusesSignedOut(world, route, value);
      for (const path of reads) {
        const watch = world.watch();
        const exchange = await world.signedOut('GET', path, undefined, value);
        const { status } = exchange.answer;
        expect(!isSuccess(status), 'a refusal such as 401', `${path} was answered ${status}`, exchange);
        const callCount = watch.calls().length;
        expect(callCount === 0, 'no call of the provider', `there were ${callCount}`, exchange);
      }
    }
  },
};

async function refusesSignedOut(
  world: World,
  { what, path, prepare }: Route,
  value: string | undefined,
): Promise<void> {
  const { body } = await prepare(world);
  const watch = world.watch();
  const exchange = await world.signedOut('POST', path, { body }, value);
  const callCount = watch.writes().length;
  expect(callCount === 0, `no call of the provider for ${what}`, `there were ${callCount}`, exchange);
  const { status } = exchange.answer;
  const isRefused = (status >= 300 && status <= 499) || exchange.answer.lost !== undefined;
  expect(isRefused, 'a refusal such as 401', `it was answered ${outcomeOf(exchange)}`, exchange);
}
