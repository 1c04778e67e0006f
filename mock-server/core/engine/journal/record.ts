import type { Millis } from '../time.ts';
import type { CallBodies } from './bodies.ts';

/** One recorded call, without its bodies. */
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
}

/** A recorded call and its sequence number, from 1. To be read at once: a later call writes over the bodies. */
export interface NumberedCall {
  readonly record: JournalRecord;
  /** As they came: they are redacted when they are read. */
  readonly bodies: Pick<CallBodies, 'read'>;
  readonly sequence: number;
}
