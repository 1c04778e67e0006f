import { POLICIES, type PolicyId } from './policies.ts';
import type { ProviderName } from './scenarios.ts';
import { toRfc3339, type Millis } from './time.ts';

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

export interface JournalFilter {
  readonly provider?: string | undefined;
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly payment_id?: string | undefined;
  readonly limit?: number | undefined;
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
    return (filter.limit === undefined ? selected : selected.slice(-filter.limit)).map(show);
  }

  clear(): void {
    this.#ring = [];
    this.#total = 0;
  }

  #select(filter: JournalFilter): { record: JournalRecord; sequence: number }[] {
    const selected: { record: JournalRecord; sequence: number }[] = [];
    for (let sequence = this.dropped + 1; sequence <= this.#total; sequence += 1) {
      const record = this.#ring[(sequence - 1) % this.#capacity]!;
      if (matches(record, filter)) selected.push({ record, sequence });
    }
    return selected;
  }
}

function matches(record: JournalRecord, { provider, route, status, payment_id: payment }: JournalFilter): boolean {
  return (
    (provider === undefined || record.provider === provider) &&
    (route === undefined || record.route === route) &&
    (status === undefined || record.status === status) &&
    (payment === undefined || record.payment === payment)
  );
}

function show({ record, sequence }: { record: JournalRecord; sequence: number }): JournalEntry {
  return {
    sequence,
    time: toRfc3339(record.at),
    provider: record.provider,
    route: record.route,
    method: record.method,
    path: record.path,
    status: record.status,
    payment_id: record.payment ?? null,
    refund_id: record.refund ?? null,
    idempotency_key: record.key ?? null,
    replayed: record.replayed,
    scenario: record.scenario ?? null,
    wire: record.wire ?? null,
    policies: record.policies.map((id) => ({ id, text: POLICIES[id] })),
    request: readable(record.request),
    response: readable(record.response),
  };
}

const SECRET = /^(?:auth_token|client_secret|token|api_?key)$/i;
const PERSONAL =
  /^(?:customer(?:firstname|lastname|name|email|mobilenumber)|email|phone|mobile|first_?name|last_?name)$/i;
const EMAIL = /[^\s@"<>]+@[^\s@"<>]+\.[^\s@"<>]+/g;
/** Not the ids of UQPAY, which look alike. */
const IBAN = /\b((?!PI|PA|RF)[A-Z]{2}\d{2})[A-Z0-9]{8,26}([A-Z0-9]{4})\b/g;
const REDACTED = '[redacted]';
/** Deeper than any body of a contract; below it nothing is shown, so that no body can exhaust the stack. */
const MAX_DEPTH = 8;

/** A body without secrets and personal data; a body that is not JSON only as its length. */
function readable(body: string): unknown {
  if (body === '') return null;
  try {
    return redact(JSON.parse(body), 0);
  } catch (error) {
    if (error instanceof SyntaxError) return `[${body.length} characters that are not JSON]`;
    throw error;
  }
}

export function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(EMAIL, REDACTED).replace(IBAN, '$1****$2');
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.map((item: unknown) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      (SECRET.test(key) || PERSONAL.test(key)) && member !== null ? REDACTED : redact(member, depth + 1),
    ]),
  );
}
