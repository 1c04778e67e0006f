const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The four words of one generator; plain data, so that a snapshot can hold it. */
export type RandomState = [number, number, number, number];

/**
 * A repeatable source of ids: sfc32 over a numeric seed and a stream name, so that drawing a token never changes the
 * refund ids that follow. Not for secrets.
 */
export class Random {
  readonly #words: RandomState;

  constructor(seed: number, stream: string) {
    this.#words = [seed | 0, Math.floor(seed / 0x1_0000_0000) | 0, hash32(stream), 1];
    for (let round = 0; round < 16; round += 1) this.uint32();
  }

  uint32(): number {
    const words = this.#words;
    const sum = (words[0] + words[1] + words[3]) | 0;
    words[3] = (words[3] + 1) | 0;
    words[0] = words[1] ^ (words[1] >>> 9);
    words[1] = (words[2] + (words[2] << 3)) | 0;
    words[2] = (((words[2] << 21) | (words[2] >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer from 0 to `limit - 1`; the bias of the modulo does not matter to ids. */
  below(limit: number): number {
    return this.uint32() % limit;
  }

  digits(count: number): string {
    let text = '';
    // Nine digits a word; the leading 1 keeps zeros that would be lost.
    while (text.length < count) text += String(1_000_000_000 + (this.uint32() % 1_000_000_000)).slice(1);
    return text.slice(0, count);
  }

  base62(count: number): string {
    let text = '';
    for (let index = 0; index < count; index += 1) text += BASE62[this.below(62)];
    return text;
  }

  hex(count: number): string {
    let text = '';
    while (text.length < count) text += this.uint32().toString(16).padStart(8, '0');
    return text.slice(0, count);
  }

  /** Version 4 in form. */
  uuid(): string {
    const hex = this.hex(32);
    const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  snapshot(): RandomState {
    return [...this.#words];
  }

  restore(state: RandomState): void {
    this.#words.splice(0, 4, ...state);
  }
}

/** FNV-1a. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

/** Two independent 32-bit hashes in one safe integer: tells bodies apart without keeping them. */
export function fingerprint(text: string): number {
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995);
    second ^= second >>> 15;
  }
  return (first >>> 0) * 0x20_0000 + ((second >>> 0) & 0x1f_ffff);
}
