import * as z from 'zod/mini';

import type { Collections } from './data-model.ts';
import { WEBHOOK_DUE } from './due.ts';
import { Random } from './random.ts';
import type { Registry } from './registry.ts';
import { rowsFault } from './rules.ts';
import { SCENARIO_NAMES } from './scenarios/catalogue.ts';
import { parseScenario } from './scenarios/parse.ts';
import { settingSchema } from './settings.ts';
import type { SandboxState } from './state.ts';
import { Store } from './store.ts';
import { DAY, EARLIEST, LATEST } from './time.ts';
import { describe, explainIssues } from './validation.ts';
import { webhookData } from './webhooks/snapshot.ts';

/** `rewind`: the clock returns to the instant of the snapshot. `resume`: a running clock has run on meanwhile. */
export type Return = 'rewind' | 'resume';

/** One topic of a snapshot. */
interface Part<Schema extends z.ZodMiniType> {
  /** Members of `SandboxState` that it holds. */
  readonly covers: readonly (keyof SandboxState)[];
  readonly schema: (registry: Registry) => Schema;
  /** Plain data that shares nothing with the state. */
  readonly take: (state: SandboxState) => z.infer<Schema>;
  readonly put: (state: SandboxState, data: z.infer<Schema>, how: Return) => void;
}

const part = <Schema extends z.ZodMiniType>(given: Part<Schema>): Part<Schema> => given;

const whole = z.int();
/** One year longer than the range of the clock, because a running clock may have moved past its end. */
const instant = whole.check(z.minimum(EARLIEST), z.maximum(LATEST + 365 * DAY));
const word = z.int().check(z.minimum(-0x8000_0000), z.maximum(0xffff_ffff));

const clock = part({
  covers: ['clock'],
  schema: () => z.strictObject({ mode: z.enum(['running', 'frozen']), now: instant, offset: whole }),
  take: (state) => state.clock.snapshot(),
  put: (state, data, how) => (how === 'resume' ? state.clock.resume(data) : state.clock.rewind(data)),
});

const rowList = z.array(z.looseObject({ id: z.string() }));
const rows = part({
  covers: ['store'],
  // Every collection is required. `parseSnapshot` refuses an unknown one and names those that exist.
  schema: ({ data }) => z.catchall(z.object(Object.fromEntries(data.names.map((name) => [name, rowList]))), rowList),
  take: (state) => structuredClone(state.store.collections) as Record<string, { id: string }[]>,
  // Checked by `parseSnapshot`, row by row and all together.
  put: (state, data) => void (state.store = new Store(state.registry.data, structuredClone(data) as Collections)),
});

const due = part({
  covers: ['due'],
  schema: () => z.array(z.strictObject({ at: whole, kind: z.string(), id: z.string(), step: whole })),
  // The webhooks' own part plans their events anew.
  take: (state) => state.due.snapshot().filter(({ kind }) => kind !== WEBHOOK_DUE),
  put: (state, data) => state.due.restore(data),
});

const idempotency = part({
  covers: ['idempotency'],
  schema: () =>
    z.array(z.strictObject({ key: z.string(), fingerprint: whole, status: whole, body: z.string(), expires: whole })),
  take: (state) => state.idempotency.snapshot(),
  put: (state, data) => state.idempotency.restore(data),
});

const params = z.record(z.string(), z.union([z.number(), z.string()]));

const scenarios = part({
  covers: ['scenarios'],
  schema: (registry) =>
    z.strictObject({
      next: whole,
      rules: z.array(
        z.strictObject({
          id: whole,
          scenario: z.enum(SCENARIO_NAMES),
          params,
          times: whole.check(z.minimum(1)),
          provider: z.optional(z.enum(registry.names)),
          route: z.optional(z.string()),
          payment_id: z.optional(z.string()),
        }),
      ),
      faulted: z.optional(z.array(z.string())),
    }),
  take: (state) => state.scenarios.snapshot(),
  put: (state, data) => state.scenarios.restore(data),
});

/** Every stream of ids of the state, found by its class, so that a new one is included. */
const ids = part({
  covers: [],
  schema: () => z.record(z.string(), z.tuple([word, word, word, word])),
  take: (state) => Object.fromEntries(streamsOf(state).map(([name, stream]) => [name, stream.snapshot()])),
  put: (state, data) => {
    for (const [name, stream] of streamsOf(state)) if (data[name]) stream.restore(data[name]);
  },
});

const streamsOf = (state: SandboxState): [name: string, stream: Random][] =>
  Object.entries(state).filter((entry): entry is [string, Random] => entry[1] instanceof Random);

const windows = part({
  covers: ['windows'],
  schema: () => z.record(z.string(), z.array(whole)),
  take: (state) => state.windows.snapshot(),
  put: (state, data) => state.windows.restore(data),
});

const settings = part({
  covers: ['settings'],
  schema: (registry) =>
    z.strictObject(
      Object.fromEntries(Object.entries(registry.settings).map(([name, setting]) => [name, settingSchema(setting)])),
    ),
  take: (state) => ({ ...state.settings }),
  put: (state, data) => void (state.settings = data),
});

/** Holds the secrets of signatures, because restored webhooks have to be sent. */
const webhooks = part({
  covers: ['webhooks'],
  schema: webhookData,
  take: (state) => state.webhooks.snapshot() as z.infer<ReturnType<typeof webhookData>>,
  put: (state, data) => state.webhooks.restore(data, state.clock.now()),
});

/** The parts of a snapshot, in the order in which they are restored. */
export const PARTS = { clock, settings, rows, due, idempotency, scenarios, ids, windows, webhooks } as const;
type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as PartName[];

/** Members of the state that no snapshot holds. */
export const OUTSIDE = [
  'options',
  'registry',
  'sessions',
  'journal',
] as const satisfies readonly (keyof SandboxState)[];

const VERSION = 3;

/** Everything that decides how a namespace answers from here on, as plain JSON. */
export type Snapshot = { readonly version: typeof VERSION } & {
  readonly [Name in PartName]: z.infer<ReturnType<(typeof PARTS)[Name]['schema']>>;
};

const schemas = new WeakMap<Registry, z.ZodMiniType>();

function schemaFor(registry: Registry): z.ZodMiniType {
  let schema = schemas.get(registry);
  if (!schema) {
    const parts = PART_NAMES.map((name) => [name, PARTS[name].schema(registry)] as const);
    schema = z.strictObject({ version: z.literal(VERSION), ...Object.fromEntries(parts) });
    schemas.set(registry, schema);
  }
  return schema;
}

export function takeSnapshot(state: SandboxState): Snapshot {
  const parts = Object.fromEntries(PART_NAMES.map((name) => [name, PARTS[name].take(state)]));
  return { version: VERSION, ...parts } as Snapshot;
}

/** A snapshot without its rows, for a file that stores each row by itself. */
export function takeRest(state: SandboxState): Omit<Snapshot, 'rows'> {
  const parts = PART_NAMES.filter((name) => name !== 'rows').map((name) => [name, PARTS[name].take(state)]);
  return { version: VERSION, ...Object.fromEntries(parts) } as Omit<Snapshot, 'rows'>;
}

export function putSnapshot(state: SandboxState, snapshot: Snapshot, how: Return): void {
  for (const name of PART_NAMES) {
    (PARTS[name] as Part<z.ZodMiniType>).put(state, snapshot[name], how);
  }
}

export type ParsedSnapshot = { readonly snapshot: Snapshot } | { readonly fault: string };

const MAX_FAULTS = 10;

/** Checks everything, because a snapshot may have been edited. Rows that break a rule are refused with the reason. */
export function parseSnapshot(registry: Registry, input: unknown): ParsedSnapshot {
  const schema = schemaFor(registry);
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const faults = explainIssues(parsed.error.issues, input, schema).slice(0, MAX_FAULTS);
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return { fault: `expected a snapshot as GET /_sandbox/snapshot gives it, received ${describe(input)}` };
    }
    return { fault: faults.map(({ field, message }) => `${field}: ${message}`).join('; ') };
  }
  const snapshot = parsed.data as Snapshot;
  const fault = rowsFault(registry.data, snapshot.rows, { at: 'rows.' }) ?? paramsFault(snapshot);
  return fault === undefined ? { snapshot } : { fault };
}

/** A parameter that no call can set: it would fail only when a later call carries the scenario out. */
function paramsFault({ scenarios: { rules }, webhooks: { faults } }: Snapshot): string | undefined {
  const chosen = [
    ...rules.map(({ scenario, params }, index) => ({ at: `scenarios.rules.${index}`, name: scenario, params })),
    ...faults.flatMap(([, names], index) => names.map((one) => ({ ...one, at: `webhooks.faults.${index}` }))),
  ];
  for (const { at, name, params } of chosen) {
    const parsed = parseScenario(name, params);
    if (!parsed.ok) return `${at}: ${parsed.message}`;
  }
  return undefined;
}
