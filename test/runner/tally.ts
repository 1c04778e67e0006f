import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Tally {
  passed: number;
  failed: number;
  /** Tests that this machine or this engine cannot run. They do not count as passed. */
  skipped: number;
}

export function addTo(total: Tally, { passed, failed, skipped }: Tally): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

export function inWords({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Writes the counts to TALLY_FILE, where the run that started the reporter reads them. Without TALLY_FILE it writes none. */
export function writeTally(tally: Tally): void {
  const file = process.env['TALLY_FILE'];
  if (file) writeFileSync(file, JSON.stringify(tally));
}

/** `undefined` when the step ended before its reporter wrote the counts. */
export function readTally(file: string): Tally | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Tally) : undefined;
}
