import type { Millis } from '../time.ts';

/** One recorded call. Bodies are stored as they came and are redacted when they are read. */
export interface JournalRecord {
  readonly at: Millis;
  readonly provider: string;
  /** Name of the route, or `unknown`. */
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly payment: string | undefined;
  readonly refund: string | undefined;
  readonly key: string | undefined;
  readonly replayed: boolean;
  readonly scenario: string | undefined;
  /** Kind of the wire fault; `undefined` when the answer was sent as it is. */
  readonly wire: string | undefined;
  readonly policies: readonly string[];
  readonly request: string;
  readonly response: string;
}

/** A recorded call and its sequence number, from 1. */
export interface NumberedCall {
  readonly record: JournalRecord;
  readonly sequence: number;
}
