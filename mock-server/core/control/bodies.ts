import * as z from 'zod/mini';

import type { ClockMode } from '../engine/clock.ts';
import { repeatedMember, withoutMark } from '../engine/json.ts';
import { parseDuration, parseInstant, type Millis } from '../engine/time.ts';
import { describe, explainIssues } from '../engine/validation.ts';
import { encodingHint, type Call } from '../engine/wire.ts';
import { isControlFault, type ControlFault } from './context.ts';

const clockBody = z.strictObject({
  mode: z.optional(z.enum(['running', 'frozen'])),
  set: z.optional(z.string()),
  advance: z.optional(z.string()),
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
  if (mode === undefined && set === undefined && advance === undefined) {
    return { fault: 'the body changes nothing: expected mode, set or advance' };
  }
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

const BODY_FAULTS = {
  too_large: 'the body is too large: a provider takes 1 MiB, seed and restore take 64',
  not_utf8: 'the body is not valid UTF-8',
  not_yaml: 'the body is not valid YAML',
} as const;

/** Reads a body of the control API as JSON, whatever its content type is. */
export function parseBody<Schema extends z.ZodMiniType>(
  call: Call,
  schema: Schema,
): { readonly data: z.infer<Schema> } | ControlFault {
  if (call.bodyFault !== undefined) {
    const detail = call.bodyFaultDetail === undefined ? '' : `: ${call.bodyFaultDetail}`;
    return { fault: `${BODY_FAULTS[call.bodyFault]}${detail}${encodingHint(call)}` };
  }
  const text = withoutMark(call.body);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { fault: 'the body is not valid JSON' };
  }
  const twice = repeatedMember(text);
  if (twice !== undefined) return { fault: `${twice}: is there twice: expected it once` };
  if (holdsProto(json)) return { fault: '__proto__: is no member of anything here: expected a body without it' };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { data: parsed.data };
  return {
    fault: explainIssues(parsed.error.issues, json, schema)
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; '),
  };
}

/** Whether any member has this name. Copied into an object, such a member would change the object's prototype. */
function holdsProto(json: unknown): boolean {
  const open: unknown[] = [json];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return true;
    for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return false;
}
