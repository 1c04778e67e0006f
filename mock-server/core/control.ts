import { isControlFault, parseClock, parseRule, type ControlFault } from './control-bodies.ts';
import { makeMatcher } from './match.ts';
import { COLLECTION_NAMES, type CollectionName } from './rows.ts';
import { SCENARIOS } from './scenarios.ts';
import { settleDue } from './settle.ts';
import type { SandboxState } from './state.ts';
import { toRfc3339 } from './time.ts';
import { describe } from './validation.ts';
import { JSON_TYPE, ok, type Answer, type Call, type Reply } from './wire.ts';

/** A call of the control API. It never shows up in the journal. */
interface ControlContext {
  readonly state: SandboxState;
  readonly call: Call;
  readonly params: Readonly<Record<string, string>>;
}

interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly about: string;
  readonly handler: (context: ControlContext) => Reply;
}

/** Everything under `/_sandbox`, except json-server's `/_sandbox/db` on the Node server. */
export const CONTROL_ROUTES: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/_sandbox',
    about: 'This list',
    handler: () => ok({ routes: CONTROL_ROUTES.map(shownRoute) }),
  },
  { method: 'GET', path: '/_sandbox/health', about: 'Alive, and how much it holds', handler: health },
  { method: 'POST', path: '/_sandbox/reset', about: 'Back to the seed', handler: reset },
  { method: 'GET', path: '/_sandbox/clock', about: 'The virtual clock', handler: ({ state }) => ok(shownClock(state)) },
  { method: 'POST', path: '/_sandbox/clock', about: 'Freeze, run, set or advance the clock', handler: changeClock },
  { method: 'GET', path: '/_sandbox/scenarios', about: 'What can be set, and what is', handler: listScenarios },
  { method: 'POST', path: '/_sandbox/scenarios', about: 'Set a scenario for the next calls', handler: addScenario },
  { method: 'DELETE', path: '/_sandbox/scenarios', about: 'Clear all scenarios', handler: clearScenarios },
  { method: 'GET', path: '/_sandbox/journal', about: 'Recorded calls, oldest first', handler: listJournal },
  { method: 'DELETE', path: '/_sandbox/journal', about: 'Clear the journal', handler: clearJournal },
  { method: 'GET', path: '/_sandbox/journal/count', about: 'How many recorded calls fit', handler: countJournal },
  { method: 'GET', path: '/_sandbox/db', about: 'All rows', handler: ({ state }) => ok(state.store.collections) },
  { method: 'GET', path: '/_sandbox/db/{collection}', about: 'The rows of one collection', handler: listRows },
];

const match = makeMatcher(CONTROL_ROUTES);

export function handleControl(state: SandboxState, call: Call, path: string): Answer {
  const found = match(call.method, path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  let reply: Reply;
  if (found.kind === 'found') reply = found.route.handler({ state, call, params: found.params });
  else if (found.kind === 'wrong_method') reply = refuse(405, `expected ${found.allowed.join(' or ')}`);
  else
    reply = refuse(
      404,
      `no ${describe(`${call.method} ${path}`)}: expected /uqpay/api, /upayments/api/v1 or /_sandbox`,
    );
  return { status: reply.status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(reply.body) };
}

const refuse = (status: number, error: string): Reply => ({ status, body: { error } });
const refuseFault = ({ fault }: ControlFault): Reply => refuse(400, fault);
const shownRoute = ({ method, path, about }: ControlRoute) => ({ method, path, about });

function shownClock({ clock, due }: SandboxState) {
  return {
    mode: clock.mode,
    now: toRfc3339(clock.now()),
    epoch_ms: clock.now(),
    due: due.size,
    next_due: due.nextAt === undefined ? null : toRfc3339(due.nextAt),
  };
}

function health({ state }: ControlContext): Reply {
  const { collections } = state.store;
  const rows = Object.fromEntries(COLLECTION_NAMES.map((name) => [name, collections[name].length]));
  return ok({ status: 'ok', seed: state.options.seed, dev: state.options.dev, clock: shownClock(state), rows });
}

function reset({ state }: ControlContext): Reply {
  state.reset();
  return ok({ status: 'ok', clock: shownClock(state) });
}

function changeClock({ state, call }: ControlContext): Reply {
  const change = parseClock(call);
  if (isControlFault(change)) return refuseFault(change);
  const { clock } = state;
  if (change.mode !== undefined) clock.switchTo(change.mode);
  if (change.set !== undefined) clock.set(change.set);
  if (change.advance !== undefined) clock.advance(change.advance);
  settleDue(state);
  return ok(shownClock(state));
}

function listScenarios({ state }: ControlContext): Reply {
  const known = Object.entries(SCENARIOS).map(([name, entry]) => Object.assign({ name }, entry));
  return ok({ active: state.scenarios.list(), known });
}

function addScenario({ state, call }: ControlContext): Reply {
  const rule = parseRule(call);
  if (isControlFault(rule)) return refuseFault(rule);
  return { status: 201, body: state.scenarios.add(rule.chosen, rule.times, rule.filter) };
}

function clearScenarios({ state }: ControlContext): Reply {
  state.scenarios.clear();
  return ok({ active: [] });
}

function clearJournal({ state }: ControlContext): Reply {
  state.journal.clear();
  return ok({ total: 0, dropped: 0, entries: [] });
}

interface Filter {
  readonly provider?: string | undefined;
  readonly route?: string | undefined;
  readonly payment_id?: string | undefined;
  readonly status?: number | undefined;
  readonly limit?: number | undefined;
}

const FILTERS = ['provider', 'route', 'payment_id', 'status', 'limit'];

function parseFilter({ call }: ControlContext): Filter | ControlFault {
  const query = new URLSearchParams(call.query);
  for (const name of query.keys()) {
    if (!FILTERS.includes(name)) return { fault: `unknown filter "${name}": expected ${FILTERS.join(', ')}` };
  }
  const numbers: { status?: number; limit?: number } = {};
  for (const name of ['status', 'limit'] as const) {
    const text = query.get(name);
    if (text === null) continue;
    if (!/^\d{1,6}$/.test(text)) return { fault: `${name}: expected a whole number, received ${describe(text)}` };
    numbers[name] = Number(text);
  }
  const text = (name: string) => query.get(name) ?? undefined;
  return { ...numbers, provider: text('provider'), route: text('route'), payment_id: text('payment_id') };
}

function listJournal(context: ControlContext): Reply {
  const filter = parseFilter(context);
  if (isControlFault(filter)) return refuseFault(filter);
  const { journal } = context.state;
  return ok({ total: journal.total, dropped: journal.dropped, entries: journal.entries(filter) });
}

function countJournal(context: ControlContext): Reply {
  const filter = parseFilter(context);
  if (isControlFault(filter)) return refuseFault(filter);
  return ok({ count: context.state.journal.count(filter), dropped: context.state.journal.dropped });
}

function listRows({ state, params }: ControlContext): Reply {
  const name = params['collection'] ?? '';
  if (!(COLLECTION_NAMES as string[]).includes(name)) {
    return refuse(404, `no collection ${describe(name)}: expected one of ${COLLECTION_NAMES.join(', ')}`);
  }
  return ok(state.store.collections[name as CollectionName]);
}
