import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { StateFileError } from './error.ts';

/** Files that this process holds: its own id in a lock would not tell two sandboxes of one process apart. */
const held = new Set<string>();

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

/**
 * Two sandboxes on one file would each lose the other's refunds. The lock holds the id of its process; one that was
 * killed leaves it behind, and the next takes it over.
 * @returns what gives it up again
 * @throws StateFileError while another process lives that holds it
 */
export function lock(file: string): () => void {
  const path = `${file}.lock`;
  makeFolder(path);
  if (held.has(path)) throw inUse(file, process.pid);
  if (!create(path)) {
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner !== process.pid && isAlive(owner)) throw inUse(file, owner);
    rmSync(path, { force: true });
    if (!create(path)) throw inUse(file, Number(readFileSync(path, 'utf8')));
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

function inUse(file: string, owner: number): StateFileError {
  return new StateFileError(
    `${file} is in use by process ${owner}: stop that sandbox, or choose another file (if it is none, delete ${file}.lock)`,
  );
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw unwritable(path, error);
  }
}

const unwritable = (path: string, error: unknown) =>
  new StateFileError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);

function create(path: string): boolean {
  try {
    const descriptor = openSync(path, 'wx', 0o600);
    writeSync(descriptor, String(process.pid));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw unwritable(path, error);
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
