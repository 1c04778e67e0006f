import { differences, type JournalFilter } from './filter.ts';
import { shownPolicies, type PolicyId } from '../../providers/uqpay/policies.ts';
import { redact, redactText } from '../redact.ts';
import type { ProviderName } from '../scenarios/scenarios.ts';
import { toRfc3339, type Millis } from '../time.ts';

/** One call as it is kept: bodies are kept as they came and are redacted when they are read. */
export interface JournalRecord {
  readonly at: Millis;
  readonly provider: ProviderName;
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
  /** What became of the answer on the wire, when it did not simply arrive. */
  readonly wire: string | undefined;
  readonly policies: readonly PolicyId[];
  readonly request: string;
  readonly response: string;
}

/** A call as the control API shows it. */
export interface JournalEntry {
  readonly sequence: number;
  readonly time: string;
  readonly provider: string;
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly payment_id: string | null;
  readonly refund_id: string | null;
  readonly idempotency_key: string | null;
  readonly replayed: boolean;
  readonly scenario: string | null;
  readonly wire: string | null;
  readonly policies: readonly { readonly id: string; readonly text: string }[];
  readonly request: unknown;
  readonly response: unknown;
}

/** A recorded call and its sequence number, from 1. */
export interface KnownCall {
  readonly record: JournalRecord;
  readonly sequence: number;
}

/** The last calls of a namespace, in a ring of fixed size. */
export class Journal {
  readonly #capacity: number;
  #ring: JournalRecord[] = [];
  #total = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Calls ever recorded, those included that the ring has dropped. */
  get total(): number {
    return this.#total;
  }

  get dropped(): number {
    return this.#total - this.#ring.length;
  }

  /** @returns the entry's sequence number, from 1 */
  record(entry: JournalRecord): number {
    this.#ring[this.#total % this.#capacity] = entry;
    this.#total += 1;
    return this.#total;
  }

  count(filter: JournalFilter): number {
    return this.#select(filter).length;
  }

  /** Oldest first; with a limit, the newest of them. */
  entries(filter: JournalFilter): JournalEntry[] {
    const selected = this.#select(filter);
    const { limit = selected.length } = filter;
    return selected.slice(Math.max(0, selected.length - limit)).map(showCall);
  }

  clear(): void {
    this.#ring = [];
    this.#total = 0;
  }

  /** Every call that is still known, oldest first. */
  *calls(after = 0): Generator<KnownCall> {
    for (let sequence = Math.max(this.dropped, after) + 1; sequence <= this.#total; sequence += 1) {
      yield { record: this.#ring[(sequence - 1) % this.#capacity]!, sequence };
    }
  }

  #select(filter: JournalFilter): KnownCall[] {
    return [...this.calls(filter.after)].filter(({ record }) => differences(record, filter).length === 0);
  }
}

export function showCall({ record, sequence }: KnownCall): JournalEntry {
  return {
    sequence,
    time: toRfc3339(record.at),
    provider: record.provider,
    route: record.route,
    method: record.method,
    path: redactText(record.path),
    status: record.status,
    payment_id: record.payment ?? null,
    refund_id: record.refund ?? null,
    idempotency_key: record.key ?? null,
    replayed: record.replayed,
    scenario: record.scenario ?? null,
    wire: record.wire ?? null,
    policies: shownPolicies(record.policies),
    request: readable(record.request),
    response: readable(record.response),
  };
}

/** A body without secrets and personal data; a body that is not JSON only as its length. */
function readable(body: string): unknown {
  if (body === '') return null;
  try {
    return redact(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return `[${body.length} characters that are not JSON]`;
    throw error;
  }
}
