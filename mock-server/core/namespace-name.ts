/** Why this is no name of a namespace, as a sentence. A variable that is not set is none either. */
export function nameFault(name: unknown): string | undefined {
  if (typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return undefined;
  return 'a namespace has 1 to 64 letters, digits, hyphens or underscores and begins with a letter or digit: /ns/<name>/...';
}
