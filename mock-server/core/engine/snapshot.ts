import * as z from 'zod/mini';

import { POLICIES, type PolicyId } from '../providers/uqpay/policies.ts';
import { Random } from './random.ts';
import type { Collections } from '../providers/uqpay/rows.ts';
import { rowsFault } from './rules.ts';
import { PROVIDERS, SCENARIO_NAMES } from './scenarios/scenarios.ts';
import { AMOUNT_STYLES, GET_STATUSES } from './settings.ts';
import type { SandboxState } from './state.ts';
import { Store } from '../providers/uqpay/store.ts';
import { DAY, EARLIEST, LATEST } from './time.ts';
import { describe, explainIssues } from './validation.ts';
import { DELIVERY_STATUSES, TIMESTAMP_UNITS } from './webhooks/delivery.ts';

/** How a part comes back: at the instant of the snapshot, or at what a clock that ran on meanwhile shows now. */
export type Return = 'rewind' | 'resume';

/** Something that a namespace knows and a snapshot holds. */
interface Part<Schema extends z.ZodMiniType> {
  /** Members of `SandboxState` that it takes care of. */
  readonly covers: readonly (keyof SandboxState)[];
  readonly schema: Schema;
  /** Plain data; shares nothing with the state that goes on changing. */
  readonly take: (state: SandboxState) => z.infer<Schema>;
  readonly put: (state: SandboxState, data: z.infer<Schema>, how: Return) => void;
}

const part = <Schema extends z.ZodMiniType>(given: Part<Schema>): Part<Schema> => given;

const whole = z.int();
/** With a year for a running clock to have run on in. */
const instant = whole.check(z.minimum(EARLIEST), z.maximum(LATEST + 365 * DAY));
const word = z.int().check(z.minimum(-0x8000_0000), z.maximum(0xffff_ffff));

const clock = part({
  covers: ['clock'],
  schema: z.strictObject({ mode: z.enum(['running', 'frozen']), now: instant, offset: whole }),
  take: (state) => state.clock.snapshot(),
  put: (state, data, how) => (how === 'resume' ? state.clock.resume(data) : state.clock.rewind(data)),
});

const rows = part({
  covers: ['store'],
  schema: z.record(z.string(), z.array(z.looseObject({ id: z.string() }))),
  take: (state) => structuredClone(state.store.collections),
  // Checked by `parseSnapshot`, row by row and all together.
  put: (state, data) => void (state.store = new Store(structuredClone(data) as unknown as Collections)),
});

const due = part({
  covers: ['due'],
  schema: z.array(z.strictObject({ at: whole, kind: z.string(), id: z.string(), step: whole })),
  // Webhooks plan theirs anew when they come back.
  take: (state) => state.due.snapshot().filter(({ kind }) => kind !== 'webhook'),
  put: (state, data) => state.due.restore(data),
});

const kept = part({
  covers: ['idempotency'],
  schema: z.array(
    z.strictObject({ key: z.string(), fingerprint: whole, status: whole, body: z.string(), expires: whole }),
  ),
  take: (state) => state.idempotency.snapshot(),
  put: (state, data) => state.idempotency.restore(data),
});

const params = z.record(z.string(), z.union([z.number(), z.string()]));

const scenarios = part({
  covers: ['scenarios'],
  schema: z.strictObject({
    next: whole,
    rules: z.array(
      z.strictObject({
        id: whole,
        scenario: z.enum(SCENARIO_NAMES),
        params,
        times: whole.check(z.minimum(1)),
        provider: z.optional(z.enum(PROVIDERS)),
        route: z.optional(z.string()),
        payment_id: z.optional(z.string()),
      }),
    ),
  }),
  take: (state) => state.scenarios.snapshot(),
  put: (state, data) => state.scenarios.restore(data),
});

/** Every stream of ids there is, found by its kind: a new one is in the next snapshot by itself. */
const ids = part({
  covers: [],
  schema: z.record(z.string(), z.tuple([word, word, word, word])),
  take: (state) => Object.fromEntries(streamsOf(state).map(([name, stream]) => [name, stream.snapshot()])),
  put: (state, data) => {
    for (const [name, stream] of streamsOf(state)) if (data[name]) stream.restore(data[name]);
  },
});

const streamsOf = (state: SandboxState): [name: string, stream: Random][] =>
  Object.entries(state).filter((entry): entry is [string, Random] => entry[1] instanceof Random);

const windows = part({
  covers: ['windows'],
  schema: z.record(z.string(), z.array(whole)),
  take: (state) => state.windows.snapshot(),
  put: (state, data) => state.windows.restore(data),
});

const settings = part({
  covers: ['settings'],
  schema: z.strictObject({
    amounts: z.enum(AMOUNT_STYLES),
    upaymentsGetStatus: z.literal(GET_STATUSES),
    refundCallbacks: z.boolean(),
  }),
  take: (state) => ({ ...state.settings }),
  put: (state, data) => void (state.settings = data),
});

const signing = z.nullable(z.strictObject({ secret: z.string(), timestamp: z.enum(TIMESTAMP_UNITS) }));
const attempt = z.strictObject({
  number: whole,
  at: whole,
  code: z.nullable(whole),
  error: z.nullable(z.string()),
});
const text = z.nullable(z.string());

const webhookData = z.strictObject({
  endpoints: z.array(z.strictObject({ id: z.string(), provider: z.enum(PROVIDERS), url: z.string(), signing })),
  deliveries: z.array(
    z.strictObject({
      id: z.string(),
      provider: z.enum(PROVIDERS),
      type: z.string(),
      event: text,
      refund: text,
      payment: z.string(),
      url: z.string(),
      signing,
      spoilt: z.nullable(z.enum(['signature', 'timestamp'])),
      body: z.string(),
      scenario: text,
      policies: z.array(z.enum(Object.keys(POLICIES) as PolicyId[])),
      status: z.enum(DELIVERY_STATUSES),
      reason: text,
      attempts: z.array(attempt),
      next: z.nullable(whole),
      step: whole,
    }),
  ),
  manners: z.array(z.tuple([z.string(), z.array(z.strictObject({ name: z.enum(SCENARIO_NAMES), params }))])),
  next: z.strictObject({ endpoint: whole, delivery: whole }),
});

/** Holds the secrets that webhooks are signed with: without them, what is restored could not go on sending. */
const webhooks = part({
  covers: ['webhooks'],
  schema: webhookData,
  take: (state) => state.webhooks.snapshot() as z.infer<typeof webhookData>,
  put: (state, data) => state.webhooks.restore(data, state.clock.now()),
});

/** What a snapshot is made of, in the order in which it is put back. A new topic of the state gets a line here. */
export const PARTS = { clock, settings, rows, due, kept, scenarios, ids, windows, webhooks } as const;
type PartName = keyof typeof PARTS;
export const PART_NAMES = Object.keys(PARTS) as PartName[];

/** Members of the state that no snapshot holds: what was given from outside, who is signed in, and what was seen. */
export const OUTSIDE = ['options', 'tokens', 'journal'] as const satisfies readonly (keyof SandboxState)[];

const VERSION = 2;

/** Everything that decides how a namespace answers from here on, as plain JSON. */
export type Snapshot = { readonly version: typeof VERSION } & {
  readonly [Name in PartName]: z.infer<(typeof PARTS)[Name]['schema']>;
};

const shape = Object.fromEntries(PART_NAMES.map((name) => [name, PARTS[name].schema])) as {
  [Name in PartName]: (typeof PARTS)[Name]['schema'];
};
const snapshotSchema = z.strictObject({ version: z.literal(VERSION), ...shape });

export function takeSnapshot(state: SandboxState): Snapshot {
  const parts = Object.fromEntries(PART_NAMES.map((name) => [name, PARTS[name].take(state)]));
  return { version: VERSION, ...parts } as Snapshot;
}

/** A snapshot without its rows, which a writer of many rows takes one by one. */
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

const FAULTS_SHOWN = 10;

/** Takes nothing on trust: a snapshot may have been edited, and rows that break a rule are refused with the reason. */
export function parseSnapshot(input: unknown): ParsedSnapshot {
  const parsed = snapshotSchema.safeParse(input);
  if (!parsed.success) {
    const faults = explainIssues(parsed.error.issues, input).slice(0, FAULTS_SHOWN);
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      return { fault: `expected a snapshot as GET /_sandbox/snapshot gives it, received ${describe(input)}` };
    }
    return { fault: faults.map(({ field, message }) => `${field}: ${message}`).join('; ') };
  }
  const fault = rowsFault(parsed.data.rows, 'rows.');
  return fault === undefined ? { snapshot: parsed.data } : { fault };
}
