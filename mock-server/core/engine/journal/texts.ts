const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** UTF-8 takes at most three bytes for each unit of a string. */
const MAX_BYTES_A_UNIT = 3;
const MIN_BYTES = 1_024;
/** Texts that hold more memory than this give it back when shorter ones are written. */
const MAX_SPARE_BYTES = 16_384;

/**
 * Texts of one call, as bytes that are used again. Strings would live just long enough to be moved among the old objects,
 * and collecting these slows down a sandbox with a million rows.
 */
export class CallTexts {
  #bytes = new Uint8Array(0);
  #written = 0;
  /** In UTF-16 units. */
  readonly #lengths: number[] = [];

  write(texts: readonly string[]): void {
    let all = '';
    let index = 0;
    for (const text of texts) {
      this.#lengths[index] = text.length;
      all += text;
      index += 1;
    }
    this.#makeRoom(all.length);
    let { read, written } = encoder.encodeInto(all, this.#bytes);
    if (read < all.length) {
      this.#makeRoom(all.length * MAX_BYTES_A_UNIT);
      ({ read, written } = encoder.encodeInto(all, this.#bytes));
    }
    this.#written = written;
  }

  /** The first text, or all texts, unchanged. Only the bytes that these texts can take are decoded. */
  read(count = this.#lengths.length): string[] {
    const lengths = this.#lengths.slice(0, count);
    const units = lengths.reduce((sum, length) => sum + length, 0);
    const all = decoder.decode(this.#bytes.subarray(0, Math.min(this.#written, units * MAX_BYTES_A_UNIT)));
    let start = 0;
    return lengths.map((length) => {
      start += length;
      return all.slice(start - length, start);
    });
  }

  #makeRoom(needed: number): void {
    const { length } = this.#bytes;
    // As many bytes as the text may need: giving back what it takes at once would cost each such call two allocations.
    const isSpare = length > MAX_SPARE_BYTES && needed * MAX_BYTES_A_UNIT <= MAX_SPARE_BYTES;
    if (length >= needed && !isSpare) return;
    this.#bytes = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(needed, MIN_BYTES))));
  }
}
