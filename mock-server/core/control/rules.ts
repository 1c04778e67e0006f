import * as z from 'zod/mini';

import type { Provider, Route } from '../engine/provider.ts';
import type { Registry } from '../engine/registry.ts';
import { fits, type RuleFilter } from '../engine/scenarios/book.ts';
import { scenario, type ScenarioName } from '../engine/scenarios/catalogue.ts';
import { parseScenario, parseScenarios, type Chosen } from '../engine/scenarios/parse.ts';
import { usersOf, usersText } from '../engine/scenarios/users.ts';
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
  if (provider !== undefined && !registry.supporters(name).includes(provider)) return providerFault(registry, name);
  if (route === undefined || route === '*') return undefined;
  const own = registry.routes.filter((known) => provider === undefined || known.provider === provider);
  if (!own.some((known) => known.name === route)) {
    const names = [...new Set(own.map((known) => known.name))];
    const whose = provider === undefined ? '' : ` of ${provider}`;
    return `route: expected * or one of ${names.join(', ')}${whose}, received ${describe(route)}`;
  }
  if (usersOf(registry, name).some((user) => own.includes(user) && user.name === route)) return undefined;
  return `route: scenario ${name} is for ${usersText(registry, name)} only, received ${describe(route)}`;
}

const MAX_EXAMPLES = 5;

/** Refuses a payment that is unknown, or that no call of the rule is about: the rule would wait for ever while a test stays green. */
function paymentFault(state: SandboxState, name: ScenarioName, filter: RuleFilter): string | undefined {
  const { registry } = state;
  const { payment_id: id } = filter;
  if (id === undefined) return undefined;
  const users = usersOf(registry, name).filter((route) => {
    const provider = registry.find(route.provider);
    return provider && fits({ scenario: name, ...filter }, { ...route, provider, route: route.name, payment: id });
  });
  const about = users.filter(({ payment }) => payment === undefined);
  if (about.length === 0) {
    return `payment_id: a call of ${namesOf(users)} is about no payment that is there: expected a rule without payment_id`;
  }
  const whose = registry.providers.filter((one) => about.some(({ provider }) => provider === one.name));
  const owner = whose.find((one) => one.payments(state).has(id));
  if (!owner) return unknownPayment(state, whose, id);
  const own = about.filter(({ provider }) => provider === owner.name);
  const isFault = scenario(name).kind === 'fault';
  if (isFault || own.some((route) => owner.canExecute?.(state, route.name, id) ?? true)) return undefined;
  return `payment_id: ${namesOf(own)} is never carried out for ${quote(id)}, so no call would use scenario ${name}`;
}

const namesOf = (routes: readonly Route[]): string => [...new Set(routes.map(({ name }) => name))].join(', ');

function unknownPayment(state: SandboxState, whose: readonly Provider[], id: string): string {
  const paymentIds = whose.flatMap((one) => [...one.payments(state).keys()]);
  const some = paymentIds.slice(-MAX_EXAMPLES).map((one) => quote(one));
  return (
    `payment_id: no payment ${quote(id)} of ${whose.map((one) => one.name).join(' or ')}: expected one of the ${paymentIds.length} there are, ` +
    `such as ${some.join(', ') || 'none'}`
  );
}
