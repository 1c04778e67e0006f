import { hostname } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';

import { isBusy, makePrivate } from './faults.ts';
import { openDatabase } from './node-sqlite.ts';
import { LedgerOwnedError } from '../../errors.ts';

/** How long two processes that start at once may wait for each other. Milliseconds. */
const WAIT_MS = 250;

/**
 * The process that owns the file: only one may send with it, because whatever is `sending` when a proxy starts must
 * belong to no other. The owner holds a lock of the operating system, through an open transaction on a second, tiny
 * database beside the file. The end of the process releases it, however it ends; the content only tells a second
 * process who the owner is.
 */
export class SqliteOwner {
  readonly #db: DatabaseSync;

  /** @throws LedgerOwnedError that names the owner. */
  constructor(file: string) {
    makePrivate(`${file}-owner`);
    this.#db = openDatabase(`${file}-owner`, { timeout: WAIT_MS });
    try {
      this.#take();
    } catch (error) {
      const holder = isBusy(error) ? this.#holder() : undefined;
      this.#db.close();
      throw isBusy(error) ? new LedgerOwnedError(file, holder) : error;
    }
  }

  close(): void {
    this.#db.close();
  }

  /** Others cannot see an open transaction, so the name is committed first, and the lock is taken again. */
  #take(): void {
    const db = this.#db;
    const name = `process ${process.pid} on ${hostname()}`;
    // Not WAL: there a second owner would look like a reader.
    db.exec('PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS owner (name TEXT NOT NULL)');
    for (;;) {
      db.exec('DELETE FROM owner');
      db.prepare('INSERT INTO owner (name) VALUES (?)').run(name);
      db.exec('COMMIT; BEGIN IMMEDIATE');
      // Another process may have come between the two steps, written its name, and found the lock taken.
      if (this.#holder() === name) return;
    }
  }

  #holder(): string | undefined {
    const row = this.#db.prepare('SELECT name FROM owner').get();
    return row === undefined ? undefined : String(row['name']);
  }
}
