/** The default of a switch over a closed set: does not compile while a case is missing, and throws if one comes all the same. */
export function unreachable(value: never): never {
  throw new TypeError(`Unhandled case: ${JSON.stringify(value)}`);
}
