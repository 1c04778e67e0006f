import { note, type CalledRoute, type Context, type Provider, type RefusalKind, type Route } from './engine/context.ts';
import { handleControl } from './control/control.ts';
import { takeFaults, type Fault } from './engine/faults.ts';
import { drawLatency } from './engine/latency.ts';
import { magicScenario } from './engine/magic.ts';
import type { Match } from './engine/match.ts';
import { MATCHERS, methodOf, withoutSlash } from './engine/provider-paths.ts';
import {
  CREATES,
  isFor,
  NONE_CHOSEN,
  parseScenarios,
  scenario,
  type Chosen,
  type ParsedScenarios,
} from './engine/scenarios/scenarios.ts';
import { settleDue } from './engine/settle.ts';
import type { SandboxState } from './engine/state.ts';
import { describe, queryFault, shown } from './engine/validation.ts';
import { JSON_TYPE, type Answer, type Call, type Reply } from './engine/wire.ts';

/**
 * One call in, one answer out, the state changed in between. Synchronous: nothing can happen halfway.
 * @param path the call's path below the namespace
 * @param base origin and namespace, for absolute URLs in answers
 */
export function handle(state: SandboxState, call: Call, path: string, base: string): Answer {
  const now = settleDue(state);
  for (const { provider, match } of MATCHERS) {
    if (!path.startsWith(provider.prefix)) continue;
    const below = path.slice(provider.prefix.length);
    if (below !== '' && below[0] !== '/') continue;
    return serve({ state, call, now, base, provider, below, matched: match(methodOf(call), withoutSlash(below)) });
  }
  return atRoot(state, call, path, { now, base }) ?? handleControl(state, call, path);
}

const ROOT = '/api/';

/**
 * The same paths for a client that resolves `/api/...` against the origin; `upayments.md`, Added 2026-11. K. The providers
 * share `/api/v1`: `/api/v1/connect/token` is UQPAY's, and everything else there is UPayments'.
 */
function atRoot(
  state: SandboxState,
  call: Call,
  path: string,
  { now, base }: { now: number; base: string },
): Answer | undefined {
  if (!path.startsWith(ROOT)) return undefined;
  let last: Served | undefined;
  for (const { provider, match } of MATCHERS) {
    if (!path.startsWith(`${provider.rootPrefix}/`)) continue;
    const below = path.slice(provider.rootPrefix.length);
    const matched = match(methodOf(call), withoutSlash(below));
    last = { state, call, now, base, provider, below, matched };
    if (matched.kind !== 'unknown_path') break;
  }
  return last && serve(last);
}

interface Served {
  readonly state: SandboxState;
  readonly call: Call;
  readonly now: number;
  readonly base: string;
  readonly provider: Provider;
  readonly below: string;
  readonly matched: Match<Route>;
}

function serve({ state, call, now, base, provider, below, matched }: Served): Answer {
  if (matched.kind === 'found') {
    return answer(makeContext({ state, call, now, base, route: matched.route, params: matched.params }), provider);
  }
  const detail =
    matched.kind === 'wrong_method'
      ? `${shown(call.method)} is not a method of this path: expected ${matched.allowed.join(' or ')}`
      : `the sandbox has no ${shown(`${call.method} ${below}`)}`;
  const route = unmatched(provider);
  const context = makeContext({ state, call, now, base, route, params: {} });
  return finish(context, provider, provider.refuse(matched.kind, detail), NO_FAULTS);
}

const NO_FAULTS: readonly Fault[] = [];

type Known = Pick<Context, 'state' | 'call' | 'now' | 'base' | 'route' | 'params'>;

function makeContext({ state, call, now, base, route, params }: Known): Context {
  return {
    state,
    call,
    route,
    params,
    now,
    base,
    json: undefined,
    account: null,
    payment: undefined,
    refund: undefined,
    scopedKey: undefined,
    key: undefined,
    replayed: false,
    executed: false,
    outcome: undefined,
    manners: [],
    scenarios: [],
    policies: [],
  };
}

const unmatched = (provider: Provider): CalledRoute => ({
  provider: provider.name,
  name: 'unknown',
  method: 'GET',
  path: '',
  handler: () => ({ status: 404, body: null }),
  body: 'none',
  query: [],
  auth: false,
  movesMoney: false,
  success: () => 200,
});

function answer(context: Context, provider: Provider): Answer {
  const { route } = context;
  context.key = provider.keyOf?.(context);
  const early =
    (route.auth ? provider.authenticate(context) : undefined) ??
    limited(context, provider) ??
    unknownFilter(context, provider) ??
    (route.body === 'none' ? bodyFault(context, provider) : readJson(context, provider));
  if (early) return finish(context, provider, early, NO_FAULTS);
  context.payment = provider.paymentOf(context);

  const asked = askedFor(context, provider);
  if (asked && !asked.ok)
    return finish(context, provider, provider.refuse('unknown_scenario', asked.message), NO_FAULTS);
  const faults = takeFaults(context, asked?.chosen.fault ?? NONE_CHOSEN.fault);
  const instead = faults.find((fault) => fault.instead)?.instead;
  if (instead) return finish(context, provider, instead(provider), faults);
  return finish(context, provider, provider.recall?.(context) ?? route.handler(context), faults);
}

/** What the call asks for by itself: in its header first, then in its own members, then by its amount. */
function askedFor(context: Context, provider: Provider): ParsedScenarios | undefined {
  const { call, state, route } = context;
  const header = call.headers['x-sandbox-scenario'];
  const text = header ?? provider.scenarioOf(context.json) ?? magicOf(context, provider);
  if (text === undefined) return undefined;
  const parsed = parseScenarios(text, provider.name);
  if (!parsed.ok) return parsed;
  const idle = header === undefined ? idleFault(parsed.all, route.name) : undefined;
  if (idle !== undefined) return { ok: false, message: idle };
  const { outcome, webhook, fault } = parsed.chosen;
  context.outcome = outcome.find(({ name }) => isFor(name, route.name));
  context.manners = webhook.filter(({ name }) => isFor(name, route.name));
  // A retry repeats the body, so a fault in it would strike for ever: once for each key is what a retry can survive.
  const key = call.headers['x-idempotency-key'];
  if (fault.length === 0 || header !== undefined || key === undefined || state.scenarios.strike(key)) return parsed;
  return { ...parsed, chosen: { ...parsed.chosen, fault: [] } };
}

/** Calls whose bodies are one another's: a client hands the same text on from one step to the next. */
const STEPS: readonly (readonly string[])[] = [CREATES, ['create_intent', 'update_intent', 'confirm_intent']];

/**
 * A scenario in the request's own members that neither this call nor another step of it carries out: it would be without
 * effect in silence. A header may be on every call of a client, and only those that can carry it out take it.
 */
function idleFault(all: readonly Chosen[], route: string): string | undefined {
  const steps = STEPS.find((names) => names.includes(route)) ?? [route];
  const idle = all.find(({ name }) => !steps.some((step) => isFor(name, step)));
  if (!idle) return undefined;
  const { on = CREATES } = scenario(idle.name);
  return `scenario ${idle.name} is not for ${route}: expected it in ${on.join(', ')}`;
}

function magicOf(context: Context, provider: Provider): string | undefined {
  if (!context.state.options.magicAmounts || !context.route.movesMoney) return undefined;
  const amount = provider.amountOf(context);
  const text = amount && magicScenario(amount);
  // Elsewhere it is an amount like any other.
  return text !== undefined && parseScenarios(text, provider.name).ok ? text : undefined;
}

function limited(context: Context, provider: Provider): Reply | undefined {
  const { route, state, now } = context;
  if (!route.limit) return undefined;
  const wait = state.windows.take(route.limit, now);
  if (wait === undefined) return undefined;
  note(context, route.limit.policy);
  const reply = provider.refuse('rate_limited', `more than ${route.limit.calls} calls a minute: wait ${wait} seconds`);
  return { ...reply, headers: { 'retry-after': String(wait) } };
}

/** `uqpay.md`, Added 2026-11: a filter that is not served is refused by name. P */
function unknownFilter({ route, call }: Context, provider: Provider): Reply | undefined {
  if (call.query === '' || route.method !== 'GET') return undefined;
  const fault = queryFault(new URLSearchParams(call.query), route.query);
  return fault === undefined ? undefined : provider.refuse('unknown_filter', fault);
}

const JSON_CONTENT = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function bodyFault({ call }: Context, provider: Provider): Reply | undefined {
  if (call.bodyFault === undefined) return undefined;
  const kind: RefusalKind = call.bodyFault === 'too_large' ? 'body_too_large' : 'not_utf8';
  const detail = kind === 'body_too_large' ? 'the body is larger than 1 MiB' : 'the body is not valid UTF-8';
  return provider.refuse(kind, detail);
}

function readJson(context: Context, provider: Provider): Reply | undefined {
  const { call } = context;
  const refused = bodyFault(context, provider);
  if (refused) return refused;
  if (context.route.body === 'optional' && (call.body === '' || call.body === 'null')) {
    context.json = {};
    return undefined;
  }
  const type = call.headers['content-type'];
  if (type === undefined || !JSON_CONTENT.test(type)) {
    return provider.refuse('content_type', `content-type: expected application/json, received ${describe(type)}`);
  }
  try {
    context.json = JSON.parse(call.body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return provider.refuse('malformed_json', 'the body is not valid JSON');
  }
  if (typeof context.json === 'object' && context.json !== null && !Array.isArray(context.json)) return undefined;
  return provider.refuse('malformed_json', `the body must be a JSON object, received ${describe(context.json)}`);
}

/** Writes the reply down: for a repetition, for the journal, and as the bytes to send. */
function finish(context: Context, provider: Provider, reply: Reply, faults: readonly Fault[]): Answer {
  const { call, state, now, route } = context;
  const text = reply.written ? String(reply.body) : JSON.stringify(reply.body);
  const kept = provider.keep?.(context, reply.status, text);
  const clean: Answer = { status: reply.status, headers: headersOf(reply), body: text };
  const sent = slowed(state, faults.length === 0 ? clean : faults.reduce((given, fault) => fault.change(given), clean));
  state.journal.record({
    at: now,
    provider: provider.name,
    route: route.name,
    method: call.method,
    path: call.path,
    status: sent.status,
    payment: context.payment,
    refund: context.refund,
    key: context.key,
    replayed: context.replayed,
    scenario: namesOf(context, faults),
    wire: sent.fault?.kind,
    policies: context.policies,
    request: call.body,
    response: text,
  });
  return paced(context, sent, kept);
}

function namesOf({ scenarios }: Context, faults: readonly Fault[]): string | undefined {
  if (scenarios.length === 0 && faults.length === 0) return undefined;
  return [...scenarios, ...faults.map(({ name }) => name)].join(', ');
}

function slowed({ options: { latency }, latencies }: SandboxState, answer: Answer): Answer {
  if ((latency.ms === 0 && latency.max === undefined) || answer.delay !== undefined) return answer;
  return { ...answer, delay: drawLatency(latency, latencies) };
}

/** An answer that does not leave at once keeps its idempotency key running until it has. */
function paced({ executed, manners }: Context, sent: Answer, kept: { running: boolean } | undefined): Answer {
  const afterWebhooks = executed && manners.some(({ name }) => name === 'webhook_before_answer');
  if (!afterWebhooks && !(kept && sent.delay)) return sent;
  let answer = sent;
  if (kept) {
    kept.running = true;
    answer = { ...sent, finish: () => void (kept.running = false) };
  }
  return afterWebhooks ? { ...answer, afterWebhooks: () => answer } : answer;
}

const JSON_HEADERS = { 'content-type': JSON_TYPE };

function headersOf({ headers }: Reply): Readonly<Record<string, string>> {
  return headers ? { ...JSON_HEADERS, ...headers } : JSON_HEADERS;
}
