import { MAGIC_AMOUNTS, writeMagic } from '../engine/magic.ts';
import { makeMatcher } from '../engine/match.ts';
import { ownHeaderFault } from '../engine/own-headers.ts';
import { openapiDocument } from '../engine/openapi/document.ts';
import { CATALOGUE, SCENARIO_NAMES } from '../engine/scenarios/catalogue.ts';
import { settleDue } from '../engine/settle.ts';
import type { SandboxState } from '../engine/state.ts';
import { EARLIEST, LATEST, toRfc3339 } from '../engine/time.ts';
import { describe, queryFault, quote } from '../engine/validation.ts';
import { JSON_TYPE, ok, type Answer, type Call, type Reply } from '../engine/wire.ts';
import { parseClock } from './bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext, type ControlRoute } from './context.ts';
import { clearJournal, COUNT_QUERY, countJournal, JOURNAL_QUERY, listJournal, verifyJournal } from './journal.ts';
import { ORDER_ROUTES } from './orders.ts';
import { OVERVIEW_ROUTES } from './overview.ts';
import { PAY_ROUTES } from './pay.ts';
import { parseRules } from './rules.ts';
import { changeSettings, listPolicies, restore, rowCounts, seed, showSettings, snapshot } from './state.ts';
import { WEBHOOK_ROUTES } from './webhooks.ts';

/** Everything under `/_sandbox`, except `/_sandbox/db` on the Node server, and the merchant's orders. */
export const CONTROL_ROUTES: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/_sandbox',
    about: 'This list',
    handler: () => ok({ routes: CONTROL_ROUTES.map(routeEntry) }),
  },
  { method: 'GET', path: '/_sandbox/health', about: 'Alive, and how much it holds', handler: health },
  { method: 'POST', path: '/_sandbox/reset', about: 'Back to the seed', body: false, handler: reset },
  { method: 'GET', path: '/_sandbox/settings', about: 'Where clients of a provider differ', handler: showSettings },
  { method: 'POST', path: '/_sandbox/settings', about: 'Choose what they are answered', handler: changeSettings },
  { method: 'POST', path: '/_sandbox/seed', about: 'Other rows to start from', handler: seed },
  { method: 'GET', path: '/_sandbox/snapshot', about: 'Everything it knows, to come back to', handler: snapshot },
  { method: 'POST', path: '/_sandbox/restore', about: 'Back to a snapshot', handler: restore },
  { method: 'GET', path: '/_sandbox/policies', about: 'Decisions of ours that no source backs', handler: listPolicies },
  { method: 'GET', path: '/_sandbox/clock', about: 'The virtual clock', handler: ({ state }) => ok(clockEntry(state)) },
  { method: 'POST', path: '/_sandbox/clock', about: 'Freeze, run, set or advance the clock', handler: changeClock },
  { method: 'GET', path: '/_sandbox/scenarios', about: 'What can be set, and what is', handler: listScenarios },
  { method: 'POST', path: '/_sandbox/scenarios', about: 'Set a scenario for the next calls', handler: addScenario },
  { method: 'DELETE', path: '/_sandbox/scenarios', about: 'Clear all scenarios', body: false, handler: clearScenarios },
  {
    method: 'DELETE',
    path: '/_sandbox/scenarios/{id}',
    about: 'Clear one scenario that was set',
    body: false,
    handler: removeScenario,
  },
  ...OVERVIEW_ROUTES,
  {
    method: 'GET',
    path: '/_sandbox/journal',
    about: 'Recorded calls, oldest first',
    query: JOURNAL_QUERY,
    handler: listJournal,
  },
  { method: 'DELETE', path: '/_sandbox/journal', about: 'Clear the journal', body: false, handler: clearJournal },
  {
    method: 'GET',
    path: '/_sandbox/journal/count',
    about: 'How many recorded calls fit',
    query: COUNT_QUERY,
    handler: countJournal,
  },
  { method: 'POST', path: '/_sandbox/journal/verify', about: 'Were there such calls?', handler: verifyJournal },
  { method: 'GET', path: '/_sandbox/db', about: 'All rows', handler: ({ state }) => ok(state.store.collections) },
  { method: 'GET', path: '/_sandbox/db/{collection}', about: 'The rows of one collection', handler: listRows },
  {
    method: 'GET',
    path: '/_sandbox/openapi/{document}',
    about: 'OpenAPI 3.1 of one provider: its name and .json',
    handler: openapi,
  },
  ...WEBHOOK_ROUTES,
  ...PAY_ROUTES,
  ...ORDER_ROUTES,
];

const match = makeMatcher(CONTROL_ROUTES);

export function handleControl(state: SandboxState, call: Call, path: string): Answer {
  const method = call.method === 'HEAD' ? 'GET' : call.method;
  const matched = match(method, path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  if (matched.kind === 'found') {
    const fault = callFault(matched.route, call);
    return answerOf(fault ? refuse(400, fault) : matched.route.handler({ state, call, params: matched.params }));
  }
  if (matched.kind === 'wrong_method') {
    return answerOf(
      refuse(405, `${quote(call.method)} is no method of ${path}: expected ${matched.allowed.join(' or ')}`),
    );
  }
  return answerOf(refuse(404, `no ${quote(`${call.method} ${call.path}`)}: expected ${knownPaths(state, path)}`));
}

/** The paths that the caller of a misspelt path may have meant. */
function knownPaths({ registry }: SandboxState, path: string): string {
  if (!/^\/_?sandb?o?x?/i.test(path)) {
    const prefixes = registry.providers.map(({ prefix }) => prefix);
    return `${[...prefixes, ...registry.rootPaths, '/orders/{id}', '/ns/<name>'].join(', ')} or /_sandbox`;
  }
  return `one of ${[...new Set(CONTROL_ROUTES.map((route) => route.path))].join(', ')}, /_sandbox/db/{collection}/{id}`;
}

/** Refuses a header, a query or a body that the route does not read: it would have no effect. */
function callFault({ method, query = [], body = true }: ControlRoute, call: Call): string | undefined {
  const fault = ownHeaderFault(call) ?? queryFault(new URLSearchParams(call.query), query);
  if (fault !== undefined) return fault;
  if (body || method === 'GET' || /^\s*(?:\{\s*\})?\s*$/.test(call.body)) return undefined;
  return `this call takes no body: expected nothing, received ${describe(call.body)}`;
}

function answerOf({ status, headers, body, serialized, afterWebhooks }: Reply): Answer {
  const text = serialized ? String(body) : JSON.stringify(body);
  const answer = { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: text };
  return afterWebhooks ? { ...answer, afterWebhooks: () => answerOf(afterWebhooks()) } : answer;
}

const routeEntry = ({ method, path, about }: ControlRoute) => ({ method, path, about });

function clockEntry({ clock, due }: SandboxState) {
  return {
    mode: clock.mode,
    now: toRfc3339(clock.now()),
    epoch_ms: clock.now(),
    due: due.size,
    // The first whole second at which it is due: a clock that is set to it makes it happen.
    next_due: due.nextAt === undefined ? null : toRfc3339(Math.ceil(due.nextAt / 1000) * 1000),
  };
}

function health({ state }: ControlContext): Reply {
  const rows = rowCounts(state);
  return ok({ status: 'ok', seed: state.options.seed, dev: state.options.dev, clock: clockEntry(state), rows });
}

function reset({ state }: ControlContext): Reply {
  state.reset();
  return ok({ status: 'ok', clock: clockEntry(state) });
}

function changeClock({ state, call }: ControlContext): Reply {
  const change = parseClock(call);
  if (isControlFault(change)) return refuseFault(change);
  const { clock } = state;
  const target = (change.set ?? clock.now()) + (change.advance ?? 0);
  if (target < EARLIEST || target > LATEST) {
    return refuse(
      400,
      `the clock goes from ${toRfc3339(EARLIEST)} to ${toRfc3339(LATEST)}: expected a time in between`,
    );
  }
  if (change.mode !== undefined) clock.switchTo(change.mode);
  if (change.set !== undefined) clock.set(change.set);
  if (change.advance !== undefined) clock.advance(change.advance);
  settleDue(state);
  return ok(clockEntry(state));
}

function listScenarios({ state }: ControlContext): Reply {
  const scenarios = SCENARIO_NAMES.map((name) => ({
    name,
    ...CATALOGUE[name],
    providers: state.registry.supporters(name),
  }));
  return ok({ active: state.scenarios.list(), known: scenarios, magic_amounts: magicAmounts(state) });
}

/** The magic amounts, written with two decimals; empty when they are switched off. */
function magicAmounts({ options }: SandboxState): Record<string, string> {
  if (!options.magicAmounts) return {};
  return Object.fromEntries(
    Object.entries(MAGIC_AMOUNTS).map(([amount, text]) => [writeMagic(Number(amount), 'USD'), text]),
  );
}

function addScenario({ state, call }: ControlContext): Reply {
  const parsed = parseRules(call, state);
  if (isControlFault(parsed)) return refuseFault(parsed);
  const rules = parsed.chosen.map((chosen) => state.scenarios.add(chosen, parsed.times, parsed.filter));
  // Each scenario is a rule of its own. One call can use several that go together.
  return { status: 201, body: rules.length === 1 ? rules[0] : { ...rules[0], rules } };
}

function clearScenarios({ state }: ControlContext): Reply {
  state.scenarios.clear();
  return ok({ active: [] });
}

function removeScenario({ state, params }: ControlContext): Reply {
  const { id = '' } = params;
  if (!/^\d{1,9}$/.test(id) || !state.scenarios.remove(Number(id))) {
    return refuse(404, `no scenario ${quote(id)} is set: GET /_sandbox/scenarios lists those that are`);
  }
  return ok({ active: state.scenarios.list() });
}

function openapi({ state, call, params }: ControlContext): Reply {
  const { registry, settings } = state;
  const provider = registry.providers.find(({ name }) => params['document'] === `${name}.json`);
  if (!provider) {
    const expected = registry.names.map((name) => `${name}.json`).join(' or ');
    return refuse(404, `no document ${quote(params['document'] ?? '')}: expected ${expected}`);
  }
  const base = call.origin + call.path.slice(0, call.path.lastIndexOf('/_sandbox/openapi/'));
  return ok(openapiDocument(provider, base, settings));
}

function listRows({ state, params }: ControlContext): Reply {
  const name = params['collection'] ?? '';
  const { data } = state.registry;
  if (!data.has(name)) return refuse(404, `no collection ${quote(name)}: expected one of ${data.names.join(', ')}`);
  return ok(state.store.collections[name]);
}
