import type { Millis } from './time.ts';

export type ClockMode = 'running' | 'frozen';

export interface ClockOptions {
  readonly mode: ClockMode;
  /** The system's clock, or a test's: epoch milliseconds. */
  readonly source: () => Millis;
  /** What it shows first; the source's time without it. */
  readonly startAt?: Millis | undefined;
}

/** Plain data of a clock, for a snapshot. */
export interface ClockData {
  readonly mode: ClockMode;
  readonly now: Millis;
  /** Of a running clock, against its source. */
  readonly offset: Millis;
}

/** Virtual time: an offset from the source while running, a fixed instant while frozen. */
export class Clock {
  readonly #source: () => Millis;
  #mode: ClockMode;
  #offset = 0;
  #frozenAt: Millis;

  constructor({ mode, source, startAt }: ClockOptions) {
    this.#source = source;
    this.#mode = mode;
    this.#frozenAt = source();
    if (startAt !== undefined) this.set(startAt);
  }

  get mode(): ClockMode {
    return this.#mode;
  }

  now(): Millis {
    return this.#mode === 'frozen' ? this.#frozenAt : this.#source() + this.#offset;
  }

  set(at: Millis): void {
    this.#frozenAt = at;
    this.#offset = at - this.#source();
  }

  advance(by: Millis): void {
    this.set(this.now() + by);
  }

  snapshot(): ClockData {
    return { mode: this.#mode, now: this.now(), offset: this.#offset };
  }

  /** Back to the instant of the data. */
  rewind({ mode, now }: ClockData): void {
    this.#mode = mode;
    this.set(now);
  }

  /** On from the data as if nothing had been in between: a running clock has run on meanwhile. */
  resume({ mode, now, offset }: ClockData): void {
    this.#mode = mode;
    this.#frozenAt = now;
    this.#offset = offset;
  }

  /** Time goes on from where it stands, whichever mode it changes to. */
  switchTo(mode: ClockMode): void {
    this.set(this.now());
    this.#mode = mode;
  }
}
