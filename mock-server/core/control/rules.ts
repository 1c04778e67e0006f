import * as z from 'zod/mini';

import type { Registry } from '../engine/registry.ts';
import { fits, type RuleFilter } from '../engine/scenarios/book.ts';
import { CREATES, isFor, scenario, type ScenarioName } from '../engine/scenarios/catalogue.ts';
import { parseScenario, parseScenarios, supports, type Chosen } from '../engine/scenarios/parse.ts';
import type { SandboxState } from '../engine/state.ts';
import { describe, quote } from '../engine/validation.ts';
import type { Call } from '../engine/wire.ts';
import { parseBody } from './bodies.ts';
import { isControlFault, type ControlFault } from './context.ts';

const ruleBody = ({ names }: Registry) =>
  z.strictObject({
    scenario: z.string(),
    times: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
    provider: z.optional(z.enum(names)),
    route: z.optional(z.string()),
    payment_id: z.optional(z.string()),
    params: z.optional(z.record(z.string(), z.unknown())),
  });

export interface NewRules {
  readonly chosen: readonly Chosen[];
  readonly times: number;
  readonly filter: RuleFilter;
}

/** `{"scenario":"fail; after=P3D, webhook_delay"}`, as a header writes it; or one name, and `params` beside it. */
export function parseRules(call: Call, state: SandboxState): NewRules | ControlFault {
  const { registry } = state;
  const parsed = parseBody(call, ruleBody(registry));
  if (isControlFault(parsed)) return parsed;
  const { scenario: text, times = 1, params, ...filter } = parsed.data;
  const scenarios = chosenOf(registry, text, params, filter.provider);
  if (isControlFault(scenarios)) return scenarios;
  for (const { name } of scenarios.all) {
    const fault = idleFault(registry, name, filter) ?? paymentFault(state, name, filter);
    if (fault !== undefined) return { fault };
  }
  return { chosen: scenarios.all, times, filter };
}

function chosenOf(
  registry: Registry,
  text: string,
  params: Readonly<Record<string, unknown>> | undefined,
  provider: string | undefined,
): { readonly all: readonly Chosen[] } | ControlFault {
  if (params === undefined) {
    const parsed = parseScenarios(text, undefined);
    if (!parsed.ok) return { fault: parsed.message };
    const other = parsed.all.find(
      ({ name }) => provider !== undefined && !registry.supporters(name).includes(provider),
    );
    return other ? { fault: providerFault(registry, other.name) } : parsed;
  }
  if (/[,;]/.test(text)) return { fault: 'params: belong to one scenario: write them behind its name, as ms=300' };
  const parsed = parseScenario(text.trim(), params);
  return parsed.ok ? { all: [parsed.chosen] } : { fault: parsed.message };
}

const providerFault = (registry: Registry, name: ScenarioName) =>
  `provider: scenario ${name} is for ${registry.supporters(name).join(' and ')} only`;

/** Refuses a rule that no call could ever use. */
function idleFault(registry: Registry, name: ScenarioName, { provider, route }: RuleFilter): string | undefined {
  const { on } = scenario(name);
  const supporters = registry.supporters(name);
  if (provider !== undefined && !supporters.includes(provider)) return providerFault(registry, name);
  if (route === undefined || route === '*') return undefined;
  const own = registry.routes.filter((known) => provider === undefined || known.provider === provider);
  if (!own.some((known) => known.name === route)) {
    const names = [...new Set(own.map((known) => known.name))];
    const whose = provider === undefined ? '' : ` of ${provider}`;
    return `route: expected * or one of ${names.join(', ')}${whose}, received ${describe(route)}`;
  }
  const usable = own.some((candidate) => {
    const whose = registry.find(candidate.provider);
    return (
      whose !== undefined &&
      candidate.name === route &&
      isFor(name, route) &&
      fits({ scenario: name, provider, route }, { ...candidate, provider: whose, route, payment: undefined })
    );
  });
  if (usable) return undefined;
  return `route: scenario ${name} is for ${(on ?? CREATES).join(', ')} of ${supporters.join(' and ')} only, received ${describe(route)}`;
}

const MAX_EXAMPLES = 5;

/** Refuses an unknown payment: it was misspelt, and its rule would wait for ever while a test stays green. */
function paymentFault(state: SandboxState, name: ScenarioName, filter: RuleFilter): string | undefined {
  const { provider, payment_id: id } = filter;
  if (id === undefined) return undefined;
  const whose = state.registry.providers.filter(
    (one) => (provider === undefined || provider === one.name) && supports(one, name),
  );
  if (whose.some((one) => one.payments(state).has(id))) return undefined;
  const paymentIds = whose.flatMap((one) => [...one.payments(state).keys()]);
  const some = paymentIds.slice(-MAX_EXAMPLES).map((one) => quote(one));
  return (
    `payment_id: no payment ${quote(id)} of ${whose.map((one) => one.name).join(' or ')}: expected one of the ${paymentIds.length} there are, ` +
    `such as ${some.join(', ') || 'none'}`
  );
}
