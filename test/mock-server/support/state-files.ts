import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** A file in a folder of its own, which is gone after the test. */
export function fileFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-db-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'state.db');
}

const isThere = (file: string) => existsSync(file);

/** Copies the file and its write-ahead log, as a crash would leave them. */
export function copyFile(from: string, to: string): void {
  copyFileSync(from, to);
  rmSync(`${to}-wal`, { force: true });
  if (isThere(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`);
}
