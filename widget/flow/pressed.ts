/**
 * Calls with shorter pauses than this belong to one press of the page's button, in milliseconds. This is our policy: it is
 * longer than a double click takes, and than a held key waits before it repeats, unless a person has set a longer time.
 */
const SAME_PRESS = 1000;

/** Returns a function that says of each call whether it belongs to the press of the one before. */
export function pressed(time: () => number): () => boolean {
  let pressedAt = 0;
  return () => {
    const now = time();
    // Also after the clock was set back: that costs one press, and no more.
    const isSame = now - pressedAt < SAME_PRESS;
    pressedAt = now;
    return isSame;
  };
}
