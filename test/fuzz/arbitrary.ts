import fc from 'fast-check';

import type { DocumentReader, Schema } from './document.ts';

const MAX_TEXT = 300;
const MAX_ITEMS = 4;

const time = fc.constantFrom(
  '2026-11-01T00:00:00+08:00',
  '2026-11-02T09:00:00+08:00',
  '2026-10-01T00:00:00 08:00',
  '2026-02-30T00:00:00+08:00',
);

/** Members with a loose schema ("text" or "number") whose values decide how far a request gets. */
const MEMBERS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  amount: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 3_000 }).map((cents) => (cents / 100).toFixed(2)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '0',
        '1',
        '10',
        '0.001',
        '-1.00',
        '1e3',
        '1,5',
        '999999999999999999999.00',
        ' 1',
        '１',
      ),
    },
  ),
  currency: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('USD', 'SGD', 'KWD') },
    { weight: 1, arbitrary: fc.constantFrom('JPY', 'usd', 'XXX', '') },
  ),
  totalPrice: fc.oneof(
    fc.integer({ min: 0, max: 4_000 }).map((fils) => fils / 1_000),
    fc.constantFrom(0, -1, 1e21, 1e-9, 0.1 + 0.2, 12.3456, Number.MAX_SAFE_INTEGER),
  ),
  start_time: time,
  end_time: time,
  create_start_time: time,
  create_end_time: time,
  'x-on-behalf-of': fc.constantFrom(
    '',
    '',
    '',
    '',
    'c0a80101-0000-4000-8000-000000000001',
    'c0a80101-0000-4000-8000-000000000009',
  ),
  sandbox_scenario: fc.constantFrom('fail', 'fast_success', 'reversal', 'no_such_scenario'),
};

/** Values that match a schema of a document. */
export function fitting(schema: Schema, reader: DocumentReader, name?: string): fc.Arbitrary<unknown> {
  const special = name === undefined ? undefined : MEMBERS[name];
  if (special) return fc.oneof({ weight: 9, arbitrary: special }, { weight: 1, arbitrary: byType(schema, reader) });
  return byType(schema, reader);
}

function byType(reference: Schema, reader: DocumentReader): fc.Arbitrary<unknown> {
  const schema = reader.resolve(reference);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((part) => fitting(part, reader)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? -5, -1e6), max: Math.min(schema.maximum ?? 1_000, 1e6) });
    case 'number':
      return fc.double({
        noNaN: true,
        noDefaultInfinity: true,
        min: schema.minimum ?? -1e9,
        max: schema.maximum ?? 1e9,
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fitting(schema.items ?? {}, reader), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? MAX_ITEMS, MAX_ITEMS),
      });
    case 'object':
      return object(schema, reader);
    case undefined:
    default:
      return fc.jsonValue();
  }
}

function text({ pattern, minLength = 0, maxLength = MAX_TEXT }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const limits = { minLength, maxLength: Math.min(maxLength, MAX_TEXT) };
  return fc.oneof(fc.string({ ...limits, size: 'small' }), fc.string({ ...limits, unit: 'binary', size: 'small' }));
}

function object({ properties = {}, required = [], additionalProperties }: Schema, reader: DocumentReader) {
  const ownMembers = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, fitting(member, reader, name)])),
    { requiredKeys: [...required] },
  );
  if (additionalProperties === undefined || additionalProperties === false) return ownMembers;
  const extra = additionalProperties === true ? fc.jsonValue() : fitting(additionalProperties, reader);
  return fc
    .tuple(ownMembers, fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), extra, { maxKeys: 2 }))
    .map(([members, others]) => Object.assign({}, others, members) as unknown);
}

/** One fault in an object: a missing member, one of another type, or an extra one. */
export interface Mutation {
  readonly kind: 'drop' | 'replace' | 'add';
  readonly which: number;
  readonly value: unknown;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('drop', 'replace', 'add'),
  which: fc.nat(20),
  value: fc.oneof(fc.jsonValue(), fc.string({ minLength: MAX_TEXT, maxLength: 2 * MAX_TEXT }), fc.constant(null)),
});

export function mutate(value: unknown, { kind, which, value: other }: Mutation): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return other;
  const entries = Object.entries(value);
  if (kind === 'add' || entries.length === 0) return { ...value, [`extra_${which}`]: other };
  const at = which % entries.length;
  if (kind === 'drop') return Object.fromEntries(entries.toSpliced(at, 1));
  return Object.fromEntries(entries.with(at, [entries[at]![0], other]));
}

/** Bodies that are no JSON object, or that are hard to handle. */
export const oddBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '1e999',
    '{"__proto__":{"amount":"1.00"},"constructor":{"prototype":{}}}',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    '\u0000',
    '{"amount":"1.00","amount":"2.00"}',
  ),
  fc.json(),
  fc.string({ unit: 'binary' }),
);
