import type { Screen } from './browser-screen.ts';
import type { Busy } from './in-page.ts';
import type { World } from './world.ts';

/** Real milliseconds after which a page that still waits is stuck. */
const STUCK_MS = 30_000;

let marks = 0;

/**
 * Waits until everything is finished: no request in progress except those held back, every stream read to its end,
 * every tab informed of what the others wrote, everything drawn.
 */
export async function settle(world: World): Promise<void> {
  const start = performance.now();
  for (;;) {
    const before = await readActivity(world);
    if (before.idle) {
      await passMarks(world, start);
      const after = await readActivity(world);
      if (after.idle && after.happened === before.happened) return;
    }
    if (performance.now() - start > STUCK_MS) throw new Error(`the pages never come to rest: ${before.why}`);
  }
}

interface PageActivity {
  readonly idle: boolean;
  readonly happened: number;
  readonly why: string;
}

async function readActivity({ screens, front }: World): Promise<PageActivity> {
  const all = await Promise.all(screens.map(async (screen) => ({ screen, busy: await screen.busy() })));
  const waiting = all.filter(({ screen, busy }) => busy.pending > front.heldCount(screen.id));
  return {
    idle: waiting.length === 0 && front.active === 0,
    happened: all.reduce((sum, { busy }) => sum + busy.eventCount, 0) + front.calls.length,
    why: `${waiting.map(({ screen, busy }) => `${screen.id} has ${busy.pending}`).join(', ')} requests unanswered`,
  };
}

/** Sends a mark along each way that news can take. A page that has seen the mark has seen all news before it. */
async function passMarks({ screens, front, offline }: World, start: number): Promise<void> {
  marks += 1;
  const mark = marks;
  const online = screens.filter(({ options }) => !offline.has(options.user));
  const streams = front.streams.mark(new Set(online.map(({ id }) => id)), mark);
  await Promise.all(
    screens.map(({ id, page }) => page.evaluate(([id, mark]) => window.eyes.mark(id, mark), [id, mark] as const)),
  );
  const expectedMarks = (screen: Screen): string[] => {
    const others = screens.filter(({ id, options }) => id !== screen.id && options.user === screen.options.user);
    const own = streams.filter((stream) => stream.screen === screen.id && front.streams.has(stream.id));
    return [...others.flatMap(({ id }) => [`eyes:${id}`, `channel:${id}`]), ...own.map(({ id }) => id)];
  };
  const hasSeen = (screen: Screen, busy: Busy) =>
    expectedMarks(screen).every((name) => (busy.marks[name] ?? 0) >= mark);
  let late = screens;
  while (late.length > 0) {
    const results = await Promise.all(late.map(async (screen) => hasSeen(screen, await screen.busy())));
    late = late.filter((_, index) => !results[index]);
    if (performance.now() - start > STUCK_MS) {
      throw new Error(
        `news never arrive at ${late.map(({ id }) => `${id}: ${expectedMarks(late[0]!).join(' ')}`).join(', ')}`,
      );
    }
  }
}
