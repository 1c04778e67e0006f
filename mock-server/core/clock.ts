import type { Millis } from './time.ts';

export type ClockMode = 'running' | 'frozen';

export interface ClockOptions {
  readonly mode: ClockMode;
  /** The system's clock, or a test's: epoch milliseconds. */
  readonly source: () => Millis;
}

/** Virtual time: an offset from the source while running, a fixed instant while frozen. */
export class Clock {
  readonly #source: () => Millis;
  #mode: ClockMode;
  #offset = 0;
  #frozenAt: Millis;

  constructor({ mode, source }: ClockOptions) {
    this.#source = source;
    this.#mode = mode;
    this.#frozenAt = source();
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

  /** Time goes on from where it stands, whichever mode it changes to. */
  switchTo(mode: ClockMode): void {
    this.set(this.now());
    this.#mode = mode;
  }
}
