import { expect, type Check } from '../check.ts';
import type { World } from '../world.ts';
import { expectNoDenial, leaveInFlight } from './in-flight.ts';
import { servedRoutes, type Route } from './routes.ts';

export const BROWSER_GONE: Check = {
  id: 'browser-gone',
  title: 'A browser that goes away takes back nothing that was sent',
  level: 'required',
  why:
    'A reload, a closed tab or a lost network drops the connection while the provider works, and the refund is made all the ' +
    'same. Check status then sends the same key again. A proxy that has given up and forgotten the key makes a second refund.',
  mend:
    'Carry a request that was sent to its end, whether or not anybody still listens. Do not give the signal of the incoming ' +
    'request to the call of the provider, and delete nothing when the connection closes. A call that was cut off has an ' +
    'unknown outcome.',
  async run(world) {
    for (const route of await servedRoutes(world)) await survivesLeaving(world, route);
  },
};

async function survivesLeaving(world: World, { what, path, prepare }: Route): Promise<void> {
  const prepared = await prepare(world);
  const { answers } = await leaveInFlight(world, { path, body: prepared.body });
  const event = 'the browser went away, and the same request came again';
  const times = await prepared.countDone();
  expect(times === 1, `${what} to be carried out once after ${event}`, `it was ${times} times`, answers.at(-1));
  expectNoDenial(world, answers, `${what} that is done, still running or unknown after ${event}`, prepared.isMade);
}
