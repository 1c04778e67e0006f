import * as z from 'zod/mini';

import type { Registry } from './core/engine/registry.ts';
import { rowsFault } from './core/engine/rules.ts';
import { settingSchema } from './core/engine/settings.ts';
import { explainIssues, WHOLE } from './core/engine/validation.ts';
import { TIMESTAMP_UNITS } from './core/engine/webhooks/delivery.ts';
import { SandboxOptionsError } from './options-error.ts';

const flag = z.optional(z.boolean());
const from = (least: number) => z.optional(z.int().check(z.minimum(least)));
const texts = z.optional(z.array(z.string()));
export const functionOption = z.optional(z.custom<object>((value) => typeof value === 'function', 'a function'));

/** Options of every binding. */
function schemaFor({ names, providers, settings }: Registry) {
  const credentials = Object.keys(Object.assign({}, ...providers.map((provider) => provider.credentials)) as object);
  const endpoint = z.strictObject({
    provider: z.enum(names),
    url: z.string(),
    secret: z.optional(z.string().check(z.minLength(1))),
    timestamp: z.optional(z.enum(TIMESTAMP_UNITS)),
  });
  return {
    providers: z.optional(z.array(z.unknown())),
    seed: z.optional(z.int()),
    freshIds: flag,
    data: z.optional(z.record(z.string(), z.optional(z.array(z.unknown())))),
    now: functionOption,
    clock: z.optional(z.enum(['running', 'frozen'])),
    startAt: z.optional(z.int()),
    dev: flag,
    credentials: z.optional(
      z.strictObject(Object.fromEntries(credentials.map((name) => [name, z.optional(z.string())]))),
    ),
    journalCapacity: from(1),
    magicAmounts: flag,
    latency: z.optional(
      z
        .strictObject({ ms: z.number().check(z.minimum(0)), max: z.optional(z.number()) })
        .check(z.refine(({ ms, max = ms }) => max >= ms, { error: 'a max that is at least ms' })),
    ),
    webhooks: z.optional(
      z.strictObject({
        endpoints: z.optional(z.array(endpoint)),
        allowHosts: texts,
        timestamp: z.optional(z.enum(TIMESTAMP_UNITS)),
        timeout: from(0),
        signedAt: functionOption,
      }),
    ),
    ...Object.fromEntries(
      Object.entries(settings).map(([name, setting]) => [name, z.optional(settingSchema(setting))] as const),
    ),
  };
}

/** Options of the server alone. */
export const SERVER_OPTIONS = {
  port: z.optional(z.int().check(z.minimum(0), z.maximum(65_535))),
  host: z.optional(z.string().check(z.minLength(1))),
  db: z.optional(z.string().check(z.minLength(1))),
  dbCompactAfter: from(0),
  record: z.optional(z.string().check(z.minLength(1))),
  namespaceLimit: from(0),
  controlGuard: flag,
  controlHosts: texts,
  onCall: functionOption,
};

/**
 * A misspelt option would have no effect, and a test would wait for nothing. TypeScript sees it; plain JavaScript does not.
 * @param own options of this binding
 * @throws SandboxOptionsError
 */
export function checkOptions(registry: Registry, options: object, own: Readonly<Record<string, z.ZodMiniType>>): void {
  const schema = z.strictObject({ ...schemaFor(registry), ...own });
  const parsed = schema.safeParse(options);
  if (parsed.success) return;
  const faults = explainIssues(parsed.error.issues, options, schema);
  throw new SandboxOptionsError(
    faults.map(({ field, message }) => `${field === WHOLE ? 'options' : field}: ${message}`).join('; '),
  );
}

/**
 * Rows that no seed may have would fail at the first call, if at all.
 * @throws SandboxOptionsError
 */
export function checkRows(
  { data: model }: Registry,
  data: Readonly<Record<string, readonly unknown[] | undefined>>,
): void {
  const rows = Object.fromEntries(Object.entries(data).map(([name, given = []]) => [name, given]));
  const fault = rowsFault(model, rows, { at: 'data.' });
  if (fault !== undefined) throw new SandboxOptionsError(fault);
}
