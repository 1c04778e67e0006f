import * as z from 'zod/mini';

import { takeRest } from '../../core/engine/snapshot.ts';
import type { Call } from '../../core/engine/wire.ts';
import type { Namespaces } from '../../core/namespaces.ts';

const call = z.strictObject({
  method: z.string(),
  path: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  bodyFault: z.optional(z.enum(['too_large', 'not_utf8', 'not_yaml'])),
  origin: z.string(),
});
const row = z.looseObject({ id: z.string() });

/**
 * The file holds a snapshot and the calls since. The snapshot begins with the `options` that those calls were answered
 * under: another start may have others. It has a `namespace` for each namespace, its `seed` if it was
 * given one, and its rows. The core is a pure function of state, call and time, so repeating the calls in their order leads
 * to the same state again. `at` is the time of the source; the virtual clock is computed from it.
 */
const record = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('options'), state: z.record(z.string(), z.unknown()), limit: z.int() }),
  z.strictObject({
    is: z.literal('namespace'),
    name: z.string(),
    sessions: z.record(z.string(), z.unknown()),
    rest: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ is: z.literal('seed'), data: z.record(z.string(), z.array(row)) }),
  z.strictObject({ is: z.literal('row'), of: z.string(), row }),
  // `pending` numbers a call whose idempotency key runs on until the `finish` of that number.
  z.strictObject({
    is: z.literal('call'),
    at: z.number(),
    call,
    status: z.number(),
    pending: z.optional(z.int()),
  }),
  z.strictObject({ is: z.literal('finish'), of: z.int() }),
  // A namespace that no call has made: its rows were read, or an edit of them was refused.
  z.strictObject({ is: z.literal('made'), at: z.number(), namespace: z.string() }),
  z.strictObject({
    is: z.literal('edit'),
    at: z.number(),
    namespace: z.string(),
    of: z.string(),
    id: z.string(),
    row: z.nullable(row),
  }),
]);
export type FileRecord = z.infer<typeof record>;
export type OptionsRecord = Extract<FileRecord, { is: 'options' }>;
export type CallRecord = Extract<FileRecord, { is: 'call' }>;
export type EditRecord = Extract<FileRecord, { is: 'edit' }>;

/** @returns undefined when the text is no record */
export function parseRecord(text: string): FileRecord | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Headers that the core does not read, that differ with every client, or that concern the connection. */
const IGNORED_HEADERS =
  /^(?:accept.*|cache-control|connection|content-length|cookie|host|keep-alive|origin|pragma|referer|sec-.*|te|transfer-encoding|user-agent)$/;

export interface Execution {
  readonly at: number;
  readonly status: number;
  readonly pending: number | undefined;
}

export function callRecord(given: Call, { at, status, pending }: Execution): CallRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given.headers)) {
    if (typeof value === 'string' && !IGNORED_HEADERS.test(name)) headers[name] = value;
  }
  const { method, path, query, body, bodyFault, origin } = given;
  return {
    is: 'call',
    at,
    call: { method, path, query, headers, body, ...(bodyFault && { bodyFault }), origin },
    status,
    ...(pending !== undefined && { pending }),
  };
}

/** The registry is code and the source is a clock: every start brings its own. */
export function optionsRecord({ main, limit }: Namespaces): OptionsRecord {
  const { registry: _registry, source: _source, ...state } = main.options;
  return { is: 'options', state, limit };
}

export function* snapshotRecords(namespaces: Namespaces): Generator<FileRecord> {
  yield optionsRecord(namespaces);
  yield* stateRecords(namespaces);
}

export function* stateRecords(namespaces: Namespaces): Generator<FileRecord> {
  for (const [name, state] of namespaces.entries()) {
    const sessions = Object.fromEntries([...state.sessions].map(([provider, open]) => [provider, open.snapshot()]));
    yield { is: 'namespace', name, sessions, rest: { ...takeRest(state) } };
    if (state.ownSeed) yield { is: 'seed', data: state.ownSeed as Record<string, { id: string }[]> };
    for (const [of, rows] of Object.entries(state.store.collections)) {
      for (const one of rows) yield { is: 'row', of, row: { ...one } };
    }
  }
}
