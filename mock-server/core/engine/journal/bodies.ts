const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** A place that once held a longer body than this gives the memory back. */
const MAX_SPARE_BYTES = 16_384;

/**
 * The bodies of one call, as bytes. The call that takes this place in the journal writes over them: bodies that were strings
 * would live just long enough to be moved among the old objects, and collecting these stops a sandbox with a million rows.
 */
export class CallBodies {
  #bytes = new Uint8Array(0);
  #requestEnd = 0;
  #end = 0;

  write(request: string, response: string): void {
    this.#requestEnd = this.#put(request, 0);
    this.#end = this.#put(response, this.#requestEnd);
  }

  get request(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#requestEnd));
  }

  get response(): string {
    return decoder.decode(this.#bytes.subarray(this.#requestEnd, this.#end));
  }

  /** @returns where the text ends */
  #put(text: string, at: number): number {
    this.#makeRoom(at, text.length);
    const { read, written } = encoder.encodeInto(text, this.#bytes.subarray(at));
    if (read === text.length) return at + written;
    // UTF-8 takes at most three bytes for each unit of a string.
    this.#makeRoom(at, text.length * 3);
    return at + encoder.encodeInto(text, this.#bytes.subarray(at)).written;
  }

  #makeRoom(at: number, length: number): void {
    const needed = at + length;
    const isSpare = this.#bytes.length > MAX_SPARE_BYTES && at === 0 && needed <= MAX_SPARE_BYTES;
    if (needed <= this.#bytes.length && !isSpare) return;
    const larger = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(needed, 256))));
    larger.set(this.#bytes.subarray(0, at));
    this.#bytes = larger;
  }
}
