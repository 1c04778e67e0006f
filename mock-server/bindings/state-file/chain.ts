import { crc32 } from 'node:zlib';

const SUM = /^(?<text>\{.*),"sum":"(?<sum>[\da-f]{8})"\}$/s;

/**
 * The lines of a file, each with a checksum of its text and of every line before it. A line that was changed, moved, taken
 * out or put in by another hand breaks the chain from there on. It protects from accidents, not from an attacker.
 */
export class Chain {
  #sum = 0;

  /** @param json an object of at least one member, as `JSON.stringify` writes it */
  seal(json: string): string {
    this.#sum = crc32(json, this.#sum);
    return `${json.slice(0, -1)},"sum":"${hex(this.#sum)}"}\n`;
  }

  /** @returns the JSON as it was sealed; `undefined` when the line is not the one that follows here */
  open(line: string): string | undefined {
    const { text, sum } = SUM.exec(line)?.groups ?? {};
    if (text === undefined) return undefined;
    const json = `${text}}`;
    const expected = crc32(json, this.#sum);
    if (sum !== hex(expected)) return undefined;
    this.#sum = expected;
    return json;
  }
}

const hex = (sum: number): string => sum.toString(16).padStart(8, '0');
