import { expect } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { HeldWrite } from '../gate.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import type { Write } from '../world-options.ts';
import { outcomeOf } from './outcomes.ts';
import type { Prepared } from './routes.ts';

/** Longer than a proxy takes to notice that a connection is closed, or to write down an answer that it has. */
const NOTICE_MS = 100;
/** How often verify asks whether a request still runs. */
const MAX_POLLS = 20;
/** A proxy may let the second request wait for the first one, whose answer is held: not longer than this. */
export const HELD_AT_MOST_MS = 5_000;

/**
 * Sends a write, and does something else while the provider has carried it out and its answer is held. Returns what
 * came of both.
 * @throws NotJudged when the write does not reach the provider
 */
export async function whileInFlight<Acted>(
  world: World,
  send: () => Promise<Exchange>,
  act: () => Promise<Acted>,
  limitMs: number,
): Promise<{ readonly first: Exchange; readonly acted: Acted }> {
  const gate = new HeldWrite(world.clock, limitMs);
  world.recorder.hold(gate);
  try {
    const first = send();
    await Promise.race([gate.reached, first]);
    if (!gate.isReached) throw new NotJudged('The proxy did not send the refund');
    const acted = await act();
    gate.release();
    return { first: await first, acted };
  } finally {
    gate.release();
    world.recorder.hold(undefined);
  }
}

/**
 * Sends a write from a browser that goes away while the provider works, and the same write again while it still does.
 * Returns every answer to the second and to later ones.
 */
export async function leaveInFlight(world: World, { path, body }: Pick<Prepared, 'path' | 'body'>) {
  const key = world.key();
  let leave = (): void => undefined;
  const leaves = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const write: Write = { body, key };
  const limitMs = Math.min(HELD_AT_MOST_MS, world.proxyTimeoutMs / 2);
  const leaveAndReturn = async () => {
    leave();
    await world.clock.pause(NOTICE_MS);
    return world.write(path, write);
  };
  const { acted } = await whileInFlight(world, () => world.write(path, { ...write, leaves }), leaveAndReturn, limitMs);
  return { key, answers: [acted, ...(await untilEnded(world, path, write))] as const };
}

/** Sends the same again until it does not run any more, and returns the answers. */
export async function untilEnded(
  world: World,
  path: string,
  write: Write,
): Promise<readonly [Exchange, ...Exchange[]]> {
  await world.clock.pause(NOTICE_MS);
  const answers: [Exchange, ...Exchange[]] = [await world.write(path, write)];
  for (let polls = 1; polls < MAX_POLLS && world.claim(answers.at(-1) ?? answers[0]) === 'running'; polls += 1) {
    await world.clock.pause(NOTICE_MS);
    answers.push(await world.write(path, write));
  }
  return answers;
}

/** Checks that no answer to what was being sent says that no money moved. `expected`: what each has to be instead. */
export function expectNoDenial(
  world: World,
  answers: readonly Exchange[],
  expected: string,
  isMade?: Prepared['isMade'],
): void {
  const denial = answers.find((exchange) => world.claim(exchange, isMade) === 'nothing');
  expect(!denial, expected, `${denial && outcomeOf(denial)} says that no money moved`, denial);
}
