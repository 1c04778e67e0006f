/** The default case of a switch over a closed set: a missing case does not compile, and throws at run time. */
export function assertNever(value: never): never {
  throw new TypeError(`Unhandled case: ${JSON.stringify(value)}`);
}
