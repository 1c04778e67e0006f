import { parseClock, parseRule } from './control-bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext, type ControlRoute } from './control-context.ts';
import { clearJournal, countJournal, listJournal, verifyJournal } from './control-journal.ts';
import { WEBHOOK_ROUTES } from './control-webhooks.ts';
import { MAGIC_AMOUNTS, writeMagic } from './magic.ts';
import { makeMatcher } from './match.ts';
import { openapiDocument } from './openapi/document.ts';
import { PAY_ROUTES } from './pay.ts';
import { listPolicies, restore, rowCounts, seed, snapshot } from './control-state.ts';
import { COLLECTION_NAMES, type CollectionName } from './rows.ts';
import { PROVIDERS, SCENARIOS } from './scenarios.ts';
import { settleDue } from './settle.ts';
import type { SandboxState } from './state.ts';
import { EARLIEST, LATEST, toRfc3339 } from './time.ts';
import { shown } from './validation.ts';
import { JSON_TYPE, ok, type Answer, type Call, type Reply } from './wire.ts';

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
  { method: 'POST', path: '/_sandbox/seed', about: 'Other rows to start from', handler: seed },
  { method: 'GET', path: '/_sandbox/snapshot', about: 'Everything it knows, to come back to', handler: snapshot },
  { method: 'POST', path: '/_sandbox/restore', about: 'Back to a snapshot', handler: restore },
  { method: 'GET', path: '/_sandbox/policies', about: 'Decisions of ours that no source backs', handler: listPolicies },
  { method: 'GET', path: '/_sandbox/clock', about: 'The virtual clock', handler: ({ state }) => ok(shownClock(state)) },
  { method: 'POST', path: '/_sandbox/clock', about: 'Freeze, run, set or advance the clock', handler: changeClock },
  { method: 'GET', path: '/_sandbox/scenarios', about: 'What can be set, and what is', handler: listScenarios },
  { method: 'POST', path: '/_sandbox/scenarios', about: 'Set a scenario for the next calls', handler: addScenario },
  { method: 'DELETE', path: '/_sandbox/scenarios', about: 'Clear all scenarios', handler: clearScenarios },
  { method: 'GET', path: '/_sandbox/journal', about: 'Recorded calls, oldest first', handler: listJournal },
  { method: 'DELETE', path: '/_sandbox/journal', about: 'Clear the journal', handler: clearJournal },
  { method: 'GET', path: '/_sandbox/journal/count', about: 'How many recorded calls fit', handler: countJournal },
  { method: 'POST', path: '/_sandbox/journal/verify', about: 'Were there such calls?', handler: verifyJournal },
  { method: 'GET', path: '/_sandbox/db', about: 'All rows', handler: ({ state }) => ok(state.store.collections) },
  { method: 'GET', path: '/_sandbox/db/{collection}', about: 'The rows of one collection', handler: listRows },
  {
    method: 'GET',
    path: '/_sandbox/openapi/{document}',
    about: 'OpenAPI 3.1: uqpay.json or upayments.json',
    handler: openapi,
  },
  ...WEBHOOK_ROUTES,
  ...PAY_ROUTES,
];

const match = makeMatcher(CONTROL_ROUTES);

export function handleControl(state: SandboxState, call: Call, path: string): Answer {
  const found = match(call.method, path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);
  let reply: Reply;
  if (found.kind === 'found') reply = found.route.handler({ state, call, params: found.params });
  else if (found.kind === 'wrong_method') reply = refuse(405, `expected ${found.allowed.join(' or ')}`);
  else
    reply = refuse(404, `no ${shown(`${call.method} ${path}`)}: expected /uqpay/api, /upayments/api/v1 or /_sandbox`);
  return written(reply);
}

function written({ status, headers, body, written: isText, afterWebhooks }: Reply): Answer {
  const text = isText ? String(body) : JSON.stringify(body);
  const answer = { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: text };
  return afterWebhooks ? { ...answer, afterWebhooks: () => written(afterWebhooks()) } : answer;
}

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
  const rows = rowCounts(state);
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
  return ok(shownClock(state));
}

function listScenarios({ state }: ControlContext): Reply {
  const known = Object.entries(SCENARIOS).map(([name, entry]) => Object.assign({ name }, entry));
  return ok({ active: state.scenarios.list(), known, magic_amounts: magicAmounts(state) });
}

/** As a currency with two decimals writes them; empty when they are switched off. */
function magicAmounts({ options }: SandboxState): Record<string, string> {
  if (!options.magicAmounts) return {};
  return Object.fromEntries(
    Object.entries(MAGIC_AMOUNTS).map(([amount, text]) => [writeMagic(Number(amount), 'USD'), text]),
  );
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

function openapi({ call, params }: ControlContext): Reply {
  const name = PROVIDERS.find((provider) => params['document'] === `${provider}.json`);
  if (!name)
    return refuse(404, `no document ${shown(params['document'] ?? '')}: expected uqpay.json or upayments.json`);
  const base = call.origin + call.path.slice(0, call.path.lastIndexOf('/_sandbox/openapi/'));
  return ok(openapiDocument(name, base));
}

function listRows({ state, params }: ControlContext): Reply {
  const name = params['collection'] ?? '';
  if (!(COLLECTION_NAMES as string[]).includes(name)) {
    return refuse(404, `no collection ${shown(name)}: expected one of ${COLLECTION_NAMES.join(', ')}`);
  }
  return ok(state.store.collections[name as CollectionName]);
}
