import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Tally {
  passed: number;
  failed: number;
}

/** A reporter leaves its counts where the run that started it looks for them; alone it leaves none. */
export function writeTally(tally: Tally): void {
  const file = process.env['TALLY_FILE'];
  if (file) writeFileSync(file, JSON.stringify(tally));
}

/** `undefined` when the step ended before its reporter could count. */
export function readTally(file: string): Tally | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Tally) : undefined;
}
