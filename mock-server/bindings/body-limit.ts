const MIB = 1_048_576;
const PROVIDER_LIMIT = MIB;
/** A seed or a snapshot is a whole shop. */
const BULK_LIMIT = 64 * MIB;

/** Maximum bytes of a body: more where rows are sent in bulk. */
export function bodyLimit(path: string): number {
  return /\/_sandbox\/(?:seed|restore)\/?$/.test(path) ? BULK_LIMIT : PROVIDER_LIMIT;
}
