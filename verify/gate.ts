import type { Clock } from './clock.ts';

/**
 * Holds requests back until all of them are on their connections but for the last byte, so that they arrive together,
 * however long each took to connect.
 */
export class StartLine {
  readonly #requests: number;
  readonly #waiting: (() => void)[] = [];
  #ready = 0;

  constructor(requests: number) {
    this.#requests = requests;
  }

  /** Resolves when every request is ready. One that failed counts too, or the others would wait for ever. */
  ready(): Promise<void> {
    this.#ready += 1;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#ready >= this.#requests) for (const go of this.#waiting.splice(0)) go();
    });
  }
}

/**
 * Holds the answers of the provider, and of the orders, until each request is held or has ended: then nobody can have
 * read what another wrote since. A proxy may let requests wait for one another; they never get here, so silence ends it.
 */
export class Gate {
  readonly #requests: number;
  readonly #clock: Clock;
  readonly #quietMs: number;
  /** Resolves when the first answer waits. */
  readonly firstHeld: Promise<void>;
  readonly #held: (() => void)[] = [];
  #tellFirst!: () => void;
  #ended = 0;
  #events = 0;
  #isFull = false;

  constructor(requests: number, clock: Clock, quietMs: number) {
    this.#requests = requests;
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.firstHeld = new Promise((resolve) => {
      this.#tellFirst = resolve;
    });
  }

  /** Whether every request was seen to wait, or to have ended, while at least one waited. */
  get isFull(): boolean {
    return this.#isFull;
  }

  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      this.#tellFirst();
      this.#look();
    });
  }

  ended(): void {
    this.#ended += 1;
    this.#look();
  }

  #look(): void {
    this.#events += 1;
    if (this.#held.length === 0) return;
    if (this.#held.length + this.#ended >= this.#requests) {
      this.#isFull = true;
      this.#release();
      return;
    }
    const at = this.#events;
    void this.#clock.pause(this.#quietMs).then(() => this.#events === at && this.#release());
  }

  #release(): void {
    for (const go of this.#held.splice(0)) go();
  }
}
