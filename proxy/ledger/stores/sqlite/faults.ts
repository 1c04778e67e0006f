import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import path from 'node:path';

import { LedgerUnavailableError } from '../../errors.ts';

/** SQLite's error, with the fault of the file if that is known; any other error unchanged. */
export function unavailable(message: string, error: unknown, fault?: string): unknown {
  const isSqlite = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_SQLITE');
  const isClosed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
  if (!isSqlite && !isClosed) return error;
  const words = [message, error.message, ...(fault === undefined ? [] : [fault])].join(': ');
  return new LedgerUnavailableError(words, { cause: error });
}

/**
 * Creates a missing database file for this user only; SQLite gives its log the same mode. An existing file keeps its
 * mode: the operator may have let a group read it. Errors are left to SQLite, which explains them better.
 */
export function makePrivate(file: string): void {
  if (file === ':memory:' || file.startsWith('file:') || existsSync(file)) return;
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

/** Of an existing file without a table: whoever starts on it would send everything again. */
export function emptyFileSentence(file: string): string {
  return (
    `The ledger ${file} is empty: it was copied without its -wal, its restore has not ended, or its first start was ` +
    'stopped. Restore it whole; if there never was a refund, remove the file. Of a container, mount the folder and not the file'
  );
}

const SQLITE_BUSY = 5;

/** Whether another process holds the lock. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

/** Why a database file cannot be opened and written, and what to do; `undefined` if the file system allows both. */
export function fileFault(file: string): string | undefined {
  const folder = path.dirname(path.resolve(file));
  if (!existsSync(folder)) return `the folder ${folder} does not exist, or may not be looked into: make it first`;
  if (!statSync(folder).isDirectory()) return `${folder} is no folder`;
  if (existsSync(file) && !statSync(file).isFile()) return 'it is no file: name a file within it';
  // SQLite keeps its log and locks beside the file.
  for (const [place, words] of [
    [folder, `the folder ${folder}`],
    [file, 'the file'],
  ] as const) {
    if (place === file && !existsSync(file)) continue;
    try {
      accessSync(place, place === folder ? constants.W_OK | constants.X_OK : constants.R_OK | constants.W_OK);
    } catch (error) {
      return `${words} cannot be written (${codeOf(error)}): ${ADVICE[codeOf(error)] ?? 'choose another place'}`;
    }
  }
  return undefined;
}

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'let the user that runs the proxy write it',
  EPERM: 'let the user that runs the proxy write it',
  EROFS: 'the disk is mounted read-only; mount it writable, or choose another',
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
}
