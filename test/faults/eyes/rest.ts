import { recordElsewhere } from './elsewhere.ts';
import { checkStep } from './oracles.ts';
import type { Screen } from './browser-screen.ts';
import { startAnotherRefund, ask, resolveAll } from './people.ts';
import { checkQuiet } from './quiet.ts';
import { Verdict } from './verdict.ts';
import { USERS, type World } from './world.ts';

/** Ends all faults, then checks that the screens show what is known and that nothing moves afterwards. */
export async function repairAndSettle(world: World): Promise<void> {
  const { front, shop, eyes, screens } = world;
  front.step += 1;
  for (const screen of screens) world.memory.of(screen).drawings = [];
  front.release();
  await eyes.testbed.control.clearScenarios();
  for (const user of USERS) {
    front.signIn(user);
    if (world.offline.has(user)) await world.setOffline(user, false);
  }
  for (const screen of screens) {
    if (screen.isDetached) await screen.attach();
    if (screen.isHidden) await screen.hide(false);
  }
  await world.settle();
  // The proxy first looks for an unanswered send by itself, before a person is asked.
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
  verdict.throwProblems();
  if (shop.ledger) for (const screen of screens) await checkCanRefund(world, screen);
}

/** Where nothing is unknown, every screen must be able to make a refund. */
async function checkCanRefund(world: World, screen: Screen): Promise<void> {
  const { front } = world;
  front.step += 1;
  if (screen.can('again')) await startAnotherRefund(world, screen);
  await world.settle();
  if (screen.at !== 'editing' || screen.facts!.figures!.refundable < MIN_REFUNDABLE) return;
  const before = front.calls.length;
  const isSent = () =>
    front.calls.slice(before).some(({ method, screen: from }) => method === 'POST' && from === screen.id);
  // Another screen may have changed the payment, which ends the first review at once, but not the second.
  for (let tries = 0; tries < 2 && !isSent() && screen.at === 'editing'; tries += 1) {
    await ask(world, screen, { chosen: 'least', trouble: undefined, fault: undefined, twice: false });
    await world.settle();
  }
  if (!isSent()) throw new Error(`${screen.id} sends nothing, though nothing is unknown: it is on ${screen.at}`);
}

/** Minor units. */
const MIN_REFUNDABLE = 100n;
