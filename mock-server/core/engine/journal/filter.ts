import { compareBodies, type Difference } from './compare.ts';
import type { JournalRecord, NumberedCall } from './record.ts';

type Value = string | number | boolean | undefined;

interface Field {
  readonly kind: 'text' | 'number' | 'flag';
  readonly of: (record: JournalRecord) => Value;
  /** Whether the call has the expected value; it has to be equal without it. */
  readonly fits?: (call: NumberedCall, expected: Value) => boolean;
}

/** The names of a list of scenarios. */
export const namesIn = (value: Value): string[] =>
  value === undefined
    ? []
    : String(value)
        .split(',')
        .map((name) => name.trim());

/** Fields that calls can be filtered by: in the query of the journal, in its count and in `verify`. */
export const JOURNAL_FIELDS = {
  provider: { kind: 'text', of: (record) => record.provider },
  route: { kind: 'text', of: (record) => record.route },
  method: { kind: 'text', of: (record) => record.method },
  path: {
    kind: 'text',
    of: (record) => record.path,
    fits: ({ isAt }, expected) => isAt(String(expected)),
  },
  status: { kind: 'number', of: (record) => record.status },
  payment_id: { kind: 'text', of: (record) => record.payment },
  refund_id: { kind: 'text', of: (record) => record.refund },
  idempotency_key: {
    kind: 'text',
    of: (record) => record.key,
    fits: ({ hasKey }, expected) => hasKey(String(expected)),
  },
  replayed: { kind: 'flag', of: (record) => record.replayed },
  scenario: {
    kind: 'text',
    of: (record) => record.scenario,
    // A call can have several: it fits when those asked for are among them.
    fits: ({ record }, expected) => namesIn(expected).every((name) => namesIn(record.scenario).includes(name)),
  },
  wire: { kind: 'text', of: (record) => record.wire },
} as const satisfies Record<string, Field>;
export type JournalField = keyof typeof JOURNAL_FIELDS;
export const JOURNAL_FIELD_NAMES = Object.keys(JOURNAL_FIELDS) as JournalField[];

/** Every member given has to fit. `request` and `response` fit when the body contains them. */
export type JournalFilter = { readonly [Name in JournalField]?: Value } & {
  /** Only calls after this sequence number. */
  readonly after?: number | undefined;
  /** Only the newest of the calls that fit. */
  readonly limit?: number | undefined;
  readonly request?: unknown;
  readonly response?: unknown;
};

const BODIES = ['request', 'response'] as const;

/** How a call differs from what the filter asks for; empty when it fits. */
export function differences(call: NumberedCall, filter: JournalFilter): Difference[] {
  const { record, bodies } = call;
  const result: Difference[] = [];
  for (const name of JOURNAL_FIELD_NAMES) {
    const expected = filter[name];
    if (expected === undefined) continue;
    const field: Field = JOURNAL_FIELDS[name];
    const received = field.of(record);
    const fits = field.fits?.(call, expected) ?? received === expected;
    if (!fits) result.push({ field: name, expected, received: received ?? null });
  }
  for (const name of BODIES) {
    if (filter[name] !== undefined) result.push(...compareBodies(parse(bodies()[name]), filter[name], name));
  }
  return result;
}

/** A deeper expectation is refused, so that none can exhaust the stack. */
export const MAX_FILTER_DEPTH = 32;

export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}

/** A body of a call, parsed; `undefined` when it is not JSON. */
export const bodyOf = ({ bodies }: NumberedCall, part: 'request' | 'response'): unknown => parse(bodies()[part]);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
