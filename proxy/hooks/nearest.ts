/** At most this many edits count as a typo. */
const MAX_EDITS = 3;

/**
 * The known name that was probably meant: it differs by a few letters, or has the same words with some left out
 * (`UQPAY_URL` for `UQPAY_BASE_URL`). `undefined` when none is close.
 */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const wanted = given.toLowerCase();
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of known) {
    const edits = distance(wanted, name.toLowerCase());
    if (edits <= Math.min(MAX_EDITS, wanted.length / 3) && edits < (best?.edits ?? Infinity)) best = { name, edits };
  }
  return best?.name ?? known.find((name) => leavesWordsOut(wanted, name.toLowerCase()));
}

/**
 * Whether the names differ by one or two letters, or only in how their words are joined. A longer name (`..._at`) or another
 * word (`is_` for `not_`) has a meaning of its own.
 */
export function isTypo(given: string, name: string): boolean {
  const [one, other] = [given, name].map((each) => each.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
  return one === other || (!one!.startsWith(other!) && distance(one!, other!) <= 2);
}

function leavesWordsOut(given: string, name: string): boolean {
  const [words, all] = [given.split('_'), new Set(name.split('_'))];
  return words.length > 1 && words.length < all.size && words.every((word) => all.has(word));
}

/** How many letters to insert, remove or replace (Levenshtein distance). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (const [at, wanted] of [...other].entries()) {
      next.push(Math.min(next[at]! + 1, row[at + 1]! + 1, row[at]! + (letter === wanted ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1)!;
}
