const MIB = 1_048_576;
const PROVIDER_LIMIT = MIB;
/** The limit for a seed or a snapshot, which holds all rows of a shop. */
const BULK_LIMIT = 64 * MIB;

/** The maximum size of a body in bytes. It is larger for calls that send many rows. */
export function bodyLimit(path: string): number {
  return /\/_sandbox\/(?:seed|restore)\/?$/.test(path) ? BULK_LIMIT : PROVIDER_LIMIT;
}
