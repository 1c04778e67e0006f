import { statSync } from 'node:fs';

import { LedgerUnavailableError } from '../../errors.ts';

/**
 * Where the open file of a database is. A file that was moved or removed can still be written through what is open, and
 * nobody would find again what was written.
 */
export class FilePlace {
  /** With all links resolved; empty for a database in memory. */
  readonly file: string;
  readonly #opened: string | undefined;

  /** @param file as SQLite names the file that it has opened */
  constructor(file: string) {
    this.file = file;
    this.#opened = identityOf(file);
  }

  /** @throws LedgerUnavailableError when the file at this path is not the open one. */
  check(): void {
    if (this.file === '' || identityOf(this.file) === this.#opened) return;
    throw new LedgerUnavailableError(
      `The ledger ${this.file} was moved, removed or replaced while it was open: stop the proxy, put the file back, start again`,
    );
  }
}

function identityOf(file: string): string | undefined {
  const stat = file === '' ? undefined : statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev} ${stat.ino}`;
}
