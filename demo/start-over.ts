/** Where the served demo begins again, below the console's address. */
export const START_OVER_PATH = '_demo/start-over';
export const START_OVER_HEADER = 'x-demo-console';

interface World {
  /** Throws the state of the sandbox, of the proxy's ledger and of the form away, and reads the page again. */
  readonly startOver: () => Promise<void>;
  /** Whether a server has the sandbox's own pages, which a link can open. */
  readonly hasPages: boolean;
}

let world: World | undefined;

/** Tells the console what it runs in, before it is drawn. */
export function runIn(given: World): void {
  world = given;
}

/** @throws Error when nobody has called `runIn` */
export function surroundings(): World {
  if (!world) throw new Error('The console does not know what it runs in: call runIn before it is defined');
  return world;
}

/** Forgets everything that the form has kept of refunds: a new ledger knows none of their keys. */
export function forgetKeys(): void {
  for (const storage of [localStorage, sessionStorage]) {
    for (const name of Object.keys(storage)) if (name.startsWith('refund-form:')) storage.removeItem(name);
  }
}
