import type { Provider, Route } from '../provider.ts';
import { goTogether, isScenario, scenario, SCENARIO_NAMES, type ScenarioName } from '../scenarios/catalogue.ts';
import { usersOf, usersText } from '../scenarios/users.ts';
import type { SandboxState } from '../state.ts';
import { describe, quote } from '../validation.ts';
import { bodyFault, callsOf, mayFit } from './check-body.ts';
import { pathFault } from './check-path.ts';
import { asksForKey, keyFault, REFUSES, statusFault } from './check-status.ts';
import { namesIn, type JournalFilter } from './filter.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const WIRE = ['drop', 'drop_at_byte', 'slow_body'] as const;
/** The journal's name for a call that no route answers. */
const UNKNOWN = 'unknown';

/**
 * Why a filter could never fit a call, as a sentence that names what there is. A filter with a misspelt value finds
 * nothing, and so does one whose members contradict each other: a test that expects no call would pass.
 */
export function filterFault(state: SandboxState, filter: JournalFilter): string | undefined {
  const { journal, registry } = state;
  const { provider, route, method, wire, after } = filter;
  const own = registry.routes.filter((known) => provider === undefined || known.provider === provider);
  const named = own.filter(({ name }) => name === route);
  const whose = registry.providers.filter(({ name }) =>
    (named.length > 0 ? named : own).some((known) => known.provider === name),
  );
  const asked = askedOf(state, filter, route === undefined ? own : named);
  return (
    oneOf('provider', provider, registry.names) ??
    oneOf('route', route, [...new Set(own.map(({ name }) => name)), UNKNOWN]) ??
    oneOf('method', method, METHODS) ??
    methodFault(method, named) ??
    oneOf('wire', wire, WIRE) ??
    scenarioFault(state, filter) ??
    pathFault(state, filter, named) ??
    aboutFault(filter, asked.routes) ??
    idFault(state, { name: 'payment_id', given: filter.payment_id, whose }) ??
    idFault(state, { name: 'refund_id', given: filter.refund_id, whose }) ??
    pairFault(state, filter) ??
    (after !== undefined && after > journal.total
      ? `after: the journal has come to ${journal.total}: expected a sequence number up to that, received ${after}`
      : undefined) ??
    keyFault(filter, whose, asked) ??
    statusFault(registry, filter, asked) ??
    bodyFault(state, filter, route === undefined ? own : named)
  );
}

/** The calls that the other members of the filter leave. */
function askedOf(state: SandboxState, filter: JournalFilter, candidates: readonly Route[]) {
  const { provider, route } = filter;
  const isOpen = (route === undefined || route === UNKNOWN) && !asksForKey(filter);
  return {
    routes: candidates.filter((candidate) => mayFit(state, filter, candidate)),
    unmatched: state.registry.providers.filter(({ name }) => isOpen && (provider === undefined || provider === name)),
    calls: callsOf(state, { ...filter, status: undefined }),
  };
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function oneOf(name: string, given: unknown, known: readonly string[]): string | undefined {
  if (given === undefined || known.includes(textOf(given))) return undefined;
  return `${name}: expected one of ${known.join(', ')}, received ${describe(given)}`;
}

/** A call with another method has no route. */
function methodFault(given: unknown, named: readonly Route[]): string | undefined {
  if (given === undefined || named.length === 0) return undefined;
  const methods = new Set(named.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
  if (methods.has(textOf(given))) return undefined;
  return `method: a call of ${named[0]?.name} is a ${[...methods].join(' or ')}, received ${describe(given)}`;
}

function scenarioFault({ registry }: SandboxState, filter: JournalFilter): string | undefined {
  const { scenario: asked, provider, route, replayed } = filter;
  if (asked === undefined) return undefined;
  const given = namesIn(asked);
  const names = given.filter((name): name is ScenarioName => isScenario(name));
  const odd = given.find((name) => !isScenario(name));
  if (odd !== undefined) return oneOf('scenario', odd, SCENARIO_NAMES);
  for (const [index, name] of names.entries()) {
    const users = usersOf(registry, name).filter(
      (user) => (provider === undefined || user.provider === provider) && (route === undefined || user.name === route),
    );
    if (users.length === 0) {
      const calls = [route, provider].filter((part) => part !== undefined).join(' of ');
      return `scenario: ${name} is for ${usersText(registry, name)} only, and this filter is for ${calls}`;
    }
    if (replayed === true && isOnce(name)) {
      return `scenario: an answer that is repeated carries out no scenario ${name}: leave out scenario or replayed`;
    }
    const other = names.slice(0, index).find((before) => !goTogether(before, name));
    if (other) return `scenario: no call has both ${other} and ${name}: expected one of them`;
  }
  return undefined;
}

/** A repeated answer changes nothing, and a call that is refused repeats none. */
const isOnce = (name: ScenarioName): boolean => scenario(name).kind !== 'fault' || REFUSES.some((one) => one === name);

/** @param routes that the filter leaves */
function aboutFault({ payment_id, refund_id }: JournalFilter, routes: readonly Route[]): string | undefined {
  const names = [...new Set(routes.map(({ name }) => name))].join(' or ');
  if (routes.length === 0) return undefined;
  if (payment_id !== undefined && routes.every(({ payment }) => payment === 'none')) {
    return `payment_id: a call of ${names} is about no payment, received ${describe(payment_id)}`;
  }
  const isAboutNone = ({ payment, refund }: Route) => payment === 'none' || refund === 'none';
  if (refund_id !== undefined && routes.every(isAboutNone)) {
    return `refund_id: a call of ${names} is about no refund of its own, received ${describe(refund_id)}`;
  }
  return undefined;
}

const ROWS = { payment_id: 'payments', refund_id: 'refunds' } as const;
const OF_RECORD = { payment_id: 'payment', refund_id: 'refund' } as const;

interface AskedId {
  readonly name: keyof typeof ROWS;
  readonly given: unknown;
  /** The providers that the filter is for. */
  readonly whose: readonly Provider[];
}

/** An id has to name a row, or a recorded call has to be about it. */
function idFault(state: SandboxState, { name, given, whose }: AskedId): string | undefined {
  if (given === undefined) return undefined;
  const id = textOf(given);
  const rows = whose.map((provider) => provider[ROWS[name]](state));
  if (rows.some((known) => known.has(id))) return undefined;
  const names = whose.map((provider) => provider.name);
  for (const { record } of state.journal.calls()) {
    if (record[OF_RECORD[name]] === id && names.includes(record.provider)) return undefined;
  }
  const examples = rows.flatMap((map) => [...map.keys()].slice(-2)).map((one) => quote(one));
  const where = names.length < state.registry.providers.length ? ` at ${names.join(' or ')}` : '';
  return (
    `${name}: ${quote(id)} is not there${where} and no recorded call was about it: ` +
    `expected one such as ${examples.join(', ') || 'none'}`
  );
}

/** A refund is of one payment. */
function pairFault(state: SandboxState, { payment_id, refund_id }: JournalFilter): string | undefined {
  if (payment_id === undefined || refund_id === undefined) return undefined;
  const [payment, refund] = [textOf(payment_id), textOf(refund_id)];
  const owners = state.registry.providers.map(({ refunds, refundedBy }) =>
    refunds(state).has(refund) ? refundedBy?.(state, refund) : undefined,
  );
  const owner = owners.find((id) => id !== undefined);
  if (owner === undefined || owner === payment) return undefined;
  return `refund_id: ${quote(refund)} is a refund of ${quote(owner)}, and this filter is for payment_id ${quote(payment)}`;
}
