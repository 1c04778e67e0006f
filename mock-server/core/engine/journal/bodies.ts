const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const MIN_BYTES = 1_024;
/** A place that holds more memory than this gives it back when a shorter call takes it. */
const MAX_SPARE_BYTES = 16_384;

export interface Bodies {
  readonly request: string;
  readonly response: string;
}

/**
 * The bodies of one call, as bytes. The call that takes this place in the journal writes over them: bodies that were strings
 * would live just long enough to be moved among the old objects, and collecting these slows down a sandbox with a million rows.
 */
export class CallBodies {
  #bytes = new Uint8Array(0);
  #written = 0;
  /** In UTF-16 units. */
  #requestLength = 0;

  write(request: string, response: string): void {
    const text = request + response;
    this.#requestLength = request.length;
    this.#makeRoom(text.length);
    let { read, written } = encoder.encodeInto(text, this.#bytes);
    if (read < text.length) {
      // UTF-8 takes at most three bytes for each unit of a string.
      this.#makeRoom(text.length * 3);
      ({ read, written } = encoder.encodeInto(text, this.#bytes));
    }
    this.#written = written;
  }

  /** Both as they came. */
  read(): Bodies {
    const text = decoder.decode(this.#bytes.subarray(0, this.#written));
    return { request: text.slice(0, this.#requestLength), response: text.slice(this.#requestLength) };
  }

  #makeRoom(needed: number): void {
    const { length } = this.#bytes;
    // As many bytes as the text may need: giving back what it takes at once would cost each such call two allocations.
    const isSpare = length > MAX_SPARE_BYTES && needed * 3 <= MAX_SPARE_BYTES;
    if (length >= needed && !isSpare) return;
    this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(needed, MIN_BYTES))));
  }
}
