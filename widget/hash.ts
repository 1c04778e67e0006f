/** A UUID of 32 hexadecimal digits (RFC 9562). */
export function uuidOf(hex: string, version: number): string {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, `$1-$2-${version}$3-8$4-`);
}

/**
 * FNV-1a over UTF-16 units: whether two texts are the same. It guards against mistakes, not attackers, and has to work
 * where `crypto.subtle` is missing.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text.split('')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash;
}
