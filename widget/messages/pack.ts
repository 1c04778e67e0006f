import { hashOf } from '../hash.ts';
import { en } from './en.ts';

/** So many keys share one hash. */
export const BLOCK = 32;
type Key = keyof typeof en;
const KEYS = Object.keys(en) as Key[];

/**
 * The texts of a language for its built file, one a line, without their keys: those would be a third of the file. A line
 * before every 32 texts holds the hash of their keys, so that a form of another version finds the blocks that
 * it knows. It leaves out the others, and never takes one text for another.
 */
export function packMessages(messages: Readonly<Record<Key, string>>): string {
  return KEYS.map((key, at) => (at % BLOCK ? '' : `${hashAt(at)}\n`) + messages[key]).join('\n');
}

/** Without the texts whose block has changed. */
export function unpackMessages(packed: string): Partial<Record<Key, string>> {
  const hashes = KEYS.map((_, at) => hashAt(at));
  const messages: Partial<Record<Key, string>> = {};
  let at = -1;
  for (const [index, line] of packed.split('\n').entries()) {
    const place = index % (BLOCK + 1);
    if (!place) at = hashes.indexOf(line);
    else if (at >= 0) messages[KEYS[at + place - 1]!] = line;
  }
  return messages;
}

function hashAt(at: number): string {
  return hashOf(KEYS.slice(at, at + BLOCK).join()).toString(36);
}
