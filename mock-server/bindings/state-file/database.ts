import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';

import { damaged, StateFileError, unusable } from './error.ts';
import { openDatabase } from './node-sqlite.ts';
import { parseRecord, type FileRecord } from './records.ts';

/** `RFSB`: marks a SQLite file as a file of a sandbox. */
const APPLICATION_ID = 0x52_46_53_42;
const VERSION = 3;

const OUT_OF_CHAIN = 'its checksum does not fit: this record or one before it was changed, moved, added or taken out';

/**
 * The SQLite file of a sandbox: its records in their order, each with a checksum of its text and of every record before it.
 * SQLite keeps whole transactions and the lock; the checksums find records that another program changed. They protect
 * from accidents, not from an attacker.
 */
export class StateDatabase {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  /** Checksum of the last record. */
  #sum = 0;

  private constructor(file: string, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
    this.#insert = database.prepare('INSERT INTO records (json, sum) VALUES (?, ?)');
  }

  /**
   * Opens the file, or creates it, and locks it for as long as it is open.
   * @throws StateFileError when the file is in use, damaged, of another version, or cannot be written
   */
  static open(file: string): StateDatabase {
    const isNew = !existsSync(file);
    let database: DatabaseSync | undefined;
    try {
      if (isNew) create(file);
      else refuseForeign(file);
      database = openDatabase(file, { timeout: 0 });
      lock(database);
      if (isNew) setUp(database);
      else check(file, database);
      return new StateDatabase(file, database);
    } catch (error) {
      database?.close();
      throw explain(file, error);
    }
  }

  /** Every record, oldest first. @throws StateFileError at the first one that is damaged */
  *records(): Generator<FileRecord> {
    let number = 0;
    for (const { json, sum } of this.#database.prepare('SELECT json, sum FROM records ORDER BY sequence').iterate()) {
      number += 1;
      const text = String(json);
      this.#sum = crc32(text, this.#sum);
      if (this.#sum !== sum) throw damaged(this.#file, number, OUT_OF_CHAIN);
      const record = parseRecord(text);
      if (!record) throw damaged(this.#file, number, 'it is no record of a sandbox');
      yield record;
    }
  }

  /** Appends records in one transaction, which is on the disk afterwards. @returns bytes of their texts */
  append(records: Iterable<FileRecord>): number {
    return this.#transaction(() => this.#write(records));
  }

  /** Replaces all records in one transaction. @returns bytes of their texts */
  replace(records: Iterable<FileRecord>): number {
    return this.#transaction(() => {
      this.#database.exec('DELETE FROM records');
      this.#sum = 0;
      return this.#write(records);
    });
  }

  close(): void {
    this.#database.close();
  }

  #write(records: Iterable<FileRecord>): number {
    let bytes = 0;
    for (const record of records) {
      const json = JSON.stringify(record);
      this.#sum = crc32(json, this.#sum);
      this.#insert.run(json, this.#sum);
      bytes += json.length;
    }
    return bytes;
  }

  #transaction(work: () => number): number {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const bytes = work();
      this.#database.exec('COMMIT');
      return bytes;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Only its owner may read the file: it holds what was sent to the sandbox. */
function create(file: string): void {
  const folder = dirname(file);
  // A folder made here would turn a typing error into a fresh, empty state.
  if (!existsSync(folder)) {
    const fault = `the folder ${folder} does not exist, or may not be looked into: make it first`;
    throw unusable(file, new Error(fault));
  }
  closeSync(openSync(file, 'wx', 0o600));
}

const SQLITE_HEADER = 'SQLite format 3\0';
/** First bytes of the text files of older sandboxes. */
const OLD_HEADER = '{"is":"header"';

function refuseForeign(file: string): void {
  if (statSync(file).size === 0)
    throw damaged(file, undefined, 'the file is empty: it was emptied, or its sandbox was killed as it began the file');
  const bytes = Buffer.alloc(SQLITE_HEADER.length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  const text = bytes.toString('latin1');
  if (text.startsWith(OLD_HEADER)) {
    throw damaged(file, undefined, 'it is a text file of an older version of the sandbox, and this one reads SQLite');
  }
  if (text !== SQLITE_HEADER) throw damaged(file, undefined, 'it is no state file of a sandbox');
}

/** Two sandboxes on one file would each lose the other's refunds. The lock ends with the process, however it ends. */
function lock(database: DatabaseSync): void {
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('PRAGMA journal_mode = WAL');
  // Every commit waits until it is on the disk.
  database.exec('PRAGMA synchronous = FULL');
  database.exec('BEGIN IMMEDIATE; COMMIT');
}

function setUp(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE records (sequence INTEGER PRIMARY KEY, json TEXT NOT NULL, sum INTEGER NOT NULL) STRICT;
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${VERSION};
    COMMIT;
  `);
}

function check(file: string, database: DatabaseSync): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const id = pragma('application_id');
  if (id !== APPLICATION_ID) throw damaged(file, undefined, 'it is no state file of a sandbox');
  const version = pragma('user_version');
  if (version !== VERSION) {
    const fault = `its format is version ${String(version)}, and this sandbox reads version ${VERSION}`;
    throw damaged(file, undefined, fault);
  }
  const fault = pragma('quick_check(1)');
  if (fault !== 'ok') throw damaged(file, undefined, `SQLite finds it damaged: ${String(fault)}`);
}

const BUSY = 5;
const CORRUPT = new Set([11, 26]);

function explain(file: string, error: unknown): StateFileError {
  if (error instanceof StateFileError) return error;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  if (code === BUSY) {
    return new StateFileError(`${file} is in use by another sandbox: stop that one, or choose another file`);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (typeof code === 'number' && CORRUPT.has(code & 0xff)) {
    return damaged(file, undefined, `SQLite finds it damaged: ${message}`);
  }
  return unusable(file, error);
}
