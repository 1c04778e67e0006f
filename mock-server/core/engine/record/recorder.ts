import type { LooseRow, LooseRows } from '../data-model.ts';
import type { Millis } from '../time.ts';
import type { Cleaner } from './clean.ts';

/** One call that a real provider answered. */
export interface Exchange {
  /** Name of the route. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed bodies; `undefined` where there is none, or it is not JSON. */
  readonly request: unknown;
  readonly answer: unknown;
  readonly status: number;
  /** Epoch milliseconds of the answer, for what has no time of its own. */
  readonly at: Millis;
}

/** Collects the rows of a seed from a provider's answers. */
export interface Recorder {
  learn(exchange: Exchange): void;
  /** The rows of each payment, by its id, as a person would write them. */
  payments(): ReadonlyMap<string, LooseRows>;
  /** What was seen and is not in the rows, as sentences that say what to read. */
  gaps(): readonly string[];
}

/** What a provider brings to be recorded. */
export interface Recording {
  readonly open: () => Recorder;
  /** How each member that may hold a secret or a person is written, by its name. */
  readonly clean: Readonly<Record<string, Cleaner>>;
}

/** Adds a row to the rows of its payment. */
export function addRow(rows: Record<string, LooseRow[]>, name: string, row: LooseRow): void {
  (rows[name] ??= []).push(row);
}
