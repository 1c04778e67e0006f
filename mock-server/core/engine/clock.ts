import type { Millis } from './time.ts';

export type ClockMode = 'running' | 'frozen';

export interface ClockOptions {
  readonly mode: ClockMode;
  /** The system's clock, or a test's: epoch milliseconds. */
  readonly source: () => Millis;
  /** The first time of the clock; the source's time by default. */
  readonly startAt?: Millis | undefined;
}

/** Plain data of a clock, for a snapshot. */
export interface ClockData {
  readonly mode: ClockMode;
  readonly now: Millis;
  /** The difference of a running clock to its source. */
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

  /** Sets the clock back to the instant of the data. */
  rewind({ mode, now }: ClockData): void {
    this.#mode = mode;
    this.set(now);
  }

  /** Continues from the data as if the clock had never stopped: a running clock has moved on in the meantime. */
  resume({ mode, now, offset }: ClockData): void {
    this.#mode = mode;
    this.#frozenAt = now;
    this.#offset = offset;
  }

  /** Changes the mode. The time continues from its present value. */
  switchTo(mode: ClockMode): void {
    this.set(this.now());
    this.#mode = mode;
  }
}
