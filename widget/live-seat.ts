import type { Environment } from './environment.ts';

/** Milliseconds between two words of the tab that leads. */
const BEAT_MS = 2000;
/** How long a tab that wants to lead waits for a word against it. */
const CLAIM_MS = 400;
/** Silence after which the tab that led is taken for gone. */
const SILENCE_MS = 5000;

export interface Seat {
  /** What another tab said of its seat. */
  readonly hear: (tab: string, said: string) => void;
  readonly leave: () => void;
}

export interface SeatOptions extends Pick<Environment, 'locks' | 'later'> {
  /** The same in all tabs that may have only one leader. */
  readonly name: string;
  /** Unique to this tab. */
  readonly tab: string;
  /** Reaches `hear` of all other tabs. */
  readonly say: (said: string) => void;
  /** Called when this tab begins to lead, and with `false` when it has to stop. */
  readonly changed: (leads: boolean) => void;
}

/** Waits for the one seat of a browser. A tab keeps it until it leaves, is closed or is killed; the next tab then has it. */
export function takeSeat(options: SeatOptions): Seat {
  return options.locks ? lockedSeat(options.locks, options) : spokenSeat(options);
}

function lockedSeat(locks: NonNullable<Environment['locks']>, { name, changed }: SeatOptions): Seat {
  const leaving = new AbortController();
  const { signal } = leaving;
  const hold = () =>
    signal.aborted
      ? undefined
      : new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve());
          changed(true);
        });
  locks.request(name, { signal }, hold).catch((error: unknown) => {
    // It left before its turn came, or a sandboxed frame may not lock: either way it does not lead.
    if (!(error instanceof DOMException)) throw error;
  });
  return { hear() {}, leave: () => leaving.abort() };
}

/**
 * Pages on plain HTTP have no locks: tabs agree by what they say. A tab claims the seat, and has it when nobody objects. Of
 * two that claim or lead, the lower id goes on: both hear each other within one beat, so that no two lead for longer.
 */
function spokenSeat({ later, tab, say, changed }: SeatOptions): Seat {
  let state: 'waits' | 'claims' | 'leads' = 'waits';
  let stop = () => {};
  const next = (ms: number, then: () => void) => {
    stop();
    stop = later(then, ms);
  };
  const wait = () => {
    const led = state === 'leads';
    state = 'waits';
    next(SILENCE_MS, claim);
    if (led) changed(false);
  };
  const beat = () => {
    say('leads');
    next(BEAT_MS, beat);
  };
  const claim = () => {
    state = 'claims';
    say('claims');
    next(CLAIM_MS, () => {
      state = 'leads';
      beat();
      changed(true);
    });
  };
  claim();
  return {
    hear(other, said) {
      if (said === 'left') {
        if (state === 'waits') claim();
        return;
      }
      // Who leads already goes before who claims; among equals the lower id does.
      const yields = state === 'waits' || (said === state ? other < tab : said === 'leads');
      if (yields) wait();
      else say(state);
    },
    leave() {
      stop();
      if (state === 'leads') say('left');
    },
  };
}
