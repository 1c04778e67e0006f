/** The file of `--db` cannot be used; the message says which, why and what to do. */
export class StateFileError extends Error {
  override name = 'StateFileError' as const;
}
