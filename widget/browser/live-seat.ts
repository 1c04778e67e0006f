import type { Environment } from './environment.ts';

/** Milliseconds between two heartbeats of the leading tab. */
const BEAT_MS = 2000;
/** How long a candidate waits for objections. */
const CLAIM_MS = 400;
/** A leader that is silent for this long counts as gone. */
const SILENCE_MS = 5000;

export interface Seat {
  /** A message of another tab about its seat. */
  readonly hear: (tab: string, said: string) => void;
  readonly leave: () => void;
}

export interface SeatOptions extends Pick<Environment, 'locks' | 'later'> {
  /** Equal in all tabs that share one leader. */
  readonly name: string;
  /** Unique to this tab. */
  readonly tab: string;
  /** Sends to all other tabs. */
  readonly say: (said: string) => void;
  /** Called when this tab becomes the leader, and with `false` when it has to stop. */
  readonly changed: (leads: boolean) => void;
}

/**
 * Waits for the only seat in the browser. A tab keeps it until it leaves, is closed or is killed; then the next tab
 * gets it.
 */
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
    // It left before its turn, or a sandboxed frame may not lock: either way it does not lead.
    if (!(error instanceof DOMException)) throw error;
  });
  return { hear() {}, leave: () => leaving.abort() };
}

/**
 * Pages on plain HTTP have no locks, so tabs agree by messages. A tab claims the seat, and has it if nobody objects. If
 * two claim or lead, the lower id wins: both hear each other within one heartbeat, so no two lead for longer.
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
