import { DAY, parseDuration } from '../time.ts';
import { quote } from '../validation.ts';
import {
  goTogether,
  isScenario,
  scenario,
  SCENARIO_NAMES,
  type NumberParam,
  type Param,
  type ScenarioKind,
  type ScenarioName,
} from './catalogue.ts';

/** A provider, as far as its scenarios go. */
export interface Supporter {
  readonly name: string;
  readonly scenarios: Readonly<Partial<Record<ScenarioName, boolean>>>;
}

export const supports = ({ scenarios }: Supporter, name: ScenarioName): boolean => scenarios[name] === true;

/** Numbers, and durations as text. */
export type ScenarioParams = Readonly<Record<string, number | string>>;

/** A scenario for one call. */
export interface Chosen {
  readonly name: ScenarioName;
  readonly params: ScenarioParams;
}

export type ParsedScenario =
  | { readonly ok: true; readonly chosen: Chosen }
  | { readonly ok: false; readonly message: string };

export type ChosenByKind = Readonly<Record<ScenarioKind, readonly Chosen[]>>;
export const NONE_CHOSEN: ChosenByKind = { outcome: [], fault: [], webhook: [] };

export type ParsedScenarios =
  | { readonly ok: true; readonly chosen: ChosenByKind; readonly all: readonly Chosen[] }
  | { readonly ok: false; readonly message: string };

/** Checks a name and its parameters and fills in the defaults. */
export function parseScenario(name: string, given: Readonly<Record<string, unknown>> = {}): ParsedScenario {
  if (!isScenario(name)) {
    return { ok: false, message: `unknown scenario ${quote(name)}: expected one of ${SCENARIO_NAMES.join(', ')}` };
  }
  const knownParams = scenario(name).params ?? {};
  const params: Record<string, number | string> = {};
  for (const [key, param] of Object.entries(knownParams)) if (!('duration' in param)) params[key] = param.default;
  for (const [key, value] of Object.entries(given)) {
    const param = Object.hasOwn(knownParams, key) ? knownParams[key] : undefined;
    if (!param) {
      const names = Object.keys(knownParams).join(', ') || 'none';
      return { ok: false, message: `scenario ${name} has no parameter ${quote(key)}: expected ${names}` };
    }
    const fault = 'duration' in param ? durationFault(value) : numberFault(param, value);
    if (fault !== undefined) {
      return { ok: false, message: `${key} of scenario ${name} must be ${fault} (${param.about})` };
    }
    params[key] = value as number | string;
  }
  const idle = idleParam(knownParams, params);
  if (idle !== undefined) return { ok: false, message: `${idle.name} of scenario ${name} must be ${idle.expected}` };
  return { ok: true, chosen: { name, params } };
}

/** A parameter that has no effect beside another one. */
function idleParam(known: Readonly<Record<string, Param>>, params: Readonly<Record<string, number | string>>) {
  for (const [name, param] of Object.entries(known)) {
    if ('duration' in param || param.above === undefined) continue;
    const [value, least] = [Number(params[name]), Number(params[param.above])];
    if (value !== param.default && value < least) {
      return { name, expected: `at least ${param.above}, which is ${least} (${param.about})` };
    }
  }
  return undefined;
}

function numberFault({ min, max }: NumberParam, value: unknown): string | undefined {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  return fits ? undefined : `a whole number from ${min} to ${max}`;
}

function durationFault(value: unknown): string | undefined {
  const millis = typeof value === 'string' ? parseDuration(value) : undefined;
  return millis !== undefined && millis >= 0 && millis <= MAX_DURATION
    ? undefined
    : 'a duration in days or less, such as PT4H or P3D';
}

/** Ten years: beyond, a date may no longer have four digits for its year. */
const MAX_DURATION = 3_653 * DAY;

/**
 * Several at once: `fail; after=P3D, webhook_duplicate, webhook_delay`.
 * @param provider refuses scenarios that it does not support; any scenario is taken without it
 */
export function parseScenarios(text: string, provider: Supporter | undefined): ParsedScenarios {
  const all: Chosen[] = [];
  for (const part of text.split(',')) {
    const parsed = parseScenarioText(part);
    if (!parsed.ok) return parsed;
    const { name } = parsed.chosen;
    if (provider !== undefined && !supports(provider, name)) {
      return { ok: false, message: `scenario ${name} is not one of ${provider.name}` };
    }
    const other = all.find((before) => !goTogether(before.name, name));
    if (other) {
      const { kind } = scenario(name);
      return {
        ok: false,
        message: `${other.name} and ${name} are both of the kind ${kind} and do not go together: choose one`,
      };
    }
    all.push(parsed.chosen);
  }
  return { ok: true, chosen: byKind(all), all };
}

function byKind(all: readonly Chosen[]): ChosenByKind {
  const [first] = all;
  if (all.length === 1 && first) return { ...NONE_CHOSEN, [scenario(first.name).kind]: all };
  const of = (kind: ScenarioKind) => all.filter(({ name }) => scenario(name).kind === kind);
  return { outcome: of('outcome'), fault: of('fault'), webhook: of('webhook') };
}

/** `latency` or `latency; ms=300`. */
function parseScenarioText(text: string): ParsedScenario {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim());
  const params: Record<string, unknown> = {};
  for (const part of rest) {
    const [key = '', value = '', ...more] = part.split('=').map((half) => half.trim());
    if (value === '' || more.length > 0) {
      return {
        ok: false,
        message: `scenario ${quote(name)}: expected parameters such as ms=300, received ${quote(part)}`,
      };
    }
    if (Object.hasOwn(params, key))
      return { ok: false, message: `scenario ${quote(name)}: ${quote(key)} is there twice` };
    params[key] = /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  }
  return parseScenario(name, params);
}
