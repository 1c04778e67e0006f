import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Tally {
  passed: number;
  failed: number;
  /** Tests that this machine or this engine cannot run. They do not count as passed. */
  skipped: number;
  /** What failed, each in a line or a few: repeated at the end of the run, where a log that is cut still shows it. */
  readonly failures: string[];
}

export function emptyTally(): Tally {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

export function addTo(total: Tally, { passed, failed, skipped, failures }: Tally): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  total.failures.push(...failures);
}

export function inWords({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Writes the counts and the failures to TALLY_FILE, where the run that started the reporter reads them. Without TALLY_FILE it writes none. */
export function writeTally(tally: Tally): void {
  const file = process.env['TALLY_FILE'];
  if (file) writeFileSync(file, JSON.stringify(tally));
}

/** `undefined` when the step ended before its reporter wrote the counts. */
export function readTally(file: string): Tally | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Tally) : undefined;
}
