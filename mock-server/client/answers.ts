import * as z from 'zod/mini';

// The inspector's page parses answers with these schemas: nothing here may bring the sandbox itself along.

export const clockState = z.object({
  mode: z.enum(['running', 'frozen']),
  now: z.string(),
  epoch_ms: z.number(),
  due: z.number(),
  next_due: z.nullable(z.string()),
});
export type SandboxClock = z.infer<typeof clockState>;

export const health = z.object({
  status: z.literal('ok'),
  seed: z.number(),
  dev: z.boolean(),
  clock: clockState,
  rows: z.record(z.string(), z.number()),
});
export type SandboxHealth = z.infer<typeof health>;

const maybe = z.nullable(z.string());
const journalEntry = z.object({
  sequence: z.number(),
  time: z.string(),
  provider: z.string(),
  route: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.string(),
  status: z.number(),
  account: maybe,
  payment_id: maybe,
  refund_id: maybe,
  idempotency_key: maybe,
  replayed: z.boolean(),
  scenario: maybe,
  wire: maybe,
  policies: z.array(z.object({ id: z.string(), text: z.string(), section: z.string() })),
  request: z.unknown(),
  request_text: maybe,
  response: z.unknown(),
});
export type SandboxJournalEntry = z.infer<typeof journalEntry>;
export const journalAnswer = z.object({
  /** Number of calls ever recorded, dropped ones included: the last sequence number. */
  total: z.number(),
  dropped: z.number(),
  /** Changes when the sequence numbers begin again at 1. */
  generation: z.number(),
  entries: z.array(journalEntry),
});
export const countAnswer = z.object({ count: z.number() });

export const oneRule = z.object({
  id: z.number(),
  scenario: z.string(),
  times: z.number(),
  params: z.record(z.string(), z.union([z.number(), z.string()])),
  provider: z.optional(z.string()),
  route: z.optional(z.string()),
  payment_id: z.optional(z.string()),
});
/** The first rule. `rules` has all of them when several scenarios were set at once. */
export const rule = z.extend(oneRule, { rules: z.optional(z.array(oneRule)) });
export type SandboxRule = z.infer<typeof rule>;

const difference = z.object({ field: z.string(), expected: z.unknown(), received: z.unknown() });
export const verification = z.object({
  ok: z.boolean(),
  count: z.number(),
  explanation: z.string(),
  matched: z.array(z.number()),
  near_misses: z.array(
    z.object({
      sequence: z.number(),
      method: z.string(),
      path: z.string(),
      status: z.number(),
      differs: z.array(difference),
    }),
  ),
  dropped: z.number(),
});
export type SandboxVerification = z.infer<typeof verification>;

const policy = z.object({
  id: z.string(),
  text: z.string(),
  /** Place in the documentation that explains it, such as `docs/providers/<name>.md#errors`. */
  section: z.string(),
  /** What would change it. */
  changed_by: z.string(),
});
export type SandboxPolicy = z.infer<typeof policy>;
export const policiesAnswer = z.object({ policies: z.array(policy) });
export const namespacesAnswer = z.object({ namespaces: z.array(z.string()), limit: z.number() });
export const snapshotAnswer = z.looseObject({ version: z.number() });
export type SandboxSnapshot = z.infer<typeof snapshotAnswer>;

export const rows = z.array(z.record(z.string(), z.unknown()));
export const refusal = z.object({ error: z.string() });
