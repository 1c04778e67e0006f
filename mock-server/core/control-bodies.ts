import * as z from 'zod/mini';

import type { ClockMode } from './clock.ts';
import { isControlFault, type ControlFault } from './control-context.ts';
import { ROUTES } from './routes.ts';
import {
  CREATES,
  isFor,
  parseScenario,
  PROVIDERS,
  scenario,
  type Chosen,
  type RuleFilter,
  type ScenarioName,
} from './scenarios.ts';
import { parseDuration, parseInstant, type Millis } from './time.ts';
import { describe, explainIssues } from './validation.ts';
import type { Call } from './wire.ts';

const clockBody = z.strictObject({
  mode: z.optional(z.enum(['running', 'frozen'])),
  set: z.optional(z.string()),
  advance: z.optional(z.string()),
});

const ruleBody = z.strictObject({
  scenario: z.string(),
  times: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  provider: z.optional(z.enum(PROVIDERS)),
  route: z.optional(z.string()),
  payment_id: z.optional(z.string()),
  params: z.optional(z.record(z.string(), z.unknown())),
});

export interface ClockChange {
  readonly mode: ClockMode | undefined;
  readonly set: Millis | undefined;
  readonly advance: Millis | undefined;
}

/** `{"advance":"PT4H"}`, `{"set":"2026-11-01T09:00:00+08:00"}`, `{"mode":"frozen"}`, or several: mode, set, advance. */
export function parseClock(call: Call): ClockChange | ControlFault {
  const parsed = parseBody(call, clockBody);
  if (isControlFault(parsed)) return parsed;
  const { mode, set, advance } = parsed.data;
  const at = set === undefined ? undefined : parseInstant(set);
  if (set !== undefined && at === undefined) {
    return { fault: `set: expected a time such as 2026-11-01T09:00:00+08:00, received ${describe(set)}` };
  }
  const by = advance === undefined ? undefined : parseDuration(advance);
  if (advance !== undefined && (by === undefined || by < 0)) {
    return {
      fault: `advance: expected a duration in days or less, such as PT4H or P2D, received ${describe(advance)}`,
    };
  }
  return { mode, set: at, advance: by };
}

export interface NewRule {
  readonly chosen: Chosen;
  readonly times: number;
  readonly filter: RuleFilter;
}

export function parseRule(call: Call): NewRule | ControlFault {
  const parsed = parseBody(call, ruleBody);
  if (isControlFault(parsed)) return parsed;
  const { scenario: name, times = 1, params = {}, ...filter } = parsed.data;
  const chosen = parseScenario(name, params);
  if (!chosen.ok) return { fault: chosen.message };
  const names = [...new Set(ROUTES.map(({ name }) => name))];
  if (filter.route !== undefined && filter.route !== '*' && !names.includes(filter.route)) {
    return { fault: `route: expected * or one of ${names.join(', ')}, received ${describe(filter.route)}` };
  }
  const fault = idleFault(chosen.chosen.name, filter);
  return fault === undefined ? { chosen: chosen.chosen, times, filter } : { fault };
}

/** A rule that could never be taken is a mistake of whoever sets it. */
function idleFault(name: ScenarioName, { provider, route }: RuleFilter): string | undefined {
  const { providers, on } = scenario(name);
  if (provider !== undefined && !providers.includes(provider)) {
    return `provider: scenario ${name} is for ${providers.join(' and ')} only`;
  }
  if (route === undefined || route === '*' || isFor(name, route)) return undefined;
  return `route: scenario ${name} is for ${(on ?? CREATES).join(', ')} only, received ${describe(route)}`;
}

const BODY_FAULTS = {
  too_large: 'the body is too large: a provider takes 1 MiB, seed and restore take 64',
  not_utf8: 'the body is not valid UTF-8',
  not_yaml: 'the body is not valid YAML',
} as const;

/** A body of the control API: always read as JSON, whatever its content type says. */
export function parseBody<Schema extends z.ZodMiniType>(
  call: Call,
  schema: Schema,
): { readonly data: z.infer<Schema> } | ControlFault {
  if (call.bodyFault !== undefined) {
    const detail = call.bodyFaultDetail === undefined ? '' : `: ${call.bodyFaultDetail}`;
    return { fault: `${BODY_FAULTS[call.bodyFault]}${detail}` };
  }
  let json: unknown;
  try {
    json = JSON.parse(call.body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { fault: 'the body is not valid JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { data: parsed.data };
  return {
    fault: explainIssues(parsed.error.issues, json)
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; '),
  };
}
