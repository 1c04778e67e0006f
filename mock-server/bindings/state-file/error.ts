/** The file of `--db` cannot be used; the message says which, why and what to do. */
export class StateFileError extends Error {
  override name = 'StateFileError' as const;
}

/** @param record number of the damaged record, from 1; `undefined` when the whole file is meant */
export function damaged(file: string, record: number | undefined, fault: string): StateFileError {
  const where = record === undefined ? file : `${file}, record ${record}`;
  return new StateFileError(
    `${where}: ${fault}. The file was left as it is: move it away to begin a new one, or mend it`,
  );
}

export function unusable(file: string, error: unknown): StateFileError {
  if (error instanceof StateFileError) return error;
  return new StateFileError(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
}
