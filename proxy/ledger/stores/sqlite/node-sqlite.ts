import type { DatabaseSync, DatabaseSyncOptions } from 'node:sqlite';

/**
 * Opens a database with Node's own SQLite. It is loaded on first use: Node before 22.13 has none, and a static import of
 * it would end the program before it could say so.
 */
export function openDatabase(file: string, options: DatabaseSyncOptions = {}): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined;
  if (!sqlite) throw new Error(`SQLite needs Node 22.13 or newer, and this is Node ${process.versions.node}`);
  return new sqlite.DatabaseSync(file, options);
}
