import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

import { RESTORED, restoredAgain, type Restored } from '../../rules/restored.ts';
import { fileFault, unavailable } from './faults.ts';
import { openDatabase } from './node-sqlite.ts';
import { LedgerUnavailableError } from '../../errors.ts';

/** How long the copy waits for a lock of the running proxy. Milliseconds. P */
const WAIT_MS = 10_000;

interface Backup {
  readonly file: string;
  readonly to: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly generation: string;
}

/**
 * Copies a ledger at one moment, marks the copy as restored, checks it, and only then gives it its name.
 * @throws LedgerUnavailableError, and then there is no copy.
 */
export function backUp({ file, to, at, generation }: Backup): { readonly bytes: number } {
  if (!existsSync(file)) throw new LedgerUnavailableError(`There is no ledger ${file}: name it in REFUND_PROXY_DB`);
  if (existsSync(to)) throw new LedgerUnavailableError(`${to} is there already: a backup overwrites nothing`);
  const part = `${to}.part`;
  try {
    // Readable by this user only, before it holds any data. A file that an interrupted backup left is removed.
    rmSync(part, { force: true });
    closeSync(openSync(part, 'wx', 0o600));
    copy(file, part);
    mark(part, { generation, since: at });
    sync(part);
    // Unlike a rename, a link fails when the name exists.
    linkSync(part, to);
    sync(path.dirname(path.resolve(to)));
    return { bytes: statSync(to).size };
  } catch (error) {
    throw failure(to, error);
  } finally {
    rmSync(part, { force: true });
  }
}

function copy(file: string, part: string): void {
  const db = openDatabase(file, { timeout: WAIT_MS });
  try {
    db.prepare('VACUUM INTO ?').run(part);
  } finally {
    db.close();
  }
}

function mark(part: string, restored: Restored): void {
  const db = openDatabase(part, { timeout: WAIT_MS });
  try {
    // The copy is one file, without a log that somebody could forget to copy.
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
    const [before] = db.prepare('SELECT value FROM shared_values WHERE name = ?').all(RESTORED);
    const value = before?.['value'];
    const now = restoredAgain(restored, typeof value === 'string' ? value : undefined);
    db.prepare(
      'INSERT INTO shared_values (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ).run(RESTORED, JSON.stringify(now));
    const found = db.prepare('PRAGMA integrity_check').all();
    const words = found.map((row) => String(row['integrity_check'])).join('; ');
    if (words !== 'ok') throw new LedgerUnavailableError(`The copy is damaged: ${words}`);
  } finally {
    db.close();
  }
}

function sync(file: string): void {
  const handle = openSync(file, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function failure(to: string, error: unknown): unknown {
  if (error instanceof LedgerUnavailableError) return error;
  const message = `The backup ${to} cannot be written`;
  if (error instanceof Error && 'syscall' in error) {
    return new LedgerUnavailableError(`${message}: ${fileFault(to) ?? error.message}`, { cause: error });
  }
  return unavailable(message, error, fileFault(to));
}
