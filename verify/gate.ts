import type { Clock } from './clock.ts';

/** After this many quiet milliseconds verify assumes that the missing requests wait for each other. */
export const quietMs = (proxyTimeoutMs: number): number => Math.min(250, proxyTimeoutMs / 4);

/** How long an answer is held at most: half of what the proxy waits, so that it does not give up. */
export const heldAtMostMs = (proxyTimeoutMs: number): number => proxyTimeoutMs / 2;

/**
 * Holds requests back until each has sent all but its last byte. Then all send the last byte, so that they arrive
 * together, however long each took to connect.
 */
export class StartLine {
  readonly #requests: number;
  readonly #waiting: (() => void)[] = [];
  #ready = 0;

  constructor(requests: number) {
    this.#requests = requests;
  }

  /** Resolves when every request is ready. A failed request counts as ready, or the others would wait for ever. */
  ready(): Promise<void> {
    this.#ready += 1;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#ready >= this.#requests) for (const release of this.#waiting.splice(0)) release();
    });
  }
}

/**
 * Holds the answers of the provider and of the orders until each request waits for such an answer or has ended. Until
 * then no request can act on what another one wrote. A proxy may make requests wait for each other. Those never reach the
 * gate, so it also opens after a quiet time.
 */
export class Gate {
  readonly #requests: number;
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #held: (() => void)[] = [];
  #ended = 0;
  #events = 0;
  #isFull = false;

  constructor(requests: number, clock: Clock, quietMs: number) {
    this.#requests = requests;
    this.#clock = clock;
    this.#quietMs = quietMs;
  }

  /** Whether every request waited or had ended, while at least one waited. */
  get isFull(): boolean {
    return this.#isFull;
  }

  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      this.#releaseIfFull();
    });
  }

  ended(): void {
    this.#ended += 1;
    this.#releaseIfFull();
  }

  #releaseIfFull(): void {
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
    for (const release of this.#held.splice(0)) release();
  }
}

/** Holds the provider's answer to the first write, until it is released or the time is over. Nothing else waits. */
export class HeldWrite {
  /** Resolves when the write has been carried out and its answer waits. */
  readonly reached: Promise<void>;
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #released: Promise<void>;
  #resolveReached!: () => void;
  #resolveReleased!: () => void;
  #isReached = false;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.reached = new Promise((resolve) => {
      this.#resolveReached = resolve;
    });
    this.#released = new Promise((resolve) => {
      this.#resolveReleased = resolve;
    });
  }

  get isReached(): boolean {
    return this.#isReached;
  }

  hold(isWrite: boolean): Promise<void> {
    if (!isWrite || this.#isReached) return Promise.resolve();
    this.#isReached = true;
    this.#resolveReached();
    void this.#clock.pause(this.#limitMs).then(() => this.release());
    return this.#released;
  }

  release(): void {
    this.#resolveReleased();
  }
}

/**
 * Lets one of two equal requests overtake the other. Both go on together until the second waits at its call number
 * `stage`. There it stays until the first waits for the answer to its write, and the first stays there until the second
 * has ended. So what the second has read before is old, and what it reads after that is new.
 *
 * Nothing waits longer than `limitMs`: the second may ask again and again what has become of the first, and the proxy gives
 * up on a call that the gate holds too long.
 */
export class Overtaking {
  readonly delaysReads = true;
  readonly #stage: number;
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #limitMs: number;
  #waiting: (() => void)[] = [];
  #write: (() => void) | undefined;
  #wave = 0;
  #events = 0;
  #isParted = false;

  constructor(
    stage: number,
    clock: Clock,
    { quietMs, limitMs }: { readonly quietMs: number; readonly limitMs: number },
  ) {
    this.#stage = stage;
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#limitMs = limitMs;
  }

  /** Whether both requests waited at a call of this number. */
  get isReached(): boolean {
    return this.#wave >= this.#stage;
  }

  hold(isWrite: boolean): Promise<void> {
    return new Promise((resolve) => {
      if (isWrite && !this.#write) {
        this.#write = resolve;
        void this.#clock.pause(this.#limitMs).then(() => this.#release());
        this.#part();
      } else if (this.#isParted) resolve();
      else {
        this.#waiting.push(resolve);
        if (this.#waiting.length > 1) this.#nextWave();
      }
      this.#endWhenQuiet();
    });
  }

  /** One of the requests has ended: the other needs not wait for it any more. */
  ended(): void {
    this.#release();
  }

  #nextWave(): void {
    this.#wave += 1;
    if (!this.isReached) return this.#releaseWaiting();
    this.#isParted = true;
    this.#waiting.shift()?.();
  }

  /** The first has sent its write: from here on the second runs alone. */
  #part(): void {
    this.#isParted = true;
    this.#releaseWaiting();
  }

  #releaseWaiting(): void {
    for (const release of this.#waiting.splice(0)) release();
  }

  #release(): void {
    this.#part();
    this.#write?.();
  }

  /** A proxy may make the second wait for the first, or the first may have no write to send. */
  #endWhenQuiet(): void {
    this.#events += 1;
    const at = this.#events;
    void this.#clock.pause(this.#quietMs).then(() => this.#events === at && this.#release());
  }
}
