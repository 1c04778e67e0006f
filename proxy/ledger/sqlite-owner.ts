import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';

import { isBusy, makePrivate } from './sqlite-faults.ts';
import { LedgerOwnedError } from './store.ts';

/** How long the few statements of two that start at once may wait for each other. Milliseconds. */
const WAIT_MS = 250;

/**
 * Which process sends by this file: one at a time, because what is `sending` when a proxy starts must be nobody's any
 * more. It is a lock of the operating system, held by an open transaction on a second, tiny database beside the file.
 * The end of the process releases it, however it ends; what is written there only tells a second process who holds it.
 */
export class SqliteOwner {
  readonly #db: DatabaseSync;

  /** @throws LedgerOwnedError that says who owns the file. */
  constructor(file: string) {
    makePrivate(`${file}-owner`);
    this.#db = new DatabaseSync(`${file}-owner`, { timeout: WAIT_MS });
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

  /** A transaction that has written is visible to nobody, so the name is committed first, and the lock taken anew. */
  #take(): void {
    const db = this.#db;
    const name = `process ${process.pid} on ${hostname()}`;
    // Not WAL: there a second process could not be told apart from one that only reads.
    db.exec('PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS owner (name TEXT NOT NULL)');
    for (;;) {
      db.exec('DELETE FROM owner');
      db.prepare('INSERT INTO owner (name) VALUES (?)').run(name);
      db.exec('COMMIT; BEGIN IMMEDIATE');
      // Another one may have come between the two, written its name, and found the lock taken.
      if (this.#holder() === name) return;
    }
  }

  #holder(): string | undefined {
    const row = this.#db.prepare('SELECT name FROM owner').get();
    return row === undefined ? undefined : String(row['name']);
  }
}
