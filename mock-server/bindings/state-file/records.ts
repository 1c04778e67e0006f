import * as z from 'zod/mini';

import type { Namespaces } from '../../core/namespaces.ts';
import { COLLECTION_NAMES, type CollectionName } from '../../core/providers/uqpay/rows.ts';
import { parseSeed } from '../../core/providers/uqpay/seed-rows.ts';
import { followEdit, type Edit } from '../../core/engine/edited.ts';
import { settleDue } from '../../core/engine/settle.ts';
import { parseSnapshot, putSnapshot, takeRest } from '../../core/engine/snapshot.ts';
import type { SandboxState } from '../../core/engine/state.ts';
import type { Call } from '../../core/engine/wire.ts';

/**
 * The file is one JSON value a line, each with a checksum that `Chain` adds. First a snapshot: the header, then for each namespace a line, its seed if it was given one, and its rows, then
 * `end`. Below it the calls that were answered since, in the order in which they were carried out: the core is a pure
 * function of its state, the call and the time, so that the same calls lead to the same state again.
 */
const FORMAT = 'refund-form-sandbox';
const VERSION = 2;

const call = z.object({
  method: z.string(),
  path: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  bodyFault: z.optional(z.enum(['too_large', 'not_utf8', 'not_yaml'])),
  origin: z.string(),
});
const collection = z.enum(COLLECTION_NAMES);
const namedRow = z.looseObject({ id: z.string() });

/** `at` is the source's time: what the virtual clock made of it is repeated. */
const record = z.discriminatedUnion('is', [
  z.object({ is: z.literal('header'), format: z.literal(FORMAT), version: z.literal(VERSION) }),
  z.object({
    is: z.literal('namespace'),
    name: z.string(),
    tokens: z.unknown(),
    rest: z.record(z.string(), z.unknown()),
  }),
  z.object({ is: z.literal('seed'), data: z.record(z.string(), z.array(namedRow)) }),
  z.object({ is: z.literal('row'), of: collection, row: namedRow }),
  z.object({ is: z.literal('end') }),
  // `pending` numbers a call whose idempotency key runs on after it was carried out, until the `finish` of that number.
  z.object({
    is: z.literal('call'),
    at: z.number(),
    call,
    status: z.number(),
    pending: z.optional(z.int()),
  }),
  z.object({ is: z.literal('finish'), of: z.int() }),
  z.object({
    is: z.literal('edit'),
    at: z.number(),
    namespace: z.string(),
    of: collection,
    id: z.string(),
    row: z.nullable(namedRow),
  }),
]);
export type FileRecord = z.infer<typeof record>;
export type CallRecord = Extract<FileRecord, { is: 'call' }>;
export type EditRecord = Extract<FileRecord, { is: 'edit' }>;

/** @returns undefined when the text is no record: damaged, or not ours */
export function recordOf(text: string): FileRecord | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Of no use to the core, different with every client, or about the connection and not the call. */
const NOISE =
  /^(?:accept.*|cache-control|connection|content-length|cookie|host|keep-alive|origin|pragma|referer|sec-.*|te|transfer-encoding|user-agent)$/;

export interface CarriedOut {
  readonly at: number;
  readonly status: number;
  readonly pending: number | undefined;
}

export function callRecord(given: Call, { at, status, pending }: CarriedOut): CallRecord {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given.headers)) {
    if (typeof value === 'string' && !NOISE.test(name)) headers[name] = value;
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

/** The snapshot's lines. Taken in one go: what is called while they are written is not in them. */
export function* snapshotRecords(namespaces: Namespaces): Generator<FileRecord> {
  yield { is: 'header', format: FORMAT, version: VERSION };
  for (const [name, state] of namespaces.entries()) {
    yield { is: 'namespace', name, tokens: state.tokens.snapshot(), rest: { ...takeRest(state) } };
    if (state.ownSeed) yield { is: 'seed', data: state.ownSeed as Record<string, { id: string }[]> };
    for (const of of COLLECTION_NAMES) {
      for (const row of state.store.collections[of]) yield { is: 'row', of, row };
    }
  }
  yield { is: 'end' };
}

interface Unfinished {
  readonly state: SandboxState;
  readonly header: Extract<FileRecord, { is: 'namespace' }>;
  readonly rows: Partial<Record<CollectionName, object[]>>;
  seed: unknown;
}

const PHASE = {
  header: 'header',
  namespace: 'snapshot',
  seed: 'snapshot',
  row: 'snapshot',
  end: 'snapshot',
  call: 'calls',
  finish: 'calls',
  edit: 'calls',
} as const satisfies Record<FileRecord['is'], string>;

/** What a record does to the namespaces. @returns why it cannot be done */
export class Replay {
  readonly #namespaces: Namespaces;
  readonly #atTime: <Result>(at: number, work: () => Result) => Result;
  #unfinished: Unfinished | undefined;
  #phase: 'header' | 'snapshot' | 'calls' = 'header';
  readonly #pending = new Map<number, () => void>();

  /** @param atTime runs its work while the source of time shows the given instant */
  constructor(namespaces: Namespaces, atTime: <Result>(at: number, work: () => Result) => Result) {
    this.#namespaces = namespaces;
    this.#atTime = atTime;
  }

  /** Whether the snapshot was there as a whole. */
  get complete(): boolean {
    return this.#phase === 'calls';
  }

  take(given: FileRecord): string | undefined {
    if (this.#phase !== PHASE[given.is]) return `a record "${given.is}" does not belong here`;
    switch (given.is) {
      case 'header':
        this.#phase = 'snapshot';
        return undefined;
      case 'namespace': {
        const fault = this.#finish();
        this.#unfinished = { state: this.#namespaces.open(given.name), header: given, rows: {}, seed: undefined };
        return fault;
      }
      case 'seed':
        if (!this.#unfinished) return 'a seed belongs to a namespace';
        this.#unfinished.seed = given.data;
        return undefined;
      case 'row':
        if (!this.#unfinished) return 'a row belongs to a namespace';
        (this.#unfinished.rows[given.of] ??= []).push(given.row);
        return undefined;
      case 'end':
        this.#phase = 'calls';
        return this.#finish();
      case 'call':
        return this.#atTime(given.at, () => this.#call(given));
      case 'finish':
        this.#pending.get(given.of)?.();
        this.#pending.delete(given.of);
        return undefined;
      case 'edit':
        break;
    }
    return this.#atTime(given.at, () => this.#edit(given));
  }

  #finish(): string | undefined {
    if (!this.#unfinished) return undefined;
    const { state, header, rows, seed } = this.#unfinished;
    this.#unfinished = undefined;
    const reseeded = seed === undefined ? undefined : parseSeed(seed, state.clock.now());
    if (reseeded && 'fault' in reseeded) return `namespace "${header.name}": its seed: ${reseeded.fault}`;
    if (reseeded) state.reseed(reseeded.data);
    const all = Object.fromEntries(COLLECTION_NAMES.map((name) => [name, rows[name] ?? []]));
    const parsed = parseSnapshot({ ...header.rest, rows: all });
    if ('fault' in parsed) return `namespace "${header.name}": ${parsed.fault}`;
    const fault = state.tokens.restore(header.tokens);
    if (fault !== undefined) return `namespace "${header.name}": ${fault}`;
    putSnapshot(state, parsed.snapshot, 'resume');
    return undefined;
  }

  /** Whoever still waited for an answer is gone with the process that was to give it. */
  end(): void {
    for (const finish of this.#pending.values()) finish();
    this.#pending.clear();
  }

  #call({ call: again, status, pending }: CallRecord): string | undefined {
    const answer = this.#namespaces.handle(again);
    if (answer.finish && pending !== undefined) this.#pending.set(pending, answer.finish);
    else answer.finish?.();
    if (answer.status === status) return undefined;
    return (
      `${again.method} ${again.path} was answered ${status} and would be answered ${answer.status} now: ` +
      'the file was written by another version of the sandbox, or with other options'
    );
  }

  #edit({ namespace, of, id, row }: EditRecord): undefined {
    const state = this.#namespaces.open(namespace);
    const at = settleDue(state);
    const found = (): { readonly id: string } | undefined =>
      (state.store.collections[of] as readonly { readonly id: string }[]).find((one) => one.id === id);
    const old = found();
    const before = old && { ...old };
    state.store.edit(of, id, row ?? undefined);
    followEdit(state, { collection: of, before, after: found(), at } as Edit);
  }
}
