const MIB = 1_048_576;
const PROVIDER_LIMIT = MIB;
/** A seed or a snapshot is a whole shop. */
const BULK_LIMIT = 64 * MIB;

/** Bytes that a body may have: what a provider takes, and more where rows are sent in bulk. */
export function bodyLimit(path: string): number {
  return /\/_sandbox\/(?:seed|restore)\/?$/.test(path) ? BULK_LIMIT : PROVIDER_LIMIT;
}
