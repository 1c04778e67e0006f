/**
 * What all spellings of one user's name have in common. A sign-in may write a name in several ways, and no spelling makes
 * a second person: not the case, also where it changes the letters (`STRASSE`, `straße`), not the way in which Unicode
 * writes a character, and no character that nobody sees. Letters that only look alike are different ones, and so are the
 * dotless `ı` and `i`, as in Unicode's own case folding. The ledger keeps each name as it came.
 */
export function personOf(user: string): string {
  const seen = user
    .normalize('NFKC')
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim();
  // First lower: the capital ẞ is SS only so. The capital of ı is that of i.
  const folded = seen.toLowerCase().replaceAll(/[^ı]+/g, (part) => part.toUpperCase());
  return folded.normalize('NFKC');
}

export function isSamePerson(one: string, other: string): boolean {
  return personOf(one) === personOf(other);
}
