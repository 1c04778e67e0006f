import { recordElsewhere } from './elsewhere.ts';
import { checkStep } from './oracles.ts';
import { resolveAll } from './people.ts';
import { checkQuiet } from './quiet.ts';
import { Verdict } from './verdict.ts';
import { USERS, type World } from './world.ts';

/** Every fault is over: what is known is shown, and nothing more moves. */
export async function comeToRest(world: World): Promise<void> {
  const { front, shop, eyes, screens } = world;
  front.step += 1;
  for (const screen of screens) world.memory.of(screen).drawn = [];
  front.letGo();
  await eyes.ground.control.clearScenarios();
  for (const user of USERS) {
    front.signIn(user);
    if (world.offline.has(user)) await world.setOffline(user, false);
  }
  for (const screen of screens) {
    if (screen.isDetached) await screen.attach();
    if (screen.isHidden) await screen.hide(false);
  }
  await world.settle();
  // A send that nobody answered is looked for by the proxy before a person is asked.
  await world.pass(20 * 60_000);
  await shop.proxy?.reconcile();
  if (shop.provider === 'upayments') await recordElsewhere(world);
  await resolveAll(world);
  await world.pass(3 * 24 * 3_600_000);
  for (let round = 0; round < 2; round += 1) await shop.proxy?.reconcile();
  await world.settle();
  for (const screen of screens) if (screen.at === 'load_failed') await screen.press('reload');
  await Promise.all(screens.map((screen) => screen.refetch()));
  await world.settle();
  await world.pass(10 * 60_000);
  await world.settle();
  await checkStep(world);
  const verdict = new Verdict();
  for (const screen of screens) await checkQuiet(world, screen, verdict);
  for (const user of USERS) {
    const open = front.streams.all.filter((stream) => stream.user === user).map(({ path }) => path);
    const endpoints = new Set(open.map((path) => path.split('/')[0]));
    verdict.must(
      open.length <= endpoints.size,
      `${user}'s browser has ${open.length} streams open: ${open.join(', ')}`,
    );
  }
  verdict.give();
}
