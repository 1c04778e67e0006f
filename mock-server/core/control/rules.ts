import * as z from 'zod/mini';

import { parseBody } from './bodies.ts';
import { isControlFault, type ControlFault } from './context.ts';
import { ROUTES } from '../providers/uqpay/routes.ts';
import {
  CREATES,
  fits,
  isFor,
  parseScenario,
  parseScenarios,
  PROVIDERS,
  scenario,
  type Chosen,
  type ProviderName,
  type RuleFilter,
  type ScenarioName,
} from '../engine/scenarios/scenarios.ts';
import type { SandboxState } from '../engine/state.ts';
import { describe, shown } from '../engine/validation.ts';
import type { Call } from '../engine/wire.ts';

const ruleBody = z.strictObject({
  scenario: z.string(),
  times: z.optional(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  provider: z.optional(z.enum(PROVIDERS)),
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
  const parsed = parseBody(call, ruleBody);
  if (isControlFault(parsed)) return parsed;
  const { scenario: text, times = 1, params, ...filter } = parsed.data;
  const chosen = chosenOf(text, params, filter.provider);
  if (isControlFault(chosen)) return chosen;
  for (const { name } of chosen.all) {
    const fault = idleFault(name, filter) ?? paymentFault(state, name, filter);
    if (fault !== undefined) return { fault };
  }
  return { chosen: chosen.all, times, filter };
}

function chosenOf(
  text: string,
  params: Readonly<Record<string, unknown>> | undefined,
  provider: ProviderName | undefined,
): { readonly all: readonly Chosen[] } | ControlFault {
  if (params === undefined) {
    const parsed = parseScenarios(text, undefined);
    if (!parsed.ok) return { fault: parsed.message };
    const other = parsed.all.find(({ name }) => provider !== undefined && !scenario(name).providers.includes(provider));
    return other ? { fault: providerFault(other.name) } : parsed;
  }
  if (/[,;]/.test(text)) return { fault: 'params: belong to one scenario: write them behind its name, as ms=300' };
  const parsed = parseScenario(text.trim(), params);
  return parsed.ok ? { all: [parsed.chosen] } : { fault: parsed.message };
}

const providerFault = (name: ScenarioName) =>
  `provider: scenario ${name} is for ${scenario(name).providers.join(' and ')} only`;

/** A rule that could never be taken is a mistake of whoever sets it. */
function idleFault(name: ScenarioName, { provider, route }: RuleFilter): string | undefined {
  const { providers, on } = scenario(name);
  if (provider !== undefined && !providers.includes(provider)) return providerFault(name);
  if (route === undefined || route === '*') return undefined;
  const own = ROUTES.filter((known) => provider === undefined || known.provider === provider);
  if (!own.some((known) => known.name === route)) {
    const names = [...new Set(own.map((known) => known.name))];
    const whose = provider === undefined ? '' : ` of ${provider}`;
    return `route: expected * or one of ${names.join(', ')}${whose}, received ${describe(route)}`;
  }
  const taken = own.some(
    (known) =>
      known.name === route &&
      isFor(name, route) &&
      fits({ scenario: name, provider, route }, { ...known, route, payment: undefined }),
  );
  if (taken) return undefined;
  return `route: scenario ${name} is for ${(on ?? CREATES).join(', ')} of ${providers.join(' and ')} only, received ${describe(route)}`;
}

const SHOWN = 5;

/** A payment that is not there is one that was misspelt: its rule would wait for ever, and a test would be green. */
function paymentFault(state: SandboxState, name: ScenarioName, filter: RuleFilter): string | undefined {
  const { provider, payment_id: id } = filter;
  if (id === undefined) return undefined;
  const { store } = state;
  const rows = { uqpay: store.intents, upayments: store.orders } as const;
  const whose = PROVIDERS.filter(
    (one) => (provider === undefined || provider === one) && scenario(name).providers.includes(one),
  );
  if (whose.some((one) => rows[one].has(id))) return undefined;
  const known = whose.flatMap((one) => [...rows[one].keys()]);
  const some = known.slice(-SHOWN).map((one) => shown(one));
  return (
    `payment_id: no payment ${shown(id)} of ${whose.join(' or ')}: expected one of the ${known.length} there are, ` +
    `such as ${some.join(', ') || 'none'}`
  );
}
