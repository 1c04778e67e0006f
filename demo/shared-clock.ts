/**
 * The clock of the demo's proxy, which runs and jumps ahead with that of the sandbox: keys, tokens and refunds age by the
 * sandbox's clock there, so the proxy has to count their age by it, too.
 *
 * It never goes back. The sandbox may have forgotten a key while its clock was ahead, and after its clock was set back the
 * proxy would take that key for a young one, and send it again. A key is therefore never younger here than there.
 */
export class SharedClock {
  #source: () => number;
  #seen: number;
  #now: number;

  /** @param source epoch milliseconds, from which this clock starts */
  constructor(source: () => number) {
    this.#source = source;
    this.#seen = source();
    this.#now = this.#seen;
  }

  /** Goes on with another source. If that one is ahead of the last time that was seen, this clock jumps ahead as well. */
  follow(source: () => number): void {
    this.#source = source;
    this.now();
  }

  /** Epoch milliseconds. */
  readonly now = (): number => {
    const at = this.#source();
    this.#now += Math.max(0, at - this.#seen);
    this.#seen = at;
    return this.#now;
  };
}
